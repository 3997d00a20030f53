//! `verify --donor`: whether another root has intact what is damaged or missing in this one, and what a shell would have to
//! do to bring it here. Nothing is done.
//!
//! A push repairs no blob, since a registry that finds one of that name takes it for what it is called. So the good bytes
//! are copied beside the bad ones, these are moved out of the way, and the copy is renamed: no reader ever sees half a
//! blob, and where a step fails, none of those behind it is done.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::commands::diff::{Source, nesting};
use crate::digest::Digest;
use crate::escape;
use crate::finding::{Code, Finding};
use crate::path::{StorePath, text_of};
use crate::registry::contents::{What, hash_files};
use crate::registry::layout::{self, Place, classify};
use crate::registry::look::{self, State};
use crate::report::verify::{Donor, DonorBlob, DonorState};
use crate::session::Session;
use crate::store::Store;

/// Looks up in a donor what these findings are about.
pub fn consult(session: &Session<'_>, findings: &[Finding], donor: &Source<'_>) -> Donor {
    let damaged: BTreeMap<Digest, Code> =
        findings.iter().rev().filter_map(|finding| Some((damaged(finding)?, finding.code))).collect();
    let blobs = match (donor.store(), donor.listed()) {
        (Some(store), _) => in_root(session, store, &damaged),
        (None, Some(listed)) => {
            let blob = |(&digest, &code): (&Digest, &Code)| {
                let path = layout::blob_data(digest);
                let (state, size) = match listed.contents.at(&path) {
                    Some(What::File { size, digest: Some(computed) }) => {
                        let is_intact = computed == digest;
                        (if is_intact { DonorState::Intact } else { DonorState::Altered }, Some(size))
                    }
                    Some(What::File { size, digest: None }) => (DonorState::Unchecked, Some(size)),
                    _ if listed.contents.hides(&path) => (DonorState::Unreadable, None),
                    _ => (DonorState::Missing, None),
                };
                let source = size.map(|_| format!("{}/{path}", listed.root));
                DonorBlob { digest, path, code, state, size, source, commands: Vec::new() }
            };
            damaged.iter().map(blob).collect()
        }
        (None, None) => Vec::new(),
    };
    Donor { donor: donor.name(), blobs }
}

/// What a reader must know of where a donor stands: damage is in both if they are one.
pub fn relation(store: &Store, donor: &Source<'_>) -> Option<String> {
    nesting([store, donor.store()?], ["the root", "the donor"])
}

/// The blob that a finding calls damaged or missing.
fn damaged(finding: &Finding) -> Option<Digest> {
    let place = classify(&finding.path).place;
    match (finding.code, place) {
        (
            Code::BlobDigestMismatch
            | Code::ReferenceMissing
            | Code::ChildMissing
            | Code::NotRegular
            | Code::Unreadable,
            Place::BlobData(digest),
        )
        | (Code::RevisionDangling, Place::Link(_, digest)) => Some(digest),
        _ => None,
    }
}

/// Reads the donor's blobs.
fn in_root(session: &Session<'_>, donor: &Store, damaged: &BTreeMap<Digest, Code>) -> Vec<DonorBlob> {
    let mut blobs: Vec<DonorBlob> = damaged
        .iter()
        .map(|(&digest, &code)| {
            let path = layout::blob_data(digest);
            let look = look::blob(donor, &path, digest);
            let state = match look.state {
                State::Missing => DonorState::Missing,
                State::Ok | State::Empty => DonorState::Unchecked,
                _ => DonorState::Unreadable,
            };
            let source = look.size.map(|_| text_of(donor.path_of(&path).as_os_str().as_encoded_bytes()));
            DonorBlob { digest, path, code, state, size: look.size, source, commands: Vec::new() }
        })
        .collect();
    let there: Vec<usize> = (0..blobs.len()).filter(|&at| blobs[at].state == DonorState::Unchecked).collect();
    let files = there.iter().map(|&at| (blobs[at].path.clone(), blobs[at].size.unwrap_or(0))).collect();
    let (donors, engine) = (session.run().over(donor), session.engine());
    let hashed = hash_files(donors.reading(&engine), files);
    let unread: HashSet<&StorePath> = hashed.unread.iter().map(|(path, _)| path).collect();
    for (at, computed) in there.into_iter().zip(hashed.digests) {
        let blob = &mut blobs[at];
        blob.state = match computed {
            Some(computed) if computed == blob.digest => DonorState::Intact,
            Some(_) => DonorState::Altered,
            None if unread.contains(&blob.path) => DonorState::Unreadable,
            None => DonorState::Unchecked,
        };
        if blob.state == DonorState::Intact {
            blob.commands = commands(session.store, donor, &blob.path);
        }
    }
    blobs
}

/// What brings a blob from one root to another. Each step asks for the one before it, lest half a copy take the blob's
/// place, and what is there keeps a name of its own.
fn commands(to: &Store, from: &Store, path: &StorePath) -> Vec<String> {
    let target = to.path_of(path);
    let beside = |name: &str| quoted(&target.with_file_name(name));
    let (data, temporary) = (quoted(&target), beside("data.regfs.tmp"));
    let copy =
        format!("cp --reflink=auto --preserve=timestamps -- {} {temporary}", quoted(&from.path_of(path)));
    let install = format!("mv -- {temporary} {data}");
    if look::presence(to, path) == State::Missing {
        let directory = quoted(target.parent().unwrap_or(&target));
        return vec![format!("mkdir -p -- {directory}"), format!("{copy} && {install}")];
    }
    let aside = beside(&free_name(to, path));
    vec![format!("{copy} && mv -n -- {data} {aside} && {install}")]
}

/// A name beside a blob that nothing has, for what is damaged: perhaps it was healed before.
fn free_name(store: &Store, path: &StorePath) -> String {
    let directory = path.parent().unwrap_or_default();
    let mut names = (2_u32..).map(|number| format!("data.damaged.{number}"));
    let first = "data.damaged".to_owned();
    let is_free = |name: &String| look::presence(store, &directory.join(name)) == State::Missing;
    if is_free(&first) { first } else { names.find(is_free).unwrap_or(first) }
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+:@,%".contains(byte);
    match path.to_str() {
        Some(text) if !text.is_empty() && bytes.iter().all(is_plain) => text.to_owned(),
        Some(text) if text.chars().all(escape::is_safe) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => {
            let mut word = String::from("$'");
            for byte in bytes {
                if is_plain(byte) {
                    word.push(char::from(*byte));
                } else {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
            word + "'"
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_shell_reads_a_quoted_path_as_it_is(path in prop::collection::vec(1..=255_u8, 1..24)) {
            let word = quoted(Path::new(OsStr::from_bytes(&path)));
            prop_assert_eq!(escape::text(&word), &*word);
            let shell = Command::new("bash").args(["-c", &format!("printf %s {word}")]).output().unwrap();
            prop_assert_eq!(shell.stdout, path);
        }
    }

    #[test]
    fn a_path_that_a_terminal_would_show_as_another_is_quoted_byte_by_byte() {
        assert_eq!(quoted(Path::new("a\u{202e}b\u{200b}")), r"$'a\xe2\x80\xaeb\xe2\x80\x8b'");
        assert_eq!(quoted(Path::new("it's é")), r"'it'\''s é'");
    }
}

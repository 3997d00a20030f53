//! One file of a store looked at by itself, without a walk: what it is, and what is wrong with it.
//!
//! Only what is opened is known: a link and a manifest are read whole, a layer is opened and not read. What stands
//! behind something that is no directory is not called missing, since it may well be there.

mod state;

use crate::digest::{Digest, ParseDigestError};
use crate::hash;
use crate::manifest::{self, ImageConfig, MAX_CONFIG, MAX_MANIFEST, Manifest};
use crate::path::StorePath;
use crate::store::{Content, FileKind, Listing, ReadError, Store};

use super::inventory::{self, LINK_CAP, RawLink, parse_link};
pub use state::{Look, State};

/// Whether anything stands at a path: [`State::Ok`] whatever it is, and nothing is opened.
pub fn presence(store: &Store, path: &StorePath) -> State {
    match store.stat(path) {
        Ok(_) => State::Ok,
        Err(error) => failure(store, path, &error).state,
    }
}

/// A regular file, looked at and not opened.
pub fn file(store: &Store, path: &StorePath) -> Look {
    match store.stat(path) {
        Ok(stat) if stat.kind == FileKind::File => Look::good(stat),
        Ok(stat) => failure(store, path, &ReadError::NotRegular(stat.kind)),
        Err(error) => failure(store, path, &error),
    }
}

/// What a directory holds: nothing where there is none.
///
/// # Errors
/// When it cannot be listed, or when something that is no directory stands there or above.
pub fn entries(store: &Store, path: &StorePath) -> Result<Listing, ReadError> {
    match inventory::entries(store, path) {
        Err(ReadError::Absent) => match absence(store, path) {
            Look { state: State::Missing, .. } => Ok(Listing::default()),
            hidden => Err(ReadError::Refused(hidden.detail.unwrap_or_default().into())),
        },
        listed => listed,
    }
}

/// A link, and the digest that it holds.
pub fn link(store: &Store, path: &StorePath) -> (Look, Option<Digest>) {
    let content = match store.read(path, LINK_CAP) {
        Ok(content) => content,
        Err(error) => return (failure(store, path, &error), None),
    };
    let mut look = Look::good(content.stat);
    match parse_link(&content) {
        RawLink::Names(digest) => return (look, Some(digest)),
        RawLink::Malformed(why) => look.worsen(State::Malformed, Some(why)),
        RawLink::Unsupported(digest) => {
            look.worsen(
                State::Malformed,
                Some(format!("{}: it holds {digest}", ParseDigestError::Algorithm)),
            );
        }
        RawLink::Empty | RawLink::Unread => look.worsen(State::Empty, None),
    }
    (look, None)
}

/// A link that can hold nothing but the digest of its path: that of a revision, or of a tag's index.
pub fn link_to(store: &Store, path: &StorePath, digest: Digest) -> Look {
    let (mut look, named) = link(store, path);
    if let Some(other) = named.filter(|&named| named != digest) {
        look.worsen(State::Malformed, Some(format!("it names {other}")));
    }
    look
}

/// A blob, opened and not read.
pub fn blob(store: &Store, path: &StorePath, digest: Digest) -> Look {
    match store.file(path) {
        Ok(file) => Look::of_blob(file.stat, digest),
        Err(error) => failure(store, path, &error),
    }
}

/// A manifest's blob, and what it says, whatever its bytes hash to: the registry does not check either.
pub fn manifest(store: &Store, digest: Digest) -> (Look, Option<Manifest>) {
    let (mut look, content) = match document(store, &store.blob_path(digest), MAX_MANIFEST, &[digest]) {
        (look, Some(content)) => (look, content),
        (look, None) => return (look, None),
    };
    if content.truncated {
        look.worsen(State::Malformed, Some(format!("larger than {MAX_MANIFEST} bytes")));
        return (look, None);
    }
    match manifest::parse(&content.bytes) {
        Ok(manifest) => {
            if let Some(fault) = manifest.fault() {
                look.worsen(State::Malformed, Some(fault.to_string()));
            }
            (look, Some(manifest))
        }
        Err(error) => {
            look.worsen(State::Malformed, Some(error.to_string()));
            (look, None)
        }
    }
}

/// A config's blob, and what it says if it is an image's. `digests` are the names that its bytes must hash to.
pub fn config(store: &Store, path: &StorePath, digests: &[Digest]) -> (Look, Option<ImageConfig>) {
    let (mut look, content) = match document(store, path, MAX_CONFIG, digests) {
        (look, Some(content)) => (look, content),
        (look, None) => return (look, None),
    };
    if content.truncated && look.detail.is_none() {
        look.detail = Some(format!("larger than {MAX_CONFIG} bytes, and not hashed"));
    }
    (look, manifest::config::parse(&content.bytes).ok())
}

/// Reads a document up to a cap, and hashes it if that is all of it.
fn document(store: &Store, path: &StorePath, cap: u64, digests: &[Digest]) -> (Look, Option<Content>) {
    let mut content = match store.read(path, cap) {
        Ok(content) => content,
        Err(error) => return (failure(store, path, &error), None),
    };
    if content.truncated {
        return (Look::good(content.stat), Some(content));
    }
    // What was read counts, should the file have grown since it was opened.
    content.stat.size = content.bytes.len() as u64;
    let mut look = Look::good(content.stat);
    for &digest in digests {
        look.worsen(Look::of_blob(content.stat, digest).state, None);
        let computed = hash::digest(digest.algorithm(), &content.bytes);
        if computed != digest {
            look.worsen(State::Altered, Some(format!("its bytes hash to {computed}")));
        }
    }
    let content = (look.state != State::Empty).then_some(content);
    (look, content)
}

/// Why nothing could be read at a path.
fn failure(store: &Store, path: &StorePath, error: &ReadError) -> Look {
    match error {
        ReadError::NotRegular(kind) => {
            Look::bad(State::NotRegular, Some(format!("it is {}", kind.with_article())))
        }
        ReadError::Refused(reason) => Look::bad(State::Unreadable, Some(reason.to_string())),
        ReadError::Absent => absence(store, path),
    }
}

/// A file is missing where its directory, or one above it, is; but not where that is something else.
fn absence(store: &Store, path: &StorePath) -> Look {
    match path.parent().and_then(|above| store.obstacle(&above)) {
        None => Look::bad(State::Missing, None),
        Some((directory, ReadError::NotRegular(kind))) => {
            Look::bad(State::NotRegular, Some(format!("{directory} is {}", kind.with_article())))
        }
        Some((directory, error)) => Look::bad(State::Unreadable, Some(format!("{directory}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::digest::Algorithm;

    fn store() -> (tempfile::TempDir, Store) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("docker/registry/v2/blobs")).unwrap();
        let store = Store::open(Some(root.path())).unwrap();
        (root, store)
    }

    fn any_digest() -> impl Strategy<Value = Digest> {
        any::<[u8; 32]>().prop_map(|bytes| Digest::new(Algorithm::Sha256, &bytes).unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_link_holds_what_parses_as_a_digest_and_is_bad_otherwise(
            digest in any_digest(), other in any_digest(), extra in "[\\n a-f0-9]{0,3}", noise in any::<Vec<u8>>(),
        ) {
            let (_root, store) = store();
            let path = StorePath::from("link");
            for content in [format!("{digest}{extra}").into_bytes(), noise] {
                fs::write(store.path_of(&path), &content).unwrap();
                let (look, named) = link(&store, &path);
                prop_assert_eq!(named, Digest::parse(&content).ok());
                let state = match (named, content.is_empty()) {
                    (Some(_), _) => State::Ok,
                    (None, true) => State::Empty,
                    (None, false) => State::Malformed,
                };
                prop_assert_eq!(look.state, state);
                prop_assert_eq!(look.size, Some(content.len() as u64));
            }
            fs::write(store.path_of(&path), digest.to_string()).unwrap();
            let state = if digest == other { State::Ok } else { State::Malformed };
            prop_assert_eq!(link_to(&store, &path, other).state, state);
        }
    }

    #[test]
    fn a_link_of_gibibytes_is_malformed_and_not_read() {
        let (_root, store) = store();
        let path = StorePath::from("link");
        fs::File::create(store.path_of(&path)).unwrap().set_len(8 << 30).unwrap();
        let (look, named) = link(&store, &path);
        assert_eq!((look.state, look.size, named), (State::Malformed, Some(8 << 30), None));
    }

    #[test]
    fn a_blob_of_no_bytes_is_sound_if_its_name_says_so() {
        let (_root, store) = store();
        let path = StorePath::from("data");
        fs::write(store.path_of(&path), b"").unwrap();
        for algorithm in Algorithm::ALL {
            assert_eq!(blob(&store, &path, hash::digest(algorithm, b"")).state, State::Ok);
            assert_eq!(blob(&store, &path, hash::digest(algorithm, b"x")).state, State::Empty);
        }
    }

    #[test]
    fn what_stands_behind_a_file_or_a_link_is_not_called_missing() {
        let (_root, store) = store();
        fs::write(store.path_of(&"file".into()), b"").unwrap();
        std::os::unix::fs::symlink("blobs", store.path_of(&"symlink".into())).unwrap();
        for (path, state) in [
            ("file/link", State::NotRegular),
            ("file/a/link", State::NotRegular),
            ("symlink/link", State::NotRegular),
            ("symlink/a/link", State::NotRegular),
            ("blobs", State::NotRegular),
            ("blobs/a/link", State::Missing),
            ("nothing", State::Missing),
        ] {
            let digest = hash::digest(Algorithm::Sha256, b"");
            assert_eq!(link(&store, &path.into()).0.state, state, "{path}");
            assert_eq!(blob(&store, &path.into(), digest).state, state, "{path}");
            let presence = presence(&store, &path.into());
            assert_eq!(presence, if path == "blobs" { State::Ok } else { state }, "{path}");
            assert_eq!(file(&store, &path.into()).state, state, "{path}");
            let is_known = path == "blobs" || state == State::Missing;
            assert_eq!(entries(&store, &path.into()).is_ok(), is_known, "{path}");
        }
    }

    #[test]
    fn a_manifest_of_five_mebibytes_is_malformed() {
        let (_root, store) = store();
        let digest = hash::digest(Algorithm::Sha256, b"");
        let path = store.path_of(&store.blob_path(digest));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![b' '; 5 << 20]).unwrap();
        let (look, manifest) = manifest(&store, digest);
        assert_eq!((look.state, manifest), (State::Malformed, None));
        assert_eq!(look.detail.as_deref(), Some("larger than 4194304 bytes"));
    }
}

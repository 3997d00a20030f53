//! What must be found, by a look at each file and nothing clever. It predicts what can be told of one file, and of one
//! step from manifests: whatever depends on more is left to the tests of single damages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use walkdir::WalkDir;

use crate::support::paths::{self, Digest};

/// Findings of one code, by path, with the tags that each hurts.
type Wrong = BTreeMap<String, BTreeSet<String>>;

pub(super) struct Disk {
    /// Every regular file, by path below `v2`, with its bytes.
    files: BTreeMap<String, Vec<u8>>,
    /// What is neither file nor directory.
    special: BTreeSet<String>,
    /// Directories where a file belongs.
    in_place_of_files: BTreeSet<String>,
}

fn is_digest(text: &str) -> bool {
    let of = |algorithm: &str, length: usize| {
        text.strip_prefix(algorithm).is_some_and(|hex| {
            hex.len() == length && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    of("sha256:", 64) || of("sha384:", 96) || of("sha512:", 128)
}

/// The digest that the directory of a file spells, in the place of one.
fn spelled(names: &[&str]) -> Option<Digest> {
    let [.., algorithm, hex, _] = names else { return None };
    let digest = format!("{algorithm}:{hex}");
    is_digest(&digest).then_some(digest)
}

/// What a `link` is one of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Layer,
    Revision,
    Index,
    Current,
}

/// The repository of a link, and what it is.
fn link<'a>(names: &'a [&'a str]) -> Option<(String, Kind)> {
    let at = names.iter().position(|name| name.starts_with('_'))?;
    let kind = match &names[at..] {
        ["_layers", _, _, "link"] if spelled(names).is_some() => Kind::Layer,
        ["_manifests", "revisions", _, _, "link"] if spelled(names).is_some() => Kind::Revision,
        ["_manifests", "tags", _, "index", _, _, "link"] if spelled(names).is_some() => Kind::Index,
        ["_manifests", "tags", _, "current", "link"] => Kind::Current,
        _ => return None,
    };
    (names[0] == "repositories" && at > 1).then(|| (names[1..at].join("/"), kind))
}

impl Disk {
    pub(super) fn read(v2: &Path) -> Self {
        let mut disk =
            Self { files: BTreeMap::new(), special: BTreeSet::new(), in_place_of_files: BTreeSet::new() };
        for entry in WalkDir::new(v2).into_iter().filter_map(Result::ok) {
            let Some(path) = entry.path().strip_prefix(v2).ok().and_then(Path::to_str) else { continue };
            if entry.file_type().is_file() {
                disk.files.insert(path.to_owned(), fs::read(entry.path()).unwrap());
            } else if !entry.file_type().is_dir() {
                disk.special.insert(path.to_owned());
            } else if path.ends_with("/data") || path.ends_with("/link") {
                disk.in_place_of_files.insert(path.to_owned());
            }
        }
        disk
    }

    /// What is at the place of a blob.
    fn blob(&self, digest: &str) -> Option<&Vec<u8>> {
        self.files.get(&paths::blob_data(digest))
    }

    fn is_sound(&self, digest: &str) -> bool {
        self.blob(digest).is_some_and(|bytes| paths::sha256(bytes) == digest)
    }

    /// What a sound manifest is made of.
    fn parts(&self, digest: &str) -> Vec<Digest> {
        let bytes = self.blob(digest).filter(|_| self.is_sound(digest));
        let Some(manifest) = bytes.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()) else {
            return Vec::new();
        };
        let lists = [&manifest["layers"], &manifest["manifests"], &manifest["fsLayers"]];
        let listed = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
        let described = listed.chain([&manifest["config"]]);
        described.filter_map(|d| d["digest"].as_str().or(d["blobSum"].as_str())).map(str::to_owned).collect()
    }

    /// Whether any manifest is beyond a naive reader, which then cannot tell who needs what.
    fn is_odd(&self) -> bool {
        let is_odd = |digest: &Digest| {
            let Some(bytes) = self.blob(digest) else { return false };
            let Ok(manifest) = serde_json::from_slice::<Value>(bytes) else { return true };
            let kinds = ["layers", "manifests", "fsLayers"];
            let is_list = |kind: &&&str| manifest[**kind].is_array();
            let known = manifest["mediaType"].as_str().is_none_or(|kind| {
                kind.starts_with("application/vnd.oci.image.")
                    || kind.starts_with("application/vnd.docker.dist")
            });
            kinds.iter().filter(is_list).count() != 1 || manifest["schemaVersion"] != 2 || !known
        };
        self.links()
            .any(|(_, names, kind, _)| kind == Kind::Revision && spelled(&names).is_some_and(|d| is_odd(&d)))
    }

    fn links(&self) -> impl Iterator<Item = (String, Vec<&str>, Kind, &Vec<u8>)> {
        self.files.iter().filter_map(|(path, bytes)| {
            let names: Vec<&str> = path.split('/').collect();
            let (repository, kind) = link(&names)?;
            Some((repository, names, kind, bytes))
        })
    }

    /// The tags whose image needs each digest, found one step at a time.
    fn needed_by(&self) -> BTreeMap<Digest, BTreeSet<String>> {
        let mut needed: BTreeMap<Digest, BTreeSet<String>> = BTreeMap::new();
        for (repository, names, kind, bytes) in self.links() {
            let Some(target) = std::str::from_utf8(bytes).ok().filter(|text| is_digest(text)) else {
                continue;
            };
            if kind != Kind::Current {
                continue;
            }
            let name = format!("{repository}:{}", names[names.len() - 3]);
            let (mut seen, mut open) = (BTreeSet::new(), vec![target.to_owned()]);
            while let Some(digest) = open.pop() {
                if seen.insert(digest.clone()) {
                    open.extend(self.parts(&digest));
                }
            }
            for digest in seen {
                needed.entry(digest).or_default().insert(name.clone());
            }
        }
        needed
    }

    /// What is wrong, code by code: these findings, and no other of the code.
    pub(super) fn wrong(&self) -> Vec<(&'static str, Wrong)> {
        let needed = self.needed_by();
        let tags = |digest: &str| needed.get(digest).cloned().unwrap_or_default();
        let mut mismatch = Wrong::new();
        let (mut empty, mut malformed) = (BTreeSet::new(), BTreeSet::new());
        for (path, bytes) in &self.files {
            let names: Vec<&str> = path.split('/').collect();
            if let (["blobs", _, fan_out, hex, "data"], Some(_)) = (&names[..], spelled_blob(&names))
                && hex.starts_with(fan_out)
                && fan_out.len() == 2
            {
                let digest = spelled_blob(&names).unwrap_or_default();
                if digest.starts_with("sha256") && paths::sha256(bytes) != digest {
                    mismatch.insert(path.clone(), tags(&digest));
                }
            }
        }
        for (_, names, _, bytes) in self.links() {
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            let is_unsupported = text.split_once(':').is_some_and(|(algorithm, _)| {
                !["sha256", "sha384", "sha512"].contains(&algorithm)
                    && bytes.is_ascii()
                    && !text.contains([' ', '\n'])
            });
            if bytes.is_empty() {
                empty.insert(names.join("/"));
            } else if !is_digest(text) && !is_unsupported {
                malformed.insert(names.join("/"));
            }
        }
        let mut wrong = Vec::new();
        // Who needs what is told only where every manifest is plain, and nothing hides a part of the store.
        if !self.is_odd() && self.special.is_empty() {
            wrong.push(("blob-digest-mismatch", mismatch));
            wrong.push(("revision-dangling", self.dangling(&needed)));
        }
        wrong.push(("link-empty", wherever(empty)));
        wrong.push(("link-malformed", wherever(malformed)));
        wrong
    }

    /// Revisions without a blob.
    fn dangling(&self, needed: &BTreeMap<Digest, BTreeSet<String>>) -> Wrong {
        let mut dangling = Wrong::new();
        for (repository, names, kind, _) in self.links() {
            let Some(digest) = spelled(&names).filter(|_| kind == Kind::Revision) else { continue };
            // Bytes in a wrong place are told there. A link that is damaged as well has two things wrong with it.
            let is_gone = self.blob(&digest).is_none() && !self.is_misplaced(&digest);
            if is_gone && self.hides_nothing(&digest) {
                // Each repository has a finding of its own.
                let own = format!("{repository}:");
                let tags = needed.get(&digest).into_iter().flatten().filter(|tag| tag.starts_with(&own));
                dangling.insert(names.join("/"), tags.cloned().collect());
            }
        }
        dangling
    }

    fn is_misplaced(&self, digest: &str) -> bool {
        let (hex, own) = (paths::hex(digest), paths::blob_data(digest));
        self.files.keys().any(|path| path.contains(hex) && path.ends_with("/data") && *path != own)
    }

    /// Whether no file stands where a directory of the blob belongs, or the other way round.
    fn hides_nothing(&self, digest: &str) -> bool {
        let data = paths::blob_data(digest);
        !self.in_place_of_files.contains(&data)
            && !self.files.keys().any(|path| data.starts_with(&format!("{path}/")))
    }
}

/// Findings whose paths alone are predicted: whom a link hurts is another matter.
fn wherever(paths: BTreeSet<String>) -> Wrong {
    paths.into_iter().map(|path| (path, BTreeSet::from([ANY.to_owned()]))).collect()
}

/// In place of tags that are not predicted.
pub(super) const ANY: &str = "*";

fn spelled_blob(names: &[&str]) -> Option<Digest> {
    let [_, algorithm, _, hex, _] = names else { return None };
    let digest = format!("{algorithm}:{hex}");
    is_digest(&digest).then_some(digest)
}

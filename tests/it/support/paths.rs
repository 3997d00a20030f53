//! Digests as text, and the path of everything in a registry store, relative to its `v2` directory.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256, Sha512};

/// `algorithm:hex`.
pub(crate) type Digest = String;

fn named(algorithm: &str, output: &[u8]) -> Digest {
    let mut digest = format!("{algorithm}:");
    for byte in output {
        write!(digest, "{byte:02x}").unwrap();
    }
    digest
}

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    named("sha256", &Sha256::digest(bytes))
}

pub(crate) fn sha512(bytes: &[u8]) -> Digest {
    named("sha512", &Sha512::digest(bytes))
}

pub(crate) fn hex(digest: &str) -> &str {
    digest.split_once(':').unwrap().1
}

/// `algorithm/hex`, as digests stand in paths.
pub(crate) fn slashed(digest: &str) -> String {
    digest.replace(':', "/")
}

pub(crate) fn blob_dir(digest: &str) -> String {
    let (algorithm, hex) = digest.split_once(':').unwrap();
    format!("blobs/{algorithm}/{}/{hex}", &hex[..2])
}

pub(crate) fn blob_data(digest: &str) -> String {
    format!("{}/data", blob_dir(digest))
}

pub(crate) fn repository(repo: &str) -> String {
    format!("repositories/{repo}")
}

pub(crate) fn layer_link(repo: &str, digest: &str) -> String {
    format!("repositories/{repo}/_layers/{}/link", slashed(digest))
}

pub(crate) fn revision_link(repo: &str, digest: &str) -> String {
    format!("repositories/{repo}/_manifests/revisions/{}/link", slashed(digest))
}

pub(crate) fn tag_dir(repo: &str, tag: &str) -> String {
    format!("repositories/{repo}/_manifests/tags/{tag}")
}

pub(crate) fn current_link(repo: &str, tag: &str) -> String {
    format!("{}/current/link", tag_dir(repo, tag))
}

pub(crate) fn index_link(repo: &str, tag: &str, digest: &str) -> String {
    format!("{}/index/{}/link", tag_dir(repo, tag), slashed(digest))
}

pub(crate) fn upload_dir(repo: &str, id: &str) -> String {
    format!("repositories/{repo}/_uploads/{id}")
}

/// The directory that a path stands in.
pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').unwrap().0
}

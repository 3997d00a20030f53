//! What a tag may stand for, where its link does not say it.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::digest::{Algorithm, Digest};
use crate::path::StorePath;
use crate::registry::layout;
use crate::registry::look::{self, Look, State};
use crate::report::resolve::Candidate;
use crate::store::{ReadError, Store};

/// What the index of a tag offers, the newest first.
pub(super) fn of_tag(store: &Store, repository: &StorePath, tag: &str) -> Result<Vec<Candidate>, Unlisted> {
    let index = layout::tag(repository, tag).join("index");
    candidates(store, repository, &index, |digest| layout::tag_index(repository, tag, digest))
}

/// What the repository offers, the newest first.
pub(super) fn of_repository(store: &Store, repository: &StorePath) -> Result<Vec<Candidate>, Unlisted> {
    let revisions = repository.join("_manifests/revisions");
    candidates(store, repository, &revisions, |digest| layout::revision_link(repository, digest))
}

/// A directory that could not be listed, and why.
pub(in crate::commands) type Unlisted = (StorePath, ReadError);

fn candidates(
    store: &Store,
    repository: &StorePath,
    links: &StorePath,
    link_of: impl Fn(Digest) -> StorePath,
) -> Result<Vec<Candidate>, Unlisted> {
    let mut found: Vec<(Option<i64>, Candidate)> = Vec::new();
    for digest in digests(store, links)? {
        let path = link_of(digest);
        let link = look::link_to(store, &path, digest);
        if link.state != State::Missing {
            found.push((link.modified, candidate(store, repository, digest, path, &link)));
        }
    }
    found.sort_by_key(|(modified, candidate)| (Reverse(*modified), candidate.digest));
    Ok(found.into_iter().map(|(_, candidate)| candidate).collect())
}

fn candidate(
    store: &Store,
    repository: &StorePath,
    digest: Digest,
    path: StorePath,
    link: &Look,
) -> Candidate {
    let blob = look::blob(store, &layout::blob_data(digest), digest);
    Candidate {
        digest,
        modified: link
            .modified
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .map(|at| at.to_string()),
        path,
        revision: look::link_to(store, &layout::revision_link(repository, digest), digest).state,
        size: blob.size,
        state: blob.state,
    }
}

/// The digests that the names in a directory of links spell, sorted. No directory, no digests.
pub(in crate::commands) fn digests(store: &Store, links: &StorePath) -> Result<Vec<Digest>, Unlisted> {
    let mut digests = Vec::new();
    for algorithm in Algorithm::ALL {
        let directory = links.join(algorithm.name());
        match store.dir(&directory).and_then(|dir| dir.entries()) {
            Ok(entries) => {
                digests.extend(entries.iter().filter_map(|entry| Digest::from_hex(algorithm, entry.name)));
            }
            Err(ReadError::Absent) => {}
            Err(error) => return Err((directory, error)),
        }
    }
    digests.sort_unstable();
    Ok(digests)
}

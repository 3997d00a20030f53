//! What a tag may stand for, where its link does not say it.

use std::cmp::Reverse;

use crate::digest::{Algorithm, Digest};
use crate::path::StorePath;
use crate::registry::layout;
use crate::registry::look::{self, Look, State};
use crate::report::ErrorItem;
use crate::report::resolve::Candidate;
use crate::store::{ReadError, Store};
use crate::units;

use crate::commands::image;

/// What a tag or repository offers, the newest first, and what could not be looked at.
#[derive(Default)]
pub(super) struct Offer {
    pub(super) candidates: Vec<Candidate>,
    pub(super) errors: Vec<ErrorItem>,
}

/// What the index of a tag offers.
pub(super) fn of_tag(store: &Store, repository: &StorePath, tag: &str) -> Offer {
    let index = layout::tag(repository, tag).join("index");
    offer(store, repository, &index, |digest| layout::tag_index(repository, tag, digest))
}

/// What the repository offers.
pub(super) fn of_repository(store: &Store, repository: &StorePath) -> Offer {
    let revisions = repository.join("_manifests/revisions");
    offer(store, repository, &revisions, |digest| layout::revision_link(repository, digest))
}

/// A directory that could not be listed, and why.
pub(in crate::commands) type Unlisted = (StorePath, ReadError);

fn offer(
    store: &Store,
    repository: &StorePath,
    links: &StorePath,
    link_of: impl Fn(Digest) -> StorePath,
) -> Offer {
    let mut offer = Offer::default();
    let digests = digests(store, links).unwrap_or_else(|(path, error)| {
        offer.errors.push(ErrorItem { path, reason: error.to_string() });
        Vec::new()
    });
    let mut found: Vec<(Option<i64>, Candidate)> = Vec::new();
    for digest in digests {
        let path = link_of(digest);
        let link = look::link_to(store, &path, digest);
        image::note_unreadable(&mut offer.errors, &path, &link);
        if link.state != State::Missing {
            found.push((link.modified, candidate(store, repository, digest, &link, path, &mut offer.errors)));
        }
    }
    found.sort_by_key(|(modified, candidate)| (Reverse(*modified), candidate.digest));
    offer.candidates = found.into_iter().map(|(_, candidate)| candidate).collect();
    offer
}

fn candidate(
    store: &Store,
    repository: &StorePath,
    digest: Digest,
    link: &Look,
    path: StorePath,
    errors: &mut Vec<ErrorItem>,
) -> Candidate {
    let (data, revision_link) = (layout::blob_data(digest), layout::revision_link(repository, digest));
    let blob = look::blob(store, &data, digest);
    let revision = look::link_to(store, &revision_link, digest);
    image::note_unreadable(errors, &data, &blob);
    image::note_unreadable(errors, &revision_link, &revision);
    Candidate {
        digest,
        modified: link.modified.and_then(units::time),
        path,
        revision: revision.state,
        size: blob.size,
        state: blob.state,
    }
}

/// The digests that the names in a directory of links spell, sorted. No directory, no digests.
pub(in crate::commands) fn digests(store: &Store, links: &StorePath) -> Result<Vec<Digest>, Unlisted> {
    let mut digests = Vec::new();
    for algorithm in Algorithm::ALL {
        let directory = links.join(algorithm.name());
        match look::entries(store, &directory) {
            Ok(entries) => {
                digests.extend(entries.iter().filter_map(|entry| Digest::from_hex(algorithm, entry.name)));
            }
            Err(error) => return Err((directory, error)),
        }
    }
    digests.sort_unstable();
    Ok(digests)
}

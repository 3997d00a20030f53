//! What the beginning of an image's digest may be the beginning of.

use crate::digest::{Digest, Prefix};
use crate::kind::Kind;
use crate::manifest::MAX_MANIFEST;
use crate::path::StorePath;
use crate::reference::Reference;
use crate::registry::layout;
use crate::registry::look::{self, State};
use crate::store::Store;

use super::names;

/// The whole digests that a store has for a reference that only begins one: of manifests of its repository, or where
/// there are no repositories, of any; sorted. An engine is not asked: there it is enough to write the beginning alone.
pub fn digests(store: &Store, reference: &Reference, beginning: &Prefix) -> Vec<Digest> {
    let mut found = Vec::new();
    for algorithm in beginning.algorithms() {
        let blobs = StorePath::from("blobs").join(algorithm.name());
        let (directory, repository) = match store.kind() {
            Kind::Docker => continue,
            Kind::Oci | Kind::Containerd => (blobs, None),
            Kind::Registry => {
                let Some(meant) = names::find(store, reference) else { continue };
                let repository = layout::repository(meant.name.as_str());
                (repository.join("_manifests/revisions").join(algorithm.name()), Some(repository))
            }
        };
        let entries = store.dir(&directory).and_then(|dir| dir.entries()).unwrap_or_default();
        let digests = entries.iter().filter_map(|entry| Digest::from_hex(algorithm, entry.name));
        let is_there = |digest: &Digest| match &repository {
            // A registry that deletes a manifest leaves the directory of its link.
            Some(repository) => {
                look::presence(store, &layout::revision_link(repository, *digest)) != State::Missing
            }
            None => is_manifest(store, *digest),
        };
        found.extend(digests.filter(|digest| beginning.matches(digest)).filter(is_there));
    }
    found.sort_unstable();
    found
}

/// Whether a blob is a manifest. What is too large for one is not read.
fn is_manifest(store: &Store, digest: Digest) -> bool {
    let size = look::file(store, &store.blob_path(digest)).size;
    size.is_some_and(|size| size <= MAX_MANIFEST) && look::manifest(store, digest).1.is_some()
}

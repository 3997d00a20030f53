//! What the beginning of an image's digest may be the beginning of.

use crate::digest::{Digest, Prefix};
use crate::kind::Kind;
use crate::path::StorePath;
use crate::reference::Reference;
use crate::registry::layout;
use crate::store::Store;

use super::names;

/// The whole digests that a store has for a reference that only begins one: of manifests of its repository, or where
/// there are no repositories, of blobs; sorted. An engine is not asked: there it is enough to write the beginning alone.
pub fn digests(store: &Store, reference: &Reference, beginning: &Prefix) -> Vec<Digest> {
    let mut found = Vec::new();
    for algorithm in beginning.algorithms() {
        let directory: StorePath = match store.kind() {
            Kind::Docker => continue,
            Kind::Oci | Kind::Containerd => StorePath::from("blobs").join(algorithm.name()),
            Kind::Registry => {
                let Some(meant) = names::find(store, reference) else { continue };
                layout::repository(meant.name.as_str()).join("_manifests/revisions").join(algorithm.name())
            }
        };
        let entries = store.dir(&directory).and_then(|dir| dir.entries()).unwrap_or_default();
        let digests = entries.iter().filter_map(|entry| Digest::from_hex(algorithm, entry.name));
        found.extend(digests.filter(|digest| beginning.matches(digest)));
    }
    found.sort_unstable();
    found
}

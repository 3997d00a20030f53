//! Where a disk does not tell the whole truth: registries that keep tags and links in a database, and caches.

use crate::kind::Kind;
use crate::registry::inventory::{Inventory, Repository};
use crate::store::Store;

/// Where a registry keeps its tags that has none on disk.
pub const HARBOR: &str = "Harbor from 2.15 keeps tags in its database";

/// What is said of a root that has manifests, and no tag.
pub const TAGLESS: &str = "no repository keeps a tag on disk, though there are manifests";

/// What a reader must know of this root to take an answer rightly, in sentences.
pub fn remarks(store: &Store, inventory: &Inventory) -> Vec<String> {
    let mut remarks = of_surroundings(store);
    if keeps_no_tags(inventory) {
        let remark = format!(
            "{TAGLESS}: {HARBOR}, so what tags point to, and whom a fault hurts, cannot be told from this root"
        );
        remarks.push(remark);
    }
    remarks
}

/// What can be said without a walk, by what stands beside the root.
pub fn of_surroundings(store: &Store) -> Vec<String> {
    let mut remarks = Vec::new();
    if store.kind() == Kind::Containerd {
        let remark = "the names of the images, and what nothing needs any more, are in containerd's database \
             (io.containerd.metadata.v1.bolt/meta.db), which regfs does not read: only the bytes of blobs were judged";
        remarks.push(remark.to_owned());
    }
    if store.has_database() {
        let remark = "lockfiles/database-in-use says that this registry keeps its tags and links in a database (GitLab): \
             what is on disk may be stale or incomplete, and only the bytes of blobs can be relied on";
        remarks.push(remark.to_owned());
    }
    if store.is_pull_through_cache() {
        let remark = "scheduler-state.json says that this is a pull-through cache: what nobody pulled, or what has expired, \
             is absent by design";
        remarks.push(remark.to_owned());
    }
    remarks
}

/// Whether there are manifests, and not a single tag; not so where tags may have escaped the walk.
pub fn keeps_no_tags(inventory: &Inventory) -> bool {
    let mut manifests =
        inventory.repositories.iter().filter(|repository| !repository.revisions.is_empty()).peekable();
    let has_none = |repository: &Repository| {
        let tags = repository.path.join("_manifests/tags");
        repository.tags.is_empty() && inventory.hidden_by(&tags).is_none() && !inventory.hides_below(&tags)
    };
    let is_known = inventory.has_links() && inventory.is_whole && !inventory.interrupted;
    is_known && manifests.peek().is_some() && manifests.all(has_none)
}

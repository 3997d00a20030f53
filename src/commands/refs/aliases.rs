//! The other names of a blob: a layer that was uploaded by sha512 is linked by that, and the link holds the sha256 of
//! the blob.

use std::collections::BTreeSet;

use crate::manifest::Role;
use crate::registry::documents::{Document, Documents};
use crate::registry::inventory::{DigestId, Inventory};
use crate::registry::{layout, look};
use crate::report::ErrorItem;
use crate::store::Store;

use crate::commands::image;

/// The names by which manifests mean a blob without saying its own. Few manifests name anything that is no blob, hence
/// few links are read.
pub(super) fn of(
    store: &Store,
    inventory: &Inventory,
    documents: &Documents,
    blob: DigestId,
    errors: &mut Vec<ErrorItem>,
) -> Vec<DigestId> {
    let own = inventory.digests.get(blob);
    let mut aliases = BTreeSet::new();
    for repository in &inventory.repositories {
        for edge in repository
            .revisions
            .iter()
            .filter_map(|link| documents.trusted(link.digest))
            .flat_map(Document::parts)
        {
            let digest = inventory.digests.get(edge.target);
            if edge.role == Role::Child
                || digest.algorithm() == own.algorithm()
                || inventory.blobs.contains(edge.target)
                || aliases.contains(&edge.target)
            {
                continue;
            }
            let path = layout::layer_link(&repository.path, digest);
            let (link, named) = look::link(store, &path);
            image::note_hidden(errors, &path, &link);
            if named == Some(own) {
                aliases.insert(edge.target);
            }
        }
    }
    aliases.into_iter().collect()
}

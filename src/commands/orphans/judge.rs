//! From what was seen to what is alive, with every doubt taken in.

use std::collections::BTreeSet;

use super::{may_be_manifest, may_be_signed};
use crate::manifest::Kind as ManifestKind;
use crate::path::StorePath;
use crate::registry::documents::{self, Documents};
use crate::registry::inventory::{self, DigestId, Inventory};
use crate::registry::reach::{Doubts, Question, Reach};
use crate::session::Session;

/// What was seen.
pub(super) struct Evidence<'a> {
    pub(super) inventory: &'a mut Inventory,
    pub(super) documents: &'a mut Documents,
    /// Links that name nothing, and why.
    pub(super) broken_links: Vec<(StorePath, String)>,
}

/// Tells what is alive. The links that the answer depends on are looked at, and if that raises a new doubt, all is
/// judged anew.
pub(super) fn judge(
    session: &Session<'_>,
    question: Question<'_>,
    evidence: Evidence<'_>,
) -> (Doubts, Reach) {
    let Evidence { inventory, documents, broken_links } = evidence;
    let store = session.store;
    loop {
        let mut doubts = Doubts::new(inventory, documents, question, store.is_pull_through_cache());
        for (path, reason) in &broken_links {
            doubts.link(inventory, path.clone(), reason.clone());
        }
        if inventory::confirm_layer_links(store, inventory, &doubtful_links(inventory, &doubts)) {
            continue;
        }
        let hidden = doubts.hidden_revisions.iter().copied().filter(|id| may_be_manifest(inventory, *id));
        documents::read_named(
            store,
            inventory,
            documents,
            hidden.collect(),
            session.cancel,
            session.progress,
        );
        doubts.everything |= doubts.hidden_revisions.iter().any(|id| may_be_signed(documents, *id));
        let mut reach = Reach::new(inventory, documents, &doubts, question);
        if doubts.hides_revisions && !doubts.everything {
            let suspects = suspects(session, inventory, documents, &reach);
            doubts.everything |= suspects.iter().any(|id| is_schema1(documents, *id));
            doubts.suspects.extend(suspects);
            reach = Reach::new(inventory, documents, &doubts, question);
        }
        if inventory::confirm_layer_links(store, inventory, &reach.layer_links) {
            continue;
        }
        let is_there =
            |(number, digest): &(usize, DigestId)| inventory.repositories[*number].layer(*digest).is_some();
        reach.layer_links.retain(is_there);
        return (doubts, reach);
    }
}

/// Whether a manifest is of the kind whose signatures are blobs of their own.
fn is_schema1(documents: &Documents, digest: DigestId) -> bool {
    let read = documents.manifests.get(&digest).and_then(documents::Manifest::as_registry_reads_it);
    read.is_some_and(|document| document.kind == ManifestKind::Schema1)
}

fn doubtful_links(inventory: &Inventory, doubts: &Doubts) -> Vec<(usize, DigestId)> {
    let links = doubts.repositories().flat_map(|number| {
        inventory.repositories[number].layers.iter().map(move |link| (number, link.digest))
    });
    links.collect()
}

/// The dead blobs that may be manifests of hidden revisions: those that read as one, or cannot be read or trusted.
fn suspects(
    session: &Session<'_>,
    inventory: &mut Inventory,
    documents: &mut Documents,
    reach: &Reach,
) -> Vec<DigestId> {
    let Session { store, cancel, progress, .. } = *session;
    let dead = inventory.blobs.iter().map(|(id, _)| id).filter(|id| !reach.is_alive(*id));
    let named: BTreeSet<DigestId> = dead.filter(|id| may_be_manifest(inventory, *id)).collect();
    documents::read_named(store, inventory, documents, named.clone(), cancel, progress);
    let may_be = |id: &DigestId| {
        documents
            .manifests
            .get(id)
            .is_none_or(|manifest| manifest.as_registry_reads_it().is_some() || !manifest.is_trusted())
    };
    named.into_iter().filter(may_be).collect()
}

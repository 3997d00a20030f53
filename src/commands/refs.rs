//! `refs`: who uses a blob. One walk by names, and every manifest read: that nobody uses it is known of all or of none.

mod aliases;
mod chains;

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::digest::{Digest, Prefix};
use crate::path::text_of;
use crate::progress::Phase;
use crate::registry::documents::{self, Documents, Integrity};
use crate::registry::inventory::{self, DigestId, Inventory, View};
use crate::registry::{layout, remarks};
use crate::report::refs::{RefsReport, RefsSummary};
use crate::report::{ErrorItem, Head};
use crate::session::Session;

use super::survey;
use chains::Chains;

/// How many digests that begin alike are listed.
const MAX_CANDIDATES: usize = 100;

/// Finds the users of the one digest that begins like this.
pub fn refs(session: &Session<'_>, prefix: &Prefix) -> RefsReport {
    let Session { store, cancel, progress, .. } = *session;
    progress.begin(Phase::Walk, None);
    let mut inventory = survey::walk(session, View { tags: true, ..View::NAMES });
    progress.begin(Phase::Read, None);
    let mut documents = Documents::default();
    documents::read_manifests(store, &mut inventory, &mut documents, cancel, progress);
    let mut report = RefsReport {
        head: Head::new("regfs/refs/v1", store),
        digest: None,
        path: None,
        known_as: None,
        size: None,
        message: None,
        uses: Vec::new(),
        linked_from: Vec::new(),
        candidates: Vec::new(),
        summary: RefsSummary::default(),
    };
    let known: BTreeSet<Digest> = inventory.digests.iter().filter(|digest| prefix.matches(digest)).collect();
    match (known.first(), known.len()) {
        (Some(digest), 1) => fill(session, &inventory, &documents, *digest, &mut report),
        (_, 0) => {
            // A layer link may lead to what nothing else knows.
            if let Some(digest) = prefix.whole() {
                report.linked_from = linked_from(session, &inventory, &[digest]);
            }
            match prefix.whole().filter(|_| !report.linked_from.is_empty()) {
                Some(digest) => {
                    report.digest = Some(digest);
                    report.path = Some(inventory.blob_path(digest));
                }
                None => report.message = Some(format!("there is no {prefix}, and nothing names it")),
            }
        }
        (_, several) => {
            report.message = Some(format!("{several} digests begin with {prefix}: write more of it"));
            report.candidates = known.into_iter().take(MAX_CANDIDATES).collect();
        }
    }
    progress.end();
    report.head.warnings.extend(remarks::remarks(store, &inventory));
    report.head.note_unreadable(&inventory);
    report.head.note_not_followed(&inventory);
    report.head.errors.extend(not_understood(&inventory, &documents));
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.head.partial |= cancel.is_cancelled() || !report.head.errors.is_empty();
    report
}

fn fill(
    session: &Session<'_>,
    inventory: &Inventory,
    documents: &Documents,
    digest: Digest,
    report: &mut RefsReport,
) {
    report.digest = Some(digest);
    report.path = Some(inventory.blob_path(digest));
    let Some(id) = inventory.digests.find(digest) else { return };
    report.size = inventory.blobs.get(id).map(|blob| blob.size);
    let mut names = aliases::of(session.store, inventory, documents, id);
    names.push(id);
    let mut chains = Chains::new(inventory, documents, &names);
    chains.find(session.cancel);
    if chains.cut_short {
        let warning = format!(
            "there are more ways down to it than regfs lists: these are the first {}",
            chains.uses.len()
        );
        report.head.warnings.push(warning);
    }
    report.uses = chains.uses;
    let digests: Vec<Digest> = names.iter().map(|id| inventory.digests.get(*id)).collect();
    report.linked_from = linked_from(session, inventory, &digests);
    let of_repositories = report.uses.iter().map(|item| &*item.repository).filter(|name| !name.is_empty());
    let repositories: BTreeSet<&str> = of_repositories.collect();
    let tags: BTreeSet<(&str, &str)> =
        report.uses.iter().filter_map(|item| Some((&*item.repository, item.tag.as_deref()?))).collect();
    report.summary = RefsSummary {
        uses: report.uses.len() as u64,
        repositories: repositories.len() as u64,
        tags: tags.len() as u64,
    };
}

/// The repositories with a layer link to any of these. One look in each is quicker than a list of all their links.
fn linked_from(session: &Session<'_>, inventory: &Inventory, digests: &[Digest]) -> Vec<String> {
    let links = |repository: &&inventory::Repository| {
        let is_there =
            |digest: &Digest| session.store.stat(&layout::layer_link(&repository.path, *digest)).is_ok();
        repository.has.layers && !session.cancel.is_cancelled() && digests.iter().any(is_there)
    };
    let found = inventory.repositories.par_iter().with_max_len(1).filter(links);
    let mut names: Vec<String> = found.map(|repository| text_of(repository.name())).collect();
    names.sort_unstable();
    names
}

/// The manifests that may name anything: it is not known what.
fn not_understood(inventory: &Inventory, documents: &Documents) -> Vec<ErrorItem> {
    let item = |id: &DigestId, reason: String| ErrorItem {
        path: inventory.blob_path(inventory.digests.get(*id)),
        reason: format!("{reason}: what it uses is not known"),
    };
    let manifests = documents.manifests.iter().filter_map(|(id, manifest)| match manifest.integrity {
        Integrity::Altered(computed) => Some(item(id, format!("its bytes hash to {computed}"))),
        Integrity::Unknown => Some(item(id, "it is larger than any manifest that a registry reads".into())),
        Integrity::Intact => manifest.parsed.is_err().then(|| item(id, "it does not parse".into())),
    });
    manifests.collect()
}

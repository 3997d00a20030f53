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
use crate::registry::look::{self, State};
use crate::registry::{layout, remarks};
use crate::report::ErrorItem;
use crate::report::refs::{RefsReport, RefsSummary};
use crate::session::Session;

use super::{image, survey};
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
    let mut report = RefsReport::new(store);
    let mut unknown = false;
    let known: BTreeSet<Digest> = inventory.digests.iter().filter(|digest| prefix.matches(digest)).collect();
    match (known.first(), known.len()) {
        (Some(digest), 1) => fill(session, &inventory, &documents, *digest, &mut report),
        (_, 0) => {
            // A layer link may lead to what nothing else knows.
            if let Some(digest) = prefix.whole() {
                find_links(session, &inventory, &[digest], &mut report);
            }
            match prefix.whole().filter(|_| !report.linked_from.is_empty()) {
                Some(digest) => {
                    report.digest = Some(digest);
                    report.path = Some(inventory.blob_path(digest));
                }
                None => unknown = true,
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
    report.unknown = not_understood(&inventory, &documents);
    report.unknown.sort_unstable();
    report.head.errors.extend(report.unknown.iter().cloned());
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.head.partial |= cancel.is_cancelled() || !report.head.errors.is_empty();
    if unknown {
        let message = if report.head.partial {
            format!("nothing that could be read is {prefix} or names it")
        } else {
            format!("there is no {prefix}, and nothing names it")
        };
        report.message = Some(message);
    }
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
    report.hidden = report.size.is_none() && inventory.hidden_by(&inventory.blob_path(digest)).is_some();
    let mut names = aliases::of(session.store, inventory, documents, id, &mut report.head.errors);
    names.push(id);
    let mut chains = Chains::new(inventory, documents, &names);
    chains.find(session.cancel);
    if chains.cut_short {
        let warning = format!(
            "there are more ways down to it than regfs lists: these are the first {}",
            chains.uses.len()
        );
        report.head.warnings.push(warning);
        report.head.partial = true;
        report.head.why_partial = Some("not every way down to it is listed");
    }
    let (tags, repositories) = chains.beginnings();
    report.uses = chains.uses;
    let digests: Vec<Digest> = names.iter().map(|id| inventory.digests.get(*id)).collect();
    find_links(session, inventory, &digests, report);
    report.summary = RefsSummary { uses: report.uses.len() as u64, repositories, tags };
}

/// Notes the repositories with a layer link to any of these. One look in each is quicker than a list of all their links.
fn find_links(session: &Session<'_>, inventory: &Inventory, digests: &[Digest], report: &mut RefsReport) {
    let looks = |repository: &inventory::Repository| {
        let wanted = if repository.has.layers && !session.cancel.is_cancelled() { digests } else { &[] };
        let look = |digest: &Digest| {
            let path = layout::layer_link(&repository.path, *digest);
            let look = look::file(session.store, &path);
            (path, look)
        };
        wanted.iter().map(look).collect::<Vec<_>>()
    };
    let looked: Vec<_> = inventory.repositories.par_iter().with_max_len(1).map(looks).collect();
    for (repository, links) in inventory.repositories.iter().zip(looked) {
        if links.iter().any(|(_, link)| link.state == State::Ok) {
            report.linked_from.push(text_of(repository.name()));
        }
        for (path, link) in &links {
            image::note_hidden(&mut report.head.errors, path, link);
        }
    }
    report.linked_from.sort_unstable();
}

/// The manifests that may name anything: it is not known what.
fn not_understood(inventory: &Inventory, documents: &Documents) -> Vec<ErrorItem> {
    let item = |id: &DigestId, reason: String| ErrorItem {
        path: inventory.blob_path(inventory.digests.get(*id)),
        reason: format!("{reason}: it is not followed"),
    };
    let manifests = documents.manifests.iter().filter_map(|(id, manifest)| match manifest.integrity {
        Integrity::Altered(computed) => {
            Some(item(id, format!("its bytes do not hash to its name, but to {computed}")))
        }
        Integrity::Unknown => Some(item(id, "it is larger than any manifest that a registry reads".into())),
        Integrity::Intact => manifest.parsed.is_err().then(|| item(id, "it does not parse".into())),
    });
    manifests.collect()
}

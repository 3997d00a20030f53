//! The repositories: one walk by names, and every manifest read for what it reaches.

use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use crate::digest::Algorithm;
use crate::manifest::Role;
use crate::path::text_of;
use crate::progress::Phase;
use crate::registry::documents::{self, Document, Documents, Manifest};
use crate::registry::inventory::{self, DigestId, Inventory, Repository, TagDir, View};
use crate::registry::{layout, look, remarks};
use crate::report::ErrorItem;
use crate::report::ls::{LsReport, LsSummary, RepositoryItem};
use crate::session::Session;
use crate::store::Store;
use crate::units::time;

use crate::commands::image;

/// Fills the report with the repositories.
pub(super) fn list(session: &Session<'_>, report: &mut LsReport) {
    let Session { store, cancel, progress, .. } = *session;
    progress.begin(Phase::Walk, None);
    let mut inventory = inventory::walk(store, View { tags: true, ..View::NAMES }, cancel, progress);
    progress.begin(Phase::Read, None);
    let mut documents = Documents::default();
    documents::read_manifests(store, &mut inventory, &mut documents, cancel, progress);
    let behind = behind(store, &inventory, &documents, &mut report.head.errors);
    let reach = Reach { inventory: &inventory, documents: &documents, behind };
    let listed: Vec<(RepositoryItem, HashSet<DigestId>)> =
        inventory.repositories.par_iter().map(|repository| reach.repository(repository)).collect();
    progress.end();

    let mut summary = LsSummary::default();
    let mut reached = HashSet::new();
    for (item, own) in listed {
        summary.repositories += 1;
        summary.tags += item.tags;
        summary.revisions += item.revisions;
        summary.untagged += item.untagged;
        summary.unreached += item.unreached;
        reached.extend(own);
        report.repositories.push(item);
    }
    summary.bytes = reach.bytes(&reached);
    report.repositories.sort_by(|a, b| a.name.cmp(&b.name));
    report.summary = summary;
    report.head.warnings = remarks::remarks(store, &inventory);
    report.head.note_unreadable(&inventory);
    report.head.note_not_followed(&inventory);
    let unparsed =
        documents.manifests.values().filter(|manifest| manifest.as_registry_reads_it().is_none()).count();
    if unparsed > 0 {
        let warning = format!(
            "{unparsed} of the manifests cannot be parsed (regfs verify names them): what they need is not counted"
        );
        report.head.warnings.push(warning);
    }
}

struct Reach<'a> {
    inventory: &'a Inventory,
    documents: &'a Documents,
    /// The blobs behind the other names that repositories link them by.
    behind: HashMap<DigestId, DigestId>,
}

impl Reach<'_> {
    fn repository(&self, repository: &Repository) -> (RepositoryItem, HashSet<DigestId>) {
        let targets: BTreeSet<DigestId> = repository.tags.iter().filter_map(TagDir::target).collect();
        let revisions = || repository.revisions.iter().map(|link| link.digest);
        let by_tags = self.closure(targets.iter().copied());
        let untagged = || revisions().filter(|digest| !targets.contains(digest));
        let all = self.closure(revisions());
        let moved = repository.tags.iter().filter(|tag| tag.current.is_some()).map(|tag| tag.moved);
        let item = RepositoryItem {
            name: text_of(repository.name()),
            tags: moved.clone().count() as u64,
            revisions: revisions().count() as u64,
            untagged: untagged().count() as u64,
            unreached: untagged().filter(|digest| !by_tags.contains(digest)).count() as u64,
            bytes: self.bytes(&all),
            pushed: moved.max().and_then(time),
        };
        (item, all)
    }

    /// What these manifests need, themselves included: along config, layers and children.
    fn closure(&self, manifests: impl IntoIterator<Item = DigestId>) -> HashSet<DigestId> {
        let mut seen = HashSet::new();
        let mut todo: Vec<DigestId> = manifests.into_iter().collect();
        while let Some(digest) = todo.pop() {
            if !seen.insert(digest) {
                continue;
            }
            let manifest = self.documents.manifests.get(&digest);
            for edge in
                manifest.and_then(Manifest::as_registry_reads_it).into_iter().flat_map(Document::parts)
            {
                if edge.role == Role::Child {
                    todo.push(edge.target);
                } else {
                    seen.insert(self.behind.get(&edge.target).copied().unwrap_or(edge.target));
                }
            }
        }
        seen
    }

    fn bytes(&self, digests: &HashSet<DigestId>) -> u64 {
        let sizes = digests.iter().filter_map(|digest| Some(self.inventory.blobs.get(*digest)?.size));
        sizes.fold(0, u64::saturating_add)
    }
}

/// Where manifests name layers by another algorithm than the blobs', the repository's link tells which blob is meant.
/// That is rare, hence these links alone are read.
fn behind(
    store: &Store,
    inventory: &Inventory,
    documents: &Documents,
    errors: &mut Vec<ErrorItem>,
) -> HashMap<DigestId, DigestId> {
    let mut behind = HashMap::new();
    for repository in &inventory.repositories {
        let manifests = repository.revisions.iter().filter_map(|link| documents.manifests.get(&link.digest));
        for edge in manifests.filter_map(Manifest::as_registry_reads_it).flat_map(Document::parts) {
            let digest = inventory.digests.get(edge.target);
            let is_other = digest.algorithm() != Algorithm::Sha256 && edge.role != Role::Child;
            if !is_other || inventory.blobs.contains(edge.target) || behind.contains_key(&edge.target) {
                continue;
            }
            let path = layout::layer_link(&repository.path, digest);
            let (link, blob) = look::link(store, &path);
            image::note_hidden(errors, &path, &link);
            if let Some(blob) = blob.and_then(|blob| inventory.digests.find(blob)) {
                behind.insert(edge.target, blob);
            }
        }
    }
    behind
}

//! `gc-preview`: what the collector of a registry would do to this root, mistakes included, and whom that hurts.
//!
//! The lists are the collector's own, which knows neither sizes nor what a tag needs; the rest is regfs's.

mod cause;
mod losses;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;

use crate::digest::Digest;
use crate::few::first_few;
use crate::finding::Code;
use crate::path::{StorePath, text_of};
use crate::progress::Phase;
use crate::registry::collector::{self, Abort, Collection, DeadBlob, Mode, Rules};
use crate::registry::documents::{self, Documents};
use crate::registry::graph::{Graph, TagRef};
use crate::registry::inventory::{self, DigestId, Inventory, LinkContent, Opaque, View};
use crate::registry::layout;
use crate::registry::reach::{Kind, Kinds};
use crate::registry::remarks;
use crate::report::gc_preview::{
    AbortItem, BlobItem, GcPreviewReport, GcPreviewSummary, LayerLinkItem, ManifestItem,
};
use crate::report::{ErrorItem, Head, Label};
use crate::session::Session;
use crate::store::{FileKind, Store};
use crate::units;

/// How many altered manifests are named.
const FEW: usize = 3;

/// Which collector, and how it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Its rules, and whether it deletes manifests without a tag.
    pub mode: Mode,
}

/// Tells what a collector would do.
///
/// # Errors
/// When tags and links are kept in a database: no collector that goes by the disk may then be run.
pub fn gc_preview(session: &Session<'_>, options: &Options) -> anyhow::Result<GcPreviewReport> {
    let Session { store, cancel, progress, .. } = *session;
    if store.has_database() {
        bail!(
            "lockfiles/database-in-use says that this registry keeps its tags and links in a database (GitLab): what is \
             on disk does not tell what is needed, and its own offline garbage-collect refuses to run\n  hint: that \
             registry collects garbage by itself while it runs"
        );
    }
    let mode = options.mode;
    progress.begin(Phase::Walk, None);
    // Who needs what goes by the tags in any mode.
    let with_tags = |view| View { tags: true, ..view };
    let mut inventory = collector::look(store, mode, with_tags, cancel, progress);
    progress.begin(Phase::Read, None);
    let mut documents = Documents::default();
    documents::read_manifests(store, &mut inventory, &mut documents, cancel, progress);
    if mode.rules == Rules::V2 && inventory.repositories.iter().all(|repository| repository.layers.is_empty())
    {
        // It does not look at them, and may have none; only who links what it deletes is of interest.
        let listed = collector::collect(&inventory, &documents, mode).blobs;
        let listed: BTreeSet<Digest> = listed.iter().map(|dead| dead.digest).collect();
        inventory::read_layers(store, &mut inventory, &listed);
    }
    inventory.interrupted |= cancel.is_cancelled();
    progress.end();

    let mut report = GcPreviewReport::new(head(store, &inventory, mode), mode);
    if inventory.interrupted {
        return Ok(report);
    }
    let collection = collector::collect(&inventory, &documents, mode);
    let preview = Preview::new(&inventory, &documents);
    let abort = |abort: &Abort| AbortItem {
        path: abort.path.clone(),
        reason: abort.reason.clone(),
        code: cause::of(&inventory, abort),
    };
    report.aborts = collection.aborts.as_ref().map(abort);
    if report.aborts.as_ref().is_some_and(|abort| abort.code == Some(Code::Unreadable)) {
        // Whoever may read that ends at the next thing, which may be the same to everyone.
        let all = collector::blockers(&inventory, &documents, mode);
        let certain = all.iter().map(abort).find(|abort| abort.code != Some(Code::Unreadable));
        report.aborts = certain.or(report.aborts);
    }
    report.aborts_in_sweep = collection.aborts_in_sweep.as_ref().map(abort);
    report.head.warnings.extend(preview.altered(&collection.altered));
    preview.list(&mut report, &collection);
    let losses = losses::Losses::new(session, &inventory, &documents, &collection);
    let broken = losses.broken_tags();
    let unresolved = losses.unresolved(preview.needing(&collection), &broken);
    report.broken_tags = broken.into_iter().map(|tag| preview.tag(tag)).collect();
    report.lost_referrers = losses.lost_referrers(|repository| preview.repositories[repository].clone());
    report.head.partial |= cancel.is_cancelled();
    if !cancel.is_cancelled() {
        report.head.warnings.extend(preview.unresolved(&unresolved));
    }
    report.finish(collection.live_blobs);
    Ok(report)
}

fn head(store: &Store, inventory: &Inventory, mode: Mode) -> Head {
    let mut head = Head::new("regfs/gc-preview/v1", store);
    head.warnings = remarks::remarks(store, inventory);
    if mode.delete_untagged && (store.is_pull_through_cache() || remarks::keeps_no_tags(inventory)) {
        let warning = "--delete-untagged goes by the tags on disk, which are not the truth here: it would delete images \
             that are in use";
        head.warnings.push(warning.to_owned());
    }
    head.note_unreadable(inventory);
    head.errors.extend(inventory.opaque.iter().filter_map(|(path, why)| not_followed(path, why)));
    head.errors.sort();
    if !head.errors.is_empty() {
        head.partial = true;
        let warning =
            "the preview is not certain: the collector may see what regfs could not look at, or stop at it";
        head.warnings.push(warning.to_owned());
    }
    head
}

/// What a collector would look at that regfs does not.
fn not_followed(path: &StorePath, why: &Opaque) -> Option<ErrorItem> {
    let Opaque::NotRegular(kind) = why else { return None };
    let what = match kind {
        FileKind::Symlink | FileKind::Unknown => "a collector follows it",
        // It waits at a named pipe until somebody writes, and reads a device to its end.
        FileKind::Fifo | FileKind::Socket | FileKind::Device
            if layout::classify(path).place.expected() == layout::Expected::File =>
        {
            "a collector takes it for a file"
        }
        _ => return None,
    };
    let reason = format!("it is {}: {what}, and regfs does not", kind.with_article());
    Some(ErrorItem { path: path.clone(), reason })
}

/// What is known of the store besides the collector's lists.
struct Preview<'a> {
    inventory: &'a Inventory,
    documents: &'a Documents,
    graph: Graph,
    /// The names of the repositories, in their order.
    repositories: Vec<Label>,
    /// The names of their tags, in their order.
    tags: Vec<Vec<Label>>,
}

impl<'a> Preview<'a> {
    fn new(inventory: &'a Inventory, documents: &'a Documents) -> Self {
        let names = |(number, repository): (usize, &inventory::Repository)| {
            let tags = 0..repository.tags.len();
            tags.map(|tag| TagRef { repository: number, tag }.name(inventory).into()).collect()
        };
        Self {
            inventory,
            documents,
            graph: Graph::new(inventory, documents),
            repositories: inventory.repositories.iter().map(|repo| text_of(repo.name()).into()).collect(),
            tags: inventory.repositories.iter().enumerate().map(names).collect(),
        }
    }

    fn tag(&self, tag: TagRef) -> Label {
        self.tags[tag.repository][tag.tag].clone()
    }

    /// A warning of what the collector takes at its word.
    fn altered(&self, manifests: &BTreeSet<DigestId>) -> Option<String> {
        let mut digests: Vec<Digest> = manifests.iter().map(|id| self.inventory.digests.get(*id)).collect();
        digests.sort();
        let few = first_few(&digests, FEW);
        let (manifests, its, them) = match digests.len() {
            0 => return None,
            1 => ("1 manifest does".to_owned(), "its name", "it"),
            many => (format!("{many} manifests do"), "their names", "them"),
        };
        Some(format!(
            "{manifests} not hash to {its}, and the collector, which hashes nothing, reads {them} all the same and keeps \
             what is named there now, perhaps not what the image was made of: {few}. See regfs verify"
        ))
    }

    /// The tags that need any blob that goes.
    fn needing(&self, collection: &Collection<'_>) -> BTreeSet<TagRef> {
        let dead = collection.blobs.iter().filter_map(|dead| self.inventory.digests.find(dead.digest));
        self.graph.tags_reaching(dead)
    }

    /// A warning that the collector takes away what these tags need, though it does not break what is broken already.
    fn unresolved(&self, tags: &[TagRef]) -> Option<String> {
        let mut names: Vec<Label> = tags.iter().map(|tag| self.tag(*tag)).collect();
        names.sort();
        let (tags, image) = match names.len() {
            0 => return None,
            1 => ("1 tag that does not resolve now still needs".to_owned(), "its image is"),
            many => (format!("{many} tags that do not resolve now still need"), "their images are"),
        };
        let few = first_few(&names, FEW);
        Some(format!(
            "{tags} what would go, which mending would then not bring back: {few}. Mend that first if {image} wanted: \
             regfs verify REF says what is wrong"
        ))
    }

    fn list(&self, report: &mut GcPreviewReport, collection: &Collection<'_>) {
        let kinds = Kinds::new(self.inventory, self.documents);
        let linked_from = self.linked_from(&collection.blobs);
        let get = |id| self.inventory.digests.get(id);
        report.blobs = collection
            .blobs
            .iter()
            .map(|dead| {
                let id = self.inventory.digests.find(dead.digest);
                BlobItem {
                    digest: dead.digest,
                    path: dead.path(),
                    size: dead.blob.size,
                    kind: id.map_or(Kind::Unknown, |id| kinds.of(id)),
                    modified: units::time(dead.blob.modified),
                    linked_from: id.and_then(|id| linked_from.get(&id).cloned()).unwrap_or_default(),
                    needed_by: id.map(|id| self.needed_by(id)).unwrap_or_default(),
                }
            })
            .collect();
        report.manifests = collection
            .manifests
            .iter()
            .map(|dead| ManifestItem {
                repository: text_of(dead.repository.name()).into(),
                digest: get(dead.digest),
                size: self.inventory.blobs.get(dead.digest).map(|blob| blob.size),
            })
            .collect();
        report.layer_links = collection
            .layer_links
            .iter()
            .map(|dead| LayerLinkItem {
                repository: text_of(dead.repository.name()).into(),
                digest: get(dead.digest),
                path: dead.path(self.inventory),
            })
            .collect();
    }

    fn needed_by(&self, digest: DigestId) -> Vec<Label> {
        let mut tags: Vec<Label> =
            self.graph.tags_reaching([digest]).into_iter().map(|tag| self.tag(tag)).collect();
        tags.sort();
        tags
    }

    /// The repositories that link any of these blobs as a layer, by its own digest or another.
    fn linked_from(&self, blobs: &[DeadBlob<'_>]) -> BTreeMap<DigestId, Vec<Label>> {
        let ids = blobs.iter().filter_map(|dead| self.inventory.digests.find(dead.digest));
        let mut linked: BTreeMap<DigestId, Vec<Label>> = ids.map(|id| (id, Vec::new())).collect();
        if linked.is_empty() {
            return linked;
        }
        for (repository, name) in self.inventory.repositories.iter().zip(&self.repositories) {
            for link in &repository.layers {
                let behind = match link.content {
                    LinkContent::Names(other) if other != link.digest => Some(other),
                    _ => None,
                };
                for digest in [Some(link.digest), behind].into_iter().flatten() {
                    if let Some(names) = linked.get_mut(&digest).filter(|names| names.last() != Some(name)) {
                        names.push(name.clone());
                    }
                }
            }
        }
        for names in linked.values_mut() {
            names.sort();
        }
        linked
    }
}

impl GcPreviewReport {
    fn new(head: Head, mode: Mode) -> Self {
        Self {
            head,
            rules: match mode.rules {
                Rules::V2 => "2",
                Rules::V3 => "3",
            },
            delete_untagged: mode.delete_untagged,
            aborts: None,
            aborts_in_sweep: None,
            blobs: Vec::new(),
            manifests: Vec::new(),
            layer_links: Vec::new(),
            broken_tags: Vec::new(),
            lost_referrers: Vec::new(),
            summary: GcPreviewSummary::default(),
        }
    }
}

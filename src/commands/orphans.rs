//! `orphans`: which blobs, manifests and layer links nothing keeps alive, and how many bytes that is.
//!
//! The walk goes by names: those of directories carry the digests, and each manifest is read once. Whether a layer link
//! is there is asked only where an answer depends on it. What could not be known makes more alive, never less.

mod given;
mod judge;
mod policy;
mod tags;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use globset::GlobSet;

use crate::manifest::{Kind as ManifestKind, MAX_MANIFEST};
use crate::path::text_of;
use crate::progress::Phase;
use crate::registry::documents::{self, Documents};
use crate::registry::graph;
use crate::registry::inventory::{self, Depth, DigestId, Inventory, LateTags, LinkContent, View};
use crate::registry::reach::{Kinds, Policy, Question, Reach};
use crate::registry::remarks;
use crate::report::orphans::{OrphanBlob, OrphanLink, OrphanManifest, OrphansReport};
use crate::report::{ErrorItem, Head, Label};
use crate::session::Session;
use crate::units;

use super::survey;

/// How long a push may well take.
pub(super) const A_DAY: i64 = 24 * 60 * 60;

/// What keeps a store's content alive, and what is told of the rest.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is wanted.
    pub policy: Policy,
    /// A file of digests that are wanted besides; `-` is standard input.
    pub alive: Option<PathBuf>,
    /// From which age on a blob is listed.
    pub min_age: Option<Duration>,
    /// Which tags count as gone, by `repo:tag` and by `tag`.
    pub without: Option<TagGlobs>,
    /// How many of each repository's tags do not count as gone: those that moved last.
    pub keep_newest: Option<usize>,
    /// Whether the answer is bad if anything is listed.
    pub exit_code: bool,
    /// The answer is bad if more bytes than this are listed.
    pub max_bytes: Option<u64>,
}

/// Globs for tags.
#[derive(Clone, Debug)]
pub struct TagGlobs {
    /// Those without a colon, for the tag alone.
    pub tags: GlobSet,
    /// The others, for `repo:tag`.
    pub names: GlobSet,
}

/// Tells what nothing keeps alive.
///
/// # Errors
/// When `--alive` cannot be read or holds something else than digests, and when the policy would not be the truth here.
pub fn orphans(session: &Session<'_>, options: &Options) -> anyhow::Result<OrphansReport> {
    let begun = Instant::now();
    let Session { store, cancel, progress, .. } = *session;
    policy::refuse_by_surroundings(store, options)?;
    let given = options.alive.as_deref().map(given::read).transpose()?.unwrap_or_default();

    progress.begin(Phase::Walk, None);
    let by_tags = options.policy == Policy::Tags;
    let view = View { depth: Depth::Directories, layers: true, tags: by_tags, ..View::NAMES };
    let mut inventory = survey::walk(session, view);
    policy::refuse_by_inventory(&inventory, options)?;
    let mut given: Vec<DigestId> = given.into_iter().map(|digest| inventory.digests.intern(digest)).collect();
    given.extend(&inventory.wanted);
    let dropped = policy::dropped(&inventory, options);

    progress.begin(Phase::Read, None);
    let mut documents = Documents::default();
    let read_named = |inventory: &mut Inventory, documents: &mut Documents, named| {
        documents::read_named(store, inventory, documents, named, cancel, progress);
    };
    documents::read_manifests(store, &mut inventory, &mut documents, cancel, progress);
    let named = given.iter().copied().filter(|id| may_be_manifest(&inventory, *id)).collect();
    read_named(&mut inventory, &mut documents, named);
    let broken_links = inventory::read_aliases(store, &mut inventory);
    let signed = schema1_revisions(&inventory, &documents);
    inventory::read_signatures(store, &mut inventory, &signed);
    // What was not read may name anything.
    inventory.interrupted |= cancel.is_cancelled();

    let question = Question { policy: options.policy, given: &given, dropped: &dropped };
    let evidence = judge::Evidence { inventory: &mut inventory, documents: &mut documents, broken_links };
    let (doubts, reach) = judge::judge(session, question, evidence);
    let at_stake =
        if by_tags { LateTags::default() } else { tags::at_stake(session, &inventory, &documents, &reach) };
    let once = Kinds::once_manifests(&inventory).into_iter().filter(|id| !reach.is_alive(*id));
    let once = once.chain(at_stake.tags.iter().map(|(_, _, target)| *target)).collect();
    read_named(&mut inventory, &mut documents, once);
    progress.end();

    let mut head = Head::new("regfs/orphans/v1", store);
    head.warnings =
        if by_tags { remarks::remarks(store, &inventory) } else { remarks::of_surroundings(store) };
    head.warnings.extend(tags::lost(&inventory, &reach.lost_tags));
    if doubts.everything {
        head.warnings.push(
            "no blob is called an orphan, since what could not be looked at may need any of them".to_owned(),
        );
    }
    head.note_unreadable(&inventory);
    head.partial |= !doubts.unknown.is_empty() || cancel.is_cancelled();

    let untouched = options.has_what_if().then(|| {
        let question = Question { dropped: &BTreeSet::new(), ..question };
        Reach::new(&inventory, &documents, &doubts, question)
    });
    let mut report = OrphansReport {
        policy: options.policy.name(),
        unknown: doubts.unknown.into_iter().map(|(path, reason)| ErrorItem { path, reason }).collect(),
        dropped_tags: graph::names(&inventory, &dropped),
        exit_code: options.exit_code,
        max_bytes: options.max_bytes,
        ..OrphansReport::new(head)
    };
    list(&mut report, session, options, &inventory, &documents, &reach);
    let warnings = tags::at_stake_warnings(&inventory, &documents, &report, &at_stake);
    report.head.warnings.extend(warnings);
    report.summary.count(&report.blobs, &report.manifests, &report.layer_links);
    if let Some(untouched) = untouched {
        let freed = report.blobs.iter().filter(|blob| {
            inventory.digests.find(blob.digest).is_some_and(|digest| untouched.is_alive(digest))
        });
        let (blobs, bytes) =
            freed.fold((0, 0_u64), |(blobs, bytes), blob| (blobs + 1, bytes.saturating_add(blob.size)));
        report.summary.freed_blobs = Some(blobs);
        report.summary.freed_bytes = Some(bytes);
    }
    report.summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    // The run is about to end: to give back millions of small pieces of memory one by one would only delay the answer.
    std::mem::forget((inventory, documents));
    Ok(report)
}

impl Options {
    /// Whether some tags are to count as gone.
    pub const fn has_what_if(&self) -> bool {
        self.without.is_some() || self.keep_newest.is_some()
    }
}

/// Whether a blob that no manifest names may be one.
fn may_be_manifest(inventory: &Inventory, digest: DigestId) -> bool {
    inventory.blobs.get(digest).is_some_and(|blob| blob.size <= MAX_MANIFEST)
}

/// Whether a manifest may have legacy signatures.
fn may_be_signed(documents: &Documents, digest: DigestId) -> bool {
    let manifest = documents.manifests.get(&digest);
    let read = manifest.and_then(documents::Manifest::as_registry_reads_it);
    manifest.is_some() && read.is_none_or(|document| document.kind == ManifestKind::Schema1)
}

/// The revisions that may have legacy signatures.
pub(super) fn schema1_revisions(inventory: &Inventory, documents: &Documents) -> Vec<(usize, DigestId)> {
    let mut revisions = Vec::new();
    for (number, repository) in inventory.repositories.iter().enumerate() {
        let digests = repository.revisions.iter().map(|link| link.digest);
        let signed = digests.filter(|digest| may_be_signed(documents, *digest));
        revisions.extend(signed.map(|digest| (number, digest)));
    }
    revisions
}

/// Fills in the lists.
fn list(
    report: &mut OrphansReport,
    session: &Session<'_>,
    options: &Options,
    inventory: &Inventory,
    documents: &Documents,
    reach: &Reach,
) {
    let names: Vec<Label> =
        inventory.repositories.iter().map(|repository| text_of(repository.name()).into()).collect();
    let kinds = Kinds::new(inventory, documents);
    let linked_from = linked_from(inventory, reach);
    let now = session.now.as_second();
    let summary = &mut report.summary;
    for (digest, blob) in inventory.blobs.iter() {
        if reach.is_alive(digest) {
            summary.blobs_kept += 1;
            continue;
        }
        let age = now.saturating_sub(blob.modified);
        if options.min_age.is_some_and(|least| i128::from(age) < i128::from(least.as_secs())) {
            summary.blobs_too_young += 1;
            continue;
        }
        summary.blobs_younger_than_a_day += u64::from(age < A_DAY);
        let from = linked_from.partition_point(|(linked, _)| *linked < digest);
        let links = linked_from[from..].iter().take_while(|(linked, _)| *linked == digest);
        report.blobs.push(OrphanBlob {
            digest: inventory.digests.get(digest),
            shelf: inventory.kind.shelf(),
            size: blob.size,
            kind: kinds.of(digest),
            modified: units::time(blob.modified),
            linked_from: links.map(|(_, number)| names[*number as usize].clone()).collect(),
        });
    }
    report.blobs.sort_by_key(|blob| blob.digest);
    report.manifests.extend(reach.manifests.iter().map(|(number, digest)| OrphanManifest {
        repository: names[*number].clone(),
        digest: inventory.digests.get(*digest),
        size: inventory.blobs.get(*digest).map(|blob| blob.size),
    }));
    report.manifests.sort_by(|a, b| (&a.repository, a.digest).cmp(&(&b.repository, b.digest)));
    report.layer_links.extend(reach.layer_links.iter().map(|(number, digest)| OrphanLink {
        repository: names[*number].clone(),
        digest: inventory.digests.get(*digest),
    }));
    report.layer_links.sort_by(|a, b| (&a.repository, a.digest).cmp(&(&b.repository, b.digest)));
}

/// Dead blobs and the numbers of the repositories that still link them as layers, sorted.
fn linked_from(inventory: &Inventory, reach: &Reach) -> Vec<(DigestId, u32)> {
    let mut linked = Vec::new();
    for (number, repository) in (0..).zip(&inventory.repositories) {
        for link in &repository.layers {
            let blob = match link.content {
                LinkContent::Names(blob) => blob,
                _ => link.digest,
            };
            let dead = [link.digest, blob].into_iter().filter(|digest| !reach.is_alive(*digest));
            linked.extend(dead.map(|digest| (digest, number)));
        }
    }
    linked.sort_unstable();
    linked.dedup();
    linked
}

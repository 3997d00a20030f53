//! `verify`: does every byte hash to its name, does every link and reference hold.

mod bytes;
pub mod donor;
mod resume;
mod selection;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::checkpoint::Checkpoint;
use crate::digest::Digest;
use crate::finding::{Code, Finding, Severity};
use crate::hash::unpack::UnpackError;
use crate::kind::Kind;
use crate::oci;
use crate::path::StorePath;
use crate::progress::Phase;
use crate::reference::Reference;
use crate::registry::check::{self, Bytes, Draft, Evidence};
use crate::registry::collector::{self, Mode};
use crate::registry::documents::{self, Documents};
use crate::registry::graph::{self, Graph};
use crate::registry::inventory::{self, Inventory, View};
use crate::registry::remarks;
use crate::registry::shard::Shard;
use crate::report::verify::{self, Part, Scope, VerifyReport, VerifySummary};
use crate::report::{ErrorItem, Head};
use crate::session::Session;
use crate::store::ReadError;

use super::diff::Source;
use super::survey;
pub(super) use selection::Selection;

/// What to verify, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The images to look at; none: the whole root.
    pub references: Vec<Reference>,
    /// Whether every byte is hashed, or only what is read anyway: manifests and configs.
    pub hash: bool,
    /// Whether layers are unpacked and compared with their config's `diff_ids`; the most bytes that one may unpack to.
    pub deep: Option<u64>,
    /// From which severity on a finding makes the answer bad; `None`: never.
    pub fail_on: Option<Severity>,
    /// Whether notes are listed.
    pub notes: bool,
    /// Whether tables list notes if reports do not.
    pub aside: bool,
    /// From which age on an unfinished upload is stale.
    pub upload_age: Duration,
    /// The share of the store that the bytes read and the findings are confined to.
    pub shard: Option<Shard>,
    /// After which time to stop.
    pub max_duration: Option<Duration>,
}

impl Options {
    /// What a round of a checkpoint is a look at; nothing if it is the whole root.
    fn round(&self) -> String {
        let references = self.references.iter().map(|reference| reference.text.clone());
        references.chain(self.shard.map(|shard| format!("share {shard}"))).collect::<Vec<_>>().join("\n")
    }

    /// Whether what stands at a path is to be judged.
    fn owns(&self, path: &StorePath) -> bool {
        self.shard.is_none_or(|shard| shard.owns(path))
    }

    /// What has to be the same in all parts of one report.
    pub(super) fn scope(&self, donor: Option<&Source<'_>>) -> Scope {
        Scope {
            references: self.references.iter().map(ToString::to_string).collect(),
            hash: self.hash,
            deep: self.deep.is_some(),
            notes: self.notes,
            upload_age_seconds: self.upload_age.as_secs(),
            donor: donor.map(Source::name),
        }
    }
}

/// Verifies a root, or the images that are named. What a checkpoint says was verified in its round is not read again; a
/// donor is asked for what is damaged or missing.
///
/// # Errors
/// Never for what is wrong with the store, which is what the report says; only when no thread can be started.
pub fn verify(
    session: &Session<'_>,
    options: &Options,
    checkpoint: Option<&Checkpoint>,
    donor: Option<&Source<'_>>,
) -> anyhow::Result<VerifyReport> {
    let begun = Instant::now();
    let Session { store, cancel, progress, .. } = *session;
    if let Some(duration) = options.max_duration {
        cancel.after(duration).context("cannot start threads")?;
    }
    let is_round = checkpoint.is_none_or(|checkpoint| checkpoint.begin(&options.round()));
    progress.begin(Phase::Walk, None);
    let Chosen { selection, mut inventory, only } = choose(session, &options.references);
    progress.begin(Phase::Read, None);
    let mut documents = Documents::default();
    documents::read_manifests(store, &mut inventory, &mut documents, cancel, progress);
    if let Some(wanted) = only {
        oci::narrow(&mut inventory, &mut documents, &wanted);
    }
    documents::read_configs(store, &mut inventory, &mut documents, cancel, progress);
    // What was not read may name anything.
    inventory.interrupted |= cancel.is_cancelled();
    let graph = Graph::new(&inventory, &documents);
    let read = bytes::read(session, options, checkpoint, &inventory, &documents, &graph);
    let is_complete = read.is_complete() && !inventory.interrupted;
    let is_futile = read.is_futile() && !inventory.interrupted;
    let (bytes, trusted) = (read.bytes, read.trusted);
    progress.end();
    inventory.could_not_read(bytes.unread.clone());
    let evidence = Evidence {
        inventory: &inventory,
        documents: &documents,
        graph: &graph,
        bytes: &bytes,
        hash: options.hash,
        is_cache: store.is_pull_through_cache(),
        now: session.now.as_second(),
        upload_age: i64::try_from(options.upload_age.as_secs()).unwrap_or(i64::MAX),
    };
    let mut drafts = check::second_look::confirm(store, &inventory, &bytes, check::check(evidence));
    drafts.retain(|draft| options.owns(&draft.path));

    let mut head = Head::new(VerifyReport::SCHEMA, store);
    head.warnings = selection.hints;
    head.warnings.extend(remarks::remarks(store, &inventory));
    if let Some(checkpoint) = checkpoint {
        let is_whole = inventory.is_whole && options.shard.is_none();
        head.warnings.extend(put_away(checkpoint, is_round, is_complete, is_whole));
    }
    if !is_complete && cancel.is_late() {
        head.why_partial = Some("--max-duration was over");
        head.warnings
            .push("the time that --max-duration gave was over before everything was verified".to_owned());
        if is_futile {
            head.warnings
                .push("no file was read to its end: a longer run is needed, or fewer --readers".to_owned());
        }
    }
    head.note_unreadable(&inventory);
    head.errors.extend(not_unpacked(&inventory, &bytes));
    head.errors.sort();
    head.partial |= !is_complete || !head.errors.is_empty();

    let affected: BTreeSet<_> = drafts.iter().flat_map(|draft| draft.affects.iter().copied()).collect();
    let may_block = inventory.has_links() && drafts.iter().any(|draft| draft.code.may_block_collectors());
    let blockers = if may_block { blockers(&inventory, &documents) } else { Blockers::new() };
    let mut findings: Vec<Finding> =
        drafts.into_iter().map(|draft| finding(draft, &inventory, &blockers)).collect();
    findings.extend(selection.unknown.into_iter().filter(|finding| options.owns(&finding.path)));
    verify::sort(&mut findings);
    let mut summary = counts(&inventory, &bytes);
    summary.affected_tags = affected.len() as u64;
    summary.count(&findings);
    let worst = summary.worst();
    // A cache may well lack a blob: that is a note, and a donor is asked for it all the same.
    let asked = donor.map(|donor| donor::consult(session, &findings, donor));
    head.warnings.extend(donor.and_then(|donor| donor::relation(store, donor)));
    let scope = options.scope(donor);
    let part = (options.shard.is_some() || !is_complete).then(|| Part {
        shard: options.shard.map(|shard| shard.to_string()),
        complete: is_complete,
        scope: scope.clone(),
        affected_tags: graph::names(&inventory, &affected),
    });
    summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    let mut report = VerifyReport {
        head,
        part,
        scope,
        findings,
        aside: Vec::new(),
        donor: asked,
        summary,
        trusted,
        fail_on: options.fail_on,
        worst,
    };
    if !options.notes {
        report.unlist_notes(options.aside);
    }
    Ok(report)
}

/// Writes down what was verified; what is to be said of the checkpoint.
fn put_away(checkpoint: &Checkpoint, is_round: bool, is_complete: bool, is_whole: bool) -> Vec<String> {
    let mut remarks: Vec<String> = checkpoint.remark().map(str::to_owned).into_iter().collect();
    if !is_round {
        remarks.push(
            "the checkpoint is in the midst of a round of other images or another share, which is kept: nothing of it was \
             believed here"
                .to_owned(),
        );
    }
    if let Err(error) = checkpoint.finish(is_complete, is_whole) {
        let reason = ReadError::from(error);
        remarks.push(format!("the checkpoint could not be written, and is what it was before: {reason}"));
    }
    remarks
}

/// What is to be looked at.
struct Chosen {
    selection: Selection,
    inventory: Inventory,
    /// The manifests that the inventory is to be narrowed to, once it is known what they need.
    only: Option<Vec<Digest>>,
}

/// The whole store, or what the references reach: by links where there are any, else by what manifests say.
fn choose(session: &Session<'_>, references: &[Reference]) -> Chosen {
    let Session { store, cancel, progress, .. } = *session;
    if references.is_empty() {
        return Chosen {
            selection: Selection::default(),
            inventory: survey::walk(session, View::FULL),
            only: None,
        };
    }
    if store.kind() == Kind::Registry {
        let selection = selection::select(store, references, cancel);
        let inventory = inventory::of_images(store, &selection.wanted, cancel, progress);
        return Chosen { selection, inventory, only: None };
    }
    let mut selection = Selection::default();
    let wanted = super::oci::verify::select(session, references, &mut selection);
    let mut inventory = survey::walk(session, View::FULL);
    for digest in &wanted {
        inventory.wanted_as_manifest(*digest);
    }
    Chosen { selection, inventory, only: Some(wanted) }
}

/// The modes of collectors that abort at each file.
type Blockers = BTreeMap<StorePath, Vec<&'static str>>;

fn blockers(inventory: &Inventory, documents: &Documents) -> Blockers {
    let mut blockers = Blockers::new();
    for mode in Mode::ALL {
        let paths: BTreeSet<StorePath> =
            collector::blockers(inventory, documents, mode).into_iter().map(|abort| abort.path).collect();
        for path in paths {
            blockers.entry(path).or_default().push(mode.name());
        }
    }
    blockers
}

fn finding(draft: Draft, inventory: &Inventory, blockers: &Blockers) -> Finding {
    let blocked_at = draft.collector_path.as_ref().unwrap_or(&draft.path);
    // What the system keeps from us the registry's own user may well be able to read. And of several findings at one
    // file, those that no collector minds are not why it aborts.
    let may_block = draft.code.may_block_collectors() && draft.code != Code::Unreadable;
    let blockers = blockers.get(blocked_at).filter(|_| may_block);
    Finding {
        blocks_gc: blockers.cloned().unwrap_or_default(),
        code: draft.code,
        severity: draft.severity,
        path: draft.path,
        repository: draft.repository,
        tag: draft.tag,
        digest: draft.digest,
        detail: draft.detail,
        affects: graph::names(inventory, &draft.affects),
        referenced_by: draft.referenced_by,
    }
}

/// The layers that `--deep` could not judge.
fn not_unpacked(inventory: &Inventory, bytes: &Bytes) -> Vec<ErrorItem> {
    let unpacked = bytes.unpacked.iter().filter_map(|(layer, result)| match result {
        Err(error @ (UnpackError::PastLimit { .. } | UnpackError::Unsupported { .. })) => {
            Some((layer, error))
        }
        _ => None,
    });
    let item = |(layer, error): (&inventory::DigestId, &UnpackError)| ErrorItem {
        path: inventory.blob_path(inventory.digests.get(*layer)),
        reason: format!("not compared with its diff_id: {error}"),
    };
    unpacked.map(item).collect()
}

fn counts(inventory: &Inventory, bytes: &Bytes) -> VerifySummary {
    let mut summary = VerifySummary { bytes_hashed: bytes.hashed, ..VerifySummary::default() };
    let mut manifests = BTreeSet::new();
    for repository in &inventory.repositories {
        summary.repositories += u64::from(inventory.has_links());
        summary.uploads += repository.uploads.len() as u64;
        let count = u64::from(inventory.has_links());
        summary.links += count
            * (repository.layers.len() + repository.revisions.len() + repository.signatures.len()) as u64;
        let revisions = repository.revisions.iter().map(|link| link.digest);
        // A link is there without its manifest; what an index lists is not.
        manifests.extend(revisions.filter(|id| inventory.has_links() || inventory.blobs.contains(*id)));
        for tag in &repository.tags {
            summary.tags += u64::from(tag.current.is_some());
            summary.links += count * (tag.index.len() as u64 + u64::from(tag.current.is_some()));
        }
    }
    summary.manifests = manifests.len() as u64;
    for blob in inventory.all_blobs() {
        summary.blobs += 1;
        // A few sparse files of a hostile store hold more than there are numbers.
        summary.bytes = summary.bytes.saturating_add(blob.size);
    }
    summary
}

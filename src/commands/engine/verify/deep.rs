//! `--deep`: each layer's archive put together again, and held against its DiffID.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::digest::Digest;
use crate::engine::check::{finding, of_layer};
use crate::engine::tar_split::{Archive, AssembleError, Assembly};
use crate::engine::{Driver, Engine, Layer, size};
use crate::finding::{Code, Finding, Severity};
use crate::path::StorePath;
use crate::progress::{Phase, Work};
use crate::report::ErrorItem;
use crate::session::Session;
use crate::store::ReadError;

/// What came of it.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) findings: Vec<Finding>,
    pub(super) errors: Vec<ErrorItem>,
    /// The bytes of files that were hashed, each layer's once.
    pub(super) bytes: u64,
}

/// A layer, and all that it takes.
struct Task<'a> {
    driver: &'a Driver,
    chain: Digest,
    layer: &'a Layer,
    diff: Digest,
    files: StorePath,
    tar_split: StorePath,
}

/// Hashes the layers that are needed. One that has a finding which stands in the way, or whose archive would have more
/// than `limit` bytes, is left out.
pub(super) fn verify(
    session: &Session<'_>,
    engine: &Engine,
    only: Option<&BTreeSet<Digest>>,
    limit: u64,
    findings: &[Finding],
) -> Seen {
    let tasks = tasks(engine, only, findings);
    let mut total = Work::default();
    for task in &tasks {
        total += Work { files: 1, bytes: task.layer.bytes() };
    }
    session.progress.begin(Phase::Hash, Some(total));
    let hashed: Vec<Result<Archive, AssembleError>> = tasks
        .par_iter()
        .with_max_len(1)
        .map(|Task { diff, files, tar_split, .. }| {
            let Session { store, cancel, progress, .. } = *session;
            Assembly { store, tar_split, files, limit, cancel, progress }.hash(diff.algorithm())
        })
        .collect();
    session.progress.end();
    let mut seen = Seen::default();
    let mut bytes: BTreeMap<Digest, u64> = BTreeMap::new();
    for (task, result) in tasks.into_iter().zip(hashed) {
        if let Ok(archive) = &result {
            bytes.insert(task.chain, archive.bytes);
        }
        seen.judge(session, task, result);
    }
    seen.bytes = bytes.values().fold(0, |sum: u64, bytes| sum.saturating_add(*bytes));
    seen
}

fn tasks<'a>(engine: &'a Engine, only: Option<&BTreeSet<Digest>>, findings: &[Finding]) -> Vec<Task<'a>> {
    // A layer that lacks one of these has its finding already, and so has what stands in the way to it.
    let at_fault: BTreeSet<&StorePath> = findings.iter().map(|finding| &finding.path).collect();
    let stands_before = |finding: &&Finding| matches!(finding.code, Code::NotRegular | Code::Unreadable);
    let hidden: BTreeSet<&[u8]> =
        findings.iter().filter(stands_before).map(|finding| finding.path.as_bytes()).collect();
    let is_whole =
        |path: &StorePath| !at_fault.contains(path) && !path.ancestors().any(|above| hidden.contains(above));
    let mut tasks = Vec::new();
    for driver in &engine.drivers {
        for (chain, layer) in driver.needed(only) {
            let (Some(diff), Some(cache_id), Some(graph)) =
                (layer.diff.get(), layer.cache_id.get(), driver.graph)
            else {
                continue;
            };
            let (files, tar_split) = (graph.files(cache_id), layer.path.join("tar-split.json.gz"));
            if [&files, &layer.path, &tar_split].into_iter().all(is_whole) {
                tasks.push(Task { driver, chain, layer, diff: *diff, files, tar_split });
            }
        }
    }
    tasks
}

impl Seen {
    fn judge(&mut self, session: &Session<'_>, task: Task<'_>, result: Result<Archive, AssembleError>) {
        let Task { driver, chain, diff, files, tar_split, .. } = task;
        let (path, detail) = match result {
            Ok(archive) if archive.digest == diff => {
                return self.size(session, driver, chain, task.layer, &files, archive.bytes);
            }
            Ok(archive) => {
                (files, format!("its archive hashes to {}, where diff says {diff}", archive.digest))
            }
            Err(AssembleError::Interrupted) => return,
            // Who removes an image removes the layer's record first.
            Err(_) if session.store.stat(&task.layer.path) == Err(ReadError::Absent) => {
                let detail = "it was removed while its files were being read";
                let changed = finding(Code::ChangedDuringScan, task.layer.path.clone(), detail);
                return self.findings.push(changed);
            }
            Err(AssembleError::Unread { path, error }) => {
                return self.errors.push(ErrorItem { path, reason: error.to_string() });
            }
            Err(error @ AssembleError::PastLimit { .. }) => {
                return self.errors.push(ErrorItem { path: files, reason: error.to_string() });
            }
            Err(error @ AssembleError::Broken { .. }) => (tar_split, error.to_string()),
            Err(error @ AssembleError::File { .. }) => (files, error.to_string()),
        };
        self.findings.push(of_layer(driver, chain, finding(Code::LayerContentMismatch, path, detail)));
    }

    /// Holds the size that is stated against that of the files: as they were in the archive, or as a driver that makes
    /// the directory itself has them, with links.
    fn size(
        &mut self,
        session: &Session<'_>,
        driver: &Driver,
        chain: Digest,
        layer: &Layer,
        files: &StorePath,
        bytes: u64,
    ) {
        let Some(stated) = layer.size.get().filter(|stated| **stated != bytes) else { return };
        let mut unread = Vec::new();
        let on_disk = size::as_engines_count(session, files, &mut unread);
        if *stated == on_disk || !unread.is_empty() || session.cancel.is_cancelled() {
            let unread = unread.into_iter();
            self.errors.extend(unread.map(|(path, error)| ErrorItem { path, reason: error.to_string() }));
            return;
        }
        let detail = format!("it says {stated}, where the files have {bytes} bytes");
        let mut found = finding(Code::LayerMalformed, layer.path.join("size"), detail);
        // Only what is told of sizes is wrong.
        found.severity = Severity::Warning;
        self.findings.push(of_layer(driver, chain, found));
    }
}

//! Which bytes `verify` reads, and what it learns from them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::Options;
use super::resume::{self, Resumed};
use crate::checkpoint::Checkpoint;
use crate::digest::{Algorithm, Digest};
use crate::path::StorePath;
use crate::progress::{Phase, Work};
use crate::registry::bytes::{Outcome, Task, read_all};
use crate::registry::check::{Altered, Bytes, stated_diff_ids};
use crate::registry::documents::{Documents, Integrity};
use crate::registry::graph::Graph;
use crate::registry::inventory::{DigestId, Inventory, Odd};
use crate::session::Session;

/// One task, and what its outcome is to be compared with.
pub(super) struct Job {
    pub(super) task: Task,
    pub(super) judge: Judge,
}

/// What a task's outcome is to be compared with.
pub(super) struct Judge {
    pub(super) promised: Promised,
    /// Other digests that links give the blob, in the order of the task's other algorithms.
    pub(super) aliases: Vec<(DigestId, Digest)>,
    /// What configs say that it unpacks to, if it is to be unpacked.
    pub(super) diff_ids: Vec<Digest>,
    /// Whether its bytes count as hashed by this task: not if they did as a manifest's or config's, or if they are another
    /// share's.
    pub(super) counts: bool,
}

pub(super) enum Promised {
    Blob(DigestId, Digest),
    Nothing(StorePath),
}

/// What was read, and of how much that can be said.
pub(super) struct Read {
    pub(super) bytes: Bytes,
    /// How many files there were to read.
    wanted: u64,
    /// How many of them were read to their end.
    finished: u64,
    /// What earlier runs had read.
    pub(super) trusted: Work,
}

/// Reads what is left to read: the documents were hashed when they were parsed.
pub(super) fn read(
    session: &Session<'_>,
    options: &Options,
    checkpoint: Option<&Checkpoint>,
    inventory: &Inventory,
    documents: &Documents,
    graph: &Graph,
) -> Read {
    let mut bytes = known(options, inventory, documents);
    let jobs = jobs(options, inventory, documents, graph);
    let Resumed { groups, trusted, trusted_bytes } = match checkpoint {
        Some(checkpoint) => resume::sort_out(session, checkpoint, jobs),
        None => Resumed::all(jobs),
    };
    bytes.hashed += trusted_bytes;
    let total = groups.iter().flat_map(|group| &group.tasks).fold(Work::default(), |mut total, task| {
        total += Work { files: 1, bytes: task.size };
        total
    });
    session.progress.begin(Phase::Hash, Some(total));
    let shared = Mutex::new((&mut bytes, 0));
    let engine = session.engine();
    let read_groups = || {
        for group in &groups {
            let take_in = |index: usize, result| {
                let (task, judge) = (&group.tasks[index], &group.judges[index]);
                if let (Some(checkpoint), Ok(outcome)) = (checkpoint, &result)
                    && judge.is_sound(outcome)
                {
                    group.record(index, session.store, checkpoint);
                }
                let (bytes, finished) = &mut *shared.lock().unwrap_or_else(PoisonError::into_inner);
                match result {
                    Ok(outcome) => {
                        *finished += 1;
                        bytes.learn(judge, outcome);
                    }
                    Err(error) => drop(bytes.unread.insert(task.path.clone(), error)),
                }
            };
            read_all(session.reading(&engine), &group.tasks, &take_in);
        }
    };
    match checkpoint {
        Some(checkpoint) => checkpoint.during(read_groups),
        None => read_groups(),
    }
    let (_, finished) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    Read { bytes, wanted: total.files, finished, trusted }
}

impl Read {
    /// Whether nothing is left to read.
    pub(super) fn is_complete(&self) -> bool {
        self.finished + self.bytes.unread.len() as u64 == self.wanted
    }

    /// Whether there was something to read, and none of it was read to its end.
    pub(super) fn is_futile(&self) -> bool {
        self.finished == 0 && !self.is_complete()
    }
}

impl Judge {
    /// Whether the bytes are all that is promised of them.
    fn is_sound(&self, outcome: &Outcome) -> bool {
        let Promised::Blob(_, digest) = self.promised else { return false };
        let unpacks = match &outcome.unpacked {
            Some(Ok(unpacked)) => self.diff_ids == [unpacked.digest],
            Some(Err(_)) => false,
            None => true,
        };
        outcome.digest == digest && unpacks
    }
}

impl Bytes {
    fn learn(&mut self, judge: &Judge, outcome: Outcome) {
        if judge.counts {
            self.hashed += outcome.size;
        }
        match &judge.promised {
            Promised::Nothing(path) => drop(self.misplaced.insert(path.clone(), outcome.digest)),
            Promised::Blob(id, digest) if outcome.digest != *digest => {
                self.altered.insert(*id, Altered { computed: outcome.digest, size: outcome.size });
            }
            Promised::Blob(id, _) => {
                self.unpacked.extend(outcome.unpacked.map(|unpacked| (*id, unpacked)));
                for ((alias, promised), computed) in judge.aliases.iter().zip(outcome.others) {
                    if computed != *promised {
                        self.false_names.insert((*alias, *id), computed);
                    }
                }
            }
        }
    }
}

/// What reading the documents told.
fn known(options: &Options, inventory: &Inventory, documents: &Documents) -> Bytes {
    let mut bytes = Bytes::default();
    let manifests = documents.manifests.iter().map(|(id, manifest)| (*id, manifest.integrity));
    let configs = documents.configs.iter().map(|(id, config)| (*id, config.integrity));
    let known: BTreeMap<DigestId, Integrity> = configs.chain(manifests).collect();
    for (id, integrity) in known {
        let size = inventory.blobs.get(id).map_or(0, |blob| blob.size);
        let is_ours = || options.owns(&inventory.blob_path(inventory.digests.get(id)));
        if integrity != Integrity::Unknown && is_ours() {
            bytes.hashed += size;
        }
        if let Integrity::Altered(computed) = integrity {
            bytes.altered.insert(id, Altered { computed, size });
        }
    }
    bytes
}

fn jobs(options: &Options, inventory: &Inventory, documents: &Documents, graph: &Graph) -> Vec<Job> {
    let mut unpack: BTreeMap<DigestId, Vec<Digest>> = BTreeMap::new();
    if options.deep.is_some() {
        for (_, layer, diff_id) in stated_diff_ids(documents, graph) {
            let stated = unpack.entry(layer).or_default();
            if !stated.contains(&diff_id) {
                stated.push(diff_id);
            }
        }
    }
    let mut jobs = Vec::new();
    for (id, blob) in inventory.blobs.iter() {
        let integrity = documents.integrity(id);
        let is_hashed = integrity.is_some_and(|integrity| integrity != Integrity::Unknown);
        let aliases: Vec<(DigestId, Digest)> = if options.hash {
            graph.aliases(id).map(|alias| (alias, inventory.digests.get(alias))).collect()
        } else {
            Vec::new()
        };
        let diff_ids = unpack.remove(&id).unwrap_or_default();
        let is_wanted = (options.hash || integrity.is_some()) && !is_hashed;
        if !is_wanted && aliases.is_empty() && diff_ids.is_empty() {
            continue;
        }
        let digest = inventory.digests.get(id);
        let path = inventory.blob_path(digest);
        let is_ours = options.owns(&path);
        // What a second name's link is worth, which may be another share's to tell, only the bytes tell.
        if !is_ours && aliases.is_empty() {
            continue;
        }
        let others = aliases.iter().map(|(_, alias)| alias.algorithm()).collect();
        let unpack = diff_ids.first().map(Digest::algorithm).zip(options.deep);
        let task = Task { path, size: blob.size, algorithm: digest.algorithm(), others, unpack };
        let promised = Promised::Blob(id, digest);
        jobs.push(Job { task, judge: Judge { promised, aliases, diff_ids, counts: is_ours && !is_hashed } });
    }
    if options.hash {
        for oddity in inventory.oddities.iter().filter(|oddity| options.owns(&oddity.path)) {
            if let Odd::MisplacedBlob(digest, blob) = &oddity.what {
                let algorithm = digest.map_or(Algorithm::Sha256, |digest| digest.algorithm());
                let (path, others) = (oddity.path.clone(), Vec::new());
                let task = Task { path: path.clone(), size: blob.size, algorithm, others, unpack: None };
                let promised = Promised::Nothing(path);
                let (aliases, diff_ids) = (Vec::new(), Vec::new());
                jobs.push(Job { task, judge: Judge { promised, aliases, diff_ids, counts: true } });
            }
        }
    }
    jobs
}

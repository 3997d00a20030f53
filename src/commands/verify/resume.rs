//! What a checkpoint spares a run, and the order in which the rest is read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rayon::prelude::*;

use super::bytes::{Job, Judge, Promised};
use crate::checkpoint::{Age, Checkpoint, Fact};
use crate::digest::Digest;
use crate::progress::Work;
use crate::registry::bytes::Task;
use crate::session::Session;
use crate::store::{Identity, Store};

/// What is left to read.
pub(super) struct Resumed {
    /// One after the other; what was verified the longest ago comes first.
    pub(super) groups: Vec<Group>,
    /// What earlier runs of the round verified.
    pub(super) trusted: Work,
    /// Those of its bytes that count as hashed.
    pub(super) trusted_bytes: u64,
}

/// Tasks in no particular order.
#[derive(Default)]
pub(super) struct Group {
    pub(super) tasks: Vec<Task>,
    pub(super) judges: Vec<Judge>,
    /// The files as they were before they were read, where that can be put down.
    before: Vec<Option<Identity>>,
}

impl Resumed {
    /// Everything is left.
    pub(super) fn all(jobs: Vec<Job>) -> Self {
        let mut group = Group::default();
        for job in jobs {
            group.push(job, None);
        }
        Self { groups: vec![group], trusted: Work::default(), trusted_bytes: 0 }
    }
}

/// Looks at every file again, and leaves out those that the checkpoint knows and that are what they were.
pub(super) fn sort_out(session: &Session<'_>, checkpoint: &Checkpoint, jobs: Vec<Job>) -> Resumed {
    let now = Timestamp::now();
    let look = |job: Job| {
        let before = identity(session.store, &job, now);
        let asked = before.and_then(|file| facts(&job.judge, &file).first().copied());
        let age = asked.map_or(Age::Never, |fact| checkpoint.age(&fact));
        (age, before, job)
    };
    let looked: Vec<(Age, Option<Identity>, Job)> = jobs.into_par_iter().map(look).collect();
    let mut groups: BTreeMap<Age, Group> = BTreeMap::new();
    let (mut trusted, mut trusted_bytes) = (Work::default(), 0_u64);
    for (age, before, job) in looked {
        match before {
            Some(file) if age == Age::ThisRound => {
                trusted += Work { files: 1, bytes: file.size };
                if job.judge.counts {
                    trusted_bytes = trusted_bytes.saturating_add(file.size);
                }
            }
            _ => groups.entry(age).or_default().push(job, before),
        }
    }
    Resumed { groups: groups.into_values().collect(), trusted, trusted_bytes }
}

/// What a file is, unless nothing that is learnt of it can be put down: what lies in a wrong place, has several names or
/// is said to unpack to several things is read by every run.
fn identity(store: &Store, job: &Job, now: Timestamp) -> Option<Identity> {
    let Judge { promised: Promised::Blob(..), aliases, diff_ids, .. } = &job.judge else { return None };
    if !aliases.is_empty() || diff_ids.len() > 1 {
        return None;
    }
    store.identity(&job.task.path).ok().filter(|file| file.is_settled(now))
}

/// What is learnt of a sound blob: first of all what the next run like this one asks.
fn facts(judge: &Judge, file: &Identity) -> Vec<Fact> {
    let Promised::Blob(_, blob) = judge.promised else { return Vec::new() };
    let fact = |unpacks_to: Option<Digest>| Fact::new(blob, file, unpacks_to);
    judge.diff_ids.first().map(|diff_id| fact(Some(*diff_id))).into_iter().chain([fact(None)]).collect()
}

impl Group {
    fn push(&mut self, job: Job, before: Option<Identity>) {
        self.tasks.push(job.task);
        self.judges.push(job.judge);
        self.before.push(before);
    }

    /// Puts down that a blob is sound, if its file is what it was before it was read.
    pub(super) fn record(&self, index: usize, store: &Store, checkpoint: &Checkpoint) {
        if let Some(before) = &self.before[index]
            && store.identity(&self.tasks[index].path).as_ref() == Ok(before)
        {
            for fact in facts(&self.judges[index], before) {
                checkpoint.record(fact);
            }
        }
    }
}

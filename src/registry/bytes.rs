//! Reading whole blobs: each byte once, hashed as it comes, by many readers and no more hashers than there are jobs.
//!
//! Three kinds of files want three ways. A few long ones keep cores busy: they are hashed side by side by the threads
//! that compute, which do not wait for a disk but leave that to the others (`pipeline`). Many small ones are a matter
//! of opening them: every thread does, and hashes what it read together (`small`). What is to be unpacked, or has
//! other algorithms than SHA-256, goes through one hasher after the other as it is read (`through`).

mod permits;
mod pipeline;
mod small;
mod through;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cancel::Cancel;
use crate::digest::{Algorithm, Digest};
use crate::hash::sha256::{Engine, Message};
use crate::hash::unpack::{UnpackError, Unpacked};
use crate::path::StorePath;
use crate::progress::{Progress, Work};
use crate::store::{ReadError, Store};
use permits::Permits;
use pipeline::Pipeline;

/// From this size on, files go first and the largest before the others, so that no long one is left to the end.
const LARGE: u64 = 1024 * 1024;

/// A file to read.
#[derive(Debug)]
pub struct Task {
    /// Where it is.
    pub path: StorePath,
    /// Its size when it was listed, in bytes.
    pub size: u64,
    /// The algorithm of its name.
    pub algorithm: Algorithm,
    /// Other algorithms under which it has a name.
    pub others: Vec<Algorithm>,
    /// If it is a layer to unpack: the algorithm for what comes out, and the most bytes that may.
    pub unpack: Option<(Algorithm, u64)>,
}

/// What a file's bytes are.
#[derive(Debug)]
pub struct Outcome {
    /// Their digest.
    pub digest: Digest,
    /// Their digests under the other algorithms.
    pub others: Vec<Digest>,
    /// How many they are.
    pub size: u64,
    /// What they unpack to.
    pub unpacked: Option<Result<Unpacked, UnpackError>>,
}

/// What files are read with.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// Where they are.
    pub store: &'a Store,
    /// What hashes them.
    pub engine: &'a Engine,
    /// How many threads may compute at once.
    pub jobs: usize,
    /// How many files may be kept open at a time, besides those that each reader opens and closes.
    pub open_files: usize,
    /// Whether to stop.
    pub cancel: &'a Cancel,
    /// Whom to tell how it goes on.
    pub progress: &'a dyn Progress,
}

/// Takes the result for the file of that index, from any thread.
type Done<'a> = &'a (dyn Fn(usize, Result<Outcome, ReadError>) + Sync);

/// Reads every file, and gives each result to `done` with the file's index, from many threads and in any order. The
/// calling thread should be one of a rayon pool: each thread of it is a reader.
///
/// At most `jobs` readers hash at a time. Files that a cancelled run did not come to have no result.
pub fn read_all(reading: Reading<'_>, tasks: &[Task], done: Done<'_>) {
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.sort_by_key(|&index| Reverse(tasks[index].size.max(LARGE)));
    let (plain, through): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|&index| tasks[index].is_plain());
    let (small, long): (Vec<usize>, Vec<usize>) =
        plain.into_iter().partition(|&index| tasks[index].size <= small::MOST);

    let permits = Permits::below_cores(reading.jobs);
    let unpacking = Permits::new(reading.jobs);
    let next_through = AtomicUsize::new(0);
    let pipeline = Pipeline::new(reading, tasks, &long, done);
    let next_small = AtomicUsize::new(0);
    rayon::broadcast(|_| {
        through::read(reading, tasks, &through, &next_through, [&permits, &unpacking], done);
        pipeline.take_part(&permits);
        small::read(reading, tasks, &small, &next_small, &permits, done);
    });
}

impl Task {
    /// Whether all that is wanted is its SHA-256.
    fn is_plain(&self) -> bool {
        self.algorithm == Algorithm::Sha256 && self.others.is_empty() && self.unpack.is_none()
    }
}

impl Outcome {
    /// What a message told that is hashed to its end.
    fn of(message: &Message) -> Option<Self> {
        let digest = Digest::sha256(message.digest()?);
        Some(Self { digest, others: Vec::new(), size: message.length(), unpacked: None })
    }
}

/// Puts what one read gave into a message, and tells of it. A read of nothing is the end of the file.
fn take(message: &mut Message, count: usize, progress: &dyn Progress) {
    if count == 0 {
        message.end();
    } else {
        message.took(count);
        progress.advance(Work::bytes(count as u64));
    }
}

/// Takes one after the other of a list that several threads share.
fn next<'a, T>(list: &'a [T], next: &AtomicUsize, count: usize) -> &'a [T] {
    let begin = next.fetch_add(count, Ordering::Relaxed).min(list.len());
    &list[begin..list.len().min(begin.saturating_add(count))]
}

//! One file after the other, through every hasher and the unpacker as it is read.

use std::sync::atomic::AtomicUsize;

use super::permits::Permits;
use super::{Done, Outcome, Reading, Task, next};
use crate::hash::Hasher;
use crate::hash::unpack::Unpacker;
use crate::progress::Work;
use crate::store::ReadError;

/// How much is read at a time.
const CHUNK: usize = 256 * 1024;

/// Reads files of a list that is shared with other threads until there are no more. Hashing and unpacking each have
/// their permits.
pub(super) fn read(
    reading: Reading<'_>,
    tasks: &[Task],
    order: &[usize],
    taken: &AtomicUsize,
    [hashing, unpacking]: [&Permits; 2],
    done: Done<'_>,
) {
    let mut buffer = Vec::new();
    while let &[index] = next(order, taken, 1) {
        buffer.resize(CHUNK, 0);
        let task = &tasks[index];
        let result = match task.unpack {
            Some(_) => unpacking.hold(|| file(reading, task, &mut buffer, hashing)),
            None => file(reading, task, &mut buffer, hashing),
        };
        match result {
            None => return,
            Some(result) => done(index, result),
        }
    }
}

/// What one file holds; `None` when the run was cancelled before its end.
fn file(
    reading: Reading<'_>,
    task: &Task,
    buffer: &mut [u8],
    hashing: &Permits,
) -> Option<Result<Outcome, ReadError>> {
    if reading.cancel.is_cancelled() {
        return None;
    }
    let file = match reading.store.listed_file(&task.path) {
        Ok(opened) => opened,
        Err(error) => return Some(Err(error)),
    };
    let mut hasher = Hasher::new(task.algorithm);
    let mut others: Vec<Hasher> = task.others.iter().copied().map(Hasher::new).collect();
    let mut unpacker = task.unpack.map(|(algorithm, limit)| Unpacker::new(algorithm, limit));
    let mut size = 0;
    loop {
        let count = match file.read_some(buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => return Some(Err(error)),
        };
        let chunk = &buffer[..count];
        hashing.hold(|| {
            hasher.update(chunk);
            for other in &mut others {
                other.update(chunk);
            }
            if let Some(unpacker) = &mut unpacker {
                unpacker.update(chunk);
            }
        });
        size += count as u64;
        reading.progress.advance(Work::bytes(count as u64));
        if reading.cancel.is_cancelled() {
            return None;
        }
        // A short read of a small file is its end: the size was right, and one call is saved for each blob.
        if size == task.size && count < buffer.len() {
            break;
        }
    }
    reading.progress.advance(Work::FILE);
    Some(Ok(Outcome {
        digest: hasher.finish(),
        others: others.into_iter().map(Hasher::finish).collect(),
        size,
        unpacked: unpacker.map(Unpacker::finish),
    }))
}

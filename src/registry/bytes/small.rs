//! Many small files: opened, read at once and closed by every thread, and hashed side by side.

use std::array;
use std::borrow::{Borrow, BorrowMut};
use std::sync::atomic::AtomicUsize;

use super::permits::Permits;
use super::{Done, Outcome, Reading, Task, next, take};
use crate::hash::sha256::Message;
use crate::progress::Work;
use crate::store::ReadError;

/// The most bytes that a file may have to be read at once.
pub(super) const MOST: u64 = ROOM as u64;

/// One block more than that, lest the buffer be full and the end unseen.
const ROOM: usize = 16 * 1024 - 64;

/// How many files are read before they are hashed: as many as the widest engine has lanes.
const GROUP: usize = 16;

struct Small {
    index: usize,
    message: Message,
}

/// Reads files of a list that is shared with other threads until there are no more.
pub(super) fn read(
    reading: Reading<'_>,
    tasks: &[Task],
    order: &[usize],
    taken: &AtomicUsize,
    permits: &Permits,
    done: Done<'_>,
) {
    let mut spare: Vec<Message> = Vec::new();
    let mut live: Vec<Small> = Vec::with_capacity(GROUP);
    loop {
        let group = next(order, taken, GROUP);
        if group.is_empty() {
            return;
        }
        for &index in group {
            if reading.cancel.is_cancelled() {
                return;
            }
            let mut message = spare.pop().unwrap_or_else(|| Message::new(ROOM + 64));
            message.restart();
            match read_whole(reading, &tasks[index], &mut message, permits) {
                Ok(()) if message.has_ended() => live.push(Small { index, message }),
                Ok(()) => return,
                Err(error) => {
                    done(index, Err(error));
                    spare.push(message);
                }
            }
        }
        permits.hold(|| {
            reading.engine.finish(&mut live, |small| {
                if let Some(outcome) = Outcome::of(&small.message) {
                    reading.progress.advance(Work::FILE);
                    done(small.index, Ok(outcome));
                }
                spare.push(small.message);
            });
        });
    }
}

/// Reads a file to its end, and hashes of it only what the message has no room for. It has not ended if the run was
/// cancelled meanwhile.
fn read_whole(
    reading: Reading<'_>,
    task: &Task,
    message: &mut Message,
    permits: &Permits,
) -> Result<(), ReadError> {
    let file = reading.store.listed_file(&task.path)?;
    while !message.has_ended() && !reading.cancel.is_cancelled() {
        let space = message.space();
        if space.is_empty() {
            // It has grown since it was listed.
            permits.hold(|| reading.engine.advance(array::from_mut(message)));
            continue;
        }
        let room = space.len();
        let count = file.read_some(space)?;
        take(message, count, reading.progress);
        // A short read is the end of a file: the size was right, and one call is saved for each blob.
        if count > 0 && count < room && message.length() == task.size {
            message.end();
        }
    }
    Ok(())
}

impl Borrow<Message> for Small {
    fn borrow(&self) -> &Message {
        &self.message
    }
}

impl BorrowMut<Message> for Small {
    fn borrow_mut(&mut self) -> &mut Message {
        &mut self.message
    }
}

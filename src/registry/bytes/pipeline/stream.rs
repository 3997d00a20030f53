//! A long file that is being read and hashed.

use std::borrow::{Borrow, BorrowMut};

use super::super::{Outcome, Reading, Task, take};
use crate::hash::sha256::{Message, Pace};
use crate::store::{Manners, ReadError, Store, StoreFile};

/// How much is read at a time of what is at hand: sixteen times that should stay in a core's second-level cache.
const CHUNK: usize = 64 * 1024;

/// How much is read at a time of what has to be waited for, so that threads seldom have to wake each other.
const ROOM: usize = 256 * 1024;

/// The same where nothing that is read stays in memory, hence nothing is read ahead but what a call asks for.
const ROOM_WITHOUT_CACHE: usize = 1024 * 1024;

pub(super) struct Stream {
    /// Of its task.
    pub(super) index: usize,
    pub(super) pace: Pace,
    pub(super) message: Message,
    file: Option<StoreFile>,
}

/// What trying to fill a stream came to.
pub(super) enum Filled {
    /// There is something to hash.
    Ready,
    /// The next bytes are not at hand.
    Waits,
    /// It is hashed to its end.
    Done(Outcome),
    Failed(ReadError),
}

/// How much a stream takes at a time at most, in bytes.
pub(super) fn room(store: &Store) -> usize {
    if store.manners().is_some_and(Manners::leaves_cache) { ROOM_WITHOUT_CACHE } else { ROOM }
}

impl Stream {
    pub(super) fn new(index: usize, pace: Pace, message: Option<Message>, room: usize) -> Self {
        let mut message = message.unwrap_or_else(|| Message::new(room));
        message.restart();
        Self { index, pace, message, file: None }
    }

    /// Gets bytes to hash, if that can be done without waiting.
    pub(super) fn fill_at_hand(&mut self, reading: &Reading<'_>, tasks: &[Task]) -> Filled {
        let open = |store: &Store, task: &Task| Ok(store.listed_file_at_hand(&task.path));
        let read = |file: &StoreFile, space: &mut [u8]| {
            let count = CHUNK.min(space.len());
            Ok(reading.store.read_at_hand(file, &mut space[..count]))
        };
        self.fill_by(reading, &tasks[self.index], open, read)
    }

    /// Gets bytes to hash, and waits for them.
    pub(super) fn fill(&mut self, reading: &Reading<'_>, tasks: &[Task]) -> Filled {
        let open = |store: &Store, task: &Task| store.listed_file(&task.path).map(Some);
        self.fill_by(reading, &tasks[self.index], open, |file, space| file.read_some(space).map(Some))
    }

    /// Opening and reading give `None` where they would have to wait.
    fn fill_by(
        &mut self,
        reading: &Reading<'_>,
        task: &Task,
        open: impl FnOnce(&Store, &Task) -> Result<Option<StoreFile>, ReadError>,
        read: impl Fn(&StoreFile, &mut [u8]) -> Result<Option<usize>, ReadError>,
    ) -> Filled {
        let file = match self.file.take().map_or_else(|| open(reading.store, task), |file| Ok(Some(file))) {
            Ok(Some(file)) => &*self.file.insert(file),
            Ok(None) => return Filled::Waits,
            Err(error) => return Filled::Failed(error),
        };
        while !self.message.has_ended() {
            let is_dry = self.message.is_dry();
            let space = self.message.space();
            if space.is_empty() {
                return Filled::Ready;
            }
            match read(file, space) {
                Ok(Some(count)) => take(&mut self.message, count, reading.progress),
                Ok(None) if is_dry => return Filled::Waits,
                Ok(None) => return Filled::Ready,
                Err(error) => return Filled::Failed(error),
            }
            // Where the end is to be expected, the padding should be hashed with what goes before it.
            if !self.message.is_dry() && self.message.length() != task.size {
                return Filled::Ready;
            }
        }
        Outcome::of(&self.message).map_or(Filled::Ready, Filled::Done)
    }
}

impl Borrow<Message> for Stream {
    fn borrow(&self) -> &Message {
        &self.message
    }
}

impl BorrowMut<Message> for Stream {
    fn borrow_mut(&mut self) -> &mut Message {
        &mut self.message
    }
}

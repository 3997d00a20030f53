//! Long files: hashed side by side by the threads that compute, read from the disk by those that wait.
//!
//! A thread that computes opens and reads files itself as long as the system has them in memory, because then handing
//! buffers to and fro would cost more than reading. A file whose next bytes are not at hand goes to the helpers, who
//! wait for the disk, as many files at a time as there are helpers, and comes back when it can be hashed again. So a
//! warm store is bound by hashing, a cold one by the disk, and one that is partly in memory by whichever is slower.
//!
//! Files go from the largest down. One that is so long that all else would wait for it is hashed alone, which is
//! fastest for it ([`Pace`]); it goes before the others whenever its bytes are at hand. What outlives its companions in
//! lanes goes on by itself, and is shared with a thread that has nothing left.

mod board;
mod stream;

use std::sync::atomic::{AtomicUsize, Ordering};

use super::permits::Permits;
use super::{Done, Outcome, Reading, Task};
use crate::hash::sha256::Pace;
use crate::progress::Work;
use crate::store::ReadError;
use board::{Board, Next};
use stream::{Filled, Stream};

/// How many files should be open at least, so that a cold disk has enough to do.
const FEWEST: usize = 32;

/// Long files, on their way through readers and hashers.
pub(super) struct Pipeline<'a> {
    reading: Reading<'a>,
    tasks: &'a [Task],
    done: Done<'a>,
    board: Board,
    /// How many threads took up computing.
    computing: AtomicUsize,
}

impl<'a> Pipeline<'a> {
    /// A pipeline for the tasks of `order`, the largest first.
    pub(super) fn new(reading: Reading<'a>, tasks: &'a [Task], order: &[usize], done: Done<'a>) -> Self {
        let mut left: u64 = order.iter().fold(0, |sum, &index| sum.saturating_add(tasks[index].size));
        let paced = order.iter().map(|&index| {
            let size = tasks[index].size;
            let pace = reading.engine.pace(size, left, reading.jobs);
            left = left.saturating_sub(size);
            (index, pace)
        });
        // Sizes fall and what is left falls with them: paces need not fall in step, but the board relies on it.
        let mut slowest = Pace::Alone;
        let paced = paced
            .map(|(index, pace)| {
                slowest = slowest.max(pace);
                (index, slowest)
            })
            .collect();
        let most = reading.jobs.saturating_mul(reading.engine.width(Pace::Lane)).max(FEWEST);
        let board = Board::new(paced, most.min(reading.open_files.max(1)), stream::room(reading.store));
        Self { reading, tasks, done, board, computing: AtomicUsize::new(0) }
    }

    /// Takes part until there is nothing to do for this thread: the first come to compute, the others to help.
    pub(super) fn take_part(&self, permits: &Permits) {
        if self.computing.fetch_add(1, Ordering::Relaxed) < self.reading.jobs {
            self.compute(permits);
        } else {
            self.board.help(|stream| self.wait_for(stream));
        }
    }

    fn compute(&self, permits: &Permits) {
        let mut mine: Vec<Stream> = Vec::new();
        self.board.enter();
        while self.gather(&mut mine) {
            permits.hold(|| self.reading.engine.advance(&mut mine));
            let mut at = 0;
            while at < mine.len() {
                let stream = &mut mine[at];
                if !stream.message.is_dry() {
                    at += 1;
                    continue;
                }
                match stream.fill_at_hand(&self.reading, self.tasks) {
                    Filled::Ready => at += 1,
                    Filled::Waits => self.board.request(mine.swap_remove(at)),
                    Filled::Done(outcome) => self.finish(mine.swap_remove(at), Ok(outcome)),
                    Filled::Failed(error) => self.finish(mine.swap_remove(at), Err(error)),
                }
            }
        }
    }

    /// Sees to it that there are streams to hash; `false` when this thread has nothing to do any more.
    fn gather(&self, mine: &mut Vec<Stream>) -> bool {
        loop {
            if self.reading.cancel.is_cancelled() {
                self.board.stop();
                return false;
            }
            let mut pace = mine.iter().map(|stream| stream.pace).min();
            if self.board.has_urgent() && pace == Some(Pace::Lane) {
                self.board.give_way(mine);
                pace = None;
            }
            // Streams that are not enough for lanes are as well hashed by two threads.
            if self.board.wants_share() && mine.len() > 1 && !self.reading.engine.prefers_lanes(mine.len()) {
                self.board.share(mine);
                return true;
            }
            while pace.is_none_or(|pace| mine.len() < self.reading.engine.width(pace)) {
                let Some(mut stream) = self.board.take(pace == Some(Pace::Lane)) else { break };
                let filled = if stream.message.is_dry() {
                    stream.fill_at_hand(&self.reading, self.tasks)
                } else {
                    Filled::Ready
                };
                match filled {
                    Filled::Ready => {
                        pace = Some(pace.map_or(stream.pace, |pace| pace.min(stream.pace)));
                        mine.push(stream);
                    }
                    Filled::Waits => self.board.request(stream),
                    Filled::Done(outcome) => self.finish(stream, Ok(outcome)),
                    Filled::Failed(error) => self.finish(stream, Err(error)),
                }
            }
            if !mine.is_empty() {
                return true;
            }
            match self.board.next() {
                Next::Look => {}
                Next::Read(stream) => self.wait_for(stream),
                Next::Leave => return false,
            }
        }
    }

    /// Waits for a stream's bytes.
    fn wait_for(&self, mut stream: Stream) {
        if self.reading.cancel.is_cancelled() {
            return self.board.stop();
        }
        match stream.fill(&self.reading, self.tasks) {
            Filled::Ready | Filled::Waits => return self.board.waited(Some(stream)),
            Filled::Done(outcome) => self.finish(stream, Ok(outcome)),
            Filled::Failed(error) => self.finish(stream, Err(error)),
        }
        self.board.waited(None);
    }

    fn finish(&self, stream: Stream, result: Result<Outcome, ReadError>) {
        if result.is_ok() {
            self.reading.progress.advance(Work::FILE);
        }
        (self.done)(stream.index, result);
        self.board.close(stream.message);
    }
}

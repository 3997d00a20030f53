//! SHA-256 of many messages at once: in the lanes of vector registers, or interleaved in one CPU's pipeline.
//!
//! One stream of SHA-256 is a chain of dependent steps, which leaves most of a core idle. [`Engine::advance`] takes
//! several [`Message`]s and hashes what each has at hand side by side, in the form that is fastest for their number.
//! A message's state is the same in every form, so that one may begin in a lane, among others, and go on alone.
//!
//! | form | messages | where |
//! | --- | --- | --- |
//! | lanes | 16 | AVX-512 |
//! | lanes | 8 | AVX2, for the CPUs without SHA-NI |
//! | a pair | 2 | SHA-NI |
//! | alone | 1 | SHA-NI; elsewhere the `sha2` crate's instructions (`ARMv8`), or plain code |

mod backend;
mod cost;
mod message;
mod portable;
mod rounds;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod tests;

use std::borrow::{Borrow, BorrowMut};

pub use backend::{Backend, UnknownBackend};
use backend::{Lanes, Single};
use cost::Costs;
pub use message::Message;

/// What the compression function takes at a time.
pub type Block = [u8; 64];

/// Hashes messages side by side. It is made once, and shared by the threads that hash.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    backend: Backend,
    lanes: Option<Lanes>,
    single: Single,
    costs: Costs,
}

/// In what company a message is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// By itself, which is fastest for it: it is so long that anything else would wait for its end.
    Alone,
    /// With one other.
    Pair,
    /// With as many as there are lanes, each slow, all together fast.
    Lane,
}

impl Engine {
    /// The fastest engine of this CPU, found by a measurement of some hundred microseconds.
    pub fn fastest() -> Self {
        let available = Backend::ALL.into_iter().filter_map(Self::of);
        let fastest = available.min_by(|a, b| a.costs.least().total_cmp(&b.costs.least()));
        fastest.unwrap_or_else(|| Self::with(Backend::Portable, None, Single::Portable))
    }

    /// The engine of one backend; `None` if the CPU does not have what it needs.
    pub fn of(backend: Backend) -> Option<Self> {
        let (lanes, single) = backend.forms()?;
        Some(Self::with(backend, lanes, single))
    }

    fn with(backend: Backend, lanes: Option<Lanes>, single: Single) -> Self {
        Self { backend, lanes, single, costs: Costs::measure(lanes, single) }
    }

    /// Whose instructions it uses.
    pub const fn backend(&self) -> Backend {
        self.backend
    }

    /// How many messages are best hashed together at this pace.
    pub const fn width(&self, pace: Pace) -> usize {
        match (pace, self.lanes) {
            (Pace::Lane, Some(lanes)) => lanes.count(),
            (Pace::Lane, None) | (Pace::Pair, _) => 2,
            (Pace::Alone, _) => 1,
        }
    }

    /// Whether that many messages are hashed in lanes, rather than by twos or alone.
    pub const fn prefers_lanes(&self, messages: usize) -> bool {
        messages >= self.costs.enough
    }

    /// The most economical pace at which a message of `size` bytes does not outlast by much all that is left to do,
    /// itself included: `left` bytes, by as many threads.
    pub fn pace(&self, size: u64, left: u64, threads: usize) -> Pace {
        self.costs.pace(size, left, threads)
    }

    /// Hashes what is at hand, until at least one of the messages that are hashed together has run dry. Each must have
    /// a whole block at hand.
    pub fn advance<M: BorrowMut<Message>>(&self, messages: &mut [M]) {
        let mut rest = messages;
        if let Some(lanes) = self.lanes {
            while self.prefers_lanes(rest.len()) {
                let (group, others) = rest.split_at_mut(lanes.count().min(rest.len()));
                lanes.advance(group);
                rest = others;
            }
        }
        self.single.advance(rest);
    }

    /// Hashes messages that have all ended, each to its end, and gives them to `done` in the order in which they do.
    pub fn finish<M: BorrowMut<Message>>(&self, messages: &mut Vec<M>, mut done: impl FnMut(M)) {
        while !messages.is_empty() {
            self.advance(messages);
            let mut at = 0;
            while at < messages.len() {
                if messages[at].borrow().is_dry() {
                    done(messages.swap_remove(at));
                } else {
                    at += 1;
                }
            }
        }
    }

    /// The digests of messages that are at hand as a whole.
    pub fn digests(&self, messages: &[&[u8]]) -> Vec<[u8; 32]> {
        let mut digests = vec![[0; 32]; messages.len()];
        let mut live = Vec::with_capacity(messages.len());
        for (bytes, digest) in messages.iter().zip(&mut digests) {
            let mut message = Message::new(bytes.len());
            message.space()[..bytes.len()].copy_from_slice(bytes);
            message.took(bytes.len());
            message.end();
            live.push(Whole { message, digest });
        }
        self.finish(&mut live, |whole| *whole.digest = whole.message.digest().unwrap_or_default());
        digests
    }
}

struct Whole<'a> {
    message: Message,
    digest: &'a mut [u8; 32],
}

impl Borrow<Message> for Whole<'_> {
    fn borrow(&self) -> &Message {
        &self.message
    }
}

impl BorrowMut<Message> for Whole<'_> {
    fn borrow_mut(&mut self) -> &mut Message {
        &mut self.message
    }
}

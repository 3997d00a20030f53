//! What each form costs on this CPU, and what follows from it.
//!
//! The forms' order differs between CPUs: some double the width of their vectors by running each instruction twice, some
//! have two units for SHA-NI. So they are measured, each for some microseconds, and the best of several tries counts.

use std::hint::black_box;
use std::time::Instant;

use super::backend::{Lanes, Single};
use super::{Message, Pace};

/// By how much a message at an economical pace may outlast all else. In its lane it is nearly free meanwhile, and what is
/// left of it then goes on alone.
const OUTLASTING: f64 = 2.0;

/// Nanoseconds for each block of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Costs {
    alone: f64,
    /// Of each of two at once, so that a message makes progress at half this rate.
    pair: Option<f64>,
    /// Of each where every lane is taken, and how many lanes there are.
    lane: Option<(f64, usize)>,
    /// From how many messages on lanes are faster than what else there is.
    pub(super) enough: usize,
}

impl Costs {
    pub(super) fn measure(lanes: Option<Lanes>, single: Single) -> Self {
        let alone = per_block(1, |messages| single.advance(messages));
        let pair = single.has_pairs().then(|| per_block(2, |messages| single.advance(messages)));
        let lane = lanes.map(|lanes| {
            let count = lanes.count();
            (per_block(count, |messages| lanes.advance(messages)), count)
        });
        Self::new(alone, pair, lane)
    }

    pub(super) fn new(alone: f64, pair: Option<f64>, lane: Option<(f64, usize)>) -> Self {
        let others = pair.map_or(alone, |pair| pair.min(alone));
        let enough = lane.map_or(usize::MAX, |(each, count)| {
            (1..=count).find(|live| each * real(count) < others * real(*live)).unwrap_or(usize::MAX)
        });
        Self { alone, pair, lane, enough }
    }

    /// The least that a block can cost.
    pub(super) fn least(&self) -> f64 {
        let others = self.pair.map_or(self.alone, |pair| pair.min(self.alone));
        self.lane.map_or(others, |(lane, _)| lane.min(others))
    }

    pub(super) fn pace(&self, size: u64, left: u64, threads: usize) -> Pace {
        let left = real(left) * self.least() / real(threads.max(1)) * OUTLASTING;
        let in_time = |each: f64, width: usize| real(size) * each * real(width) <= left;
        match (self.lane, self.pair) {
            (Some((each, count)), _) if self.enough <= count && in_time(each, count) => Pace::Lane,
            (_, Some(each)) if each < self.alone && in_time(each, 2) => Pace::Pair,
            _ => Pace::Alone,
        }
    }
}

fn per_block(messages: usize, advance: impl Fn(&mut [Message])) -> f64 {
    const TRIES: usize = 5;
    const BLOCKS: usize = 32;
    let mut least = f64::INFINITY;
    let mut live: Vec<Message> = (0..messages).map(|_| Message::new(BLOCKS * 64)).collect();
    for _ in 0..TRIES {
        for message in &mut live {
            message.restart();
            message.took(BLOCKS * 64);
        }
        let begun = Instant::now();
        advance(black_box(&mut live));
        least = least.min(begun.elapsed().as_secs_f64());
    }
    least * 1e9 / real(messages * BLOCKS)
}

#[expect(clippy::cast_precision_loss, reason = "estimates")]
fn real(number: impl TryInto<u64>) -> f64 {
    number.try_into().unwrap_or(u64::MAX) as f64
}

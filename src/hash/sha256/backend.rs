//! Which instructions hash, and the forms in which they do.

use std::borrow::BorrowMut;
use std::fmt;
use std::str::FromStr;

#[cfg(target_arch = "x86_64")]
use super::x86::{Avx2, Avx512, ShaNi};
use super::{Block, Message, portable};

/// Whose instructions hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// One message at a time, by what the `sha2` crate has for the CPU; on x86-64 plain code.
    Portable,
    /// One or two messages, by SHA-NI.
    ShaNi,
    /// Eight lanes of AVX2, and plain code for a message alone.
    Avx2,
    /// Sixteen lanes of AVX-512, and the best there is for a message alone.
    Avx512,
}

/// There is no such backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the backends are portable, shani, avx2, avx512")]
pub struct UnknownBackend;

impl Backend {
    /// Every backend. Of those that are equally fast, the first is taken.
    pub const ALL: [Self; 4] = [Self::Portable, Self::ShaNi, Self::Avx2, Self::Avx512];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::ShaNi => "shani",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Whether this CPU has its instructions.
    pub fn is_available(self) -> bool {
        self.forms().is_some()
    }

    #[cfg(target_arch = "x86_64")]
    pub(super) fn forms(self) -> Option<(Option<Lanes>, Single)> {
        Some(match self {
            Self::Portable => (None, Single::Portable),
            Self::ShaNi => (None, Single::ShaNi(ShaNi::detect()?)),
            Self::Avx2 => (Some(Lanes::Avx2(Avx2::detect()?)), Single::Portable),
            Self::Avx512 => {
                let single = ShaNi::detect().map_or(Single::Portable, Single::ShaNi);
                (Some(Lanes::Avx512(Avx512::detect()?)), single)
            }
        })
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn forms(self) -> Option<(Option<Lanes>, Single)> {
        (self == Self::Portable).then_some((None, Single::Portable))
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(name: &str) -> Result<Self, UnknownBackend> {
        Self::ALL.into_iter().find(|backend| backend.name() == name).ok_or(UnknownBackend)
    }
}

/// How many messages are hashed at once, a word of each in every vector.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lanes {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// To try the dealing out of lanes anywhere.
    #[cfg(test)]
    Portable,
}

/// How one message is hashed, or two.
#[derive(Clone, Copy, Debug)]
pub(super) enum Single {
    Portable,
    #[cfg(target_arch = "x86_64")]
    ShaNi(ShaNi),
}

impl Lanes {
    #[cfg(test)]
    pub(super) const PORTABLE: usize = 4;

    pub(super) const fn count(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => Avx512::LANES,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => Avx2::LANES,
            #[cfg(test)]
            Self::Portable => Self::PORTABLE,
        }
    }

    /// Hashes as many blocks of each message as the shortest has; there are at most as many messages as lanes.
    #[cfg_attr(
        not(any(target_arch = "x86_64", test)),
        expect(unused_variables, reason = "this architecture has no lanes to put them in")
    )]
    pub(super) fn advance<M: BorrowMut<Message>>(self, messages: &mut [M]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(proof) => {
                in_lanes(messages, |states, blocks, count| proof.lanes(states, blocks, count));
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(proof) => {
                in_lanes(messages, |states, blocks, count| proof.lanes(states, blocks, count));
            }
            #[cfg(test)]
            Self::Portable => in_lanes(messages, portable::lanes::<{ Self::PORTABLE }>),
        }
    }
}

impl Single {
    /// Whether two at once are faster than one after the other.
    pub(super) const fn has_pairs(self) -> bool {
        match self {
            Self::Portable => false,
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi(_) => true,
        }
    }

    /// Hashes every message as far as it goes, or two together as far as the shorter does.
    pub(super) fn advance<M: BorrowMut<Message>>(self, messages: &mut [M]) {
        match self {
            Self::Portable => {
                for message in messages {
                    let message = message.borrow_mut();
                    let mut state = *message.state();
                    portable::single(&mut state, message.blocks());
                    message.hashed(message.blocks().len(), state);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi(proof) => {
                let (pairs, rest) = messages.as_chunks_mut::<2>();
                for pair in pairs {
                    side_by_side(pair, |states, blocks, count| proof.streams(states, blocks, count));
                }
                for message in rest {
                    side_by_side(std::array::from_mut(message), |states, blocks, count| {
                        proof.streams(states, blocks, count);
                    });
                }
            }
        }
    }
}

#[cfg(any(target_arch = "x86_64", test))]
/// Lets a kernel hash one lane for each message. What stands in the lanes left over does not matter.
fn in_lanes<M: BorrowMut<Message>, const N: usize>(
    messages: &mut [M],
    kernel: impl FnOnce(&mut [[u32; N]; 8], &[&[Block]; N], usize),
) {
    let mut states = [[0; N]; 8];
    let mut blocks: [&[Block]; N] = [messages.first().map_or(&[], |message| message.borrow().blocks()); N];
    let mut count = usize::MAX;
    for (lane, message) in messages.iter().enumerate() {
        let message = message.borrow();
        blocks[lane] = message.blocks();
        count = count.min(blocks[lane].len());
        for (column, word) in states.iter_mut().zip(message.state()) {
            column[lane] = *word;
        }
    }
    kernel(&mut states, &blocks, count);
    for (lane, message) in messages.iter_mut().enumerate() {
        message.borrow_mut().hashed(count, states.map(|column| column[lane]));
    }
}

/// Lets a kernel hash exactly that many messages.
#[cfg(target_arch = "x86_64")]
fn side_by_side<M: BorrowMut<Message>, const N: usize>(
    messages: &mut [M; N],
    kernel: impl FnOnce(&mut [[u32; 8]; N], &[&[Block]; N], usize),
) {
    let mut states = std::array::from_fn(|lane| *messages[lane].borrow().state());
    let blocks = messages.each_ref().map(|message| message.borrow().blocks());
    let count = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
    kernel(&mut states, &blocks, count);
    for (message, state) in messages.iter_mut().zip(states) {
        message.borrow_mut().hashed(count, state);
    }
}

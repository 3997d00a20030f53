//! A fair share of a store: every path belongs to exactly one of N shares, and a blob's by its digest.

use std::fmt;
use std::str::FromStr;

use super::layout::{self, Place};
use crate::digest::{Algorithm, Digest};
use crate::hash;
use crate::path::StorePath;

/// The `index`-th of `of` shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    index: u32,
    of: u32,
}

/// Why a text is no shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write I/N, such as 1/4 for the first of four shares, with I from 1 to N and N at most {MOST}")]
pub struct ParseShardError;

/// More shares than that are a mistake.
const MOST: u32 = 65_536;

impl Shard {
    /// Which one it is, from 1 on.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many there are.
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Whether what stands at a path, or should stand there, belongs to this share.
    pub fn owns(self, path: &StorePath) -> bool {
        let digest = match layout::classify(path).place {
            Place::BlobDir(digest) | Place::BlobData(digest) => digest,
            _ => hash::digest(Algorithm::Sha256, path.as_bytes()),
        };
        share(digest, self.of) == self.index
    }
}

/// Cuts the digests, taken for numbers, into `of` equal ranges.
fn share(digest: Digest, of: u32) -> u32 {
    let mut prefix = [0; 8];
    prefix.copy_from_slice(&digest.head()[..8]);
    let before = (u128::from(u64::from_be_bytes(prefix)) * u128::from(of)) >> 64;
    u32::try_from(before).unwrap_or(0) + 1
}

impl FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| {
            let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_: &u32| is_plain).ok_or(ParseShardError)
        };
        let (index, of) = text.split_once('/').ok_or(ParseShardError)?;
        let (index, of) = (number(index)?, number(of)?);
        if (1..=of).contains(&index) && of <= MOST { Ok(Self { index, of }) } else { Err(ParseShardError) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_path_belongs_to_exactly_one_share(bytes in any::<[u8; 32]>(), text in "[a-z/]{0,30}", of in 1..40_u32) {
            let blob = layout::blob_data(Digest::sha256(bytes));
            for path in [blob.clone(), blob.parent().unwrap(), StorePath::from(text.as_str())] {
                let owners = (1..=of).filter(|index| Shard { index: *index, of }.owns(&path)).count();
                prop_assert_eq!(owners, 1);
            }
        }

        #[test]
        fn parsing_undoes_display(index in 1..=MOST, of in 1..=MOST) {
            let text = format!("{index}/{of}");
            let shard = text.parse::<Shard>();
            prop_assert_eq!(shard.is_ok(), index <= of);
            prop_assert!(shard.is_err() || shard.unwrap().to_string() == text);
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "1", "/", "0/4", "5/4", "1/0", "+1/4", "1/4/4", "1/ 4", "1/65537", "1/99999999999"] {
            assert_eq!(text.parse::<Shard>(), Err(ParseShardError), "{text}");
        }
    }

    #[test]
    fn shares_are_ranges_of_digests_of_the_same_size() {
        let shares: Vec<u32> = (0..=255).map(|byte| share(Digest::sha256([byte; 32]), 4)).collect();
        assert!(shares.is_sorted());
        assert_eq!([1, 2, 3, 4].map(|share| shares.iter().filter(|other| **other == share).count()), [64; 4]);
    }
}

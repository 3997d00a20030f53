//! The bytes of a checkpoint. Twenty-four for each fact: a million blobs take 24 MB.
//!
//! ```text
//! regfs checkpoint 2\n        the version; what follows is binary, its integers little-endian
//! u32, bytes                  the v2 directory that it is of, as the system names it
//! u32                         the number of the next run
//! u32                         the number of the run with which its round began
//! 20 bytes                    the scope of the round
//! u64                         how many facts follow
//! 20 bytes, u32               a fact, and the number of the run that saw it; in order
//! 32 bytes                    the SHA-256 of everything before
//! ```

use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::{Fact, Facts, Scope};
use crate::digest::Algorithm;
use crate::hash;

const MAGIC: &[u8] = b"regfs checkpoint ";
const VERSION: &[u8] = b"2\n";
const CHECKSUM: usize = Algorithm::Sha256.size();

/// What a file gives a run to begin with.
#[derive(Debug)]
pub(super) enum Start {
    /// Nothing: it is new or empty.
    Fresh,
    /// Nothing that can be believed; why, in words that follow its name.
    Useless(&'static str),
    /// What earlier runs verified.
    From(Facts),
}

/// Why a file is not this run's to replace.
#[derive(Debug)]
pub(super) enum Foreign {
    /// It is no checkpoint.
    NoCheckpoint,
    /// It is that of another root.
    OtherRoot(PathBuf),
}

pub(super) fn encode(facts: &Facts, root: &Path) -> Vec<u8> {
    let mut sorted: Vec<(&Fact, &u32)> = facts.runs.iter().collect();
    sorted.sort_unstable();
    let root = root.as_os_str().as_bytes();
    let mut bytes = Vec::with_capacity(128 + root.len() + sorted.len() * (Fact::SIZE + 4));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(VERSION);
    bytes.extend_from_slice(&u32::try_from(root.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(root);
    bytes.extend_from_slice(&facts.run.to_le_bytes());
    bytes.extend_from_slice(&facts.round.to_le_bytes());
    bytes.extend_from_slice(&facts.scope.0);
    bytes.extend_from_slice(&(sorted.len() as u64).to_le_bytes());
    for (fact, run) in sorted {
        bytes.extend_from_slice(&fact.0);
        bytes.extend_from_slice(&run.to_le_bytes());
    }
    let checksum = hash::digest(Algorithm::Sha256, &bytes);
    bytes.extend_from_slice(checksum.bytes());
    bytes
}

/// Reads a checkpoint of `root`.
pub(super) fn decode(bytes: &[u8], root: &Path) -> Result<Start, Foreign> {
    if bytes.is_empty() {
        return Ok(Start::Fresh);
    }
    // One that was cut within its first words is no less a checkpoint.
    let is_begun = MAGIC.starts_with(bytes);
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return if is_begun { Ok(Start::Useless("was damaged")) } else { Err(Foreign::NoCheckpoint) };
    };
    let Some(rest) = rest.strip_prefix(VERSION) else {
        return Ok(Start::Useless("was damaged, or is of another version of regfs"));
    };
    let Some((body, checksum)) = bytes.split_last_chunk::<CHECKSUM>() else {
        return Ok(Start::Useless("was damaged"));
    };
    if hash::digest(Algorithm::Sha256, body).bytes() != checksum {
        return Ok(Start::Useless("was damaged"));
    }
    // What a checksum stands behind is whole, and yet nothing is taken for granted.
    match parse(&rest[..rest.len().saturating_sub(CHECKSUM)]) {
        Some((of, _)) if of != root => Err(Foreign::OtherRoot(of)),
        Some((_, facts)) => Ok(Start::From(facts)),
        None => Ok(Start::Useless("was damaged")),
    }
}

fn parse(mut bytes: &[u8]) -> Option<(PathBuf, Facts)> {
    let length = usize::try_from(u32::from_le_bytes(take(&mut bytes)?)).ok()?;
    let (root, mut bytes) = bytes.split_at_checked(length)?;
    let root = PathBuf::from(std::ffi::OsString::from_vec(root.to_vec()));
    let mut facts = Facts {
        run: u32::from_le_bytes(take(&mut bytes)?),
        round: u32::from_le_bytes(take(&mut bytes)?),
        scope: Scope(take(&mut bytes)?),
        ..Facts::default()
    };
    let count = u64::from_le_bytes(take(&mut bytes)?);
    let is_whole = facts.round <= facts.run && count.checked_mul(24) == Some(bytes.len() as u64);
    if !is_whole {
        return None;
    }
    facts.runs.reserve(bytes.len() / 24);
    while !bytes.is_empty() {
        let fact = Fact(take(&mut bytes)?);
        facts.runs.insert(fact, u32::from_le_bytes(take(&mut bytes)?));
    }
    Some((root, facts))
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts() -> impl Strategy<Value = Facts> {
        let runs = proptest::collection::hash_map(any::<[u8; Fact::SIZE]>(), any::<u32>(), 0..20);
        (runs, any::<u32>(), any::<u32>(), ".*").prop_map(|(runs, a, b, scope)| Facts {
            runs: runs.into_iter().map(|(fact, run)| (Fact(fact), run)).collect(),
            run: a.max(b),
            round: a.min(b),
            scope: Scope::new(&scope),
            is_guest: false,
            unwritten: false,
        })
    }

    fn root() -> &'static Path {
        Path::new("/var/lib/registry/docker/registry/v2")
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(facts in facts()) {
            let bytes = encode(&facts, root());
            prop_assert!(bytes.len() < 200 + 24 * facts.runs.len());
            let Ok(Start::From(read)) = decode(&bytes, root()) else { panic!("not read") };
            prop_assert_eq!((read.runs, read.run, read.round), (facts.runs, facts.run, facts.round));
            prop_assert_eq!(read.scope, facts.scope);
        }

        #[test]
        fn nothing_of_a_damaged_one_is_believed(
            facts in facts(), at in any::<prop::sample::Index>(), bit in 0..8, cut in any::<prop::sample::Index>(),
        ) {
            let whole = encode(&facts, root());
            let mut flipped = whole.clone();
            flipped[at.index(whole.len())] ^= 1_u8 << bit;
            let mut longer = whole.clone();
            longer.push(0);
            for bytes in [&flipped, &longer, &whole[..cut.index(whole.len())]] {
                prop_assert!(!matches!(decode(bytes, root()), Ok(Start::From(_))));
            }
        }

        #[test]
        fn whatever_a_file_holds_is_judged(bytes in any::<Vec<u8>>(), begun in 0..3_usize) {
            let begin = [&b""[..], MAGIC, b"regfs checkpoint 2\n"][begun];
            let _ = decode(&[begin, &bytes].concat(), root());
        }
    }

    #[test]
    fn what_is_somebody_elses_is_told_from_what_is_of_no_use() {
        assert!(matches!(decode(b"", root()), Ok(Start::Fresh)));
        assert!(matches!(decode(b"# my notes\n", root()), Err(Foreign::NoCheckpoint)));
        assert!(matches!(decode(b"regfs ch", root()), Ok(Start::Useless(_))));
        assert!(matches!(decode(b"regfs checkpoint 1\nwhatever", root()), Ok(Start::Useless(_))));
        let other = encode(&Facts::default(), Path::new("/backup"));
        assert!(
            matches!(decode(&other, root()), Err(Foreign::OtherRoot(path)) if path == Path::new("/backup"))
        );
    }
}

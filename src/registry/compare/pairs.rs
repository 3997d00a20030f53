//! Reading two files side by side: as far as they are the same and no further, many pairs and many parts of a large
//! pair at a time. To compare is several times cheaper than to hash.
//!
//! A file that is the same inode on both sides is equal without being read. Extents that two files share (reflinks) are
//! not looked for: the call that tells of them (`FIEMAP`) is not to be had without unsafe code.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::cancel::Cancel;
use crate::path::StorePath;
use crate::progress::{Progress, Work};
use crate::store::{ReadError, Store, StoreFile};

use super::Side;

/// How much is read of each file at a time, by each reader: two of them fit a core's cache.
const CHUNK: usize = 128 * 1024;

/// How much of a pair one reader takes on: a pair larger than this is read by several.
const PART: u64 = 16 * 1024 * 1024;

/// From this size on, pairs go first and the largest before the others, so that no long one is left to the end.
const LARGE: u64 = 8 * 1024 * 1024;

/// What is to be compared, and who is told how it goes on.
pub struct Pairs<'a> {
    /// The root of A.
    pub a: &'a Store,
    /// The root of B.
    pub b: &'a Store,
    /// The size of each pair.
    pub sizes: &'a [u64],
    /// The path of each pair.
    pub path: &'a (dyn Fn(usize) -> StorePath + Sync),
    /// Whether to stop.
    pub cancel: &'a Cancel,
    /// Whom to tell.
    pub progress: &'a dyn Progress,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Compared {
    /// The pairs that are not known to be the same, by their index.
    pub unequal: BTreeMap<usize, Unequal>,
    /// How many bytes were compared.
    pub bytes: u64,
    /// How many pairs were come to an end with.
    pub finished: u64,
}

/// Why a pair is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unequal {
    /// The first byte that differs, counted from 0; where one ends, that is one.
    At(u64),
    /// One of the two cannot be read, or neither can.
    Unread {
        /// From which byte on.
        offset: u64,
        /// Which of them, and why.
        errors: Vec<(Side, ReadError)>,
    },
}

impl Unequal {
    /// From which byte on the two are not known to be the same.
    const fn offset(&self) -> u64 {
        match self {
            Self::At(offset) | Self::Unread { offset, .. } => *offset,
        }
    }
}

impl Pairs<'_> {
    /// Compares every pair. The calling thread should be one of a rayon pool: each thread of it is a reader.
    pub fn compare(&self) -> Compared {
        let mut order: Vec<u32> =
            (0..self.sizes.len()).filter_map(|index| u32::try_from(index).ok()).collect();
        order.sort_by_key(|&index| Reverse(self.sizes[index as usize].max(LARGE)));
        let work = Shared { pairs: self, order, state: Mutex::default(), bytes: AtomicU64::new(0) };
        rayon::broadcast(|_| work.run());
        let state = work.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let bytes = if self.cancel.is_cancelled() { work.bytes.into_inner() } else { self.compared(&state) };
        Compared { unequal: state.unequal, bytes, finished: state.finished }
    }

    /// How many bytes are known to be the same because they were read: not those that somebody read behind a difference
    /// before it was come upon, which no two runs have the same number of.
    fn compared(&self, state: &State) -> u64 {
        let all = self.sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
        let rest = state.unequal.iter().map(|(&pair, why)| match why {
            Unequal::At(offset) => self.sizes[pair].saturating_sub(*offset),
            Unequal::Unread { .. } => self.sizes[pair],
        });
        rest.fold(all.saturating_sub(state.spared), u64::saturating_sub)
    }
}

struct Shared<'a> {
    pairs: &'a Pairs<'a>,
    order: Vec<u32>,
    state: Mutex<State>,
    bytes: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Where in the order the next part is.
    next: usize,
    /// Where in that pair it begins.
    start: u64,
    /// The parts that are under way of pairs that have several.
    under_way: BTreeMap<usize, u64>,
    unequal: BTreeMap<usize, Unequal>,
    finished: u64,
    /// The bytes of pairs that are one file.
    spared: u64,
}

/// A part of a pair.
struct Part {
    pair: usize,
    start: u64,
    end: u64,
}

/// What came of a part.
enum Found {
    Equal,
    /// Both are one file: nothing of the pair needs reading.
    OneFile,
    Unequal(Unequal),
    Cancelled,
}

impl Shared<'_> {
    fn run(&self) {
        let (mut a, mut b) = (vec![0; CHUNK], vec![0; CHUNK]);
        while let Some(part) = self.next() {
            let path = (self.pairs.path)(part.pair);
            let found = self.part(&part, &path, &mut a, &mut b);
            if matches!(found, Found::Cancelled) {
                return;
            }
            self.conclude(&part, found);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Part> {
        if self.pairs.cancel.is_cancelled() {
            return None;
        }
        let mut state = self.state();
        let pair = *self.order.get(state.next)? as usize;
        let (start, size) = (state.start, self.pairs.sizes[pair]);
        let end = size.min(start.saturating_add(PART));
        if end == size {
            state.next += 1;
            state.start = 0;
        } else {
            state.start = end;
        }
        if size > PART {
            *state.under_way.entry(pair).or_default() += 1;
        }
        Some(Part { pair, start, end })
    }

    fn conclude(&self, part: &Part, found: Found) {
        let mut state = self.state();
        let is_last_word = !matches!(found, Found::Equal);
        // Every pair has a first part, and one of them.
        if matches!(found, Found::OneFile) && part.start == 0 {
            state.spared = state.spared.saturating_add(self.pairs.sizes[part.pair]);
        }
        if let Found::Unequal(new) = found {
            // What comes first in the file is told, whichever part came upon anything first.
            let old = state.unequal.get(&part.pair);
            if old.is_none_or(|old| new.offset() < old.offset()) {
                state.unequal.insert(part.pair, new);
            }
        }
        // What lies behind need not be read any more.
        let is_current = self.order.get(state.next).is_some_and(|&pair| pair as usize == part.pair);
        if is_last_word && is_current && state.start > 0 {
            state.next += 1;
            state.start = 0;
        }
        let is_handed_out = self.order.get(state.next).is_none_or(|&pair| pair as usize != part.pair);
        let left = match state.under_way.get_mut(&part.pair) {
            Some(count) => {
                *count -= 1;
                *count
            }
            None => 0,
        };
        if left == 0 && is_handed_out {
            state.under_way.remove(&part.pair);
            state.finished += 1;
            drop(state);
            self.pairs.progress.advance(Work::FILE);
        }
    }

    fn part(&self, part: &Part, path: &StorePath, a: &mut [u8], b: &mut [u8]) -> Found {
        let opened = (self.pairs.a.listed_file(path), self.pairs.b.listed_file(path));
        let (one, other) = match both(part.start, opened) {
            Ok(files) => files,
            Err(unread) => return Found::Unequal(unread),
        };
        if one.stat.identity == other.stat.identity {
            return Found::OneFile;
        }
        // Both may have grown since they were listed: the last part goes as far as both have come.
        let is_last = part.end == self.pairs.sizes[part.pair];
        let (size, other_size) = (one.stat.size, other.stat.size);
        let end = if is_last { part.end.max(size.min(other_size)) } else { part.end };
        let mut at = part.start;
        while at < end {
            if self.pairs.cancel.is_cancelled() {
                return Found::Cancelled;
            }
            let wanted = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
            let read = (fill(&one, &mut a[..wanted], at), fill(&other, &mut b[..wanted], at));
            let (left, right) = match both(at, read) {
                Ok((left, right)) => (&a[..left], &b[..right]),
                Err(unread) => return Found::Unequal(unread),
            };
            let common = left.len().min(right.len());
            let differs = if left[..common] == right[..common] {
                // One that was cut while it was read differs where it ends.
                (left.len() != right.len() || common < wanted).then_some(common)
            } else {
                left.iter().zip(right).position(|(a, b)| a != b)
            };
            let compared = differs.unwrap_or(common) as u64;
            self.bytes.fetch_add(compared, Ordering::Relaxed);
            self.pairs.progress.advance(Work::bytes(compared));
            if let Some(differs) = differs {
                return Found::Unequal(Unequal::At(at + differs as u64));
            }
            at += compared;
        }
        // One has grown and the other has not.
        if is_last && size != other_size {
            return Found::Unequal(Unequal::At(at));
        }
        Found::Equal
    }
}

/// What both sides yield, or which of them did not.
fn both<T>(offset: u64, results: (Result<T, ReadError>, Result<T, ReadError>)) -> Result<(T, T), Unequal> {
    let errors = match results {
        (Ok(one), Ok(other)) => return Ok((one, other)),
        (one, other) => [(Side::A, one.err()), (Side::B, other.err())],
    };
    let errors = errors.into_iter().filter_map(|(side, error)| Some((side, error?))).collect();
    Err(Unequal::Unread { offset, errors })
}

/// Reads as many bytes as the buffer holds, or as there are.
fn fill(file: &StoreFile, buffer: &mut [u8], at: u64) -> Result<usize, ReadError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], at + filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt as _;

    use super::*;
    use crate::progress::Silent;

    fn roots() -> [(tempfile::TempDir, Store); 2] {
        [(); 2].map(|()| {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir_all(root.path().join("docker/registry/v2/blobs")).unwrap();
            let store = Store::open(Some(root.path())).unwrap();
            (root, store)
        })
    }

    /// Two sparse files of this size, with a byte in each of these places of the second.
    fn compared(size: u64, at: &[u64], cancel: &Cancel) -> Compared {
        let [(_one, a), (_other, b)] = roots();
        let path = StorePath::from("blobs/x");
        for (store, places) in [(&a, &[][..]), (&b, at)] {
            let file = File::create(store.path_of(&path)).unwrap();
            file.set_len(size).unwrap();
            for at in places {
                file.write_all_at(b"x", *at).unwrap();
            }
        }
        let path = |_| path.clone();
        let pairs = Pairs { a: &a, b: &b, sizes: &[size], path: &path, cancel, progress: &Silent };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        pool.install(|| pairs.compare())
    }

    #[test]
    fn whichever_part_differs_the_first_difference_is_told() {
        let size = 4 * PART + 3;
        for at in [&[0][..], &[size - 1], &[PART - 1, PART], &[3 * PART, 2 * PART + 7]] {
            let found = compared(size, at, &Cancel::never());
            let first = at.iter().copied().min().unwrap();
            assert_eq!(found.unequal.get(&0), Some(&Unequal::At(first)));
            assert_eq!((found.finished, found.bytes), (1, first));
        }
        let equal = compared(size, &[], &Cancel::never());
        assert_eq!((equal.unequal.len(), equal.finished, equal.bytes), (0, 1, size));
    }

    #[test]
    fn what_neither_side_yields_is_named_on_both() {
        let [(_one, a), (_other, b)] = roots();
        let path = |_| StorePath::from("blobs/x");
        let cancel = Cancel::never();
        let pairs =
            Pairs { a: &a, b: &b, sizes: &[3 * PART], path: &path, cancel: &cancel, progress: &Silent };
        let errors = vec![(Side::A, ReadError::Absent), (Side::B, ReadError::Absent)];
        let unread = Unequal::Unread { offset: 0, errors };
        assert_eq!(pairs.compare().unequal.get(&0), Some(&unread));
    }

    #[test]
    fn files_that_have_grown_since_they_were_listed_are_compared_as_they_are() {
        for (sizes, at, expected) in
            [([8, 9], None, Some(8)), ([9, 9], None, None), ([9, 9], Some(7), Some(7))]
        {
            let [(_one, a), (_other, b)] = roots();
            let path = StorePath::from("blobs/x");
            for (store, size) in [(&a, sizes[0]), (&b, sizes[1])] {
                File::create(store.path_of(&path)).unwrap().set_len(size).unwrap();
            }
            if let Some(at) = at {
                let file = File::options().write(true).open(b.path_of(&path)).unwrap();
                file.write_all_at(b"x", at).unwrap();
            }
            let (path, cancel) = (|_| path.clone(), Cancel::never());
            let pairs = Pairs { a: &a, b: &b, sizes: &[5], path: &path, cancel: &cancel, progress: &Silent };
            assert_eq!(pairs.compare().unequal.get(&0), expected.map(Unequal::At).as_ref());
        }
    }

    #[test]
    fn a_cancelled_run_finishes_nothing() {
        let cancel = Cancel::never();
        cancel.cancel();
        let found = compared(1 << 40, &[], &cancel);
        assert_eq!((found.unequal.len(), found.finished, found.bytes), (0, 0, 0));
    }
}

//! Two contents side by side: what only one has, what differs, and what nobody can tell without reading it. No I/O but in
//! [`pairs`].
//!
//! Both streams come in one order, so that each is gone through once. Where something could not be looked at on one side,
//! what the other has there is not called missing.

pub mod pairs;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::path::StorePath;

use super::contents::{Contents, Entry, Stamp, What, compare_paths, repository_of};
use super::inventory::DigestId;
use super::layout::{self, Place, classify};

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// How it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }

    /// Its place among the two.
    pub const fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}

/// What two contents have in common and what they have not.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Files that are the same on both sides.
    pub equal: u64,
    /// What is not the same, in the order of the contents.
    pub differences: Vec<Difference>,
    /// Files of the same size on both sides, whose bytes are known on one side at most.
    pub pending: Vec<Pending>,
    /// The bytes of files of one size that were compared by what they hash to.
    pub bytes: u64,
    /// Files on one side of which the other could not be looked at.
    pub unknown: u64,
    /// How many files of each repository both sides have, the same or not.
    pub shared: BTreeMap<Vec<u8>, u64>,
}

/// A file that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it stands.
    pub path: StorePath,
    /// What is in it in A, if it is there.
    pub a: Option<What>,
    /// What is in it in B, if it is there.
    pub b: Option<What>,
    /// The first byte that differs, counted from 0, if that is known.
    pub offset: Option<u64>,
    /// Of what is the same otherwise, what a strict look sees.
    pub stamps: Option<(Stamp, Stamp)>,
}

/// A file of the same size on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which.
    pub file: Named,
    /// Its size in bytes.
    pub size: u64,
}

/// A file's path, short where it is that of a blob: there are millions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A blob in its place, by its number in the inventory of A.
    Blob(DigestId),
    /// Anything else.
    Path(StorePath),
}

impl Named {
    /// The path.
    pub fn path(&self, a: &Contents) -> StorePath {
        match self {
            Self::Blob(id) => layout::blob_data(a.inventory.digests.get(*id)),
            Self::Path(path) => path.clone(),
        }
    }

    fn of(path: StorePath, a: &Contents) -> Self {
        let id = match classify(&path).place {
            Place::BlobData(digest) => a.inventory.digests.find(digest),
            _ => None,
        };
        id.map_or(Self::Path(path), Self::Blob)
    }
}

impl Difference {
    /// Something on one side or both that is not the same.
    pub const fn new(path: StorePath, a: Option<What>, b: Option<What>) -> Self {
        Self { path, a, b, offset: None, stamps: None }
    }

    /// Whether this is about the bytes of a blob that both sides have: then the digest of its name.
    pub fn altered_blob(&self) -> Option<Digest> {
        match (classify(&self.path).place, self.a, self.b) {
            (Place::BlobData(digest), Some(_), Some(_)) if self.stamps.is_none() => Some(digest),
            _ => None,
        }
    }
}

/// Whether files of the same size are the same if nobody knows better, or are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The same size will do.
    Sizes,
    /// The bytes count.
    Bytes,
}

/// Compares as much as the contents tell. `wants` says which files count.
pub fn compare(a: &Contents, b: &Contents, depth: Depth, wants: &dyn Fn(&StorePath) -> bool) -> Comparison {
    let mut comparison = Comparison::default();
    let mut left = a.entries().filter(|entry| wants(&entry.path)).peekable();
    let mut right = b.entries().filter(|entry| wants(&entry.path)).peekable();
    loop {
        let order = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => compare_paths(&a.path, &b.path),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return comparison,
        };
        let entry = if order.is_le() { left.next() } else { None };
        let other = if order.is_ge() { right.next() } else { None };
        comparison.take(a, b, depth, entry, other);
    }
}

impl Comparison {
    /// Takes what stands at one path.
    pub fn take(
        &mut self,
        a: &Contents,
        b: &Contents,
        depth: Depth,
        entry: Option<Entry>,
        other: Option<Entry>,
    ) {
        match (entry, other) {
            (Some(entry), Some(other)) => {
                if let Some(repository) = repository_of(&entry.path) {
                    match self.shared.get_mut(repository) {
                        Some(count) => *count += 1,
                        None => drop(self.shared.insert(repository.to_vec(), 1)),
                    }
                }
                if let (Depth::Bytes, Some(size)) = (depth, hashed_size(entry.what, other.what)) {
                    self.bytes = self.bytes.saturating_add(size);
                }
                match same(depth, entry.what, other.what) {
                    Some(true) => self.same(a, b, entry),
                    Some(false) => {
                        let (a, b) = (Some(entry.what), Some(other.what));
                        self.differences.push(Difference::new(entry.path, a, b));
                    }
                    None => {
                        let What::File { size, .. } = entry.what else { return };
                        self.pending.push(Pending { file: Named::of(entry.path, a), size });
                    }
                }
            }
            (Some(entry), None) if b.hides(&entry.path) => self.unknown += 1,
            (None, Some(other)) if a.hides(&other.path) => self.unknown += 1,
            (Some(entry), None) => {
                self.differences.push(Difference::new(entry.path, Some(entry.what), None));
            }
            (None, Some(other)) => {
                self.differences.push(Difference::new(other.path, None, Some(other.what)));
            }
            (None, None) => {}
        }
    }

    /// Takes a file whose bytes are the same on both sides.
    pub fn same(&mut self, a: &Contents, b: &Contents, entry: Entry) {
        match (a.stamp(&entry.path), b.stamp(&entry.path)) {
            (Some(one), Some(other)) if one != other => {
                let mut difference = Difference::new(entry.path, Some(entry.what), Some(entry.what));
                difference.stamps = Some((one, other));
                self.differences.push(difference);
            }
            _ => self.equal += 1,
        }
    }
}

/// The size of two files if it is one, and if it is known what both hash to.
fn hashed_size(a: What, b: What) -> Option<u64> {
    match (a, b) {
        (What::File { size: a, digest: Some(_) }, What::File { size: b, digest: Some(_) }) if a == b => {
            Some(a)
        }
        _ => None,
    }
}

/// Whether two files are the same, if that can be told.
fn same(depth: Depth, a: What, b: What) -> Option<bool> {
    match (a, b) {
        (What::File { size: a, digest: one }, What::File { size: b, digest: other }) => {
            if a != b {
                return Some(false);
            }
            match (depth, one, other) {
                (Depth::Sizes, ..) => Some(true),
                (Depth::Bytes, Some(one), Some(other)) => Some(one == other),
                (Depth::Bytes, ..) => None,
            }
        }
        (a, b) => Some(a == b),
    }
}

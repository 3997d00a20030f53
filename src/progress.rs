//! What the library tells while it works, to whoever wants to show it.
//!
//! The library ticks a [`Progress`] from all its threads, once a file or once a chunk, and never asks whether anyone
//! looks; [`Silent`] does not.

use std::ops::AddAssign;

/// A stretch of work of one kind; they come one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Listing directories: how many files there are is not known before.
    Walk,
    /// Reading links and manifests, counted as files.
    Read,
    /// Reading whole blobs to hash or compare them, counted in files and bytes.
    Hash,
}

/// An amount of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Files done with.
    pub files: u64,
    /// Bytes read of them; 0 throughout where only files count.
    pub bytes: u64,
}

impl Work {
    /// One file, its bytes told apart or not at all.
    pub const FILE: Self = Self { files: 1, bytes: 0 };

    /// Bytes of a file that is not done with.
    pub const fn bytes(bytes: u64) -> Self {
        Self { files: 0, bytes }
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        self.files = self.files.saturating_add(other.files);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Someone who is told how the work goes on. Every method does nothing unless implemented.
pub trait Progress: Sync {
    /// A phase begins; `total` is all its work, if that is known. It ends the one before.
    fn begin(&self, phase: Phase, total: Option<Work>) {
        let _ = (phase, total);
    }

    /// Work was done. Called by many threads, often: it must be cheap.
    fn advance(&self, work: Work) {
        let _ = work;
    }

    /// The phase is over.
    fn end(&self) {}
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}

//! What a command is given besides its own options.

use jiff::Timestamp;

use crate::cancel::Cancel;
use crate::hash::sha256::{Backend, Engine};
use crate::progress::Progress;
use crate::registry::bytes::Reading;
use crate::store::Store;

/// One run over one store. Commands run within the thread pool of the readers.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// What to look at.
    pub store: &'a Store,
    /// How many threads may compute at once; more than that may wait for the disk.
    pub jobs: usize,
    /// How many files may be kept open at a time, besides those that each reader opens and closes.
    pub open_files: usize,
    /// Whose instructions are to hash; `None`: the fastest.
    pub backend: Option<Backend>,
    /// Whether to stop.
    pub cancel: &'a Cancel,
    /// Whom to tell how it goes on.
    pub progress: &'a dyn Progress,
    /// When the run began, to the second.
    pub now: Timestamp,
}

/// One run, whatever it looks at: a session less its store.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// How many threads may compute at once; more than that may wait for the disk.
    pub jobs: usize,
    /// How many files may be kept open at a time, besides those that each reader opens and closes.
    pub open_files: usize,
    /// Whose instructions are to hash; `None`: the fastest.
    pub backend: Option<Backend>,
    /// Whether to stop.
    pub cancel: &'a Cancel,
    /// Whom to tell how it goes on.
    pub progress: &'a dyn Progress,
    /// When the run began, to the second.
    pub now: Timestamp,
}

impl<'a> Run<'a> {
    /// A session over one store of several.
    pub const fn over(self, store: &'a Store) -> Session<'a> {
        let Self { jobs, open_files, backend, cancel, progress, now } = self;
        Session { store, jobs, open_files, backend, cancel, progress, now }
    }
}

impl<'a> Session<'a> {
    /// What hashes the bytes of blobs.
    pub fn engine(&self) -> Engine {
        self.backend.and_then(Engine::of).unwrap_or_else(Engine::fastest)
    }

    /// What files of the store are read with, an engine given.
    pub const fn reading<'b>(&'b self, engine: &'b Engine) -> Reading<'b> {
        let Self { store, jobs, open_files, cancel, progress, .. } = *self;
        Reading { store, engine, jobs, open_files, cancel, progress }
    }

    /// The run that the session is part of.
    pub const fn run(&self) -> Run<'a> {
        let Self { jobs, open_files, backend, cancel, progress, now, .. } = *self;
        Run { jobs, open_files, backend, cancel, progress, now }
    }
}

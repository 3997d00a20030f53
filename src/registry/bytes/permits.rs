//! Keeping computing down to the jobs asked for.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

/// Keeps the number of threads that do something at a time down to the jobs asked for.
pub(super) struct Permits {
    /// `None`: as many as like.
    free: Option<Mutex<usize>>,
    freed: Condvar,
}

impl Permits {
    pub(super) fn new(jobs: usize) -> Self {
        Self { free: Some(Mutex::new(jobs.max(1))), freed: Condvar::new() }
    }

    /// With a job for each core there is nothing to keep: the scheduler does it, and the lock would only cost.
    pub(super) fn below_cores(jobs: usize) -> Self {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if jobs < cores { Self::new(jobs) } else { Self { free: None, freed: Condvar::new() } }
    }

    pub(super) fn hold<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(free) = &self.free else { return work() };
        let guard = free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut guard =
            self.freed.wait_while(guard, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *guard -= 1;
        drop(guard);
        let _permit = Permit { free, freed: &self.freed };
        work()
    }
}

/// One of the permits, given back whatever comes of the work: others wait for it.
struct Permit<'a> {
    free: &'a Mutex<usize>,
    freed: &'a Condvar,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.freed.notify_one();
    }
}

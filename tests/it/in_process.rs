//! Commands called in this process, where a test steps in between: at the store's seam, or as work goes on.

use std::time::Duration;

use regfs::cancel::Cancel;
use regfs::commands::{orphans, verify};
use regfs::finding::Severity;
use regfs::progress::Progress;
use regfs::registry::reach::Policy;
use regfs::session::Session;
use regfs::store::Store;

/// A run of so many jobs, by the fastest instructions.
pub(crate) fn session<'a>(
    store: &'a Store,
    jobs: usize,
    cancel: &'a Cancel,
    progress: &'a dyn Progress,
) -> Session<'a> {
    Session { store, jobs, open_files: 32, backend: None, cancel, progress, now: jiff::Timestamp::now() }
}

/// The options of a look for all orphans.
pub(crate) fn orphans_by(policy: Policy) -> orphans::Options {
    orphans::Options {
        policy,
        alive: None,
        min_age: None,
        without: None,
        keep_newest: None,
        exit_code: false,
        max_bytes: None,
    }
}

/// The options of a look at everything. Layers that are unpacked are read one after the other, others by the dozen.
pub(crate) fn deep() -> verify::Options {
    verify::Options {
        references: Vec::new(),
        hash: true,
        deep: Some(1 << 30),
        fail_on: Some(Severity::Error),
        notes: true,
        aside: false,
        upload_age: Duration::from_secs(7 * 86_400),
        shard: None,
        max_duration: None,
    }
}

//! Verification that is ended, gone on with, and cut into shares: the report is always that of one undisturbed run.

mod checkpoints;
mod interrupted;
mod shares;
mod trust;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use regfs::cancel::Cancel;
use regfs::checkpoint::{Checkpoint, OpenError};
use regfs::commands::verify::{Options, verify};
use regfs::progress::{Phase, Progress, Work};
use serde_json::Value;

use crate::in_process::session;
use crate::support::run::without_elapsed;
use crate::support::store::Store;

/// A store of layers that all have different sizes, and are not as fresh as to be distrusted.
fn store_of_layers(count: usize) -> Store {
    let mut store = Store::new();
    let layers: Vec<_> = (1..=count).map(|number| store.layer(&"x".repeat(2_000 * number))).collect();
    let image = store.image("lib", crate::support::images::Dialect::Oci, "amd64", &layers);
    store.tag("lib", "v1", &image);
    settle();
    store
}

/// Waits until what was just written counts as settled.
fn settle() {
    std::thread::sleep(Duration::from_millis(120));
}

fn checkpoint_of(store: &Store) -> PathBuf {
    store.outside().join("checkpoint")
}

/// Watches the blobs that are read, and has the run end after so many.
struct Watch {
    cancel: Cancel,
    end_after: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    hashing: bool,
    bytes: u64,
    sizes: Vec<u64>,
}

impl Progress for Watch {
    fn begin(&self, phase: Phase, _: Option<Work>) {
        let mut seen = self.seen.lock().unwrap();
        seen.hashing = phase == Phase::Hash;
        if seen.hashing && self.end_after == 0 {
            self.cancel.cancel();
        }
    }

    fn advance(&self, work: Work) {
        let mut seen = self.seen.lock().unwrap();
        if !seen.hashing {
            return;
        }
        seen.bytes += work.bytes;
        if work.files > 0 {
            let size = std::mem::take(&mut seen.bytes);
            seen.sizes.push(size);
            if seen.sizes.len() == self.end_after {
                self.cancel.cancel();
            }
        }
    }
}

/// Verifies, one blob at a time, and ends after some: the report, and the sizes of the blobs read, in order.
fn verified(
    root: &Path,
    options: &Options,
    checkpoint: Option<&Path>,
    end_after: usize,
) -> (Value, Vec<u64>) {
    let store = regfs::store::Store::open(Some(root)).unwrap();
    let canonical = store.path().canonicalize().unwrap();
    let checkpoint = checkpoint.map(|path| open_checkpoint(path, &canonical));
    let cancel = Cancel::never();
    let watch = Watch { cancel: cancel.clone(), end_after, seen: Mutex::default() };
    let session = session(&store, 1, &cancel, &watch);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let report = pool.install(|| verify(&session, options, checkpoint.as_ref(), None)).unwrap();
    let report = without_elapsed(&serde_json::to_string(&report).unwrap());
    let report = serde_json::from_str(&report.replace("[ELAPSED]", "0")).unwrap();
    (report, watch.seen.into_inner().unwrap().sizes)
}

/// Opens it once nobody holds it: what another test forks has for a moment the files of this one.
fn open_checkpoint(path: &Path, root: &Path) -> Checkpoint {
    let mut tries = 0;
    loop {
        match Checkpoint::open(path.to_owned(), root) {
            Err(OpenError::InUse(_)) if tries < 1000 => tries += 1,
            other => return other.unwrap(),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

const TO_THE_END: usize = usize::MAX;

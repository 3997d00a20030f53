//! What anyone would write first: as many threads as cores, each hashing one blob after the other with the `sha2` crate.
//! The contender that `benches/run.py` calls "one stream a thread".
//!
//! ```sh
//! cargo bench --bench one_stream -- ROOT
//! ```

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench tells its figures, and ends where it cannot go on"
)]

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

fn main() {
    // Cargo adds an option of its own.
    let Some(root) = std::env::args().skip(1).find(|arg| !arg.starts_with("--")) else { return };
    let entries =
        WalkDir::new(PathBuf::from(root).join("docker/registry/v2/blobs")).into_iter().map(Result::unwrap);
    let blobs: Vec<PathBuf> =
        entries.filter(|entry| entry.file_name() == "data").map(walkdir::DirEntry::into_path).collect();
    let (next, altered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let hash = || {
        let mut buffer = vec![0; 256 * 1024];
        while let Some(blob) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (mut file, mut hasher) = (File::open(blob).unwrap(), Sha256::new());
            while let count @ 1.. = file.read(&mut buffer).unwrap() {
                hasher.update(&buffer[..count]);
            }
            let digest = regfs::digest::Digest::sha256(hasher.finalize().into());
            if !blob.parent().unwrap().ends_with(digest.hex()) {
                altered.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(hash);
        }
    });
    println!("{} blobs, {} of them altered", blobs.len(), altered.into_inner());
}

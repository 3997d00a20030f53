//! What the files of a store hash to.

use std::sync::{Mutex, PoisonError};

use crate::digest::Digest;
use crate::path::StorePath;
use crate::progress::{Phase, Work};
use crate::registry::bytes::{Reading, Task, read_all};
use crate::store::ReadError;

use super::{Contents, What, algorithm_at};

/// What came of hashing some files.
#[derive(Debug, Default)]
pub struct Hashed {
    /// What each file hashes to, in the order in which they were named; `None` if it was not read.
    pub digests: Vec<Option<Digest>>,
    /// Those that could not be read.
    pub unread: Vec<(StorePath, ReadError)>,
    /// How many bytes were hashed.
    pub bytes: u64,
}

/// Hashes these files, of which the sizes are known, each under the algorithm of its name.
pub fn hash_files(reading: Reading<'_>, files: Vec<(StorePath, u64)>) -> Hashed {
    let mut total = Work::default();
    let tasks: Vec<Task> = files
        .into_iter()
        .map(|(path, size)| {
            total += Work { files: 1, bytes: size };
            Task { algorithm: algorithm_at(&path), path, size, others: Vec::new(), unpack: None }
        })
        .collect();
    reading.progress.begin(Phase::Hash, Some(total));
    let hashed = Hashed { digests: vec![None; tasks.len()], ..Hashed::default() };
    let hashed = Mutex::new(hashed);
    read_all(reading, &tasks, &|index, result| {
        let mut hashed = hashed.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(outcome) => {
                hashed.bytes = hashed.bytes.saturating_add(outcome.size);
                hashed.digests[index] = Some(outcome.digest);
            }
            Err(error) => hashed.unread.push((tasks[index].path.clone(), error)),
        }
    });
    let mut hashed = hashed.into_inner().unwrap_or_else(PoisonError::into_inner);
    hashed.unread.sort_by(|a, b| a.0.cmp(&b.0));
    hashed
}

impl Contents {
    /// Hashes every file; what cannot be read is taken out of what is seen. Tells how many bytes were hashed.
    pub fn hash(&mut self, reading: Reading<'_>) -> u64 {
        let files = |entry: super::Entry| match entry.what {
            What::File { size, .. } => Some((entry.path, size)),
            _ => None,
        };
        let files: Vec<(StorePath, u64)> = self.entries().filter_map(files).collect();
        let hashed = hash_files(reading, files.clone());
        for ((path, _), digest) in files.iter().zip(hashed.digests) {
            if let Some(digest) = digest {
                self.learn(path, digest);
            }
        }
        self.could_not_read(hashed.unread);
        self.inventory.interrupted |= reading.cancel.is_cancelled();
        self.is_hashed = true;
        hashed.bytes
    }

    /// Takes note of files that were seen and could not be read after all.
    pub fn could_not_read(&mut self, unread: Vec<(StorePath, ReadError)>) {
        let (gone, refused) =
            unread.into_iter().partition::<Vec<_>, _>(|(_, error)| *error == ReadError::Absent);
        self.inventory.could_not_read(refused);
        self.vanished.extend(gone.into_iter().map(|(path, _)| path));
    }
}

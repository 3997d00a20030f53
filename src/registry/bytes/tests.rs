//! Files of every kind and size, read by pools and engines of every shape.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::hash::digest;
use crate::hash::sha256::Backend;
use crate::progress::Silent;

/// How a store is read.
#[derive(Clone, Debug)]
struct Shape {
    threads: usize,
    jobs: usize,
    backend: Backend,
    /// Whether readers must wait for every file, as on a disk.
    is_cold: bool,
}

fn shapes() -> impl Strategy<Value = Shape> {
    let backends: Vec<Backend> = Backend::ALL.into_iter().filter(|backend| backend.is_available()).collect();
    (1..12_usize, 1..5_usize, proptest::sample::select(backends), any::<bool>())
        .prop_map(|(threads, jobs, backend, is_cold)| Shape { threads, jobs, backend, is_cold })
}

struct Files {
    dir: tempfile::TempDir,
    tasks: Vec<Task>,
}

impl Files {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("docker/registry/v2")).unwrap();
        Self { dir, tasks: Vec::new() }
    }

    /// A file of `bytes` that had another size when it was listed; `None`: it is gone.
    fn add(&mut self, bytes: Option<&[u8]>, listed: usize, algorithm: Algorithm, others: &[Algorithm]) {
        let path = format!("f{}", self.tasks.len());
        if let Some(bytes) = bytes {
            fs::write(self.dir.path().join("docker/registry/v2").join(&path), bytes).unwrap();
        }
        let (path, size, others) = (path.as_str().into(), listed as u64, others.to_vec());
        self.tasks.push(Task { path, size, algorithm, others, unpack: None });
    }

    fn read(&self, shape: &Shape, cancel: &Cancel) -> BTreeMap<usize, Result<Outcome, ReadError>> {
        let store = Store::open(Some(self.dir.path())).unwrap();
        if shape.is_cold {
            store.have_nothing_at_hand();
        }
        let engine = Engine::of(shape.backend).unwrap();
        let reading = Reading {
            store: &store,
            engine: &engine,
            jobs: shape.jobs,
            open_files: 100,
            cancel,
            progress: &Silent,
        };
        let results = Mutex::new(BTreeMap::new());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(shape.threads).build().unwrap();
        pool.install(|| {
            read_all(reading, &self.tasks, &|index, result| {
                let before = results.lock().unwrap().insert(index, result);
                assert!(before.is_none(), "{index} has two results");
            });
        });
        results.into_inner().unwrap()
    }
}

fn content(seed: usize, length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * at + seed).wrapping_mul(0x9e37_79b1).to_le_bytes()[2]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_file_has_its_digest_whatever_happened_to_it_since_it_was_listed(
        files in proptest::collection::vec(
            (prop_oneof![0..200usize, 16_200..16_400usize, 60_000..140_000usize], 0..10u8, 0..5usize), 0..24,
        ),
        shape in shapes(),
    ) {
        let mut all = Files::new();
        let contents: Vec<Option<Vec<u8>>> = files.iter().enumerate().map(|(seed, (length, fate, kind))| {
            let bytes = content(seed, *length);
            let listed = match fate {
                0 => length / 2,
                1 => length * 2,
                _ => *length,
            };
            let bytes = (*fate != 2).then_some(bytes);
            let (algorithm, others) = match kind {
                0 => (Algorithm::Sha512, &[Algorithm::Sha256][..]),
                _ => (Algorithm::Sha256, &[][..]),
            };
            all.add(bytes.as_deref(), listed, algorithm, others);
            bytes
        }).collect();
        let results = all.read(&shape, &Cancel::never());
        prop_assert_eq!(results.len(), files.len());
        for ((task, bytes), result) in all.tasks.iter().zip(&contents).zip(results.into_values()) {
            let Some(bytes) = bytes else {
                prop_assert_eq!(result.unwrap_err(), ReadError::Absent);
                continue;
            };
            let outcome = result.unwrap();
            prop_assert_eq!(outcome.size, bytes.len() as u64);
            prop_assert_eq!(outcome.digest, digest(task.algorithm, bytes));
            let others: Vec<Digest> = task.others.iter().map(|other| digest(*other, bytes)).collect();
            prop_assert_eq!(outcome.others, others);
        }
    }

    #[test]
    fn a_cancelled_run_ends_without_results(shape in shapes()) {
        let mut files = Files::new();
        for seed in 0..20 {
            let length = [10, 100_000][seed % 2];
            files.add(Some(&content(seed, length)), length, Algorithm::Sha256, &[]);
        }
        let cancel = Cancel::never();
        cancel.cancel();
        prop_assert!(files.read(&shape, &cancel).is_empty());
    }
}

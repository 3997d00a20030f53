//! Whatever instructions hash, the report is the same.

use regfs::hash::sha256::Backend;

use crate::support::paths;
use crate::support::run::{run_with, verify, without_elapsed};
use crate::support::store::Store;

const VARIABLE: &str = "REGFS_HASH_BACKEND";

/// Blobs that are read at once and blobs that are not, more than there are lanes, and some that were altered.
fn store() -> Store {
    let mut store = Store::sample();
    for number in 0..40_usize {
        let length = [0, 1, 55, 56, 64, 4000, 16_320, 16_321, 20_000, 70_000][number % 10] + number / 10;
        let content: Vec<u8> = (0..length).map(|at| (at * at + number).to_le_bytes()[0]).collect();
        let digest = store.blob(content.clone());
        if number % 7 == 0 {
            store.write(&paths::blob_data(&digest), [&content[..], b"and more"].concat());
        }
    }
    store
}

#[test]
fn the_report_does_not_depend_on_the_backend() {
    let store = store();
    let default = verify(&store, &[]);
    assert_eq!((default.status, default.json()["summary"]["errors"].as_u64()), (1, Some(6)));
    let root = store.root_text();
    for backend in Backend::ALL.into_iter().filter(|backend| backend.is_available()) {
        for jobs in ["1", "3"] {
            let args = ["verify", "--format", "json", "--notes", "-r", &root, "--jobs", jobs];
            let forced = run_with((VARIABLE, backend.name()), &args);
            assert_eq!(
                without_elapsed(forced.text()),
                without_elapsed(default.text()),
                "{backend}, {jobs} jobs"
            );
        }
    }
}

#[test]
fn an_unknown_or_unavailable_backend_is_a_usage_error() {
    let store = Store::sample();
    let root = store.root_text();
    let missing = Backend::ALL.into_iter().filter(|backend| !backend.is_available()).map(Backend::name);
    for name in missing.chain(["", "AVX2", "openssl"]) {
        let outcome = run_with((VARIABLE, name), &["verify", "-r", &root]);
        assert_eq!(outcome.status, 2, "{name}");
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(VARIABLE), "{name}: {}", outcome.stderr);
    }
}

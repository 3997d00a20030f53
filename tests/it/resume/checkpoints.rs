//! The file of a checkpoint: never inside the root, never somebody else's, never half.

use std::fs::{self, File};

use rustix::fs::{FlockOperation, flock};
use serde_json::json;

use super::{checkpoint_of, store_of_layers};
use crate::support::listing::listing;
use crate::support::run::{Outcome, run};
use crate::support::store::Store;

fn verify(store: &Store, checkpoint: &str, more: &[&str]) -> Outcome {
    run(&[&["verify", "-f", "json", "-r", &store.root_text(), "--checkpoint", checkpoint], more].concat())
}

#[test]
fn a_checkpoint_inside_the_root_is_refused() {
    let store = store_of_layers(1);
    let before = listing(&store.root());
    for path in [store.at("checkpoint"), store.root().join("docker/x"), store.at("blobs/../x")] {
        let outcome = verify(&store, path.to_str().unwrap(), &[]);
        assert_eq!(outcome.status, 2);
        assert!(outcome.stderr.contains("inside the root"), "{}", outcome.stderr);
    }
    assert!(before == listing(&store.root()));
}

#[test]
fn a_file_that_is_something_else_is_left_as_it_is() {
    let store = store_of_layers(1);
    let (path, other) = (checkpoint_of(&store), store_of_layers(1));
    let name = path.to_str().unwrap();
    verify(&other, name, &[]);
    let of_other = fs::read(&path).unwrap();
    let cases = [(b"my notes".to_vec(), "is no checkpoint"), (of_other, "that of another root")];
    for (content, why) in cases {
        fs::write(&path, &content).unwrap();
        let outcome = verify(&store, name, &[]);
        assert_eq!((outcome.status, outcome.text()), (2, ""));
        assert!(outcome.stderr.contains(why), "{}", outcome.stderr);
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    for (name, why) in
        [("/dev/null", "no regular file"), ("/nowhere/x", "No such file"), ("/proc", "cannot use")]
    {
        let outcome = verify(&store, name, &[]);
        assert_eq!((outcome.status, outcome.text()), (2, ""), "{name}");
        assert!(outcome.stderr.contains(why), "{name}: {}", outcome.stderr);
    }
}

#[test]
fn a_damaged_checkpoint_is_begun_anew_and_that_is_said() {
    let store = store_of_layers(2);
    let path = checkpoint_of(&store);
    let name = path.to_str().unwrap();
    assert_eq!(verify(&store, name, &[]).json()["warnings"], json!([]));
    let whole = fs::read(&path).unwrap();
    for damaged in [whole[..whole.len() / 2].to_vec(), [&whole[..], b"x"].concat()] {
        fs::write(&path, damaged).unwrap();
        let outcome = verify(&store, name, &[]);
        assert_eq!(outcome.status, 0);
        let said = outcome.json()["warnings"][0].as_str().unwrap_or_default().to_owned();
        assert!(said.contains("was damaged"), "{said}");
        assert_eq!(fs::read(&path).unwrap().len(), whole.len());
    }
    // As `mktemp` makes it.
    fs::write(&path, "").unwrap();
    assert_eq!(verify(&store, name, &[]).json()["warnings"], json!([]));
}

#[test]
fn a_checkpoint_in_use_is_not_used_by_a_second_run() {
    let store = store_of_layers(1);
    let path = checkpoint_of(&store);
    let name = path.to_str().unwrap();
    verify(&store, name, &[]);
    let held = File::open(&path).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    let outcome = verify(&store, name, &[]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains("in use by another run"), "{}", outcome.stderr);
    drop(held);
    assert_eq!(verify(&store, name, &[]).status, 0);
}

#[test]
fn nothing_is_left_beside_a_checkpoint() {
    let store = store_of_layers(1);
    let path = checkpoint_of(&store);
    // What a run that was killed leaves behind.
    fs::write(path.with_file_name(".checkpoint.regfs-new"), "half").unwrap();
    verify(&store, path.to_str().unwrap(), &[]);
    let mut left: Vec<_> =
        fs::read_dir(store.outside()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["checkpoint", "root"]);
}

#[test]
fn time_that_is_over_ends_a_run_with_what_it_has() {
    let mut store = store_of_layers(3);
    store.write("repositories/lib/_layers/stray", "x");
    store.blob("x".repeat(64));
    let path = checkpoint_of(&store);
    let outcome = verify(&store, path.to_str().unwrap(), &["--max-duration", "0s"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)));
    assert!(report["warnings"][0].as_str().unwrap().contains("--max-duration"), "{report}");
    let table = run(&["verify", "-r", &store.root_text(), "--max-duration", "0s"]);
    assert!(table.text().contains("PARTIAL: --max-duration was over"), "{}", table.text());
    let outcome = verify(&store, path.to_str().unwrap(), &["--max-duration", "1d"]);
    assert_eq!((outcome.status, &outcome.json()["partial"]), (0, &json!(false)));
}

/// Of runs that each give up on the same blob, none would ever say that all is well, nor why not.
#[test]
fn time_that_is_too_short_for_a_single_blob_is_told_as_such() {
    let mut store = Store::new();
    store.blob("x".repeat(64 << 20));
    let path = checkpoint_of(&store);
    let slowly = ["--rate", "8MiB/s", "--max-duration", "1s"];
    for _ in 0..2 {
        let outcome = verify(&store, path.to_str().unwrap(), &slowly);
        let report = outcome.json();
        assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)));
        assert_eq!(
            report["warnings"][1],
            "no file was read to its end: a longer run is needed, or fewer --readers"
        );
    }
    store.blob("small");
    let report = verify(&store, path.to_str().unwrap(), &slowly).json();
    assert_eq!(report["warnings"].as_array().unwrap().len(), 1, "{report}");
}

//! What the operating system refuses, or takes away while regfs looks.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::{others, sample_with_control};
use crate::support::damage::verdict::codes_and_paths;
use crate::support::paths;
use crate::support::run::{Outcome, run_as_ordinary_user, verify};
use crate::support::store::Store;

/// Verifies as a user whom permissions bind, after taking all permission from `path`.
fn without_permission(path: &str, args: &[&str]) -> (Outcome, Value) {
    let (store, control) = sample_with_control();
    let place = store.at(path);
    let mode = fs::metadata(&place).unwrap().permissions();
    fs::set_permissions(&place, Permissions::from_mode(0o000)).unwrap();
    let root = store.root_text();
    let outcome = run_as_ordinary_user(&[&["verify", "-f", "json", "--notes", "-r", &root], args].concat());
    fs::set_permissions(&place, mode).unwrap();
    let report = outcome.json();
    let found = others(&report, &control);
    assert_eq!(found, [format!("unreadable {path}")]);
    (outcome, report)
}

#[test]
fn what_may_not_be_read_is_named_and_nothing_behind_it_is_called_missing() {
    let blob = paths::blob_data(Store::sample().model.repos["lib"].layers.first().unwrap());
    for path in [
        "repositories/lib/_layers",
        "repositories/lib/_manifests/tags",
        "repositories/lib/_manifests/revisions/sha256",
        "repositories/team",
        &paths::current_link("lib", "v1"),
        &blob,
        paths::parent(&blob),
    ] {
        for args in [&[][..], &["--fail-on", "never"]] {
            let (outcome, report) = without_permission(path, args);
            assert_eq!(outcome.status, 2, "{path}");
            assert_eq!(report["partial"], true, "{path}");
            let errors = report["errors"].as_array().unwrap();
            assert!(errors.iter().any(|error| error["path"] == path), "{path}: {errors:?}");
            assert!(errors.iter().all(|error| !error["reason"].as_str().unwrap().is_empty()));
        }
    }
}

#[test]
fn a_directory_on_the_way_to_the_root_that_is_closed_is_named() {
    let store = Store::sample();
    let docker = store.v2().ancestors().nth(2).unwrap().to_owned();
    fs::set_permissions(&docker, Permissions::from_mode(0o000)).unwrap();
    let outcome = run_as_ordinary_user(&["verify", "--root", &store.root_text()]);
    fs::set_permissions(&docker, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(outcome.status, 2);
    let expected = format!("cannot open {}: Permission denied", docker.display());
    assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
}

#[test]
fn a_root_that_may_not_be_entered_is_named() {
    let store = Store::sample();
    fs::set_permissions(store.v2(), Permissions::from_mode(0o000)).unwrap();
    let outcome = run_as_ordinary_user(&["verify", "-r", &store.root_text()]);
    fs::set_permissions(store.v2(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains(&store.root_text()), "{}", outcome.stderr);
}

#[test]
fn blobs_that_vanish_in_mid_walk_are_no_damage() {
    let mut store = Store::sample();
    let orphans: Vec<_> = (0..400).map(|number| store.blob(format!("orphan {number}"))).collect();
    let dirs: Vec<_> = orphans.iter().map(|digest| store.at(&paths::blob_dir(digest))).collect();
    let collector = std::thread::spawn(move || {
        for dir in dirs {
            fs::remove_dir_all(dir).unwrap();
        }
    });
    let during = verify(&store, &[]);
    collector.join().unwrap();
    assert_eq!(codes_and_paths(&during.json()), [""; 0]);
    assert_eq!(during.status, 0);
}

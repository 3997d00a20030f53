//! What cannot be looked at, on either side.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::Value;

use super::{copy, diff, diff_stores, differences};
use crate::support::paths;
use crate::support::run::{run, run_as_ordinary_user};
use crate::support::store::Store;

fn errors(report: &Value) -> Vec<String> {
    let errors = report["errors"].as_array().unwrap().iter();
    errors
        .map(|error| format!("{}: {}", error["path"].as_str().unwrap(), error["reason"].as_str().unwrap()))
        .collect()
}

/// A sample and a copy with one difference: a blob that only the first has.
fn two() -> (Store, Store, String) {
    let mut a = Store::sample();
    let b = copy(&a);
    let blob = paths::blob_data(&a.blob("only here"));
    (a, b, format!("only-in-a blob {blob}"))
}

#[test]
fn what_may_not_be_read_is_named_and_the_rest_is_compared() {
    let (a, b, known) = two();
    let blob = paths::blob_data(b.model.blobs.keys().next().unwrap());
    for path in ["repositories/team", "repositories/lib/_manifests", &blob] {
        for (store, side) in [(&a, "a"), (&b, "b")] {
            let at = store.at(path);
            let mode = fs::metadata(&at).unwrap().permissions();
            fs::set_permissions(&at, fs::Permissions::from_mode(0o000)).unwrap();
            let args = ["diff", &a.root_text(), &b.root_text(), "-f", "json"];
            let outcome = run_as_ordinary_user(&args);
            fs::set_permissions(&at, mode).unwrap();
            let report = outcome.json();
            assert_eq!(errors(&report), [format!("{path}: in {side}: Permission denied")]);
            assert_eq!(differences(&report), [&*known], "{path} in {side}");
            assert_eq!((outcome.status, &report["identical"]), (2, &false.into()));
            assert!(report["summary"]["not_compared"].as_u64().unwrap() > 0);
        }
    }
}

#[test]
fn what_is_no_file_is_named_and_never_followed() {
    for path in [
        "repositories/team",
        "repositories/lib/_layers",
        "blobs",
        "repositories/lib/_manifests/tags/v1/current/link",
    ] {
        for which in 0..2 {
            let (a, b, known) = two();
            let store = [&a, &b][which];
            let aside = store.outside().join("aside");
            fs::rename(store.at(path), &aside).unwrap();
            symlink(&aside, store.at(path)).unwrap();
            let outcome = diff_stores(&a, &b, &[]);
            let report = outcome.json();
            let side = ["a", "b"][which];
            assert_eq!(
                errors(&report),
                [format!("{path}: in {side}: it is a symbolic link, and not followed")]
            );
            let expected = if path == "blobs" { Vec::new() } else { vec![known] };
            assert_eq!(differences(&report), expected, "{path} in {side}");
            assert_eq!(outcome.status, 2);
        }
    }
}

#[test]
fn pipes_and_devices_hang_nobody() {
    let (a, b, known) = two();
    let path = paths::blob_data(b.model.blobs.keys().next().unwrap());
    b.remove(&path);
    rustix::fs::mknodat(
        rustix::fs::CWD,
        b.at(&path),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    for (one, other, side) in [(&a, &b, "b"), (&b, &a, "a")] {
        let report = diff_stores(one, other, &[]).json();
        assert_eq!(errors(&report), [format!("{path}: in {side}: it is a named pipe, and not followed")]);
        assert_eq!(report["differences"].as_array().unwrap().len(), 1, "{known}");
    }
    let outcome = run(&["inventory", &b.root_text()]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.text().contains("\"partial\":true"), "{}", outcome.text());
}

#[test]
fn what_an_inventory_could_not_see_is_not_called_missing() {
    let (a, b, known) = two();
    let aside = b.outside().join("aside");
    fs::rename(b.at("repositories/team"), &aside).unwrap();
    symlink(&aside, b.at("repositories/team")).unwrap();
    let list = super::inventory(&b, "list.ndjson.zst", &[]);
    let outcome = diff(&a.root_text(), &list, &[]);
    let report = outcome.json();
    assert_eq!((outcome.status, differences(&report)), (2, vec![known]));
    assert_eq!(errors(&report).len(), 1);
}

/// A file of a byte and, behind it, as many of nothing as this file system allows of what there may be.
fn huge(store: &Store, path: &str, byte: &str) {
    store.write(path, byte);
    let file = fs::File::options().write(true).open(store.at(path)).unwrap();
    let sizes = [60, 50, 43].map(|power| (1_u64 << power) - 1);
    assert!(sizes.into_iter().any(|size| file.set_len(size).is_ok()));
}

#[test]
fn sparse_files_of_exbibytes_differ_at_once() {
    let (a, b) = (Store::new(), Store::new());
    // To read one to its end would take for ever; nobody asks what it hashes to, as of a blob.
    huge(&a, "lost/file", "a");
    huge(&b, "lost/file", "b");
    for jobs in ["1", "4"] {
        let report = diff_stores(&a, &b, &["-j", jobs]).json();
        assert_eq!(differences(&report), ["differs other lost/file"]);
        assert_eq!((&report["differences"][0]["offset"], &report["partial"]), (&0.into(), &false.into()));
    }
    let path = paths::blob_data(&paths::sha256(b"sparse"));
    huge(&a, &path, "a");
    huge(&b, &path, "b");
    let report = diff_stores(&a, &b, &["--sizes-only"]).json();
    assert_eq!(report["identical"], true);
}

#[test]
fn what_is_hidden_of_one_tag_hides_no_other() {
    let (a, b) = (Store::new(), Store::new());
    for store in [&a, &b] {
        store.create_dir(&paths::tag_dir("lib", "v1"));
    }
    a.create_dir(&paths::tag_dir("lib", "v10"));
    symlink("/nowhere", a.at(&format!("{}/current", paths::tag_dir("lib", "v10")))).unwrap();
    let report = diff_stores(&a, &b, &[]).json();
    assert_eq!(differences(&report), [""; 0], "{report:#}");
    assert_eq!(report["summary"]["equal"], 1);
}

#[test]
fn a_root_that_is_none_is_told_as_everywhere() {
    let store = Store::sample();
    for (a, b) in [("/nowhere", &*store.root_text()), (&*store.root_text(), "/nowhere")] {
        let outcome = run(&["diff", a, b]);
        assert!(
            outcome.status == 2 && outcome.stderr.contains("/nowhere is no root that regfs knows"),
            "{}",
            outcome.stderr
        );
    }
}

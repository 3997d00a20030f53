//! Two whole image layouts: what they list, and their blobs, byte for byte.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::support::fixture::project;
use crate::support::layout::{INDEX, Layout, MANIFEST, path_of};
use crate::support::run::{Outcome, run};

fn diff(a: &Path, b: &Path, more: &[&str]) -> Outcome {
    run(&[&["diff", a.to_str().unwrap(), b.to_str().unwrap(), "-f", "json"], more].concat())
}

/// Each difference in a line: change, object, tag, path.
fn rows(report: &Value) -> Vec<String> {
    let rows = report["differences"].as_array().unwrap().iter();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    rows.map(|row| ["change", "object", "tag", "path"].map(|name| text(row, name)).join(" ")).collect()
}

/// A layout and a copy of it beside it.
fn two() -> (Layout, Layout, Vec<String>) {
    let mut a = Layout::new();
    let images = vec![a.image(&["base", "one"]), a.image(&["base", "other"])];
    let index = a.index(INDEX, &[&images[0]]);
    a.list(MANIFEST, &images[0], Some("v1"));
    a.list(INDEX, &index, Some("multi"));
    a.list(MANIFEST, &images[1], None);
    let b = Layout::new();
    for entry in WalkDir::new(a.root()).into_iter().filter_map(Result::ok) {
        let to = b.root().join(entry.path().strip_prefix(a.root()).unwrap());
        if entry.file_type().is_file() {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    (a, b, images)
}

#[test]
fn a_layout_is_the_same_as_its_copy_however_its_list_is_written() {
    let (a, b, _) = two();
    let mut list: Value = serde_json::from_slice(&fs::read(b.at("index.json")).unwrap()).unwrap();
    list["manifests"].as_array_mut().unwrap().reverse();
    list["annotations"] = json!({ "written": "today" });
    b.write("index.json", serde_json::to_vec_pretty(&list).unwrap());
    b.write("README", "only here");
    for more in [&[][..], &["--sizes-only"]] {
        let outcome = diff(&a.root(), &b.root(), more);
        let report = outcome.json();
        assert_eq!((outcome.status, &report["identical"]), (0, &json!(true)), "{report:#}");
        let blobs = fs::read_dir(a.at("blobs/sha256")).unwrap().count();
        assert_eq!(report["summary"]["equal"], 3 + blobs);
    }
    let table = run(&["diff", &a.root_text(), &b.root_text()]);
    assert!(table.text().ends_with(": identical\n"), "{}", table.text());
    let table = run(&["diff", "--sizes-only", &a.root_text(), &b.root_text()]);
    assert!(table.text().ends_with(": the same by sizes\n"), "{}", table.text());
}

#[test]
fn what_is_listed_otherwise_is_told_name_by_name() {
    let (mut a, b, images) = two();
    let new = b.image(&["base", "new"]);
    let list: Value = serde_json::from_slice(&fs::read(b.at("index.json")).unwrap()).unwrap();
    let mut moved = list.clone();
    moved["manifests"][0]["digest"] = json!(new);
    moved["manifests"].as_array_mut().unwrap().pop();
    b.write("index.json", moved.to_string());
    let outcome = diff(&a.root(), &b.root(), &["--sizes-only"]);
    let report = outcome.json();
    let listed: Vec<String> = rows(&report).into_iter().filter(|row| row.contains("index.json")).collect();
    assert_eq!(listed, ["only-in-a revision - index.json", "differs tag v1 index.json"]);
    let row = report["differences"].as_array().unwrap().iter().find(|row| row["tag"] == "v1").unwrap();
    assert_eq!((&row["digest_a"], &row["digest_b"]), (&json!(images[0]), &json!(new)));
    let table = run(&["diff", &a.root_text(), &b.root_text()]);
    assert!(table.text().contains(&format!("* tag v1: {} → {new}", images[0])), "{}", table.text());
    // The same name twice: what only one side means by it.
    let (c, _, _) = two();
    a.list(MANIFEST, &images[1], Some("v1"));
    assert_eq!(rows(&diff(&a.root(), &c.root(), &[]).json()), ["only-in-a tag v1 index.json"]);
}

#[test]
fn a_layout_that_cannot_be_read_hides_and_is_not_called_different() {
    let (a, b, images) = two();
    let path = path_of(&images[0]);
    fs::remove_file(b.at(&path)).unwrap();
    symlink("/etc/passwd", b.at(&path)).unwrap();
    for (one, other, side) in [(&a, &b, "b"), (&b, &a, "a")] {
        let outcome = diff(&one.root(), &other.root(), &[]);
        let report = outcome.json();
        assert_eq!((outcome.status, rows(&report)), (2, Vec::new()));
        assert_eq!(report["errors"][0]["path"], path);
        assert!(report["errors"][0]["reason"].as_str().unwrap().starts_with(&format!("in {side}: ")));
        assert_eq!(report["summary"]["not_compared"], 1);
    }
    let (a, b, _) = two();
    b.write("index.json", "garbage");
    let outcome = diff(&a.root(), &b.root(), &[]);
    assert_eq!((outcome.status, rows(&outcome.json())), (2, Vec::new()));
}

#[test]
fn what_is_for_registries_is_refused() {
    let (a, b, _) = two();
    let registry = project().join("fixtures/registry");
    for more in [&["--strict"][..], &["--repo", "app"], &["--deep"]] {
        assert_eq!(diff(&a.root(), &b.root(), more).status, 2);
    }
    let outcome = diff(&a.root(), &registry, &[]);
    assert!(outcome.status == 2 && outcome.stderr.contains("name images with --ref"), "{}", outcome.stderr);
    let empty = diff(&Layout::new().root(), &Layout::new().root(), &[]);
    assert_eq!((empty.status, empty.json()["warnings"].as_array().unwrap().len()), (0, 1));
}

#[derive(Clone, Copy, Debug)]
enum Edit {
    Flip,
    Cut,
    Remove,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn edits_to_a_copy_are_exactly_the_differences_and_seen_from_either_side(
        edits in prop::collection::btree_map(any::<prop::sample::Index>().prop_map(|at| at.index(1000)), 0..3_usize, 0..4),
    ) {
        let (a, b, _) = two();
        let blobs: BTreeSet<String> = fs::read_dir(a.at("blobs/sha256")).unwrap()
            .map(|entry| format!("blobs/sha256/{}", entry.unwrap().file_name().to_str().unwrap())).collect();
        let blobs: Vec<String> = blobs.into_iter().collect();
        let mut done = BTreeSet::new();
        let (mut expected, mut mirrored) = (BTreeSet::new(), BTreeSet::new());
        for (at, edit) in edits {
            let path = &blobs[at % blobs.len()];
            if !done.insert(path) {
                continue;
            }
            let edit = [Edit::Flip, Edit::Cut, Edit::Remove][edit];
            let mut bytes = fs::read(b.at(path)).unwrap();
            let changes = match edit {
                Edit::Remove => {
                    fs::remove_file(b.at(path)).unwrap();
                    ["only-in-a", "only-in-b"]
                }
                Edit::Flip => {
                    let flipped = at % bytes.len().min(7);
                    bytes[flipped] ^= 1;
                    b.write(path, bytes);
                    ["differs"; 2]
                }
                Edit::Cut => {
                    bytes.pop();
                    b.write(path, bytes);
                    ["differs"; 2]
                }
            };
            expected.insert(format!("{} blob - {path}", changes[0]));
            mirrored.insert(format!("{} blob - {path}", changes[1]));
        }
        let report = diff(&a.root(), &b.root(), &[]).json();
        prop_assert_eq!(rows(&report).into_iter().collect::<BTreeSet<_>>(), expected);
        for row in report["differences"].as_array().unwrap().iter().filter(|row| row["change"] == "differs") {
            prop_assert_eq!(&row["intact"], "a");
        }
        let report = diff(&b.root(), &a.root(), &["-j", "1"]).json();
        prop_assert_eq!(rows(&report).into_iter().collect::<BTreeSet<_>>(), mirrored);
    }
}

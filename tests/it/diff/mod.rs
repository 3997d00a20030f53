//! `diff` and `inventory`, compared with a naive comparison of the files, and `verify --donor`.

mod across;
mod donor;
mod edits;
mod founding;
mod hostile;
mod inventories;
mod layouts;
mod naive;
mod properties;
mod questions;
mod strict;

use std::fs;
use std::path::Path;

use serde_json::Value;
use walkdir::WalkDir;

use crate::support::fixture;
use crate::support::run::{Outcome, run};
use crate::support::store::Store;

/// A store with the same files, but for their times.
fn copy(of: &Store) -> Store {
    let mut copy = copy_of(&of.v2());
    copy.model = of.model.clone();
    copy
}

/// The same of a fixture.
fn copy_of_fixture(tree: &str) -> Store {
    copy_of(&fixture::v2(tree))
}

pub(crate) fn copy_of(v2: &Path) -> Store {
    let copy = Store::bare();
    for entry in WalkDir::new(v2) {
        let entry = entry.unwrap();
        let to = copy.v2().join(entry.path().strip_prefix(v2).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    copy
}

/// `regfs diff A B -f json` and more arguments.
fn diff(a: &str, b: &str, more: &[&str]) -> Outcome {
    run(&[&["diff", a, b, "-f", "json"], more].concat())
}

fn diff_stores(a: &Store, b: &Store, more: &[&str]) -> Outcome {
    diff(&a.root_text(), &b.root_text(), more)
}

/// Writes an inventory of a store beside it, and returns its name.
fn inventory(store: &Store, name: &str, more: &[&str]) -> String {
    let path = store.outside().join(name).to_str().unwrap().to_owned();
    let outcome = run(&[&["inventory", &store.root_text(), "-q", "-o", &path], more].concat());
    assert!(outcome.stdout.is_empty(), "{}", outcome.stderr);
    path
}

/// Each difference in a line: change, object, path.
fn differences(report: &Value) -> Vec<String> {
    let differences = report["differences"].as_array().unwrap().iter();
    differences
        .map(|row| ["change", "object", "path"].map(|member| row[member].as_str().unwrap()).join(" "))
        .collect()
}

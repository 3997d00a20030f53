//! What `orphans` lists, held against a naive reading of the same disk.

mod doubts;
mod oracle;
mod properties;
mod questions;
mod referee;
mod tags;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::paths::Digest;
use crate::support::run::{Outcome, run};
use crate::support::store::Store;

/// `regfs orphans --format json -r ROOT` and more arguments.
fn orphans(store: &Store, more: &[&str]) -> Outcome {
    let root = store.root_text();
    run(&[&["orphans", "--format", "json", "-r", &root], more].concat())
}

/// The digests of a list of the report.
fn digests(report: &Value, list: &str) -> BTreeSet<Digest> {
    let items = report[list].as_array().expect("a list").iter();
    items.map(|item| item["digest"].as_str().expect("a digest").to_owned()).collect()
}

/// The pairs of repository and digest of a list of the report.
fn pairs(report: &Value, list: &str) -> BTreeSet<(String, Digest)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let items = report[list].as_array().expect("a list").iter();
    items.map(|item| (text(&item["repository"]), text(&item["digest"]))).collect()
}

fn unknown(report: &Value) -> Vec<&str> {
    report["unknown"].as_array().expect("a list").iter().filter_map(|item| item["path"].as_str()).collect()
}

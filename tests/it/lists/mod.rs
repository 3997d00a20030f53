//! The commands that list: against what real registries recorded, and against naive answers about random stores.

mod cat;
mod history;
mod hostile;
mod ls;
mod refs;
mod uploads;

use std::path::PathBuf;

use proptest::prelude::ProptestConfig;
use serde_json::Value;

use crate::support::run::{Outcome, run};
use crate::support::store::Store;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Runs a command with `--format json` on a store.
fn json(store: &Store, args: &[&str]) -> Outcome {
    let root = store.root_text();
    run(&[args, &["-f", "json", "-r", &root]].concat())
}

/// Runs a command with `--format json` on a fixture, and insists on its status.
#[track_caller]
fn fixture(name: &str, args: &[&str], status: i32) -> Value {
    let root = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    let outcome = run(&[args, &["-f", "json", "-r", &root]].concat());
    assert_eq!(outcome.status, status, "{args:?}: {}", outcome.text());
    outcome.json()
}

/// What was read off a fixture's files.
fn recorded(name: &str) -> Value {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "fixtures/recorded", name, "expected.json"].iter().collect();
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

const FIXTURES: [&str; 8] =
    ["registry", "schema1", "alias", "uploads", "tagless", "collected", "cache", "real"];

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn texts(values: &Value) -> Vec<&str> {
    list(values).iter().map(|value| value.as_str().unwrap()).collect()
}

/// One member of each item.
fn column<'a>(items: &'a Value, member: &str) -> Vec<&'a Value> {
    list(items).iter().map(|item| &item[member]).collect()
}

#[test]
fn ndjson_streams_the_items_of_the_json_report_and_ends_in_one_summary() {
    let store = Store::sample();
    let root = store.root_text();
    let image = &store.model.repos["lib"].tags["v1"].current;
    let config = &store.model.edges(image)[0].digest;
    for args in
        [&["ls"][..], &["ls", "team/app"], &["refs", config], &["history", "team/app:latest"], &["uploads"]]
    {
        let report = json(&store, args).json();
        let lists =
            report.as_object().unwrap().iter().filter(|(name, _)| *name != "errors" && *name != "warnings");
        let mut expected: Vec<String> = lists
            .filter_map(|(_, value)| value.as_array())
            .flatten()
            .map(|item| match item {
                Value::String(repository) => serde_json::json!({ "repository": repository }).to_string(),
                item => item.to_string(),
            })
            .collect();
        let stream = run(&[args, &["-f", "ndjson", "-r", &root]].concat());
        let lines: Vec<Value> =
            stream.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
        assert_eq!((&first["type"], &last["type"]), (&"begin".into(), &"summary".into()));
        for (member, value) in report["summary"].as_object().unwrap() {
            assert_eq!(&last["data"][member], value, "{args:?}: {member}");
        }
        let mut items: Vec<String> =
            lines[1..lines.len() - 1].iter().map(|line| line["data"].to_string()).collect();
        expected.sort();
        items.sort();
        assert!(!items.is_empty());
        assert_eq!(items, expected, "{args:?}");
    }
}

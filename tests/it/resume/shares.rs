//! Shares, and reports put together.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::in_process::deep;
use crate::properties::shapes;
use crate::support::damage;
use crate::support::random::{Rng, Shape};
use crate::support::run::{Outcome, run, without_elapsed};
use crate::support::store::Store;

/// Strikes a store several times. A later strike may fall on what an earlier one left nothing of; then it is over.
pub(super) fn strike(store: &mut Store, strikes: &[usize], rng: &mut Rng) {
    for which in strikes {
        let struck =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| damage::ALL[*which](store, rng)));
        if struck.is_err() {
            return;
        }
    }
}

fn verify_to(store: &Store, name: &str, args: &[&str]) -> PathBuf {
    let path = store.outside().join(name);
    let root = store.root_text();
    let outcome = run(&[&["verify", "-f", "json", "-r", &root][..], args].concat());
    fs::write(&path, &outcome.stdout).unwrap();
    path
}

fn merge(parts: &[PathBuf], args: &[&str]) -> Outcome {
    let parts: Vec<&str> = parts.iter().map(|path| path.to_str().unwrap()).collect();
    run(&[&["merge"][..], args, &parts].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn shares_merge_into_the_report_of_one_run(
        shape in shapes(), strikes in proptest::collection::vec(0..damage::ALL.len(), 0..5), of in 1..5_usize,
        deep in any::<bool>(), notes in any::<bool>(),
    ) {
        let mut store = Store::sound(shape);
        strike(&mut store, &strikes, &mut Rng::new(shape.seed));
        let mut args = Vec::new();
        args.extend(deep.then_some("--deep"));
        args.extend(notes.then_some("--notes"));
        let one = run(&[&["verify", "-f", "json", "-r", &store.root_text()][..], &args].concat());
        let parts: Vec<PathBuf> = (1..=of)
            .map(|index| {
                let shard = format!("{index}/{of}");
                verify_to(&store, &format!("{index}.json"), &[&args[..], &["--shard", &shard]].concat())
            })
            .collect();
        let merged = merge(&parts, &["-f", "json"]);
        prop_assert_eq!(without_elapsed(merged.text()), without_elapsed(one.text()));
        prop_assert_eq!(merged.status, one.status);
    }
}

/// A store with a finding of each severity.
fn store() -> Store {
    let mut store = Store::sound(Shape { seed: 3, repositories: 3, images: 6 });
    let mut rng = Rng::new(2);
    damage::blobs::flip_a_bit(&mut store, &mut rng).unwrap();
    damage::names::stale_upload(&mut store, &mut rng).unwrap();
    damage::notes::dangling_layer_link(&mut store, &mut rng).unwrap();
    store
}

#[test]
fn a_missing_share_makes_the_answer_partial_and_is_named() {
    let store = store();
    let parts = ["1/4", "3/4"].map(|shard| verify_to(&store, &shard.replace('/', "."), &["--shard", shard]));
    let outcome = merge(&parts, &["-f", "json"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)));
    assert_eq!(report["warnings"], json!(["of the 4 shares of the store, shares 2, 4 are missing"]));
    let table = merge(&parts, &[]);
    assert!(table.text().contains("PARTIAL: not every share of the store is here"), "{}", table.text());
}

#[test]
fn a_share_says_which_it_is_and_is_a_whole_answer_of_its_own() {
    let store = store();
    let mut hashed = 0;
    for shard in ["1/3", "2/3", "3/3"] {
        let outcome = run(&["verify", "-f", "json", "-r", &store.root_text(), "--shard", shard]);
        let report = outcome.json();
        assert_eq!((&report["part"]["shard"], &report["partial"]), (&json!(shard), &json!(false)));
        assert_eq!(outcome.status, i32::from(report["summary"]["errors"] != 0));
        hashed += report["summary"]["bytes_hashed"].as_u64().unwrap();
        let table = run(&["verify", "-r", &store.root_text(), "--shard", shard]);
        assert!(table.text().contains(&format!("share {shard} of ")), "{}", table.text());
    }
    let whole = run(&["verify", "-f", "json", "-r", &store.root_text()]).json();
    assert_eq!((hashed, &whole["part"]), (whole["summary"]["bytes_hashed"].as_u64().unwrap(), &Value::Null));
}

#[test]
fn runs_that_were_ended_merge_as_far_as_they_got() {
    let store = store();
    let root = store.root();
    let write = |name: &str, report: &Value| {
        let path = store.outside().join(name);
        fs::write(&path, serde_json::to_vec(report).unwrap()).unwrap();
        path
    };
    let (whole, _) = super::verified(&root, &deep(), None, super::TO_THE_END);
    let checkpoint = super::checkpoint_of(&store);
    super::settle();
    let mut parts = Vec::new();
    for night in 0..3 {
        let (report, _) = super::verified(&root, &deep(), Some(&checkpoint), 1);
        parts.push(write(&format!("{night}.json"), &report));
    }
    let outcome = merge(&parts, &["-f", "json"]);
    assert_eq!((outcome.status, &outcome.json()["partial"]), (2, &json!(true)));
    parts.insert(1, write("whole.json", &whole));
    let outcome = merge(&parts, &["-f", "json"]);
    assert_eq!((outcome.status, &outcome.json()["part"]), (1, &Value::Null));
    assert_eq!(outcome.json()["findings"], whole["findings"]);
}

#[test]
fn a_run_with_other_options_does_not_pass_for_the_whole_of_one_that_was_ended() {
    let store = store();
    let (ended, _) = super::verified(&store.root(), &deep(), Some(&super::checkpoint_of(&store)), 1);
    let ended = {
        let path = store.outside().join("ended.json");
        fs::write(&path, serde_json::to_vec(&ended).unwrap()).unwrap();
        path
    };
    let whole = verify_to(&store, "whole.json", &["--no-hash"]);
    for parts in [[ended.clone(), whole.clone()], [whole.clone(), ended]] {
        let outcome = merge(&parts, &[]);
        assert_eq!((outcome.status, outcome.text()), (2, ""));
        assert!(outcome.stderr.contains("different options"), "{}", outcome.stderr);
    }
    // Two whole ones are held to the same.
    let other = verify_to(&store, "other.json", &[]);
    assert_eq!(merge(&[whole.clone(), other], &[]).status, 2);
    assert_eq!(merge(&[whole.clone(), whole], &[]).status, 1);
}

#[test]
fn what_a_donor_has_is_merged_and_only_what_reports_list_is_compared() {
    let (store, donor) = (store(), Store::sound(Shape { seed: 3, repositories: 3, images: 6 }));
    let donor = donor.root_text();
    let args = ["--donor", donor.as_str()];
    let one = run(&[&["verify", "-f", "json", "-r", &store.root_text()][..], &args].concat());
    assert_eq!(one.json()["donor"]["blobs"].as_array().unwrap().len(), 1);
    let shard = |shard: &'static str, more: &[&str]| {
        verify_to(&store, &shard.replace('/', "."), &[&args, &["--shard", shard][..], more].concat())
    };
    // What only tables show is no part of what was asked.
    let parts = [shard("1/2", &[]), shard("2/2", &["-v"])];
    let merged = merge(&parts, &["-f", "json"]);
    assert_eq!(without_elapsed(merged.text()), without_elapsed(one.text()), "{}", merged.stderr);
    let without = verify_to(&store, "without.json", &["--shard", "2/2"]);
    assert!(merge(&[parts[0].clone(), without], &[]).stderr.contains("different options"));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (store, other) = (store(), store());
    let parts = |args: [&[&str]; 2]| {
        args.map(|args| verify_to(&store, &format!("{}.json", args.concat().replace('/', ".")), args))
            .to_vec()
    };
    let shard = |shard| ["--shard", shard];
    let elsewhere = verify_to(&other, "c.json", &shard("2/2"));
    let text = store.outside().join("notes.txt");
    fs::write(&text, "my notes").unwrap();
    let older = store.outside().join("older.json");
    let json = fs::read_to_string(verify_to(&store, "a.json", &shard("1/2"))).unwrap();
    fs::write(&older, json.replace(env!("CARGO_PKG_VERSION"), "0.0.9")).unwrap();
    let cut = |name: &str, text: &[u8]| {
        let path = store.outside().join(name);
        fs::write(&path, text).unwrap();
        vec![path]
    };
    let lines = run(&["verify", "--format", "ndjson", "-r", &store.root_text()]).stdout;
    let resolve = store.outside().join("resolve.json");
    fs::write(&resolve, json.replace("regfs/verify/v1", "regfs/resolve/v1")).unwrap();
    for (parts, why) in [
        (vec![verify_to(&store, "a.json", &shard("1/2")), elsewhere], "different roots"),
        (parts([&shard("1/2"), &shard("2/3")]), "in different ways"),
        (parts([&shard("1/2"), &[]]), "in different ways"),
        (parts([&shard("1/2"), &["--shard", "2/2", "--notes"]]), "different options"),
        (vec![text], "no JSON report of verify, as -f json"),
        (cut("cut.json", &json.as_bytes()[..json.len() / 2]), "is cut short"),
        (cut("begun.json", &json.as_bytes()[..1]), "is cut short"),
        (cut("empty.json", b""), "is cut short"),
        (
            cut("x.ndjson", &lines),
            "it is ndjson, and merge reads reports of verify -f json or --report json=FILE",
        ),
        (cut("cut.ndjson", &lines[..lines.len() / 2]), "it is ndjson, and"),
        (cut("begun.ndjson", &lines[..20]), "it is ndjson, and"),
        (vec![older], "0.0.9"),
        (vec![resolve], "regfs/resolve/v1"),
        (vec![store.outside().join("nowhere.json")], "No such file"),
    ] {
        let outcome = merge(&parts, &[]);
        assert_eq!((outcome.status, outcome.text()), (2, ""), "{why}");
        assert!(outcome.stderr.contains(why), "{why}: {}", outcome.stderr);
    }
}

#[test]
fn fail_on_and_formats_are_those_of_verify() {
    let store = store();
    let parts = ["1/2", "2/2"].map(|shard| verify_to(&store, &shard.replace('/', "."), &["--shard", shard]));
    for (level, status) in [("error", 1), ("never", 0)] {
        assert_eq!(merge(&parts, &["--fail-on", level]).status, status);
    }
    let one = run(&["verify", "-r", &store.root_text()]);
    let scrub = crate::support::run::without_duration;
    assert_eq!(scrub(merge(&parts, &[]).text()), scrub(one.text()));
    assert_eq!(merge(&parts, &["-f", "ndjson"]).text().lines().count(), 4);
    let inside = format!("json={}", store.at("merged.json").display());
    assert!(merge(&parts, &["--report", &inside]).stderr.contains("inside the root"));
}

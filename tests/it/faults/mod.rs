//! Sound stores with several damages at once, of any kind, and systems that fail: what a naive look at the disk predicts is
//! found, nothing is lost beside it, and every command keeps to its contract.
//!
//! `REGFS_FAULTS=2000 cargo test --test it faults` runs as many cases; the suite a few hundred.

mod injected;
mod oracle;
mod pieces;

use std::collections::{BTreeMap, BTreeSet};

use regfs::reference::RepoName;
use serde_json::Value;

use crate::support::damage::{self, verdict};
use crate::support::listing::listing;
use crate::support::random::{Rng, Shape};
use crate::support::run::{Outcome, run, verify};
use crate::support::store::Store;
use oracle::Disk;

const CASES: u64 = 200;

fn cases(default: u64) -> u64 {
    std::env::var("REGFS_FAULTS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default)
}

/// A sound store, struck one to five times. A verb that falls on what an earlier one left nothing of may fail: then it has
/// struck somehow, which the oracle reads from the disk.
fn struck(seed: u64) -> Store {
    let mut rng = Rng::new(seed);
    let shape = Shape { seed, repositories: 1 + rng.below(5), images: 1 + rng.below(9) };
    let mut store = Store::sound(shape);
    for _ in 0..=rng.below(5) {
        let verb = damage::ALL[rng.below(damage::ALL.len())];
        let strike = std::panic::AssertUnwindSafe(|| drop(verb(&mut store, &mut rng)));
        let _ = std::panic::catch_unwind(strike);
    }
    store
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The findings of one code: their paths, and whom they hurt.
fn found(report: &Value, code: &str) -> BTreeMap<String, BTreeSet<String>> {
    let findings = verdict::findings(report).into_iter().filter(|finding| finding["code"] == code);
    findings
        .map(|finding| {
            let affects = finding["affects"].as_array().unwrap().iter().map(text).collect();
            (text(&finding["path"]), affects)
        })
        .collect()
}

/// The exit status that the findings of a whole report imply.
fn implied(report: &Value) -> i32 {
    i32::from(verdict::findings(report).iter().any(|finding| finding["severity"] == "error"))
}

#[test]
fn whatever_a_naive_look_finds_is_found_with_the_tags_it_hurts() {
    for seed in 0..cases(CASES) {
        let store = struck(seed);
        let before = listing(store.outside());
        let outcome = verify(&store, &[]);
        assert!(before == listing(store.outside()), "seed {seed}: something has changed");
        let report = outcome.json();
        let context = || format!("seed {seed}: {report:#}");
        assert_eq!(outcome.status, implied(&report), "{}", context());
        assert_eq!(verdict::faults_of_report(&report, &outcome), [""; 0], "{}", context());
        let disk = Disk::read(&store.v2());
        for (code, wrong) in disk.wrong() {
            let found = found(&report, code);
            let paths = |map: &BTreeMap<String, BTreeSet<String>>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(paths(&found), paths(&wrong), "{code}, {}", context());
            for (path, tags) in wrong {
                if !tags.contains(oracle::ANY) {
                    assert_eq!(found[&path], tags, "{code} {path} hurts, {}", context());
                }
            }
        }
    }
}

/// The other commands, with what the store offers them to look at.
fn commands(store: &Store, rng: &mut Rng) -> Vec<Vec<String>> {
    let repo = store.some_repo(rng).filter(|repo| RepoName::parse(repo).is_ok()).unwrap_or("app".to_owned());
    let tag = store.model.repos.get(&repo).and_then(|repo| rng.choose(repo.tags.keys()).cloned());
    let reference = format!("{repo}:{}", tag.unwrap_or_else(|| "v1".to_owned()));
    let digest = rng.choose(store.model.blobs.keys()).cloned().unwrap_or_default();
    let all = [
        format!("resolve {reference} -f json"),
        format!("resolve {reference} -f table"),
        format!("verify {reference} -f json"),
        "verify --deep -f ndjson".to_owned(),
        "verify --no-hash -f table -v".to_owned(),
        "orphans -f json".to_owned(),
        "orphans --policy tags -f paths".to_owned(),
        "gc-preview -f json".to_owned(),
        "gc-preview --rules 2 --delete-untagged -f table".to_owned(),
        "ls -f json".to_owned(),
        format!("ls {repo} -f csv"),
        "du -f json".to_owned(),
        "du --by blob -f table".to_owned(),
        format!("refs {digest} -f json"),
        format!("history {reference} -f json"),
        "uploads -f json".to_owned(),
        format!("cat {reference}"),
        format!("cat {digest}"),
    ];
    all.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

#[test]
fn every_command_keeps_to_its_contract_on_any_store() {
    for seed in 0..cases(CASES) / 8 {
        let store = struck(1_000_000 + seed);
        let root = store.root_text();
        let before = listing(store.outside());
        for mut args in commands(&store, &mut Rng::new(seed)) {
            args.extend(["-r".to_owned(), root.clone()]);
            let outcome: Outcome = run(&args);
            let context = || format!("seed {seed} {args:?}: {}", outcome.stderr);
            if args.contains(&"json".to_owned()) {
                let report = outcome.json();
                assert_eq!(report["partial"] == true, outcome.status == 2, "{}", context());
                assert!(!report["errors"].is_null() && !report["warnings"].is_null(), "{}", context());
                // Two runs say the same, but for the time.
                let scrub = |outcome: &Outcome| {
                    let mut report = outcome.json();
                    report["now"] = Value::Null;
                    for upload in report["uploads"].as_array_mut().into_iter().flatten() {
                        upload["age_seconds"] = Value::Null;
                    }
                    report["summary"]["elapsed_seconds"] = Value::Null;
                    report
                };
                assert_eq!(scrub(&run(&args)), scrub(&outcome), "{}", context());
            }
            let is_silent = outcome.stdout.is_empty() && outcome.stderr.is_empty();
            assert!(!is_silent || outcome.status == 0, "says nothing, {}", context());
            assert!(!String::from_utf8_lossy(&outcome.stdout).contains("panicked"), "{}", context());
        }
        assert!(before == listing(store.outside()), "seed {seed}: something has changed");
    }
}

//! A system that fails under the program: any call on the root may be refused, cut short or interrupted. `strace` makes it
//! so, for real, at the border of the process.

use std::fs;

use serde_json::{Value, json};

use super::cases;
use crate::support::damage::verdict::findings;
use crate::support::run::{run, without_elapsed};
use crate::support::store::Store;
use crate::support::strace;

/// The calls by which a root is looked at; no other file is opened by `openat2` or listed.
const CALLS: [&str; 4] = ["openat2", "getdents64", "newfstatat", "fstatfs"];

/// What `inject` makes of the `when`th of these calls in each thread.
fn verify_with(store: &Store, call: &str, what: &str, when: u64) -> (i32, Value) {
    let inject = format!("inject={call}:{what}:when={when}");
    let trace = store.outside().join("trace");
    let root = store.root_text();
    let args = ["verify", "-f", "json", "--notes", "-r", &root];
    let outcome = strace::regfs(&["-e", &format!("trace={call}"), "-e", &inject], &trace, &args);
    // Without a root there is no report, but there is a reason.
    if outcome.stdout.is_empty() {
        assert!(outcome.status == 2 && outcome.stderr.contains("error"), "{call} {what}: {}", outcome.stderr);
        return (outcome.status, Value::Null);
    }
    (
        outcome.status,
        serde_json::from_str(&without_elapsed(outcome.text()).replace("[ELAPSED]", "0")).unwrap(),
    )
}

fn whole(store: &Store) -> Value {
    let outcome = run(&["verify", "-f", "json", "--notes", "-r", &store.root_text()]);
    serde_json::from_str(&without_elapsed(outcome.text()).replace("[ELAPSED]", "0")).unwrap()
}

#[test]
fn what_the_system_refuses_is_named_and_no_false_error_comes_of_it() {
    if !strace::is_at_hand() {
        return;
    }
    let store = Store::sample();
    let whole = whole(&store);
    let mut refused = 0;
    for case in 0..cases(36) {
        let errno = ["EIO", "ESTALE", "EACCES"][usize::try_from(case % 3).unwrap()];
        let call = CALLS[usize::try_from(case / 3 % 4).unwrap()];
        // The first looks of the first thread are the dynamic loader's.
        let when = 1 + case / 12 * 3 + if call == "newfstatat" { 9 } else { 0 };
        let (status, report) = verify_with(&store, call, &format!("error={errno}"), when);
        if report.is_null() || status == 0 && report == whole {
            continue;
        }
        refused += 1;
        let context = || format!("{call} {errno} {when}: {report:#}");
        // What tells of a directory without listing it may be refused: then it is listed.
        assert_eq!((status, &report["partial"]), (2, &json!(true)), "{}", context());
        assert_ne!(report["errors"], json!([]), "{}", context());
        for finding in findings(&report) {
            assert!(finding["code"] == "unreadable" || finding["severity"] != "error", "{}", context());
        }
    }
    assert!(refused > 0, "nothing was ever refused");
}

#[test]
fn what_vanishes_between_two_looks_is_never_a_false_answer() {
    if !strace::is_at_hand() {
        return;
    }
    let store = Store::sample();
    for when in 1..=cases(8) {
        let (status, report) = verify_with(&store, "openat2", "error=ENOENT", when);
        if report.is_null() {
            continue;
        }
        // Refused twice, a file is indeed not there; once, it has changed.
        let changed = findings(&report).into_iter().any(|finding| finding["code"] == "changed-during-scan");
        assert!(changed || status == 1 || report == whole(&store), "{when}: {status} {report:#}");
        assert_eq!(report["errors"], json!([]));
    }
}

#[test]
fn a_call_that_is_interrupted_is_made_again() {
    if !strace::is_at_hand() {
        return;
    }
    let store = Store::sample();
    let whole = whole(&store);
    for (call, when) in [
        ("openat2", "1+2"),
        ("openat2", "2+3"),
        ("openat", "12+2"),
        ("getdents64", "1+2"),
        ("newfstatat", "10+2"),
    ] {
        let trace = store.outside().join("trace");
        let inject = format!("inject={call}:error=EINTR:when={when}");
        let root = store.root_text();
        let args = ["verify", "-f", "json", "--notes", "-r", &root];
        let outcome = strace::regfs(&["-e", &format!("trace={call}"), "-e", &inject], &trace, &args);
        let lines = fs::read_to_string(&trace).unwrap();
        if lines.lines().any(|line| line.contains("EINTR") && line.contains(&root)) {
            let report: Value =
                serde_json::from_str(&without_elapsed(outcome.text()).replace("[ELAPSED]", "0")).unwrap();
            assert_eq!(report, whole, "{call} {when}");
        }
    }
}

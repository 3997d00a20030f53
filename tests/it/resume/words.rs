//! What the last line of a table, and of a stream, says of a part: that it is one, and what was not looked at.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::images::Dialect;
use crate::support::run::{run, run_as_ordinary_user};
use crate::support::store::Store;

/// `app:v1` of one layer, a config and a manifest: 3 blobs; and its digest.
fn image() -> (Store, String) {
    let mut store = Store::new();
    let layer = store.layer("the only one");
    let image = store.image("app", Dialect::Oci, "amd64", &[layer]);
    store.tag("app", "v1", &image);
    (store, image)
}

/// The line that begins with `verified`.
fn verdict(store: &Store, args: &[&str]) -> String {
    let outcome = run(&[&["verify", "-r", &store.root_text()], args].concat());
    let mut lines = outcome.text().lines().filter(|line| line.starts_with("verified "));
    lines.next().unwrap_or_else(|| panic!("{}", outcome.text())).to_owned()
}

/// Whether a text holds all of these, one after the other.
fn holds(text: &str, mut words: &[&str]) -> bool {
    let mut rest = text;
    while let [word, others @ ..] = words {
        let Some((_, behind)) = rest.split_once(word) else { return false };
        (rest, words) = (behind, others);
    }
    true
}

#[test]
fn a_share_does_not_count_the_whole_as_its_own() {
    let (mut store, _) = image();
    for number in 0..29 {
        store.blob(format!("of no image, {number}"));
    }
    let whole = verdict(&store, &[]);
    assert!(holds(&whole, &["1 repository, 1 tag, 1 manifest, 32 blobs, ", " hashed in "]), "{whole}");
    for word in [" of their ", "in all shares", "seen"] {
        assert!(!whole.contains(word), "{whole}");
    }
    for share in ["1/4", "2/4", "3/4", "4/4"] {
        let line = verdict(&store, &["--shard", share]);
        let words = [
            "verified share ",
            share,
            " of ",
            "1 tag, 1 manifest, 32 blobs in all shares, ",
            " of their ",
            " hashed in ",
        ];
        assert!(holds(&line, &words), "{line}");
    }
    let line = verdict(&store, &["--shard", "1/4", "app:v1"]);
    assert!(line.starts_with("verified share 1/4 of app:v1 in "), "{line}");
    let donor = run(&["verify", "-r", &store.root_text(), "--shard", "1/4", "--donor", &store.root_text()]);
    assert!(donor.text().contains("no blob of this share was found damaged or missing:"), "{}", donor.text());
}

#[test]
fn a_run_that_was_ended_says_what_it_saw_and_how_much_of_it_was_hashed() {
    let (mut store, _) = image();
    store.blob("x".repeat(1 << 20));
    let slowly = ["--rate", "64KiB/s", "--max-duration", "1s"];
    let line = verdict(&store, &slowly);
    assert!(
        holds(&line, &[" in part: ", "4 blobs seen, ", " of their 1.0 MiB hashed in ", "no errors so far"]),
        "{line}"
    );
    let share = verdict(&store, &[&slowly[..], &["--shard", "1/1"]].concat());
    assert!(
        holds(&share, &["verified share 1/1 of ", " in part: ", "4 blobs seen in all shares, "]),
        "{share}"
    );
    let root = store.root_text();
    let donor = run(&[&["verify", "-r", &root, "--donor", &root], &slowly[..]].concat());
    assert!(donor.text().contains("no blob was found damaged or missing so far:"), "{}", donor.text());
}

#[test]
fn shares_that_are_not_all_there_make_a_part() {
    let (store, _) = image();
    let path = store.outside().join("1.json");
    let path = path.to_str().unwrap();
    run(&["verify", "-r", &store.root_text(), "--shard", "1/4", "--report", &format!("json={path}")]);
    let merged = run(&["merge", path]);
    assert!(
        holds(merged.text(), &["verified ", " in part: ", "3 blobs seen, ", " hashed in "]),
        "{}",
        merged.text()
    );
}

#[test]
fn what_could_not_be_read_is_not_said_to_be_none() {
    let (store, _) = image();
    let tags = store.at("repositories/app/_manifests/tags");
    fs::set_permissions(&tags, Permissions::from_mode(0o000)).unwrap();
    let outcome = run_as_ordinary_user(&["verify", "-r", &store.root_text()]);
    fs::set_permissions(&tags, Permissions::from_mode(0o755)).unwrap();
    assert!(
        holds(outcome.text(), &["1 repository, no tags could be read, 1 manifest"]),
        "{}",
        outcome.text()
    );
}

#[test]
fn without_hashing_and_with_names_the_line_says_so() {
    let (store, image) = image();
    let line = verdict(&store, &["--no-hash"]);
    assert!(holds(&line, &["3 blobs, ", " of their ", " hashed (--no-hash) in "]), "{line}");
    let line = verdict(&store, &["app:v1"]);
    assert!(holds(&line, &["verified app:v1 in ", ": 1 repository, 1 tag, 1 manifest, "]), "{line}");
    let by_digest = format!("app@{image}");
    let line = verdict(&store, &[&by_digest]);
    assert!(
        holds(&line, &[&by_digest, ": 1 repository, 1 manifest, 3 blobs, "]),
        "no tag was asked for: {line}"
    );
}

#[test]
fn a_stream_of_a_share_does_not_pass_for_the_whole() {
    let (store, _) = image();
    let root = store.root_text();
    let last = |args: &[&str]| -> Value {
        let stream = run(&[&["verify", "-f", "ndjson", "-r", &root], args].concat());
        serde_json::from_str::<Value>(stream.text().lines().last().unwrap()).unwrap()["data"].clone()
    };
    assert_eq!(last(&[])["part"], Value::Null);
    let share = last(&["--shard", "2/3", "app:v1"]);
    assert_eq!((&share["part"]["shard"], &share["part"]["complete"]), (&json!("2/3"), &json!(true)));
    assert_eq!(share["scope"]["references"], json!(["app:v1"]));
}

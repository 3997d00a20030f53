//! `uploads`: what was begun and never ended.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{FIXTURES, column, config, fixture, json as run_json, list, recorded};
use crate::properties::shapes;
use crate::support::paths;
use crate::support::store::Store;

#[test]
fn the_uploads_of_every_fixture_are_those_recorded() {
    for name in FIXTURES {
        let report = fixture(name, &["uploads"], 0);
        assert_eq!(report["summary"]["uploads"], recorded(name)["counts"]["uploads"], "{name}");
    }
    let report = fixture("uploads", &["uploads"], 0);
    for upload in list(&report["uploads"]) {
        let bytes: u64 = upload["id"].as_str().unwrap()[24..].parse().unwrap();
        assert_eq!(upload["bytes"], bytes, "the id says how many bytes there are");
        assert_eq!(list(&upload["hash_states"]).last().unwrap()["offset"], bytes);
        assert_eq!(upload["started_at"], "2023-11-14T22:13:20Z");
        assert_eq!((&upload["stale"], &upload["purgeable"]), (&json!(true), &json!(true)));
        let now: jiff::Timestamp = report["now"].as_str().unwrap().parse().unwrap();
        assert_eq!(upload["age_seconds"], now.as_second() - 1_700_000_000);
    }
    assert_eq!(
        report["uploads"][1]["hash_states"],
        json!([{ "algorithm": "sha256", "offset": 0 }, { "algorithm": "sha256", "offset": 200 }])
    );
}

#[test]
fn an_upload_is_stale_from_the_age_on_that_is_asked_for() {
    let mut store = Store::new();
    let begun = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(30);
    let begun = begun.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    store.upload("app", "0b1f7a52-53a0-4c4f-9d3e-5a1d0c9e8f01", &begun);
    for (age, stale) in [("1d", true), ("7d", false), ("30h", true), ("31h", false)] {
        let report = run_json(&store, &["uploads", "--upload-age", age]).json();
        // Thirty hours sharp are over when a second has passed.
        if age != "30h" {
            assert_eq!(report["uploads"][0]["stale"], stale, "{age}");
        }
        assert_eq!(report["uploads"][0]["started_at"], *begun);
    }
}

#[test]
fn what_the_registry_never_purges_says_why() {
    let mut store = Store::new();
    let [unreadable, without] =
        ["0b1f7a52-53a0-4c4f-9d3e-5a1d0c9e8f01", "0b1f7a52-53a0-4c4f-9d3e-5a1d0c9e8f02"];
    store.upload("app", unreadable, "yesterday");
    store.upload("app", without, "");
    store.remove(&format!("{}/startedat", paths::upload_dir("app", without)));
    store.upload("app", "no-uuid", "2020-01-01T00:00:00Z");
    let report = run_json(&store, &["uploads"]).json();
    let why: Vec<&Value> = column(&report["uploads"], "never_purged");
    for (why, word) in why.iter().zip(["RFC 3339", "no startedat", "no UUID"]) {
        assert!(why.as_str().unwrap().contains(word), "{why}: {word}");
    }
    assert_eq!(report["summary"]["never_purged"], 3);
    assert_eq!(column(&report["uploads"], "purgeable"), [&json!(false); 3]);
}

#[test]
fn an_upload_with_nothing_in_it_is_as_old_as_its_directory() {
    let store = Store::new();
    store.create_dir(&paths::upload_dir("app", "0b1f7a52-53a0-4c4f-9d3e-5a1d0c9e8f01"));
    let report = run_json(&store, &["uploads"]).json();
    let upload = &report["uploads"][0];
    assert_eq!((&upload["stale"], &upload["started_at"]), (&json!(false), &Value::Null));
    assert!(upload["modified"].is_string() && upload["age_seconds"].as_i64().unwrap() < 3600, "{upload}");
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn uploads_are_those_of_the_store(shape in shapes()) {
        let store = Store::sound(shape);
        let report = run_json(&store, &["uploads"]).json();
        let expected: Vec<Value> = store.model.repos.iter().flat_map(|(name, repo)| {
            repo.uploads.iter().map(move |id| json!([name, id]))
        }).collect();
        let found: Vec<Value> =
            list(&report["uploads"]).iter().map(|upload| json!([upload["repository"], upload["id"]])).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(list(&report["uploads"]).iter().all(|upload| upload["stale"] == false));
    }
}

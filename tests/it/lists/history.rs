//! `history`: what a tag pointed to.

use std::collections::BTreeSet;
use std::fs::File;

use filetime::FileTime;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{column, config, fixture, json as run_json, list, texts};
use crate::properties::shapes;
use crate::support::images::Dialect;
use crate::support::paths;
use crate::support::store::Store;

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn a_tag_has_the_history_that_it_was_given(shape in shapes()) {
        let store = Store::sound(shape);
        for (name, repo) in &store.model.repos {
            for (tag, place) in &repo.tags {
                let outcome = run_json(&store, &["history", &format!("{name}:{tag}")]);
                let report = outcome.json();
                prop_assert_eq!(outcome.status, 0);
                let digests: BTreeSet<&str> =
                    column(&report["revisions"], "digest").iter().map(|d| d.as_str().unwrap()).collect();
                prop_assert_eq!(digests, place.history.iter().map(String::as_str).collect::<BTreeSet<_>>());
                for past in list(&report["revisions"]) {
                    prop_assert_eq!(&past["current"], past["digest"] == *place.current);
                    prop_assert_eq!((&past["state"], &past["revision"]), (&json!("ok"), &json!("ok")));
                    prop_assert!(past["linked"].is_string());
                }
            }
        }
    }
}

/// `app:v1` at its third image; the links are dated a day apart, the oldest in 2001.
fn moved() -> (Store, Vec<String>) {
    let mut store = Store::new();
    let layer = store.layer("x");
    let images: Vec<_> = ["amd64", "arm64", "riscv64"]
        .iter()
        .map(|architecture| store.image("app", Dialect::Oci, architecture, std::slice::from_ref(&layer)))
        .collect();
    for (day, digest) in (0..).zip(&images) {
        store.tag("app", "v1", digest);
        let at = FileTime::from_unix_time(1_000_000_000 + day * 86_400, 0);
        let link = store.at(&paths::index_link("app", "v1", digest));
        filetime::set_file_handle_times(&File::open(link).unwrap(), None, Some(at)).unwrap();
    }
    (store, images)
}

#[test]
fn the_newest_comes_first_and_times_are_those_of_the_links() {
    let (store, images) = moved();
    let report = run_json(&store, &["history", "app:v1"]).json();
    let newest_first: Vec<_> = images.iter().rev().collect();
    assert_eq!(json!(column(&report["revisions"], "digest")), json!(newest_first));
    assert_eq!(report["revisions"][2]["linked"], "2001-09-09T01:46:40Z");
    assert_eq!(json!(column(&report["revisions"], "current")), json!([true, false, false]));
    assert_eq!((&report["digest"], &report["state"]), (&json!(images[2]), &json!("ok")));
}

#[test]
fn what_is_left_of_an_old_revision_is_told_and_a_link_that_is_gone_is_not_listed() {
    let (store, images) = moved();
    store.remove(&paths::revision_link("app", &images[0]));
    store.remove(&paths::blob_dir(&images[1]));
    let report = run_json(&store, &["history", "app:v1"]).json();
    let states: Vec<_> =
        list(&report["revisions"]).iter().map(|past| json!([past["revision"], past["state"]])).collect();
    assert_eq!(json!(states), json!([["ok", "ok"], ["ok", "missing"], ["missing", "ok"]]));
    assert_eq!(report["summary"], json!({ "revisions": 3, "available": 1 }));
    store.remove(&paths::index_link("app", "v1", &images[1]));
    assert_eq!(list(&run_json(&store, &["history", "app:v1"]).json()["revisions"]).len(), 2);
}

#[test]
fn the_current_revision_is_listed_without_its_index_and_a_broken_tag_has_none() {
    let (store, images) = moved();
    store.remove(&paths::index_link("app", "v1", &images[2]));
    let report = run_json(&store, &["history", "app:v1"]).json();
    let current = list(&report["revisions"]).iter().find(|past| past["current"] == true).unwrap();
    assert_eq!((&current["digest"], &current["linked"]), (&json!(images[2]), &Value::Null));
    store.write(&paths::current_link("app", "v1"), "");
    let outcome = run_json(&store, &["history", "app:v1"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["state"], &report["digest"]), (0, &json!("empty"), &Value::Null));
    assert_eq!(list(&report["revisions"]).len(), 2);
}

#[test]
fn a_fixture_tells_when_its_images_were_made() {
    let report = fixture("registry", &["history", "team/app/web"], 0);
    assert_eq!(list(&report["revisions"]).len(), 3);
    for past in list(&report["revisions"]) {
        assert!(past["created"].as_str().unwrap().ends_with('Z'), "{past}");
    }
    // `moved` pointed to a manifest that was deleted.
    let report = fixture("registry", &["history", "deleted:moved"], 0);
    assert!(column(&report["revisions"], "revision").contains(&&json!("missing")), "{report:#}");
}

#[test]
fn unknown_names_are_answers_with_near_names() {
    let report = fixture("registry", &["history", "team/app/wep:latest"], 1);
    assert_eq!(texts(&report["suggestions"])[0], "team/app/web");
    let report = fixture("registry", &["history", "team/app/web:lates"], 1);
    assert_eq!(texts(&report["suggestions"])[0], "team/app/web:latest");
    assert_eq!(report["revisions"], json!([]));
}

//! `verify REF`: a look at some images finds of them what a look at the whole root finds, and nothing that is not so.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::json;

use crate::support::damage::verdict::codes_and_paths;
use crate::support::paths;
use crate::support::run::{run_as_ordinary_user, verify};
use crate::support::store::Store;

/// Every tag of a store, as a reference.
fn tags(store: &Store) -> Vec<String> {
    let repos = store.model.repos.iter();
    repos.flat_map(|(name, repo)| repo.tags.keys().map(move |tag| format!("{name}:{tag}"))).collect()
}

#[test]
fn of_a_sound_image_there_is_nothing_to_tell_not_even_a_note() {
    let store = Store::sample();
    for reference in tags(&store) {
        let report = verify(&store, &[&reference]).json();
        assert_eq!(report["findings"], json!([]), "{reference}");
    }
}

#[test]
fn a_history_that_leads_nowhere_is_noted_of_one_image_too() {
    let mut store = Store::sample();
    let gone = paths::sha256(b"a revision that was deleted");
    let current = store.model.repos["lib"].tags["v1"].current.clone();
    store.tag("lib", "v1", &gone);
    store.tag("lib", "v1", &current);
    let report = verify(&store, &["lib:v1"]).json();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0]["code"], "tag-index-dangling");
}

#[test]
fn a_tag_that_points_elsewhere_than_the_digest_is_told_once() {
    let store = Store::sample();
    let tags = &store.model.repos["team/app"].tags;
    let outcome = verify(&store, &[&format!("team/app:latest@{}", tags["v1"].current)]);
    let report = outcome.json();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(
        codes_and_paths(&report),
        ["reference-unknown ".to_owned() + &paths::current_link("team/app", "latest")]
    );
    assert_eq!((outcome.status, &report["summary"]["manifests"]), (1, &json!(1)));
}

#[test]
fn what_is_no_directory_is_at_fault_and_not_what_stands_behind_it() {
    for (path, may_be_file) in [
        ("repositories/team", true),
        ("repositories/team/app", false),
        ("repositories/team/app/_manifests", true),
        ("repositories/team/app/_manifests/tags", true),
        ("repositories/team/app/_manifests/tags/latest", false),
        ("repositories/team/app/_manifests/revisions", true),
        ("repositories/team/app/_layers", true),
        ("repositories/team/app/_layers/sha256", true),
        ("blobs", true),
        ("blobs/sha256", true),
    ] {
        for as_file in [false, true] {
            let store = Store::sample();
            let aside = store.outside().join("aside");
            fs::rename(store.at(path), &aside).unwrap();
            if as_file {
                store.write(path, "");
            } else {
                symlink(&aside, store.at(path)).unwrap();
            }
            let outcome = verify(&store, &["team/app:latest"]);
            let found = codes_and_paths(&outcome.json());
            if as_file && !may_be_file {
                assert!(found.len() == 1 && found[0].starts_with("reference-unknown "), "{path}: {found:?}");
            } else {
                assert_eq!(found, [format!("not-regular {path}")], "as a file: {as_file}");
            }
            assert_eq!(outcome.status, 1, "{path}");
        }
    }
}

#[test]
fn a_repository_of_uploads_alone_is_not_taken_for_one_whose_tags_are_in_a_database() {
    let mut store = Store::sample();
    store.upload("only-uploads", "00000000-0000-4000-8000-000000000000", "2026-11-26T00:00:00Z");
    let detail = |reference: &str| {
        let report = verify(&store, &[reference]).json();
        report["findings"][0]["detail"].as_str().unwrap().to_owned()
    };
    assert_eq!(detail("only-uploads:latest"), "the repository only-uploads has no tag latest");
    fs::remove_dir_all(store.at("repositories/lib/_manifests/tags")).unwrap();
    assert!(detail("lib:v1").contains("keeps no tags on disk (Harbor"));
}

#[test]
fn an_image_that_may_not_be_looked_at_is_not_called_unknown() {
    for path in
        ["repositories/team", "repositories/team/app/_manifests", "repositories/team/app/_manifests/tags"]
    {
        let store = Store::sample();
        let mode = |bits| fs::set_permissions(store.at(path), fs::Permissions::from_mode(bits)).unwrap();
        mode(0o000);
        let root = store.root_text();
        let outcome = run_as_ordinary_user(&["verify", "-f", "json", "-r", &root, "team/app:latest"]);
        mode(0o755);
        assert_eq!(codes_and_paths(&outcome.json()), [format!("unreadable {path}")]);
        assert_eq!(outcome.status, 2);
    }
}

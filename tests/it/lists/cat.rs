//! `cat`: exactly the bytes that are stored.

use std::os::unix::fs::symlink;

use proptest::prelude::*;
use serde_json::Value;

use super::config;
use crate::properties::shapes;
use crate::support::images::Dialect;
use crate::support::paths;
use crate::support::run::{Outcome, run};
use crate::support::store::Store;

fn cat(store: &Store, args: &[&str]) -> Outcome {
    let root = store.root_text();
    run(&[&["cat"], args, &["-r", &root]].concat())
}

#[track_caller]
fn is_refused(outcome: &Outcome, status: i32, why: &str) {
    assert_eq!((outcome.status, outcome.text()), (status, ""), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(why), "{why}: {}", outcome.stderr);
}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn every_blob_and_image_comes_out_as_it_was_stored(shape in shapes()) {
        let store = Store::sound(shape);
        for (digest, bytes) in &store.model.blobs {
            let outcome = cat(&store, &[digest]);
            prop_assert_eq!((outcome.status, &outcome.stdout, &*outcome.stderr), (0, bytes, ""));
        }
        for (name, repo) in &store.model.repos {
            for (tag, at) in &repo.tags {
                let outcome = cat(&store, &[&format!("{name}:{tag}")]);
                prop_assert_eq!((outcome.status, &outcome.stdout), (0, &store.model.blobs[&at.current]));
            }
        }
    }
}

#[test]
fn a_large_blob_is_streamed_whole() {
    let mut store = Store::new();
    let bytes: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let digest = store.blob(bytes.clone());
    let outcome = cat(&store, &[&digest[..20]]);
    assert_eq!(outcome.status, 0);
    assert!(outcome.stdout == bytes);
}

#[test]
fn the_config_and_the_image_of_a_platform_can_be_chosen() {
    let mut store = Store::new();
    let layer = store.layer("x");
    let images = ["amd64", "arm64"]
        .map(|architecture| store.image("app", Dialect::Oci, architecture, std::slice::from_ref(&layer)));
    let inner = store.index("app", Dialect::Oci, &[(&images[1], "arm64")]);
    let index = store.index("app", Dialect::Oci, &[(&images[0], "amd64"), (&inner, "arm64")]);
    store.tag("app", "multi", &index);
    store.tag("app", "single", &images[0]);
    let bytes = |digest: &str| store.model.blobs[digest].clone();
    let config_of = |image: &str| bytes(&store.model.edges(image)[0].digest);
    for (image, architecture) in images.iter().zip(["amd64", "arm64"]) {
        let platform = format!("linux/{architecture}");
        let outcome = cat(&store, &["app:multi", "--platform", &platform]);
        assert_eq!((outcome.status, outcome.stdout), (0, bytes(image)));
        let config = cat(&store, &["app:multi", "--config", "--platform", &platform]);
        assert_eq!((config.status, &config.stdout), (0, &config_of(image)));
        let parsed: Value = serde_json::from_slice(&config.stdout).unwrap();
        assert_eq!(parsed["architecture"], architecture);
    }
    assert_eq!(cat(&store, &["app:single", "--config"]).stdout, config_of(&images[0]));
    assert_eq!(cat(&store, &[&format!("app@{}", images[1]), "--config"]).stdout, config_of(&images[1]));
    is_refused(&cat(&store, &["app:multi", "--config"]), 1, "linux/amd64, linux/arm64");
    is_refused(&cat(&store, &["app:multi", "--platform", "windows/amd64"]), 1, "linux/amd64, linux/arm64");
    is_refused(&cat(&store, &["app:single", "--platform", "linux/s390x"]), 1, "linux/amd64");
    is_refused(&cat(&store, &[&images[0], "--config"]), 1, "--config");
}

#[test]
fn bytes_that_are_not_what_their_name_promises_come_out_with_a_warning() {
    let store = Store::sample();
    let image = &store.model.repos["lib"].tags["v1"].current;
    store.write(&paths::blob_data(image), "something else");
    for target in ["lib:v1", image] {
        let outcome = cat(&store, &[target]);
        assert_eq!((outcome.status, outcome.text()), (1, "something else"));
        let computed = paths::sha256(b"something else");
        assert!(
            outcome.stderr.contains("warning") && outcome.stderr.contains(&computed),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_digest_beside_a_tag_is_what_comes_out_and_the_tag_must_agree() {
    let store = Store::sample();
    let place = &store.model.repos["team/app"].tags["latest"];
    let old = place.history.iter().find(|digest| **digest != place.current).unwrap();
    let outcome = cat(&store, &[&format!("team/app:latest@{old}")]);
    assert_eq!((outcome.status, &outcome.stdout), (1, &store.model.blobs[old]));
    assert!(outcome.stderr.contains(&place.current), "{}", outcome.stderr);
    let outcome = cat(&store, &[&format!("team/app:latest@{}", place.current)]);
    assert_eq!((outcome.status, &*outcome.stderr), (0, ""));
}

#[test]
fn what_is_not_there_or_no_file_is_refused() {
    let store = Store::sample();
    is_refused(&cat(&store, &["team/ap:v1"]), 1, "did you mean team/app");
    is_refused(&cat(&store, &["team/app:v3"]), 1, "team/app:v1");
    is_refused(&cat(&store, &[&format!("lib@{}", paths::sha256(b"x"))]), 1, "has no manifest");
    is_refused(&cat(&store, &[&paths::sha256(b"x")]), 1, "there is no blob");
    is_refused(&cat(&store, &["deadbeef"]), 1, "there is no blob");
    is_refused(&cat(&store, &["lib:v1", "-f", "json"]), 2, "cat has no format json");
    is_refused(&cat(&store, &["lib:v1", "--report", "table=/dev/null"]), 2, "not a report");
    let [image, other] = ["v1", "windows"].map(|tag| &store.model.repos["lib"].tags[tag].current);
    store.remove(&paths::blob_data(image));
    is_refused(&cat(&store, &["lib:v1"]), 1, "does not exist");
    symlink("/etc/passwd", store.at(&paths::blob_data(image))).unwrap();
    is_refused(&cat(&store, &["lib:v1"]), 1, "a symbolic link");
    store.write(&paths::current_link("lib", "windows"), "");
    is_refused(&cat(&store, &["lib:windows"]), 1, "is empty");
    assert_eq!(cat(&store, &[&other[..15]]).status, 0);
}

#[test]
fn the_host_of_a_registry_is_dropped_with_a_hint() {
    let store = Store::sample();
    let outcome = cat(&store, &["registry.example.com/lib:v1"]);
    assert_eq!((outcome.status, outcome.stdout), (0, cat(&store, &["lib:v1"]).stdout));
    assert!(outcome.stderr.contains("registry.example.com"), "{}", outcome.stderr);
}

#[test]
fn a_repository_named_like_a_digest_is_a_repository() {
    let mut store = Store::new();
    let layer = store.layer("x");
    let image = store.image("cafe", Dialect::Oci, "amd64", &[layer]);
    store.tag("cafe", "latest", &image);
    assert_eq!(cat(&store, &["cafe"]).stdout, store.model.blobs[&image]);
}

//! Large things at a small scale: few file handles, deep chains, wide indexes, many tags. The measured scale is in
//! `benches/README.md`.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::images::Dialect;
use crate::support::paths;
use crate::support::run::{Outcome, binary, finish, run, verify};
use crate::support::store::Store;

/// Runs regfs where a process may have so many files open.
fn with_handles(limit: u32, args: &[&str]) -> Outcome {
    let mut command = Command::new("sh");
    let script = format!("ulimit -n {limit} && exec \"$@\"");
    command.arg0("sh").args(["-c", &script, "sh"]).arg(binary()).args(args).stdin(Stdio::null());
    finish(&mut command, Duration::from_secs(60))
}

#[test]
fn sixty_four_file_handles_are_enough() {
    let mut store = Store::sample();
    for number in 0..200 {
        let layer = store.layer(&format!("layer {number}"));
        let image = store.image(&format!("many/of/{number}"), Dialect::Oci, "amd64", &[layer]);
        store.tag(&format!("many/of/{number}"), "v1", &image);
    }
    for number in 0..40 {
        // Long enough to be kept open while others are.
        store.blob(vec![number; 40_000]);
    }
    let root = store.root_text();
    let checkpoint = store.outside().join("checkpoint").display().to_string();
    for args in [
        &["verify", "-j", "8", "--checkpoint", &checkpoint][..],
        &["verify", "--deep", "-j", "32"],
        &["verify", "--readers", "500"],
        &["orphans"],
        &["gc-preview"],
        &["du"],
        &["ls"],
        &["refs", &store.model.repos["lib"].tags["v1"].current],
    ] {
        let args = [args, &["-f", "json", "-r", &root]].concat();
        let outcome = with_handles(64, &args);
        assert_eq!(
            (outcome.status, &outcome.json()["errors"]),
            (0, &json!([])),
            "{args:?}: {}",
            outcome.stderr
        );
    }
}

/// Runs regfs where a process may have so many MiB of addresses, of which the stacks of its threads take one thousand.
fn with_memory(mebibytes: u32, args: &[&str]) -> Outcome {
    let mut command = Command::new("sh");
    let script = format!("ulimit -v {} && exec \"$@\"", mebibytes * 1024);
    command.arg0("sh").args(["-c", &script, "sh"]).arg(binary()).args(args).stdin(Stdio::null());
    finish(&mut command, Duration::from_secs(60))
}

#[test]
fn what_an_image_says_of_itself_is_not_repeated_at_length() {
    let mut store = Store::new();
    let layer = store.layer("small");
    let long = "x".repeat(10 << 20);
    let config = json!({ "os": long, "architecture": "amd64", "rootfs": { "diff_ids": [layer.diff_id] } });
    let config = store.blob(config.to_string());
    store.link_layer("app", &config);
    store.link_layer("app", &layer.digest);
    let config = store.descriptor("application/vnd.oci.image.config.v1+json", &config);
    let image = json!({ "schemaVersion": 2, "artifactType": "y".repeat(3 << 20), "config": config, "layers": [layer.descriptor()] });
    let image = store.manifest("app", image.to_string());
    let child = json!({ "digest": image, "size": store.model.blobs[&image].len() });
    let children: Vec<_> = std::iter::repeat_n(&child, 20_000).collect();
    let index = json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": children });
    let index = store.manifest("app", index.to_string());
    store.tag("app", "all", &index);
    for number in 0..2_000 {
        store.write(&paths::current_link("app", &format!("t{number}")), &image);
    }
    let root = store.root_text();
    for question in [&["resolve", "app:all"][..], &["ls", "app"]] {
        for format in ["json", "table"] {
            let args = [question, &["-j", "2", "-f", format, "-r", &root]].concat();
            let outcome = with_memory(4_096, &args);
            assert!(outcome.status == 0, "{args:?}: {}", outcome.stderr);
        }
    }
}

/// An index that names another, and that another, so many times.
fn chain(store: &mut Store, length: usize) -> String {
    let layer = store.layer("at the end");
    let mut inner = store.image("deep", Dialect::Oci, "amd64", &[layer]);
    for _ in 0..length {
        inner = store.index("deep", Dialect::Oci, &[(&inner, "amd64")]);
    }
    store.tag("deep", "v1", &inner);
    paths::blob_data(&inner)
}

#[test]
fn a_chain_of_indexes_is_followed_to_its_end_without_recursion() {
    let mut store = Store::new();
    chain(&mut store, 400);
    let layer = store.layer("at the end");
    let root = store.root_text();
    for command in [
        &["verify"][..],
        &["verify", "deep:v1"],
        &["orphans", "--policy", "tags"],
        &["gc-preview"],
        &["du"],
        &["ls", "deep"],
        &["resolve", "deep:v1"],
        &["refs", &layer.digest],
    ] {
        let outcome = run(&[command, &["-f", "json", "-r", &root]].concat());
        assert_eq!(outcome.status, 0, "{command:?}: {}", outcome.stderr);
    }
    let table = run(&["resolve", "deep:v1", "-r", &root]);
    let widest = table.text().lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest < 300, "{widest} columns");
    store.remove(&paths::blob_data(&layer.digest));
    let report = verify(&store, &[]).json();
    let finding =
        report["findings"].as_array().unwrap().iter().find(|f| f["code"] == "reference-missing").unwrap();
    assert_eq!(finding["affects"], json!(["deep:v1"]));
}

#[test]
fn an_index_of_many_children_is_read_up_to_four_mebibytes_and_no_further() {
    let mut store = Store::new();
    let layer = store.layer("shared");
    let image = store.image("wide", Dialect::Oci, "amd64", &[layer]);
    let child = store.descriptor("application/vnd.oci.image.manifest.v1+json", &image);
    let index = |count: usize| {
        let children: Vec<&Value> = std::iter::repeat_n(&child, count).collect();
        json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": children })
            .to_string()
    };
    let fits = (4 << 20) / (index(1001).len() - index(1000).len()) - 2;
    for (count, status) in [(fits, 0), (fits + 10, 1)] {
        let text = index(count);
        let digest = store.manifest("wide", text);
        store.tag("wide", "v1", &digest);
        let outcome = verify(&store, &[]);
        assert_eq!(outcome.status, status, "{count} children: {}", outcome.json());
    }
}

#[test]
fn a_repository_of_many_tags_is_no_trouble() {
    let mut store = Store::new();
    let layer = store.layer("shared");
    let image = store.image("tags", Dialect::Oci, "amd64", std::slice::from_ref(&layer));
    for number in 0..3_000 {
        store.tag("tags", &format!("t{number}"), &image);
    }
    let root = store.root_text();
    assert_eq!(verify(&store, &[]).json()["summary"]["tags"], 3_000);
    let listed = run(&["ls", "tags", "-f", "json", "-r", &root]);
    assert_eq!(listed.status, 0);
    store.write(&paths::blob_data(&layer.digest), "altered");
    let report = verify(&store, &[]).json();
    assert_eq!(report["summary"]["affected_tags"], 3_000);
}

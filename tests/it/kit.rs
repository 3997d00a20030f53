//! The kit tests itself: a kit that is wrong would accuse the program, or let it off.

use std::fs;
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use flate2::read::GzDecoder;
use proptest::prelude::*;
use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::json;
use walkdir::WalkDir;

use crate::properties::shapes;
use crate::support::damage::{self, Expected, verdict};
use crate::support::images::Dialect;
use crate::support::listing::listing;
use crate::support::model::Role;
use crate::support::random::Rng;
use crate::support::store::Store;
use crate::support::{paths, run, tar};

/// The paths of all files with that name, relative to `v2`.
fn files_named(store: &Store, name: &str) -> Vec<String> {
    WalkDir::new(store.v2())
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file() && entry.file_name() == name)
        .map(|entry| entry.path().strip_prefix(store.v2()).unwrap().to_str().unwrap().to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_sound_store_is_what_its_model_says(shape in shapes()) {
        let store = Store::sound(shape);
        let summary = store.model.summary();
        let links = files_named(&store, "link");
        prop_assert_eq!(json!(links.len()), summary["links"].clone());
        for path in links.iter().filter(|path| !path.ends_with("current/link")) {
            let content = fs::read_to_string(store.at(path)).unwrap();
            let place = format!("{}/link", paths::slashed(&content));
            prop_assert!(path.ends_with(&place), "{} holds {}", path, content);
        }
        let data: Vec<_> =
            files_named(&store, "data").into_iter().filter(|path| path.starts_with("blobs/")).collect();
        prop_assert_eq!(json!(data.len()), summary["blobs"].clone());
        for path in data {
            prop_assert_eq!(&paths::blob_data(&paths::sha256(&fs::read(store.at(&path)).unwrap())), &path);
        }
    }

    #[test]
    fn every_reference_of_a_sound_store_is_stored_and_linked(shape in shapes()) {
        let model = Store::sound(shape).model;
        for (repo, edge) in model.references() {
            let blob = model.blobs.get(&edge.digest);
            prop_assert_eq!(blob.map(|content| content.len() as u64), edge.size);
            let repo = &model.repos[&repo];
            let links = if edge.role == Role::Child { &repo.revisions } else { &repo.layers };
            prop_assert!(links.contains(&edge.digest));
        }
        for repo in model.repos.values() {
            prop_assert!(!repo.tags.is_empty());
            for tag in repo.tags.values() {
                prop_assert!(repo.revisions.contains(&tag.current) && tag.history.contains(&tag.current));
            }
        }
    }

    #[test]
    fn a_seed_fixes_the_store(shape in shapes()) {
        prop_assert_eq!(Store::sound(shape).model.blobs, Store::sound(shape).model.blobs);
    }
}

#[test]
fn the_oracle_sees_through_nested_indexes_and_not_through_subjects() {
    let mut store = Store::new();
    let (shared, own) = (store.layer("shared"), store.layer("own"));
    let leaf = store.image("a", Dialect::Oci, "arm64", std::slice::from_ref(&shared));
    let inner = store.index("a", Dialect::Oci, &[(&leaf, "arm64")]);
    let outer = store.index("a", Dialect::Oci, &[(&inner, "arm64")]);
    store.tag("a", "multi", &outer);
    let signature = store.artifact("a", &outer, "signature");
    store.tag("a", "signature", &signature);
    let other = store.image("b", Dialect::Oci, "amd64", &[shared.clone(), own.clone()]);
    store.tag("b", "v1", &other);
    store.tag("b", "v2", &other);
    let model = store.model;
    assert_eq!(model.affects(&shared.digest), ["a:multi", "b:v1", "b:v2"]);
    assert_eq!(model.affects_in("b", &shared.digest), ["b:v1", "b:v2"]);
    assert_eq!(model.affects(&own.digest), ["b:v1", "b:v2"]);
    assert_eq!(model.affects(&outer), ["a:multi"]);
    assert!(model.affects("sha256:of-nothing").is_empty());
}

#[test]
fn a_layer_unpacks_to_its_diff_id() {
    let mut store = Store::new();
    let layer = store.layer("text");
    let mut unpacked = Vec::new();
    GzDecoder::new(&store.model.blobs[&layer.digest][..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(paths::sha256(&unpacked), layer.diff_id);
    assert_eq!(unpacked, tar::archive("file", b"text"));
    assert_eq!(unpacked.len() % 512, 0);
}

#[test]
fn a_listing_notices_content_times_modes_and_new_names() {
    let store = Store::sample();
    let path = store.at(&files_named(&store, "link")[0]);
    let before = listing(store.outside());
    assert_eq!(before, listing(store.outside()), "a look changes nothing");
    fs::write(&path, fs::read(&path).unwrap()).unwrap();
    assert_ne!(before, listing(store.outside()), "a file written with its own content");
    let before = listing(store.outside());
    fs::write(store.outside().join("new"), "").unwrap();
    assert_ne!(before, listing(store.outside()), "a new file");
}

#[test]
#[should_panic(expected = "hangs")]
fn a_hang_is_a_failure() {
    run::finish(Command::new("sleep").arg("20"), Duration::from_millis(50));
}

#[test]
#[should_panic(expected = "exit status 101")]
fn a_panic_is_a_failure() {
    run::finish(Command::new("sh").args(["-c", "exit 101"]), Duration::from_secs(20));
}

#[test]
fn a_snapshot_hides_root_version_and_time() {
    let script = format!(
        "echo '{{\"elapsed_seconds\": 0.12, \"v\": \"{}\"}}'; echo /r/x >&2",
        env!("CARGO_PKG_VERSION")
    );
    let outcome = run::finish(Command::new("sh").args(["-c", &script]), Duration::from_secs(20));
    insta::assert_snapshot!(outcome.snapshot("/r".as_ref()), @r#"
    status: 0
    --- stdout
    {"elapsed_seconds":[ELAPSED], "v": "[VERSION]"}

    --- stderr
    [ROOT]/x
    "#);
}

#[test]
fn every_damage_strikes_the_sample() {
    for verb in damage::ALL {
        let mut store = Store::sample();
        let before = listing(&store.v2());
        let damage = verb(&mut store, &mut Rng::new(1)).expect("the sample has it");
        assert!(!damage.findings.is_empty());
        assert_ne!(before, listing(&store.v2()), "{damage:?}");
    }
}

#[test]
fn no_damage_waits_for_a_fifo_that_an_earlier_one_left() {
    let (done, all) = mpsc::channel();
    let strikes = move || {
        for verb in damage::ALL {
            let mut store = Store::sample();
            for path in [files_named(&store, "link"), files_named(&store, "data")].concat() {
                store.remove(&path);
                mkfifoat(CWD, store.at(&path), Mode::from_raw_mode(0o644)).unwrap();
            }
            let _ = catch_unwind(AssertUnwindSafe(|| verb(&mut store, &mut Rng::new(1))));
        }
        done.send(()).unwrap();
    };
    thread::spawn(strikes);
    all.recv_timeout(Duration::from_secs(60)).expect("every damage is done or refused");
}

#[test]
fn every_finding_code_that_can_be_provoked_has_a_verb() {
    let mut codes: Vec<_> = damage::ALL
        .iter()
        .filter_map(|verb| verb(&mut Store::sample(), &mut Rng::new(1)))
        .flat_map(|damage| damage.findings.into_iter().map(|finding| finding.code))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    // Four are provoked elsewhere: `root-incomplete`, `reference-unknown`, `unreadable`, and, by luck, `changed-during-scan`.
    insta::assert_snapshot!(codes.join("\n"), @"
    algorithm-unsupported
    blob-digest-mismatch
    blob-misplaced
    blob-without-data
    child-missing
    config-mismatch
    diff-id-mismatch
    empty-directory
    layer-alias
    layer-link-dangling
    link-empty
    link-malformed
    link-mismatch
    manifest-ambiguous
    manifest-malformed
    manifest-schema1
    name-invalid
    not-regular
    reference-missing
    reference-unlinked
    repository-empty
    repository-incomplete
    revision-dangling
    size-mismatch
    stray-entry
    subject-missing
    tag-index-dangling
    tag-index-missing
    tag-unknown-revision
    tag-without-current
    tags-missing
    temporary-file
    upload-malformed
    upload-stale
    ");
}

#[test]
fn a_verdict_misses_neither_absence_nor_excess_nor_repetition() {
    let expected = [Expected::error("link-empty", "a/link").of("a")];
    let right = json!({
        "code": "link-empty", "severity": "error", "path": "a/link", "repository": "a", "tag": null, "digest": null,
        "detail": "zero bytes", "affects": [], "referenced_by": [], "blocks_gc": [],
    });
    let mut wrong = right.clone();
    wrong["repository"] = json!("b");
    let mut other = right.clone();
    other["path"] = json!("b/link");
    let faults = |findings: &[&serde_json::Value]| verdict::faults_of_findings(findings, &expected);
    assert_eq!(faults(&[&right]), [""; 0]);
    assert!(faults(&[])[0].starts_with("not found"));
    assert!(faults(&[&right, &right])[0].starts_with("found more than once"));
    assert!(faults(&[&right, &other])[0].starts_with("not expected"));
    assert!(faults(&[&wrong])[0].contains("repository"));
}

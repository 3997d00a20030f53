//! What a registry's own collector would do, against what real ones said, what they do, and what then still resolves.

mod doubts;

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::properties::shapes;
use crate::referee;
use crate::support::damage;
use crate::support::images::Dialect;
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::run::{Outcome, gc_preview, resolve, run, verify};
use crate::support::store::Store;

const MODES: [&str; 4] = ["2", "2m", "3", "3m"];

fn items<'a>(report: &'a Value, list: &str) -> &'a [Value] {
    report[list].as_array().unwrap_or_else(|| panic!("no list {list} in {report}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// One member of every item, sorted.
fn all<'a>(report: &'a Value, list: &str, member: &str) -> Vec<&'a str> {
    let mut texts: Vec<_> = items(report, list).iter().map(|item| text(&item[member])).collect();
    texts.sort_unstable();
    texts
}

/// Repository, if it is known, and digest of every item, sorted.
fn pairs(report: &Value, list: &str, named: bool) -> Vec<(Option<String>, String)> {
    let pair = |item: &Value| {
        (named.then(|| text(&item["repository"]).to_owned()), text(&item["digest"]).to_owned())
    };
    let mut pairs: Vec<_> = items(report, list).iter().map(pair).collect();
    pairs.sort();
    pairs
}

/// The report, whose summary and exit status must follow from its lists.
#[track_caller]
fn report_of(outcome: &Outcome) -> Value {
    let report = outcome.json();
    let summary = &report["summary"];
    for list in ["blobs", "manifests", "layer_links", "broken_tags", "lost_referrers"] {
        assert_eq!(summary[list], items(&report, list).len(), "{list}");
    }
    let bytes: u64 = items(&report, "blobs").iter().map(|blob| blob["size"].as_u64().unwrap()).sum();
    assert_eq!(summary["bytes"], bytes);
    let aborts = !report["aborts"].is_null() || !report["aborts_in_sweep"].is_null();
    let is_bad = aborts || !items(&report, "broken_tags").is_empty();
    let status = if report["partial"] == true { 2 } else { i32::from(is_bad) };
    assert_eq!(outcome.status, status, "{report:#}\n{}", outcome.stderr);
    report
}

#[test]
fn every_recorded_answer_is_given_again() {
    let truth = include_str!("data/gc-truth.jsonl");
    let mut compared = 0;
    for line in truth.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let store = Store::bare();
        for dir in items(&case, "dirs") {
            store.create_dir(text(dir));
        }
        for (path, content) in case["files"].as_object().unwrap() {
            store.write(path, text(content));
        }
        for mode in MODES {
            let recorded = &case["outcomes"][mode];
            let name = format!("{} in mode {mode}", case["name"]);
            let report = report_of(&gc_preview(&store, mode));
            compared += 1;
            assert_eq!(report["aborts"].is_null(), recorded["rc"] == 0, "{name}: {}", report["aborts"]);
            if recorded["rc"] != 0 {
                assert!(!text(&report["aborts"]["reason"]).is_empty(), "{name}");
                assert_eq!(report["blobs"], json!([]), "{name}");
                continue;
            }
            let named = mode.starts_with('3');
            let mut blobs: Vec<_> = items(recorded, "blobs").iter().map(text).collect();
            blobs.sort_unstable();
            assert_eq!(all(&report, "blobs", "digest"), blobs, "{name}");
            for list in ["manifests", "layer_links"] {
                let pair = |pair: &Value| (pair[0].as_str().map(str::to_owned), text(&pair[1]).to_owned());
                let mut recorded: Vec<_> = items(recorded, list).iter().map(pair).collect();
                recorded.sort();
                assert_eq!(pairs(&report, list, named), recorded, "{name}");
            }
        }
    }
    assert_eq!(compared, 600);
}

/// The tags that resolve, as `repo:tag`; one that cannot even be named does not.
fn resolving(store: &Store) -> BTreeSet<String> {
    let tags = store
        .model
        .repos
        .iter()
        .flat_map(|(name, repo)| repo.tags.keys().map(move |tag| format!("{name}:{tag}")));
    let resolves = |reference: &String| {
        let outcome = resolve(store, &[reference]);
        !outcome.stdout.is_empty() && outcome.json()["complete"] == true
    };
    tags.filter(resolves).collect()
}

/// Deletes what a preview lists, as a collector would.
fn sweep(store: &Store, report: &Value) {
    let remove = |path: &str| {
        if store.at(path).exists() {
            store.remove(path);
        }
    };
    for manifest in items(report, "manifests") {
        let (repository, digest) = (text(&manifest["repository"]), text(&manifest["digest"]));
        for tag in fs::read_dir(store.at(&format!("repositories/{repository}/_manifests/tags"))).unwrap() {
            let tag = tag.unwrap().file_name();
            remove(paths::parent(&paths::index_link(repository, tag.to_str().unwrap(), digest)));
        }
        remove(paths::parent(&paths::revision_link(repository, digest)));
    }
    for blob in items(report, "blobs") {
        remove(paths::parent(text(&blob["path"])));
    }
    for link in items(report, "layer_links") {
        remove(&paths::layer_link(text(&link["repository"]), text(&link["digest"])));
    }
}

fn broken(report: &Value) -> BTreeSet<String> {
    items(report, "broken_tags").iter().map(|tag| text(tag).to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_blob_is_needed_by_exactly_the_tags_whose_image_holds_it(shape in shapes()) {
        let store = Store::sound(shape);
        for mode in MODES {
            let report = report_of(&gc_preview(&store, mode));
            prop_assert_eq!(&report["aborts"], &Value::Null);
            for blob in items(&report, "blobs") {
                let digest = text(&blob["digest"]);
                prop_assert_eq!(&blob["needed_by"], &json!(store.model.affects(digest)), "{} {}", mode, digest);
                let linked = store.model.repos.iter().filter(|(_, repo)| repo.layers.contains(digest));
                let linked: Vec<_> = linked.map(|(name, _)| name).collect();
                prop_assert_eq!(&blob["linked_from"], &json!(linked));
                prop_assert_eq!(&blob["size"], &json!(store.model.blobs[digest].len()));
            }
            let listed = items(&report, "blobs").len() as u64;
            prop_assert_eq!(&report["summary"]["live_blobs"], store.model.blobs.len() as u64 - listed);
        }
    }

    #[test]
    fn nothing_that_a_sound_tag_needs_goes_but_by_2_with_untagged(shape in shapes()) {
        let store = Store::sound(shape);
        for mode in ["2", "3", "3m"] {
            let outcome = gc_preview(&store, mode);
            let report = report_of(&outcome);
            let needed = items(&report, "blobs").iter().filter(|blob| blob["needed_by"] != json!([]));
            prop_assert_eq!(needed.count(), 0, "{}: {:#}", mode, report);
            prop_assert_eq!(&report["broken_tags"], &json!([]), "{}", mode);
            prop_assert_eq!(outcome.status, 0);
        }
    }

    #[test]
    fn the_broken_tags_are_those_that_no_longer_resolve_after_the_sweep(
        shape in shapes(), which in 0..2 * damage::ALL.len(), mode in 0..4_usize,
    ) {
        let mut store = Store::sound(shape);
        if let Some(verb) = damage::ALL.get(which) {
            verb(&mut store, &mut Rng::new(shape.seed));
        }
        let report = report_of(&gc_preview(&store, MODES[mode]));
        let before = resolving(&store);
        sweep(&store, &report);
        let after = resolving(&store);
        let gone: BTreeSet<String> = before.difference(&after).cloned().collect();
        prop_assert_eq!(broken(&report), gone, "{}: {:#}", MODES[mode], report);
    }

    #[test]
    fn a_real_collector_deletes_what_was_foretold(
        shape in shapes(), which in 0..2 * damage::ALL.len(), delete_untagged: bool,
    ) {
        if !referee::is_installed() {
            return Ok(());
        }
        let mut store = Store::sound(shape);
        if let Some(verb) = damage::ALL.get(which) {
            verb(&mut store, &mut Rng::new(shape.seed));
        }
        let report = report_of(&gc_preview(&store, if delete_untagged { "2m" } else { "2" }));
        if report["partial"] == true {
            // It follows the symbolic links that regfs does not.
            return Ok(());
        }
        let before = resolving(&store);
        let there = |report: &Value| {
            let blobs = items(report, "blobs").iter().map(|blob| paths::parent(text(&blob["path"])).to_owned());
            let revisions = items(report, "manifests").iter().map(|manifest| {
                let link = paths::revision_link(text(&manifest["repository"]), text(&manifest["digest"]));
                paths::parent(&link).to_owned()
            });
            blobs.chain(revisions).filter(|path| store.at(path).exists()).count()
        };
        let files = count_blobs(&store);
        let (through, said) = referee::sweeps(&store, delete_untagged);
        let foretold = report["aborts"].is_null() && report["aborts_in_sweep"].is_null();
        prop_assert_eq!(through, foretold, "{}\n{:#}", said, report);
        if through {
            prop_assert_eq!(there(&report), 0, "{}\n{:#}", said, report);
            prop_assert_eq!(count_blobs(&store), files - items(&report, "blobs").len());
            let after = resolving(&store);
            prop_assert_eq!(broken(&report), before.difference(&after).cloned().collect::<BTreeSet<_>>());
        } else if !report["aborts"].is_null() {
            prop_assert_eq!(count_blobs(&store), files, "a collector that aborts deletes nothing");
        }
    }
}

/// How many directories hold a blob in its place.
fn count_blobs(store: &Store) -> usize {
    store.model.blobs.keys().filter(|digest| store.at(&paths::blob_data(digest)).exists()).count()
}

/// A tagged index whose children have no tag.
fn multi_platform() -> (Store, [String; 2]) {
    let mut store = Store::new();
    let layer = store.layer("shared");
    let amd64 = store.image("app", Dialect::Oci, "amd64", std::slice::from_ref(&layer));
    let arm64 = store.image("app", Dialect::Oci, "arm64", &[layer]);
    let index = store.index("app", Dialect::Oci, &[(&amd64, "amd64"), (&arm64, "arm64")]);
    store.tag("app", "multi", &index);
    (store, [amd64, arm64])
}

#[test]
fn the_children_of_a_tagged_index_are_lost_to_2_with_untagged() {
    let (store, mut children) = multi_platform();
    let report = report_of(&gc_preview(&store, "2m"));
    children.sort();
    assert_eq!(all(&report, "manifests", "digest"), children);
    assert_eq!(report["broken_tags"], json!(["app:multi"]));
    let kinds: Vec<_> = all(&report, "blobs", "kind");
    assert_eq!(kinds, ["config", "config", "layer"]);
    for blob in items(&report, "blobs") {
        assert_eq!(blob["needed_by"], json!(["app:multi"]));
        assert_eq!(blob["linked_from"], json!(["app"]));
    }
    let table = run(&["gc-preview", "--rules", "2", "-m", "-r", &store.root_text()]);
    assert_eq!(table.status, 1);
    assert!(
        table.text().contains("BROKEN: 1 tag") && table.text().contains("  app:multi\n"),
        "{}",
        table.text()
    );
    let clean = run(&["gc-preview", "-m", "-r", &store.root_text()]);
    assert_eq!(clean.status, 0);
    assert!(!clean.text().contains("BROKEN"), "{}", clean.text());
}

#[test]
fn a_signature_goes_though_its_subject_stays() {
    let mut store = Store::new();
    let layer = store.layer("signed");
    let image = store.image("app", Dialect::Oci, "amd64", &[layer]);
    store.tag("app", "v1", &image);
    let signature = store.artifact("app", &image, "a signature");
    for (mode, lost) in [("2", 0), ("3", 0), ("2m", 1), ("3m", 1)] {
        let report = report_of(&gc_preview(&store, mode));
        let referrers = items(&report, "lost_referrers");
        assert_eq!(referrers.len(), lost, "{mode}");
        for referrer in referrers {
            let expected = json!({
                "repository": "app", "digest": signature, "subject": image,
                "artifact_type": "application/vnd.example.signature",
            });
            assert_eq!(*referrer, expected);
        }
        assert_eq!(report["broken_tags"], json!([]), "a signature is no part of the image");
    }
}

#[test]
fn an_abort_names_the_file_and_the_finding_behind_it() {
    let (store, [amd64, _]) = multi_platform();
    let link = paths::revision_link("app", &amd64);
    store.write(&link, "");
    for mode in MODES {
        let outcome = gc_preview(&store, mode);
        let report = report_of(&outcome);
        assert_eq!(outcome.status, 1);
        assert_eq!(report["aborts"]["path"], link);
        assert_eq!(report["aborts"]["code"], "link-empty");
    }
    let table = run(&["gc-preview", "-r", &store.root_text()]);
    for word in ["ABORTS", &link, "regfs explain link-empty"] {
        assert!(table.text().contains(word), "{word}: {}", table.text());
    }
    for (path, content, mode, code) in [
        ("repositories/app/_manifests/tags/.DS_Store", "", "3m", "stray-entry"),
        ("blobs/sha256/ab/data", "", "2", "blob-misplaced"),
    ] {
        let (store, _) = multi_platform();
        store.write(path, content);
        let report = report_of(&gc_preview(&store, mode));
        assert_eq!((&report["aborts"]["path"], &report["aborts"]["code"]), (&json!(path), &json!(code)));
    }
    let (store, _) = multi_platform();
    store.remove("repositories/app/_layers");
    assert_eq!(report_of(&gc_preview(&store, "3"))["aborts"]["code"], "repository-incomplete");
    let report = report_of(&gc_preview(&store, "2"));
    assert_eq!(report["aborts"], Value::Null, "2.x passes such a repository by, and deletes its images");
    assert_eq!(report["summary"]["live_blobs"], 0);
    assert_eq!(report["broken_tags"], json!([]), "nothing is pulled without layer links anyway");
}

#[test]
fn a_root_with_a_database_is_refused() {
    let (store, _) = multi_platform();
    store.write("../lockfiles/database-in-use", "");
    let outcome = run(&["gc-preview", "-r", &store.root_text()]);
    assert_eq!((outcome.status, outcome.text()), (2, ""));
    for word in ["database-in-use", "GitLab", "hint"] {
        assert!(outcome.stderr.contains(word), "{}", outcome.stderr);
    }
}

#[test]
fn untagged_is_doubtful_where_tags_are_not_on_disk() {
    let warns = |store: &Store, mode| {
        let report = report_of(&gc_preview(store, mode));
        items(&report, "warnings").iter().any(|warning| text(warning).contains("--delete-untagged"))
    };
    let (sound, _) = multi_platform();
    let (cache, _) = multi_platform();
    cache.write("../../../scheduler-state.json", "{}");
    let (harbor, _) = multi_platform();
    harbor.remove("repositories/app/_manifests/tags");
    for (store, doubtful) in [(&sound, false), (&cache, true), (&harbor, true)] {
        assert_eq!(warns(store, "3m"), doubtful);
        assert!(!warns(store, "3"));
    }
    assert_eq!(report_of(&gc_preview(&harbor, "3m"))["summary"]["live_blobs"], 0);
}

#[test]
fn a_childs_link_that_misleads_a_collector_is_at_fault() {
    let (store, [amd64, _]) = multi_platform();
    let (link, layer) = (paths::revision_link("app", &amd64), store.model.edges(&amd64)[1].digest.clone());
    store.write(&link, &layer);
    for mode in ["2", "3", "3m"] {
        let report = report_of(&gc_preview(&store, mode));
        assert_eq!(report["aborts"]["path"], link, "{mode}");
        assert_eq!(report["aborts"]["code"], "link-mismatch", "{mode}");
    }
    let report = verify(&store, &[]).json();
    assert_eq!(report["findings"][0]["blocks_gc"], json!(["2", "3", "3m"]));
    assert_eq!(report["summary"]["errors"], 1);
}

#[test]
fn of_two_findings_at_one_file_only_the_one_that_aborts_a_collector_says_so() {
    let mut store = Store::new();
    let layer = store.layer("old");
    let old = store.schema1("app", "v1", &[layer]);
    store.tag("app", "v1", &old);
    let mut child = store.descriptor("application/vnd.docker.distribution.manifest.v1+prettyjws", &old);
    child["size"] = json!(1);
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [child],
    });
    let index = store.manifest("app", index.to_string());
    store.tag("app", "all", &index);
    let report = verify(&store, &[]).json();
    let blocks = |code: &str| {
        let is_meant = |item: &&Value| item["code"] == code && item["path"] == paths::blob_data(&old);
        items(&report, "findings").iter().find(is_meant).unwrap_or_else(|| panic!("{code}: {report:#}"))["blocks_gc"].clone()
    };
    assert_eq!(blocks("manifest-schema1"), json!(["3", "3m"]));
    assert_eq!(blocks("size-mismatch"), json!([]));
}

#[test]
fn a_stream_holds_what_the_report_does() {
    let (store, _) = multi_platform();
    let report = report_of(&gc_preview(&store, "2m"));
    let stream = run(&["gc-preview", "-f", "ndjson", "--rules", "2", "-m", "-r", &store.root_text()]);
    let lines: Vec<Value> = stream.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (kind, list) in [("blob", "blobs"), ("manifest", "manifests")] {
        let found: Vec<_> =
            lines.iter().filter(|line| line["type"] == kind).map(|line| &line["data"]).collect();
        assert_eq!(found, items(&report, list).iter().collect::<Vec<_>>());
    }
    let rows = run(&["gc-preview", "-f", "csv", "--rules", "2", "-m", "-r", &store.root_text()]);
    let mut rows = rows.text().lines();
    assert_eq!(rows.next(), Some("digest,size,kind,modified,linked_from,needed_by,path"));
    let paths = run(&["gc-preview", "-f", "paths", "--rules", "2", "-m", "-r", &store.root_text()]);
    let mut paths = paths.text().lines();
    for blob in items(&report, "blobs") {
        let row = rows.next().unwrap();
        assert!(row.starts_with(text(&blob["digest"])) && row.contains(",app,app:multi,"), "{row}");
        let directory = store.at(text(&blob["path"])).parent().unwrap().to_owned();
        assert_eq!(paths.next(), directory.to_str());
    }
    assert_eq!((rows.next(), paths.next()), (None, None));
    let summary = &lines.last().unwrap()["data"];
    for (member, value) in report["summary"].as_object().unwrap() {
        assert_eq!(summary[member], *value);
    }
    assert_eq!((&summary["rules"], &summary["delete_untagged"]), (&json!("2"), &json!(true)));
}

//! `ls`: repositories with what they hold, and the images of one.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{FIXTURES, column, config, fixture, json as run_json, list, recorded, texts};
use crate::properties::shapes;
use crate::support::images::Dialect;
use crate::support::model::{Model, Role};
use crate::support::paths::{self, Digest};
use crate::support::run::{resolve, run};
use crate::support::store::Store;

#[test]
fn the_repositories_tags_and_counts_of_every_fixture_are_those_recorded() {
    for name in FIXTURES {
        let (report, expected) = (fixture(name, &["ls"], 0), recorded(name));
        assert_eq!(
            json!(column(&report["repositories"], "name")),
            sorted(&expected["repositories"]),
            "{name}"
        );
        assert_eq!(report["summary"]["repositories"], expected["counts"]["repositories"], "{name}");
        assert_eq!(report["summary"]["tags"], expected["counts"]["tags"], "{name}");
        assert_eq!(report["summary"]["revisions"], expected["counts"]["revision_links"], "{name}");
        for repository in texts(&expected["repositories"]) {
            let report = fixture(name, &["ls", repository], 0);
            let tags: BTreeMap<&str, &Value> = list(&report["tags"])
                .iter()
                .map(|tag| (tag["tag"].as_str().unwrap(), &tag["digest"]))
                .collect();
            let expected = match &expected["tags"][repository] {
                Value::Null => json!({}),
                tags => tags.clone(),
            };
            assert_eq!(json!(tags), expected, "{name}: {repository}");
        }
    }
}

fn sorted(values: &Value) -> Value {
    let mut values = texts(values);
    values.sort_unstable();
    json!(values)
}

#[test]
fn a_repository_of_a_fixture_shows_types_platforms_children_and_subjects() {
    let report = fixture("registry", &["ls", "multi/list"], 0);
    let tag = &report["tags"][0];
    assert_eq!(tag["media_type"], "application/vnd.docker.distribution.manifest.list.v2+json");
    assert_eq!(
        tag["platforms"],
        json!(["linux/amd64", "linux/arm/v7", "linux/arm64/v8", "linux/s390x", "windows/amd64"])
    );
    assert_eq!(report["summary"]["untagged"], 5);
    assert_eq!(report["summary"]["unreached"], 0);
    for child in list(&report["untagged"]) {
        assert_eq!(child["parents"], json!([tag["digest"]]));
    }
    let artifacts = fixture("registry", &["ls", "artifacts"], 0);
    let v1 = list(&artifacts["tags"]).iter().find(|tag| tag["tag"] == "v1").unwrap();
    assert_eq!(artifacts["untagged"][0]["subject"], v1["digest"]);
    assert!(artifacts["untagged"][0]["artifact_type"].as_str().unwrap().contains("spdx"));
    let chart = fixture("registry", &["ls", "charts/demo"], 0);
    assert!(chart["tags"][0]["artifact_type"].as_str().unwrap().contains("helm"));
    assert_eq!(chart["tags"][0]["platforms"], json!([]));
}

#[test]
fn a_layer_linked_by_another_algorithm_counts_with_its_blob() {
    let report = fixture("alias", &["ls"], 0);
    let blobs = recorded("alias")["counts"]["bytes"].clone();
    assert_eq!(report["summary"]["bytes"], blobs, "every blob of this fixture is used");
    let report = fixture("alias", &["ls", "app"], 0);
    assert_eq!(report["summary"]["bytes"], blobs);
    assert!(column(&report["tags"], "state").iter().all(|state| **state == "ok"), "{report:#}");
}

#[test]
fn what_is_not_whole_says_so() {
    let report = fixture("collected", &["ls", "app"], 0);
    let states: Vec<_> = list(&report["tags"]).iter().map(|tag| (&tag["tag"], &tag["state"])).collect();
    assert_eq!(json!(states), json!([["single", "ok"], ["v1", "missing"]]));
    let tagless = fixture("tagless", &["ls", "library/multi"], 0);
    assert_eq!((&tagless["tags"], &tagless["summary"]["untagged"]), (&json!([]), &json!(3)));
    assert!(texts(&tagless["warnings"])[0].contains("Harbor"), "{tagless:#}");
    for args in [&["ls"][..], &["ls", "a"]] {
        assert!(texts(&fixture("cache", args, 0)["warnings"])[0].contains("pull-through cache"));
    }
}

#[test]
fn an_unknown_repository_is_an_answer_with_near_names() {
    let report = fixture("registry", &["ls", "team/ap/web"], 1);
    assert_eq!(report["suggestions"][0], "team/app/web");
    assert_eq!(report["tags"], json!([]));
    let report = fixture("registry", &["ls", "registry.example.com/team/app/web"], 0);
    assert_eq!(report["repository"], "team/app/web");
    assert!(texts(&report["warnings"])[0].contains("registry.example.com"));
}

/// The manifests that a set of manifests leads to through indexes, they included.
fn through_indexes<'a>(model: &Model, roots: impl IntoIterator<Item = &'a Digest>) -> BTreeSet<Digest> {
    let mut reached = BTreeSet::new();
    let mut todo: Vec<Digest> = roots.into_iter().cloned().collect();
    while let Some(digest) = todo.pop() {
        if reached.insert(digest.clone()) {
            let children = model.edges(&digest).into_iter().filter(|edge| edge.role == Role::Child);
            todo.extend(children.map(|edge| edge.digest));
        }
    }
    reached
}

fn bytes<'a>(model: &Model, revisions: impl IntoIterator<Item = &'a Digest>) -> usize {
    let needed: BTreeSet<Digest> = revisions.into_iter().flat_map(|digest| model.needs(digest)).collect();
    needed.iter().filter_map(|digest| model.blobs.get(digest)).map(Vec::len).sum()
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn repositories_hold_what_was_pushed_to_them(shape in shapes()) {
        let store = Store::sound(shape);
        let model = &store.model;
        let report = run_json(&store, &["ls"]).json();
        let names: Vec<&str> = column(&report["repositories"], "name").iter().map(|n| n.as_str().unwrap()).collect();
        prop_assert_eq!(names, model.repos.keys().collect::<Vec<_>>());
        for item in list(&report["repositories"]) {
            let repo = &model.repos[item["name"].as_str().unwrap()];
            let targets: BTreeSet<&Digest> = repo.tags.values().map(|tag| &tag.current).collect();
            let reached = through_indexes(model, targets.iter().copied());
            let untagged = || repo.revisions.iter().filter(|digest| !targets.contains(digest));
            let expected = json!({
                "name": item["name"],
                "tags": repo.tags.len(),
                "revisions": repo.revisions.len(),
                "untagged": untagged().count(),
                "unreached": untagged().filter(|digest| !reached.contains(*digest)).count(),
                "bytes": bytes(model, &repo.revisions),
                "pushed": item["pushed"],
            });
            prop_assert_eq!(item, &expected);
            prop_assert!(item["pushed"].is_string());
        }
        let all = model.repos.values().flat_map(|repo| &repo.revisions);
        prop_assert_eq!(&report["summary"]["bytes"], bytes(model, all));
    }

    #[test]
    fn the_images_of_a_repository_are_as_resolve_has_them(shape in shapes()) {
        let store = Store::sound(shape);
        for (name, repo) in &store.model.repos {
            let report = run_json(&store, &["ls", name]).json();
            let tags: Vec<&str> = column(&report["tags"], "tag").iter().map(|tag| tag.as_str().unwrap()).collect();
            prop_assert_eq!(tags, repo.tags.keys().collect::<Vec<_>>());
            let targets: BTreeSet<&Digest> = repo.tags.values().map(|tag| &tag.current).collect();
            let untagged: BTreeSet<&str> =
                column(&report["untagged"], "digest").iter().map(|digest| digest.as_str().unwrap()).collect();
            let expected = repo.revisions.iter().filter(|digest| !targets.contains(digest)).map(String::as_str);
            prop_assert_eq!(untagged, expected.collect::<BTreeSet<_>>());
            prop_assert_eq!(&report["summary"]["bytes"], bytes(&store.model, &repo.revisions));
            for item in list(&report["tags"]).iter().chain(list(&report["untagged"])) {
                let digest = item["digest"].as_str().unwrap();
                let image = resolve(&store, &[&format!("{name}@{digest}")]).json();
                prop_assert_eq!(&item["size"], &image["total_size"]);
                prop_assert_eq!(&item["state"], "ok");
                if let Some(tag) = item["tag"].as_str() {
                    prop_assert_eq!(digest, &repo.tags[tag].current);
                }
            }
        }
    }

    #[test]
    fn a_removed_blob_or_link_shows_in_the_state_of_just_the_images_that_need_it(shape in shapes(), which: usize) {
        let store = Store::sound(shape);
        let (name, repo) = store.model.repos.iter().next().unwrap();
        let layers: Vec<&Digest> = repo.layers.iter().collect();
        let lost = layers[which % layers.len()];
        let link = which % 2 == 0;
        let state = if link { "unlinked" } else { "missing" };
        store.remove(&if link { paths::layer_link(name, lost) } else { paths::blob_data(lost) });
        let report = run_json(&store, &["ls", name]).json();
        for item in list(&report["tags"]).iter().chain(list(&report["untagged"])) {
            let hurt = store.model.needs(item["digest"].as_str().unwrap()).contains(lost);
            prop_assert_eq!(&item["state"], if hurt { state } else { "ok" });
        }
    }
}

#[test]
fn a_deleted_revision_is_none_though_its_directory_is_left() {
    let mut store = Store::new();
    let layer = store.layer("x");
    let kept = store.image("app", Dialect::Oci, "amd64", std::slice::from_ref(&layer));
    let gone = store.image("app", Dialect::Oci, "arm64", &[layer]);
    store.tag("app", "v1", &kept);
    store.remove(&paths::revision_link("app", &gone));
    let report = run_json(&store, &["ls", "app"]).json();
    assert_eq!((&report["summary"]["revisions"], &report["untagged"]), (&json!(1), &json!([])));
    assert_eq!(run_json(&store, &["ls"]).json()["summary"]["revisions"], 1);
}

#[test]
fn csv_has_a_line_for_each_item_under_the_names_of_its_members() {
    let store = Store::sample();
    let root = store.root_text();
    let csv = run(&["ls", "-f", "csv", "-r", &root]);
    let lines: Vec<&str> = csv.text().lines().collect();
    assert_eq!(lines[0], "name,tags,revisions,untagged,unreached,bytes,pushed");
    assert_eq!(lines.len(), 1 + store.model.repos.len());
    assert!(lines[1].starts_with("lib,2,2,0,0,"), "{lines:?}");
    let csv = run(&["ls", "team/app", "-f", "csv", "-r", &root]);
    let lines: Vec<&str> = csv.text().lines().collect();
    assert_eq!(lines.len(), 1 + store.model.repos["team/app"].tags.len() + 4, "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("multi,") && line.contains(",linux/amd64 linux/arm64,"))
    );
}

#[test]
fn a_table_has_every_name_full_digests_and_a_total() {
    let store = Store::sample();
    let root = store.root_text();
    let table = run(&["ls", "-r", &root]);
    for name in store.model.repos.keys().map(String::as_str).chain(["total", "3 repositories"]) {
        assert!(table.text().contains(name), "{name}: {}", table.text());
    }
    let table = run(&["ls", "team/app", "-r", &root]);
    for (name, tag) in &store.model.repos["team/app"].tags {
        assert!(table.text().contains(name) && table.text().contains(&tag.current), "{}", table.text());
    }
}

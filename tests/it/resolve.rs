//! What `resolve` walks: every hop from the tag to the layers, in order, whatever is wrong on the way.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::images::{Dialect, Layer};
use crate::support::paths::{self, Digest};
use crate::support::run::{Outcome, resolve, run, run_as_ordinary_user};
use crate::support::store::Store;

/// A store with `team/app:v1`, of two layers.
struct Stage {
    store: Store,
    image: Digest,
    config: Digest,
    layers: Vec<Layer>,
}

fn stage(dialect: Dialect) -> Stage {
    let mut store = Store::new();
    let layers = vec![store.layer("base"), store.layer("app")];
    let image = store.image("team/app", dialect, "amd64", &layers);
    store.tag("team/app", "v1", &image);
    let config = store.model.edges(&image)[0].digest.clone();
    Stage { store, image, config, layers }
}

fn hops(report: &Value) -> &[Value] {
    report["hops"].as_array().expect("hops is a list")
}

/// The hops as `kind digest`, the digest shortened to what the eye needs.
fn walk(report: &Value) -> Vec<(String, Digest)> {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    hops(report).iter().map(|hop| (text(&hop["kind"]), text(&hop["digest"]))).collect()
}

/// The hops of one image below its index or tag: manifest, perhaps its revision, config, layers, a link after each.
fn image_hops(store: &Store, image: &str, is_child: bool) -> Vec<(String, Digest)> {
    let edges = store.model.edges(image);
    let hop = |kind: &str, digest: &str| (kind.to_owned(), digest.to_owned());
    let mut hops = vec![hop("manifest", image)];
    if is_child {
        hops.push(hop("revision", image));
    }
    for (at, edge) in edges.iter().enumerate() {
        hops.push(hop(if at == 0 { "config" } else { "layer" }, &edge.digest));
        hops.push(hop("layer-link", &edge.digest));
    }
    hops
}

fn hop<'a>(report: &'a Value, kind: &str, digest: &str) -> &'a Value {
    let mut found = hops(report).iter().filter(|hop| hop["kind"] == kind && hop["digest"] == digest);
    found.next().unwrap_or_else(|| panic!("no {kind} {digest} in {report:#}"))
}

/// The states of all hops but those that are right.
fn bad_states(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    let bad =
        hops(report).iter().filter(|hop| !["ok", "external"].iter().any(|state| hop["state"] == *state));
    bad.map(|hop| (text(&hop["kind"]), text(&hop["state"]))).collect()
}

#[track_caller]
fn is_incomplete(outcome: &Outcome) -> Value {
    let report = outcome.json();
    assert_eq!(report["complete"], false, "{report:#}");
    assert_eq!(outcome.status, 1);
    report
}

#[track_caller]
fn is_complete(outcome: &Outcome) -> Value {
    let report = outcome.json();
    assert_eq!(report["complete"], true, "{report:#}");
    assert_eq!(outcome.status, 0);
    assert_eq!(bad_states(&report), []);
    report
}

#[test]
fn an_image_is_walked_from_the_tag_to_each_layer_and_its_link() {
    for dialect in [Dialect::Docker, Dialect::Oci, Dialect::Untyped] {
        let Stage { store, image, config, layers } = stage(dialect);
        let report = is_complete(&resolve(&store, &["team/app:v1"]));
        let mut expected = vec![("tag".to_owned(), image.clone()), ("revision".to_owned(), image.clone())];
        expected.extend(image_hops(&store, &image, false));
        assert_eq!(walk(&report), expected);
        assert_eq!(report["schema"], "regfs/resolve/v1");
        assert_eq!(report["repository"], "team/app");
        assert_eq!(report["tag"], "v1");
        assert_eq!(report["digest"], *image);
        assert_eq!(report["partial"], false);
        for (kind, digest, path, size) in [
            ("tag", &image, paths::current_link("team/app", "v1"), 71),
            ("revision", &image, paths::revision_link("team/app", &image), 71),
            ("manifest", &image, paths::blob_data(&image), store.model.blobs[&image].len()),
            ("config", &config, paths::blob_data(&config), store.model.blobs[&config].len()),
            ("layer", &layers[1].digest, paths::blob_data(&layers[1].digest), layers[1].size),
            ("layer-link", &layers[1].digest, paths::layer_link("team/app", &layers[1].digest), 71),
        ] {
            let hop = hop(&report, kind, digest);
            assert_eq!((&hop["path"], &hop["size"]), (&json!(path), &json!(size)), "{kind}");
        }
        assert_eq!(hop(&report, "layer", &layers[0].digest)["expected_size"], layers[0].size);
        assert!(
            hop(&report, "config", &config)["depth"].as_u64()
                > hop(&report, "manifest", &image)["depth"].as_u64()
        );
    }
}

/// `team/app:multi`: amd64, and arm64 in an index of its own.
fn nested() -> (Store, [Digest; 4]) {
    let Stage { mut store, image, layers, .. } = stage(Dialect::Oci);
    let arm64 = store.image("team/app", Dialect::Oci, "arm64", &layers[..1]);
    let inner = store.index("team/app", Dialect::Oci, &[(&arm64, "arm64")]);
    let outer = store.index("team/app", Dialect::Oci, &[(&image, "amd64"), (&inner, "arm64")]);
    store.tag("team/app", "multi", &outer);
    (store, [image, arm64, inner, outer])
}

#[test]
fn every_child_of_an_index_is_walked_the_nested_too() {
    let (store, [amd64, arm64, inner, outer]) = nested();
    let report = is_complete(&resolve(&store, &["team/app:multi"]));
    let hop = |kind: &str, digest: &Digest| (kind.to_owned(), digest.clone());
    let mut expected = vec![hop("tag", &outer), hop("revision", &outer), hop("index", &outer)];
    expected.extend(image_hops(&store, &amd64, true));
    expected.extend([hop("index", &inner), hop("revision", &inner)]);
    expected.extend(image_hops(&store, &arm64, true));
    assert_eq!(walk(&report), expected);
    let needed = store.model.needs(&outer);
    let total: usize = needed.iter().map(|digest| store.model.blobs[digest].len()).sum();
    assert_eq!(report["total_size"], total, "each blob counts once");
}

#[test]
fn a_platform_chooses_one_child() {
    let Stage { mut store, image, layers, .. } = stage(Dialect::Docker);
    let arm64 = store.image("team/app", Dialect::Docker, "arm64", &layers[..1]);
    let list = store.index("team/app", Dialect::Docker, &[(&image, "amd64"), (&arm64, "arm64")]);
    store.tag("team/app", "multi", &list);
    let report = is_complete(&resolve(&store, &["team/app:multi", "--platform", "linux/arm64"]));
    let manifests: Vec<_> = walk(&report).into_iter().filter(|(kind, _)| kind == "manifest").collect();
    assert_eq!(manifests, [("manifest".to_owned(), arm64)]);
    let none = resolve(&store, &["team/app:multi", "--platform", "windows/amd64"]);
    assert_eq!(none.status, 1, "a platform that is not there is an answer");
}

#[test]
fn a_foreign_layer_is_external_and_leaves_the_image_complete() {
    let Stage { mut store, layers, .. } = stage(Dialect::Docker);
    let (image, foreign) = store.image_with_foreign_layer("team/app", &layers[0]);
    store.tag("team/app", "windows", &image);
    let report = is_complete(&resolve(&store, &["team/app:windows"]));
    let layer = hop(&report, "layer", &foreign);
    assert_eq!((&layer["state"], &layer["path"]), (&json!("external"), &Value::Null));
}

#[test]
fn a_missing_layer_is_told_with_the_place_where_it_should_be() {
    let Stage { store, layers, .. } = stage(Dialect::Oci);
    let path = paths::blob_data(&layers[0].digest);
    store.remove(&path);
    let report = is_incomplete(&resolve(&store, &["team/app:v1"]));
    let layer = hop(&report, "layer", &layers[0].digest);
    assert_eq!(
        (&layer["state"], &layer["path"], &layer["size"]),
        (&json!("missing"), &json!(path), &Value::Null)
    );
    assert_eq!(hop(&report, "layer", &layers[1].digest)["state"], "ok", "the rest is still walked");
}

#[test]
fn a_missing_layer_link_makes_the_image_incomplete() {
    let Stage { store, layers, .. } = stage(Dialect::Oci);
    store.remove(&paths::layer_link("team/app", &layers[0].digest));
    let report = is_incomplete(&resolve(&store, &["team/app:v1"]));
    for (kind, state) in bad_states(&report) {
        assert!(["layer", "layer-link"].contains(&&*kind) && ["missing", "unlinked"].contains(&&*state));
    }
}

#[test]
fn a_missing_config_does_not_stop_the_walk() {
    let Stage { store, config, .. } = stage(Dialect::Oci);
    store.remove(&paths::blob_dir(&config));
    let report = is_incomplete(&resolve(&store, &["team/app:v1"]));
    assert_eq!(bad_states(&report), [("config".to_owned(), "missing".to_owned())]);
}

#[test]
fn an_altered_manifest_is_read_anyway() {
    let Stage { store, image, layers, .. } = stage(Dialect::Oci);
    let mut bytes = store.model.blobs[&image].clone();
    bytes.push(b' ');
    store.write(&paths::blob_data(&image), bytes);
    let report = is_incomplete(&resolve(&store, &["team/app:v1"]));
    assert_eq!(bad_states(&report), [("manifest".to_owned(), "altered".to_owned())]);
    assert_eq!(hop(&report, "layer", &layers[1].digest)["state"], "ok");
}

#[test]
fn a_manifest_that_is_not_there_ends_the_walk_there() {
    let Stage { store, image, .. } = stage(Dialect::Oci);
    store.remove(&paths::blob_data(&image));
    let report = is_incomplete(&resolve(&store, &["team/app:v1"]));
    assert_eq!(hops(&report).last().unwrap()["state"], "missing");
    assert_eq!(hop(&report, "tag", &image)["state"], "ok");
}

#[test]
fn a_layer_of_another_size_than_described_is_told() {
    let Stage { store, layers, .. } = stage(Dialect::Oci);
    store.write(&paths::blob_data(&layers[0].digest), "short");
    let report = is_incomplete(&resolve(&store, &["team/app:v1"]));
    let layer = hop(&report, "layer", &layers[0].digest);
    assert_eq!((&layer["state"], &layer["size"]), (&json!("size-mismatch"), &json!(5)));
}

#[test]
fn what_may_not_be_looked_at_among_the_candidates_makes_the_answer_partial() {
    let Stage { store, image, .. } = stage(Dialect::Oci);
    store.write(&paths::current_link("team/app", "v1"), "");
    let link = paths::index_link("team/app", "v1", &image);
    fs::set_permissions(store.at(&link), fs::Permissions::from_mode(0o000)).unwrap();
    let args = ["resolve", "team/app:v1", "-f", "json", "-r", &store.root_text()];
    let outcome = run_as_ordinary_user(&args);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["partial"]), (2, &Value::Bool(true)), "{report:#}");
    assert_eq!(report["errors"][0]["path"], *link);
}

#[test]
fn what_is_unknown_is_answered_with_near_names() {
    let Stage { store, .. } = stage(Dialect::Oci);
    for (reference, near) in [("taem/app:v1", "team/app"), ("team/app:v2", "v1")] {
        let outcome = resolve(&store, &[reference]);
        let report = is_incomplete(&outcome);
        let suggestions = report["suggestions"].as_array().unwrap();
        assert!(
            suggestions.iter().any(|name| name.to_string().contains(near)),
            "{reference}: {suggestions:?}"
        );
        assert_eq!(report["digest"], Value::Null);
        let table = run(&["resolve", reference, "-r", &store.root_text()]);
        assert_eq!(table.status, 1);
        let said = format!("{}{}", table.text(), table.stderr);
        assert!(said.contains(near), "{said}");
    }
}

#[test]
fn a_broken_current_link_is_answered_with_what_the_index_offers() {
    let Stage { mut store, image, layers, .. } = stage(Dialect::Oci);
    let newer = store.image("team/app", Dialect::Oci, "amd64", &layers[..1]);
    store.tag("team/app", "v1", &newer);
    let current = paths::current_link("team/app", "v1");
    for content in [&b""[..], b"garbage", &[newer.as_bytes(), b"\n"].concat()] {
        store.write(&current, content);
        let report = is_incomplete(&resolve(&store, &["team/app:v1"]));
        let candidates = report["candidates"].to_string();
        assert!(candidates.contains(&image) && candidates.contains(&newer), "{candidates}");
        assert_eq!(hops(&report)[0]["kind"], "tag");
        assert_eq!(hops(&report)[0]["path"], *current);
    }
    store.remove(&current);
    let report = is_incomplete(&resolve(&store, &["team/app:v1"]));
    assert!(report["candidates"].to_string().contains(&newer));
}

#[test]
fn a_digest_is_resolved_without_a_tag() {
    let Stage { store, image, .. } = stage(Dialect::Oci);
    let report = is_complete(&resolve(&store, &[&format!("team/app@{image}")]));
    let mut expected = vec![("revision".to_owned(), image.clone())];
    expected.extend(image_hops(&store, &image, false));
    assert_eq!(walk(&report), expected);
    assert_eq!((&report["tag"], &report["digest"]), (&Value::Null, &json!(image)));
    let unknown = resolve(&store, &[&format!("team/app@{}", paths::sha256(b"unknown"))]);
    assert_eq!(unknown.status, 1);
}

#[test]
fn a_tag_that_points_elsewhere_than_its_digest_is_a_bad_answer() {
    let Stage { mut store, image, layers, .. } = stage(Dialect::Oci);
    let pinned = format!("team/app:v1@{image}");
    assert_eq!(resolve(&store, &[&pinned]).json()["digest"], *image);
    assert_eq!(resolve(&store, &[&pinned]).status, 0);
    let newer = store.image("team/app", Dialect::Oci, "amd64", &layers[..1]);
    store.tag("team/app", "v1", &newer);
    let moved = resolve(&store, &[&pinned]);
    assert_eq!(moved.status, 1);
    assert_eq!(moved.json()["digest"], *image, "the digest is what is shown");
}

#[test]
fn a_tag_left_out_is_latest() {
    let Stage { mut store, image, .. } = stage(Dialect::Oci);
    store.tag("team/app", "latest", &image);
    assert_eq!(is_complete(&resolve(&store, &["team/app"]))["tag"], "latest");
}

#[test]
fn a_registry_host_is_dropped_with_a_hint() {
    let Stage { mut store, image, layers, .. } = stage(Dialect::Oci);
    let outcome = resolve(&store, &["registry.example.com:5000/team/app:v1"]);
    let report = is_complete(&outcome);
    assert_eq!((&report["repository"], &report["digest"]), (&json!("team/app"), &json!(image)));
    assert!(outcome.stderr.contains("registry.example.com"), "{}", outcome.stderr);
    // Not where a repository of the whole name exists.
    let mirror = store.image("registry.example.com/team/app", Dialect::Oci, "amd64", &layers[..1]);
    store.tag("registry.example.com/team/app", "v1", &mirror);
    let report = is_complete(&resolve(&store, &["registry.example.com/team/app:v1"]));
    assert_eq!(report["digest"], *mirror);
}

#[test]
fn paths_lists_the_files_of_an_image_below_the_root_as_given() {
    let (store, [.., outer]) = nested();
    let root = store.root_text();
    let outcome = run(&["resolve", "team/app:multi", "-f", "paths", "-r", &root]);
    assert_eq!(outcome.status, 0);
    let listed: BTreeSet<_> = outcome.text().lines().collect();
    for path in &listed {
        assert!(path.starts_with(&root), "{path}");
        assert!(fs::symlink_metadata(path).unwrap().is_file(), "{path}");
    }
    for digest in store.model.needs(&outer) {
        let path = store.at(&paths::blob_data(&digest));
        assert!(listed.contains(path.to_str().unwrap()), "{path:?}");
    }
    assert_eq!(listed.len(), outcome.text().lines().count(), "each once");
}

#[test]
fn signatures_are_referrers_and_no_part_of_the_image() {
    let Stage { mut store, image, .. } = stage(Dialect::Oci);
    let untagged = store.artifact("team/app", &image, "a bill of materials");
    let signature = store.image("team/app", Dialect::Oci, "unknown", &[]);
    let tag = format!("sha256-{}.sig", paths::hex(&image));
    store.tag("team/app", &tag, &signature);
    let report = is_complete(&resolve(&store, &["team/app:v1"]));
    let referrers = report["referrers"].as_array().unwrap();
    let of = |digest: &str| referrers.iter().find(|referrer| referrer["digest"] == *digest).unwrap();
    assert_eq!(referrers.len(), 2);
    assert_eq!(of(&untagged)["artifact_type"], "application/vnd.example.signature");
    assert_eq!(of(&signature)["tag"], *tag);
}

#[test]
fn a_whole_image_is_not_said_to_have_been_hashed() {
    let mut store = Store::new();
    let layer = store.layer("altered below");
    let data = paths::blob_data(&layer.digest);
    let image = store.image("app", Dialect::Oci, "amd64", &[layer]);
    store.tag("app", "v1", &image);
    let table = || run(&["resolve", "-r", &store.root_text(), "app:v1"]);
    let hint = "hint: layers were looked at, not hashed: regfs verify app:v1 reads them\n";
    let size = fs::metadata(store.at(&data)).unwrap().len();
    store.write(&data, "x".repeat(usize::try_from(size).unwrap()));
    let whole = table();
    assert_eq!(whole.status, 0, "nothing can be seen without reading");
    assert!(whole.text().contains("complete: app:v1") && whole.text().contains(hint), "{}", whole.text());
    store.remove(&data);
    let broken = table();
    assert!(broken.status == 1 && !broken.text().contains("hint: layers"), "{}", broken.text());
    assert!(!run(&["resolve", "-r", &store.root_text(), "app:v2"]).text().contains("hint: layers"));
}

//! OCI image layouts, and containerd's content store: the same questions, answered by the same eyes.

mod unreadable;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::layout::{INDEX, Layout, MANIFEST, path_of};
use crate::support::run::{Outcome, run};

fn ask(layout: &Layout, args: &[&str]) -> Outcome {
    run(&[args, &["--format", "json", "--root", &layout.root_text()]].concat())
}

fn findings(layout: &Layout, args: &[&str]) -> Vec<(String, String, String)> {
    let report = ask(layout, &[&["verify", "--notes"], args].concat()).json();
    let text = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|f| (text(f, "severity"), text(f, "code"), text(f, "path"))).collect()
}

fn digests(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|item| item["digest"].as_str().unwrap().to_owned()).collect()
}

/// A layout with two images that share a layer, an index within the index, a signature, an unlisted image and a blob
/// that is listed without being a manifest.
struct Stage {
    layout: Layout,
    first: String,
    second: String,
    inner: String,
    signature: String,
    dead: String,
    other: String,
}

fn stage() -> Stage {
    let mut layout = Layout::new();
    let first = layout.image(&["base", "one"]);
    let second = layout.image(&["base", "two"]);
    let third = layout.image(&["base", "three"]);
    let inner = layout.index(MANIFEST, &[&third]);
    let outer = layout.index(INDEX, &[&inner]);
    let signature = layout.artifact(&first);
    let dead = layout.image(&["dead"]);
    let other = layout.blob("a text that somebody keeps here");
    layout.list(MANIFEST, &first, Some("v1"));
    layout.list(MANIFEST, &second, Some("registry.example.com/team/app:v2"));
    layout.list(INDEX, &outer, Some("nested"));
    layout.list(MANIFEST, &signature, None);
    layout.list("text/plain", &other, None);
    Stage { layout, first, second, inner, signature, dead, other }
}

#[test]
fn a_sound_layout_is_sound_and_its_orphans_are_what_nothing_lists() {
    let Stage { layout, dead, other, .. } = stage();
    assert_eq!(findings(&layout, &[]), []);
    assert_eq!(findings(&layout, &["--deep"]), []);
    let report = ask(&layout, &["verify"]).json();
    assert_eq!(report["kind"], "oci");
    assert_eq!(report["summary"]["tags"], 3);
    assert_eq!(report["summary"]["links"], 0);

    let orphans = ask(&layout, &["orphans"]);
    assert_eq!(orphans.status, 0);
    let orphans = orphans.json();
    let listed = digests(&orphans["blobs"]);
    assert!(listed.contains(&dead) && !listed.contains(&other), "{orphans:#}");
    let kinds: BTreeSet<&str> =
        orphans["blobs"].as_array().unwrap().iter().map(|blob| blob["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["config", "layer", "manifest"].into());
    // What goes is the blob itself: it has no directory of its own.
    let paths = run(&["orphans", "--format", "paths", "--root", &layout.root_text()]);
    for path in paths.text().lines() {
        assert!(std::path::Path::new(path).is_file(), "{path}");
    }
    assert_eq!(paths.text().lines().count(), listed.len());
}

#[test]
fn a_name_is_found_as_it_was_written_or_as_another_tool_writes_it() {
    let Stage { layout, first, second, .. } = stage();
    for (name, digest, is_hinted) in [
        ("v1", &first, false),
        ("app:v1", &first, true),
        (&format!("v1@{first}"), &first, false),
        (first.as_str(), &first, false),
        ("registry.example.com/team/app:v2", &second, false),
        ("team/app:v2", &second, true),
    ] {
        let report = ask(&layout, &["resolve", name]);
        assert_eq!(report.status, 0, "{name}: {}", report.text());
        let report = report.json();
        assert_eq!(report["digest"], **digest, "{name}");
        assert_eq!(report["complete"], true);
        assert_eq!(report["warnings"].as_array().unwrap().len(), usize::from(is_hinted), "{name}");
        assert!(report["hops"].as_array().unwrap().iter().all(|hop| hop["state"] == "ok"));
        assert_eq!(report["hops"][0]["path"], "index.json");
    }
    let unknown = ask(&layout, &["resolve", "v3"]);
    assert_eq!(unknown.status, 1);
    assert_eq!(unknown.json()["suggestions"][0], "v1");
    let moved = ask(&layout, &["resolve", &format!("app:v1@{second}")]);
    assert_eq!(moved.status, 1);
    assert!(moved.json()["message"].as_str().unwrap().contains("points to"), "{}", moved.text());
}

#[test]
fn a_name_of_two_manifests_is_no_name() {
    let Stage { mut layout, first, second, .. } = stage();
    layout.list(MANIFEST, &second, Some("v1"));
    let report = ask(&layout, &["resolve", "v1"]);
    assert_eq!(report.status, 1);
    let report = report.json();
    let offered: BTreeSet<&str> =
        report["suggestions"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert_eq!(offered, [first.as_str(), &second].into());
}

#[test]
fn nested_indexes_and_referrers_are_followed() {
    let Stage { layout, first, inner, signature, .. } = stage();
    let report = ask(&layout, &["resolve", "nested"]).json();
    let kinds: Vec<&str> =
        report["hops"].as_array().unwrap().iter().map(|hop| hop["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tag", "index", "index", "manifest", "config", "layer", "layer"]);
    assert_eq!(report["hops"][2]["digest"], *inner);
    let report = ask(&layout, &["resolve", "v1"]).json();
    assert_eq!(report["referrers"][0]["digest"], *signature);
    assert_eq!(report["referrers"].as_array().unwrap().len(), 1);
    let refs = ask(&layout, &["refs", &first]).json();
    let uses: Vec<(&Value, &Value)> =
        refs["uses"].as_array().unwrap().iter().map(|item| (&item["tag"], &item["role"])).collect();
    assert_eq!(uses, [(&Value::Null, &json!("subject")), (&json!("v1"), &json!("manifest"))]);
}

#[test]
fn bytes_are_measured_by_image() {
    let Stage { layout, .. } = stage();
    let report = ask(&layout, &["du"]).json();
    assert_eq!(report["by"], "tag");
    let rows = report["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["nested", "registry.example.com/team/app:v2", "v1"]);
    let summary = &report["summary"];
    let on_disk: u64 = fs::read_dir(layout.at("blobs/sha256"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert_eq!(summary["total"], on_disk);
    let parts = ["unique_total", "shared_total", "untagged", "unknown", "orphans"];
    assert_eq!(parts.iter().map(|part| summary[part].as_u64().unwrap()).sum::<u64>(), on_disk);
    assert_ne!(summary["orphans"], 0);
}

#[test]
fn images_are_listed_with_what_has_no_name() {
    let Stage { layout, signature, .. } = stage();
    let report = ask(&layout, &["ls"]).json();
    let tags: Vec<&str> =
        report["tags"].as_array().unwrap().iter().map(|tag| tag["tag"].as_str().unwrap()).collect();
    assert_eq!(tags, ["nested", "registry.example.com/team/app:v2", "v1"]);
    assert_eq!(report["untagged"][0]["digest"], *signature);
}

#[test]
fn what_a_layout_has_no_answer_to_is_refused_with_what_it_has() {
    let Stage { layout, .. } = stage();
    for (args, why) in [
        (&["gc-preview"][..], "gc-preview does not answer for an OCI image layout"),
        (&["history", "app:v1"], "only a registry keeps what a tag pointed to"),
        (&["uploads"], "only a registry keeps unfinished uploads"),
        (&["ls", "app"], "an OCI image layout has no repositories"),
        (&["du", "--by", "repository"], "an OCI image layout has no repositories"),
    ] {
        let outcome = ask(&layout, args);
        assert_eq!(outcome.status, 2, "{args:?}");
        assert!(outcome.stderr.contains(why), "{args:?}: {}", outcome.stderr);
    }
}

#[test]
fn one_image_is_verified_by_itself() {
    let Stage { layout, first, second, .. } = stage();
    let manifest: Value = serde_json::from_slice(&fs::read(layout.at(&path_of(&second))).unwrap()).unwrap();
    let layer = path_of(manifest["layers"][1]["digest"].as_str().unwrap());
    layout.write(&layer, "something else");
    assert_eq!(findings(&layout, &["v1"]), []);
    let found = ("error".into(), "blob-digest-mismatch".into(), layer);
    assert_eq!(findings(&layout, &["team/app:v2"]), std::slice::from_ref(&found));
    assert_eq!(findings(&layout, &[]), [found]);
    let unknown = ask(&layout, &["verify", "v9"]);
    assert_eq!((unknown.status, &unknown.json()["findings"][0]["code"]), (1, &json!("reference-unknown")));
    let report = ask(&layout, &["verify", &first]).json();
    assert_eq!(report["summary"]["blobs"], 4);
}

#[test]
fn an_image_that_is_listed_and_gone_is_an_error_and_a_child_that_is_gone_a_warning() {
    let Stage { mut layout, first, second, inner, .. } = stage();
    layout.list(INDEX, &layout.index(MANIFEST, &[&first]), Some("around"));
    let manifests = ask(&layout, &["verify"]).json()["summary"]["manifests"].as_u64().unwrap();
    fs::remove_file(layout.at(&path_of(&first))).unwrap();
    let report = ask(&layout, &["verify"]);
    assert_eq!(report.status, 1);
    let report = report.json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report:#}");
    let finding = &report["findings"][0];
    let detail = format!("index.json lists the manifest {first}, and its blob is not in the layout");
    assert_eq!((&finding["code"], &finding["severity"]), (&json!("revision-dangling"), &json!("error")));
    assert_eq!((&finding["path"], &finding["detail"]), (&json!(path_of(&first)), &json!(detail)));
    assert_eq!(finding["affects"], json!(["around", "v1"]));
    assert_eq!(report["summary"]["manifests"], manifests - 1, "it is not there to be counted");
    for (name, status) in [("v1", 1), ("registry.example.com/team/app:v2", 0)] {
        assert_eq!(ask(&layout, &["verify", name]).status, status, "{name}");
        assert_eq!(ask(&layout, &["resolve", name]).status, status, "{name}");
    }
    fs::write(layout.at(&path_of(&first)), "").unwrap();
    fs::remove_file(layout.at(&path_of(&inner))).unwrap();
    let found = findings(&layout, &["nested"]);
    assert_eq!(found, [("warning".into(), "child-missing".into(), path_of(&inner))]);
    assert!(layout.at(&path_of(&second)).exists());
}

/// How a layout can be damaged, and what must be found: the severity, the code, and the path.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Flip,
    Truncate,
    Empty,
    Remove,
    Link,
    NoLayout,
    OtherVersion,
    NoIndex,
    IndexOfNothing,
    Stray,
}

const DAMAGES: [Damage; 10] = [
    Damage::Flip,
    Damage::Truncate,
    Damage::Empty,
    Damage::Remove,
    Damage::Link,
    Damage::NoLayout,
    Damage::OtherVersion,
    Damage::NoIndex,
    Damage::IndexOfNothing,
    Damage::Stray,
];

/// Damages one thing; `blob` is what is damaged where blobs are, and `listed` whether `index.json` names it.
fn damage(layout: &Layout, damage: Damage, blob: &str, listed: bool) -> (&'static str, &'static str, String) {
    let path = path_of(blob);
    let mut bytes = fs::read(layout.at(&path)).unwrap();
    let malformed = |path: &str| ("error", "layout-malformed", path.to_owned());
    match damage {
        Damage::Flip => {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            layout.write(&path, bytes);
            ("error", "blob-digest-mismatch", path)
        }
        Damage::Truncate => {
            layout.write(&path, &bytes[..bytes.len() - 1]);
            ("error", "blob-digest-mismatch", path)
        }
        Damage::Empty => {
            layout.write(&path, "");
            ("error", "blob-digest-mismatch", path)
        }
        Damage::Remove => {
            fs::remove_file(layout.at(&path)).unwrap();
            if listed { ("error", "revision-dangling", path) } else { ("warning", "reference-missing", path) }
        }
        Damage::Link => {
            fs::remove_file(layout.at(&path)).unwrap();
            symlink("/etc/passwd", layout.at(&path)).unwrap();
            ("error", "not-regular", path)
        }
        Damage::NoLayout => {
            fs::remove_file(layout.at("oci-layout")).unwrap();
            malformed("oci-layout")
        }
        Damage::OtherVersion => {
            layout.write("oci-layout", r#"{"imageLayoutVersion": "9"}"#);
            malformed("oci-layout")
        }
        Damage::NoIndex => {
            fs::remove_file(layout.at("index.json")).unwrap();
            malformed("index.json")
        }
        Damage::IndexOfNothing => {
            layout.write("index.json", r#"{"schemaVersion": 2, "manifests": "none"}"#);
            malformed("index.json")
        }
        Damage::Stray => {
            layout.write("README", "not of the layout");
            ("note", "stray-entry", "README".into())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn one_damage_makes_exactly_its_finding(
        images in prop::collection::vec(prop::collection::vec(0..6_u8, 1..4), 1..4),
        kind in prop::sample::select(&DAMAGES[..]),
        which in any::<prop::sample::Index>(),
        part in any::<prop::sample::Index>(),
        deep in any::<bool>(),
    ) {
        let mut layout = Layout::new();
        let mut manifests = BTreeSet::new();
        for (number, layers) in images.iter().enumerate() {
            let texts: Vec<String> = layers.iter().map(|layer| format!("layer {layer}")).collect();
            let digest = layout.image(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            layout.list(MANIFEST, &digest, Some(&format!("image-{number}")));
            manifests.insert(digest);
        }
        let more: &[&str] = if deep { &["--deep"] } else { &[] };
        prop_assert_eq!(findings(&layout, more), []);
        let manifests: Vec<&String> = manifests.iter().collect();
        let manifest = manifests[which.index(manifests.len())];
        let document: Value = serde_json::from_slice(&fs::read(layout.at(&path_of(manifest))).unwrap()).unwrap();
        let mut blobs = vec![manifest.clone(), document["config"]["digest"].as_str().unwrap().to_owned()];
        blobs.extend(digests(&document["layers"]));
        let blob = &blobs[part.index(blobs.len())];
        let (severity, code, path) = damage(&layout, kind, blob, blob == manifest);
        prop_assert_eq!(findings(&layout, more), [(severity.to_owned(), code.to_owned(), path)]);
        // What cannot be known makes nothing an orphan.
        let orphans = ask(&layout, &["orphans"]);
        let listed = digests(&orphans.json()["blobs"]);
        prop_assert!(listed.iter().all(|digest| !blobs.contains(digest)), "{:?}", kind);
        if matches!(kind, Damage::NoIndex | Damage::IndexOfNothing) {
            prop_assert_eq!((orphans.status, listed.len()), (2, 0));
        }
    }
}

#[test]
fn a_content_store_has_bytes_and_no_names() {
    let Stage { layout, first, .. } = stage();
    let root = layout.outside().join("io.containerd.content.v1.content");
    fs::rename(layout.at("blobs"), layout.outside().join("blobs")).unwrap();
    fs::create_dir(&root).unwrap();
    fs::create_dir(root.join("ingest")).unwrap();
    fs::rename(layout.outside().join("blobs"), root.join("blobs")).unwrap();
    let ask = |args: &[&str]| {
        run(&[args, &["--format", "json", "--root", layout.outside().to_str().unwrap()]].concat())
    };
    let report = ask(&["verify"]);
    assert_eq!(report.status, 0, "{}", report.stderr);
    let report = report.json();
    assert_eq!((&report["kind"], &report["findings"]), (&json!("containerd"), &json!([])));
    assert!(report["warnings"][0].as_str().unwrap().contains("containerd's database"));
    for command in [&["ls"][..], &["orphans"], &["resolve", "v1"], &["du"], &["refs", "abcd"]] {
        let refused = ask(command);
        assert_eq!(refused.status, 2);
        assert!(refused.stderr.contains("which regfs does not read"), "{}", refused.stderr);
    }
    let path = root.join(path_of(&first));
    let manifest = fs::read(&path).unwrap();
    let outside = layout.outside();
    let cat = run(&["cat", &first, "--root", outside.to_str().unwrap()]);
    assert_eq!((cat.status, cat.stdout), (0, manifest));
    fs::write(&path, "altered").unwrap();
    let report = ask(&["verify"]);
    assert_eq!((report.status, &report.json()["findings"][0]["code"]), (1, &json!("blob-digest-mismatch")));
}

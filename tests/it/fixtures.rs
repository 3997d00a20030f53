//! Stores that real registries wrote: what is found in them, against what the registry itself said of each.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::fixture::{self, TREES, ask, ask_json, recorded, tags};
use crate::support::listing::listing;
use crate::support::paths;

/// The findings of `verify --notes`, a line each, digests shortened in paths.
fn findings(tree: &str) -> String {
    let outcome = ask(tree, &["verify", "--format", "json", "--notes"]);
    let report = outcome.json();
    let is_bad = report["summary"]["errors"] != 0;
    assert_eq!(outcome.status, i32::from(is_bad));
    lines(&report).join("\n")
}

fn lines(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let lines = findings.map(|finding| {
        let text = |member: &str| finding[member].as_str().unwrap();
        let path: Vec<_> = text("path").split('/').map(shortened).collect();
        let line = format!("{} {} {}", text("severity"), text("code"), path.join("/"));
        match strings(&finding["affects"]).join(", ") {
            nobody if nobody.is_empty() => line,
            tags => format!("{line} hurts {tags}"),
        }
    });
    lines.collect()
}

fn shortened(name: &str) -> String {
    if name.len() < 64 { name.to_owned() } else { format!("{}…", &name[..8]) }
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

/// What the registry did not serve of the image that a tag names.
fn refused(tree: &str, name: &str) -> BTreeSet<String> {
    let api = recorded(tree, "api.json");
    api["refused"][name].as_object().map(|of| of.keys().cloned().collect()).unwrap_or_default()
}

/// The digests on the way to an image that are not as they should be.
fn broken(report: &Value) -> BTreeSet<String> {
    let hops = report["hops"].as_array().unwrap().iter();
    hops.filter(|hop| hop["kind"] != "subject" && hop["state"] != "ok" && hop["state"] != "external")
        .map(|hop| hop["digest"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_sound_store_has_three_notes() {
    insta::assert_snapshot!(findings("registry"), @"
    note subject-missing blobs/sha256/31/318de017…/data
    note tag-index-dangling repositories/deleted/_manifests/tags/moved/index/sha256/2bdba775…/link
    note repository-empty repositories/gutted
    ");
}

#[test]
fn schema_1_is_warned_of() {
    insta::assert_snapshot!(findings("schema1"), @"
    warning manifest-schema1 blobs/sha256/b0/b0b5931c…/data hurts legacy/skopeo:v1
    warning manifest-schema1 blobs/sha256/b9/b935b0ea…/data hurts legacy/signed:v1
    ");
}

#[test]
fn layers_under_another_algorithm_are_warned_of() {
    insta::assert_snapshot!(findings("alias"), @"
    warning layer-alias repositories/app/_layers/sha384/0a09d55f…/link
    warning layer-alias repositories/app/_layers/sha384/98814b9d…/link hurts app:sha384-reference
    warning layer-alias repositories/app/_layers/sha512/0b84f7d6…/link
    warning layer-alias repositories/app/_layers/sha512/79c6ab1d…/link hurts app:sha512-reference
    ");
}

#[test]
fn abandoned_uploads_are_stale() {
    insta::assert_snapshot!(findings("uploads"), @"
    warning upload-stale repositories/app/_uploads/00000000-0000-4000-8000-000000000000
    warning upload-stale repositories/app/_uploads/00000000-0000-4000-8000-000000000200
    note repository-empty repositories/only-uploads
    warning upload-stale repositories/only-uploads/_uploads/00000000-0000-4000-8000-000000000300
    ");
}

#[test]
fn images_without_tags_are_warned_of() {
    insta::assert_snapshot!(findings("tagless"), @"
    warning tags-missing repositories/library/multi
    warning tags-missing repositories/library/tool
    ");
}

#[test]
fn what_a_collector_broke_is_found() {
    insta::assert_snapshot!(findings("collected"), @"
    error reference-missing blobs/sha256/27/279177e1…/data hurts app:v1
    error reference-missing blobs/sha256/78/78977035…/data hurts app:v1
    error reference-missing blobs/sha256/c8/c873d1d8…/data hurts app:v1
    error reference-missing blobs/sha256/d1/d19463af…/data hurts app:v1
    error reference-unlinked repositories/app/_manifests/revisions/sha256/60b69fd2…/link hurts app:v1
    error reference-unlinked repositories/app/_manifests/revisions/sha256/cae12cd9…/link hurts app:v1
    ");
}

#[test]
fn a_cache_lacks_things_and_is_not_broken() {
    insta::assert_snapshot!(findings("cache"), @"
    warning child-missing blobs/sha256/38/38d311c1…/data hurts multi/index:v1
    warning child-missing blobs/sha256/60/60b69fd2…/data hurts multi/index:v1
    warning child-missing blobs/sha256/91/910185d6…/data hurts multi/index:v1
    note reference-missing blobs/sha256/bd/bdfdbd8e…/data hurts team/app/web:3.0
    warning child-missing blobs/sha256/ca/cae12cd9…/data hurts multi/index:v1
    note reference-missing blobs/sha256/fc/fc625683…/data hurts team/app/web:3.0
    note reference-unlinked repositories/team/app/web/_layers/sha256/bd2283dd…/link hurts team/app/web:3.0
    ");
}

#[test]
fn production_images_lack_exactly_what_is_not_at_hand() {
    insta::assert_snapshot!(findings("real"), @"
    error reference-missing blobs/sha256/27/275abb2c…/data hurts my-ubuntu:latest
    error reference-missing blobs/sha256/50/50aff784…/data hurts my-ubuntu:latest
    error reference-missing blobs/sha256/60/605ce1bd…/data hurts release/cyclone-server:v0.5.0-beta.1
    error reference-missing blobs/sha256/6d/6d140169…/data hurts release/cyclone-server:v0.5.0-beta.1
    error reference-missing blobs/sha256/71/7118e0a5…/data hurts release/cyclone-server:v0.5.0-beta.1
    error reference-missing blobs/sha256/71/71b1ca05…/data hurts release/cyclone-server:v0.5.0-beta.1
    error reference-missing blobs/sha256/77/77a50f74…/data hurts release/cyclone-server:v0.5.0-beta.1
    error reference-missing blobs/sha256/79/790ca107…/data hurts release/cyclone-server:v0.5.0-beta.1
    error reference-missing blobs/sha256/7e/7ee27521…/data hurts release/cyclone-server:v0.5.0-beta.1
    error reference-missing blobs/sha256/9f/9f15a393…/data hurts my-ubuntu:latest
    error reference-missing blobs/sha256/e0/e0deed02…/data hurts release/cyclone-server:v0.5.0-beta.1
    error reference-missing blobs/sha256/f6/f6d82e29…/data hurts my-ubuntu:latest
    error reference-missing blobs/sha256/fc/fc0342a9…/data hurts my-ubuntu:latest
    ");
}

#[test]
fn what_is_counted_is_what_is_there() {
    for tree in TREES {
        let summary = &ask_json(tree, &["verify"])["summary"];
        let counts = &recorded(tree, "expected.json")["counts"];
        for count in ["repositories", "tags", "manifests", "blobs", "bytes", "links", "uploads"] {
            assert_eq!(summary[count], counts[count], "{count} of {tree}");
        }
        assert_eq!(summary["bytes_hashed"], counts["bytes"], "{tree}");
    }
}

#[test]
fn every_layer_unpacks_to_its_diff_id() {
    for tree in TREES {
        let plain = ask_json(tree, &["verify", "--notes"]);
        let deep = ask_json(tree, &["verify", "--notes", "--deep"]);
        assert_eq!(lines(&deep), lines(&plain), "{tree}");
    }
}

#[test]
fn every_tag_resolves_to_its_digest_and_is_complete_unless_the_registry_refused_a_part() {
    for tree in TREES {
        for (repository, tag, digest) in tags(tree) {
            let name = format!("{repository}:{tag}");
            let outcome = ask(tree, &["resolve", &name, "--format", "json"]);
            let report = outcome.json();
            assert_eq!(report["digest"], *digest, "{tree} {name}");
            let refused = refused(tree, &name);
            assert_eq!(report["complete"], refused.is_empty(), "{tree} {name}");
            assert_eq!(outcome.status, i32::from(!refused.is_empty()), "{tree} {name}");
            let broken = broken(&report);
            assert!(broken.is_superset(&refused), "{tree} {name}: {broken:?}");
            // A client that is refused a manifest sees nothing of what it names.
            assert!(tree == "collected" || broken == refused, "{tree} {name}: {broken:?}");
        }
    }
}

#[test]
fn manifests_are_as_the_registry_served_them() {
    for tree in TREES {
        let api = recorded(tree, "api.json");
        for (name, served) in api["manifests"].as_object().unwrap() {
            let report = ask_json(tree, &["resolve", name]);
            let hops = report["hops"].as_array().unwrap();
            let manifest =
                hops.iter().find(|hop| hop["kind"] == "manifest" || hop["kind"] == "index").unwrap();
            assert_eq!(manifest["digest"], served["digest"], "{tree} {name}");
            // Schema 1 is stored without the signatures that it is served with.
            assert!(tree == "schema1" || manifest["size"] == served["size"], "{tree} {name}");
            assert_eq!(manifest["media_type"], served["media_type"], "{tree} {name}");
        }
    }
}

#[test]
fn layers_are_those_that_skopeo_saw() {
    let mut seen = 0;
    for tree in TREES {
        let inspected = recorded(tree, "skopeo-inspect.json");
        for (name, image) in inspected.as_object().unwrap() {
            if image["Layers"].as_array().is_none_or(Vec::is_empty) || image["Os"] != "linux" {
                continue;
            }
            let mut args = vec!["resolve", name];
            let whole = ask_json(tree, &args);
            if whole["hops"].as_array().unwrap().iter().any(|hop| hop["kind"] == "index") {
                args.extend(["--platform", "linux/amd64"]);
            }
            let report = ask_json(tree, &args);
            let hops = report["hops"].as_array().unwrap().iter();
            let mut layers: Vec<_> =
                hops.filter(|hop| hop["kind"] == "layer").map(|hop| &hop["digest"]).collect();
            if tree == "schema1" {
                // It lists the newest first.
                layers.reverse();
            }
            assert_eq!(
                layers,
                image["Layers"].as_array().unwrap().iter().collect::<Vec<_>>(),
                "{tree} {name}"
            );
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} images were compared");
}

#[test]
fn whatever_the_registry_refused_is_found_to_hurt_the_tag() {
    for tree in TREES {
        let report = ask_json(tree, &["verify", "--notes"]);
        let findings = report["findings"].as_array().unwrap();
        for (repository, tag, _) in tags(tree) {
            let name = format!("{repository}:{tag}");
            let found: BTreeSet<_> = findings
                .iter()
                .filter(|finding| strings(&finding["affects"]).contains(&&*name))
                .map(|finding| finding["digest"].as_str().unwrap().to_owned())
                .collect();
            let refused = refused(tree, &name);
            assert!(found.is_superset(&refused), "{tree} {name}: {found:?}");
        }
    }
}

#[test]
fn images_of_production_registries_resolve_to_the_digests_they_had_there() {
    for (name, digest, missing) in [
        (
            "release/cyclone-server:v0.5.0-beta.1",
            "sha256:6d47a9873783f7bf23773f0cf60c67cef295d451f56b8b79fe3a1ea217a4bf98",
            8,
        ),
        ("my-ubuntu:latest", "sha256:f871d0805ee3ce1c52b0608108dbdf1b447a34d22d5c7278a3a9dd78fc12c663", 5),
    ] {
        let report = ask_json("real", &["resolve", name]);
        assert_eq!((&report["digest"], &report["complete"]), (&digest.into(), &false.into()));
        let broken = broken(&report);
        assert_eq!(broken.len(), missing);
        for digest in broken {
            assert!(!fixture::v2("real").join(paths::blob_data(&digest)).exists(), "{digest}");
        }
    }
}

#[test]
fn a_root_whose_truth_lies_elsewhere_says_so() {
    for tree in TREES {
        let report = ask_json(tree, &["verify"]);
        let said = strings(&report["warnings"]).join("\n");
        assert_eq!(said.contains("pull-through cache"), tree == "cache", "{tree}: {said}");
        assert_eq!(said.contains("Harbor"), tree == "tagless", "{tree}: {said}");
        assert_eq!(said.is_empty(), !["cache", "tagless"].contains(&tree), "{tree}: {said}");
    }
    for command in ["resolve", "history", "cat", "verify"] {
        let tagless = ask("tagless", &[command, "library/tool:v1"]);
        let said = format!("{}{}", tagless.text(), tagless.stderr);
        assert!(tagless.status == 1 && said.contains("Harbor"), "{command}: {said}");
    }
    let image = "library/tool@sha256:cb0d90dd12bfc5016a719ad35104b18dc3b3130c6564aac99d0213627edf150c";
    assert_eq!(ask_json("tagless", &["resolve", image])["complete"], true);
}

#[test]
fn nothing_under_the_fixtures_changes() {
    let root = fixture::project().join("fixtures");
    let before = listing(&root);
    for tree in TREES {
        ask(tree, &["verify", "--deep", "--notes"]);
        ask(tree, &["verify", "--no-hash"]);
        for (repository, tag, _) in tags(tree) {
            ask(tree, &["resolve", &format!("{repository}:{tag}"), "--format", "paths"]);
        }
    }
    assert_eq!(before, listing(&root));
}

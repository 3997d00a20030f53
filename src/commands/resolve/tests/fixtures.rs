//! The trees that a registry wrote, against what it served of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::kit::resolve_in;
use super::*;

const TREES: [&str; 8] = ["registry", "schema1", "alias", "uploads", "tagless", "collected", "cache", "real"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn recorded(tree: &str, name: &str) -> Value {
    let text = fs::read_to_string(fixtures().join("recorded").join(tree).join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn store(tree: &str) -> Store {
    Store::open(Some(&fixtures().join(tree))).unwrap()
}

fn in_tree(tree: &str, reference: &str) -> ResolveReport {
    resolve_in(&store(tree), reference, None, &Cancel::never())
}

/// The blobs that a pull, going down from the top, would be refused.
fn refused(report: &ResolveReport) -> BTreeSet<String> {
    let mut refused = BTreeSet::new();
    let mut below = usize::MAX;
    for hop in report.hops.iter().filter(|hop| hop.kind.is_blob()) {
        if hop.depth > below {
            continue;
        }
        below = usize::MAX;
        if hop.is_broken() {
            refused.insert(hop.digest.as_ref().unwrap().to_string());
            below = hop.depth;
        }
    }
    refused
}

#[test]
fn every_tag_is_what_the_registry_served_and_is_complete_but_for_what_it_refused() {
    let mut count = 0;
    for tree in TREES {
        let served = recorded(tree, "api.json");
        for (repository, tags) in recorded(tree, "expected.json")["tags"].as_object().unwrap() {
            for (tag, digest) in tags.as_object().unwrap() {
                let reference = format!("{repository}:{tag}");
                let report = in_tree(tree, &reference);
                assert_eq!(report.digest.unwrap().to_string(), digest.as_str().unwrap(), "{reference}");
                let of_registry = &served["manifests"][&reference];
                let manifest = &report.hops[2];
                // Of schema 1 the registry stores the payload, and serves it signed.
                if tree != "schema1" {
                    assert_eq!(manifest.size, of_registry["size"].as_u64(), "{reference}");
                    assert_eq!(manifest.media_type.as_deref(), of_registry["media_type"].as_str());
                }
                let expected: BTreeSet<String> = served["refused"][&reference]
                    .as_object()
                    .map(|refused| refused.keys().cloned().collect())
                    .unwrap_or_default();
                assert_eq!(refused(&report), expected, "{reference}");
                assert_eq!(report.complete, expected.is_empty(), "{reference}: {:#?}", states(&report));
                assert_eq!(report.exit(), Exit::bad_if(!expected.is_empty()), "{reference}");
                count += 1;
            }
        }
    }
    assert_eq!(count, 45);
}

#[test]
fn the_layers_for_a_platform_are_those_that_skopeo_saw() {
    let mut count = 0;
    for tree in TREES {
        for (reference, seen) in recorded(tree, "skopeo-inspect.json").as_object().unwrap() {
            let Some(layers) = seen["Layers"].as_array() else { continue };
            let report = resolve_in(&store(tree), reference, Some("linux/amd64"), &Cancel::never());
            let of_kind = report.hops.iter().filter(|hop| hop.kind == HopKind::Layer);
            let walked: Vec<_> = of_kind.map(|hop| hop.digest.as_ref().unwrap().to_string()).collect();
            let expected: Vec<_> = layers.iter().map(|layer| layer.as_str().unwrap().to_owned()).collect();
            let is_schema1 = tree == "schema1";
            // Skopeo lists the layers of schema 1 from the base up, the manifest from the top down.
            let expected: Vec<_> = if is_schema1 { expected.into_iter().rev().collect() } else { expected };
            assert_eq!(walked, expected, "{tree} {reference}");
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn a_layer_linked_under_another_algorithm_leads_to_its_blob() {
    let report = in_tree("alias", "app:sha512-reference");
    let layer = report.hops.iter().find(|hop| {
        let digest = hop.digest.as_ref().unwrap().to_string();
        hop.kind == HopKind::Layer && digest.starts_with("sha512:")
    });
    let layer = layer.unwrap();
    assert_eq!(layer.state, State::Ok);
    assert!(layer.path.as_ref().unwrap().to_string().starts_with("blobs/sha256/"), "{layer:?}");
}

#[test]
fn a_foreign_layer_is_external_and_has_no_path_and_no_link() {
    for (tag, kinds) in [("foreign", 1), ("nondistributable", 1)] {
        let report = in_tree("registry", &format!("formats:{tag}"));
        let external: Vec<_> = report.hops.iter().filter(|hop| hop.state == State::External).collect();
        assert_eq!(external.len(), kinds, "{tag}");
        assert_eq!((external[0].kind, &external[0].path), (HopKind::Layer, &None));
        let links = report.hops.iter().filter(|hop| hop.kind == HopKind::LayerLink).count();
        let parts = report.hops.iter().filter(|hop| matches!(hop.kind, HopKind::Config | HopKind::Layer));
        assert_eq!(links, parts.count() - kinds);
        assert!(report.complete);
    }
}

#[test]
fn a_foreign_layer_that_another_repository_happens_to_have_is_external_too() {
    use crate::manifest::media_type::OCI_FOREIGN_LAYER;
    let kit = Kit::new();
    let mut layer = kit.part("other", b"layer", OCI_FOREIGN_LAYER);
    layer["urls"] = serde_json::json!(["https://example.com/layer"]);
    for (repository, states) in [("app", [State::External; 1]), ("other", [State::Ok; 1])] {
        let image = kit.manifest(repository, &serde_json::json!([layer]), "amd64");
        let report = kit.resolve(&format!("{repository}@{image}"));
        let of_kind = report.hops.iter().filter(|hop| hop.kind == HopKind::Layer);
        assert_eq!(of_kind.map(|hop| hop.state).collect::<Vec<_>>(), states, "{repository}");
        assert!(report.complete);
    }
}

#[test]
fn a_layer_listed_twice_is_shown_twice_and_counts_once() {
    let report = in_tree("registry", "formats:layer-twice");
    let layers: Vec<_> = report.hops.iter().filter(|hop| hop.kind == HopKind::Layer).collect();
    let mut distinct: Vec<_> = layers.iter().map(|layer| layer.digest.clone()).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len() + 1, layers.len());
    let blobs: Vec<_> =
        report.files().into_iter().filter(|path| path.as_bytes().ends_with(b"/data")).collect();
    assert_eq!(blobs.len() as u64, report.summary.blobs);
    let sizes = blobs.iter().map(|path| fs::metadata(store("registry").path_of(path)).unwrap().len());
    assert_eq!(report.total_size, sizes.sum::<u64>());
}

#[test]
fn referrers_are_found_by_subject_and_by_tag() {
    let report = in_tree("registry", "artifacts:v1");
    let stem = format!("sha256-{}", report.digest.unwrap().hex());
    let found: Vec<_> = report
        .referrers
        .iter()
        .map(|referrer| {
            let tag = referrer.tag.as_ref().map(|tag| tag.as_str().replace(&stem, "…"));
            (tag, referrer.artifact_type.clone(), referrer.state)
        })
        .collect();
    let config = Some("application/vnd.oci.image.config.v1+json".to_owned());
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found.contains(&(Some("….sig".into()), config, State::Ok)), "{found:#?}");
    assert!(found.contains(&(Some("…".into()), None, State::Ok)), "{found:#?}");
    assert!(
        found.iter().any(|(tag, artifact_type, _)| {
            tag.is_none() && artifact_type.as_ref().is_some_and(|name| name.contains("spdx"))
        }),
        "{found:#?}"
    );
    assert!(report.referrers.is_sorted());
}

#[test]
fn a_subject_that_was_never_pushed_leaves_the_image_complete() {
    let report = in_tree("registry", "artifacts:no-subject");
    let subject = report.hops.last().unwrap();
    assert_eq!((subject.kind, subject.state), (HopKind::Subject, State::Missing));
    assert_eq!((report.complete, report.exit()), (true, Exit::Good));
}

#[test]
fn a_repository_that_keeps_no_tags_is_resolved_by_digest() {
    let report = in_tree("tagless", "library/tool:v1");
    assert!(report.message.as_ref().unwrap().contains("Harbor"), "{:?}", report.message);
    assert_eq!((report.exit(), report.digest), (Exit::Bad, None));
    let digest = report.candidates[0].digest;
    let report = in_tree("tagless", &format!("library/tool@{digest}"));
    assert_eq!((report.hops[0].kind, report.hops[0].depth), (HopKind::Revision, 0));
    assert_eq!((report.complete, report.exit()), (true, Exit::Good));
    let report = in_tree("tagless", &format!("library/tool:v1@{digest}"));
    assert_eq!((report.exit(), report.head.warnings.len()), (Exit::Good, 1));
}

#[test]
fn a_cache_is_said_to_be_one_where_a_tag_is_asked_for() {
    assert!(in_tree("cache", "a:v1").head.warnings[0].contains("pull-through cache"));
}

//! Stores made to be walked forever, and runs that do not come to their end.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use super::kit::{Kit, resolve_in};
use super::*;

#[test]
fn what_stands_behind_a_symbolic_link_is_not_called_missing() {
    let kit = Kit::sample();
    let elsewhere = kit.root().join("elsewhere");
    fs::rename(kit.at(&"blobs".into()), &elsewhere).unwrap();
    symlink(elsewhere, kit.at(&"blobs".into())).unwrap();
    let report = kit.resolve("app:v1");
    assert_eq!(states(&report), [(HopKind::Manifest, State::NotRegular)]);
    assert_eq!(report.hops[2].detail.as_deref(), Some("it is a symbolic link"));
}

#[test]
fn an_index_of_itself_ends_and_one_of_a_thousand_levels_is_walked() {
    let kit = Kit::new();
    let own = hash::digest(crate::digest::Algorithm::Sha256, b"whatever");
    let entry = Kit::descriptor(own, crate::manifest::media_type::OCI_INDEX, 1);
    kit.blob_as(own, json!({"schemaVersion": 2, "manifests": [entry]}).to_string().as_bytes());
    kit.revision("app", own);
    let report = kit.resolve(&format!("app@{own}"));
    assert_eq!(states(&report)[0], (HopKind::Index, State::Altered));
    assert_eq!(report.hops.len(), 4, "listed twice, read once");
    let mut deep = kit.image("app", "amd64", 1);
    for _ in 0..1000 {
        deep = kit.index("app", &[(deep, None)]);
    }
    let report = kit.resolve(&format!("app@{deep}"));
    assert!(report.complete);
    assert_eq!(report.hops.last().unwrap().depth, 1003);
}

#[test]
fn an_index_of_too_many_is_cut_short_and_said_to_be() {
    let kit = Kit::new();
    let image = kit.image("app", "amd64", 0);
    let children = vec![(image, None); 10_000];
    let wide: Vec<_> = (0..6).map(|n| (kit.index("app", &children[n..]), None)).collect();
    let top = kit.index("app", &wide);
    let report = kit.resolve(&format!("app@{top}"));
    assert!(report.head.partial && report.hops.len() <= 100_010);
    assert_eq!(report.exit(), Exit::NoAnswer);
    assert!(report.head.warnings[0].contains("not shown"), "{:?}", report.head.warnings);
}

#[test]
fn a_digest_that_no_registry_can_look_up_is_malformed() {
    let kit = Kit::new();
    let layers = json!([{"mediaType": "x", "size": 1, "digest": "tarsum.v1+sha256:00"}, {"digest": "b:c"}]);
    let config = kit.config("app", "amd64");
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers}).to_string();
    let digest = kit.blob(manifest.as_bytes());
    kit.revision("app", digest);
    let report = kit.resolve(&format!("app@{digest}"));
    assert_eq!(states(&report), [(HopKind::Layer, State::Malformed); 2]);
    let paths: Vec<_> = report.hops[4..].iter().map(|hop| hop.path.clone().unwrap().to_string()).collect();
    assert_eq!(paths, ["blobs/tarsum/v1/sha256/00/00/data", "blobs/b/c/c/data"]);
}

#[test]
fn what_could_not_be_read_makes_the_answer_partial() {
    let kit = Kit::sample();
    let mut report = kit.resolve("app:v1");
    let layer: &mut Hop = report.hops.iter_mut().find(|hop| hop.kind == HopKind::Layer).unwrap();
    (layer.state, layer.detail) = (State::Unreadable, Some("Permission denied".into()));
    report.finish(true);
    assert_eq!((report.complete, report.exit()), (false, Exit::NoAnswer));
    assert_eq!(report.head.errors[0].reason, "Permission denied");
}

#[test]
fn a_cancelled_run_says_that_it_is_partial() {
    let kit = Kit::sample();
    let cancel = Cancel::never();
    cancel.cancel();
    let report = resolve_in(&kit.store(), "app:v1", None, &cancel);
    assert_eq!((report.complete, report.head.partial, report.exit()), (false, true, Exit::NoAnswer));
}

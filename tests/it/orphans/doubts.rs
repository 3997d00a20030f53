//! What cannot be looked at keeps alive what it may need.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::json;

use super::{digests, orphans, unknown};
use crate::support::images::{Dialect, OCI_INDEX};
use crate::support::paths::{self, Digest};
use crate::support::run::run_as_ordinary_user;
use crate::support::store::Store;

/// Two repositories, each with an image and a layer link that nothing needs; and a blob that nobody links.
struct Stage {
    store: Store,
    stale: [Digest; 2],
    image: Digest,
    stray: Digest,
}

fn stage() -> Stage {
    let mut store = Store::new();
    let mut image = String::new();
    let stale = ["one", "two"].map(|repo| {
        let layer = store.layer(repo);
        image = store.image(repo, Dialect::Oci, "amd64", &[layer]);
        store.tag(repo, "v1", &image);
        let stale = store.layer(&format!("stale in {repo}")).digest;
        store.link_layer(repo, &stale);
        stale
    });
    let stray = store.blob("nobody links this");
    Stage { store, stale, image, stray }
}

#[test]
fn an_altered_manifest_keeps_what_its_repository_links_and_no_more() {
    let Stage { store, stale: [one, two], image, stray } = stage();
    let data = store.at(&paths::blob_data(&image));
    fs::write(&data, [fs::read(&data).unwrap(), b"\n".to_vec()].concat()).unwrap();
    let outcome = orphans(&store, &["--exit-code"]);
    let report = outcome.json();
    assert_eq!(outcome.status, 2);
    assert_eq!(unknown(&report), [paths::blob_data(&image)]);
    assert!(report["unknown"][0]["reason"].as_str().unwrap().contains("altered"));
    assert_eq!(digests(&report, "blobs"), [one, stray].into());
    assert!(!digests(&report, "blobs").contains(&two));
}

#[test]
fn a_symbolic_link_in_place_of_a_repository_hides_the_use_of_any_blob() {
    let Stage { store, .. } = stage();
    fs::create_dir(store.outside().join("elsewhere")).unwrap();
    symlink(store.outside().join("elsewhere"), store.at("repositories/three")).unwrap();
    for policy in ["revisions", "tags"] {
        let outcome = orphans(&store, &["--policy", policy]);
        let report = outcome.json();
        assert_eq!((outcome.status, unknown(&report)), (2, vec!["repositories/three"]));
        assert_eq!(digests(&report, "blobs"), [].into());
        assert!(report["warnings"][0].as_str().unwrap().contains("no blob is called an orphan"));
    }
}

#[test]
fn a_link_of_a_layer_that_is_a_symbolic_link_is_unknown() {
    let Stage { store, stale: [one, two], stray, .. } = stage();
    let link = paths::layer_link("one", &one);
    fs::remove_file(store.at(&link)).unwrap();
    symlink(store.at(&paths::layer_link("two", &two)), store.at(&link)).unwrap();
    let outcome = orphans(&store, &[]);
    let report = outcome.json();
    assert_eq!((outcome.status, unknown(&report)), (2, vec![link.as_str()]));
    assert_eq!(digests(&report, "blobs"), [two, stray].into());
}

/// The report to a user whom permissions bind, after taking all permission from `path`.
fn without_permission(store: &Store, path: &str) -> serde_json::Value {
    without_permission_for(store, path, path)
}

/// The same, where that hides `path`.
fn without_permission_for(store: &Store, place: &str, path: &str) -> serde_json::Value {
    let place = store.at(place);
    let mode = fs::metadata(&place).unwrap().permissions();
    fs::set_permissions(&place, Permissions::from_mode(0o000)).unwrap();
    let outcome = run_as_ordinary_user(&["orphans", "-f", "json", "-r", &store.root_text()]);
    fs::set_permissions(&place, mode).unwrap();
    let report = outcome.json();
    assert_eq!((outcome.status, unknown(&report)), (2, vec![path]), "{report:#}");
    assert_eq!(report["errors"][0]["path"], path);
    assert_eq!(report["partial"], true);
    report
}

#[test]
fn hidden_revisions_keep_every_manifest_that_may_be_one() {
    let Stage { store, stale: [one, _], stray, .. } = stage();
    for path in ["repositories/two/_manifests", "repositories/two/_manifests/revisions/sha256"] {
        let report = without_permission(&store, path);
        assert_eq!(digests(&report, "blobs"), [one.clone(), stray.clone()].into(), "{path}");
    }
}

#[test]
fn a_tag_whose_links_are_hidden_is_not_said_to_lead_nowhere() {
    let Stage { store, image, .. } = stage();
    for link in [paths::current_link("two", "v1"), paths::revision_link("two", &image)] {
        let content = store.read(&link);
        store.remove(&link);
        symlink("nowhere", store.at(&link)).unwrap();
        let outcome = orphans(&store, &["--policy", "tags"]);
        let warnings = outcome.json()["warnings"].to_string();
        assert!(outcome.status == 2 && !warnings.contains("no registry can resolve"), "{link}: {warnings}");
        fs::remove_file(store.at(&link)).unwrap();
        store.write(&link, content);
    }
    store.remove(&paths::current_link("two", "v1"));
    let warnings = orphans(&store, &["--policy", "tags"]).json()["warnings"].to_string();
    assert!(warnings.contains("no registry can resolve"), "{warnings}");
}

#[test]
fn hidden_layer_links_keep_everything() {
    let Stage { store, .. } = stage();
    let paths =
        ["repositories", "repositories/two", "repositories/two/_layers", "repositories/two/_layers/sha256"];
    for path in paths {
        assert_eq!(digests(&without_permission(&store, path), "blobs"), [].into(), "{path}");
    }
}

#[test]
fn a_hidden_blob_is_not_listed_and_a_hidden_manifest_keeps_its_repository() {
    let Stage { store, stale: [one, _], image, stray } = stage();
    let report = without_permission_for(&store, &paths::blob_dir(&stray), &paths::blob_data(&stray));
    assert!(!digests(&report, "blobs").contains(&stray));
    let report = without_permission(&store, &paths::blob_data(&image));
    assert_eq!(digests(&report, "blobs"), [one, stray].into());
}

#[test]
fn a_tag_that_cannot_be_read_keeps_its_repository_where_tags_count() {
    let Stage { mut store, stale: [one, _], stray, .. } = stage();
    let layer = store.layer("of an untagged image");
    let untagged = store.image("two", Dialect::Oci, "arm64", std::slice::from_ref(&layer));
    store.write(&paths::current_link("two", "v1"), "");
    let report = orphans(&store, &["--policy", "tags"]).json();
    assert_eq!(unknown(&report), [paths::current_link("two", "v1")]);
    assert_eq!(digests(&report, "blobs"), [one, stray].into());
    let outcome = orphans(&store, &["--policy", "revisions"]);
    assert_eq!(outcome.status, 0, "no revision depends on a tag");
    assert!(!digests(&outcome.json(), "blobs").contains(&untagged));
}

#[test]
fn a_root_without_repositories_has_no_orphans_that_anyone_can_vouch_for() {
    let Stage { store, .. } = stage();
    store.remove("repositories");
    let outcome = orphans(&store, &[]);
    let report = outcome.json();
    assert_eq!((outcome.status, unknown(&report)), (2, vec!["repositories"]));
    assert_eq!(digests(&report, "blobs"), [].into());
    assert_eq!(orphans(&Store::bare(), &[]).status, 0);
}

#[test]
fn a_build_cache_is_an_index_of_layers_and_no_cause_for_doubt() {
    let mut store = Store::new();
    let layer = store.layer("cached");
    store.link_layer("cache", &layer.digest);
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [layer.descriptor()] });
    let index = store.manifest("cache", index.to_string());
    store.tag("cache", "buildcache", &index);
    for policy in ["revisions", "tags"] {
        let outcome = orphans(&store, &["--policy", policy]);
        assert_eq!(outcome.status, 0, "{}", outcome.text());
        let report = outcome.json();
        assert_eq!(digests(&report, "blobs"), [].into());
        assert_eq!(digests(&report, "layer_links"), [].into());
    }
}

#[test]
fn legacy_signatures_are_kept_with_their_manifest() {
    let (store, _, _, orphan) = signed();
    assert_eq!(digests(&orphans(&store, &[]).json(), "blobs"), [orphan].into());
}

/// A signed manifest of old, with its repository's directory of signatures; and a blob that nobody needs.
fn signed() -> (Store, Digest, String, Digest) {
    let mut store = Store::new();
    let layer = store.layer("base");
    let manifest = store.schema1("legacy", "v1", &[layer]);
    let signature = store.blob("a signature");
    let orphan = store.blob("an orphan");
    let directory = paths::revision_link("legacy", &manifest).replace("/link", "/signatures");
    store.write(&format!("{directory}/{}/link", paths::slashed(&signature)), &signature);
    (store, signature, directory, orphan)
}

#[test]
fn a_signature_whose_link_cannot_be_looked_at_is_kept() {
    let (store, signature, directory, orphan) = signed();
    let link = format!("{directory}/{}/link", paths::slashed(&signature));
    let report = without_permission_for(&store, paths::parent(&link), &link);
    assert_eq!(digests(&report, "blobs"), [orphan.clone()].into());
    for (target, path) in [("link", link.as_str()), ("hex", paths::parent(&link))] {
        let (store, _, _, orphan) = signed();
        store.remove(path);
        symlink("elsewhere", store.at(path)).unwrap();
        let outcome = orphans(&store, &[]);
        let report = outcome.json();
        assert_eq!((outcome.status, unknown(&report)), (2, vec![link.as_str()]), "{target}");
        assert_eq!(digests(&report, "blobs"), [orphan].into(), "{target}");
    }
}

#[test]
fn hidden_signatures_keep_everything_since_no_layer_link_names_them() {
    for hide in ["", "/sha256"] {
        let (store, _, directory, _) = signed();
        let path = format!("{directory}{hide}");
        fs::rename(store.at(&path), store.outside().join("aside")).unwrap();
        symlink(store.outside().join("aside"), store.at(&path)).unwrap();
        let report = orphans(&store, &[]).json();
        assert_eq!(digests(&report, "blobs"), [].into(), "{path}: {report:#}");
    }
    // So does a signed revision that cannot be looked at, and any that may be one.
    let (_, _, directory, _) = signed();
    let revision = paths::parent(&directory);
    for path in [revision, paths::parent(revision)] {
        let (store, ..) = signed();
        let hides = if path == revision { format!("{revision}/link") } else { path.to_owned() };
        let report = without_permission_for(&store, path, &hides);
        assert_eq!(digests(&report, "blobs"), [].into(), "{path}: {report:#}");
    }
}

//! Checks on a store that changes between the walk and the second look, and on walks that were cut short.

use std::fs;
use std::path::Path;

use super::{Bytes, Draft, Evidence, check, second_look};
use crate::cancel::Cancel;
use crate::digest::{Algorithm, Digest};
use crate::finding::Code;
use crate::hash;
use crate::path::StorePath;
use crate::progress::Silent;
use crate::registry::documents::{self, Documents};
use crate::registry::graph::Graph;
use crate::registry::inventory::{Inventory, View, walk};
use crate::registry::layout;
use crate::registry::remarks::keeps_no_tags;
use crate::store::{ReadError, Store};

/// A store with one image, `app:v1`, of a config and a layer.
struct Image {
    root: tempfile::TempDir,
    manifest: Digest,
    layer: Digest,
}

fn put(root: &Path, path: &StorePath, bytes: &[u8]) {
    let path = root.join(path.as_path());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn blob(root: &Path, bytes: &[u8]) -> Digest {
    let digest = hash::digest(Algorithm::Sha256, bytes);
    put(root, &layout::blob_data(digest), bytes);
    digest
}

impl Image {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let app = layout::repository("app");
        let (config, layer) = (blob(root.path(), b"{}"), blob(root.path(), b"layer"));
        let text = format!(
            r#"{{"schemaVersion":2,"config":{{"digest":"{config}","size":2}},"layers":[{{"digest":"{layer}","size":5}}]}}"#
        );
        let manifest = blob(root.path(), text.as_bytes());
        for digest in [config, layer] {
            put(root.path(), &layout::layer_link(&app, digest), digest.to_string().as_bytes());
        }
        let links = [
            layout::revision_link(&app, manifest),
            layout::tag_current(&app, "v1"),
            layout::tag_index(&app, "v1", manifest),
        ];
        for link in links {
            put(root.path(), &link, manifest.to_string().as_bytes());
        }
        Self { root, manifest, layer }
    }

    fn remove(&self, path: &StorePath) {
        fs::remove_file(self.root.path().join(path.as_path())).unwrap();
    }

    fn put(&self, path: &StorePath, bytes: &[u8]) {
        put(self.root.path(), path, bytes);
    }

    /// What is found when `meanwhile` happens between the first look and the second.
    fn found(&self, cancel: &Cancel, meanwhile: impl FnOnce(&Self)) -> Vec<(Code, String)> {
        let store = Store::open(Some(self.root.path())).unwrap();
        let mut inventory = walk(&store, View::FULL, &Cancel::never(), &Silent);
        let mut documents = Documents::default();
        documents::read_manifests(&store, &mut inventory, &mut documents, cancel, &Silent);
        inventory.interrupted |= cancel.is_cancelled();
        let drafts = drafts(&inventory, &documents);
        meanwhile(self);
        let mut found: Vec<_> = second_look::confirm(&store, &inventory, &Bytes::default(), drafts)
            .into_iter()
            .map(|draft| (draft.code, draft.path.to_string()))
            .collect();
        found.sort();
        found
    }
}

fn drafts(inventory: &Inventory, documents: &Documents) -> Vec<Draft> {
    let graph = Graph::new(inventory, documents);
    let bytes = Bytes::default();
    check(Evidence {
        hash: true,
        inventory,
        documents,
        graph: &graph,
        bytes: &bytes,
        is_cache: false,
        now: 0,
        upload_age: 0,
    })
}

fn app() -> StorePath {
    layout::repository("app")
}

#[test]
fn what_appears_before_the_second_look_was_never_missing() {
    let image = Image::new();
    let layer = layout::blob_data(image.layer);
    image.remove(&layer);
    let missing = vec![(Code::ReferenceMissing, layer.to_string())];
    assert_eq!(image.found(&Cancel::never(), |_| ()), missing);
    let found = image.found(&Cancel::never(), |image| image.put(&layer, b"layer"));
    assert_eq!(found, [(Code::ChangedDuringScan, layer.to_string())]);
}

#[test]
fn what_is_no_longer_asked_for_is_not_missing() {
    let image = Image::new();
    image.remove(&layout::blob_data(image.layer));
    let revision = layout::revision_link(&app(), image.manifest);
    let found = image.found(&Cancel::never(), |image| image.remove(&revision));
    assert_eq!(found, [(Code::ChangedDuringScan, revision.to_string())]);
}

#[test]
fn a_tag_that_moves_on_points_to_no_unknown_revision() {
    let image = Image::new();
    let current = layout::tag_current(&app(), "v1");
    let other = hash::digest(Algorithm::Sha256, b"other").to_string();
    image.put(&current, other.as_bytes());
    assert_eq!(image.found(&Cancel::never(), |_| ()), [(Code::TagUnknownRevision, current.to_string())]);
    let manifest = image.manifest.to_string();
    let found = image.found(&Cancel::never(), |image| image.put(&current, manifest.as_bytes()));
    assert_eq!(found, [(Code::ChangedDuringScan, current.to_string())]);
}

#[test]
fn a_link_that_was_being_written_is_no_damage() {
    let image = Image::new();
    let link = layout::layer_link(&app(), image.layer);
    image.put(&link, b"");
    assert_eq!(image.found(&Cancel::never(), |_| ()), [(Code::LinkEmpty, link.to_string())]);
    let layer = image.layer.to_string();
    let found = image.found(&Cancel::never(), |image| image.put(&link, layer.as_bytes()));
    assert_eq!(found, [(Code::ChangedDuringScan, link.to_string())]);
}

#[test]
fn an_interrupted_run_calls_nothing_missing() {
    let image = Image::new();
    image.remove(&layout::blob_data(image.layer));
    image.put(&layout::tag_index(&app(), "v1", image.layer), b"");
    let cancel = Cancel::never();
    cancel.cancel();
    let codes: Vec<_> = image.found(&cancel, |_| ()).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [Code::LinkEmpty]);
}

#[test]
fn an_upload_that_ends_or_begins_in_the_meantime_is_no_damage() {
    let image = Image::new();
    let upload = app().join("_uploads/7d1f3a50-1111-4222-8333-444455556666");
    image.put(&upload.join("data"), b"so far");
    let malformed = [(Code::UploadMalformed, upload.to_string())];
    assert_eq!(image.found(&Cancel::never(), |_| ()), malformed);
    let begins = |image: &Image| image.put(&upload.join("startedat"), b"2026-11-22T02:19:48Z");
    let ends = |image: &Image| fs::remove_dir_all(image.root.path().join(upload.as_path())).unwrap();
    let changed = [(Code::ChangedDuringScan, upload.to_string())];
    assert_eq!(image.found(&Cancel::never(), begins), changed);
    image.remove(&upload.join("startedat"));
    assert_eq!(image.found(&Cancel::never(), ends), changed);
}

#[test]
fn a_directory_that_is_filled_or_removed_in_the_meantime_was_not_empty() {
    let image = Image::new();
    let empty = layout::layer_link(&app(), hash::digest(Algorithm::Sha256, b"pushed")).parent().unwrap();
    let directory = image.root.path().join(empty.as_path());
    fs::create_dir(&directory).unwrap();
    let note = [(Code::EmptyDirectory, empty.to_string())];
    assert_eq!(image.found(&Cancel::never(), |_| ()), note);
    let changed = [(Code::ChangedDuringScan, empty.to_string())];
    assert_eq!(image.found(&Cancel::never(), |image| image.put(&empty.join("link"), b"")), changed);
    image.remove(&empty.join("link"));
    assert_eq!(image.found(&Cancel::never(), |_| fs::remove_dir(&directory).unwrap()), changed);
}

#[test]
fn a_repository_that_gets_its_first_manifest_in_the_meantime_was_not_empty() {
    let image = Image::new();
    let other = layout::repository("other");
    image.put(&layout::layer_link(&other, image.layer), image.layer.to_string().as_bytes());
    let note = [(Code::RepositoryEmpty, other.to_string())];
    assert_eq!(image.found(&Cancel::never(), |_| ()), note);
    let link = layout::revision_link(&other, image.manifest);
    let found =
        image.found(&Cancel::never(), |image| image.put(&link, image.manifest.to_string().as_bytes()));
    assert_eq!(found, [(Code::ChangedDuringScan, link.to_string())]);
}

#[test]
fn what_could_not_be_read_finds_its_place_among_the_oddities() {
    let image = Image::new();
    image.put(&"a stray".into(), b"");
    image.put(&"z stray".into(), b"");
    let store = Store::open(Some(image.root.path())).unwrap();
    let mut inventory = walk(&store, View::FULL, &Cancel::never(), &Silent);
    inventory.could_not_read([(layout::blob_data(image.layer), ReadError::Absent)]);
    assert!(inventory.oddities.is_sorted_by(|a, b| a.path <= b.path), "{:?}", inventory.oddities);
}

#[test]
fn that_no_tag_is_kept_is_said_only_where_all_was_seen() {
    let image = Image::new();
    let tags = app().join("_manifests/tags");
    let walked = || {
        let store = Store::open(Some(image.root.path())).unwrap();
        walk(&store, View::FULL, &Cancel::never(), &Silent)
    };
    assert!(!keeps_no_tags(&walked()));
    fs::remove_dir_all(image.root.path().join(tags.as_path())).unwrap();
    assert!(keeps_no_tags(&walked()));
    let mut interrupted = walked();
    interrupted.interrupted = true;
    assert!(!keeps_no_tags(&interrupted));
    std::os::unix::fs::symlink("elsewhere", image.root.path().join(tags.as_path())).unwrap();
    assert!(!keeps_no_tags(&walked()));
}

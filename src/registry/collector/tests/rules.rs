//! Rules that neither a recorded answer nor the installed program shows.

use std::collections::BTreeMap;

use serde_json::json;

use super::store::{Walked, write};
use crate::digest::{Algorithm, Digest};
use crate::hash;
use crate::path::StorePath;
use crate::registry::collector::{Mode, Rules};
use crate::registry::inventory::Depth;
use crate::registry::layout;

#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn blob(&mut self, bytes: &[u8]) -> Digest {
        let digest = hash::digest(Algorithm::Sha256, bytes);
        self.0.insert(layout::blob_data(digest).to_string(), bytes.to_vec());
        digest
    }

    fn link(&mut self, path: &StorePath, digest: Digest) {
        self.0.insert(path.to_string(), digest.to_string().into_bytes());
    }

    fn layer(&mut self, repository: &str, digest: Digest) {
        self.link(&layout::layer_link(&layout::repository(repository), digest), digest);
    }

    /// An image of one layer, which is its config too.
    fn image(&mut self, repository: &str, layer: Digest) -> Digest {
        let body = json!({"schemaVersion": 2, "config": {"digest": layer}, "layers": [{"digest": layer}]});
        let manifest = self.blob(body.to_string().as_bytes());
        self.link(&layout::revision_link(&layout::repository(repository), manifest), manifest);
        self.layer(repository, layer);
        manifest
    }

    fn walked(&self) -> Walked {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &self.0, &["blobs".into(), "repositories".into()]);
        Walked::new(root.path(), Depth::Full)
    }
}

const V2: Mode = Mode::new(Rules::V2, false);
const V3: Mode = Mode::new(Rules::V3, false);

#[test]
fn a_layer_link_goes_if_only_a_later_repository_needs_the_blob() {
    for (first, second) in [("a", "b"), ("a/0", "a"), ("a", "a/b")] {
        let mut files = Files::default();
        let one = files.blob(b"one");
        let two = files.blob(b"two");
        files.image(first, one);
        files.image(second, two);
        files.layer(first, two);
        files.layer(second, one);
        let answer = files.walked().answer(V3).unwrap();
        assert_eq!(answer.layer_links, [(first.to_owned(), two.to_string())], "{first} before {second}");
        assert_eq!(answer.blobs, [""; 0]);
    }
}

#[test]
fn an_alias_costs_its_layer_and_fails_in_the_sweep_of_3() {
    let mut files = Files::default();
    let layer = files.blob(b"aliased");
    let alias = hash::digest(Algorithm::Sha512, b"aliased");
    files.image("a", alias);
    files.link(&layout::layer_link(&layout::repository("a"), alias), layer);
    files.layer("a", layer);
    let walked = files.walked();
    let answer = walked.answer(V3).unwrap();
    assert_eq!(answer.blobs, [layer.to_string()]);
    assert_eq!(answer.layer_links, vec![("a".to_owned(), layer.to_string()); 2]);
    assert!(walked.fails_in_sweep(V3));
    assert_eq!(walked.answer(V2).unwrap().blobs, [layer.to_string()]);
    assert!(!walked.fails_in_sweep(V2));
}

#[test]
fn a_child_marked_by_another_repository_loses_its_layers_to_3() {
    let mut files = Files::default();
    let layer = files.blob(b"layer");
    let child = files.image("b", layer);
    let body = json!({"schemaVersion": 2, "manifests": [{"digest": child}]});
    let index = files.blob(body.to_string().as_bytes());
    for repository in ["a", "b"] {
        let repository = layout::repository(repository);
        files.link(&layout::revision_link(&repository, index), index);
        files.link(&layout::tag_current(&repository, "v1"), index);
        files.0.entry(repository.join("_layers/sha256/x").to_string()).or_default();
    }
    let mode = Mode::new(Rules::V3, true);
    let answer = files.walked().answer(mode).unwrap();
    assert_eq!((answer.blobs, answer.manifests), (vec![layer.to_string()], Vec::new()));
    files.0.retain(|path, _| !path.starts_with("repositories/a/"));
    assert_eq!(files.walked().answer(mode).unwrap().blobs, [""; 0]);
}

#[test]
fn deeply_nested_indexes_are_followed() {
    let mut files = Files::default();
    let mut manifest = files.blob(b"{\"schemaVersion\":2}");
    let repository = layout::repository("a");
    for _ in 0..500 {
        files.link(&layout::revision_link(&repository, manifest), manifest);
        let body = json!({"schemaVersion": 2, "manifests": [{"digest": manifest}]});
        manifest = files.blob(body.to_string().as_bytes());
    }
    files.link(&layout::revision_link(&repository, manifest), manifest);
    files.link(&layout::tag_current(&repository, "v1"), manifest);
    files.0.insert(repository.join("_layers/x").to_string(), Vec::new());
    let walked = files.walked();
    let untagged = |rules| walked.answer(Mode::new(rules, true)).unwrap();
    assert_eq!(untagged(Rules::V3), super::store::Answer::default());
    assert_eq!(untagged(Rules::V2).manifests.len(), 500);
}

#[test]
fn everything_that_blocks_is_found_past_the_first() {
    let mut files = Files::default();
    let layer = files.blob(b"layer");
    let one = files.image("a", layer);
    let broken = files.blob(b"nonsense");
    let (a, b) = (layout::repository("a"), layout::repository("b"));
    files.link(&layout::revision_link(&b, broken), broken);
    files.0.insert(layout::revision_link(&a, one).to_string(), Vec::new());
    files.0.insert(layout::layer_link(&a, layer).to_string(), b"sha256:x".to_vec());
    files.0.insert(a.join("_manifests/tags/.DS_Store").to_string(), Vec::new());
    files.0.insert("blobs/sha256/ab/data".to_owned(), Vec::new());
    let walked = files.walked();
    let [revision, stray, layer, layers, data, manifest] = [
        layout::revision_link(&a, one),
        a.join("_manifests/tags/.DS_Store"),
        layout::layer_link(&a, layer),
        b.join("_layers"),
        "blobs/sha256/ab/data".into(),
        layout::blob_data(broken),
    ];
    let paths = |mode: Mode| walked.blockers(mode).into_iter().map(|abort| abort.path).collect::<Vec<_>>();
    let expected: [&[&StorePath]; 4] = [
        &[&revision, &data],
        &[&revision, &stray, &data],
        &[&revision, &layer, &manifest, &layers, &data],
        &[&revision, &stray, &layer, &layers, &data],
    ];
    for (mode, expected) in Mode::ALL.into_iter().zip(expected) {
        assert_eq!(paths(mode).iter().collect::<Vec<_>>(), expected, "mode {}", mode.name());
    }
}

//! The stores under `fixtures/`, which real registries wrote, and what was recorded of them. Read in place.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::run::{Outcome, run};

/// Every tree; `fixtures/README.md` says what is in it.
pub(crate) const TREES: [&str; 9] =
    ["registry", "schema1", "alias", "uploads", "tagless", "collected", "cache", "mirror", "real"];

/// The directory of this project.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn root(tree: &str) -> PathBuf {
    project().join("fixtures").join(tree)
}

pub(crate) fn v2(tree: &str) -> PathBuf {
    root(tree).join("docker/registry/v2")
}

/// A file of `fixtures/recorded`.
pub(crate) fn recorded(tree: &str, file: &str) -> Value {
    let path = project().join("fixtures/recorded").join(tree).join(file);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The tags as read off the files: repository, tag, digest.
pub(crate) fn tags(tree: &str) -> Vec<(String, String, String)> {
    let expected = recorded(tree, "expected.json");
    let repositories = expected["tags"].as_object().unwrap();
    let tags = repositories.iter().flat_map(|(repository, tags)| {
        let tags = tags.as_object().unwrap().iter();
        tags.map(move |(tag, digest)| (repository.clone(), tag.clone(), digest.as_str().unwrap().to_owned()))
    });
    tags.collect()
}

/// Runs a command on a tree.
pub(crate) fn ask(tree: &str, args: &[&str]) -> Outcome {
    let root = root(tree);
    run(&[args, &["--root", root.to_str().unwrap()]].concat())
}

pub(crate) fn ask_json(tree: &str, args: &[&str]) -> Value {
    ask(tree, &[args, &["--format", "json"]].concat()).json()
}

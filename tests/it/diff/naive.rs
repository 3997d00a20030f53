//! A second opinion: every file of two trees, read whole and compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// The files that mean something, by path; `None` for the directory of a tag that has no link at all.
pub(super) type Tree = BTreeMap<String, Option<Vec<u8>>>;

pub(super) fn tree(v2: &Path) -> Tree {
    let mut tree = Tree::new();
    for entry in WalkDir::new(v2) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(v2).unwrap().to_str().unwrap().to_owned();
        if path.contains("/_uploads/") || path.split('.').next_back() == Some("tmp") {
            continue;
        }
        if entry.file_type().is_file() {
            tree.insert(path, Some(fs::read(entry.path()).unwrap()));
        } else if is_tag(&path) && links(entry.path()) == 0 {
            tree.insert(path, None);
        }
    }
    tree
}

fn is_tag(path: &str) -> bool {
    path.split_once("/_manifests/tags/").is_some_and(|(_, tag)| !tag.contains('/'))
}

/// How many links a tag has, now and in its history.
fn links(tag: &Path) -> usize {
    let link = |path: &Path| path.file_name().is_some_and(|name| name == "link");
    WalkDir::new(tag).into_iter().filter(|entry| link(entry.as_ref().unwrap().path())).count()
}

/// Each difference in a line, as `differences` of a report.
pub(super) fn differences(a: &Tree, b: &Tree) -> Vec<String> {
    let paths: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let line = |path: &String| {
        let change = match (a.get(path), b.get(path)) {
            (Some(a), Some(b)) if a == b => return None,
            (Some(_), Some(_)) => "differs",
            (Some(_), None) => "only-in-a",
            (None, _) => "only-in-b",
        };
        Some(format!("{change} {} {path}", object(path)))
    };
    paths.into_iter().filter_map(line).collect()
}

/// What a path is to a registry.
fn object(path: &str) -> &'static str {
    let is_digest =
        |hex: &str| hex.len() == 64 && hex.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    let parts: Vec<&str> = path.split('/').collect();
    if let ["blobs", "sha256", shard, hex, "data"] = parts[..] {
        return if is_digest(hex) && hex.starts_with(shard) { "blob" } else { "other" };
    }
    let Some(at) = parts.iter().position(|part| part.starts_with('_')) else { return "other" };
    match parts[at..] {
        ["_layers", "sha256", hex, "link"] if is_digest(hex) => "layer-link",
        ["_manifests", "revisions", "sha256", hex, "link"] if is_digest(hex) => "revision",
        ["_manifests", "tags", _] | ["_manifests", "tags", _, "current", "link"] => "tag",
        ["_manifests", "tags", _, "index", "sha256", hex, "link"] if is_digest(hex) => "tag-index",
        _ => "other",
    }
}

/// Where two files of one size differ first.
pub(super) fn offset(a: &[u8], b: &[u8]) -> Option<usize> {
    if a.len() == b.len() { a.iter().zip(b).position(|(a, b)| a != b) } else { None }
}

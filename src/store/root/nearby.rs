//! Stores near a path that is none: a look around, not a search.

use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use super::CONTENT;
use super::refusal::Root;
use super::signs::is_sure;
use crate::kind::Kind;

/// How many are told.
const SHOWN: usize = 3;

/// Stores above a path, or a few levels below it, as volumes and backups are mounted; of the kind that the user named,
/// if there are such, else of any.
pub(super) fn nearby(path: &Path, kind: Option<Kind>) -> Vec<Root> {
    const DEPTH: usize = 6;
    const ENTRIES: usize = 20_000;
    let above = path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
    let above = above.filter_map(|above| {
        let kind = Kind::ALL.into_iter().find(|kind| is_sure(above, *kind))?;
        Some(Root { path: above.to_owned(), kind })
    });
    let entries = WalkDir::new(path).max_depth(DEPTH).sort_by_file_name().into_iter().take(ENTRIES);
    let below = entries.filter_map(Result::ok).filter_map(|entry| marked(&entry));
    let mut found: Vec<Root> = above.take(1).chain(below).collect();
    if let Some(kind) = kind.filter(|kind| found.iter().any(|root| root.kind == *kind)) {
        found.retain(|root| root.kind == kind);
    }
    found.truncate(SHOWN);
    found
}

/// The store that an entry is the mark of.
fn marked(entry: &DirEntry) -> Option<Root> {
    let path = entry.path();
    let is_dir = entry.file_type().is_dir();
    let (levels, kind) = match path.file_name()?.to_str()? {
        "v2" if is_dir && path.ends_with("docker/registry/v2") => (3, Kind::Registry),
        "oci-layout" if !is_dir => (1, Kind::Oci),
        "image" if is_dir && is_sure(path.parent()?, Kind::Docker) => (1, Kind::Docker),
        name if is_dir && name == CONTENT[0] => (0, Kind::Containerd),
        _ => return None,
    };
    Some(Root { path: path.ancestors().nth(levels)?.to_owned(), kind })
}

//! Everything below a directory with what a write would change, to prove that nothing was written.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    kind_and_mode: u32,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    target: Option<PathBuf>,
}

/// Type, mode, size, times and link target of every path below `root`, itself included.
pub(crate) fn listing(root: &Path) -> BTreeMap<PathBuf, Entry> {
    WalkDir::new(root)
        .into_iter()
        .map(|entry| {
            let entry = entry.unwrap();
            let meta = entry.path().symlink_metadata().unwrap();
            let target = meta.is_symlink().then(|| std::fs::read_link(entry.path()).unwrap());
            let listed = Entry {
                kind_and_mode: meta.mode(),
                size: meta.size(),
                modified: (meta.mtime(), meta.mtime_nsec()),
                changed: (meta.ctime(), meta.ctime_nsec()),
                target,
            };
            (entry.into_path(), listed)
        })
        .collect()
}

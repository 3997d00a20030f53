//! Entries of a kind that no registry writes: a symbolic link, FIFO, socket or directory where a file belongs, a file
//! or symbolic link where a directory belongs.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::links::Link;
use super::{Damage, Expected};
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::store::Store;

/// Puts something else in the place of the file at `path`.
fn replace_file(store: &Store, rng: &mut Rng, path: &str) {
    let place = store.at(path);
    let kept = store.outside().join("kept");
    fs::rename(&place, &kept).unwrap();
    match rng.below(6) {
        // Even a link to the right bytes is not what a registry writes.
        0 => symlink(&kept, &place).unwrap(),
        1 => symlink("nowhere", &place).unwrap(),
        2 => symlink(&place, &place).unwrap(),
        3 => fs::create_dir(&place).unwrap(),
        4 => socket(store, &place),
        _ => mkfifoat(CWD, &place, Mode::from_raw_mode(0o644)).unwrap(),
    }
}

/// Binds a socket under a short path, as its address may not be long, and moves it to its place.
fn socket(store: &Store, place: &std::path::Path) {
    let short = store.outside().join("s");
    drop(UnixListener::bind(&short).unwrap());
    fs::rename(short, place).unwrap();
}

pub(crate) fn data(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let digest = rng.choose(store.model.blobs.keys())?;
    let path = paths::blob_data(digest);
    replace_file(store, rng, &path);
    Damage::one(Expected::error("not-regular", path).affects(store.model.affects(digest)))
}

pub(crate) fn link(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let links = Link::all(&store.model);
    let link = rng.pick(&links)?;
    replace_file(store, rng, &link.path());
    Damage::one(Expected::error("not-regular", link.path()).affects(link.affects(&store.model)))
}

/// The directories that a store of this shape must have, those below a tag and a blob among them.
fn directories(store: &Store, rng: &mut Rng) -> Vec<String> {
    let mut dirs = vec!["blobs/sha256".to_owned()];
    if let Some(repo) = rng.choose(store.model.repos.keys()) {
        let dir = paths::repository(repo);
        dirs.extend(
            ["_layers", "_layers/sha256", "_manifests", "_manifests/revisions", "_manifests/tags"]
                .map(|name| format!("{dir}/{name}")),
        );
        for tag in store.model.repos[repo].tags.keys() {
            dirs.extend(["current", "index"].map(|name| format!("{}/{name}", paths::tag_dir(repo, tag))));
        }
    }
    if let Some(digest) = rng.choose(store.model.blobs.keys()) {
        dirs.push(paths::blob_dir(digest));
    }
    dirs
}

/// What is behind it is unknown: nothing there is missing.
pub(crate) fn directory_is_a_link(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let mut dirs = directories(store, rng);
    dirs.extend(["blobs".to_owned(), "repositories".to_owned()]);
    dirs.extend(store.model.repos.keys().map(|repo| paths::repository(repo)));
    let dir = rng.pick(&dirs)?;
    let kept = store.outside().join("kept");
    fs::rename(store.at(dir), &kept).unwrap();
    symlink(&kept, store.at(dir)).unwrap();
    Damage::one(Expected::error("not-regular", dir.as_str()))
}

pub(crate) fn directory_is_a_file(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let dirs = directories(store, rng);
    let dir = rng.pick(&dirs)?;
    store.remove(dir);
    store.write(dir, "not a directory");
    Damage::one(Expected::error("not-regular", dir.as_str()))
}

//! Entries that should not be there, names that the grammar rejects, uploads that nobody finishes.

use super::{Damage, Expected};
use crate::support::images::Dialect;
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::store::{self, Store};

const UPLOAD_ID: &str = "7d1f3a50-1111-4222-8333-444455556666";

/// A plain file at any level that has no place for one.
pub(crate) fn stray_file(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let place = &store.model.repos[&repo];
    let dir = paths::repository(&repo);
    let tags = format!("{dir}/_manifests/tags");
    let mut dirs = ["", "blobs", "blobs/sha256", "repositories"].map(str::to_owned).to_vec();
    dirs.push(tags.clone());
    dirs.extend(
        ["", "/_layers", "/_layers/sha256", "/_manifests", "/_manifests/revisions"]
            .map(|name| format!("{dir}{name}")),
    );
    dirs.extend(store.model.blobs.keys().take(1).map(|digest| paths::blob_dir(digest)));
    dirs.extend(place.layers.iter().take(1).map(|d| paths::parent(&paths::layer_link(&repo, d)).to_owned()));
    dirs.extend(place.tags.keys().take(1).flat_map(|tag| {
        ["", "/current", "/index"].map(|name| format!("{}{name}", paths::tag_dir(&repo, tag)))
    }));
    let dir = rng.pick(&dirs)?;
    let path = format!("{dir}/.DS_Store").trim_start_matches('/').to_owned();
    store.write(&path, "junk");
    let stops: &[&str] = if *dir == tags { &["2m", "3m"] } else { &[] };
    Damage::one(Expected::warning("stray-entry", path).affects_nothing().blocks(stops))
}

pub(crate) fn invalid_repository(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = ["Upper", "team/Upper", "a__-b", "trailing-", "dots..dots"][rng.below(5)];
    let layer = store.layer("a layer");
    let digest = store.image(repo, Dialect::Oci, "amd64", &[layer]);
    store.tag(repo, "v1", &digest);
    let found = Expected::warning("name-invalid", paths::repository(repo)).affects_nothing();
    Damage::one(found.blocks(&["2", "2m", "3", "3m"]))
}

pub(crate) fn invalid_tag(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let long = "x".repeat(129);
    let tag = ["-dash", ".dot", "with space", "plus+plus", &long][rng.below(5)];
    let repo = store.some_repo(rng)?;
    let digest = store.model.repos[&repo].revisions.first()?.clone();
    store.tag(&repo, tag, &digest);
    let found = Expected::warning("name-invalid", paths::tag_dir(&repo, tag)).of(&repo);
    // The registry's storage driver refuses some characters outright.
    let stops: &[&str] = if tag.contains([' ', '+']) { &["2m", "3m"] } else { &[] };
    Damage::one(found.affects_nothing().blocks(stops))
}

fn upload(store: &Store, repo: &str, code: &'static str, id: &str) -> Option<Damage> {
    assert!(store.at(&paths::upload_dir(repo, id)).is_dir());
    let found = Expected::warning(code, paths::upload_dir(repo, id)).of(repo);
    Damage::one(found.affects_nothing().blocks(&[]))
}

pub(crate) fn stale_upload(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    store.upload(&repo, UPLOAD_ID, "2020-02-29T23:59:59Z");
    upload(store, &repo, "upload-stale", UPLOAD_ID)
}

pub(crate) fn upload_without_start(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    store.upload(&repo, UPLOAD_ID, &store::now());
    store.remove(&format!("{}/startedat", paths::upload_dir(&repo, UPLOAD_ID)));
    upload(store, &repo, "upload-malformed", UPLOAD_ID)
}

pub(crate) fn upload_with_an_unreadable_start(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    store.upload(&repo, UPLOAD_ID, ["", "yesterday", "\u{0}\u{0}"][rng.below(3)]);
    upload(store, &repo, "upload-malformed", UPLOAD_ID)
}

pub(crate) fn upload_with_an_odd_id(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    store.upload(&repo, "not-a-uuid", &store::now());
    upload(store, &repo, "upload-malformed", "not-a-uuid")
}

//! Normal residue of deletions, collections and crashes: told with `--notes`, and hurting nothing.

use super::{Damage, Expected};
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::store::Store;

fn residue(finding: Expected) -> Option<Damage> {
    Damage::one(finding.affects_nothing().blocks(&[]))
}

/// What `DELETE` of a manifest or blob leaves, and a collector of a fan-out.
pub(crate) fn empty_directory(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let digest = paths::sha256(b"deleted");
    let fan_out = paths::blob_dir(&digest);
    let dir = match rng.below(3) {
        0 => paths::parent(&paths::revision_link(&repo, &digest)).to_owned(),
        1 => paths::parent(&paths::layer_link(&repo, &digest)).to_owned(),
        _ => paths::parent(&fan_out).to_owned(),
    };
    if store.at(&dir).exists() {
        return None;
    }
    store.create_dir(&dir);
    residue(Expected::note("empty-directory", dir))
}

/// What a crash of 3.1 leaves beside any file that it writes.
pub(crate) fn temporary_file(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let place = &store.model.repos[&repo];
    let (tag, at) = place.tags.first_key_value()?;
    let beside = [
        paths::blob_data(&at.current),
        paths::revision_link(&repo, &at.current),
        paths::current_link(&repo, tag),
        paths::index_link(&repo, tag, &at.current),
        paths::layer_link(&repo, place.layers.first()?),
    ];
    let path = format!("{}.3f0c1f9e-1111-4222-8333-444455556666.tmp", rng.pick(&beside)?);
    store.write(&path, "half a li");
    residue(Expected::note("temporary-file", path))
}

pub(crate) fn blob_without_data(store: &mut Store, _: &mut Rng) -> Option<Damage> {
    let digest = paths::sha256(b"deleted");
    store.create_dir(&paths::blob_dir(&digest));
    let found = Expected::note("blob-without-data", paths::blob_data(&digest));
    residue(found.or_path(paths::blob_dir(&digest)).digest(&digest))
}

pub(crate) fn dangling_index_entry(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let tag = store.model.repos[&repo].tags.keys().next()?.clone();
    let digest = paths::sha256(b"deleted");
    let path = paths::index_link(&repo, &tag, &digest);
    store.write(&path, &digest);
    residue(Expected::note("tag-index-dangling", path).of_tag(&repo, &tag).digest(&digest))
}

/// What every collector of 2.x leaves.
pub(crate) fn dangling_layer_link(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let digest = paths::sha256(b"deleted");
    let path = paths::layer_link(&repo, &digest);
    store.write(&path, &digest);
    residue(Expected::note("layer-link-dangling", path).of(&repo).digest(&digest))
}

pub(crate) fn missing_subject(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let subject = paths::sha256(b"deleted");
    let artifact = store.artifact(&repo, &subject, "a signature of what is gone");
    let found = Expected::note("subject-missing", paths::blob_data(&artifact));
    residue(found.or_path(paths::blob_data(&subject)))
}

/// A repository of which only a layer link or an upload is left.
pub(crate) fn empty_repository(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = "gutted/repository";
    if rng.chance(50) {
        let digest = store.blob("a layer that nothing names any more");
        store.link_layer(repo, &digest);
    } else {
        store.upload(repo, "7d1f3a50-1111-4222-8333-444455556666", &crate::support::store::now());
    }
    residue(Expected::note("repository-empty", paths::repository(repo)).of(repo))
}

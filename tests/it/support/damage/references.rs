//! Things that others name, removed: blobs, manifests, links, whole directories.

use std::collections::BTreeSet;

use super::{Damage, Expected};
use crate::support::model::Role;
use crate::support::paths::{self, Digest};
use crate::support::random::Rng;
use crate::support::store::Store;

/// Removes a file, or the directory that it stands in: either is what a careless `rm` leaves.
fn remove_file_or_parent(store: &Store, rng: &mut Rng, path: &str) {
    store.remove(if rng.chance(50) { path } else { paths::parent(path) });
}

/// `(repository, digest)` of every reference of that sort whose blob and link are there.
fn linked(store: &Store, children: bool) -> Vec<(String, Digest)> {
    let references: BTreeSet<_> = store
        .model
        .references()
        .into_iter()
        .filter(|(repo, edge)| {
            let repo = &store.model.repos[repo];
            let links = if children { &repo.revisions } else { &repo.layers };
            (edge.role == Role::Child) == children && links.contains(&edge.digest)
        })
        .map(|(repo, edge)| (repo, edge.digest))
        .collect();
    references.into_iter().collect()
}

/// The tags of a repository that point straight to a digest.
fn tags_of(store: &Store, repo: &str, digest: &str) -> Vec<String> {
    let tags = store.model.repos[repo].tags.iter();
    tags.filter(|(_, tag)| tag.current == digest).map(|(name, _)| name.clone()).collect()
}

fn is_tagged(store: &Store, digest: &str) -> bool {
    store.model.repos.keys().any(|repo| !tags_of(store, repo, digest).is_empty())
}

/// A config or layer gone from the store.
pub(crate) fn remove_a_blob(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let (_, digest) = rng.pick(&linked(store, false))?.clone();
    let path = paths::blob_data(&digest);
    remove_file_or_parent(store, rng, &path);
    let found = Expected::error("reference-missing", path).of_no_repository().digest(&digest);
    Damage::one(found.affects(store.model.affects(&digest)).blocks(&[]))
}

/// A manifest gone from the store, its revision links left, in every repository that has it.
pub(crate) fn remove_a_manifest(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let revisions: BTreeSet<_> = store.model.repos.values().flat_map(|repo| repo.revisions.clone()).collect();
    let digest = rng.choose(revisions)?;
    remove_file_or_parent(store, rng, &paths::blob_data(&digest));
    let holders = store.model.repos.iter().filter(|(_, repo)| repo.revisions.contains(&digest));
    Damage::all(
        holders
            .map(|(repo, _)| {
                Expected::error("revision-dangling", paths::revision_link(repo, &digest))
                    .of(repo)
                    .digest(&digest)
                    .affects(store.model.affects_in(repo, &digest))
                    .blocks(&[])
            })
            .collect(),
    )
}

pub(crate) fn unlink_a_tagged_revision(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let children = linked(store, true);
    let tagged: Vec<_> = store
        .model
        .repos
        .iter()
        .flat_map(|(repo, place)| place.tags.values().map(|tag| (repo.clone(), tag.current.clone())))
        .filter(|tagged| !children.contains(tagged))
        .collect();
    let (repo, digest) = rng.pick(&tagged)?;
    remove_file_or_parent(store, rng, &paths::revision_link(repo, digest));
    let tags = tags_of(store, repo, digest);
    Damage::all(
        tags.iter()
            .map(|tag| {
                Expected::error("tag-unknown-revision", paths::current_link(repo, tag))
                    .of_tag(repo, tag)
                    .digest(digest)
                    .affects_tag(repo, tag)
            })
            .collect(),
    )
}

fn unlinked(store: &Store, repo: &str, digest: &str, path: String) -> Expected {
    Expected::error("reference-unlinked", path)
        .of(repo)
        .digest(digest)
        .affects(store.model.affects_in(repo, digest))
}

pub(crate) fn unlink_a_layer(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let (repo, digest) = rng.pick(&linked(store, false))?.clone();
    let path = paths::layer_link(&repo, &digest);
    remove_file_or_parent(store, rng, &path);
    Damage::one(unlinked(store, &repo, &digest, path))
}

pub(crate) fn unlink_a_child(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let children = linked(store, true);
    let untagged: Vec<_> =
        children.iter().filter(|(repo, digest)| tags_of(store, repo, digest).is_empty()).collect();
    let (repo, digest) = rng.pick(&untagged)?;
    let path = paths::revision_link(repo, digest);
    remove_file_or_parent(store, rng, &path);
    Damage::one(unlinked(store, repo, digest, path))
}

/// What a collector of 2.x leaves of an index.
pub(crate) fn remove_a_child(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let children = linked(store, true);
    let untagged: Vec<_> = children.iter().filter(|(_, digest)| !is_tagged(store, digest)).collect();
    let (_, digest) = rng.pick(&untagged)?;
    for (repo, place) in &store.model.repos {
        if place.revisions.contains(digest) {
            store.remove(paths::parent(&paths::revision_link(repo, digest)));
        }
    }
    store.remove(&paths::blob_dir(digest));
    let found = Expected::warning("child-missing", paths::blob_data(digest)).of_no_repository();
    Damage::one(found.digest(digest).affects(store.model.affects(digest)))
}

/// `(repository, tag, digest)` of some tag.
fn some_tag(store: &Store, rng: &mut Rng) -> Option<(String, String, Digest)> {
    let tags: Vec<_> = store
        .model
        .repos
        .iter()
        .flat_map(|(repo, place)| {
            place.tags.iter().map(|(tag, at)| (repo.clone(), tag.clone(), at.current.clone()))
        })
        .collect();
    rng.pick(&tags).cloned()
}

pub(crate) fn forget_in_index(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let (repo, tag, digest) = some_tag(store, rng)?;
    let path = paths::index_link(&repo, &tag, &digest);
    if rng.chance(30) {
        store.remove(&format!("{}/index", paths::tag_dir(&repo, &tag)));
    } else {
        remove_file_or_parent(store, rng, &path);
    }
    let found = Expected::warning("tag-index-missing", path).of_tag(&repo, &tag).digest(&digest);
    Damage::one(found.affects_nothing().blocks(&[]))
}

pub(crate) fn remove_current(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let (repo, tag, _) = some_tag(store, rng)?;
    let path = paths::current_link(&repo, &tag);
    if rng.chance(30) {
        store.remove(&paths::tag_dir(&repo, &tag));
        store.create_dir(&paths::tag_dir(&repo, &tag));
    } else {
        remove_file_or_parent(store, rng, &path);
    }
    Damage::one(Expected::error("tag-without-current", path).of_tag(&repo, &tag).affects_tag(&repo, &tag))
}

/// Only where another repository has tags: a root without any is as Harbor writes it.
pub(crate) fn remove_tags(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let tagged: Vec<_> =
        store.model.repos.iter().filter(|(_, place)| !place.tags.is_empty()).map(|(repo, _)| repo).collect();
    let repo = rng.pick(&tagged).filter(|_| tagged.len() > 1)?.as_str();
    let dir = format!("{}/_manifests/tags", paths::repository(repo));
    store.remove(&dir);
    let found = Expected::warning("tags-missing", dir).or_path(paths::repository(repo));
    Damage::one(found.of(repo).affects_nothing().blocks(&["2m"]))
}

pub(crate) fn remove_layers(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let linked = linked(store, false);
    let repo = rng.pick(&linked)?.0.as_str();
    let dir = format!("{}/_layers", paths::repository(repo));
    store.remove(&dir);
    let incomplete = Expected::warning("repository-incomplete", paths::repository(repo)).or_path(dir);
    let mut findings = vec![incomplete.of(repo).blocks(&["3", "3m"])];
    for (_, digest) in linked.iter().filter(|(at, _)| at == repo) {
        findings.push(unlinked(store, repo, digest, paths::layer_link(repo, digest)));
    }
    Damage::all(findings)
}

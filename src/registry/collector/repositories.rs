//! Which directories a collector takes for repositories, and in which order: `Enumerate` and `handleRepository` of
//! `registry/storage/catalog.go`.

use std::collections::BTreeMap;

use super::Rules;
use super::lookup::{Standing, standing};
use crate::path::StorePath;
use crate::registry::inventory::{Inventory, Odd, Opaque, Repository};
use crate::registry::layout;
use crate::store::FileKind;

/// What a collector takes for a repository.
pub(super) enum Visited<'a> {
    /// A directory that holds the mark of one.
    Repository(&'a Repository),
    /// The mark without one, directly below `repositories`.
    Nameless(&'a StorePath),
}

/// What it visits, in its order. A repository's turn comes where the name of its mark stands among the names in its
/// directory: `a/0` before `a`, and `a/b` after it.
pub(super) fn visited(inventory: &Inventory, rules: Rules) -> Vec<Visited<'_>> {
    let mark = mark(rules);
    let stops = if rules == Rules::V2 { stops(inventory) } else { Stops::new() };
    let has_mark = |repository: &&Repository| {
        let has = if rules == Rules::V2 { repository.has.layers } else { repository.has.manifests };
        standing(inventory, has, &repository.path.join(mark)) != Standing::Absent
    };
    let repositories = inventory.repositories.iter().filter(has_mark).map(Visited::Repository);
    let nameless = entry_at(inventory, &layout::repository(mark)).map(Visited::Nameless);
    let is_reached = |visited: &Visited<'_>| !is_past_a_stop(visited.turn(mark), &stops);
    let mut visited: Vec<Visited<'_>> = repositories.chain(nameless).filter(is_reached).collect();
    visited.sort_by(|a, b| a.turn(mark).cmp(b.turn(mark)));
    visited
}

impl<'a> Visited<'a> {
    /// The way to the mark.
    fn turn(&self, mark: &'static str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (path, mark) = match self {
            Self::Repository(repository) => (&repository.path, Some(mark.as_bytes())),
            Self::Nameless(path) => (*path, None),
        };
        path.components().chain(mark)
    }
}

/// Something at a path where the layout has no place for anything.
fn entry_at<'a>(inventory: &'a Inventory, path: &StorePath) -> Option<&'a StorePath> {
    let odd = inventory.oddities.binary_search_by(|odd| odd.path.cmp(path)).ok();
    let odd = odd.map(|index| &inventory.oddities[index].path);
    odd.or_else(|| inventory.opaque.get_key_value(path).map(|(path, _)| path))
}

/// The directory that makes a repository of the one that holds it.
const fn mark(rules: Rules) -> &'static str {
    match rules {
        Rules::V2 => "_layers",
        Rules::V3 => "_manifests",
    }
}

/// The first file in a directory that ends the walk of it, by directory.
type Stops = BTreeMap<StorePath, Vec<u8>>;

/// Files whose name begins with `_`: 2.x answers "skip this directory" to them, which its walk takes for a file to
/// mean the rest of the directory that holds it.
fn stops(inventory: &Inventory) -> Stops {
    let strays = inventory.oddities.iter().filter_map(|oddity| {
        let is_file = matches!(oddity.what, Odd::Stray(FileKind::File) | Odd::Temporary);
        is_file.then_some(&oddity.path)
    });
    let others = inventory.opaque.iter().filter_map(|(path, why)| {
        let is_other = |kind| !matches!(kind, FileKind::Directory | FileKind::Symlink | FileKind::Unknown);
        matches!(why, Opaque::NotRegular(kind) if is_other(*kind)).then_some(path)
    });
    let mut stops = Stops::new();
    for path in strays.chain(others).filter(|path| stands_among_repositories(path)) {
        let first = stops.entry(path.parent().unwrap_or_default()).or_insert_with(|| path.name().to_vec());
        if path.name() < &**first {
            *first = path.name().to_vec();
        }
    }
    stops
}

/// Whether the walk for repositories comes upon a path that begins with `_`: it does not go below one.
fn stands_among_repositories(path: &StorePath) -> bool {
    let is_reserved = |name: &&[u8]| name.starts_with(b"_");
    path.components().next() == Some(b"repositories")
        && path.name().starts_with(b"_")
        && path.components().filter(is_reserved).count() == 1
}

/// Whether a way leads through a directory to a name after the one that ends the walk of it.
fn is_past_a_stop<'a>(way: impl Iterator<Item = &'a [u8]>, stops: &Stops) -> bool {
    if stops.is_empty() {
        return false;
    }
    let mut dir = StorePath::root();
    for name in way {
        if stops.get(&dir).is_some_and(|stop| name > &**stop) {
            return true;
        }
        dir = dir.join(name);
    }
    false
}

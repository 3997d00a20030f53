//! Which repository a reference means, and which names come near one that is unknown.

use std::collections::VecDeque;
use std::fmt::Display;

use crate::cancel::Cancel;
use crate::path::StorePath;
use crate::reference::{Reference, RepoName, Tag};
use crate::registry::look::{self, State};
use crate::registry::{layout, remarks};
use crate::store::{FileKind, Store};

/// The most directories that are listed in search of names.
const MAX_DIRECTORIES: usize = 100_000;

/// Names longer than any valid one are not compared: that takes time in the square of their length.
const MAX_NAME: usize = 255;

/// How many names are given.
const GIVEN: usize = 5;

/// What makes a directory a repository.
const PARTS: [&str; 3] = ["_layers", "_manifests", "_uploads"];

/// The repository that a reference means.
pub(super) struct Meant {
    /// Its name.
    pub(super) name: RepoName,
    /// Whether it is there.
    pub(super) known: bool,
    /// The registry's host that was dropped from what was asked for.
    pub(super) host: Option<String>,
}

impl Meant {
    /// What to say where a host was dropped to find the repository.
    pub(super) fn hint(&self) -> Option<String> {
        let host = self.host.as_ref().filter(|_| self.known)?;
        Some(format!(
            "{host} was taken for the name of a registry and dropped: the repository is {}",
            self.name
        ))
    }

    /// What to say where the repository is not there.
    pub(super) fn unknown(&self) -> String {
        no_repository(&self.name)
    }
}

/// What to say of repositories that are not there.
pub(super) fn no_repository(names: impl Display) -> String {
    format!("there is no repository {names}")
}

/// Finds the repository: that of the whole name where there is one, else that of the name behind the host.
pub(super) fn find(store: &Store, reference: &Reference) -> Option<Meant> {
    let whole = reference.whole.clone().map(|name| (None, name));
    let behind_host = reference.behind_host.clone().map(|(host, name)| (Some(host), name));
    let readings = [whole, behind_host].into_iter().flatten();
    let mut meant = readings.map(|(host, name)| Meant { known: is_repository(store, &name), name, host });
    let first = meant.next()?;
    if first.known {
        return Some(first);
    }
    Some(meant.find(|other| other.known).unwrap_or(first))
}

/// Whether a registry has the repository that a reference means.
pub fn has_repository(store: &Store, reference: &Reference) -> bool {
    find(store, reference).is_some_and(|meant| meant.known)
}

/// Something that cannot be looked at may well be there.
fn is_repository(store: &Store, name: &RepoName) -> bool {
    let directory = layout::repository(name.as_str());
    PARTS.iter().any(|part| look::presence(store, &directory.join(part)) != State::Missing)
}

/// What is said of names that come near; nothing of none.
pub(super) fn did_you_mean(near: &[String]) -> Option<String> {
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(", ")))
}

/// A line that says what is wrong, and behind it what may have been meant.
pub(super) fn with_near(what: impl Display, near: &[String]) -> String {
    did_you_mean(near).map_or_else(|| what.to_string(), |near| format!("{what}; {near}"))
}

/// The repositories whose names come nearest to the one that a reference asks for.
pub(super) fn repositories_near(store: &Store, reference: &Reference, cancel: &Cancel) -> Vec<String> {
    let asked: Vec<&str> = reference
        .whole
        .iter()
        .chain(reference.behind_host.iter().map(|(_, name)| name))
        .map(RepoName::as_str)
        .collect();
    nearest(&asked, repositories(store, cancel))
}

/// The tags of a repository whose names come nearest, with the repository's name before them. Where nobody wrote a tag,
/// any of them may be meant: then the first of the others follow.
pub(super) fn tags_near(store: &Store, name: &RepoName, reference: &Reference, tag: &Tag) -> Vec<String> {
    let mut tags = directories(store, &layout::repository(name.as_str()).join("_manifests/tags"));
    // No command takes another, nor does a registry.
    tags.retain(|tag| Tag::parse(tag).is_ok());
    let mut near = nearest(&[tag.as_str()], tags.clone());
    if reference.tag.is_none() {
        let others: Vec<String> = tags.into_iter().filter(|tag| !near.contains(tag)).collect();
        near.extend(others.into_iter().take(GIVEN - near.len()));
    }
    near.into_iter().map(|tag| format!("{name}:{tag}")).collect()
}

/// The names of the repositories, as far as they are text, from the top down and in the order of their names.
fn repositories(store: &Store, cancel: &Cancel) -> Vec<String> {
    let mut names = Vec::new();
    let mut to_list = VecDeque::from([String::new()]);
    let mut listed = 0;
    while let Some(name) = to_list.pop_front() {
        listed += 1;
        if listed > MAX_DIRECTORIES || cancel.is_cancelled() {
            break;
        }
        let here = if name.is_empty() { "repositories".into() } else { layout::repository(&name) };
        let children = directories(store, &here);
        if RepoName::parse(&name).is_ok() && children.iter().any(|child| PARTS.contains(&child.as_str())) {
            names.push(name.clone());
        }
        for child in children.into_iter().filter(|child| !child.starts_with('_')) {
            let child = if name.is_empty() { child } else { format!("{name}/{child}") };
            if child.len() <= MAX_NAME {
                to_list.push_back(child);
            }
        }
    }
    names
}

/// The names of the directories in a directory, sorted; none where it cannot be listed.
fn directories(store: &Store, path: &StorePath) -> Vec<String> {
    let entries = store.dir(path).and_then(|dir| dir.entries()).unwrap_or_default();
    let directories = entries.iter().filter(|entry| entry.kind == FileKind::Directory);
    let mut names: Vec<String> =
        directories.filter_map(|entry| String::from_utf8(entry.name.to_vec()).ok()).collect();
    names.sort_unstable();
    names
}

/// The few names that come nearest to any of those asked for. One that does not come near was not meant.
pub(super) fn nearest(asked: &[&str], names: Vec<String>) -> Vec<String> {
    let mut ranked: Vec<(Nearness, usize, String)> = names
        .into_iter()
        .filter(|name| name.len() <= MAX_NAME)
        .filter_map(|name| {
            let (nearness, distance) = asked.iter().filter_map(|asked| rank(asked, &name)).min()?;
            Some((nearness, distance, name))
        })
        .collect();
    ranked.sort_unstable();
    ranked.truncate(GIVEN);
    ranked.into_iter().map(|(.., name)| name).collect()
}

/// How a name comes near another, the likeliest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// A slip of the fingers.
    Slip,
    /// The same name elsewhere: `team/app` for `app`.
    SameLast,
    /// One begins with the other.
    Prefix,
}

/// How near a name comes, and how many letters are between them; nothing where it is another name altogether.
fn rank(asked: &str, name: &str) -> Option<(Nearness, usize)> {
    let distance = strsim::osa_distance(asked, name);
    let last = |name: &str| name.rsplit('/').next().map(str::to_owned);
    // Of a short name, half is soon another.
    let slips = if asked.len() < 5 { 1 } else { 2.max(asked.len() / 4) };
    let is_prefix = asked.len().min(name.len()) > 1 && (name.starts_with(asked) || asked.starts_with(name));
    let nearness = if distance <= slips && distance < asked.len() {
        Nearness::Slip
    } else if last(asked) == last(name) {
        Nearness::SameLast
    } else if is_prefix {
        Nearness::Prefix
    } else {
        return None;
    };
    Some((nearness, distance))
}

/// What is said of a repository that has manifests, and no directory of tags.
pub(super) fn without_tags(name: &RepoName) -> String {
    format!("the repository {name} keeps no tags on disk ({})", remarks::HARBOR)
}

/// Whether a repository keeps its tags on disk, if it has any.
pub(super) fn keeps_tags(store: &Store, repository: &StorePath) -> bool {
    let is_missing = |part| look::presence(store, &repository.join(part)) == State::Missing;
    !is_missing("_manifests/tags") || is_missing("_manifests/revisions")
}

/// What is said of a tag that a repository does not have.
pub(super) fn no_such_tag(store: &Store, repository: &StorePath, name: &RepoName, tag: &Tag) -> String {
    if keeps_tags(store, repository) {
        format!("the repository {name} has no tag {tag}")
    } else {
        format!("{}: name a digest, such as regfs ls {name} lists", without_tags(name))
    }
}

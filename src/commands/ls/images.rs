//! The images of one repository: its tags, and its manifests that no tag points to. Nothing else is opened.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use crate::commands::image;
use crate::commands::resolve::candidates;
use crate::digest::Digest;
use crate::manifest::{Platform, Role};
use crate::path::{StorePath, text_of};
use crate::registry::look::{self, Look, State};
use crate::registry::{layout, remarks};
use crate::report::ErrorItem;
use crate::report::ls::{ImageItem, LsReport};
use crate::session::Session;
use crate::store::FileKind;
use crate::units::time;

use super::seen::{Edge, Seen};

/// How many steps are taken along manifests in all. No real repository needs a hundredth of that; one that is made
/// of indexes within indexes could need any number.
const MAX_STEPS: u64 = 10_000_000;

/// A tag as it was found.
pub(in crate::commands) struct Tag {
    pub(in crate::commands) name: Box<[u8]>,
    pub(in crate::commands) link: Look,
    pub(in crate::commands) target: Option<Digest>,
}

/// Fills the report with the images of a repository.
pub(super) fn of_repository(session: &Session<'_>, repository: &StorePath, report: &mut LsReport) {
    let errors = &mut report.head.errors;
    let (tags, are_known) = tags(session, repository, errors);
    let revisions = candidates::digests(session.store, &repository.join("_manifests/revisions"));
    let revisions = revisions.unwrap_or_else(|(path, error)| {
        errors.push(ErrorItem { path, reason: error.to_string() });
        Vec::new()
    });
    list(session, Some(repository), &tags, revisions, report);
    if are_known && tags.is_empty() && report.summary.revisions > 0 && !session.cancel.is_cancelled() {
        report.head.warnings.push(format!("the repository keeps no tags on disk: {}", remarks::HARBOR));
    }
}

/// Fills the report with images: those that the tags name, and the manifests that none does. A repository has links
/// besides; nothing else does.
pub(in crate::commands) fn list(
    session: &Session<'_>,
    repository: Option<&StorePath>,
    tags: &[Tag],
    revisions: Vec<Digest>,
    report: &mut LsReport,
) {
    let targets: BTreeSet<Digest> = tags.iter().filter_map(|tag| tag.target).collect();
    let seen = Seen::look(session, repository, targets.iter().chain(&revisions).copied().collect());
    // An API delete leaves the directory of a revision, without its link.
    let is_there =
        |digest: &Digest| seen.manifests.get(digest).is_some_and(|node| node.link.state != State::Missing);
    let revisions: Vec<Digest> = revisions.into_iter().filter(is_there).collect();

    let mut images = Images::new(session, &seen);
    for tag in tags {
        let mut item = images.item(tag.target);
        item.tag = Some(text_of(&tag.name));
        item.time = tag.link.modified.and_then(time);
        item.state = item.state.max(tag.link.state);
        report.tags.push(item);
    }
    let reached = images.closure(targets.iter().copied());
    let mut untagged: Vec<(Option<i64>, ImageItem)> = Vec::new();
    for digest in revisions.iter().filter(|digest| !targets.contains(digest)) {
        let mut item = images.item(Some(*digest));
        item.parents = images.parents.get(digest).cloned().unwrap_or_default();
        let linked = seen.manifests.get(digest).and_then(|node| node.link.modified);
        item.time = linked.and_then(time);
        report.summary.unreached += u64::from(!reached.contains(digest));
        untagged.push((linked, item));
    }
    untagged.sort_by_key(|(linked, item)| (Reverse(*linked), item.digest));
    report.untagged = untagged.into_iter().map(|(_, item)| item).collect();

    report.summary.repositories = 1;
    report.summary.tags = tags.iter().filter(|tag| tag.link.state != State::Missing).count() as u64;
    report.summary.revisions = revisions.len() as u64;
    report.summary.untagged = report.untagged.len() as u64;
    let all = images.closure(revisions);
    report.summary.bytes = images.on_disk(&all);
    if images.steps > MAX_STEPS {
        let warning = "the images name more than regfs follows: some sizes and states are not known";
        report.head.warnings.push(warning.into());
        report.head.partial = true;
        report.head.why_partial = Some("there is too much to follow");
    }
    report.head.errors.extend(seen.errors);
}

/// The directories of tags, sorted by name, and what stands in place of one; and whether these are all.
fn tags(session: &Session<'_>, repository: &StorePath, errors: &mut Vec<ErrorItem>) -> (Vec<Tag>, bool) {
    let path = repository.join("_manifests/tags");
    let entries = match look::entries(session.store, &path) {
        Ok(entries) => entries,
        Err(error) => {
            errors.push(ErrorItem { path, reason: error.to_string() });
            return (Vec::new(), false);
        }
    };
    let directories = entries.iter().filter(|entry| entry.kind != FileKind::File);
    let mut names: Vec<Box<[u8]>> = directories.map(|entry| entry.name.into()).collect();
    names.sort_unstable();
    let read = |name: Box<[u8]>| {
        let (link, target) = look::link(session.store, &layout::tag_current(repository, &name));
        Tag { name, link, target }
    };
    let tags: Vec<Tag> =
        names.into_par_iter().with_max_len(1).filter(|_| !session.cancel.is_cancelled()).map(read).collect();
    for tag in &tags {
        image::note_unreadable(errors, &layout::tag_current(repository, &tag.name), &tag.link);
    }
    (tags, true)
}

struct Images<'a> {
    session: &'a Session<'a>,
    seen: &'a Seen,
    parents: BTreeMap<Digest, Vec<Digest>>,
    /// What is known of the whole of an image.
    known: HashMap<Digest, Whole>,
    steps: u64,
}

/// An image with all that it needs.
#[derive(Clone)]
struct Whole {
    size: Option<u64>,
    state: State,
    platforms: BTreeSet<Platform>,
}

impl<'a> Images<'a> {
    fn new(session: &'a Session<'a>, seen: &'a Seen) -> Self {
        let mut parents: BTreeMap<Digest, Vec<Digest>> = BTreeMap::new();
        for (digest, node) in &seen.manifests {
            let children: BTreeSet<Digest> =
                node.edges.iter().filter(|edge| edge.role == Role::Child).map(|edge| edge.digest).collect();
            for child in children {
                parents.entry(child).or_default().push(*digest);
            }
        }
        Self { session, seen, parents, known: HashMap::new(), steps: 0 }
    }

    fn item(&mut self, digest: Option<Digest>) -> ImageItem {
        let node = digest.and_then(|digest| self.seen.manifests.get(&digest));
        let whole = digest.map(|digest| {
            if let Some(known) = self.known.get(&digest) {
                return known.clone();
            }
            let whole = self.whole(digest);
            self.known.insert(digest, whole.clone());
            whole
        });
        ImageItem {
            tag: None,
            digest,
            media_type: node.and_then(|node| node.media_type.clone()),
            artifact_type: node.and_then(|node| node.artifact_type.clone()),
            platforms: whole.iter().flat_map(|whole| whole.platforms.iter().cloned()).collect(),
            size: whole.as_ref().and_then(|whole| whole.size),
            time: None,
            state: whole.map_or(State::Ok, |whole| whole.state),
            parents: Vec::new(),
            subject: node.and_then(|node| node.subject),
        }
    }

    /// Follows an image down to its layers.
    fn whole(&mut self, root: Digest) -> Whole {
        let mut whole = Whole { size: None, state: State::Ok, platforms: BTreeSet::new() };
        let mut sizes: HashMap<Digest, u64> = HashMap::new();
        let mut worst = State::Ok;
        let mut met = HashSet::from([root]);
        let mut todo = vec![(root, None)];
        while let Some((digest, described)) = todo.pop() {
            if self.stops() {
                return whole;
            }
            let Some(node) = self.seen.manifests.get(&digest) else { continue };
            let mut look = node.look.clone();
            look.compare_size(described);
            worst = worst.max(node.state()).max(look.state);
            take(&mut sizes, digest, look.size, described);
            if !node.is_index {
                whole.platforms.extend(node.platform.clone().filter(Platform::is_known));
            }
            for edge in &node.edges {
                self.steps += 1;
                if edge.role != Role::Child {
                    worst = worst.max(self.part(edge, &mut sizes));
                } else if met.insert(edge.digest) {
                    todo.push((edge.digest, edge.size));
                }
            }
        }
        whole.size = Some(sizes.values().fold(0, |sum: u64, size| sum.saturating_add(*size)));
        whole.state = worst;
        whole
    }

    /// A config or layer, by the rules of `resolve`.
    fn part(&self, edge: &Edge, sizes: &mut HashMap<Digest, u64>) -> State {
        let Some(part) = self.seen.blobs.get(&edge.digest) else { return State::Ok };
        let absent = part.link.state == State::Missing || part.look.state == State::Missing;
        if edge.external && absent {
            return State::Ok;
        }
        take(sizes, part.blob, part.look.size, edge.size);
        let mut look = part.look.clone();
        look.compare_size(edge.size);
        match part.link.state {
            State::Missing => look.worsen(State::Unlinked, None),
            state => look.worsen(state, None),
        }
        look.state
    }

    /// The manifests and blobs that these manifests reach.
    fn closure(&self, roots: impl IntoIterator<Item = Digest>) -> HashSet<Digest> {
        let mut reached = HashSet::new();
        let mut todo: Vec<Digest> = roots.into_iter().collect();
        while let Some(digest) = todo.pop() {
            if !reached.insert(digest) {
                continue;
            }
            for edge in self.seen.manifests.get(&digest).iter().flat_map(|node| &node.edges) {
                match self.seen.blobs.get(&edge.digest).filter(|_| edge.role != Role::Child) {
                    Some(part) => drop(reached.insert(part.blob)),
                    None => todo.push(edge.digest),
                }
            }
        }
        reached
    }

    fn on_disk(&self, digests: &HashSet<Digest>) -> u64 {
        let sizes: HashMap<Digest, u64> = self
            .seen
            .blobs
            .values()
            .filter_map(|part| Some((part.blob, part.look.size?)))
            .chain(self.seen.manifests.iter().filter_map(|(digest, node)| Some((*digest, node.look.size?))))
            .collect();
        digests.iter().filter_map(|digest| sizes.get(digest)).fold(0, |sum, size| sum.saturating_add(*size))
    }

    fn stops(&self) -> bool {
        self.steps > MAX_STEPS || self.session.cancel.is_cancelled()
    }
}

/// Counts a blob once: as it is on disk, else as the largest of its descriptors has it.
fn take(sizes: &mut HashMap<Digest, u64>, blob: Digest, on_disk: Option<u64>, described: Option<i64>) {
    let described = described.and_then(|size| u64::try_from(size).ok());
    let size = sizes.entry(blob).or_insert(0);
    *size = on_disk.or(described).unwrap_or(0).max(*size);
}

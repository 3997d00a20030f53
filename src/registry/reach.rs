//! What is alive: what something that is wanted reaches, and hence what nothing keeps. No I/O.
//!
//! A repository's images are what it can serve: a manifest that is a revision of it and is wanted, what that names as
//! config, layers and children, and on from each child. What is alive in any repository is alive. Where something
//! could not be known ([`Doubts`]) more is alive, never less.
//!
//! One pass over the repositories; each marks digests with its own number, so that nothing is cleared in between.

mod doubts;
mod kinds;

use std::collections::BTreeSet;

use crate::manifest::Role;

use super::documents::{Document, Documents};
use super::graph::TagRef;
use super::inventory::{DigestId, Inventory, LinkContent, Repository, TagDir};
use super::layout;
pub use doubts::Doubts;
pub use kinds::{Kind, Kinds};

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Every revision of every repository, and the legacy signatures of each.
    Revisions,
    /// What tags point to, and every revision whose subject is alive in its repository.
    Tags,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is wanted.
    pub policy: Policy,
    /// Digests that are wanted besides.
    pub given: &'a [DigestId],
    /// Tags that count as gone.
    pub dropped: &'a BTreeSet<TagRef>,
}

/// What is alive, and what is not.
#[derive(Debug)]
pub struct Reach {
    alive: Vec<bool>,
    /// The revisions that are dead in their repository, by its number: in the order of both.
    pub manifests: Vec<(usize, DigestId)>,
    /// The layer links that nothing alive in their repository needs.
    pub layer_links: Vec<(usize, DigestId)>,
    /// The tags that lead nowhere, though they were to keep something alive: without `current/link`, or with one that
    /// names a digest which the repository does not list.
    pub lost_tags: Vec<TagRef>,
}

impl Policy {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revisions => "revisions",
            Self::Tags => "tags",
        }
    }
}

impl Reach {
    /// What these reach.
    pub fn new(
        inventory: &Inventory,
        documents: &Documents,
        doubts: &Doubts,
        question: Question<'_>,
    ) -> Self {
        let mut marker = Marker::new(inventory, documents);
        let mut given = vec![false; inventory.digests.len()];
        question.given.iter().for_each(|id| given[id.index()] = true);
        let mut reach =
            Self { alive: Vec::new(), manifests: Vec::new(), layer_links: Vec::new(), lost_tags: Vec::new() };
        marker.next_repository();
        question.given.iter().chain(&doubts.suspects).for_each(|id| marker.mark(*id));
        marker.follow();
        for (number, repository) in inventory.repositories.iter().enumerate() {
            marker.next_repository();
            marker.note_revisions(repository, question.policy);
            let doubtful = doubts.everything || doubts.is_doubtful(number);
            if doubtful || question.policy == Policy::Revisions {
                repository.revisions.iter().for_each(|link| marker.mark(link.digest));
            }
            if doubtful {
                repository.layers.iter().for_each(|link| marker.mark(link.digest));
            }
            for (tag, dir) in repository.tags.iter().enumerate() {
                let name = TagRef { repository: number, tag };
                if question.policy == Policy::Revisions || question.dropped.contains(&name) {
                    continue;
                }
                match dir.target().filter(|target| repository.revision(*target).is_some()) {
                    Some(target) => marker.mark(target),
                    None if is_hidden(inventory, repository, dir) => {}
                    // What a damaged link should say is a doubt, and told as one.
                    None if dir.current.is_some() && dir.target().is_none() => {}
                    None => reach.lost_tags.push(name),
                }
            }
            for link in &repository.revisions {
                if given[link.digest.index()] {
                    marker.mark(link.digest);
                }
            }
            marker.follow();
            for (manifest, link) in &repository.signatures {
                if marker.is_marked(*manifest) {
                    marker.mark(link.digest);
                }
            }
            let dead = |digest: DigestId| !marker.is_marked(digest);
            let dead_revisions = repository.revisions.iter().filter(|link| dead(link.digest));
            reach.manifests.extend(dead_revisions.map(|link| (number, link.digest)));
            let dead_links =
                repository.layers.iter().filter(|link| dead(link.digest) && !given[link.digest.index()]);
            reach.layer_links.extend(dead_links.map(|link| (number, link.digest)));
        }
        reach.alive = marker.alive;
        if doubts.everything {
            reach.alive.fill(true);
        }
        reach
    }

    /// Whether a digest is alive in any repository.
    pub fn is_alive(&self, digest: DigestId) -> bool {
        self.alive.get(digest.index()).copied().unwrap_or(false)
    }
}

/// Whether it is not known where a tag leads, since a link on the way there could not be looked at.
fn is_hidden(inventory: &Inventory, repository: &Repository, tag: &TagDir) -> bool {
    if inventory.interrupted {
        return true;
    }
    let link = match tag.target() {
        Some(target) => layout::revision_link(&repository.path, inventory.digests.get(target)),
        None => layout::tag_current(&repository.path, &tag.name),
    };
    inventory.hidden_by(&link).is_some()
}

/// Follows references.
struct Marker<'a> {
    /// What each digest says, if it is a manifest: what a registry makes of it, so that no doubt costs a blob.
    documents: Vec<Option<&'a Document>>,
    /// Digests and the blobs that layer links give them under another algorithm, sorted.
    aliases: Vec<(DigestId, DigestId)>,
    alive: Vec<bool>,
    /// The number of the repository that last marked each digest.
    marked: Vec<u32>,
    repository: u32,
    /// Subjects and the revisions of this repository that are about them, sorted.
    referrers: Vec<(DigestId, DigestId)>,
    todo: Vec<DigestId>,
}

impl<'a> Marker<'a> {
    fn new(inventory: &Inventory, documents: &'a Documents) -> Self {
        let count = inventory.digests.len();
        let mut read = vec![None; count];
        for (digest, manifest) in &documents.manifests {
            read[digest.index()] = manifest.as_registry_reads_it();
        }
        Self {
            documents: read,
            aliases: aliases(inventory),
            alive: vec![false; count],
            marked: vec![0; count],
            repository: 0,
            referrers: Vec::new(),
            todo: Vec::new(),
        }
    }

    fn next_repository(&mut self) {
        self.repository += 1;
        self.referrers.clear();
    }

    /// Finds the referrers among a repository's revisions, where they are not alive on their own.
    fn note_revisions(&mut self, repository: &Repository, policy: Policy) {
        if policy == Policy::Revisions {
            return;
        }
        for link in &repository.revisions {
            let subject = self.documents[link.digest.index()].and_then(Document::subject);
            self.referrers.extend(subject.map(|subject| (subject, link.digest)));
        }
        self.referrers.sort_unstable();
    }

    fn is_marked(&self, digest: DigestId) -> bool {
        self.marked[digest.index()] == self.repository
    }

    fn mark(&mut self, digest: DigestId) {
        if !self.is_marked(digest) {
            self.marked[digest.index()] = self.repository;
            self.alive[digest.index()] = true;
            self.todo.push(digest);
        }
    }

    /// Marks what is reached from what was marked.
    fn follow(&mut self) {
        while let Some(digest) = self.todo.pop() {
            for at in range(&self.aliases, digest) {
                self.mark(self.aliases[at].1);
            }
            for at in range(&self.referrers, digest) {
                self.mark(self.referrers[at].1);
            }
            let edges = self.documents[digest.index()].map(|document| &document.edges);
            for edge in edges.into_iter().flatten().filter(|edge| edge.role != Role::Subject) {
                self.mark(edge.target);
            }
        }
    }
}

/// Digests and the blobs that layer links give them under another algorithm, sorted.
pub(super) fn aliases(inventory: &Inventory) -> Vec<(DigestId, DigestId)> {
    let layers = inventory.repositories.iter().flat_map(|repository| &repository.layers);
    let mut aliases: Vec<_> = layers
        .filter_map(|link| match link.content {
            LinkContent::Names(blob) if blob != link.digest => Some((link.digest, blob)),
            _ => None,
        })
        .collect();
    aliases.sort_unstable();
    aliases.dedup();
    aliases
}

/// Where the pairs of a key stand.
pub(super) fn range(pairs: &[(DigestId, DigestId)], key: DigestId) -> std::ops::Range<usize> {
    if pairs.is_empty() {
        return 0..0;
    }
    let start = pairs.partition_point(|(digest, _)| *digest < key);
    start..start + pairs[start..].partition_point(|(digest, _)| *digest == key)
}

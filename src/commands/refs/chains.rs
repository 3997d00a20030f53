//! Every chain of manifests from a tag down to a blob, found from the blob upwards.

use std::collections::{BTreeSet, HashSet};

use crate::cancel::Cancel;
use crate::manifest::Role;
use crate::path::text_of;
use crate::registry::documents::Documents;
use crate::registry::graph::Graph;
use crate::registry::inventory::{DigestId, Inventory, TagDir};
use crate::report::refs::{Use, UseRole};

/// The most chains that are listed: indexes within indexes can make any number of them.
const MAX_CHAINS: usize = 10_000;

/// The most digests that all chains together have.
const MAX_DIGESTS: usize = 200_000;

/// The most steps that are taken upwards: those from a damaged index may lead to no tag at all.
const MAX_STEPS: usize = 2_000_000;

/// The chains, as they are found.
pub(super) struct Chains<'a> {
    inventory: &'a Inventory,
    graph: Graph,
    /// The blob, last, and its other names.
    names: &'a [DigestId],
    /// The manifests that name it, each with what it is to them.
    users: BTreeSet<(DigestId, UseRole, DigestId)>,
    /// The repositories that have a manifest which no tag points to.
    untagged: Vec<(DigestId, usize)>,
    /// Pairs of a repository and one of its manifests.
    revisions: HashSet<(usize, DigestId)>,
    digests: usize,
    steps: usize,
    /// What was found, sorted.
    pub(super) uses: Vec<Use>,
    /// Whether there are more.
    pub(super) cut_short: bool,
}

impl<'a> Chains<'a> {
    pub(super) fn new(inventory: &'a Inventory, documents: &'a Documents, names: &'a [DigestId]) -> Self {
        let mut users = BTreeSet::new();
        for manifest in documents.manifests.keys() {
            for edge in documents.trusted(*manifest).iter().flat_map(|document| &document.edges) {
                if names.contains(&edge.target) {
                    users.insert((*manifest, role(edge.role), edge.target));
                }
            }
        }
        let mut untagged = Vec::new();
        let mut revisions = HashSet::new();
        for (number, repository) in inventory.repositories.iter().enumerate() {
            let targets: HashSet<DigestId> = repository.tags.iter().filter_map(TagDir::target).collect();
            for link in &repository.revisions {
                revisions.insert((number, link.digest));
                if !targets.contains(&link.digest) {
                    untagged.push((link.digest, number));
                }
            }
        }
        untagged.sort_unstable();
        let graph = Graph::new(inventory, documents);
        Self {
            inventory,
            graph,
            names,
            users,
            untagged,
            revisions,
            digests: 0,
            steps: 0,
            uses: Vec::new(),
            cut_short: false,
        }
    }

    /// Finds them.
    pub(super) fn find(&mut self, cancel: &Cancel) {
        if let Some(blob) = self.names.last().copied() {
            self.begin_at(blob, &[blob], UseRole::Manifest);
        }
        for (user, role, name) in self.users.clone() {
            self.upwards(user, name, role, cancel);
        }
        self.uses.sort_unstable();
        self.uses.dedup();
    }

    /// Every chain that leads through `manifest` to `name`. A subject is no part of what is about it, so that such a
    /// step is only ever the last.
    fn upwards(&mut self, manifest: DigestId, name: DigestId, role: UseRole, cancel: &Cancel) {
        // The chain from the blob up; each manifest waits with the length of the chain below it.
        let mut chain = vec![name];
        let mut todo = vec![(manifest, 1)];
        while let Some((manifest, below)) = todo.pop() {
            self.steps += 1;
            self.cut_short |= self.steps > MAX_STEPS;
            if self.cut_short || cancel.is_cancelled() {
                return;
            }
            chain.truncate(below);
            chain.push(manifest);
            self.begin_at(manifest, &chain, role);
            let above: Vec<DigestId> = self.graph.indexes(manifest).collect();
            todo.extend(above.into_iter().rev().map(|index| (index, chain.len())));
        }
    }

    /// Notes the chains that begin at a manifest: at a tag that points to it, or in a repository that has it without
    /// a tag or an index above it.
    fn begin_at(&mut self, manifest: DigestId, upwards: &[DigestId], role: UseRole) {
        let tags: Vec<_> = self.graph.tags_on(manifest).collect();
        for tag in tags {
            let repository = &self.inventory.repositories[tag.repository];
            let name = text_of(&repository.tags[tag.tag].name);
            self.note(text_of(repository.name()), Some(name), upwards, role);
        }
        for number in self.untagged_in(manifest) {
            let repository = &self.inventory.repositories[number];
            self.note(text_of(repository.name()), None, upwards, role);
        }
    }

    /// How many tags, and how many repositories, chains begin at, listed or not: each manifest is passed once here, not
    /// once for each way that leads to it.
    pub(super) fn beginnings(&self) -> (u64, u64) {
        let mut met: HashSet<DigestId> = self.names.last().copied().into_iter().collect();
        met.extend(self.users.iter().map(|(user, ..)| *user));
        let mut todo: Vec<DigestId> = met.iter().copied().collect();
        let (mut tags, mut repositories) = (0, HashSet::new());
        while let Some(manifest) = todo.pop() {
            for tag in self.graph.tags_on(manifest) {
                tags += 1;
                repositories.insert(tag.repository);
            }
            repositories.extend(self.untagged_in(manifest));
            if self.names.last() != Some(&manifest) {
                todo.extend(self.graph.indexes(manifest).filter(|index| met.insert(*index)));
            }
        }
        let is_named = |number: &&usize| !self.inventory.repositories[**number].name().is_empty();
        (tags, repositories.iter().filter(is_named).count() as u64)
    }

    /// The repositories that have a manifest without a tag or an index above it, by number.
    fn untagged_in(&self, manifest: DigestId) -> Vec<usize> {
        let start = self.untagged.partition_point(|(digest, _)| *digest < manifest);
        let here = self.untagged[start..].iter().take_while(|(digest, _)| *digest == manifest);
        let is_child = |number: usize| {
            self.graph.indexes(manifest).any(|index| self.revisions.contains(&(number, index)))
        };
        here.map(|(_, number)| *number).filter(|number| !is_child(*number)).collect()
    }

    fn note(&mut self, repository: String, tag: Option<String>, upwards: &[DigestId], role: UseRole) {
        self.digests += upwards.len();
        if self.uses.len() >= MAX_CHAINS || self.digests > MAX_DIGESTS {
            self.cut_short = true;
            return;
        }
        let chain = upwards.iter().rev().map(|id| self.inventory.digests.get(*id)).collect();
        self.uses.push(Use { repository, tag, chain, role });
    }
}

const fn role(role: Role) -> UseRole {
    match role {
        Role::Config => UseRole::Config,
        Role::Layer => UseRole::Layer,
        Role::Child => UseRole::Child,
        Role::Subject => UseRole::Subject,
    }
}

//! What breaks once everything that a collector lists is gone: tags that resolve today, and referrers of what stays.

use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use crate::commands::resolve;
use crate::digest::Digest;
use crate::manifest::Role;
use crate::path::text_of;
use crate::reference::{RepoName, Tag};
use crate::registry::collector::Collection;
use crate::registry::documents::{Document, Documents};
use crate::registry::graph::{TagRef, is_alias};
use crate::registry::inventory::{DigestId, Inventory, LinkContent, Repository};
use crate::registry::look;
use crate::report::Label;
use crate::report::gc_preview::ReferrerItem;
use crate::session::Session;

/// What is gone, and what is left.
pub(super) struct Losses<'a> {
    session: &'a Session<'a>,
    inventory: &'a Inventory,
    documents: &'a Documents,
    blobs: HashSet<DigestId>,
    /// By repository.
    revisions: HashMap<usize, HashSet<DigestId>>,
    layer_links: HashMap<usize, HashSet<DigestId>>,
}

impl<'a> Losses<'a> {
    pub(super) fn new(
        session: &'a Session<'a>,
        inventory: &'a Inventory,
        documents: &'a Documents,
        collection: &Collection<'_>,
    ) -> Self {
        let numbers: HashMap<&[u8], usize> =
            inventory.repositories.iter().enumerate().map(|(number, repo)| (repo.name(), number)).collect();
        let by_repository = |pairs: Vec<(&Repository, DigestId)>| {
            let mut sets: HashMap<usize, HashSet<DigestId>> = HashMap::new();
            for (repository, digest) in pairs {
                if let Some(number) = numbers.get(repository.name()) {
                    sets.entry(*number).or_default().insert(digest);
                }
            }
            sets
        };
        let manifests = collection.manifests.iter().map(|dead| (dead.repository, dead.digest));
        let links = collection.layer_links.iter().map(|dead| (dead.repository, dead.digest));
        Self {
            session,
            inventory,
            documents,
            blobs: collection.blobs.iter().filter_map(|dead| inventory.digests.find(dead.digest)).collect(),
            revisions: by_repository(manifests.collect()),
            layer_links: by_repository(links.collect()),
        }
    }

    /// The tags that resolve now and lose something that they need.
    pub(super) fn broken_tags(&self) -> Vec<TagRef> {
        let repositories = 0..self.inventory.repositories.len();
        let losing: Vec<TagRef> = repositories.flat_map(|repository| self.losing_tags(repository)).collect();
        losing.into_par_iter().filter(|tag| self.resolves(*tag)).collect()
    }

    /// Those of some tags that do not resolve now, and so cannot break.
    pub(super) fn unresolved(&self, tags: BTreeSet<TagRef>, broken: &[TagRef]) -> Vec<TagRef> {
        let broken: BTreeSet<&TagRef> = broken.iter().collect();
        let others: Vec<TagRef> = tags.into_iter().filter(|tag| !broken.contains(tag)).collect();
        others.into_par_iter().filter(|tag| !self.resolves(*tag)).collect()
    }

    fn losing_tags(&self, number: usize) -> Vec<TagRef> {
        let tags = &self.inventory.repositories[number].tags;
        let tags = tags.iter().enumerate().filter_map(|(tag, dir)| Some((tag, dir.target()?)));
        let losing = tags.filter(|(_, target)| self.loses(number, *target));
        losing.map(|(tag, _)| TagRef { repository: number, tag }).collect()
    }

    /// Whether a repository loses anything that an image needs there. What is not sound now is not followed: then the
    /// tag does not resolve anyway.
    fn loses(&self, number: usize, image: DigestId) -> bool {
        let repository = &self.inventory.repositories[number];
        let is_in = |sets: &HashMap<usize, HashSet<DigestId>>, digest| {
            sets.get(&number).is_some_and(|set| set.contains(&digest))
        };
        let mut seen = BTreeSet::new();
        let mut todo = vec![image];
        while let Some(manifest) = todo.pop() {
            if !seen.insert(manifest) {
                continue;
            }
            if self.blobs.contains(&manifest) || is_in(&self.revisions, manifest) {
                return true;
            }
            for edge in self.documents.trusted(manifest).iter().flat_map(|document| document.parts()) {
                if edge.role == Role::Child {
                    todo.push(edge.target);
                    continue;
                }
                // An external layer is as complete when it is gone.
                let is_needed = !edge.external;
                let blob = self.blob_of(repository, edge.target);
                if is_needed && (self.blobs.contains(&blob) || is_in(&self.layer_links, edge.target)) {
                    return true;
                }
            }
        }
        false
    }

    /// The blob that a repository serves as a layer of that digest.
    fn blob_of(&self, repository: &Repository, digest: DigestId) -> DigestId {
        match repository.layer(digest).map(|link| link.content) {
            Some(LinkContent::Names(other)) if is_alias(self.inventory, digest, other) => other,
            _ => digest,
        }
    }

    fn resolves(&self, tag: TagRef) -> bool {
        let repository = &self.inventory.repositories[tag.repository];
        let name = RepoName::parse(&text_of(repository.name()));
        let tag = Tag::parse(&text_of(&repository.tags[tag.tag].name));
        let (Ok(name), Ok(tag)) = (name, tag) else { return false };
        resolve::is_complete(self.session, &name, &tag)
    }

    /// The manifests that go, by their revision or their blob, while the one that they are about stays.
    pub(super) fn lost_referrers(&self, name: impl Fn(usize) -> Label) -> Vec<ReferrerItem> {
        let mut lost = Vec::new();
        for (number, repository) in self.inventory.repositories.iter().enumerate() {
            let goes = |digest: DigestId| {
                self.blobs.contains(&digest)
                    || self.revisions.get(&number).is_some_and(|dead| dead.contains(&digest))
            };
            for link in repository.revisions.iter().filter(|link| goes(link.digest)) {
                let manifest = self.documents.manifests.get(&link.digest);
                let document = manifest.and_then(|manifest| manifest.as_registry_reads_it());
                let Some(subject) = document.and_then(Document::subject) else { continue };
                let is_there =
                    repository.revision(subject).is_some() && self.inventory.blobs.contains(subject);
                if is_there && !goes(subject) {
                    let digest = self.inventory.digests.get(link.digest);
                    let subject = self.inventory.digests.get(subject);
                    let artifact_type = self.artifact_type(digest);
                    lost.push(ReferrerItem { repository: name(number), digest, subject, artifact_type });
                }
            }
        }
        lost
    }

    /// What a manifest says that it is. Few are asked, so that nobody else has to remember it.
    fn artifact_type(&self, digest: Digest) -> Option<String> {
        let (_, manifest) = look::manifest(self.session.store, digest);
        manifest?.type_of_artifact().map(str::to_owned)
    }
}

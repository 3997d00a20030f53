//! What could not be known, and what must count as alive because of it.
//!
//! A manifest that cannot be read or trusted may need anything that its repository links. A directory that cannot be
//! looked into hides what stands in it: names of revisions hide manifests; names of layer links and legacy signatures, or
//! a repository as a whole, may hide the use of any blob.

use std::collections::BTreeSet;

use super::kinds::is_manifest;
use super::{Policy, Question};
use crate::manifest::Role;
use crate::path::StorePath;
use crate::registry::documents::{Documents, Integrity, Manifest, Unparsed};
use crate::registry::graph::TagRef;
use crate::registry::inventory::{DigestId, Inventory, LinkContent, Opaque};
use crate::registry::layout::{self, Owner, Place, classify};

/// What could not be known.
#[derive(Debug, Default)]
pub struct Doubts {
    /// What could not be read, parsed or trusted, and why; sorted by path.
    pub unknown: BTreeSet<(StorePath, String)>,
    /// Whether any blob may be needed: then none is an orphan.
    pub everything: bool,
    /// Whether names of revisions are hidden: then any manifest may be one.
    pub hides_revisions: bool,
    /// What counts as alive, because a link that could not be looked at would say so, or because it may be a hidden
    /// revision.
    pub suspects: Vec<DigestId>,
    /// Revisions of which the link, or the directory with it, could not be looked at: nor could their signatures.
    pub hidden_revisions: Vec<DigestId>,
    /// Whether all that each repository links counts as alive.
    repositories: Vec<bool>,
}

impl Doubts {
    /// The doubts about a store. In a cache what is missing has expired, by design; elsewhere it is lost.
    pub fn new(inventory: &Inventory, documents: &Documents, question: Question<'_>, is_cache: bool) -> Self {
        let mut doubts = Self {
            everything: inventory.interrupted,
            repositories: vec![false; inventory.repositories.len()],
            ..Self::default()
        };
        for (path, why) in &inventory.opaque {
            doubts.hidden(inventory, path, why);
        }
        if !inventory.has_repositories && !inventory.blobs.is_empty() {
            doubts.everything = true;
            if !inventory.has_links() {
                doubts.add("index.json".into(), "it does not say what is wanted (regfs verify tells why)");
            } else if inventory.hidden_by(&"repositories".into()).is_none() {
                doubts.add("repositories".into(), "it does not exist");
            }
        }
        let standings: Vec<Standing> = standings(inventory, documents);
        for (number, repository) in inventory.repositories.iter().enumerate() {
            for link in &repository.revisions {
                match standings[link.digest.index()] {
                    Standing::Sound => {}
                    Standing::Missing if is_cache || inventory.interrupted => {}
                    Standing::Missing => {
                        let path = inventory.blob_path(inventory.digests.get(link.digest));
                        doubts.add(path, "a revision whose manifest is not in the store");
                        doubts.repositories[number] = true;
                    }
                    Standing::Hidden | Standing::Bad => {
                        doubts.bad(inventory, documents, link.digest);
                        doubts.repositories[number] = true;
                    }
                }
                let read = documents.manifests.get(&link.digest).and_then(Manifest::as_registry_reads_it);
                let edges = read.iter().flat_map(|document| &document.edges);
                for child in edges.filter(|edge| edge.role == Role::Child && is_manifest(documents, edge)) {
                    if matches!(standings[child.target.index()], Standing::Hidden | Standing::Bad) {
                        doubts.bad(inventory, documents, child.target);
                        doubts.repositories[number] = true;
                    }
                }
            }
            if question.policy == Policy::Tags {
                doubts.tags(inventory, number, question.dropped);
            }
        }
        for digest in question.given {
            // What does not read as a manifest need not be one.
            let manifest = documents.manifests.get(digest);
            if manifest.is_some_and(|manifest| manifest.as_registry_reads_it().is_some()) {
                doubts.bad(inventory, documents, *digest);
            }
        }
        // Without links nothing says which blobs a manifest that cannot be read may need.
        doubts.everything |= !inventory.has_links() && doubts.repositories.contains(&true);
        doubts
    }

    /// Adds a link that names nothing.
    pub fn link(&mut self, inventory: &Inventory, path: StorePath, reason: String) {
        self.of_repository(inventory, &path);
        self.add(path, reason);
    }

    /// The repositories of which all that they link counts as alive, by number.
    pub fn repositories(&self) -> impl Iterator<Item = usize> {
        self.repositories.iter().enumerate().filter(|(_, doubtful)| **doubtful).map(|(number, _)| number)
    }

    /// Whether all that a repository links counts as alive.
    pub fn is_doubtful(&self, repository: usize) -> bool {
        self.repositories[repository]
    }

    fn add(&mut self, path: StorePath, reason: impl Into<String>) {
        self.unknown.insert((path, reason.into()));
    }

    /// Something that was not looked at.
    fn hidden(&mut self, inventory: &Inventory, path: &StorePath, why: &Opaque) {
        let place = inventory.place(path);
        let top = path.components().next().unwrap_or_default();
        if !matches!(top, b"" | b"blobs" | b"repositories" | b"index.json") {
            return;
        }
        self.add(
            path.clone(),
            match why {
                Opaque::NotRegular(kind) => format!("it is {}", kind.with_article()),
                Opaque::Unreadable(reason) => reason.to_string(),
            },
        );
        self.of_repository(inventory, path);
        match place {
            Place::Root
            | Place::Repositories
            | Place::Namespace
            | Place::Links(Owner::Layers | Owner::Signatures(_))
            | Place::LinkAlgorithm(Owner::Layers | Owner::Signatures(_), _) => self.everything = true,
            Place::Manifests | Place::Links(Owner::Revisions) | Place::LinkAlgorithm(Owner::Revisions, _) => {
                self.hides_revisions = true;
            }
            Place::LinkDir(owner, digest) | Place::Link(owner, digest) => {
                let suspect = inventory.digests.find(digest);
                self.suspects.extend(suspect);
                self.hidden_revisions.extend(suspect.filter(|_| owner == Owner::Revisions));
            }
            _ => {}
        }
    }

    /// Makes doubtful the repository that a path lies in.
    fn of_repository(&mut self, inventory: &Inventory, path: &StorePath) {
        let Some(name) = classify(path).repository else { return };
        let found = inventory.repositories.iter().position(|repository| repository.name() == name);
        if let Some(number) = found {
            self.repositories[number] = true;
        }
    }

    /// Says what is wrong with a manifest, if it was read.
    fn bad(&mut self, inventory: &Inventory, documents: &Documents, digest: DigestId) {
        let why = match documents.manifests.get(&digest) {
            Some(Manifest { parsed: Err(Unparsed::TooLarge), .. }) => {
                "a manifest larger than any registry reads".to_owned()
            }
            Some(Manifest { integrity: Integrity::Altered(computed), .. }) => {
                format!("an altered manifest: its bytes hash to {computed}")
            }
            Some(Manifest { parsed: Err(Unparsed::Malformed(why) | Unparsed::Faulty(_, why)), .. }) => {
                format!("a manifest that does not parse: {why}")
            }
            // It is sound, or what hides it is told on its own.
            _ => return,
        };
        self.add(inventory.blob_path(inventory.digests.get(digest)), why);
    }

    /// Tags of which nobody can tell what they point to.
    fn tags(&mut self, inventory: &Inventory, number: usize, dropped: &BTreeSet<TagRef>) {
        let repository = &inventory.repositories[number];
        for (tag, dir) in repository.tags.iter().enumerate() {
            let why = match dir.current {
                Some(LinkContent::Empty) => "an empty link: what the tag points to cannot be told".to_owned(),
                Some(LinkContent::Malformed(text) | LinkContent::Unsupported(text)) => {
                    format!("what the tag points to cannot be told: {}", inventory.text(text))
                }
                _ => continue,
            };
            if !dropped.contains(&TagRef { repository: number, tag }) {
                self.add(layout::tag_current(&repository.path, &dir.name), why);
                self.repositories[number] = true;
            }
        }
    }
}

/// How a digest stands as a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It was read, and means something.
    Sound,
    /// It was read, and cannot be trusted.
    Bad,
    /// It could not be read.
    Hidden,
    /// It is not in the store.
    Missing,
}

/// How each digest stands as a manifest.
fn standings(inventory: &Inventory, documents: &Documents) -> Vec<Standing> {
    let mut standings = vec![Standing::Missing; inventory.digests.len()];
    for (digest, manifest) in &documents.manifests {
        let is_sound = manifest.is_trusted() && manifest.parsed.is_ok();
        standings[digest.index()] = if is_sound { Standing::Sound } else { Standing::Bad };
    }
    if !inventory.opaque.is_empty() {
        for (digest, standing) in inventory.digests.iter().zip(&mut standings) {
            let is_hidden = || inventory.hidden_by(&inventory.blob_path(digest)).is_some();
            if *standing == Standing::Missing && is_hidden() {
                *standing = Standing::Hidden;
            }
        }
    }
    standings
}

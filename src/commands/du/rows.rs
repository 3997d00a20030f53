//! The rows: namespace by namespace, repository by repository, tag by tag, blob by blob.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::text_of;
use crate::registry::documents::Documents;
use crate::registry::graph::TagRef;
use crate::registry::inventory::{Inventory, Repository};
use crate::registry::reach::Kinds;
use crate::registry::shares::{Needs, Root, Share, Shares};
use crate::report::du::{Rest, Row};

/// What rows are made of.
pub(super) struct Rows<'a> {
    inventory: &'a Inventory,
    documents: &'a Documents,
    needs: &'a Needs<'a>,
    /// What each repository needs.
    repositories: &'a Shares,
    /// By the number of the repository, whether rows of it are wanted.
    wanted: Vec<bool>,
    /// The tags, and what each that is a revision of its repository begins with.
    tags: Vec<(TagRef, Option<Root>)>,
}

/// Rows, and those that are not wanted, together.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) rows: Vec<Row>,
    pub(super) others: Rest,
}

/// What each repository begins with: its manifests.
pub(super) fn repositories(inventory: &Inventory) -> impl Iterator<Item = Vec<Root>> {
    (0..inventory.repositories.len()).map(|number| roots(inventory, number).collect())
}

fn roots(inventory: &Inventory, repository: usize) -> impl Iterator<Item = Root> {
    let revisions = inventory.repositories[repository].revisions.iter();
    revisions.map(move |link| Root { repository, manifest: link.digest })
}

impl<'a> Rows<'a> {
    /// Rows of the repositories of these names, or of all.
    pub(super) fn new(
        inventory: &'a Inventory,
        documents: &'a Documents,
        needs: &'a Needs<'a>,
        repositories: &'a Shares,
        names: Option<&BTreeSet<Vec<u8>>>,
    ) -> Self {
        let is_wanted = |repository: &Repository| names.is_none_or(|names| names.contains(repository.name()));
        let wanted = inventory.repositories.iter().map(is_wanted).collect();
        let mut tags = Vec::new();
        for (number, repository) in inventory.repositories.iter().enumerate() {
            for (tag, dir) in repository.tags.iter().enumerate().filter(|(_, dir)| dir.current.is_some()) {
                let target = dir.target().filter(|target| repository.revision(*target).is_some());
                let root = target.map(|manifest| Root { repository: number, manifest });
                tags.push((TagRef { repository: number, tag }, root));
            }
        }
        Self { inventory, documents, needs, repositories, wanted, tags }
    }

    pub(super) fn of_namespaces(&self) -> (Listing, Option<Shares>) {
        let mut namespaces: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (number, repository) in self.inventory.repositories.iter().enumerate() {
            let first = repository.name().split(|byte| *byte == b'/').next();
            namespaces.entry(first.unwrap_or_default()).or_default().push(number);
        }
        let all_roots = |numbers: &Vec<usize>| -> Vec<Root> {
            numbers.iter().flat_map(|number| roots(self.inventory, *number)).collect()
        };
        let shares = Shares::new(self.needs, namespaces.values().map(all_roots));
        let mut listing = Listing::default();
        for ((name, numbers), share) in namespaces.into_iter().zip(&shares.shares) {
            let is_wanted = numbers.iter().any(|number| self.wanted[*number]);
            listing.add(is_wanted, share, || Row {
                repositories: Some(numbers.len() as u64),
                tags: Some(numbers.iter().map(|number| self.tags_of(*number)).sum()),
                ..row(text_of(name), share)
            });
        }
        (listing, Some(shares))
    }

    pub(super) fn of_repositories(&self) -> Listing {
        let mut listing = Listing::default();
        let measured = self.inventory.repositories.iter().zip(&self.repositories.shares);
        for (number, (repository, share)) in measured.enumerate() {
            listing.add(self.wanted[number], share, || Row {
                tags: Some(self.tags_of(number)),
                ..row(text_of(repository.name()), share)
            });
        }
        listing
    }

    pub(super) fn of_tags(&self) -> (Listing, Option<Shares>) {
        let shares = self.shares_of_tags();
        let mut listing = Listing::default();
        for ((tag, _), share) in self.tags.iter().zip(&shares.shares) {
            listing.add(self.wanted[tag.repository], share, || row(tag.name(self.inventory), share));
        }
        (listing, Some(shares))
    }

    /// The blobs that a repository needs: the others are told of together.
    pub(super) fn of_blobs(&self) -> Listing {
        let tags = self.shares_of_tags();
        let numbers = (0..self.wanted.len()).filter(|number| self.wanted[*number]);
        let wanted = Shares::new(self.needs, numbers.map(|number| roots(self.inventory, number).collect()));
        let kinds = Kinds::new(self.inventory, self.documents);
        let mut listing = Listing::default();
        for (digest, blob) in self.inventory.blobs.iter() {
            let users = self.repositories.users(digest);
            let share =
                Share { logical: blob.size, unique: if users == 1 { blob.size } else { 0 }, blobs: 1 };
            if users == 0 {
                continue;
            }
            listing.add(wanted.users(digest) > 0, &share, || Row {
                kind: Some(kinds.of(digest).name()),
                repositories: self.inventory.has_links().then_some(users.into()),
                tags: Some(tags.users(digest).into()),
                ..row(self.inventory.digests.get(digest).to_string(), &share)
            });
        }
        listing
    }

    /// Says how many tags lead nowhere, if any do.
    pub(super) fn lost_tags(&self) -> Option<String> {
        let lost = self.tags.iter().filter(|(_, root)| root.is_none()).count();
        (lost > 0).then(|| {
            format!("{lost} of the tags point to no manifest of their repository (regfs verify names them), and count as needing nothing")
        })
    }

    fn shares_of_tags(&self) -> Shares {
        Shares::new(self.needs, self.tags.iter().map(|(_, root)| root.iter().copied().collect()))
    }

    fn tags_of(&self, number: usize) -> u64 {
        let tags = self.inventory.repositories[number].tags.iter();
        tags.filter(|tag| tag.current.is_some()).count() as u64
    }
}

impl Listing {
    fn add(&mut self, is_wanted: bool, share: &Share, row: impl FnOnce() -> Row) {
        if is_wanted {
            self.rows.push(row());
        } else {
            self.others.add(share.logical, share.unique);
        }
    }
}

fn row(name: String, share: &Share) -> Row {
    Row {
        name,
        kind: None,
        logical: share.logical,
        unique: share.unique,
        shared: share.logical.saturating_sub(share.unique),
        blobs: share.blobs,
        repositories: None,
        tags: None,
    }
}

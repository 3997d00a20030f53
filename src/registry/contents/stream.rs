//! Contents as one stream of entries in their order, made as they are asked for: a store has millions.

use std::cmp::Ordering;
use std::iter::Peekable;

use crate::path::StorePath;
use crate::registry::inventory::{DigestId, Link, LinkContent, Repository};
use crate::registry::layout;

use super::order::compare;
use super::{Contents, Entry, Stamp, What};

impl Contents {
    /// Every file.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        // What could not be read after all is no entry; nearly always there is no such thing.
        let is_seen = |entry: &Entry| {
            (self.inventory.opaque.is_empty() || !self.inventory.opaque.contains_key(&entry.path))
                && (self.vanished.is_empty() || !self.vanished.contains(&entry.path))
        };
        Merged { placed: self.placed().peekable(), others: self.others.iter().peekable() }.filter(is_seen)
    }

    /// When a file was written and who may use it, where that counts.
    pub fn stamp(&self, path: &StorePath) -> Option<Stamp> {
        self.stamps.as_ref()?.get(path).copied()
    }

    /// The blobs and sound links in their places.
    fn placed(&self) -> impl Iterator<Item = Entry> + '_ {
        let inventory = &self.inventory;
        let blobs = inventory.blobs.iter().map(|(id, blob)| {
            let path = layout::blob_data(inventory.digests.get(id));
            Entry { path, what: What::File { size: blob.size, digest: self.digest_of(id) } }
        });
        blobs.chain(inventory.repositories.iter().flat_map(|repository| self.links(repository)))
    }

    /// What a blob hashes to, if that is known.
    pub(super) fn digest_of(&self, id: DigestId) -> Option<crate::digest::Digest> {
        self.is_hashed
            .then(|| self.altered.get(&id).copied().unwrap_or_else(|| self.inventory.digests.get(id)))
    }

    fn links<'a>(&'a self, repository: &'a Repository) -> impl Iterator<Item = Entry> + 'a {
        let digests = &self.inventory.digests;
        let path = &repository.path;
        let named = |content| match content {
            LinkContent::Names(digest) => Some(What::Link(digests.get(digest))),
            _ => None,
        };
        let entry = move |link: &Link, path: &dyn Fn(crate::digest::Digest) -> StorePath| {
            named(link.content).map(|what| Entry { path: path(digests.get(link.digest)), what })
        };
        let layers = repository
            .layers
            .iter()
            .filter_map(move |link| entry(link, &|digest| layout::layer_link(path, digest)));
        let revisions = repository
            .revisions
            .iter()
            .filter_map(move |link| entry(link, &|digest| layout::revision_link(path, digest)));
        let tags = repository.tags.iter().flat_map(move |tag| {
            let current = tag.current.and_then(named);
            let current = current.map(|what| Entry { path: layout::tag_current(path, &tag.name), what });
            let index = tag
                .index
                .iter()
                .filter_map(move |link| entry(link, &|digest| layout::tag_index(path, &tag.name, digest)));
            current.into_iter().chain(index)
        });
        layers.chain(revisions).chain(tags)
    }
}

/// Two streams, each in order, as one.
struct Merged<'a, P: Iterator<Item = Entry>, O: Iterator<Item = &'a Entry>> {
    placed: Peekable<P>,
    others: Peekable<O>,
}

impl<'a, P: Iterator<Item = Entry>, O: Iterator<Item = &'a Entry>> Iterator for Merged<'a, P, O> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (Some(placed), Some(other)) = (self.placed.peek(), self.others.peek()) else {
            return self.placed.next().or_else(|| self.others.next().cloned());
        };
        match compare(&placed.path, &other.path) {
            Ordering::Greater => self.others.next().cloned(),
            _ => self.placed.next(),
        }
    }
}

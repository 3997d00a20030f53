//! What the walk's threads report, put together and sorted, so that the order of their work leaves no trace.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::digest::Digest;
use crate::kind::Kind;
use crate::path::StorePath;
use crate::registry::layout::Owner;

use super::{
    Blob, Blobs, Depth, DigestId, Digests, Inventory, Link, LinkContent, Odd, Oddity, Opaque, Parts,
    Repository, TagDir, TextId, Upload,
};

/// What was read from a link, before its digest is interned.
#[derive(Debug)]
pub(crate) enum RawLink {
    Unread,
    Names(Digest),
    Empty,
    Malformed(String),
    Unsupported(String),
}

/// A repository's number while the walk is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RepoNumber(usize);

/// A tag's number in its repository while the walk is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TagNumber(usize);

#[derive(Debug)]
pub(crate) struct Builder {
    inventory: Inventory,
    /// In the order in which they were found.
    blobs: Vec<(DigestId, Blob)>,
}

impl Builder {
    pub(crate) fn new(kind: Kind, depth: Depth) -> Self {
        Self {
            inventory: Inventory {
                kind,
                depth,
                digests: Digests::default(),
                blobs: Blobs::default(),
                repositories: Vec::new(),
                oddities: Vec::new(),
                opaque: BTreeMap::new(),
                wanted: Vec::new(),
                has_blobs: false,
                has_repositories: false,
                is_whole: true,
                interrupted: false,
                texts: Vec::new(),
            },
            blobs: Vec::new(),
        }
    }

    pub(crate) fn saw_top(&mut self, blobs: bool, repositories: bool) {
        self.inventory.has_blobs = blobs;
        self.inventory.has_repositories = repositories;
    }

    pub(crate) fn saw_only_images(&mut self) {
        self.inventory.is_whole = false;
    }

    pub(crate) fn blobs(&mut self, blobs: Vec<(Digest, Blob)>) {
        for (digest, blob) in blobs {
            let digest = self.inventory.digests.intern(digest);
            self.blobs.push((digest, blob));
        }
    }

    pub(crate) fn repository(&mut self, path: StorePath) -> RepoNumber {
        self.inventory.repositories.push(Repository::new(path));
        RepoNumber(self.inventory.repositories.len() - 1)
    }

    pub(crate) fn parts(&mut self, repository: RepoNumber) -> &mut Parts {
        &mut self.repo(repository).has
    }

    pub(crate) fn tag(&mut self, repository: RepoNumber, name: Box<[u8]>) -> TagNumber {
        let tags = &mut self.repo(repository).tags;
        tags.push(TagDir { name, current: None, moved: 0, index: Vec::new() });
        TagNumber(tags.len() - 1)
    }

    pub(crate) fn tag_link(&mut self, repository: RepoNumber, tag: TagNumber, link: RawLink, moved: i64) {
        let content = self.content(link);
        let tag = &mut self.repo(repository).tags[tag.0];
        tag.current = Some(content);
        tag.moved = moved;
    }

    pub(crate) fn upload(&mut self, repository: RepoNumber, upload: Upload) {
        self.repo(repository).uploads.push(upload);
    }

    pub(crate) fn links(
        &mut self,
        repository: RepoNumber,
        tag: Option<TagNumber>,
        owner: Owner,
        links: Vec<(Digest, RawLink)>,
    ) {
        for (digest, link) in links {
            let id = self.inventory.digests.intern(digest);
            // Nearly every link holds its own path's digest, which is known by now.
            let content = match link {
                RawLink::Names(content) if content == digest => LinkContent::Names(id),
                link => self.content(link),
            };
            let link = Link { digest: id, content };
            match (owner, tag) {
                (Owner::Layers, _) => self.repo(repository).layers.push(link),
                (Owner::Revisions, _) => self.repo(repository).revisions.push(link),
                (Owner::Signatures(manifest), _) => {
                    let manifest = self.inventory.digests.intern(manifest);
                    self.repo(repository).signatures.push((manifest, link));
                }
                (Owner::TagIndex, Some(tag)) => self.repo(repository).tags[tag.0].index.push(link),
                (Owner::TagIndex, None) => {}
            }
        }
    }

    pub(crate) fn wanted(&mut self, digest: Digest) {
        let digest = self.inventory.digests.intern(digest);
        self.inventory.wanted.push(digest);
    }

    pub(crate) fn odd_link(&mut self, path: StorePath, owner: Owner, link: RawLink) {
        let content = self.content(link);
        self.odd(path, Odd::Link(owner, content));
    }

    pub(crate) fn odd(&mut self, path: StorePath, what: Odd) {
        self.inventory.oddities.push(Oddity { path, what });
    }

    pub(crate) fn opaque(&mut self, path: StorePath, why: Opaque) {
        self.inventory.opaque.insert(path, why);
    }

    pub(crate) fn interrupted(&mut self) {
        self.inventory.interrupted = true;
    }

    /// The inventory, in an order that only the store decides.
    pub(crate) fn finish(mut self) -> Inventory {
        let new = NewNumbers(self.inventory.digests.sort());
        let inventory = &mut self.inventory;
        inventory.wanted.iter_mut().for_each(|digest| *digest = new.of(*digest));
        inventory.wanted.sort_unstable();
        inventory.blobs = self.blobs.into_iter().map(|(digest, blob)| (new.of(digest), blob)).collect();
        inventory.repositories.par_iter_mut().for_each(|repository| {
            new.sort_links(&mut repository.layers);
            new.sort_links(&mut repository.revisions);
            for (manifest, link) in &mut repository.signatures {
                *manifest = new.of(*manifest);
                *link = new.of_link(*link);
            }
            repository.signatures.sort_unstable_by_key(|(manifest, link)| (*manifest, link.digest));
            for tag in &mut repository.tags {
                tag.current = tag.current.map(|content| new.of_content(content));
                new.sort_links(&mut tag.index);
            }
            repository.tags.sort_by(|a, b| a.name.cmp(&b.name));
            repository.uploads.sort_by(|a, b| a.id.cmp(&b.id));
        });
        inventory.repositories.sort_by(|a, b| a.path.components().cmp(b.path.components()));
        for oddity in &mut inventory.oddities {
            if let Odd::Link(_, content) = &mut oddity.what {
                *content = new.of_content(*content);
            }
        }
        inventory.oddities.sort_by(|a, b| a.path.cmp(&b.path));
        self.inventory
    }

    fn repo(&mut self, repository: RepoNumber) -> &mut Repository {
        &mut self.inventory.repositories[repository.0]
    }

    fn content(&mut self, link: RawLink) -> LinkContent {
        match link {
            RawLink::Unread => LinkContent::Unread,
            RawLink::Names(digest) => LinkContent::Names(self.inventory.digests.intern(digest)),
            RawLink::Empty => LinkContent::Empty,
            RawLink::Malformed(text) => LinkContent::Malformed(self.text(text)),
            RawLink::Unsupported(text) => LinkContent::Unsupported(self.text(text)),
        }
    }

    fn text(&mut self, text: String) -> TextId {
        self.inventory.texts.push(text.into());
        TextId(u32::try_from(self.inventory.texts.len() - 1).unwrap_or(u32::MAX))
    }
}

/// The new number of each old one.
struct NewNumbers(Vec<DigestId>);

impl NewNumbers {
    fn of(&self, old: DigestId) -> DigestId {
        self.0[old.index()]
    }

    fn of_content(&self, content: LinkContent) -> LinkContent {
        match content {
            LinkContent::Names(digest) => LinkContent::Names(self.of(digest)),
            other => other,
        }
    }

    fn of_link(&self, link: Link) -> Link {
        Link { digest: self.of(link.digest), content: self.of_content(link.content) }
    }

    fn sort_links(&self, links: &mut [Link]) {
        for link in links.iter_mut() {
            *link = self.of_link(*link);
        }
        links.sort_unstable_by_key(|link| link.digest);
    }
}

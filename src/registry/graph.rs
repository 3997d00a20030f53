//! Who needs what: the edges of an inventory, followed upwards from a digest to the tags whose images hold it. No I/O.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::manifest::Role;
use crate::path::text_of;

use super::documents::Documents;
use super::inventory::{DigestId, Inventory, LinkContent};

/// The users of every digest.
#[derive(Debug)]
pub struct Graph {
    /// A digest, a trusted manifest that names it, and whether as a child: else as config or layer. Sorted.
    users: Vec<(DigestId, (DigestId, bool))>,
    /// Pairs of a digest and a tag that points to it, sorted.
    tagged: Vec<(DigestId, TagRef)>,
    /// Pairs of a blob and another digest that layer links give it, under another algorithm; sorted.
    aliases: Vec<(DigestId, DigestId)>,
    /// The same pairs the other way round.
    behind: Vec<(DigestId, DigestId)>,
}

/// A tag, by its place in the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagRef {
    /// Which of [`Inventory::repositories`].
    pub repository: usize,
    /// Which of its tags.
    pub tag: usize,
}

impl Graph {
    /// The graph of everything that was read.
    pub fn new(inventory: &Inventory, documents: &Documents) -> Self {
        let mut users = Vec::new();
        for manifest in documents.manifests.keys() {
            for edge in documents.parts(*manifest) {
                users.push((edge.target, (*manifest, edge.role == Role::Child)));
            }
        }
        let mut tagged = Vec::new();
        let mut aliases = Vec::new();
        for (repository, repo) in inventory.repositories.iter().enumerate() {
            for (tag, dir) in repo.tags.iter().enumerate() {
                tagged.extend(dir.target().map(|target| (target, TagRef { repository, tag })));
            }
            for link in &repo.layers {
                if let LinkContent::Names(blob) = link.content
                    && is_alias(inventory, link.digest, blob)
                {
                    aliases.push((blob, link.digest));
                }
            }
        }
        let mut behind: Vec<_> = aliases.iter().map(|(blob, alias)| (*alias, *blob)).collect();
        for list in [&mut aliases, &mut behind] {
            list.sort_unstable();
            list.dedup();
        }
        users.sort_unstable();
        users.dedup();
        tagged.sort_unstable();
        Self { users, tagged, aliases, behind }
    }

    /// The trusted manifests that name a digest as their config, layer or child.
    pub fn users(&self, digest: DigestId) -> impl Iterator<Item = DigestId> {
        range(&self.users, digest).map(|(_, (manifest, _))| *manifest)
    }

    /// The trusted manifests that name a digest as their child.
    pub fn indexes(&self, digest: DigestId) -> impl Iterator<Item = DigestId> {
        range(&self.users, digest).filter(|(_, (_, is_child))| *is_child).map(|(_, (manifest, _))| *manifest)
    }

    /// The tags that point to a digest itself.
    pub fn tags_on(&self, digest: DigestId) -> impl Iterator<Item = TagRef> {
        range(&self.tagged, digest).map(|(_, tag)| *tag)
    }

    /// The other digests under which repositories link a blob.
    pub fn aliases(&self, blob: DigestId) -> impl Iterator<Item = DigestId> {
        range(&self.aliases, blob).map(|(_, alias)| *alias)
    }

    /// The blobs that links name where a manifest says `digest`, if those are others.
    pub fn blobs_behind(&self, digest: DigestId) -> impl Iterator<Item = DigestId> {
        range(&self.behind, digest).map(|(_, blob)| *blob)
    }

    /// The tags whose image holds one of these digests: along config, layers and children, never a subject.
    pub fn tags_reaching(&self, digests: impl IntoIterator<Item = DigestId>) -> BTreeSet<TagRef> {
        let mut tags = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut todo: Vec<DigestId> = digests.into_iter().collect();
        while let Some(digest) = todo.pop() {
            if seen.insert(digest) {
                tags.extend(self.tags_on(digest));
                todo.extend(self.users(digest));
                todo.extend(self.aliases(digest));
            }
        }
        tags
    }
}

impl Graph {
    /// The tags whose image holds a digest as a manifest: the same bytes may be somebody's config as well.
    pub fn tags_reaching_manifest(&self, manifest: DigestId) -> BTreeSet<TagRef> {
        let mut tags = self.tags_reaching(self.indexes(manifest));
        tags.extend(self.tags_on(manifest));
        tags
    }
}

/// Whether a link gives a blob a second name: legal for layers, under another algorithm.
pub fn is_alias(inventory: &Inventory, path: DigestId, content: DigestId) -> bool {
    let algorithm = |id| Digest::algorithm(&inventory.digests.get(id));
    path != content && algorithm(path) != algorithm(content)
}

impl TagRef {
    /// `repo:tag`, or the tag alone where there are no repositories.
    pub fn name(self, inventory: &Inventory) -> String {
        let repository = &inventory.repositories[self.repository];
        if !inventory.has_links() {
            return text_of(&repository.tags[self.tag].name);
        }
        format!("{}:{}", text_of(repository.name()), text_of(&repository.tags[self.tag].name))
    }
}

/// The names of tags, sorted as whole strings.
pub fn names(inventory: &Inventory, tags: &BTreeSet<TagRef>) -> Vec<String> {
    let mut names: Vec<String> = tags.iter().map(|tag| tag.name(inventory)).collect();
    names.sort();
    names
}

fn range<T>(pairs: &[(DigestId, T)], key: DigestId) -> impl Iterator<Item = &(DigestId, T)> {
    let start = pairs.partition_point(|(digest, _)| *digest < key);
    pairs[start..].iter().take_while(move |(digest, _)| *digest == key)
}

//! Whose bytes are whose: what each of several owners needs, and how much of it nobody else does. No I/O.
//!
//! An owner needs the manifests that it begins with, what they name as config, layers and children, the blobs behind
//! layers that are linked by another algorithm, and the legacy signatures of the first. Only a manifest that can be
//! trusted tells what it needs. What is not on disk takes no bytes, hence a layer that lives elsewhere none.
//!
//! One pass over the owners; each marks digests with its own number, so that nothing is cleared in between.

use super::documents::{Document, Documents};
use super::inventory::{DigestId, Inventory};
use super::reach::{aliases, range};

/// A manifest that an owner begins with, and the number of the repository that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// Which of [`Inventory::repositories`].
    pub repository: usize,
    /// The manifest.
    pub manifest: DigestId,
}

/// What owners are measured by.
#[derive(Debug)]
pub struct Needs<'a> {
    /// What each digest says, if it is a manifest that can be trusted.
    documents: Vec<Option<&'a Document>>,
    /// The bytes of each digest that has a blob.
    sizes: Vec<Option<u64>>,
    /// Digests and the blobs that layer links give them under another algorithm, sorted.
    aliases: Vec<(DigestId, DigestId)>,
    /// Repositories, manifests and their legacy signatures, sorted.
    signatures: Vec<(usize, DigestId, DigestId)>,
}

/// What one owner needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// The bytes of the distinct blobs.
    pub logical: u64,
    /// The bytes of those that no other owner needs.
    pub unique: u64,
    /// How many distinct blobs these are.
    pub blobs: u64,
}

/// What all owners need.
#[derive(Debug)]
pub struct Shares {
    /// Owner by owner, in the order in which they were given.
    pub shares: Vec<Share>,
    /// How many owners need each digest.
    users: Vec<u32>,
}

impl<'a> Needs<'a> {
    /// Everything that was read.
    pub fn new(inventory: &Inventory, documents: &'a Documents) -> Self {
        let count = inventory.digests.len();
        let mut sizes = vec![None; count];
        for (digest, blob) in inventory.blobs.iter() {
            sizes[digest.index()] = Some(blob.size);
        }
        let mut trusted = vec![None; count];
        for digest in documents.manifests.keys() {
            trusted[digest.index()] = documents.trusted(*digest);
        }
        let mut signatures = Vec::new();
        for (number, repository) in inventory.repositories.iter().enumerate() {
            let signed = repository.signatures.iter();
            signatures.extend(signed.map(|(manifest, link)| (number, *manifest, link.digest)));
        }
        signatures.sort_unstable();
        Self { documents: trusted, sizes, aliases: aliases(inventory), signatures }
    }

    fn signatures(&self, root: Root) -> impl Iterator<Item = DigestId> {
        let key = (root.repository, root.manifest);
        let start = self.signatures.partition_point(|(number, manifest, _)| (*number, *manifest) < key);
        let of_root = self.signatures[start..].iter();
        of_root
            .take_while(move |(number, manifest, _)| (*number, *manifest) == key)
            .map(|(.., digest)| *digest)
    }
}

impl Shares {
    /// What owners need that begin with these.
    pub fn new(needs: &Needs<'_>, owners: impl IntoIterator<Item = Vec<Root>>) -> Self {
        let mut marker = Marker {
            needs,
            marked: vec![0; needs.sizes.len()],
            users: vec![0; needs.sizes.len()],
            owner: 0,
            share: Share::default(),
            todo: Vec::new(),
        };
        let mut shares = Vec::new();
        for roots in owners {
            marker.owner += 1;
            for root in roots {
                marker.mark(root.manifest);
                needs.signatures(root).for_each(|signature| marker.mark(signature));
                marker.follow();
            }
            shares.push(std::mem::take(&mut marker.share));
        }
        // Where there was one owner only, it is the one that marked the digest.
        for ((users, owner), size) in marker.users.iter().zip(&marker.marked).zip(&needs.sizes) {
            if let (1, Some(size)) = (users, size) {
                let share: &mut Share = &mut shares[*owner as usize - 1];
                share.unique = share.unique.saturating_add(*size);
            }
        }
        Self { shares, users: marker.users }
    }

    /// How many owners need a digest.
    pub fn users(&self, digest: DigestId) -> u32 {
        self.users.get(digest.index()).copied().unwrap_or(0)
    }
}

/// Follows references.
struct Marker<'a> {
    needs: &'a Needs<'a>,
    /// The owner that last marked each digest, counted from 1.
    marked: Vec<u32>,
    users: Vec<u32>,
    owner: u32,
    share: Share,
    todo: Vec<DigestId>,
}

impl Marker<'_> {
    fn mark(&mut self, digest: DigestId) {
        let at = digest.index();
        if self.marked[at] == self.owner {
            return;
        }
        self.marked[at] = self.owner;
        self.users[at] += 1;
        if let Some(size) = self.needs.sizes[at] {
            self.share.logical = self.share.logical.saturating_add(size);
            self.share.blobs += 1;
        }
        self.todo.push(digest);
    }

    /// Marks what is reached from what was marked.
    fn follow(&mut self) {
        let needs = self.needs;
        while let Some(digest) = self.todo.pop() {
            for at in range(&needs.aliases, digest) {
                self.mark(needs.aliases[at].1);
            }
            let parts = needs.documents[digest.index()].into_iter().flat_map(Document::parts);
            parts.for_each(|edge| self.mark(edge.target));
        }
    }
}

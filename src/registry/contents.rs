//! All that carries meaning in a store, file by file in one order: what two stores are compared by.
//!
//! A link is what it names, any other file its size and its bytes. Left out is what a registry neither serves nor
//! needs: empty directories, `*.tmp`, unfinished uploads, times and modes; a strict look takes them in. Contents are
//! seen in a root ([`Contents::of_root`]) or read from an inventory file ([`mod@file`]), and nobody who compares them needs
//! to know which.

mod bytes;
pub mod file;
mod order;
mod seen;
mod stream;

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::{Algorithm, Digest};
use crate::path::StorePath;

use super::inventory::{DigestId, Inventory, LinkContent, Opaque};
use super::layout::{Expected, Location, Owner, Place, classify};
pub use bytes::{Hashed, hash_files};
pub use order::{compare as compare_paths, repository_of};
pub use seen::{entry_at, stamp_at};

/// What a store holds.
#[derive(Debug)]
pub struct Contents {
    /// The blobs and links in their places. Blobs and links of a repository cost next to nothing here.
    pub inventory: Inventory,
    /// Everything else, in the order of [`compare_paths`].
    pub others: Vec<Entry>,
    /// Whether every file was read and hashed.
    pub is_hashed: bool,
    /// Those of the blobs whose bytes are known not to hash to their names: what they hash to.
    pub altered: BTreeMap<DigestId, Digest>,
    /// When files were written and who may do what with them, where that counts.
    pub stamps: Option<BTreeMap<StorePath, Stamp>>,
    /// What was gone when it was to be read.
    pub vanished: BTreeSet<StorePath>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub path: StorePath,
    /// What is in it.
    pub what: What,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A link that holds exactly one digest.
    Link(Digest),
    /// Any other file.
    File {
        /// Its size in bytes.
        size: u64,
        /// What its bytes hash to, if that is known.
        digest: Option<Digest>,
    },
    /// A directory with nothing in it that means something all the same: a tag that points nowhere.
    Directory,
}

/// What a strict look takes in besides the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When its bytes last changed, in seconds since 1970.
    pub modified: i64,
    /// Its permission bits.
    pub mode: u32,
}

/// What a file is to a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The bytes of a blob.
    Blob,
    /// What a tag points to.
    Tag,
    /// One of the manifests that a tag ever pointed to.
    TagIndex,
    /// A manifest of a repository.
    Revision,
    /// A config or layer of a repository.
    LayerLink,
    /// A part of an unfinished upload.
    Upload,
    /// Anything else.
    Other,
}

impl Object {
    /// What stands at a path.
    pub fn at(location: &Location<'_>) -> Self {
        match location.place {
            Place::BlobData(_) => Self::Blob,
            Place::TagLink | Place::Tag => Self::Tag,
            Place::Link(Owner::TagIndex, _) => Self::TagIndex,
            Place::Link(Owner::Revisions, _) => Self::Revision,
            Place::Link(Owner::Layers, _) => Self::LayerLink,
            Place::Uploads
            | Place::Upload
            | Place::UploadData
            | Place::StartedAt
            | Place::HashStates
            | Place::HashStateAlgorithm
            | Place::HashState => Self::Upload,
            _ => Self::Other,
        }
    }

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tag => "tag",
            Self::TagIndex => "tag-index",
            Self::Revision => "revision",
            Self::LayerLink => "layer-link",
            Self::Upload => "upload",
            Self::Other => "other",
        }
    }
}

impl Contents {
    /// Contents of an inventory and nothing else.
    fn new(inventory: Inventory) -> Self {
        Self {
            inventory,
            others: Vec::new(),
            is_hashed: false,
            altered: BTreeMap::new(),
            stamps: None,
            vanished: BTreeSet::new(),
        }
    }

    /// Leaves out what only a strict look takes in, of a file that was made by one.
    pub fn forget_what_carries_no_meaning(&mut self) {
        self.stamps = None;
        self.inventory.opaque.retain(|path, _| !is_in_uploads(path));
        self.others.retain(|entry| {
            let place = classify(&entry.path).place;
            let is_empty = entry.what == What::Directory && place != Place::Tag;
            let may_be_temporary = matches!(place.expected(), Expected::NamedDirectory | Expected::Nothing);
            let is_temporary = may_be_temporary && entry.path.name().ends_with(b".tmp");
            !(is_empty || is_temporary || is_in_uploads(&entry.path))
        });
    }

    /// What hides a path, so that nobody knows whether anything stands there.
    pub fn hides(&self, path: &StorePath) -> bool {
        self.inventory.hidden_by(path).is_some()
    }

    /// Everything that could not be looked at, and why.
    pub fn unseen(&self) -> impl Iterator<Item = (&StorePath, String)> {
        self.inventory.opaque.iter().map(|(path, why)| {
            let reason = match why {
                Opaque::NotRegular(kind) => format!("it is {}, and not followed", kind.with_article()),
                Opaque::Unreadable(reason) => reason.to_string(),
            };
            (path, reason)
        })
    }

    /// What stands at a path, if anything does and it could be looked at.
    pub fn at(&self, path: &StorePath) -> Option<What> {
        if let Place::BlobData(digest) = classify(path).place
            && let Some(id) = self.inventory.digests.find(digest)
            && let Some(blob) = self.inventory.blobs.get(id)
        {
            return Some(What::File { size: blob.size, digest: self.digest_of(id) });
        }
        let other = self.others.binary_search_by(|entry| compare_paths(&entry.path, path));
        other.ok().map(|index| self.others[index].what).or_else(|| self.link_at(path))
    }

    fn link_at(&self, path: &StorePath) -> Option<What> {
        let location = classify(path);
        let repository = self.inventory.repository(std::str::from_utf8(location.repository?).ok()?)?;
        let tag = || repository.tags.iter().find(|tag| Some(&*tag.name) == location.tag);
        let content = match location.place {
            Place::TagLink => tag()?.current?,
            Place::Link(owner, digest) => {
                let id = self.inventory.digests.find(digest)?;
                let link = match owner {
                    Owner::Layers => repository.layer(id),
                    Owner::Revisions => repository.revision(id),
                    Owner::TagIndex => tag()?.entry(id),
                    Owner::Signatures(_) => None,
                };
                link?.content
            }
            _ => return None,
        };
        match content {
            LinkContent::Names(digest) => Some(What::Link(self.inventory.digests.get(digest))),
            _ => None,
        }
    }

    /// Takes note of what a file turned out to hash to.
    pub fn learn(&mut self, path: &StorePath, computed: Digest) {
        match classify(path).place {
            Place::BlobData(digest) if computed == digest => {}
            Place::BlobData(digest) => {
                if let Some(id) = self.inventory.digests.find(digest) {
                    self.altered.insert(id, computed);
                }
            }
            _ => {
                let found = self.others.binary_search_by(|entry| compare_paths(&entry.path, path));
                let entry = found.ok().and_then(|index| self.others.get_mut(index));
                if let Some(Entry { what: What::File { digest, .. }, .. }) = entry {
                    *digest = Some(computed);
                }
            }
        }
    }
}

/// Whether a path is that of unfinished uploads, or below it.
fn is_in_uploads(path: &StorePath) -> bool {
    path.ancestors().any(|above| classify(&above.into()).place == Place::Uploads)
}

/// The algorithm under which the bytes at a path are hashed: that of a blob's name.
pub fn algorithm_at(path: &StorePath) -> Algorithm {
    match classify(path).place {
        Place::BlobData(digest) | Place::MisplacedData(Some(digest)) => digest.algorithm(),
        _ => Algorithm::Sha256,
    }
}

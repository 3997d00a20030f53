//! Everything that one walk of a store saw, as plain sorted data.
//!
//! No other module walks a whole store. What it could not look at is kept as such ([`Inventory::opaque`]), so that nothing behind
//! it is ever called missing. Digests are interned: a link costs twelve bytes, a blob twenty-four.

mod blobs;
mod builder;
mod digests;
mod images;
mod later;
mod layers;
mod leaves;
mod link;
mod listed;
mod tags;
mod uploads;
mod view;
mod walk;

use std::collections::BTreeMap;

use crate::digest::{Algorithm, Digest};
use crate::kind::Kind;
use crate::path::StorePath;
use crate::store::{FileKind, ReadError};

use super::layout::{Owner, Place, classify};
pub use blobs::Blobs;
pub(crate) use builder::{Builder, RawLink};
pub use digests::{DigestId, Digests};
pub use images::{Wanted, of_images};
pub use later::{confirm_layer_links, read_aliases, read_signatures};
pub use layers::read_layers;
pub use link::{LINK_CAP, read_link};
pub(super) use link::{entries, parse_link};
pub use listed::Listed;
pub use tags::{LateTags, read_tags};
pub use view::{Depth, View};
pub use walk::walk;

/// What a store holds.
#[derive(Debug)]
pub struct Inventory {
    /// Of what kind the store is: the blobs of some others are looked at by the same eyes.
    pub kind: Kind,
    /// How closely the walk looked.
    pub depth: Depth,
    /// Every digest that a name or a link spells.
    pub digests: Digests,
    /// The blobs with a `data` file in its place, by digest.
    pub blobs: Blobs,
    /// The repositories, in the order in which a collector walks them.
    pub repositories: Vec<Repository>,
    /// What stands where the layout has no place for it, or is not what its place asks for, by path.
    pub oddities: Vec<Oddity>,
    /// What could not be looked at or must not be, by path: what stands behind it is unknown.
    pub opaque: BTreeMap<StorePath, Opaque>,
    /// What is wanted without being a manifest: an image layout may list anything.
    pub wanted: Vec<DigestId>,
    /// Whether `blobs/` is there.
    pub has_blobs: bool,
    /// Whether what names images is there: `repositories/`, or an `index.json` that can be read.
    pub has_repositories: bool,
    /// Whether this is the whole store, not only what some images need.
    pub is_whole: bool,
    /// Whether the walk was ended before it was through: then nothing may be called missing.
    pub interrupted: bool,
    texts: Vec<Box<str>>,
}

/// A blob's `data` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its size in bytes.
    pub size: u64,
    /// When it was uploaded, in seconds since 1970.
    pub modified: i64,
}

/// A directory below `repositories` that holds `_layers`, `_manifests` or `_uploads`.
#[derive(Debug)]
pub struct Repository {
    /// Its directory.
    pub path: StorePath,
    /// Which of its directories are there.
    pub has: Parts,
    /// The layer links, by digest.
    pub layers: Vec<Link>,
    /// The revision links, by digest.
    pub revisions: Vec<Link>,
    /// The links of legacy signatures: the manifest's digest and the signature's link.
    pub signatures: Vec<(DigestId, Link)>,
    /// The tag directories, by name.
    pub tags: Vec<TagDir>,
    /// The unfinished uploads, by id.
    pub uploads: Vec<Upload>,
}

/// Which directories of a repository are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// `_layers`.
    pub layers: bool,
    /// `_manifests`.
    pub manifests: bool,
    /// `_manifests/revisions`.
    pub revisions: bool,
    /// `_manifests/tags`.
    pub tags: bool,
    /// `_uploads`.
    pub uploads: bool,
}

/// A `link` file in the directory of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The digest that its path spells.
    pub digest: DigestId,
    /// What it holds.
    pub content: LinkContent,
}

/// What a `link` file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkContent {
    /// The file is there; it was not opened.
    Unread,
    /// Exactly one digest.
    Names(DigestId),
    /// Nothing.
    Empty,
    /// Something else; [`Inventory::text`] describes it.
    Malformed(TextId),
    /// A well-formed digest of an algorithm that cannot be checked; [`Inventory::text`] shows it.
    Unsupported(TextId),
}

/// A text's number in one inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextId(u32);

/// A directory below `tags/`.
#[derive(Debug)]
pub struct TagDir {
    /// Its name.
    pub name: Box<[u8]>,
    /// What `current/link` holds, if it is there.
    pub current: Option<LinkContent>,
    /// When `current/link` was last written, in seconds since 1970.
    pub moved: i64,
    /// The links of its index, by digest.
    pub index: Vec<Link>,
}

/// A directory below `_uploads/`.
#[derive(Debug, Default)]
pub struct Upload {
    /// Its name.
    pub id: Box<[u8]>,
    /// The bytes received so far; `None` without a `data` file.
    pub size: Option<u64>,
    /// What `startedat` holds, if it is there: at most 4 KiB of it.
    pub started_at: Option<Box<[u8]>>,
    /// When anything in it last changed, in seconds since 1970.
    pub modified: i64,
    /// The offsets at which hash states were kept: algorithm and offset.
    pub hash_states: Vec<(Box<str>, u64)>,
}

/// Something out of place.
#[derive(Debug)]
pub struct Oddity {
    /// Where it stands.
    pub path: StorePath,
    /// What it is.
    pub what: Odd,
}

/// How something is out of place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Odd {
    /// A file or directory that the layout has no place for.
    Stray(FileKind),
    /// A file named `*.tmp`.
    Temporary,
    /// A directory with nothing in it; by name alone, that of a revision without `link`.
    EmptyDirectory,
    /// A blob's directory without `data`.
    BlobWithoutData(Digest),
    /// A `data` file below `blobs/` where no look-up goes; the digest is that of its directory's name.
    MisplacedBlob(Option<Digest>, Blob),
    /// A directory named like a digest under another fan-out, without `data`.
    MisplacedDirectory(Digest),
    /// The bytes of a blob of an algorithm that is not known.
    UnsupportedBlob(Blob),
    /// A `link` among links that is not at `<algorithm>/<hex>/link` of a known algorithm.
    Link(Owner, LinkContent),
    /// It was listed, and gone when it was to be read.
    Vanished,
    /// A file of the layout itself that does not say what it must; why, in a line.
    Malformed(Box<str>),
}

/// Why something was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opaque {
    /// It is not the regular file or directory that its place asks for.
    NotRegular(FileKind),
    /// The operating system refused, in its words.
    Unreadable(Box<str>),
}

impl Inventory {
    /// Where the bytes of a blob are or should be.
    pub fn blob_path(&self, digest: Digest) -> StorePath {
        self.kind.shelf().path(digest)
    }

    /// What a path means: in a store of flat blobs there is little else than those.
    pub fn place(&self, path: &StorePath) -> Place {
        if self.has_links() {
            return classify(path).place;
        }
        let names: Vec<&[u8]> = path.components().collect();
        match *names {
            [] => Place::Root,
            [b"index.json"] => Place::Repositories,
            [b"blobs"] => Place::Blobs,
            [b"blobs", algorithm] => {
                Algorithm::from_name(algorithm).map_or(Place::OtherAlgorithm, Place::BlobAlgorithm)
            }
            [b"blobs", algorithm, hex] => Algorithm::from_name(algorithm)
                .and_then(|algorithm| Digest::from_hex(algorithm, hex))
                .map_or(Place::StrayBlobs, Place::BlobData),
            _ => Place::Unplaced,
        }
    }

    /// Whether a repository offers only what it links, as in a registry.
    pub fn has_links(&self) -> bool {
        self.kind == Kind::Registry
    }

    /// What was said of a malformed link, or the digest that an unsupported one spells.
    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize]
    }

    /// The nearest thing above `path`, or at it, that could not be looked at.
    pub fn hidden_by(&self, path: &StorePath) -> Option<(&StorePath, &Opaque)> {
        if self.opaque.is_empty() {
            return None;
        }
        let root: &[u8] = b"";
        path.ancestors().chain([root]).find_map(|above| self.opaque.get_key_value(above))
    }

    /// Whether something below a directory could not be looked at.
    pub fn hides_below(&self, dir: &StorePath) -> bool {
        let below = dir.join("");
        let mut after = self.opaque.range(below.clone()..);
        after.next().is_some_and(|(path, _)| path.as_bytes().starts_with(below.as_bytes()))
    }

    /// Every regular `data` file below `blobs/`, in its place or not.
    pub fn all_blobs(&self) -> impl Iterator<Item = Blob> {
        let odd = self.oddities.iter().filter_map(|oddity| match oddity.what {
            Odd::MisplacedBlob(_, blob) | Odd::UnsupportedBlob(blob) => Some(blob),
            _ => None,
        });
        self.blobs.iter().map(|(_, blob)| blob).chain(odd)
    }

    /// Takes note of files that the walk saw, and that could not be read after all.
    pub fn could_not_read(&mut self, files: impl IntoIterator<Item = (StorePath, ReadError)>) {
        for (path, error) in files {
            match error {
                ReadError::Absent => self.oddities.push(Oddity { path, what: Odd::Vanished }),
                ReadError::NotRegular(kind) => drop(self.opaque.insert(path, Opaque::NotRegular(kind))),
                ReadError::Refused(reason) => drop(self.opaque.insert(path, Opaque::Unreadable(reason))),
            }
        }
        self.oddities.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// Makes a blob known as a manifest of the one repository that a store without links has, listed or not.
    pub fn wanted_as_manifest(&mut self, digest: Digest) {
        let digest = self.digests.intern(digest);
        if let Some(repository) = self.repositories.first_mut()
            && repository.revision(digest).is_none()
        {
            repository.revisions.push(Link { digest, content: LinkContent::Names(digest) });
            repository.revisions.sort_by_key(|link| link.digest);
        }
    }

    /// The repository of that name.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|repository| repository.name() == name.as_bytes())
    }
}

impl Repository {
    fn new(path: StorePath) -> Self {
        Self {
            path,
            has: Parts::default(),
            layers: Vec::new(),
            revisions: Vec::new(),
            signatures: Vec::new(),
            tags: Vec::new(),
            uploads: Vec::new(),
        }
    }

    /// Its name as on disk.
    pub fn name(&self) -> &[u8] {
        self.path.as_bytes().get("repositories/".len()..).unwrap_or_default()
    }

    /// The link of a layer or config.
    pub fn layer(&self, digest: DigestId) -> Option<&Link> {
        find(&self.layers, digest)
    }

    /// The link of a manifest.
    pub fn revision(&self, digest: DigestId) -> Option<&Link> {
        find(&self.revisions, digest)
    }
}

impl TagDir {
    /// The digest that the tag points to, if its link holds one.
    pub fn target(&self) -> Option<DigestId> {
        match self.current {
            Some(LinkContent::Names(digest)) => Some(digest),
            _ => None,
        }
    }

    /// The link of one entry of its history.
    pub fn entry(&self, digest: DigestId) -> Option<&Link> {
        find(&self.index, digest)
    }
}

fn find(links: &[Link], digest: DigestId) -> Option<&Link> {
    links.binary_search_by_key(&digest, |link| link.digest).ok().map(|index| &links[index])
}

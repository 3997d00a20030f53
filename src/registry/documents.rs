//! The manifests and image configs of a store: read once, hashed, parsed, and kept as edges between digests.
//!
//! A manifest is parsed whatever its bytes hash to, since a collector does no less; who follows its references for
//! any other purpose asks [`Manifest::is_trusted`] first.

mod read;

use std::collections::BTreeMap;

use indexmap::IndexSet;

use crate::digest::Digest;
use crate::manifest::{Kind, Role};

use super::inventory::DigestId;
pub use read::{read_configs, read_manifests, read_named};

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Documents {
    /// The manifests whose blob is in the store: revisions, what tags point to, and what indexes name.
    pub manifests: BTreeMap<DigestId, Manifest>,
    /// What else a collector would take for a manifest: blobs that damaged or odd revision links name.
    pub mistaken: BTreeMap<DigestId, Manifest>,
    /// The image configs that they name.
    pub configs: BTreeMap<DigestId, Config>,
    media_types: IndexSet<Box<str>>,
}

/// A manifest's blob.
#[derive(Debug)]
pub struct Manifest {
    /// Its size in bytes.
    pub size: u64,
    /// Whether the bytes hash to the name.
    pub integrity: Integrity,
    /// What they say.
    pub parsed: Result<Document, Unparsed>,
}

/// Whether bytes hash to their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// They do.
    Intact,
    /// They hash to this.
    Altered(Digest),
    /// They are too many to have been read here.
    Unknown,
}

/// Why a manifest's bytes have no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unparsed {
    /// They do not parse; why, in a line.
    Malformed(Box<str>),
    /// They parse for the registry, but a reference names nothing; which, in a line.
    Faulty(Document, Box<str>),
    /// There are more than the registry reads.
    TooLarge,
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// The media type that the registry serves it as.
    pub media_type: MediaType,
    /// Whether it states a media type of its own.
    pub states_media_type: bool,
    /// What it refers to, in the order of the registry's `References()`; a subject comes last.
    pub edges: Box<[Edge]>,
    /// How many layers it states, repeats and foreign ones included.
    pub layers: usize,
    /// Digests of algorithms that cannot be checked, among its references.
    pub unsupported: Box<[Box<str>]>,
    /// Why it can be taken for something else.
    pub ambiguous: Option<crate::manifest::Ambiguity>,
}

/// One reference of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// What the target is to the manifest.
    pub role: Role,
    /// What is referred to.
    pub target: DigestId,
    /// The size that the descriptor states.
    pub size: Option<i64>,
    /// The media type that the descriptor states.
    pub media_type: Option<MediaType>,
    /// Whether it is a layer that lives elsewhere by design.
    pub external: bool,
}

/// A media type's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType(u32);

/// An image config's blob.
#[derive(Debug)]
pub struct Config {
    /// Whether the bytes hash to the name.
    pub integrity: Integrity,
    /// The uncompressed digests of its layers, or why there are none, in a line.
    pub diff_ids: Result<Box<[Digest]>, Box<str>>,
}

impl Documents {
    /// A media type as text.
    pub fn media_type(&self, id: MediaType) -> &str {
        &self.media_types[id.0 as usize]
    }

    /// What a trusted manifest is made of; nothing for any other.
    pub fn parts(&self, digest: DigestId) -> impl Iterator<Item = &Edge> {
        self.trusted(digest).into_iter().flat_map(Document::parts)
    }

    fn intern(&mut self, media_type: &str) -> MediaType {
        let index = match self.media_types.get_index_of(media_type) {
            Some(index) => index,
            None => self.media_types.insert_full(media_type.into()).0,
        };
        MediaType(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// What a collector reads where a revision link names this digest.
    pub fn as_collector_reads(&self, digest: DigestId) -> Option<&Manifest> {
        self.manifests.get(&digest).or_else(|| self.mistaken.get(&digest))
    }

    /// Whether a document's bytes hash to its name; `None` for a blob that is no document.
    pub fn integrity(&self, digest: DigestId) -> Option<Integrity> {
        let manifest = self.manifests.get(&digest).map(|manifest| manifest.integrity);
        manifest.or_else(|| self.configs.get(&digest).map(|config| config.integrity))
    }

    /// What a manifest says, if its bytes are what its name promises and have a meaning.
    pub fn trusted(&self, digest: DigestId) -> Option<&Document> {
        let manifest = self.manifests.get(&digest)?;
        if manifest.is_trusted() { manifest.parsed.as_ref().ok() } else { None }
    }
}

impl Manifest {
    /// Whether its bytes are what its name promises.
    pub fn is_trusted(&self) -> bool {
        self.integrity == Integrity::Intact
    }

    /// What the registry makes of its bytes, whatever they hash to: it does not check.
    pub fn as_registry_reads_it(&self) -> Option<&Document> {
        match &self.parsed {
            Ok(document) | Err(Unparsed::Faulty(document, _)) => Some(document),
            Err(_) => None,
        }
    }
}

impl Document {
    /// What the image is made of: its config, layers or children, without its subject.
    pub fn parts(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(|edge| edge.role != Role::Subject)
    }

    /// What it is about.
    pub fn subject(&self) -> Option<DigestId> {
        self.edges.iter().find(|edge| edge.role == Role::Subject).map(|edge| edge.target)
    }
}

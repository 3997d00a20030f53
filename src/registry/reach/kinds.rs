//! What a blob is, by what names it: its bytes are not looked at.

use crate::manifest::{Role, media_type};
use crate::registry::documents::{Documents, Edge};
use crate::registry::inventory::{DigestId, Inventory, Odd};
use crate::registry::layout::{Owner, Place, classify};

/// What a blob is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing names it.
    Unknown,
    /// A manifest names it as a layer, or a repository links it.
    Layer,
    /// A manifest names it as its config.
    Config,
    /// It is or was a revision, or an index names it, or it reads as one.
    Manifest,
}

/// What every digest is.
#[derive(Debug)]
pub struct Kinds(Vec<Kind>);

impl Kind {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Layer => "layer",
            Self::Config => "config",
            Self::Manifest => "manifest",
        }
    }
}

/// The most bytes of a blob that is read only to tell what it was.
const SMALL: u64 = 64 * 1024;

impl Kinds {
    /// What everything that was read tells, dead manifests included.
    pub fn new(inventory: &Inventory, documents: &Documents) -> Self {
        let mut kinds = Self(vec![Kind::Unknown; inventory.digests.len()]);
        for repository in &inventory.repositories {
            repository.layers.iter().for_each(|link| kinds.at_least(link.digest, Kind::Layer));
            repository.revisions.iter().for_each(|link| kinds.at_least(link.digest, Kind::Manifest));
        }
        for digest in Self::once_revisions(inventory) {
            kinds.at_least(digest, Kind::Manifest);
        }
        for (digest, manifest) in &documents.manifests {
            let Some(document) = manifest.as_registry_reads_it() else { continue };
            kinds.at_least(*digest, Kind::Manifest);
            for edge in &document.edges {
                kinds.at_least(edge.target, kind_of(documents, edge));
            }
        }
        kinds
    }

    /// What a digest is.
    pub fn of(&self, digest: DigestId) -> Kind {
        self.0.get(digest.index()).copied().unwrap_or(Kind::Unknown)
    }

    /// The digests that may be read as manifests to tell what dead blobs were: those whose revision was deleted, and its
    /// directory left; where there are no such directories, any that no manifest names, as far as it may be one.
    pub fn once_manifests(inventory: &Inventory) -> Vec<DigestId> {
        if inventory.has_links() {
            return Self::once_revisions(inventory);
        }
        let small = inventory.blobs.iter().filter(|(_, blob)| blob.size <= SMALL);
        small.map(|(digest, _)| digest).collect()
    }

    fn once_revisions(inventory: &Inventory) -> Vec<DigestId> {
        let directories = inventory.oddities.iter().filter(|oddity| oddity.what == Odd::EmptyDirectory);
        let digests = directories.filter_map(|oddity| match classify(&oddity.path).place {
            Place::LinkDir(Owner::Revisions, digest) => inventory.digests.find(digest),
            _ => None,
        });
        digests.collect()
    }

    fn at_least(&mut self, digest: DigestId, kind: Kind) {
        let known = &mut self.0[digest.index()];
        *known = kind.max(*known);
    }
}

fn kind_of(documents: &Documents, edge: &Edge) -> Kind {
    match edge.role {
        Role::Config => Kind::Config,
        Role::Child | Role::Subject if is_manifest(documents, edge) => Kind::Manifest,
        // A build cache is an index of layers.
        Role::Layer | Role::Child | Role::Subject => Kind::Layer,
    }
}

/// Whether a reference to a child or subject is to a manifest, as far as it says what it is to.
pub(super) fn is_manifest(documents: &Documents, edge: &Edge) -> bool {
    edge.media_type.is_none_or(|id| media_type::is_manifest(documents.media_type(id)))
}

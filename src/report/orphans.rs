//! The report of `orphans`: what nothing keeps alive.

use std::io;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{ErrorItem, Head, ItemSink, Label, Report};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::kind::Shelf;
use crate::path::StorePath;
use crate::registry::layout;
use crate::registry::reach::Kind;

/// The answer of `orphans`.
#[derive(Debug, Serialize)]
pub struct OrphansReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// What was taken for wanted.
    pub policy: &'static str,
    /// The blobs that nothing keeps alive, by digest.
    pub blobs: Vec<OrphanBlob>,
    /// The untagged revisions that the policy does not keep, by repository and digest.
    pub manifests: Vec<OrphanManifest>,
    /// The layer links that nothing alive in their repository needs, by repository and digest.
    pub layer_links: Vec<OrphanLink>,
    /// What a Docker engine keeps and nothing needs: by path.
    pub objects: Vec<OrphanObject>,
    /// What could not be read, parsed or trusted: all that its repository links counts as alive. By path.
    pub unknown: Vec<ErrorItem>,
    /// The tags that counted as gone, as `repo:tag`, sorted.
    pub dropped_tags: Vec<String>,
    /// How much that is.
    pub summary: OrphansSummary,
    /// Whether the answer is bad if anything is listed.
    #[serde(skip)]
    pub exit_code: bool,
    /// The answer is bad if more bytes than this are listed.
    #[serde(skip)]
    pub max_bytes: Option<u64>,
}

/// A blob that nothing keeps alive. It serializes with its `path`, that of `data`.
#[derive(Debug)]
pub struct OrphanBlob {
    /// Its digest.
    pub digest: Digest,
    /// How the store arranges its blobs.
    pub shelf: Shelf,
    /// Its size in bytes.
    pub size: u64,
    /// What it is, by what names it.
    pub kind: Kind,
    /// When it was uploaded.
    pub modified: Option<String>,
    /// The repositories that still hold a layer link to it, in the order of a walk.
    pub linked_from: Vec<Label>,
}

/// A revision that the policy does not keep.
#[derive(Debug, Serialize)]
pub struct OrphanManifest {
    /// Its repository.
    pub repository: Label,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes; `null` if its blob is not in the store.
    pub size: Option<u64>,
}

/// A layer link that nothing alive in its repository needs. It serializes with its `path`.
#[derive(Debug)]
pub struct OrphanLink {
    /// Its repository.
    pub repository: Label,
    /// The digest that its path spells.
    pub digest: Digest,
}

/// Something in a Docker engine that nothing needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OrphanObject {
    /// What holds it.
    pub path: StorePath,
    /// What it is.
    pub kind: ObjectKind,
    /// The image id, or the layer's ChainID.
    pub digest: Option<Digest>,
    /// The bytes that go with it, those of layers that other listed objects brought already left out.
    pub size: u64,
    /// What is to be known of it, in a line.
    pub detail: Option<String>,
}

/// What something in a Docker engine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectKind {
    /// An image that no tag names, nothing was built on, and no container was made of.
    Image,
    /// A layer that no image and no container needs.
    Layer,
    /// A directory of the graphdriver that no layer and no container names.
    Directory,
    /// A layer that was to go, or never came to be.
    Leftover,
}

impl ObjectKind {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Layer => "layer",
            Self::Directory => "directory",
            Self::Leftover => "leftover",
        }
    }
}

/// How much nothing keeps alive.
#[derive(Debug, Default, Serialize)]
pub struct OrphansSummary {
    /// The blobs that are listed.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The revisions that are listed.
    pub manifests: u64,
    /// The layer links that are listed.
    pub layer_links: u64,
    /// The objects that are listed.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// The blobs of the store that are alive.
    pub blobs_kept: u64,
    /// The blobs that nothing keeps alive, and that are not listed because of `--min-age`.
    pub blobs_too_young: u64,
    /// Those of the listed that are less than a day old: they may belong to a push that is under way.
    /// For tables alone: tomorrow the same store would make another report.
    #[serde(skip)]
    pub blobs_younger_than_a_day: u64,
    /// Those of the listed that the dropped tags keep alive; `null` if no tags were to be dropped.
    pub freed_blobs: Option<u64>,
    /// Their bytes.
    pub freed_bytes: Option<u64>,
    /// How long it took.
    pub elapsed_seconds: f64,
}

impl OrphansReport {
    /// A report that lists nothing.
    pub fn new(head: Head) -> Self {
        Self {
            head,
            policy: "",
            blobs: Vec::new(),
            manifests: Vec::new(),
            layer_links: Vec::new(),
            objects: Vec::new(),
            unknown: Vec::new(),
            dropped_tags: Vec::new(),
            summary: OrphansSummary::default(),
            exit_code: false,
            max_bytes: None,
        }
    }
}

impl OrphansSummary {
    /// Counts what is listed.
    pub fn count(&mut self, blobs: &[OrphanBlob], manifests: &[OrphanManifest], layer_links: &[OrphanLink]) {
        self.blobs = blobs.len() as u64;
        self.bytes = blobs.iter().fold(0, |sum: u64, blob| sum.saturating_add(blob.size));
        self.manifests = manifests.len() as u64;
        self.layer_links = layer_links.len() as u64;
    }
}

impl OrphanBlob {
    /// What holds it and nothing else.
    fn entry(&self) -> Option<StorePath> {
        match self.shelf {
            Shelf::Sharded => self.path().parent(),
            Shelf::Flat => Some(self.path()),
        }
    }

    /// Where its bytes are.
    pub fn path(&self) -> StorePath {
        self.shelf.path(self.digest)
    }
}

impl OrphanLink {
    /// The link.
    pub fn path(&self) -> StorePath {
        let name = StorePath::from_text(self.repository.as_str());
        layout::layer_link(&layout::repository(name.as_bytes()), self.digest)
    }
}

impl Report for OrphansReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer, else 1 if that was asked for and something, or too much, is listed.
    fn exit(&self) -> Exit {
        let OrphansSummary { blobs, bytes, manifests, layer_links, objects, object_bytes, .. } = self.summary;
        let anything = blobs + manifests + layer_links + objects > 0;
        let bytes = bytes.saturating_add(object_bytes);
        let bad = self.exit_code && anything || self.max_bytes.is_some_and(|most| bytes > most);
        Exit::bad_if(bad).worst(self.head.exit())
    }

    fn unknown(&self) -> &[ErrorItem] {
        &self.unknown
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.blobs.iter().try_for_each(|blob| sink.item("blob", blob))?;
        self.manifests.iter().try_for_each(|manifest| sink.item("manifest", manifest))?;
        self.layer_links.iter().try_for_each(|link| sink.item("layer-link", link))?;
        self.objects.iter().try_for_each(|object| sink.item("object", object))?;
        self.unknown.iter().try_for_each(|unknown| sink.item("unknown", unknown))?;
        self.dropped_tags.iter().try_for_each(|tag| sink.item("dropped-tag", &DroppedTag { tag }))
    }

    /// What is to go of each blob: its directory, where it has one of its own.
    fn files(&self) -> Vec<StorePath> {
        let objects = self.objects.iter().map(|object| object.path.clone());
        self.blobs.iter().filter_map(OrphanBlob::entry).chain(objects).collect()
    }

    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&["blob", "object"], &["digest", "size", "kind", "modified", "linked_from", "path"])
    }

    fn summary(&self) -> impl Serialize {
        Closing { policy: self.policy, members: &self.summary }
    }
}

#[derive(Serialize)]
struct DroppedTag<'a> {
    tag: &'a str,
}

#[derive(Serialize)]
struct Closing<'a> {
    policy: &'static str,
    #[serde(flatten)]
    members: &'a OrphansSummary,
}

impl Serialize for OrphanBlob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut blob = serializer.serialize_struct("OrphanBlob", 6)?;
        blob.serialize_field("digest", &self.digest)?;
        blob.serialize_field("path", &self.path())?;
        blob.serialize_field("size", &self.size)?;
        blob.serialize_field("kind", self.kind.name())?;
        blob.serialize_field("modified", &self.modified)?;
        blob.serialize_field("linked_from", &self.linked_from)?;
        blob.end()
    }
}

impl Serialize for OrphanLink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut link = serializer.serialize_struct("OrphanLink", 3)?;
        link.serialize_field("repository", &self.repository)?;
        link.serialize_field("digest", &self.digest)?;
        link.serialize_field("path", &self.path())?;
        link.end()
    }
}

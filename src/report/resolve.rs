//! The report of `resolve`: every file between a name and an image's bytes, and how well each is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io;

use serde::{Serialize, Serializer};

use super::{ErrorItem, Head, ItemSink, Report, Suggestion};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::manifest::{Name, Platform};
use crate::path::StorePath;
use crate::registry::look::State;
use crate::store::Store;

/// The answer of `resolve`.
#[derive(Debug, Serialize)]
pub struct ResolveReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// What was resolved: the repository's name as it is on disk, the tag and the digest.
    pub reference: String,
    /// The repository.
    pub repository: Option<String>,
    /// The tag, `latest` where neither a tag nor a digest was asked for.
    pub tag: Option<String>,
    /// What the name stands for: the digest asked for, else the one that the tag points to.
    pub digest: Option<Digest>,
    /// Whether the image asked for was reached, and all of it is there.
    pub complete: bool,
    /// The bytes of the distinct blobs that the image needs: as on disk, or as described where one is missing.
    pub total_size: u64,
    /// Why the answer is bad, in a line; none where it is good.
    pub message: Option<String>,
    /// Every file on the way, in walking order.
    pub hops: Vec<Hop>,
    /// What says that it is about this image, sorted by digest, then tag.
    pub referrers: Vec<Referrer>,
    /// What may have been meant, the nearest first: repositories or tags (`repo:tag`) where the one asked for is
    /// unknown, platforms where the image has no such.
    pub suggestions: Vec<String>,
    /// Whether these are the platforms that the image is for, which the message names too.
    #[serde(skip)]
    pub suggests_platforms: bool,
    /// What the tag may stand for where its link is broken or leads nowhere: sorted by when the link was written,
    /// the newest first, then by digest.
    pub candidates: Vec<Candidate>,
    /// Counts.
    pub summary: ResolveSummary,
}

/// One file on the way from a name to an image's bytes.
#[derive(Clone, Debug, Serialize)]
pub struct Hop {
    /// How far down the way it stands; what is asked for has 0.
    pub depth: usize,
    /// What it is to the image.
    pub kind: HopKind,
    /// The digest that leads to it; for a tag, the one that it points to.
    #[serde(serialize_with = "text")]
    pub digest: Option<Name>,
    /// The media type: a manifest's own, else the descriptor's.
    pub media_type: Option<String>,
    /// What it runs on: as its index says, else as its config does.
    #[serde(serialize_with = "text")]
    pub platform: Option<Platform>,
    /// Where it is or should be; none if it is external.
    pub path: Option<StorePath>,
    /// Its size on disk, in bytes.
    pub size: Option<u64>,
    /// The size that its descriptor states.
    pub expected_size: Option<i64>,
    /// How well it is there.
    pub state: State,
    /// What is wrong, in a line, where the state does not say it all.
    pub detail: Option<String>,
    /// Of a layer in a Docker engine, by which other names it goes there.
    pub local: Option<LocalLayer>,
}

/// The names of a layer in a Docker engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocalLayer {
    /// The ChainID that its place in the image gives it.
    pub chain_id: Digest,
    /// The ChainID of the layer below.
    pub parent: Option<Digest>,
    /// The name of its directory below the driver's.
    pub cache_id: Option<String>,
    /// The containers that stand on it, by name or id; sorted.
    pub containers: Vec<String>,
}

/// What a hop is to the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopKind {
    /// The link of a tag.
    Tag,
    /// The link by which the repository offers a manifest.
    Revision,
    /// A manifest of manifests.
    Index,
    /// A manifest of a config and layers.
    Manifest,
    /// The config of an image.
    Config,
    /// A layer of an image.
    Layer,
    /// The link by which the repository offers a config or layer.
    LayerLink,
    /// What a manifest is about: no part of the image.
    Subject,
    /// The directory of a layer's files in a Docker engine.
    Directory,
    /// The blob of a registry that a layer of a Docker engine came as: the digest is that of the blob.
    Origin,
}

/// A manifest that is about the image: a signature, an SBOM, an attestation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Referrer {
    /// The manifest; none where it is known by a tag alone, and the tag is broken.
    pub digest: Option<Digest>,
    /// The tag, `sha256-<hex>` or that with an extension, by which it says so; none where its `subject` does.
    pub tag: Option<String>,
    /// The type that it states, else that of its config, as the referrers API gives it.
    pub artifact_type: Option<String>,
    /// How well its manifest is there.
    pub state: State,
}

/// A manifest that a tag may stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The manifest.
    pub digest: Digest,
    /// When the link that names it was written.
    pub modified: Option<String>,
    /// Where that link stands.
    pub path: StorePath,
    /// How well the repository's revision link is there.
    pub revision: State,
    /// The size of the manifest, in bytes.
    pub size: Option<u64>,
    /// How well the manifest is there; it was not read.
    pub state: State,
}

/// Counts of what was walked.
#[derive(Debug, Default, Serialize)]
pub struct ResolveSummary {
    /// All hops.
    pub hops: u64,
    /// Those that keep the image from being complete.
    pub broken: u64,
    /// The distinct blobs that the image needs.
    pub blobs: u64,
    /// Their bytes.
    pub total_size: u64,
    /// What refers to the image.
    pub referrers: u64,
}

impl HopKind {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Revision => "revision",
            Self::Index => "index",
            Self::Manifest => "manifest",
            Self::Config => "config",
            Self::Layer => "layer",
            Self::LayerLink => "layer-link",
            Self::Subject => "subject",
            Self::Directory => "directory",
            Self::Origin => "origin",
        }
    }

    /// Whether it is a blob that the image needs, rather than a link to one.
    pub const fn is_blob(self) -> bool {
        matches!(self, Self::Index | Self::Manifest | Self::Config | Self::Layer)
    }
}

impl Hop {
    /// Whether it keeps the image from being complete.
    pub fn is_broken(&self) -> bool {
        !matches!(self.kind, HopKind::Subject | HopKind::Origin) && !self.state.is_sound()
    }
}

impl ResolveReport {
    /// Says that the image is not for a platform, and for which it is.
    pub fn other_platforms(&mut self, wanted: &Platform, offered: Vec<String>) {
        self.message = Some(wanted.not_among(&offered));
        self.suggestions = offered;
        self.suggests_platforms = true;
    }

    /// A report that has not looked at anything yet.
    pub fn new(store: &Store) -> Self {
        Self {
            head: Head::new("regfs/resolve/v1", store),
            reference: String::new(),
            repository: None,
            tag: None,
            digest: None,
            complete: false,
            total_size: 0,
            message: None,
            hops: Vec::new(),
            referrers: Vec::new(),
            suggestions: Vec::new(),
            suggests_platforms: false,
            candidates: Vec::new(),
            summary: ResolveSummary::default(),
        }
    }

    /// Counts, and notes what could not be read. `reached` is whether the hops lead to the image asked for.
    pub fn finish(&mut self, reached: bool) {
        let broken = self.hops.iter().filter(|hop| hop.is_broken()).count();
        self.complete = reached && broken == 0;
        let blobs = self.blobs();
        self.summary = ResolveSummary {
            hops: self.hops.len() as u64,
            broken: broken as u64,
            blobs: blobs.len() as u64,
            total_size: blobs.values().fold(0, |sum: u64, size| sum.saturating_add(*size)),
            referrers: self.referrers.len() as u64,
        };
        self.total_size = self.summary.total_size;
        let unreadable = self.hops.iter().filter(|hop| hop.state == State::Unreadable);
        let unreadable = unreadable.filter_map(|hop| {
            Some(ErrorItem { path: hop.path.clone()?, reason: hop.detail.clone().unwrap_or_default() })
        });
        // A directory of which a file could not be read counts as that file.
        let is_told = |item: &ErrorItem| {
            self.head
                .errors
                .iter()
                .any(|error| error.path.ancestors().skip(1).any(|above| above == item.path.as_bytes()))
        };
        let unreadable: Vec<ErrorItem> = unreadable.filter(|item| !is_told(item)).collect();
        self.head.errors.extend(unreadable);
        self.head.errors.sort_unstable();
        self.head.errors.dedup();
        self.head.partial |= !self.head.errors.is_empty();
    }

    /// The sizes of the distinct blobs that the image needs. An external layer has no path, and is none of them.
    fn blobs(&self) -> BTreeMap<&StorePath, u64> {
        let mut blobs = BTreeMap::new();
        for hop in self.hops.iter().filter(|hop| hop.kind.is_blob()) {
            if let Some(path) = &hop.path {
                let described = hop.expected_size.and_then(|size| u64::try_from(size).ok());
                let size = blobs.entry(path).or_insert(0);
                // One that is missing may be described by one descriptor and not, or otherwise, by another.
                *size = hop.size.or(described).unwrap_or(0).max(*size);
            }
        }
        blobs
    }
}

impl Report for ResolveReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer; else 1 if the image is not complete, or not what was asked for.
    fn exit(&self) -> Exit {
        Exit::bad_if(!self.complete || self.message.is_some()).worst(self.head.exit())
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.hops.iter().try_for_each(|hop| sink.item("hop", hop))?;
        self.referrers.iter().try_for_each(|referrer| sink.item("referrer", referrer))?;
        self.suggestions.iter().try_for_each(|name| sink.item("suggestion", &Suggestion { name }))?;
        self.candidates.iter().try_for_each(|candidate| sink.item("candidate", candidate))
    }

    /// The files that are there, in the order of the hops, each once: links and blobs, without a subject.
    fn files(&self) -> Vec<StorePath> {
        let mut seen = BTreeSet::new();
        let is_part = |hop: &&Hop| match hop.kind {
            HopKind::Subject | HopKind::Origin => false,
            HopKind::Directory => hop.state.is_sound(),
            _ => hop.size.is_some(),
        };
        let of_image = self.hops.iter().filter(is_part);
        of_image.filter_map(|hop| hop.path.as_ref()).filter(|path| seen.insert(*path)).cloned().collect()
    }

    fn summary(&self) -> impl Serialize {
        let Self { reference, repository, tag, digest, complete, message, summary, .. } = self;
        Closing { reference, repository, tag, digest, complete, message, summary }
    }
}

/// What ends a stream.
#[derive(Serialize)]
struct Closing<'a> {
    reference: &'a str,
    repository: &'a Option<String>,
    tag: &'a Option<String>,
    digest: &'a Option<Digest>,
    complete: &'a bool,
    message: &'a Option<String>,
    #[serde(flatten)]
    summary: &'a ResolveSummary,
}

/// Serializes what is shown as text.
#[expect(clippy::ref_option, reason = "what serde passes to `serialize_with`")]
fn text<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

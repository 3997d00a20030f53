//! What one side has of an image: its parts, how well each is there, and by which names they can be told to be the same.
//!
//! A config is named by its digest. So is a layer where it comes from; what is the same everywhere is its DiffID. That is
//! computed from the layer's bytes if they are read, else it is what the config states, else what an engine noted when it
//! pulled the layer.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::manifest::Name;
use crate::path::StorePath;
use crate::registry::look::{self, State};
use crate::report::ErrorItem;
use crate::report::resolve::{Hop, HopKind, ResolveReport};
use crate::store::Store;

/// How well something is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Has {
    /// As it should be, as far as was looked.
    It,
    /// A layer that lives elsewhere by design.
    Elsewhere,
    /// It is not what it should be; how, in a line.
    Damaged(String),
    /// Nobody could look.
    Unknown,
    /// It is not there.
    Nothing,
}

/// A part of an image.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// How this side calls it.
    pub(super) digest: Digest,
    pub(super) path: Option<StorePath>,
    pub(super) size: Option<u64>,
    pub(super) has: Has,
}

/// A layer.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) part: Part,
    /// The DiffID that the config states, or that an engine has.
    pub(super) stated: Option<Digest>,
    /// The DiffID that its bytes were found to have, and how many it unpacks to.
    pub(super) computed: Option<(Digest, u64)>,
    /// Of an engine, the directory of its files.
    pub(super) files: Option<StorePath>,
}

/// An image. What it is says its config; one of the oldest format has none, and is its manifest.
#[derive(Debug, Default)]
pub(super) struct Image {
    pub(super) manifest: Option<Part>,
    pub(super) config: Option<Part>,
    /// By their numbers among the layers of the side.
    pub(super) layers: Vec<usize>,
}

/// What one side has of a reference.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Indexes, in walking order.
    pub(super) indexes: Vec<Part>,
    pub(super) images: Vec<Image>,
    pub(super) layers: Vec<Layer>,
    /// The DiffIDs of registries' blobs, as an engine noted them.
    pub(super) origins: BTreeMap<Digest, Digest>,
    /// Whether something could not be looked at that leads to images or parts: nothing is known not to be there then.
    pub(super) is_blind: bool,
    /// Whether the side keeps manifests.
    pub(super) has_manifests: bool,
    /// What is wrong on the way to the image, in lines.
    pub(super) faults: Vec<String>,
    pub(super) errors: Vec<ErrorItem>,
}

impl Has {
    fn of(hop: &Hop) -> Self {
        match hop.state {
            State::Ok => Self::It,
            State::External => Self::Elsewhere,
            State::Missing => Self::Nothing,
            State::Unreadable | State::NotRegular => Self::Unknown,
            state => {
                let detail = hop.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
                Self::Damaged(format!("{}{detail}", state.name()))
            }
        }
    }

    /// How bad it is to have several copies of which this is one.
    const fn rank(&self) -> u8 {
        match self {
            Self::It => 0,
            Self::Elsewhere => 1,
            Self::Damaged(_) => 2,
            Self::Unknown => 3,
            Self::Nothing => 4,
        }
    }

    /// Takes over what is worse.
    pub(super) fn worsen(&mut self, other: Self) {
        if other.rank() > self.rank() {
            *self = other;
        }
    }
}

impl Part {
    fn of(hop: &Hop, digest: Digest) -> Self {
        Self { digest, path: hop.path.clone(), size: hop.size, has: Has::of(hop) }
    }
}

impl Layer {
    /// What it is called on any side, as far as that is known. `noted` is what is known of blobs by their digests.
    pub(super) fn name(&self, noted: &BTreeMap<Digest, Digest>) -> Digest {
        let noted = noted.get(&self.part.digest).copied();
        let computed = self.computed.map(|(digest, _)| digest);
        self.stated.or(computed).or(noted).unwrap_or(self.part.digest)
    }
}

impl Image {
    /// What it is, whoever has it.
    pub(super) fn identity(&self) -> Option<Digest> {
        self.config.as_ref().or(self.manifest.as_ref()).map(|part| part.digest)
    }
}

impl Seen {
    /// What the hops of a walk show.
    pub(super) fn new(store: &Store, report: &ResolveReport) -> Self {
        let mut seen = Self { has_manifests: store.kind().keeps_manifests(), ..Self::default() };
        let mut met = BTreeSet::new();
        let mut diff_ids: Vec<Digest> = Vec::new();
        for hop in &report.hops {
            seen.note(hop);
            let digest = hop.digest.as_ref().and_then(Name::known);
            match (hop.kind, digest) {
                (HopKind::Index, Some(digest)) if met.insert(digest) => {
                    seen.indexes.push(Part::of(hop, digest));
                }
                // An image that is met again is only listed.
                (HopKind::Manifest, Some(digest)) if met.insert(digest) => {
                    diff_ids.clear();
                    seen.images.push(Image { manifest: Some(Part::of(hop, digest)), ..Image::default() });
                }
                (HopKind::Config, Some(digest)) => {
                    diff_ids = if seen.has_manifests { stated(store, hop) } else { Vec::new() };
                    if !seen.has_manifests {
                        seen.images.push(Image::default());
                    }
                    let image = seen.images.last_mut().filter(|image| image.config.is_none());
                    if let Some(image) = image {
                        image.config = Some(Part::of(hop, digest));
                    }
                }
                (HopKind::Layer, Some(digest)) => {
                    let number = seen.layers.len();
                    let Some(image) = seen.images.last_mut() else { continue };
                    let own = (!seen.has_manifests).then_some(digest);
                    let stated = own.or_else(|| diff_ids.get(image.layers.len()).copied());
                    image.layers.push(number);
                    let part = Part::of(hop, digest);
                    seen.layers.push(Layer { part, stated, computed: None, files: None });
                }
                // An engine's layer is not there if its files are not.
                (HopKind::Directory, _) => {
                    if let Some(layer) = seen.layers.last_mut() {
                        layer.part.has.worsen(Has::of(hop));
                        layer.files.clone_from(&hop.path);
                    }
                }
                (HopKind::Origin, Some(digest)) if hop.state.is_sound() => {
                    let diff = seen.layers.last().and_then(|layer| layer.stated);
                    seen.origins.extend(diff.map(|diff| (digest, diff)));
                }
                _ => {}
            }
        }
        seen
    }

    /// Takes note of what is wrong with a hop beyond what its part tells.
    fn note(&mut self, hop: &Hop) {
        let has = Has::of(hop);
        let is_on_the_way = matches!(
            hop.kind,
            HopKind::Tag | HopKind::Revision | HopKind::Index | HopKind::Manifest | HopKind::Config
        );
        if !hop.is_broken() {
            return;
        }
        if has == Has::Unknown {
            self.is_blind |= is_on_the_way;
            let reason = hop.detail.clone().unwrap_or_else(|| hop.state.name().to_owned());
            self.errors.extend(hop.path.clone().map(|path| ErrorItem { path, reason }));
        } else if !is_part(hop) {
            let digest = hop.digest.as_ref().map(|digest| format!(" {digest}")).unwrap_or_default();
            let how = match has {
                Has::Damaged(how) => how,
                _ => hop.state.name().to_owned(),
            };
            self.faults.push(format!("the {}{digest} is {how}", hop.kind.name()));
        }
    }

    /// Which layer is called so. Of several copies it is the worst: an image that has a bad one is not whole.
    pub(super) fn by_name(&self, noted: &BTreeMap<Digest, Digest>) -> BTreeMap<Digest, &Layer> {
        let mut named: BTreeMap<Digest, &Layer> = BTreeMap::new();
        for layer in &self.layers {
            let known = named.entry(layer.name(noted)).or_insert(layer);
            if layer.part.has.rank() > known.part.has.rank() {
                *known = layer;
            }
        }
        named
    }

    /// The configs that it has, by digest.
    pub(super) fn configs(&self) -> BTreeMap<Digest, &Part> {
        let configs = self.images.iter().filter_map(|image| image.config.as_ref());
        configs.map(|config| (config.digest, config)).collect()
    }
}

/// Whether what is wrong with a hop is told with what it leads to. Links are no parts, nor is what goes by a digest of an
/// algorithm that nobody knows.
fn is_part(hop: &Hop) -> bool {
    match hop.kind {
        HopKind::Tag | HopKind::Revision | HopKind::LayerLink => false,
        HopKind::Directory => true,
        _ => hop.digest.as_ref().and_then(Name::known).is_some(),
    }
}

/// The DiffIDs that a config states.
fn stated(store: &Store, hop: &Hop) -> Vec<Digest> {
    let Some(path) = hop.path.as_ref().filter(|_| hop.state.is_sound()) else { return Vec::new() };
    let (_, config) = look::config(store, path, &[]);
    config.map(|config| config.diff_ids).unwrap_or_default()
}

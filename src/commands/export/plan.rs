//! What is to be exported: which images, under which names, and where the bytes of each blob are.
//!
//! The same bytes may be in several places: a layer of an engine in two chains, a blob under two algorithms. One bad copy
//! is no reason to leave an image out, so that all are known here, and tried in turn.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::path::StorePath;
use crate::progress::Phase;
use crate::reference::Reference;
use crate::registry::look::{Look, State};
use crate::report::ErrorItem;
use crate::report::export::ExportedImage;
use crate::session::Session;

/// Everything that is to be written.
#[derive(Debug, Default)]
pub struct Plan {
    pub(super) images: Vec<Image>,
    /// Where the bytes of each blob may be, in the order in which to try.
    pub(super) blobs: BTreeMap<Digest, Vec<Source>>,
    /// Whether every image of the store was asked for.
    pub(super) is_all: bool,
    /// Names that lead to no image at all.
    pub(super) nameless: u64,
    pub(super) message: Option<String>,
    pub(super) suggestions: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) errors: Vec<ErrorItem>,
}

/// An image to be written.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) item: ExportedImage,
    /// The name that the layout gives it.
    pub(super) name: Option<String>,
    /// Its manifests, configs and layers, each with the size that its descriptor states.
    pub(super) needs: BTreeSet<(Digest, Option<i64>)>,
    /// Why it cannot be exported, as far as that is known before any blob is read.
    pub(super) fault: Option<String>,
}

/// Where a blob's bytes may be.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) bytes: Bytes,
    /// How well they are there, as far as that is known without reading them.
    pub(super) look: Look,
}

/// What a blob is made from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bytes {
    /// A file of the store.
    File(StorePath),
    /// A layer of an engine: what tar-split kept of its archive, and the directory of its files.
    Archive {
        /// `tar-split.json.gz`.
        tar_split: StorePath,
        /// The directory.
        files: StorePath,
    },
    /// What the store does not have: the manifest of an engine's image.
    Made(Vec<u8>),
}

impl Image {
    /// An image of which nothing is known but its digest and what it is called.
    pub(super) fn new(
        repository: Option<String>,
        tag: Option<String>,
        name: Option<String>,
        digest: Digest,
    ) -> Self {
        let item = ExportedImage {
            repository,
            tag,
            digest,
            media_type: String::new(),
            size: 0,
            exported: false,
            detail: None,
        };
        Self { item, name, needs: BTreeSet::new(), fault: None }
    }
}

impl Source {
    /// The file that was looked at.
    pub(super) fn path(&self) -> StorePath {
        match &self.bytes {
            Bytes::File(path) => path.clone(),
            Bytes::Archive { tar_split, .. } => tar_split.clone(),
            Bytes::Made(_) => StorePath::root(),
        }
    }
}

impl Plan {
    /// Looks up what is wanted, and what that needs, in the way of one kind of store; without a reference, everything.
    pub(super) fn make(
        session: &Session<'_>,
        reference: Option<&Reference>,
        look_up: impl FnOnce(&mut Self),
    ) -> Self {
        session.progress.begin(Phase::Read, None);
        let mut plan = Self { is_all: reference.is_none(), ..Self::default() };
        look_up(&mut plan);
        plan.settle();
        session.progress.end();
        plan
    }

    /// Takes note of a place where the bytes of a blob may be, after those that are known.
    pub(super) fn source(&mut self, digest: Digest, bytes: Bytes, look: impl FnOnce() -> Look) {
        let sources = self.blobs.entry(digest).or_default();
        if sources.iter().all(|source| source.bytes != bytes) {
            sources.push(Source { bytes, look: look() });
        }
    }

    /// Leaves out the images of which a look shows that something is missing or has not the size that it should have,
    /// and with them the blobs that nobody else needs.
    fn settle(&mut self) {
        let mut needed: BTreeSet<Digest> = BTreeSet::new();
        for image in &mut self.images {
            for (digest, size) in &image.needs {
                let sources = self.blobs.get(digest).map(Vec::as_slice).unwrap_or_default();
                let Err(faults) = one_will_do(sources, *size) else { continue };
                if image.fault.is_none() {
                    let fault = faults.first().map_or_else(
                        || format!("{digest} is not in the store"),
                        |(_, look)| fault(*digest, look),
                    );
                    image.fault = Some(fault);
                }
                let unread = faults.into_iter().filter(|(_, look)| look.state == State::Unreadable);
                self.errors.extend(unread.map(|(source, look)| ErrorItem {
                    path: source.path(),
                    reason: look.detail.unwrap_or_default(),
                }));
            }
            if image.fault.is_none() {
                needed.extend(image.needs.iter().map(|(digest, _)| *digest));
            }
        }
        self.blobs.retain(|digest, _| needed.contains(digest));
        for sources in self.blobs.values_mut() {
            sources.retain(|source| source.look.state == State::Ok);
        }
        self.warnings.sort_unstable();
        self.warnings.dedup();
    }
}

/// Whether some place has what is needed, as far as a look can tell; else what is wrong with each.
fn one_will_do(sources: &[Source], size: Option<i64>) -> Result<(), Vec<(&Source, Look)>> {
    let mut faults = Vec::new();
    for source in sources {
        let mut look = source.look.clone();
        look.compare_size(size);
        if look.state == State::Ok {
            return Ok(());
        }
        faults.push((source, look));
    }
    Err(faults)
}

/// Why a blob will not do.
fn fault(digest: Digest, look: &Look) -> String {
    let detail = look.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("{digest} is {}{detail}", look.state.name())
}

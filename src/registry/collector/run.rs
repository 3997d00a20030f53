//! One run of a collector: what it has marked and listed so far, and whether it goes on past an abort.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use super::{Abort, Collection, DeadBlob, DeadLayerLink, DeadManifest, Mode, Phase};
use crate::path::StorePath;
use crate::registry::documents::Documents;
use crate::registry::inventory::{DigestId, Inventory};

pub(super) struct Run<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) documents: &'a Documents,
    pub(super) mode: Mode,
    /// Whether it looks for everything that would make it give up, rather than giving up.
    goes_on: bool,
    marks: Vec<bool>,
    pub(super) altered: BTreeSet<DigestId>,
    pub(super) blobs: Vec<DeadBlob<'a>>,
    pub(super) manifests: Vec<DeadManifest<'a>>,
    pub(super) layer_links: Vec<DeadLayerLink<'a>>,
    pub(super) live_blobs: u64,
    pub(super) aborts_in_sweep: Option<Abort>,
    aborts: Vec<Abort>,
    aborted_at: HashSet<StorePath>,
}

/// Whether the run is over.
pub(super) type Flow<T = ()> = ControlFlow<(), T>;

/// What is wrong, and where; the text is the innermost of the messages that are printed as one.
pub(super) struct Fault {
    pub(super) path: StorePath,
    pub(super) reason: String,
}

impl<'a> Run<'a> {
    pub(super) fn new(inventory: &'a Inventory, documents: &'a Documents, mode: Mode, goes_on: bool) -> Self {
        Self {
            inventory,
            documents,
            mode,
            goes_on,
            marks: vec![false; inventory.digests.len()],
            altered: BTreeSet::new(),
            blobs: Vec::new(),
            manifests: Vec::new(),
            layer_links: Vec::new(),
            live_blobs: 0,
            aborts_in_sweep: None,
            aborts: Vec::new(),
            aborted_at: HashSet::new(),
        }
    }

    /// Marks a digest, and tells whether it was marked before.
    pub(super) fn mark_digest(&mut self, digest: DigestId) -> bool {
        self.marks.get_mut(digest.0 as usize).is_some_and(|mark| std::mem::replace(mark, true))
    }

    pub(super) fn is_marked(&self, digest: DigestId) -> bool {
        self.marks.get(digest.0 as usize).is_some_and(|mark| *mark)
    }

    /// Gives up in the mark phase, at something that the walk of a repository's links came upon.
    pub(super) fn abort(&mut self, fault: Fault) -> Flow {
        // The driver names itself once for the walk of the links and once for that of the repositories, but does
        // not put its name before an error that has it already.
        let names = if is_named_by_driver(&fault.reason) { "" } else { "filesystem: filesystem: " };
        self.give_up(Phase::Mark, fault.path, format!("failed to mark: {names}{}", fault.reason))
    }

    pub(super) fn give_up(&mut self, phase: Phase, path: StorePath, reason: String) -> Flow {
        if self.aborted_at.insert(path.clone()) {
            self.aborts.push(Abort { phase, path, reason });
        }
        if self.goes_on { Flow::Continue(()) } else { Flow::Break(()) }
    }

    pub(super) fn into_aborts(self) -> Vec<Abort> {
        self.aborts
    }

    pub(super) fn into_collection(mut self) -> Collection<'a> {
        if let Some(abort) = self.aborts.pop() {
            return Collection { aborts: Some(abort), ..Collection::default() };
        }
        Collection {
            aborts: None,
            aborts_in_sweep: self.aborts_in_sweep,
            blobs: self.blobs,
            manifests: self.manifests,
            layer_links: self.layer_links,
            live_blobs: self.live_blobs,
            altered: self.altered,
        }
    }
}

impl Fault {
    pub(super) fn new(path: StorePath, reason: impl Into<String>) -> Self {
        Self { path, reason: reason.into() }
    }

    /// `storagedriver.PathNotFoundError`
    pub(super) fn not_found(fault: StorePath, looked_for: &StorePath) -> Self {
        Self::new(fault, format!("{NOT_FOUND}{}", driver_path(looked_for)))
    }

    /// `storagedriver.InvalidPathError`
    pub(super) fn invalid_path(fault: StorePath, read: &StorePath) -> Self {
        Self::new(fault, format!("{INVALID_PATH}{}", driver_path(read)))
    }

    /// What listing a directory answers where a file stands, at the path or above it.
    pub(super) fn not_listed(at: &StorePath, path: &StorePath) -> Self {
        let call = if at == path { "readdirent" } else { "open" };
        Self::system(at.clone(), call, path, "not a directory")
    }

    /// The error of a system call.
    pub(super) fn system(fault: StorePath, call: &str, path: &StorePath, error: &str) -> Self {
        Self::new(fault, format!("{call} {}: {error}", driver_path(path)))
    }
}

const NOT_FOUND: &str = "filesystem: Path not found: ";
const INVALID_PATH: &str = "filesystem: invalid path: ";

fn is_named_by_driver(reason: &str) -> bool {
    reason.starts_with(NOT_FOUND) || reason.starts_with(INVALID_PATH)
}

/// A path as the driver spells it, from its own root.
pub(super) fn driver_path(path: &StorePath) -> String {
    format!("/docker/registry/v2/{path}")
}

//! What `registry garbage-collect --dry-run` of distribution 2.8 and of 3.1 would do to a store, mistakes included.
//!
//! The model is `MarkAndSweep` of `registry/storage/garbagecollect.go` in either version, and what it calls:
//! `linkedblobstore.go`, `manifeststore.go`, `tagstore.go`, `blobstore.go`, `catalog.go`, `driver/walk.go`. It goes by
//! its rules alone: it never hashes, takes a repository's directory names in the order of its walk, reads links by
//! their content, and stops at the first thing it cannot read.
//!
//! - **Mark.** 2.x visits the directories that hold `_layers`, 3.x those that hold `_manifests`. Every file named
//!   `link` below `_manifests/revisions` is read; the digest in it counts if this repository links it and the store
//!   has the blob that this link names. 2.x marks what a manifest refers to; 3.x also goes on into references that
//!   are manifests of the same repository, unless they are marked already, be it in another repository.
//! - **Untagged.** `--delete-untagged` looks at the tags of the repository for every manifest. Without `tags/` 2.x
//!   fails, and 3.x neither marks nor deletes the manifest.
//! - **Layer links.** 3.x lists the links whose blob is not marked when the repository is done: what only a later
//!   repository marks is listed too.
//! - **Sweep.** Every file named `data` below `blobs/` is a blob, whose digest its path spells.
//!
//! Exactly so for what [`look`] sees, or a closer walk. What the inventory does not look at counts as not there: a
//! collector follows symbolic links, and goes into a directory named `link` or `data`.

mod lookup;
mod mark;
mod repositories;
mod run;
mod sweep;
mod tags;

use std::collections::BTreeSet;

use super::documents::Documents;
use super::inventory::{self, Blob, Depth, DigestId, Inventory, Repository, View};
use super::layout;
use crate::cancel::Cancel;
use crate::digest::Digest;
use crate::path::StorePath;
use crate::progress::Progress;
use crate::store::Store;
use lookup::LinkPlace;
use run::Run;

/// Whose rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rules {
    /// distribution 2.7 and 2.8.
    V2,
    /// distribution 3.0 and 3.1.
    V3,
}

/// How the collector is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mode {
    /// Which collector.
    pub rules: Rules,
    /// With `--delete-untagged`.
    pub delete_untagged: bool,
}

/// What a collector would do.
#[derive(Debug, Default)]
pub struct Collection<'a> {
    /// Why it ends without an answer, a dry run too; then the lists are empty.
    pub aborts: Option<Abort>,
    /// Why a run that is not dry ends half-way.
    pub aborts_in_sweep: Option<Abort>,
    /// The blobs that it lists, by digest.
    pub blobs: Vec<DeadBlob<'a>>,
    /// The manifests that it lists, in its order, repeats included.
    pub manifests: Vec<DeadManifest<'a>>,
    /// The layer links that it lists, in its order, repeats included; none by [`Rules::V2`].
    pub layer_links: Vec<DeadLayerLink<'a>>,
    /// How many blobs of the store it keeps.
    pub live_blobs: u64,
    /// The manifests that it goes by though their bytes do not hash to their name.
    pub altered: BTreeSet<DigestId>,
}

/// A blob to be deleted.
#[derive(Clone, Copy, Debug)]
pub struct DeadBlob<'a> {
    /// Its digest, by its path.
    pub digest: Digest,
    /// Its bytes.
    pub blob: Blob,
    /// Where it stands, if not where look-ups go.
    pub misplaced: Option<&'a StorePath>,
}

/// A manifest to be deleted: its revision, and its entry in the index of every tag of the repository.
#[derive(Clone, Copy, Debug)]
pub struct DeadManifest<'a> {
    /// The repository that it is deleted from. 3.x prints its name and all of its tags, 2.x neither.
    pub repository: &'a Repository,
    /// The digest that its link holds.
    pub digest: DigestId,
}

/// A layer link to be deleted.
#[derive(Clone, Copy, Debug)]
pub struct DeadLayerLink<'a> {
    /// The repository that it is deleted from.
    pub repository: &'a Repository,
    /// The digest that it holds. The file that is deleted is the link of this digest.
    pub digest: DigestId,
    place: LinkPlace<'a>,
}

/// Why a collector gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abort {
    /// What it gives up at.
    pub phase: Phase,
    /// The file or directory at fault.
    pub path: StorePath,
    /// What it prints, as near as can be known.
    pub reason: String,
}

/// A part of a collector's run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Reading repositories.
    Mark,
    /// Listing blobs.
    Enumerate,
    /// Deleting, in a run that is not dry.
    Sweep,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 4] = [
        Self::new(Rules::V2, false),
        Self::new(Rules::V2, true),
        Self::new(Rules::V3, false),
        Self::new(Rules::V3, true),
    ];

    /// The mode of a collector.
    pub const fn new(rules: Rules, delete_untagged: bool) -> Self {
        Self { rules, delete_untagged }
    }

    /// What a walk must look at, so that nothing is missed which this collector comes upon; but see [`look`].
    pub const fn view(self) -> View {
        View {
            depth: Depth::Nested,
            uploads: false,
            layers: matches!(self.rules, Rules::V3),
            tags: self.delete_untagged,
            // Where the deletion of a manifest begins.
            history: self.delete_untagged,
            ..View::FULL
        }
    }

    /// A short name; `m` is for the registry's `-m`.
    pub const fn name(self) -> &'static str {
        match (self.rules, self.delete_untagged) {
            (Rules::V2, false) => "2",
            (Rules::V2, true) => "2m",
            (Rules::V3, false) => "3",
            (Rules::V3, true) => "3m",
        }
    }
}

impl DeadBlob<'_> {
    /// Its `data` file.
    pub fn path(&self) -> StorePath {
        self.misplaced.map_or_else(|| layout::blob_data(self.digest), Clone::clone)
    }
}

impl DeadLayerLink<'_> {
    /// The link file that the digest was read from.
    pub fn path(&self, inventory: &Inventory) -> StorePath {
        self.place.path(self.repository, inventory)
    }
}

/// Walks as closely as a collector does, and no closer; `besides` says what else is to be looked at.
pub fn look(
    store: &Store,
    mode: Mode,
    besides: impl Fn(View) -> View,
    cancel: &Cancel,
    progress: &dyn Progress,
) -> Inventory {
    let view = besides(mode.view());
    let inventory = inventory::walk(store, view, cancel, progress);
    if view.layers || !lookup::may_go_by_layers(&inventory) {
        return inventory;
    }
    inventory::walk(store, View { layers: true, ..view }, cancel, progress)
}

/// What the collector would do in that mode.
pub fn collect<'a>(inventory: &'a Inventory, documents: &'a Documents, mode: Mode) -> Collection<'a> {
    let mut run = Run::new(inventory, documents, mode, false);
    let finished = run.mark().is_continue() && run.enumerate().is_continue();
    if finished {
        run.aborts_in_sweep();
    }
    run.into_collection()
}

/// Everything at which the collector would give up in that mode, were the rest of it mended: each path once, in the
/// order in which it would come upon them.
pub fn blockers(inventory: &Inventory, documents: &Documents, mode: Mode) -> Vec<Abort> {
    let mut run = Run::new(inventory, documents, mode, true);
    if run.mark().is_continue() {
        // It goes on past every abort, so this is always reached.
        let _ = run.enumerate();
    }
    run.into_aborts()
}

#[cfg(test)]
mod tests;

//! How much of a store a walk looks at, and how closely: the less, the faster.

use crate::registry::layout::{Owner, Place};

/// How closely the walk looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// As [`Depth::Names`], but whether a layer link is there is left open: its directory is. [`super::confirm_layer_links`]
    /// asks of those that matter.
    Directories,
    /// Names, sizes and what tags point to: digests are known from directory names, a link is known to be there.
    Names,
    /// And what each link holds, and what stands in directories below that of a blob or link, and in that of a missing one: all that a collector
    /// comes upon.
    Nested,
    /// And whatever else stands anywhere, in the directory of each blob and link too.
    Full,
}

/// What the walk looks at: the less, the faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// How closely.
    pub depth: Depth,
    /// Whether blobs are looked at.
    pub blobs: bool,
    /// Whether revision links are.
    pub revisions: bool,
    /// Whether layer links are looked at.
    pub layers: bool,
    /// Whether tags are, and what they point to.
    pub tags: bool,
    /// Whether what tags once pointed to is.
    pub history: bool,
    /// Whether unfinished uploads are.
    pub uploads: bool,
    /// Whether each file out of place is told, and not only the first thing on the way to it. The files of an upload
    /// count as such then.
    pub strays: bool,
}

impl View {
    /// Everything, closely.
    pub const FULL: Self = Self {
        depth: Depth::Full,
        blobs: true,
        revisions: true,
        layers: true,
        tags: true,
        history: true,
        uploads: true,
        strays: false,
    };
    /// Blobs and revisions, by name.
    pub const NAMES: Self = Self {
        depth: Depth::Names,
        blobs: true,
        revisions: true,
        layers: false,
        tags: false,
        history: false,
        uploads: false,
        strays: false,
    };
    /// Everything that carries meaning, each file by itself.
    pub const CONTENTS: Self = Self { uploads: false, strays: true, ..Self::FULL };
    /// Unfinished uploads alone.
    pub const UPLOADS: Self = Self { blobs: false, revisions: false, uploads: true, ..Self::NAMES };

    /// Whether a directory at this place is looked into.
    pub(super) const fn includes(self, place: Place) -> bool {
        match place {
            Place::Blobs => self.blobs,
            Place::Links(Owner::Revisions) => self.revisions,
            Place::Links(Owner::Layers) => self.layers,
            Place::Tags => self.tags,
            Place::Links(Owner::TagIndex) => self.history,
            Place::Uploads => self.uploads,
            _ => true,
        }
    }
}

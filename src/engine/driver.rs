//! The graphdrivers: where each keeps the directory of a layer or container.

use crate::path::StorePath;

/// What is said of any other.
pub const UNKNOWN_DRIVER: &str = "regfs does not know where this driver keeps the files of its layers";

/// A graphdriver whose directories regfs knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Graph {
    /// `overlay2` and `fuse-overlayfs`: a directory each, the files below `diff`.
    Overlay(&'static str),
    /// `vfs`: the whole tree of each layer.
    Vfs,
    /// `aufs`: the files below `aufs/diff`.
    Aufs,
    /// `btrfs`: a subvolume each.
    Btrfs,
}

impl Graph {
    /// The driver of that name.
    pub fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"overlay2" => Self::Overlay("overlay2"),
            b"fuse-overlayfs" => Self::Overlay("fuse-overlayfs"),
            b"vfs" => Self::Vfs,
            b"aufs" => Self::Aufs,
            b"btrfs" => Self::Btrfs,
            _ => return None,
        })
    }

    /// The directory that holds a directory for each layer.
    pub fn home(self) -> StorePath {
        match self {
            Self::Overlay(name) => name,
            Self::Vfs => "vfs/dir",
            Self::Aufs => "aufs/diff",
            Self::Btrfs => "btrfs/subvolumes",
        }
        .into()
    }

    /// The directory of a layer or container.
    pub fn directory(self, id: &str) -> StorePath {
        self.home().join(id)
    }

    /// The directory that holds its files.
    pub fn files(self, id: &str) -> StorePath {
        match self {
            Self::Overlay(_) => self.directory(id).join("diff"),
            Self::Vfs | Self::Aufs | Self::Btrfs => self.directory(id),
        }
    }

    /// What stands among the directories without being one of them: `l` holds short names, for mounts, and the device is
    /// for quotas, where XFS has them.
    pub fn is_own(self, name: &[u8]) -> bool {
        matches!(self, Self::Overlay(_)) && matches!(name, b"l" | b"backingFsBlockDev")
    }
}

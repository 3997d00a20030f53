//! What a file system tells of a directory without listing it: a store has millions of directories that hold one file.

use rustix::fs::{Stat, StatFs};

/// How a file system fills in what it says of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Nobody knows: FUSE, a network, or one that nobody looked into.
    Nothing,
    /// Its links count the directories in it: ext2 to ext4 and XFS.
    Directories,
    /// And its size counts its entries: tmpfs (`BOGO_DIRENT_SIZE` of `mm/shmem.c`).
    Entries,
    /// Its size counts the bytes of its names, each twice: Btrfs (`btrfs_add_link`).
    NameBytes,
}

impl Telling {
    pub(super) fn of(system: &StatFs) -> Self {
        match u64::try_from(system.f_type) {
            Ok(0xEF53 | 0x5846_5342) => Self::Directories,
            Ok(0x0102_1994) => Self::Entries,
            Ok(0x9123_683E) => Self::NameBytes,
            _ => Self::Nothing,
        }
    }

    /// What it tells of the files in a directory too, not of directories alone.
    pub(crate) const fn of_files(self) -> Self {
        match self {
            Self::Directories => Self::Nothing,
            other => other,
        }
    }

    /// Whether a directory that does hold a file of this name is known to hold nothing else.
    pub(super) fn holds_nothing_but(self, directory: &Stat, file: &[u8]) -> bool {
        let size = u64::try_from(directory.st_size).unwrap_or(0);
        match self {
            // Itself and the one above count as entries too.
            Self::Entries => size == 3 * 20,
            Self::NameBytes => size == 2 * file.len() as u64,
            Self::Directories | Self::Nothing => false,
        }
    }

    /// Whether a directory is known to hold no directory.
    pub(super) fn holds_no_directory(self, directory: &Stat) -> bool {
        // Its own name, and its own entry for itself, make two links.
        matches!(self, Self::Directories | Self::Entries) && directory.st_nlink == 2
    }
}

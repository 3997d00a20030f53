//! What the file system says of a file.

use rustix::fs::FileType;

use super::FileKind;

/// What the file system says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// When its bytes last changed, in seconds since 1970.
    pub modified: i64,
    /// Who may do what with it: the permission bits.
    pub mode: u32,
    /// Which file it is, whatever its path: the device and the inode.
    pub identity: (u64, u64),
}

/// All that the file system says of a file and that changes when its bytes do: while it stays the same, so do they. The
/// time of the last change of any kind is in it, since programs that copy put back the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its size in bytes.
    pub size: u64,
    /// When its bytes last changed, in seconds and nanoseconds since 1970.
    pub modified: (i64, u32),
    /// When anything of it last changed, likewise.
    pub changed: (i64, u32),
    /// Its number in its file system.
    pub inode: u64,
}

pub(super) fn stat_of(stat: &rustix::fs::Stat) -> Stat {
    Stat {
        kind: FileType::from_raw_mode(stat.st_mode).into(),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        modified: stat.st_mtime,
        mode: stat.st_mode & 0o7777,
        identity: (stat.st_dev, stat.st_ino),
    }
}

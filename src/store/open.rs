//! Opening below a handle: for reading, close-on-exec, never through a symbolic link.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::{Errno, ReadWriteFlags, retry_on_intr};

use super::manners::HERE;
use super::{Manners, mounts};
use crate::path::StorePath;

/// Opens files, and remembers what the system turned out not to allow.
#[derive(Debug, Default)]
pub(super) struct Opener {
    /// `O_NOATIME` is for a file's owner and for root; others are refused once and do without.
    keeps_access_times: AtomicBool,
    /// `openat2` is missing before Linux 5.6 and behind some sandboxes.
    without_openat2: AtomicBool,
    /// Whether the file system, all of it one, ends a listing early only where the buffer is full: a network's may at
    /// any time.
    pub(super) lists_all_that_fits: bool,
    /// Whether the file system keeps its files in memory: it does without the means to ask whether they are there.
    pub(super) is_in_memory: bool,
    /// The file system turned out not to tell what is in memory, or to hold nothing there.
    pub(super) nothing_at_hand: AtomicBool,
    /// How gently files are read, if that was asked for.
    pub(super) manners: OnceLock<Arc<Manners>>,
}

impl Opener {
    /// An opener for what stands below a root, which is reached by the path `top`.
    pub(super) fn new(root: &OwnedFd, top: &Path) -> Self {
        // ext2 to ext4, XFS, Btrfs and tmpfs, as `statfs` numbers them.
        const TMPFS: u64 = 0x0102_1994;
        const LOCAL: [u64; 4] = [0xEF53, 0x5846_5342, 0x9123_683E, TMPFS];
        let kind = rustix::fs::fstatfs(root).map(|stat| u64::try_from(stat.f_type).unwrap_or(0));
        Self {
            lists_all_that_fits: kind.is_ok_and(|kind| LOCAL.contains(&kind)) && !mounts::may_be_below(top),
            is_in_memory: kind == Ok(TMPFS),
            ..Self::default()
        }
    }

    /// Opens a single name in a directory.
    pub(super) fn child(&self, dir: &OwnedFd, name: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
        self.with_flags(flags, |flags| openat(dir, name, flags, Mode::empty()))
    }

    /// Opens a path below a directory, no component of which may be a symbolic link.
    pub(super) fn beneath(&self, dir: &OwnedFd, path: &StorePath, flags: OFlags) -> Result<OwnedFd, Errno> {
        if path.as_bytes().is_empty() {
            return self.child(dir, b".", flags);
        }
        if !self.without_openat2.load(Ordering::Relaxed) {
            use rustix::fs::{ResolveFlags, openat2};
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
            match self.with_flags(flags, |flags| openat2(dir, path.as_bytes(), flags, Mode::empty(), resolve))
            {
                Err(Errno::NOSYS | Errno::PERM) => self.without_openat2.store(true, Ordering::Relaxed),
                result => return result,
            }
        }
        self.step_by_step(dir, path, flags)
    }

    /// As [`Opener::beneath`], of what the system can open without waiting for a disk; `None` otherwise, or if it cannot
    /// tell (Linux before 5.12, network file systems), or if it refuses.
    pub(super) fn at_hand(&self, dir: &OwnedFd, path: &StorePath, flags: OFlags) -> Option<OwnedFd> {
        use rustix::fs::{ResolveFlags, openat2};
        if self.nothing_at_hand.load(Ordering::Relaxed) || self.without_openat2.load(Ordering::Relaxed) {
            return None;
        }
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::CACHED;
        self.with_flags(flags, |flags| openat2(dir, path.as_bytes(), flags, Mode::empty(), resolve)).ok()
    }

    /// Reads the next bytes of a file.
    pub(super) fn read(&self, file: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        match self.manners.get() {
            None => retry_on_intr(|| rustix::io::read(file, &mut *buffer)),
            Some(manners) => manners.read(file, buffer, HERE, ReadWriteFlags::empty()),
        }
    }

    fn step_by_step(&self, dir: &OwnedFd, path: &StorePath, flags: OFlags) -> Result<OwnedFd, Errno> {
        let mut above: Option<OwnedFd> = None;
        let names: Vec<&[u8]> = path.components().collect();
        for (index, name) in names.iter().enumerate() {
            let flags = if index + 1 == names.len() { flags } else { OFlags::DIRECTORY };
            above = Some(self.child(above.as_ref().unwrap_or(dir), name, flags)?);
        }
        above.ok_or(Errno::NOENT)
    }

    fn with_flags(
        &self,
        flags: OFlags,
        open: impl Fn(OFlags) -> Result<OwnedFd, Errno>,
    ) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NOCTTY;
        if !self.keeps_access_times.load(Ordering::Relaxed) {
            match retry_on_intr(|| open(flags | OFlags::NOATIME)) {
                Err(Errno::PERM) => {}
                result => return result,
            }
        }
        let opened = retry_on_intr(|| open(flags));
        if opened.is_ok() {
            // It was that flag which was refused, and not the call as such.
            self.keeps_access_times.store(true, Ordering::Relaxed);
        }
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_opening_refuse_every_link() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("a/b")).unwrap();
        std::fs::write(root.path().join("a/b/file"), b"x").unwrap();
        std::os::unix::fs::symlink("a", root.path().join("dir-link")).unwrap();
        std::os::unix::fs::symlink("file", root.path().join("a/b/file-link")).unwrap();
        let dir = OwnedFd::from(std::fs::File::open(root.path()).unwrap());
        for without_openat2 in [false, true] {
            let opener = Opener { without_openat2: without_openat2.into(), ..Opener::default() };
            let open = |path: &str| opener.beneath(&dir, &path.into(), OFlags::NONBLOCK);
            assert!(open("a/b/file").is_ok());
            assert_eq!(open("a/b/none").unwrap_err(), Errno::NOENT);
            assert_eq!(open("a/b/file-link").unwrap_err(), Errno::LOOP);
            // Step by step, a link is "not a directory".
            assert!(matches!(open("dir-link/b/file").unwrap_err(), Errno::LOOP | Errno::NOTDIR));
        }
    }
}

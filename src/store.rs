//! The only place that touches a disk, and only to read, below one root.
//!
//! What lies below the `v2` directory is hostile: every path is opened relative to the root's handle without following
//! a symbolic link, nothing but regular files is read, and whatever is read whole is read up to a stated size. Nothing
//! is opened for writing, created, renamed or removed, and access times are left alone where the system lets us.

mod at_hand;
mod dir;
mod file;
mod kind;
mod listing;
mod manners;
mod mounts;
mod open;
mod root;
mod stat;
mod telling;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::digest::Digest;
use crate::kind::Kind;
use crate::path::StorePath;
pub use dir::Dir;
use file::regular;
pub use file::{Content, StoreFile};
pub use kind::{FileKind, ReadError};
pub use listing::{Entry, Listing};
pub use manners::Manners;
use open::Opener;
pub use root::OpenError;
use stat::stat_of;
pub use stat::{Identity, Stat};
pub use telling::Telling;

/// A store, open for reading.
#[derive(Debug)]
pub struct Store {
    root: OwnedFd,
    opener: Opener,
    location: root::Location,
}

impl Store {
    /// Opens the store at `path`: a registry's may be given at any level from the driver's root down to `v2`; without
    /// a path, the current directory or one of the usual places. Of what kind it is is recognised.
    ///
    /// # Errors
    /// When there is no store, with what was tried.
    pub fn open(path: Option<&Path>) -> Result<Self, OpenError> {
        Self::open_as(path, None)
    }

    /// As [`Store::open`], of one kind only.
    ///
    /// # Errors
    /// When there is no such store, with what was tried.
    pub fn open_as(path: Option<&Path>, kind: Option<Kind>) -> Result<Self, OpenError> {
        let (root, location) = root::find(path, kind)?;
        let opener = Opener::new(&root, &location.top);
        Ok(Self { root, opener, location })
    }

    /// Has files be read in a gentler way from now on. Only the first call counts.
    pub fn mind(&self, manners: Arc<Manners>) {
        let _ = self.opener.manners.set(manners);
    }

    /// How files are read.
    pub fn manners(&self) -> Option<&Manners> {
        self.opener.manners.get().map(Arc::as_ref)
    }

    /// What kind of store it is.
    pub const fn kind(&self) -> Kind {
        self.location.kind
    }

    /// Where the bytes of a blob are, in a store of blobs.
    pub fn blob_path(&self, digest: Digest) -> StorePath {
        self.kind().shelf().path(digest)
    }

    /// The directory that paths are relative to (of a registry `v2`), under the name by which it was reached.
    pub fn path(&self) -> &Path {
        &self.location.top
    }

    /// The `v2` directory, as it was opened.
    pub fn handle(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }

    /// A file's path for other programs: the root as given, and the way down.
    pub fn path_of(&self, path: &StorePath) -> PathBuf {
        self.location.top.join(path.as_path())
    }

    /// Whether the registry is a pull-through cache: it keeps `scheduler-state.json` beside `docker/`.
    pub const fn is_pull_through_cache(&self) -> bool {
        self.location.pull_through_cache
    }

    /// Whether the registry keeps tags and links in a database (GitLab): `lockfiles/database-in-use` says so.
    pub const fn has_database(&self) -> bool {
        self.location.database_in_use
    }

    /// Opens a directory.
    ///
    /// # Errors
    /// When it is absent, no directory, behind a symbolic link, or refused.
    pub fn dir(&self, path: &StorePath) -> Result<Dir<'_>, ReadError> {
        let fd = self.opener.beneath(&self.root, path, OFlags::DIRECTORY)?;
        Ok(Dir { fd, opener: &self.opener })
    }

    /// What stands at the path of a directory that is absent, or before it, and is none or may not be looked at: what is
    /// behind it is not known to be absent.
    pub fn obstacle(&self, path: &StorePath) -> Option<(StorePath, ReadError)> {
        let mut from_the_top: Vec<&[u8]> = path.ancestors().collect();
        from_the_top.reverse();
        for path in from_the_top.into_iter().map(StorePath::from) {
            match self.stat(&path) {
                Ok(stat) if stat.kind == FileKind::Directory => {}
                Ok(stat) => return Some((path, ReadError::NotRegular(stat.kind))),
                Err(ReadError::Absent) => return None,
                Err(error) => return Some((path, error)),
            }
        }
        None
    }

    /// Opens a regular file. Anything else is told by looking, and not opened.
    ///
    /// # Errors
    /// When it is absent, no regular file, behind a symbolic link, or refused.
    pub fn file(&self, path: &StorePath) -> Result<StoreFile, ReadError> {
        match self.stat(path)?.kind {
            FileKind::File => self.listed_file(path),
            kind => Err(ReadError::NotRegular(kind)),
        }
    }

    /// Opens a file that a listing showed to be regular: without another look at it, for the many blobs of a store.
    ///
    /// # Errors
    /// As [`Store::file`].
    pub fn listed_file(&self, path: &StorePath) -> Result<StoreFile, ReadError> {
        regular(self.opener.beneath(&self.root, path, OFlags::NONBLOCK)?, &self.opener)
    }

    /// Reads a regular file up to `cap` bytes.
    ///
    /// # Errors
    /// As [`Store::file`], and when reading fails.
    pub fn read(&self, path: &StorePath, cap: u64) -> Result<Content, ReadError> {
        self.file(path)?.read(cap)
    }

    /// What a symbolic link says, without following it.
    ///
    /// # Errors
    /// When there is no such link, or when the system refuses to say.
    pub fn link_target(&self, path: &StorePath) -> Result<Vec<u8>, ReadError> {
        let parent = path.parent().unwrap_or_default();
        let dir = self.dir(&parent)?;
        Ok(rustix::fs::readlinkat(&dir.fd, path.name(), Vec::new())?.into_bytes())
    }

    /// What stands at a path, without following a link.
    ///
    /// # Errors
    /// When nothing does, or when the system refuses to say.
    pub fn stat(&self, path: &StorePath) -> Result<Stat, ReadError> {
        let parent = path.parent().unwrap_or_default();
        self.dir(&parent)?.stat(path.name())
    }

    /// What tells a regular file from what it was, without following a link.
    ///
    /// # Errors
    /// When it is absent, no regular file, or when the system refuses to say.
    pub fn identity(&self, path: &StorePath) -> Result<Identity, ReadError> {
        let parent = path.parent().unwrap_or_default();
        let dir = self.dir(&parent)?;
        let stat = dir.look_at(path.name())?;
        match stat_of(&stat).kind {
            FileKind::File => Ok(Identity {
                size: u64::try_from(stat.st_size).unwrap_or(0),
                modified: (stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or(0)),
                changed: (stat.st_ctime, u32::try_from(stat.st_ctime_nsec).unwrap_or(0)),
                inode: stat.st_ino,
            }),
            kind => Err(ReadError::NotRegular(kind)),
        }
    }
}

//! The only place that touches a disk, and only to read, below one root.
//!
//! What lies below the `v2` directory is hostile: every path is opened relative to the root's handle without following
//! a symbolic link, nothing but regular files is read, and whatever is read whole is read up to a stated size. Nothing
//! is opened for writing, created, renamed or removed, and access times are left alone where the system lets us.

mod at_hand;
mod kind;
mod listing;
mod open;
mod root;
mod telling;

use std::fs::File;
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, OFlags, RawDir};
use rustix::io::{Errno, retry_on_intr};

use crate::digest::Digest;
use crate::kind::Kind;
use crate::path::StorePath;
pub use kind::{FileKind, ReadError};
pub use listing::{Entry, Listing};
use open::Opener;
pub use root::OpenError;
pub use telling::Telling;

/// How much of a listing the system hands over at a time, in bytes.
const LISTING_BUFFER: usize = 16 * 1024;

/// A directory of fewer entries than this, names of the greatest length included, leaves room in the buffer.
const SMALL_DIRECTORY: usize = 16;

/// The position behind a directory's last possible entry (`EXT4_HTREE_EOF_64BIT`).
const END_OF_DIRECTORY: u64 = i64::MAX.cast_unsigned();

/// A store, open for reading.
#[derive(Debug)]
pub struct Store {
    root: OwnedFd,
    opener: Opener,
    location: root::Location,
}

/// A directory below the root, open for listing and for reading what is in it.
pub struct Dir<'a> {
    fd: OwnedFd,
    opener: &'a Opener,
}

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

/// A regular file, open for reading.
#[derive(Debug)]
pub struct StoreFile {
    /// Reads its bytes.
    pub file: File,
    /// What the file system said when it was opened.
    pub stat: Stat,
}

/// A small file, read whole, or the beginning of one that is larger than it may be.
#[derive(Debug)]
pub struct Content {
    /// The bytes, at most as many as the cap.
    pub bytes: Vec<u8>,
    /// What the file system said when it was opened.
    pub stat: Stat,
    /// Whether the file goes on past the cap.
    pub truncated: bool,
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
        let opener = Opener::new(&root);
        Ok(Self { root, opener, location })
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
        regular(self.opener.beneath(&self.root, path, OFlags::NONBLOCK)?)
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

impl Dir<'_> {
    /// Everything in the directory, in no particular order.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn entries(&self) -> Result<Listing, ReadError> {
        let mut entries = Listing::default();
        self.list(&mut entries)?;
        Ok(entries)
    }

    /// As [`Dir::entries`], in place of what `entries` held.
    ///
    /// # Errors
    /// As [`Dir::entries`].
    pub fn list(&self, entries: &mut Listing) -> Result<(), ReadError> {
        entries.clear();
        let mut buffer = [const { MaybeUninit::uninit() }; LISTING_BUFFER];
        let mut listing = RawDir::new(&self.fd, &mut buffer);
        while let Some(entry) = listing.next() {
            let entry = match entry {
                // Asked again, it goes on where it was: FUSE and NFS may be interrupted.
                Err(Errno::INTR) => continue,
                entry => entry?,
            };
            let is_last = entry.next_entry_cookie() == END_OF_DIRECTORY;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                let kind = match entry.file_type() {
                    FileType::Unknown => self.stat(name).map(|stat| stat.kind),
                    known => Ok(known.into()),
                };
                match kind {
                    Ok(kind) => entries.push(name, kind),
                    Err(ReadError::Absent) => {}
                    Err(_) => entries.push(name, FileKind::Unknown),
                }
            }
            // Knowing that nothing follows saves a call for each of a store's many small directories.
            let is_small = entries.len() < SMALL_DIRECTORY && self.opener.lists_all_that_fits;
            if listing.is_buffer_empty() && (is_last || is_small) {
                break;
            }
        }
        Ok(())
    }

    /// Opens a directory in it.
    ///
    /// # Errors
    /// As [`Store::dir`].
    pub fn dir(&self, name: &[u8]) -> Result<Self, ReadError> {
        Ok(Self { fd: self.opener.child(&self.fd, name, OFlags::DIRECTORY)?, opener: self.opener })
    }

    /// Opens a directory below it, by a path with `/` between the names.
    ///
    /// # Errors
    /// As [`Store::dir`].
    pub fn dir_beneath(&self, path: &[u8]) -> Result<Self, ReadError> {
        let fd = self.opener.beneath(&self.fd, &StorePath::from(path), OFlags::DIRECTORY)?;
        Ok(Self { fd, opener: self.opener })
    }

    /// Reads a regular file in it up to `cap` bytes.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read(&self, name: &[u8], cap: u64) -> Result<Content, ReadError> {
        regular(self.opener.child(&self.fd, name, OFlags::NONBLOCK)?)?.read(cap)
    }

    /// Reads the beginning of a regular file that was just listed as one, as far as the buffer goes: as few calls as
    /// can be, for the many small files of a store.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_into(&self, name: &[u8], buffer: &mut [u8]) -> Result<usize, ReadError> {
        let file = self.opener.child(&self.fd, name, OFlags::NONBLOCK)?;
        // A regular file gives less than it is asked for only at its end.
        Ok(retry_on_intr(|| rustix::io::read(&file, &mut *buffer))?)
    }

    /// As [`Dir::read_into`], of a file below the directory, by a path no component of which may be a symbolic link.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_beneath(&self, path: &[u8], buffer: &mut [u8]) -> Result<usize, ReadError> {
        let file = self.opener.beneath(&self.fd, &StorePath::from(path), OFlags::NONBLOCK)?;
        Ok(retry_on_intr(|| rustix::io::read(&file, &mut *buffer))?)
    }

    /// What the file system tells of the directories in it without listing them.
    pub fn telling(&self) -> Telling {
        rustix::fs::fstatfs(&self.fd).map_or(Telling::Nothing, |system| Telling::of(&system))
    }

    /// Whether a directory in it, which holds a file of this name, is known to hold nothing else.
    ///
    /// # Errors
    /// As [`Dir::stat`].
    pub fn holds_nothing_but(&self, telling: Telling, name: &[u8], file: &[u8]) -> Result<bool, ReadError> {
        let stat = self.look_at(name)?;
        Ok(telling.holds_nothing_but(&stat, file))
    }

    /// Whether a directory in it, which holds a file of this name, is known to hold no directory.
    ///
    /// # Errors
    /// As [`Dir::stat`].
    pub fn holds_no_directory(&self, telling: Telling, name: &[u8], file: &[u8]) -> Result<bool, ReadError> {
        let stat = self.look_at(name)?;
        Ok(telling.holds_no_directory(&stat) || telling.holds_nothing_but(&stat, file))
    }

    /// What an entry is, without following a link.
    ///
    /// # Errors
    /// When it is absent, or when the system refuses to say.
    pub fn stat(&self, name: &[u8]) -> Result<Stat, ReadError> {
        Ok(stat_of(&self.look_at(name)?))
    }

    fn look_at(&self, name: &[u8]) -> Result<rustix::fs::Stat, Errno> {
        retry_on_intr(|| rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW))
    }
}

impl StoreFile {
    /// Reads the next bytes, perhaps fewer than there is room for; 0 at the end of the file.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn read_some(&self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        Ok(retry_on_intr(|| rustix::io::read(&self.file, &mut *buffer))?)
    }

    /// Reads up to `cap` bytes.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn read(self, cap: u64) -> Result<Content, ReadError> {
        let expected = usize::try_from(self.stat.size.min(cap)).unwrap_or(0);
        // One byte more than wanted tells a full file from one that goes on.
        let mut bytes = vec![0; expected + 1];
        let read = retry_on_intr(|| rustix::io::read(&self.file, &mut *bytes))?;
        bytes.truncate(read);
        // A regular file gives less than it is asked for only at its end.
        if read != expected || self.stat.size > cap {
            let rest = cap.saturating_add(1).saturating_sub(read as u64);
            self.file.take(rest).read_to_end(&mut bytes)?;
        }
        let truncated = bytes.len() as u64 > cap;
        if truncated {
            bytes.pop();
        }
        Ok(Content { bytes, stat: self.stat, truncated })
    }
}

fn regular(fd: OwnedFd) -> Result<StoreFile, ReadError> {
    let stat = stat_of(&retry_on_intr(|| rustix::fs::fstat(&fd))?);
    match stat.kind {
        FileKind::File => Ok(StoreFile { file: File::from(fd), stat }),
        kind => Err(ReadError::NotRegular(kind)),
    }
}

fn stat_of(stat: &rustix::fs::Stat) -> Stat {
    Stat {
        kind: FileType::from_raw_mode(stat.st_mode).into(),
        size: u64::try_from(stat.st_size).unwrap_or(0),
        modified: stat.st_mtime,
        mode: stat.st_mode & 0o7777,
        identity: (stat.st_dev, stat.st_ino),
    }
}

//! A directory below the root: listing it, and reading what is in it.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, OFlags, RawDir};
use rustix::io::{Errno, retry_on_intr};

use super::file::{Content, regular};
use super::open::Opener;
use super::stat::{Stat, stat_of};
use super::{FileKind, Listing, ReadError, Telling};
use crate::path::StorePath;

/// How much of a listing the system hands over at a time, in bytes.
const LISTING_BUFFER: usize = 16 * 1024;

/// A directory of fewer entries than this, names of the greatest length included, leaves room in the buffer.
const SMALL_DIRECTORY: usize = 16;

/// The position behind a directory's last possible entry (`EXT4_HTREE_EOF_64BIT`).
const END_OF_DIRECTORY: u64 = i64::MAX.cast_unsigned();

/// A directory below the root, open for listing and for reading what is in it.
pub struct Dir<'a> {
    pub(super) fd: OwnedFd,
    pub(super) opener: &'a Opener,
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
    /// As [`Store::dir`](super::Store::dir).
    pub fn dir(&self, name: &[u8]) -> Result<Self, ReadError> {
        Ok(Self { fd: self.opener.child(&self.fd, name, OFlags::DIRECTORY)?, opener: self.opener })
    }

    /// Opens a directory below it, by a path with `/` between the names.
    ///
    /// # Errors
    /// As [`Store::dir`](super::Store::dir).
    pub fn dir_beneath(&self, path: &[u8]) -> Result<Self, ReadError> {
        let fd = self.opener.beneath(&self.fd, &StorePath::from(path), OFlags::DIRECTORY)?;
        Ok(Self { fd, opener: self.opener })
    }

    /// Reads a regular file in it up to `cap` bytes.
    ///
    /// # Errors
    /// As [`Store::read`](super::Store::read).
    pub fn read(&self, name: &[u8], cap: u64) -> Result<Content, ReadError> {
        regular(self.opener.child(&self.fd, name, OFlags::NONBLOCK)?, self.opener)?.read(cap)
    }

    /// Reads the beginning of a regular file that was just listed as one, as far as the buffer goes: as few calls as
    /// can be, for the many small files of a store. A network's file system may hand over less than there is.
    ///
    /// # Errors
    /// As [`Store::read`](super::Store::read).
    pub fn read_into(&self, name: &[u8], buffer: &mut [u8]) -> Result<usize, ReadError> {
        let file = self.opener.child(&self.fd, name, OFlags::NONBLOCK)?;
        Ok(self.opener.read(&file, buffer)?)
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

    pub(super) fn look_at(&self, name: &[u8]) -> Result<rustix::fs::Stat, Errno> {
        retry_on_intr(|| rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW))
    }
}

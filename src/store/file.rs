//! A regular file below the root, and what is read of it whole.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use rustix::io::retry_on_intr;

use super::stat::{Stat, stat_of};
use super::{FileKind, ReadError};

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

/// The file behind a handle, unless it is something else.
pub(super) fn regular(fd: OwnedFd) -> Result<StoreFile, ReadError> {
    let stat = stat_of(&retry_on_intr(|| rustix::fs::fstat(&fd))?);
    match stat.kind {
        FileKind::File => Ok(StoreFile { file: File::from(fd), stat }),
        kind => Err(ReadError::NotRegular(kind)),
    }
}

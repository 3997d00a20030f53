//! A regular file below the root, and what is read of it whole.

use std::fs::File;
use std::io::{self, IoSliceMut, Read};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::io::{Errno, ReadWriteFlags, preadv2, retry_on_intr};

use super::manners::HERE;
use super::open::Opener;
use super::stat::{Stat, stat_of};
use super::{FileKind, Manners, ReadError};

/// A regular file, open for reading.
#[derive(Debug)]
pub struct StoreFile {
    file: File,
    manners: Option<Arc<Manners>>,
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
        Ok(self.read_by(buffer, HERE, ReadWriteFlags::empty())?)
    }

    /// Reads the bytes from a place on, perhaps fewer than there is room for; 0 at the end of the file.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn read_at(&self, buffer: &mut [u8], at: u64) -> Result<usize, ReadError> {
        Ok(self.read_by(buffer, at, ReadWriteFlags::empty())?)
    }

    /// The file itself, for calls that are about more than its bytes.
    pub const fn as_file(&self) -> &File {
        &self.file
    }

    /// A copy of the file in its place, to be read in the same manner.
    #[must_use]
    pub fn replaced_by(self, copy: File) -> Self {
        Self { file: copy, ..self }
    }

    /// Reads in the manner of the store.
    pub(super) fn read_by(&self, buffer: &mut [u8], at: u64, flags: ReadWriteFlags) -> Result<usize, Errno> {
        match &self.manners {
            Some(manners) => manners.read(&self.file, buffer, at, flags),
            None if flags.is_empty() && at == HERE => {
                retry_on_intr(|| rustix::io::read(&self.file, &mut *buffer))
            }
            None => {
                let mut buffers = [IoSliceMut::new(buffer)];
                retry_on_intr(|| preadv2(&self.file, &mut buffers, at, flags))
            }
        }
    }

    /// Reads up to `cap` bytes.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn read(self, cap: u64) -> Result<Content, ReadError> {
        let expected = usize::try_from(self.stat.size.min(cap)).unwrap_or(0);
        // One byte more than wanted tells a full file from one that goes on.
        let mut bytes = vec![0; expected + 1];
        let read = self.read_by(&mut bytes, HERE, ReadWriteFlags::empty())?;
        bytes.truncate(read);
        // As many as expected, and room for more: that was all.
        if read != expected || self.stat.size > cap {
            let rest = cap.saturating_add(1).saturating_sub(read as u64);
            (&self).take(rest).read_to_end(&mut bytes)?;
        }
        let truncated = bytes.len() as u64 > cap;
        if truncated {
            bytes.pop();
        }
        Ok(Content { bytes, stat: self.stat, truncated })
    }
}

impl Read for &StoreFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_by(buffer, HERE, ReadWriteFlags::empty())?)
    }
}

impl Read for StoreFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

/// The file behind a handle, unless it is something else.
pub(super) fn regular(fd: OwnedFd, opener: &Opener) -> Result<StoreFile, ReadError> {
    let stat = stat_of(&retry_on_intr(|| rustix::fs::fstat(&fd))?);
    match stat.kind {
        FileKind::File => {
            Ok(StoreFile { file: File::from(fd), manners: opener.manners.get().cloned(), stat })
        }
        kind => Err(ReadError::NotRegular(kind)),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use crate::store::{Manners, Store};

    #[test]
    fn a_copy_is_read_in_the_manner_of_the_file_that_it_replaces() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("root/docker/registry/v2")).unwrap();
        std::fs::write(dir.path().join("root/docker/registry/v2/file"), "the store's").unwrap();
        std::fs::write(dir.path().join("copy"), "the copy's").unwrap();
        let store = Store::open(Some(&dir.path().join("root/docker/registry/v2"))).unwrap();
        store.mind(Manners::in_pieces(NonZeroUsize::new(4).unwrap()).into());
        let copy = std::fs::File::open(dir.path().join("copy")).unwrap();
        let file = store.file(&"file".into()).unwrap().replaced_by(copy);
        let mut buffer = [0; 20];
        assert_eq!(file.read_some(&mut buffer).unwrap(), 4);
        assert_eq!(&buffer[..4], b"the ");
        assert_eq!(file.read_some(&mut buffer).unwrap(), 4);
        assert_eq!(&buffer[..4], b"copy");
    }
}

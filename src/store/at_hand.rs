//! Opening and reading what the system has in memory, without ever waiting for a disk.
//!
//! A thread that computes is not to wait, and one that may wait is not needed for what is in memory. Whatever does not
//! succeed here, for any reason, is to be tried again in the way that waits: that tells the reason.

use std::sync::atomic::Ordering;

use rustix::fs::OFlags;
use rustix::io::{Errno, ReadWriteFlags};

use super::manners::HERE;
use super::{Store, StoreFile, regular};
use crate::path::StorePath;

impl Store {
    /// As [`Store::listed_file`], if nothing has to be waited for.
    pub fn listed_file_at_hand(&self, path: &StorePath) -> Option<StoreFile> {
        regular(self.opener.at_hand(&self.root, path, OFlags::NONBLOCK)?, &self.opener).ok()
    }

    /// Reads the next bytes of a file that are in memory, perhaps fewer than there is room for; 0 only at its end.
    pub fn read_at_hand(&self, file: &StoreFile, buffer: &mut [u8]) -> Option<usize> {
        if self.opener.nothing_at_hand.load(Ordering::Relaxed) {
            return None;
        }
        if self.opener.is_in_memory {
            return file.read_some(buffer).ok();
        }
        let read = file.read_by(buffer, HERE, ReadWriteFlags::NOWAIT);
        if matches!(read, Err(Errno::OPNOTSUPP | Errno::NOSYS)) {
            self.opener.nothing_at_hand.store(true, Ordering::Relaxed);
        }
        match read {
            // Linux 5.9 and 5.10 also say 0 where nothing is in memory (`preadv2(2)`): only a read that waits knows the end.
            Ok(0) => file.read_some(buffer).ok(),
            read => read.ok(),
        }
    }

    /// Makes it a store on a file system that does not tell what is in memory.
    #[cfg(test)]
    pub(crate) fn have_nothing_at_hand(&self) {
        self.opener.nothing_at_hand.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_hand_is_the_file() {
        let root = tempfile::tempdir().unwrap();
        let v2 = root.path().join("docker/registry/v2");
        std::fs::create_dir_all(v2.join("blobs")).unwrap();
        std::fs::write(v2.join("blobs/data"), b"some bytes").unwrap();
        std::os::unix::fs::symlink("data", v2.join("blobs/link")).unwrap();
        let store = Store::open(Some(root.path())).unwrap();
        for path in ["blobs/link", "blobs/none", "blobs"] {
            assert!(store.listed_file_at_hand(&path.into()).is_none(), "{path}");
        }
        // Whether it is in memory is not for the test to say.
        let file = store.listed_file_at_hand(&"blobs/data".into());
        let file = file.unwrap_or_else(|| store.listed_file(&"blobs/data".into()).unwrap());
        let mut buffer = [0; 100];
        if let Some(count) = store.read_at_hand(&file, &mut buffer) {
            assert!(b"some bytes".starts_with(&buffer[..count]) && count > 0);
            if count == 10 {
                assert_eq!(store.read_at_hand(&file, &mut buffer), Some(0));
            }
        }
    }
}

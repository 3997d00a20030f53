//! The file of a checkpoint: read once, replaced in one piece, and locked all the while.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::format::{self, Foreign, Start};
use crate::store::ReadError;

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is some other file.
    #[error("{} is no checkpoint of regfs, and was left as it is: name another file", .0.display())]
    NoCheckpoint(PathBuf),
    /// What it says is of another store.
    #[error(
        "the checkpoint {} is that of another root, {}: name another file, or remove it",
        path.display(), root.display()
    )]
    OtherRoot {
        /// The file.
        path: PathBuf,
        /// The `v2` directory that it is of.
        root: PathBuf,
    },
    /// Another run works with it.
    #[error("the checkpoint {} is in use by another run", .0.display())]
    InUse(PathBuf),
    /// The system refuses.
    #[error("cannot use the checkpoint {}: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
}

/// Whoever holds the lock on what the path names is alone in replacing it.
#[derive(Debug)]
pub(super) struct Keeper {
    path: PathBuf,
    new: PathBuf,
    root: PathBuf,
    mode: u32,
    locked: Option<File>,
}

impl Keeper {
    /// Reads and locks the checkpoint of `root` at `path`, whose directory must exist.
    pub(super) fn open(path: PathBuf, root: &Path) -> Result<(Self, Start), OpenError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let new = path.with_file_name(format!(".{name}.regfs-new"));
        let mut keeper = Self { path, new, root: root.to_owned(), mode: 0o666, locked: None };
        let bytes = keeper.lock_and_read()?;
        let start = format::decode(&bytes, root).map_err(|foreign| match foreign {
            Foreign::NoCheckpoint => OpenError::NoCheckpoint(keeper.path.clone()),
            Foreign::OtherRoot(root) => OpenError::OtherRoot { path: keeper.path.clone(), root },
        })?;
        Ok((keeper, start))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    pub(super) fn refused(&self, error: io::Error) -> OpenError {
        OpenError::Refused { path: self.path.clone(), reason: ReadError::from(error).to_string() }
    }

    /// What the file holds; nothing if there is none.
    fn lock_and_read(&mut self) -> Result<Vec<u8>, OpenError> {
        let refused = |error| self.refused(error);
        loop {
            let mut options = OpenOptions::new();
            options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
            let mut file = match options.open(&self.path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                Err(error) => return Err(refused(error)),
            };
            let metadata = file.metadata().map_err(refused)?;
            if !metadata.is_file() {
                return Err(refused(io::Error::other("it is no regular file")));
            }
            // On a file system without locks nobody is warned of a second run.
            if flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
                return Err(OpenError::InUse(self.path.clone()));
            }
            // The run that held the lock may have put another file in its place just before.
            if fs::metadata(&self.path).is_ok_and(|now| now.ino() == metadata.ino()) {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).map_err(refused)?;
                self.mode = metadata.mode() & 0o777;
                self.locked = Some(file);
                return Ok(bytes);
            }
        }
    }

    /// Puts these bytes in the file's place, all of them or none.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        // What a run that was killed left behind; no other is at work here.
        match fs::remove_file(&self.new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(self.mode).open(&self.new)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_data()).and_then(|()| {
            let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
            fs::rename(&self.new, &self.path)
        });
        if let Err(error) = written {
            let _ = fs::remove_file(&self.new);
            return Err(error);
        }
        self.locked = Some(file);
        Ok(())
    }
}

//! A layer's tar archive put together again from `tar-split.json.gz` and the files in its directory, and hashed.
//!
//! The format is that of `vbatts/tar-split`: a JSON object a line, in order; `{"type": 2, "payload": …}` is bytes of the
//! archive as they are, base64, `{"type": 1, "name": …, "size": …}` stands for the bytes of a file. Padding is part of
//! the segments. Names that are not UTF-8 are in `name_raw`. A file of no bytes, a link or a device has no bytes to
//! give, so that what overlay2 makes of a deletion need not be looked at.

mod base64;
mod locate;

use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;

use crate::cancel::Cancel;
use crate::digest::{Algorithm, Digest};
use crate::hash::Hasher;
use crate::path::StorePath;
use crate::progress::{Progress, Work};
use crate::store::{ReadError, Store};

/// The longest line that is read: a segment holds the headers between two files, and Go writes none of more than 1 MiB.
const LONGEST: u64 = 4 * 1024 * 1024;

/// How much of a file is read at a time.
const CHUNK: usize = 256 * 1024;

/// What the archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Its digest: what the DiffID should be.
    pub digest: Digest,
    /// How many bytes the files have.
    pub bytes: u64,
}

/// Why the archive cannot be put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// `tar-split.json.gz` is damaged or cut short.
    #[error("tar-split.json.gz, line {line}: {why}")]
    Broken {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A file is not what the archive held.
    #[error("{name}: {why}")]
    File {
        /// Its name in the archive.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something could not be read.
    #[error("{path}: {error}")]
    Unread {
        /// What.
        path: StorePath,
        /// Why.
        error: ReadError,
    },
    /// It has more bytes than the caller wants to see.
    #[error("it has more than {limit} bytes")]
    PastLimit {
        /// The caller's limit.
        limit: u64,
    },
    /// The run was ended.
    #[error("interrupted")]
    Interrupted,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    name_raw: Option<String>,
    #[serde(default)]
    size: Option<i64>,
    #[serde(default)]
    payload: Option<String>,
}

/// A piece of an archive.
enum Piece {
    /// Bytes as they are.
    Bytes(Vec<u8>),
    /// The bytes of a file, by its name and how many they are.
    File(Vec<u8>, u64),
}

/// What an archive is made from, and who is told.
#[derive(Clone, Copy)]
pub struct Assembly<'a> {
    /// The store.
    pub store: &'a Store,
    /// `tar-split.json.gz`.
    pub tar_split: &'a StorePath,
    /// The directory of the layer's files.
    pub files: &'a StorePath,
    /// The most bytes that the archive, or `tar-split.json.gz` unpacked, may have.
    pub limit: u64,
    /// Whether to stop.
    pub cancel: &'a Cancel,
    /// Whom to tell how it goes on.
    pub progress: &'a dyn Progress,
}

impl Assembly<'_> {
    /// The digest of the archive.
    ///
    /// # Errors
    /// When it cannot be put together, with the file or line at fault.
    pub fn hash(&self, algorithm: Algorithm) -> Result<Archive, AssembleError> {
        let mut hasher = Hasher::new(algorithm);
        let mut bytes = 0;
        self.each(|part, is_file| {
            hasher.update(part);
            if is_file {
                bytes += part.len() as u64;
            }
            Ok(())
        })?;
        Ok(Archive { digest: hasher.finish(), bytes })
    }

    /// How many bytes the archive has, as `tar-split.json.gz` alone says.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn size(&self) -> Result<u64, AssembleError> {
        let mut size = 0_u64;
        self.entries(|entry| {
            size = size.saturating_add(entry.bytes());
            Ok(())
        })?;
        Ok(size)
    }

    /// Hands over the archive, piece by piece, each with whether it is of a file.
    ///
    /// # Errors
    /// When it cannot be put together, or those of the sink.
    pub fn each(
        &self,
        mut sink: impl FnMut(&[u8], bool) -> Result<(), AssembleError>,
    ) -> Result<(), AssembleError> {
        let mut buffer = vec![0; CHUNK];
        self.entries(|entry| match entry {
            Piece::Bytes(bytes) => sink(&bytes, false),
            Piece::File(name, size) => self.file(&name, size, &mut buffer, &mut sink),
        })
    }

    /// Hands over what stands in `tar-split.json.gz`, in order.
    fn entries(&self, mut take: impl FnMut(Piece) -> Result<(), AssembleError>) -> Result<(), AssembleError> {
        let unread = |error| AssembleError::Unread { path: self.tar_split.clone(), error };
        let file = self.store.file(self.tar_split).map_err(unread)?;
        let mut lines = BufReader::new(flate2::read::MultiGzDecoder::new(file));
        let mut line = Vec::new();
        let (mut archive, mut unpacked) = (0_u64, 0_u64);
        for number in 1.. {
            line.clear();
            let broken = |why: String| AssembleError::Broken { line: number, why };
            match lines.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                // What the system says of the disk is no fault of the file.
                Err(error) if error.raw_os_error().is_some() => return Err(unread(error.into())),
                Err(error) => return Err(broken(error.to_string())),
            }
            if self.cancel.is_cancelled() {
                return Err(AssembleError::Interrupted);
            }
            if line.len() as u64 > LONGEST {
                return Err(broken(format!("it has more than {LONGEST} bytes")));
            }
            let entry: Entry = serde_json::from_slice(&line).map_err(|error| broken(error.to_string()))?;
            let piece = entry.piece().map_err(broken)?;
            unpacked = unpacked.saturating_add(line.len() as u64);
            archive = archive.saturating_add(piece.bytes());
            if unpacked.max(archive) > self.limit {
                return Err(AssembleError::PastLimit { limit: self.limit });
            }
            take(piece)?;
        }
        Ok(())
    }

    fn file(
        &self,
        name: &[u8],
        size: u64,
        buffer: &mut [u8],
        sink: &mut impl FnMut(&[u8], bool) -> Result<(), AssembleError>,
    ) -> Result<(), AssembleError> {
        if size == 0 {
            return Ok(());
        }
        let bad = |why: String| AssembleError::File { name: shown(name), why };
        let (path, opened) = self.open(name)?;
        if opened.stat.size != size {
            return Err(bad(format!("{} bytes, where the archive held {size}", opened.stat.size)));
        }
        let mut left = size;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let count = match opened.read_some(&mut buffer[..most]) {
                Ok(0) => return Err(bad("it ends early".into())),
                Ok(count) => count,
                Err(error) => return Err(AssembleError::Unread { path, error }),
            };
            sink(&buffer[..count], true)?;
            left -= count as u64;
            self.progress.advance(Work::bytes(count as u64));
            if self.cancel.is_cancelled() {
                return Err(AssembleError::Interrupted);
            }
        }
        self.progress.advance(Work::FILE);
        Ok(())
    }
}

/// A file's name in the archive, for a person.
fn shown(name: &[u8]) -> String {
    const SHOWN: usize = 100;
    crate::path::text_of(&name[..name.len().min(SHOWN)])
}

impl Piece {
    fn bytes(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, size) => *size,
        }
    }
}

impl Entry {
    fn piece(&self) -> Result<Piece, String> {
        match self.kind {
            1 => {
                let size = self.size.unwrap_or(0);
                let size = u64::try_from(size).map_err(|_| format!("a size of {size}"))?;
                Ok(Piece::File(self.name()?, size))
            }
            2 => {
                let payload = self.payload.as_deref().unwrap_or_default();
                Ok(Piece::Bytes(base64::decode(payload).ok_or("a payload that is no base64")?))
            }
            other => Err(format!("an entry of type {other}")),
        }
    }

    fn name(&self) -> Result<Vec<u8>, String> {
        match (&self.name_raw, &self.name) {
            (Some(raw), _) if !raw.is_empty() => base64::decode(raw).ok_or("a name that is no base64".into()),
            (_, Some(name)) => Ok(name.clone().into_bytes()),
            _ => Err("a file without a name".into()),
        }
    }
}

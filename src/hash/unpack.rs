//! The digest of what a layer unpacks to: its `diff_id`, computed while the layer itself is read and hashed.
//!
//! How a layer is compressed is told by its first bytes, as container runtimes do it; its media type may lie. What
//! is neither gzip nor Zstandard counts as a plain tar archive. A small blob may unpack to terabytes: the caller
//! sets a limit, and past it nothing more is decoded. A decoder holds at most 128 MiB, the largest Zstandard window
//! accepted, and some 300 KiB.

use super::Hasher;
use super::gzip::Gzip;
use super::zstd::{self, Zstd};
use crate::digest::{Algorithm, Digest};

/// How a layer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all, or by nothing that regfs knows.
    None,
    /// Gzip, one member or several.
    Gzip,
    /// Zstandard, one frame or several.
    Zstd,
}

/// What a layer unpacks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// The digest of the unpacked bytes.
    pub digest: Digest,
    /// How many they are.
    pub bytes: u64,
    /// How they were compressed.
    pub compression: Compression,
}

/// Why the digest of the unpacked bytes cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// It unpacks to more than the caller wants to see.
    #[error("unpacks to more than {limit} bytes")]
    PastLimit {
        /// The caller's limit, in bytes.
        limit: u64,
    },
    /// The compressed stream is damaged or cut short.
    #[error("cannot be unpacked: {what}, near byte {at}")]
    Broken {
        /// What is wrong with it.
        what: String,
        /// How far into the compressed stream, in bytes: at or shortly before the damage is met.
        at: u64,
    },
    /// The stream may be sound, but it asks for what this decoder does not give: a window of more than 128 MiB, or
    /// a dictionary.
    #[error("cannot be unpacked here: {what}")]
    Unsupported {
        /// What it asks for.
        what: String,
    },
}

/// Takes the bytes of a layer as they are read, and hashes what they unpack to.
pub struct Unpacker {
    sink: Sink,
    state: State,
}

enum State {
    /// Too little was seen to tell how it is compressed.
    Head(Vec<u8>),
    Plain,
    Gzip(Gzip),
    Zstd(Box<Zstd>),
    Failed(UnpackError),
}

/// As many bytes as it takes to recognise a format.
const HEAD: usize = 4;

impl Unpacker {
    /// An unpacker that stops past `limit` unpacked bytes.
    pub fn new(algorithm: Algorithm, limit: u64) -> Self {
        let sink = Sink { hasher: Hasher::new(algorithm), bytes: 0, limit };
        Self { sink, state: State::Head(Vec::with_capacity(HEAD)) }
    }

    /// Takes the next bytes of the compressed stream. After an error, which [`Unpacker::finish`] tells, it is free.
    pub fn update(&mut self, chunk: &[u8]) {
        if let Err(error) = self.try_update(chunk) {
            self.state = State::Failed(error);
        }
    }

    /// What the stream, which ends here, unpacks to.
    ///
    /// # Errors
    /// If it unpacks to more than the limit, is damaged or cut short, or asks for too much memory.
    pub fn finish(mut self) -> Result<Unpacked, UnpackError> {
        self.recognise()?;
        let compression = match self.state {
            State::Head(_) | State::Plain => Compression::None,
            State::Gzip(gzip) => gzip.finish().map(|()| Compression::Gzip)?,
            State::Zstd(zstd) => zstd.finish().map(|()| Compression::Zstd)?,
            State::Failed(error) => return Err(error),
        };
        Ok(Unpacked { digest: self.sink.hasher.finish(), bytes: self.sink.bytes, compression })
    }

    fn try_update(&mut self, mut chunk: &[u8]) -> Result<(), UnpackError> {
        if let State::Head(head) = &mut self.state {
            let (more, rest) = chunk.split_at(chunk.len().min(HEAD - head.len()));
            head.extend_from_slice(more);
            if head.len() < HEAD {
                return Ok(());
            }
            self.recognise()?;
            chunk = rest;
        }
        self.decode(chunk)
    }

    /// Leaves [`State::Head`] for what the head begins.
    fn recognise(&mut self) -> Result<(), UnpackError> {
        let State::Head(head) = &mut self.state else { return Ok(()) };
        let head = std::mem::take(head);
        self.state = if head.starts_with(&[0x1f, 0x8b, 0x08]) {
            State::Gzip(Gzip::new())
        } else if zstd::begins(&head) {
            State::Zstd(Box::new(Zstd::new()))
        } else {
            State::Plain
        };
        self.decode(&head)
    }

    fn decode(&mut self, chunk: &[u8]) -> Result<(), UnpackError> {
        match &mut self.state {
            State::Head(_) | State::Failed(_) => Ok(()),
            State::Plain => self.sink.write(chunk),
            State::Gzip(gzip) => gzip.update(chunk, &mut self.sink),
            State::Zstd(zstd) => zstd.update(chunk, &mut self.sink),
        }
    }
}

/// Where unpacked bytes go: they are hashed, and counted against the limit.
pub(super) struct Sink {
    hasher: Hasher,
    bytes: u64,
    limit: u64,
}

impl Sink {
    /// How many bytes came so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Fails if `more` bytes would pass the limit.
    pub(super) const fn check_room(&self, more: u64) -> Result<(), UnpackError> {
        if more > self.limit - self.bytes {
            return Err(UnpackError::PastLimit { limit: self.limit });
        }
        Ok(())
    }

    /// Takes unpacked bytes, unless they pass the limit.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), UnpackError> {
        self.check_room(bytes.len() as u64)?;
        self.bytes += bytes.len() as u64;
        self.hasher.update(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests;

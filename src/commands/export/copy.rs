//! One blob from the store to the layout: shared where the file system can, and hashed in any case.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};

use super::plan::{Bytes, Source};
use crate::destination::Destination;
use crate::digest::Digest;
use crate::engine::tar_split::{AssembleError, Assembly};
use crate::hash::Hasher;
use crate::path::StorePath;
use crate::progress::Work;
use crate::report::ErrorItem;
use crate::session::Session;
use crate::store::ReadError;

/// How much is read at a time.
const CHUNK: usize = 256 * 1024;

/// In which ways a blob may get there.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// Whether as the store's own file under another name.
    pub(super) hard_link: bool,
}

/// How a blob got there, and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Copied {
    /// It shares its extents with the store's file until either is changed.
    Reflinked(u64),
    /// It is the store's file.
    HardLinked(u64),
    /// It was written.
    Written(u64),
}

impl Copied {
    /// How many bytes it has.
    pub(super) const fn size(self) -> u64 {
        match self {
            Self::Reflinked(size) | Self::HardLinked(size) | Self::Written(size) => size,
        }
    }
}

/// Why bytes will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    path: StorePath,
    /// In a line.
    pub(super) why: String,
    /// Whether they could not be read, rather than being something else.
    pub(super) is_unread: bool,
}

impl Flaw {
    fn bad(why: String) -> Self {
        Self { path: StorePath::root(), why, is_unread: false }
    }

    fn read(error: &ReadError, path: StorePath) -> Self {
        Self { path, why: error.to_string(), is_unread: matches!(error, ReadError::Refused(_)) }
    }

    /// As the report tells it.
    pub(super) fn error(&self) -> ErrorItem {
        ErrorItem { path: self.path.clone(), reason: self.why.clone() }
    }
}

/// Copies a blob from the first place that has its bytes; in the result, why none will do. What will not do is not left
/// behind.
///
/// # Errors
/// When the destination cannot be written to.
pub(super) fn copy(
    session: &Session<'_>,
    destination: &Destination,
    digest: Digest,
    sources: &[Source],
    how: How,
) -> io::Result<Result<Copied, Vec<Flaw>>> {
    let mut flaws = Vec::new();
    for source in sources {
        match from(session, destination, digest, source, how)? {
            Ok(copied) => return Ok(Ok(copied)),
            Err(flaw) => flaws.push(flaw),
        }
    }
    Ok(Err(flaws))
}

fn from(
    session: &Session<'_>,
    destination: &Destination,
    digest: Digest,
    source: &Source,
    how: How,
) -> io::Result<Result<Copied, Flaw>> {
    let mut transfer = Transfer { session, hasher: Hasher::new(digest.algorithm()), size: 0 };
    let (read, copied): (Result<(), Flaw>, fn(u64) -> Copied) = match &source.bytes {
        Bytes::File(path) => {
            let opened = match session.store.file(path) {
                Ok(opened) => opened,
                Err(error) => return Ok(Err(Flaw::read(&error, path.clone()))),
            };
            if how.hard_link && destination.hard_link(digest, opened.as_file())? {
                (transfer.read(opened, path), Copied::HardLinked)
            } else if let Some(mut clone) = destination.reflink(digest, opened.as_file())? {
                clone.rewind()?;
                // What is exported is the clone, whatever becomes of the store's file. To read it is as hard on the disk.
                (transfer.read(opened.replaced_by(clone), path), Copied::Reflinked)
            } else {
                let mut to = destination.create(digest)?;
                (transfer.write(opened, &mut to, path)?, Copied::Written)
            }
        }
        Bytes::Archive { tar_split, files } => {
            let Session { store, cancel, progress, .. } = *session;
            let assembly = Assembly { store, tar_split, files, limit: u64::MAX, cancel, progress };
            (transfer.assemble(&assembly, destination.create(digest)?)?, Copied::Written)
        }
        Bytes::Made(bytes) => {
            let mut to = destination.create(digest)?;
            (transfer.write(bytes.as_slice(), &mut to, &StorePath::root())?, Copied::Written)
        }
    };
    let computed = transfer.hasher.finish();
    let result = match read {
        Ok(()) if computed == digest => return Ok(Ok(copied(transfer.size))),
        Ok(()) => Flaw::bad(format!("its {} bytes hash to {computed}", transfer.size)),
        Err(flaw) => flaw,
    };
    destination.remove(digest)?;
    Ok(Err(result))
}

struct Transfer<'a> {
    session: &'a Session<'a>,
    hasher: Hasher,
    size: u64,
}

impl Transfer<'_> {
    fn read(&mut self, from: impl Read, path: &StorePath) -> Result<(), Flaw> {
        self.write(from, &mut io::sink(), path).unwrap_or_else(|error| Err(Flaw::bad(error.to_string())))
    }

    /// Puts a layer's archive together; in the result, why that is not possible.
    fn assemble(&mut self, assembly: &Assembly<'_>, to: File) -> io::Result<Result<(), Flaw>> {
        let mut to = BufWriter::with_capacity(CHUNK, to);
        let mut failed = None;
        let assembled = assembly.each(|part, _| {
            self.hasher.update(part);
            self.size += part.len() as u64;
            to.write_all(part).map_err(|error| {
                failed = Some(error);
                AssembleError::Interrupted
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
        to.flush()?;
        Ok(assembled.map_err(|error| match error {
            AssembleError::Unread { path, error } => Flaw::read(&error, path),
            error => Flaw::bad(error.to_string()),
        }))
    }

    /// Passes everything on; in the result, why it could not be read.
    fn write(
        &mut self,
        mut from: impl Read,
        to: &mut impl Write,
        path: &StorePath,
    ) -> io::Result<Result<(), Flaw>> {
        let mut buffer = vec![0; CHUNK];
        loop {
            let count = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(Flaw::read(&error.into(), path.clone()))),
            };
            if self.session.cancel.is_cancelled() {
                return Ok(Err(Flaw::bad("interrupted".to_owned())));
            }
            self.hasher.update(&buffer[..count]);
            to.write_all(&buffer[..count])?;
            self.size += count as u64;
            self.session.progress.advance(Work::bytes(count as u64));
        }
        self.session.progress.advance(Work::FILE);
        Ok(Ok(()))
    }
}

//! A layer's tar archive put together again from `tar-split.json.gz` and the files in its directory, and hashed.
//!
//! The format is that of `vbatts/tar-split`: a JSON object a line, in order; `{"type": 2, "payload": …}` is bytes of the
//! archive as they are, base64, `{"type": 1, "name": …, "size": …}` stands for the bytes of a file. Padding is part of
//! the segments. Names that are not UTF-8 are in `name_raw`. A file of no bytes, a link or a device has no bytes to
//! give, so that what overlay2 makes of a deletion need not be looked at.

use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;

use crate::cancel::Cancel;
use crate::digest::{Algorithm, Digest};
use crate::hash::Hasher;
use crate::path::StorePath;
use crate::progress::{Progress, Work};
use crate::store::{FileKind, ReadError, Store};

/// The longest line that is read: a segment holds the headers between two files, and long names in them.
const LONGEST: u64 = 64 * 1024 * 1024;

/// How much of a file is read at a time.
const CHUNK: usize = 256 * 1024;

/// How many symbolic links a name may lead through, as many as Linux allows.
const LINKS: usize = 40;

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
            let bytes = match entry {
                Piece::Bytes(bytes) => bytes.len() as u64,
                Piece::File(_, size) => size,
            };
            size = size.saturating_add(bytes);
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
        for number in 1.. {
            line.clear();
            let broken = |why: String| AssembleError::Broken { line: number, why };
            let read = lines.by_ref().take(LONGEST).read_until(b'\n', &mut line);
            read.map_err(|error| broken(error.to_string()))?;
            if line.is_empty() {
                return Ok(());
            }
            if self.cancel.is_cancelled() {
                return Err(AssembleError::Interrupted);
            }
            let entry: Entry = serde_json::from_slice(&line).map_err(|error| broken(error.to_string()))?;
            match entry.kind {
                1 => {
                    let name = entry.name().map_err(broken)?;
                    let size = entry.size.unwrap_or(0);
                    let size = u64::try_from(size).map_err(|_| broken(format!("a size of {size}")))?;
                    if size > 0 {
                        take(Piece::File(name, size))?;
                    }
                }
                2 => {
                    let payload = entry.payload.as_deref().unwrap_or_default();
                    let part = base64(payload).ok_or_else(|| broken("a payload that is no base64".into()))?;
                    take(Piece::Bytes(part))?;
                }
                other => return Err(broken(format!("an entry of type {other}"))),
            }
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
        let shown = || crate::path::text_of(name);
        let bad = |why: String| AssembleError::File { name: shown(), why };
        let path = self.locate(name).ok_or_else(|| bad("its name leads out of the layer".into()))?;
        let opened = match self.store.file(&path) {
            Ok(opened) => opened,
            Err(error @ ReadError::Refused(_)) => return Err(AssembleError::Unread { path, error }),
            Err(ReadError::Absent) => return Err(bad("the file is not there".into())),
            Err(error) => return Err(bad(error.to_string())),
        };
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

    /// Where a file of the archive is: below the layer's directory, wherever links of the layer itself lead. They are
    /// read, and never left to the system to follow; `None` where they lead nowhere.
    fn locate(&self, name: &[u8]) -> Option<StorePath> {
        let mut below: Vec<Vec<u8>> = Vec::new();
        let mut todo: Vec<Vec<u8>> = parts(name);
        let mut links = 0;
        while let Some(part) = todo.pop() {
            if part == b".." {
                // Above its root there is nothing in an image's tree but the root.
                below.pop();
                continue;
            }
            below.push(part);
            let is_last = todo.is_empty();
            let path = below.iter().fold(self.files.clone(), |path, part| path.join(part));
            let is_link = self.store.stat(&path).is_ok_and(|stat| stat.kind == FileKind::Symlink);
            if is_link && !is_last {
                links += 1;
                if links > LINKS {
                    return None;
                }
                let target = self.store.link_target(&path).ok()?;
                below.pop();
                if target.starts_with(b"/") {
                    below.clear();
                }
                todo.extend(parts(&target));
            }
        }
        Some(below.iter().fold(self.files.clone(), |path, part| path.join(part)))
    }
}

/// The components of a name, the first one last.
fn parts(name: &[u8]) -> Vec<Vec<u8>> {
    let parts = name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    let mut parts: Vec<Vec<u8>> = parts.map(<[u8]>::to_vec).collect();
    parts.reverse();
    parts
}

impl Entry {
    fn name(&self) -> Result<Vec<u8>, String> {
        match (&self.name_raw, &self.name) {
            (Some(raw), _) if !raw.is_empty() => base64(raw).ok_or("a name that is no base64".into()),
            (_, Some(name)) => Ok(name.clone().into_bytes()),
            _ => Err("a file without a name".into()),
        }
    }
}

/// Standard base64, padded, as Go's `encoding/json` writes bytes.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for quartet in text[..text.len() - padding].chunks(4) {
        let mut bits = 0_u32;
        for byte in quartet {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * (4 - quartet.len());
        let [_, decoded @ ..] = bits.to_be_bytes();
        bytes.extend_from_slice(&decoded[..quartet.len() - 1]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
        ] {
            assert_eq!(base64(text), Some(bytes.as_bytes().to_vec()));
        }
        assert_eq!(base64("+/8="), Some(vec![0xFB, 0xFF]));
        for text in ["Z", "Zg=", "Zg", "====", "Z===", "Zm9v====", "Zm 9", "Zm9\n", "=g=="] {
            assert_eq!(base64(text), None, "{text:?}");
        }
    }
}

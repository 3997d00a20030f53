//! The small files of an engine's store: one value each, white space around it trimmed as the engine does.

use crate::digest::Digest;
use crate::path::{StorePath, text_of};
use crate::store::{FileKind, ReadError, Store};

/// The most bytes of such a file that are read; a digest has at most 135.
const CAP: u64 = 4096;

/// How much of what is not a value is shown.
const SHOWN: usize = 100;

/// What a small file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<T> {
    /// A value.
    Is(T),
    /// There is no such file.
    Absent,
    /// Something else than a value; what, in a line.
    Bad(String),
    /// It could not be read.
    Unread(ReadError),
}

impl<T> Field<T> {
    /// The value, if there is one.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }

    /// Why the file at that path could not be read, if it could not.
    pub fn unread(&self, path: StorePath) -> Option<(StorePath, ReadError)> {
        match self {
            Self::Unread(error) => Some((path, error.clone())),
            _ => None,
        }
    }
}

fn read<T>(store: &Store, path: &StorePath, parse: impl FnOnce(&[u8]) -> Option<T>) -> Field<T> {
    let content = match store.read(path, CAP) {
        Ok(content) => content,
        Err(ReadError::Absent) => return Field::Absent,
        Err(error) => return Field::Unread(error),
    };
    let text = content.bytes.trim_ascii();
    match parse(text).filter(|_| !content.truncated) {
        Some(value) => Field::Is(value),
        None if text.is_empty() => Field::Bad("it is empty".to_owned()),
        None => Field::Bad(format!("it holds {:?}", text_of(&text[..text.len().min(SHOWN)]))),
    }
}

/// A digest.
pub(super) fn digest(store: &Store, path: &StorePath) -> Field<Digest> {
    read(store, path, |text| Digest::parse(text).ok())
}

/// A number of bytes.
pub(super) fn number(store: &Store, path: &StorePath) -> Field<u64> {
    read(store, path, |text| std::str::from_utf8(text).ok()?.parse().ok())
}

/// The name of a directory: it leads to no other place.
pub(super) fn name(store: &Store, path: &StorePath) -> Field<String> {
    read(store, path, |text| {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let fits = (1..=255).contains(&text.len()) && text.iter().all(is_plain) && !text.starts_with(b".");
        fits.then(|| text_of(text))
    })
}

/// A file of which it matters here only that it is one.
pub(super) fn presence(store: &Store, path: &StorePath) -> Field<()> {
    match store.stat(path) {
        Ok(stat) if stat.kind == FileKind::File => Field::Is(()),
        Ok(stat) => Field::Unread(ReadError::NotRegular(stat.kind)),
        Err(ReadError::Absent) => Field::Absent,
        Err(error) => Field::Unread(error),
    }
}

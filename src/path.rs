//! Paths below a root's `v2` directory: raw bytes with `/` between components, shown without loss.

use std::ffi::OsStr;
use std::fmt::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Serialize, Serializer};

/// A path relative to the `v2` directory. Its bytes need not be UTF-8; [`fmt::Display`] shows such bytes as `\xNN`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorePath(Vec<u8>);

impl StorePath {
    /// The `v2` directory itself: the empty path.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// This path with one more component, or several with `/` between them.
    #[must_use]
    pub fn join(&self, name: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref();
        let mut path = Vec::with_capacity(self.0.len() + 1 + name.len());
        path.extend_from_slice(&self.0);
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        Self(path)
    }

    /// The path that is shown as this text.
    pub fn from_text(text: &str) -> Self {
        let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
        while let Some(at) = rest.find("\\x") {
            let hex = rest.get(at + 2..at + 4).and_then(|hex| u8::from_str_radix(hex, 16).ok());
            bytes.extend_from_slice(&rest.as_bytes()[..at]);
            rest = &rest[at..];
            match hex {
                Some(byte) => bytes.push(byte),
                None => bytes.extend_from_slice(b"\\x"),
            }
            rest = &rest[if hex.is_some() { 4 } else { 2 }..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        // A name may hold a backslash of its own, and then is what it looks like.
        if text_of(&bytes) == text { Self(bytes) } else { Self::from(text) }
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path for the operating system, relative to `v2`.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The components from the top down; none for the root.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'/').filter(|component| !component.is_empty())
    }

    /// The last component; empty for the root.
    pub fn name(&self) -> &[u8] {
        let start = self.0.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        &self.0[start..]
    }

    /// The directory that holds this path; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        let end = self.0.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        Some(Self(self.0[..end].to_vec()))
    }

    /// This path and every directory above it, the nearest first, without the root.
    pub fn ancestors(&self) -> impl Iterator<Item = &[u8]> {
        let mut end = self.0.len();
        std::iter::from_fn(move || {
            if end == 0 {
                return None;
            }
            let path = &self.0[..end];
            end = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            Some(path)
        })
    }
}

impl From<&[u8]> for StorePath {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<String> for StorePath {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&str> for StorePath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// So that sets of paths can be searched by bytes.
impl std::borrow::Borrow<[u8]> for StorePath {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(&self.0))
    }
}

impl fmt::Debug for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", text_of(&self.0))
    }
}

impl Serialize for StorePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Bytes from a root as text: what is no UTF-8 becomes `\xNN`.
pub fn text_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ancestors_run_from_the_path_up() {
        let path = StorePath::from("blobs/sha256/ab");
        let ancestors: Vec<_> = path.ancestors().collect();
        assert_eq!(ancestors, [&b"blobs/sha256/ab"[..], b"blobs/sha256", b"blobs"]);
        assert_eq!(path.parent(), Some("blobs/sha256".into()));
        assert_eq!(path.name(), b"ab");
        assert_eq!(StorePath::root().parent(), None);
        assert_eq!(StorePath::root().join("blobs"), "blobs".into());
    }

    proptest! {
        #[test]
        fn a_text_is_that_of_the_path_made_of_it(
            bytes in proptest::collection::vec(proptest::sample::select(b"a/\\x\xff\xc3\xa9f0".to_vec()), 0..20),
        ) {
            let text = text_of(&bytes);
            let path = StorePath::from_text(&text);
            prop_assert_eq!(path.to_string(), text);
            prop_assert!(path.as_bytes() == bytes || bytes.contains(&b'\\'));
        }
    }

    #[test]
    fn bytes_that_are_no_utf8_are_shown_as_escapes() {
        assert_eq!(text_of(b"a\xFF\xC3b\xC3\xA9"), "a\\xff\\xc3b\u{e9}");
    }
}

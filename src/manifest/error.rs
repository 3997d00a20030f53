//! Why bytes are not a manifest or a config.

use std::fmt;

use crate::digest::ParseDigestError;

/// Why bytes are not the JSON document that they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// More bytes than are ever read.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The most that would have done.
        limit: u64,
    },
    /// A syntax error.
    #[error("not JSON: {why} at line {line}, column {column}")]
    NotJson {
        /// The line, from 1; 0 in a document without any.
        line: usize,
        /// The column in bytes, from 1; 0 at the end of a line.
        column: usize,
        /// What the parser says.
        why: String,
    },
    /// More levels than Go's parser follows.
    #[error("nested deeper than 10000 levels")]
    TooDeep,
    /// A value of another JSON type than its field.
    #[error("{at} is not {expected}")]
    WrongType {
        /// Where, `layers[3].size`.
        at: String,
        /// What should be there, with its article.
        expected: &'static str,
    },
}

/// Why bytes are not a manifest. Displayed, it is one line without a raw byte of the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The document cannot be read at all.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Neither 1 nor 2: the words are the registry's. A document that says nothing says 0.
    #[error("unrecognized manifest schema version {0}")]
    UnknownSchemaVersion(i64),
    /// Schema version 2, with a media type that no registry reads: the words are the registry's.
    #[error("unrecognized manifest content type {}", Excerpt(.0))]
    UnknownMediaType(String),
    /// A reference without a digest: see [`Manifest::fault`](super::Manifest::fault).
    #[error("{at} has no digest")]
    NoDigest {
        /// Which reference, `layers[3]`.
        at: String,
    },
    /// A reference whose digest is none: see [`Manifest::fault`](super::Manifest::fault).
    #[error("the digest of {at} is none: {why}")]
    BadDigest {
        /// Which reference, `layers[3]`.
        at: String,
        /// What the registry says of it.
        why: ParseDigestError,
    },
}

/// Text of the document: escaped, and no longer than a media type may be.
struct Excerpt<'a>(&'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 127;
        let start = self.0.chars().take(LONGEST);
        for c in start {
            if c.is_ascii_graphic() || c == ' ' {
                fmt::Write::write_char(f, c)?;
            } else {
                write!(f, "{}", c.escape_unicode())?;
            }
        }
        if self.0.chars().nth(LONGEST).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hostile_media_type_is_shown_short_and_harmless(media_type in any::<String>(), times in 1..1000_usize) {
            let shown = ManifestError::UnknownMediaType(media_type.repeat(times)).to_string();
            prop_assert!(shown.len() < 2000);
            prop_assert!(shown.chars().all(|c| c.is_ascii_graphic() || c == ' ' || c == '…'), "{}", shown);
        }
    }
}

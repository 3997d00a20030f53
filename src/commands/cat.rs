//! `cat`: which blob a person means. It is written out by [`mod@write`], byte by byte as it is stored.

mod find;
mod platform;
pub mod write;

use super::names;
use crate::digest::{Digest, Prefix};
use crate::manifest::Platform;
use crate::path::StorePath;
use crate::reference::{Reference, ReferenceError};

/// What to write out.
#[derive(Clone, Debug)]
pub struct Options {
    /// The image or the blob.
    pub target: Target,
    /// Whether the config of the image is meant, not its manifest.
    pub config: bool,
    /// The platform, where there are several.
    pub platform: Option<Platform>,
}

/// How few digits of a digest say where a blob lies.
const FEWEST_DIGITS: usize = 2;

/// A name that may be an image's or the beginning of a digest: only the store can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The digest that it may begin.
    pub prefix: Option<Prefix>,
    /// The image that it may name.
    pub reference: Option<Reference>,
}

/// A blob to be written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Where it is.
    pub path: StorePath,
    /// What its bytes must hash to.
    pub digest: Digest,
    /// How the name was understood, where that is not plain.
    pub hint: Option<String>,
    /// What a reader must know although there is an answer: then the answer is bad.
    pub warning: Option<String>,
}

/// Why there is nothing to write out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatError {
    /// There is no such thing.
    #[error("{what}{}", names::did_you_mean(near).map(|near| format!("\n{near}")).unwrap_or_default())]
    Unknown {
        /// Why, and what there is instead, in lines.
        what: String,
        /// Names that come near.
        near: Vec<String>,
    },
    /// The operating system refused.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// What.
        path: StorePath,
        /// Why, in the system's words.
        reason: String,
    },
}

impl CatError {
    pub(super) fn unknown(what: impl Into<String>) -> Self {
        Self::Unknown { what: what.into(), near: Vec::new() }
    }
}

pub use find::find;
pub(super) use find::{by_digest, config};
pub(super) use platform::pick;

impl std::str::FromStr for Target {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One digit is rather a name.
        let is_enough = |prefix: &Prefix| prefix.has_algorithm() || prefix.hex().len() >= FEWEST_DIGITS;
        let prefix = text.parse().ok().filter(is_enough);
        match (Reference::asked(text), prefix) {
            // No repository is meant by sha256:0123.
            (_, Some(prefix)) if prefix.has_algorithm() => Ok(Self { prefix: Some(prefix), reference: None }),
            (Ok(reference), prefix) => Ok(Self { prefix, reference: Some(reference) }),
            (Err(_), Some(prefix)) => Ok(Self { prefix: Some(prefix), reference: None }),
            (Err(error), None) => Err(error),
        }
    }
}

//! The ways a store can be wrong: one code for each, its severity, and in [`explain`] what an operator must know.
//!
//! A code is the machine name of a fault and part of the report's contract: none is renamed or dropped. This module
//! is vocabulary only. It reads no store, and where a fault was found is told elsewhere.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::path::StorePath;

mod code;
pub mod explain;

pub use code::{Code, ParseCodeError};

/// One thing that is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// How bad it is here.
    pub severity: Severity,
    /// The file at fault, or the one that should exist.
    pub path: StorePath,
    /// The repository that it belongs to.
    pub repository: Option<String>,
    /// The tag that it belongs to.
    pub tag: Option<String>,
    /// The digest that it is about; text, since a store may name algorithms that nobody knows.
    pub digest: Option<String>,
    /// What was seen, in a line.
    pub detail: String,
    /// The tags, as `repo:tag`, whose image it hurts; sorted as whole strings.
    pub affects: Vec<String>,
    /// The manifests that name the digest.
    pub referenced_by: Vec<Digest>,
    /// Which garbage collections abort on it: `2`, `2m`, `3`, `3m`.
    pub blocks_gc: Vec<&'static str>,
}

/// How bad a finding is. Severities order from harmless to harmful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Normal residue of a working registry.
    Note,
    /// Nothing breaks today, yet a person should know.
    Warning,
    /// A registry would fail to serve it, bytes are not what they claim to be, or regfs cannot vouch for it.
    Error,
}

impl Severity {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_rise_from_note_to_error() {
        assert!(Severity::Note < Severity::Warning && Severity::Warning < Severity::Error);
        for severity in [Severity::Note, Severity::Warning, Severity::Error] {
            assert_eq!(serde_json::to_string(&severity).unwrap(), format!("\"{severity}\""));
        }
    }
}

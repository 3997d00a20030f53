//! The ways a store can be wrong: one code for each, its severity, and in [`explain`] what an operator must know.
//!
//! A code is the machine name of a fault and part of the report's contract: none is renamed or dropped. This module
//! is vocabulary only. It reads no store, and where a fault was found is told elsewhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use crate::digest::Digest;
use crate::path::StorePath;

pub mod explain;

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

/// Declares [`Code`] from one table, so that a code cannot lack its name, its severity or its place in `ALL`.
macro_rules! codes {
    ($($severity:ident { $($(#[$doc:meta])* $code:ident = $name:literal,)* })*) => {
        /// A way a store can be wrong. Codes order as they are listed: errors, then warnings, then notes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($($(#[$doc])* $code,)*)*
        }

        impl Code {
            /// Every code: errors, warnings, notes.
            pub const ALL: &[Self] = &[$($(Self::$code,)*)*];

            /// The name in reports and on the command line, in kebab case.
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$code => $name,)*)*
                }
            }

            /// The severity unless circumstances change it: a missing layer is a note in a pull-through cache.
            pub const fn severity(self) -> Severity {
                match self {
                    $($(Self::$code)|* => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    Error {
        /// The bytes do not hash to the name.
        BlobDigestMismatch = "blob-digest-mismatch",
        /// A `data` file, or a digest directory, at a path that no look-up computes.
        BlobMisplaced = "blob-misplaced",
        /// A link of zero bytes.
        LinkEmpty = "link-empty",
        /// A link that is not exactly a digest.
        LinkMalformed = "link-malformed",
        /// A link that names another digest than its path.
        LinkMismatch = "link-mismatch",
        /// A manifest revision whose blob is not in the store.
        RevisionDangling = "revision-dangling",
        /// A tag directory without `current/link`.
        TagWithoutCurrent = "tag-without-current",
        /// A tag whose digest is not a revision of its repository.
        TagUnknownRevision = "tag-unknown-revision",
        /// A manifest that does not parse, of an unknown type, or past 4 MiB.
        ManifestMalformed = "manifest-malformed",
        /// A manifest names a config or layer that the store does not have.
        ReferenceMissing = "reference-missing",
        /// The bytes are there, but the repository has no link to them.
        ReferenceUnlinked = "reference-unlinked",
        /// A descriptor's size is not the blob's size.
        SizeMismatch = "size-mismatch",
        /// A layer's uncompressed digest is not the config's `diff_id`.
        DiffIdMismatch = "diff-id-mismatch",
        /// Something that is neither file nor directory, or the one where the other belongs.
        NotRegular = "not-regular",
        /// A file of an image layout's own, `oci-layout` or `index.json`, that does not say what it must.
        LayoutMalformed = "layout-malformed",
        /// `repositories.json` of a Docker engine that cannot be read as one.
        NamesMalformed = "names-malformed",
        /// A name of a Docker engine that stands for an image which is not there.
        NameDangling = "name-dangling",
        /// An image config of a Docker engine whose bytes do not hash to the image id.
        ImageAltered = "image-altered",
        /// An image config of a Docker engine that hashes to its id and does not parse.
        ImageMalformed = "image-malformed",
        /// A layer that an image, another layer or a container needs and a Docker engine does not have.
        LayerMissing = "layer-missing",
        /// A file of a layer of a Docker engine that is missing or does not hold what it must.
        LayerMalformed = "layer-malformed",
        /// A layer of a Docker engine whose name is not the ChainID of its parent and DiffID.
        LayerMismatch = "layer-mismatch",
        /// A layer of a Docker engine without the directory that holds its files.
        LayerDirectoryMissing = "layer-directory-missing",
        /// A layer of a Docker engine whose files are not what its DiffID says.
        LayerContentMismatch = "layer-content-mismatch",
        /// A container of a Docker engine whose own layer cannot be found.
        MountDangling = "mount-dangling",
        /// A root without `blobs/` or without `repositories/`.
        RootIncomplete = "root-incomplete",
        /// The reference asked for does not exist.
        ReferenceUnknown = "reference-unknown",
        /// The operating system refused to let it be read.
        Unreadable = "unreadable",
    }
    Warning {
        /// A file or directory that the layout has no place for.
        StrayEntry = "stray-entry",
        /// A repository or tag whose name the registry's grammar rejects.
        NameInvalid = "name-invalid",
        /// An index names a child that is not here at all.
        ChildMissing = "child-missing",
        /// A tag's current digest is not in its index.
        TagIndexMissing = "tag-index-missing",
        /// A repository with revisions and no `tags/`.
        TagsMissing = "tags-missing",
        /// An unfinished upload that is too old to be under way.
        UploadStale = "upload-stale",
        /// An unfinished upload that the registry never purges.
        UploadMalformed = "upload-malformed",
        /// An image config that does not parse or does not fit its layers.
        ConfigMismatch = "config-mismatch",
        /// A manifest that can be read as two kinds.
        ManifestAmbiguous = "manifest-ambiguous",
        /// A manifest of schema version 1.
        ManifestSchema1 = "manifest-schema1",
        /// A layer linked under another algorithm than its blob.
        LayerAlias = "layer-alias",
        /// A well-formed digest of an algorithm that cannot be checked.
        AlgorithmUnsupported = "algorithm-unsupported",
        /// A repository with a revision and no `_layers` directory.
        RepositoryIncomplete = "repository-incomplete",
        /// Two records of a Docker engine of where a layer came from that contradict each other.
        DistributionMismatch = "distribution-mismatch",
    }
    Note {
        /// A directory with nothing in it.
        EmptyDirectory = "empty-directory",
        /// A `*.tmp` file beside its target.
        TemporaryFile = "temporary-file",
        /// A blob's directory without `data`.
        BlobWithoutData = "blob-without-data",
        /// An entry of a tag's history whose revision is gone.
        TagIndexDangling = "tag-index-dangling",
        /// A layer link whose blob is gone.
        LayerLinkDangling = "layer-link-dangling",
        /// A manifest whose `subject` is not here.
        SubjectMissing = "subject-missing",
        /// A repository without a manifest revision.
        RepositoryEmpty = "repository-empty",
        /// A layer of a Docker engine whose removal or registration was not finished.
        LayerLeftover = "layer-leftover",
        /// A file that came, went or changed under the scan.
        ChangedDuringScan = "changed-during-scan",
    }
}

impl Code {
    /// The codes whose names look like `text`, the most alike first, three at most.
    fn nearest(text: &str) -> Vec<Self> {
        const ALIKE: f64 = 0.7;
        let likeness = |code: Self| strsim::normalized_damerau_levenshtein(text, code.name());
        let mut near: Vec<_> =
            Self::ALL.iter().map(|&code| (likeness(code), code)).filter(|&(near, _)| near >= ALIKE).collect();
        near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        near.into_iter().take(3).map(|(_, code)| code).collect()
    }
}

impl Code {
    /// Whether a garbage collection may abort on it. It never does on what it does not read: uploads, history, empty
    /// directories, and references to what is absent.
    pub const fn may_block_collectors(self) -> bool {
        !self.is_of_engine()
            && !matches!(
                self,
                Self::UploadStale
                    | Self::UploadMalformed
                    | Self::EmptyDirectory
                    | Self::TagIndexMissing
                    | Self::TagIndexDangling
                    | Self::ReferenceMissing
                    | Self::ReferenceUnlinked
                    | Self::ChildMissing
                    | Self::SubjectMissing
                    | Self::SizeMismatch
                    | Self::ConfigMismatch
                    | Self::DiffIdMismatch
                    | Self::RepositoryEmpty
                    | Self::ChangedDuringScan
                    | Self::LayoutMalformed
            )
    }
}

impl Code {
    /// Whether it is about a Docker engine's store, where no registry has a part.
    pub const fn is_of_engine(self) -> bool {
        matches!(
            self,
            Self::NamesMalformed
                | Self::NameDangling
                | Self::ImageAltered
                | Self::ImageMalformed
                | Self::LayerMissing
                | Self::LayerMalformed
                | Self::LayerMismatch
                | Self::LayerDirectoryMissing
                | Self::LayerContentMismatch
                | Self::MountDangling
                | Self::DistributionMismatch
                | Self::LayerLeftover
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A text that is no finding's name, and the names that were perhaps meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no finding is called {given:?}{}", suggestion(nearest))]
pub struct ParseCodeError {
    given: String,
    nearest: Vec<Code>,
}

impl ParseCodeError {
    /// The codes that were perhaps meant, the most alike first.
    pub fn nearest(&self) -> &[Code] {
        &self.nearest
    }
}

fn suggestion(nearest: &[Code]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    let names: Vec<_> = nearest.iter().map(|code| code.name()).collect();
    format!("; did you mean {}?", names.join(" or "))
}

impl FromStr for Code {
    type Err = ParseCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.name() == text)
            .ok_or_else(|| ParseCodeError { given: text.into(), nearest: Self::nearest(text) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn any_code() -> impl Strategy<Value = Code> {
        proptest::sample::select(Code::ALL)
    }

    #[test]
    fn names_are_unique_kebab_case_and_parse_back() {
        let mut names = BTreeSet::new();
        for &code in Code::ALL {
            let name = code.name();
            assert!(names.insert(name), "{name} twice");
            assert!(
                name.split('-').all(|word| !word.is_empty()
                    && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())),
                "{name}"
            );
            assert_eq!(code.to_string().parse(), Ok(code));
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{name}\""));
        }
    }

    #[test]
    fn codes_are_listed_once_in_order_and_by_falling_severity() {
        assert!(Code::ALL.is_sorted_by(|a, b| a < b));
        assert!(Code::ALL.is_sorted_by_key(|code| std::cmp::Reverse(code.severity())));
        let count = |severity| Code::ALL.iter().filter(|code| code.severity() == severity).count();
        let counts = [Severity::Error, Severity::Warning, Severity::Note].map(count);
        assert_eq!(counts, [28, 14, 9], "a code is part of the contract: none is dropped");
    }

    #[test]
    fn severities_rise_from_note_to_error() {
        assert!(Severity::Note < Severity::Warning && Severity::Warning < Severity::Error);
        for severity in [Severity::Note, Severity::Warning, Severity::Error] {
            assert_eq!(serde_json::to_string(&severity).unwrap(), format!("\"{severity}\""));
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest() {
        let told = |text: &str| text.parse::<Code>().unwrap_err().to_string();
        assert_eq!(
            told("blob-digest-missmatch"),
            "no finding is called \"blob-digest-missmatch\"; did you mean blob-digest-mismatch?"
        );
        assert_eq!(
            told("digest-mismatch"),
            "no finding is called \"digest-mismatch\"; did you mean blob-digest-mismatch or size-mismatch?"
        );
        assert_eq!(told("xyzzy"), "no finding is called \"xyzzy\"");
        assert_eq!(told(""), "no finding is called \"\"");
        assert_eq!(told("\u{1b}[2J\u{202e}"), r#"no finding is called "\u{1b}[2J\u{202e}""#);
    }

    proptest! {
        #[test]
        fn one_slip_still_suggests_the_code_first(
            code in any_code(), at in any::<prop::sample::Index>(), letter in "[a-z]", kind in 0..3,
        ) {
            let mut text = code.name().to_owned();
            let at = at.index(text.len());
            match kind {
                0 => drop(text.remove(at)),
                1 => text.insert_str(at, &letter),
                _ => text.replace_range(at..=at, &letter),
            }
            match text.parse::<Code>() {
                Ok(parsed) => prop_assert_eq!(parsed, code),
                Err(error) => prop_assert_eq!(error.nearest()[0], code),
            }
        }

        #[test]
        fn only_the_exact_name_parses(code in any_code(), extra in "[ \\n_A-Z-]{1,3}", before in any::<bool>()) {
            let name = code.name();
            let text = if before { extra + name } else { name.to_owned() + &extra };
            prop_assert!(text.parse::<Code>().is_err());
            prop_assert!(name.to_uppercase().parse::<Code>().is_err());
        }
    }
}

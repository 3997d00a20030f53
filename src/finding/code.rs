//! The codes: one table, and how a name is read.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::Severity;

/// What a registry's garbage collection makes of what a code is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Collection {
    /// It may abort on it.
    Blocks,
    /// It never does: uploads, history, empty directories, sizes, what layers unpack to and what is absent are not
    /// read by it.
    Passes,
    /// There is none: it is a Docker engine's store.
    Engine,
}

/// Declares [`Code`] from one table, so that a code cannot lack its name, its severity, its place in `ALL` or a word on
/// garbage collections.
macro_rules! codes {
    ($($severity:ident { $($(#[$doc:meta])* $code:ident = $name:literal => $collection:ident,)* })*) => {
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

            const fn collection(self) -> Collection {
                match self {
                    $($(Self::$code => Collection::$collection,)*)*
                }
            }
        }
    };
}

codes! {
    Error {
        /// The bytes do not hash to the name.
        BlobDigestMismatch = "blob-digest-mismatch" => Blocks,
        /// A `data` file, or a digest directory, at a path that no look-up computes.
        BlobMisplaced = "blob-misplaced" => Blocks,
        /// A link of zero bytes.
        LinkEmpty = "link-empty" => Blocks,
        /// A link that is not exactly a digest.
        LinkMalformed = "link-malformed" => Blocks,
        /// A link that names another digest than its path.
        LinkMismatch = "link-mismatch" => Blocks,
        /// A manifest revision, or an image that a layout lists, whose blob is not in the store.
        RevisionDangling = "revision-dangling" => Blocks,
        /// A tag directory without `current/link`.
        TagWithoutCurrent = "tag-without-current" => Blocks,
        /// A tag whose digest is not a revision of its repository.
        TagUnknownRevision = "tag-unknown-revision" => Blocks,
        /// A manifest that does not parse, of an unknown type, or past 4 MiB.
        ManifestMalformed = "manifest-malformed" => Blocks,
        /// A manifest names a config or layer that the store does not have.
        ReferenceMissing = "reference-missing" => Passes,
        /// The bytes are there, but the repository has no link to them.
        ReferenceUnlinked = "reference-unlinked" => Passes,
        /// A descriptor's size is not the blob's size.
        SizeMismatch = "size-mismatch" => Passes,
        /// A layer's uncompressed digest is not the config's `diff_id`.
        DiffIdMismatch = "diff-id-mismatch" => Passes,
        /// Something that is neither file nor directory, or the one where the other belongs.
        NotRegular = "not-regular" => Blocks,
        /// A file of an image layout's own, `oci-layout` or `index.json`, that does not say what it must.
        LayoutMalformed = "layout-malformed" => Passes,
        /// `repositories.json` of a Docker engine that cannot be read as one.
        NamesMalformed = "names-malformed" => Engine,
        /// A name of a Docker engine that stands for an image which is not there.
        NameDangling = "name-dangling" => Engine,
        /// An image config of a Docker engine whose bytes do not hash to the image id.
        ImageAltered = "image-altered" => Engine,
        /// An image config of a Docker engine that hashes to its id and does not parse.
        ImageMalformed = "image-malformed" => Engine,
        /// A layer that an image, another layer or a container needs and a Docker engine does not have.
        LayerMissing = "layer-missing" => Engine,
        /// A file of a layer of a Docker engine that is missing or does not hold what it must.
        LayerMalformed = "layer-malformed" => Engine,
        /// A layer of a Docker engine whose name is not the ChainID of its parent and DiffID.
        LayerMismatch = "layer-mismatch" => Engine,
        /// A layer of a Docker engine without the directory that holds its files.
        LayerDirectoryMissing = "layer-directory-missing" => Engine,
        /// A layer of a Docker engine whose files are not what its DiffID says.
        LayerContentMismatch = "layer-content-mismatch" => Engine,
        /// A container of a Docker engine whose own layer cannot be found.
        MountDangling = "mount-dangling" => Engine,
        /// A root without `blobs/` or without `repositories/`.
        RootIncomplete = "root-incomplete" => Blocks,
        /// The reference asked for does not exist.
        ReferenceUnknown = "reference-unknown" => Blocks,
        /// The operating system refused to let it be read.
        Unreadable = "unreadable" => Blocks,
    }
    Warning {
        /// A file or directory that the layout has no place for.
        StrayEntry = "stray-entry" => Blocks,
        /// A repository or tag whose name the registry's grammar rejects.
        NameInvalid = "name-invalid" => Blocks,
        /// An index names a child that is not here at all.
        ChildMissing = "child-missing" => Passes,
        /// A tag's current digest is not in its index.
        TagIndexMissing = "tag-index-missing" => Passes,
        /// A repository with revisions and no `tags/`.
        TagsMissing = "tags-missing" => Blocks,
        /// An unfinished upload that is too old to be under way.
        UploadStale = "upload-stale" => Passes,
        /// An unfinished upload that the registry never purges.
        UploadMalformed = "upload-malformed" => Passes,
        /// An image config that does not parse or does not fit its layers.
        ConfigMismatch = "config-mismatch" => Passes,
        /// A manifest that can be read as two kinds.
        ManifestAmbiguous = "manifest-ambiguous" => Blocks,
        /// A manifest of schema version 1.
        ManifestSchema1 = "manifest-schema1" => Blocks,
        /// A layer linked under another algorithm than its blob.
        LayerAlias = "layer-alias" => Blocks,
        /// A well-formed digest of an algorithm that cannot be checked.
        AlgorithmUnsupported = "algorithm-unsupported" => Blocks,
        /// A repository with a revision and no `_layers` directory.
        RepositoryIncomplete = "repository-incomplete" => Blocks,
        /// Two records of a Docker engine of where a layer came from that contradict each other.
        DistributionMismatch = "distribution-mismatch" => Engine,
    }
    Note {
        /// A directory with nothing in it.
        EmptyDirectory = "empty-directory" => Passes,
        /// A `*.tmp` file beside its target.
        TemporaryFile = "temporary-file" => Blocks,
        /// A blob's directory without `data`.
        BlobWithoutData = "blob-without-data" => Blocks,
        /// An entry of a tag's history whose revision is gone.
        TagIndexDangling = "tag-index-dangling" => Passes,
        /// A layer link whose blob is gone.
        LayerLinkDangling = "layer-link-dangling" => Blocks,
        /// A manifest whose `subject` is not here.
        SubjectMissing = "subject-missing" => Passes,
        /// A repository without a manifest revision.
        RepositoryEmpty = "repository-empty" => Passes,
        /// A layer of a Docker engine whose removal or registration was not finished.
        LayerLeftover = "layer-leftover" => Engine,
        /// A file that came, went or changed under the scan.
        ChangedDuringScan = "changed-during-scan" => Passes,
    }
}

impl Code {
    /// Whether a garbage collection may abort on it.
    pub const fn may_block_collectors(self) -> bool {
        matches!(self.collection(), Collection::Blocks)
    }

    /// Whether it is about a Docker engine's store, where no registry has a part.
    pub const fn is_of_engine(self) -> bool {
        matches!(self.collection(), Collection::Engine)
    }

    /// The codes whose names look like `text`, the most alike first, three at most.
    fn nearest(text: &str) -> Vec<Self> {
        const ALIKE: f64 = 0.7;
        // A part of a name, such as what a table has for it, is nearly as good as all of it.
        const PART: f64 = 0.75;
        let has_part = |code: Self| text.len() > 4 && code.name().contains(text);
        let likeness = |code: Self| {
            let alike = strsim::normalized_damerau_levenshtein(text, code.name());
            if has_part(code) { alike.max(PART) } else { alike }
        };
        let mut near: Vec<_> =
            Self::ALL.iter().map(|&code| (likeness(code), code)).filter(|&(near, _)| near >= ALIKE).collect();
        near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        near.into_iter().take(3).map(|(_, code)| code).collect()
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
        assert_eq!(told("unlinked"), "no finding is called \"unlinked\"; did you mean reference-unlinked?");
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

//! What a finding means, what causes it, what to do about it, and which registry behaviour it comes from.
//!
//! The texts are plain: a paragraph is one line, paragraphs are separated by a blank line, a command or path stands
//! in backticks, and whoever shows them wraps. Paths are relative to the `v2` directory; `<hex>` is the hex part of
//! a digest and `<hh>` its first two digits. "2.8" and "3.x" are the versions of distribution whose behaviour was
//! read in their source or seen by running 2.8.3 and 3.1.1 on the filesystem driver.

use super::Code;

mod engine;
mod error;
mod note;
mod warning;

/// What there is to know about a [`Code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The finding in one sentence, without a full stop.
    pub title: &'static str,
    /// What is wrong, and for whom it matters.
    pub meaning: &'static str,
    /// What usually causes it.
    pub cause: &'static str,
    /// What to do about it, and what not to do.
    pub remedy: &'static str,
    /// What a pull answers, and what `registry garbage-collect` makes of it; of an engine's store, what the engine does.
    pub registry: &'static str,
}

impl Code {
    /// What this finding means and what to do about it.
    pub const fn explanation(self) -> Explanation {
        match self {
            Self::BlobDigestMismatch => error::BLOB_DIGEST_MISMATCH,
            Self::BlobMisplaced => error::BLOB_MISPLACED,
            Self::LinkEmpty => error::LINK_EMPTY,
            Self::LinkMalformed => error::LINK_MALFORMED,
            Self::LinkMismatch => error::LINK_MISMATCH,
            Self::RevisionDangling => error::REVISION_DANGLING,
            Self::TagWithoutCurrent => error::TAG_WITHOUT_CURRENT,
            Self::TagUnknownRevision => error::TAG_UNKNOWN_REVISION,
            Self::ManifestMalformed => error::MANIFEST_MALFORMED,
            Self::ReferenceMissing => error::REFERENCE_MISSING,
            Self::ReferenceUnlinked => error::REFERENCE_UNLINKED,
            Self::SizeMismatch => error::SIZE_MISMATCH,
            Self::DiffIdMismatch => error::DIFF_ID_MISMATCH,
            Self::NotRegular => error::NOT_REGULAR,
            Self::LayoutMalformed => error::LAYOUT_MALFORMED,
            Self::NamesMalformed => engine::NAMES_MALFORMED,
            Self::NameDangling => engine::NAME_DANGLING,
            Self::ImageAltered => engine::IMAGE_ALTERED,
            Self::ImageMalformed => engine::IMAGE_MALFORMED,
            Self::LayerMissing => engine::LAYER_MISSING,
            Self::LayerMalformed => engine::LAYER_MALFORMED,
            Self::LayerMismatch => engine::LAYER_MISMATCH,
            Self::LayerDirectoryMissing => engine::LAYER_DIRECTORY_MISSING,
            Self::LayerContentMismatch => engine::LAYER_CONTENT_MISMATCH,
            Self::MountDangling => engine::MOUNT_DANGLING,
            Self::RootIncomplete => error::ROOT_INCOMPLETE,
            Self::ReferenceUnknown => error::REFERENCE_UNKNOWN,
            Self::Unreadable => error::UNREADABLE,
            Self::StrayEntry => warning::STRAY_ENTRY,
            Self::NameInvalid => warning::NAME_INVALID,
            Self::ChildMissing => warning::CHILD_MISSING,
            Self::TagIndexMissing => warning::TAG_INDEX_MISSING,
            Self::TagsMissing => warning::TAGS_MISSING,
            Self::UploadStale => warning::UPLOAD_STALE,
            Self::UploadMalformed => warning::UPLOAD_MALFORMED,
            Self::ConfigMismatch => warning::CONFIG_MISMATCH,
            Self::ManifestAmbiguous => warning::MANIFEST_AMBIGUOUS,
            Self::ManifestSchema1 => warning::MANIFEST_SCHEMA1,
            Self::LayerAlias => warning::LAYER_ALIAS,
            Self::AlgorithmUnsupported => warning::ALGORITHM_UNSUPPORTED,
            Self::RepositoryIncomplete => warning::REPOSITORY_INCOMPLETE,
            Self::DistributionMismatch => engine::DISTRIBUTION_MISMATCH,
            Self::LayerLeftover => engine::LAYER_LEFTOVER,
            Self::EmptyDirectory => note::EMPTY_DIRECTORY,
            Self::TemporaryFile => note::TEMPORARY_FILE,
            Self::BlobWithoutData => note::BLOB_WITHOUT_DATA,
            Self::TagIndexDangling => note::TAG_INDEX_DANGLING,
            Self::LayerLinkDangling => note::LAYER_LINK_DANGLING,
            Self::SubjectMissing => note::SUBJECT_MISSING,
            Self::RepositoryEmpty => note::REPOSITORY_EMPTY,
            Self::ChangedDuringScan => note::CHANGED_DURING_SCAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The four texts below the title.
    fn texts(code: Code) -> [&'static str; 4] {
        let Explanation { title: _, meaning, cause, remedy, registry } = code.explanation();
        [meaning, cause, remedy, registry]
    }

    #[test]
    fn every_code_is_explained_in_every_part() {
        for &code in Code::ALL {
            let title = code.explanation().title;
            assert!(!title.is_empty() && !title.ends_with('.') && !title.contains('\n'), "{code}: {title:?}");
            for text in texts(code) {
                assert!(text.len() > 20 && text.ends_with('.'), "{code}: {text:?}");
            }
        }
    }

    #[test]
    fn no_text_stands_under_two_codes() {
        let mut seen = BTreeSet::new();
        for &code in Code::ALL {
            for text in texts(code).into_iter().chain([code.explanation().title]) {
                assert!(seen.insert(text), "{code}: {text:?}");
            }
        }
    }

    #[test]
    fn paragraphs_are_whole_lines() {
        for &code in Code::ALL {
            for text in texts(code) {
                for paragraph in text.split("\n\n") {
                    assert!(!paragraph.contains('\n') && !paragraph.contains("  "), "{code}: {paragraph:?}");
                    assert_eq!(paragraph.trim(), paragraph, "{code}");
                    assert_eq!(paragraph.matches('`').count() % 2, 0, "{code}: {paragraph:?}");
                }
            }
        }
    }
}

//! The report of `refs`: who uses a blob, by every chain of manifests that leads to it.

use std::io;

use serde::Serialize;

use super::{ErrorItem, Head, ItemSink, Report};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::path::StorePath;
use crate::store::Store;

/// The answer of `refs`.
#[derive(Debug, Serialize)]
pub struct RefsReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// The blob; none where what was asked for is unknown or not unique.
    pub digest: Option<Digest>,
    /// Where its bytes are or should be.
    pub path: Option<StorePath>,
    /// What the text that was asked for is to it, where it goes by several names.
    pub known_as: Option<String>,
    /// Its size on disk, in bytes; none where it is missing.
    pub size: Option<u64>,
    /// Why the answer is bad, in a line; none where it is good.
    pub message: Option<String>,
    /// Every way from a tag, or from a manifest that nothing leads to, down to the blob; sorted by repository, tag,
    /// chain and role.
    pub uses: Vec<Use>,
    /// The repositories that hold a layer link to it, used there or not; sorted.
    pub linked_from: Vec<String>,
    /// The digests that begin as asked for, where there are several; sorted.
    pub candidates: Vec<Digest>,
    /// The manifests that were read and are not followed, since they cannot be believed; among the errors too, as what
    /// they name may be a use.
    pub unknown: Vec<ErrorItem>,
    /// Whether something stands where the bytes should be that could not be looked at.
    #[serde(skip)]
    pub hidden: bool,
    /// Counts.
    pub summary: RefsSummary,
}

/// One way from a tag down to the blob.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Use {
    /// The repository.
    pub repository: String,
    /// The tag; none for a manifest that no tag points to, and no index of the repository names.
    pub tag: Option<String>,
    /// The digests from the manifest down to the blob, both included.
    pub chain: Vec<Digest>,
    /// What the blob is to the one above it in the chain.
    pub role: UseRole,
}

/// What a blob is to whatever names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UseRole {
    /// The config of an image.
    Config,
    /// A layer of an image.
    Layer,
    /// What the tag points to, or an untagged manifest itself.
    Manifest,
    /// A manifest of an index.
    Child,
    /// What a manifest is about, say a signature. It is no part of that.
    Subject,
}

/// Counts.
#[derive(Debug, Default, Serialize)]
pub struct RefsSummary {
    /// The ways that are listed.
    pub uses: u64,
    /// The repositories that they begin in.
    pub repositories: u64,
    /// The tags that they begin at.
    pub tags: u64,
}

impl UseRole {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Layer => "layer",
            Self::Manifest => "manifest",
            Self::Child => "child",
            Self::Subject => "subject",
        }
    }
}

impl RefsReport {
    /// An answer that says nothing yet.
    pub fn new(store: &Store) -> Self {
        Self {
            head: Head::new("regfs/refs/v1", store),
            digest: None,
            path: None,
            known_as: None,
            size: None,
            message: None,
            uses: Vec::new(),
            linked_from: Vec::new(),
            candidates: Vec::new(),
            unknown: Vec::new(),
            hidden: false,
            summary: RefsSummary::default(),
        }
    }
}

impl Report for RefsReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer; else 1 if there is no such digest, or several.
    fn exit(&self) -> Exit {
        Exit::bad_if(self.message.is_some()).worst(self.head.exit())
    }

    fn unknown(&self) -> &[ErrorItem] {
        &self.unknown
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.uses.iter().try_for_each(|item| sink.item("use", item))?;
        self.linked_from
            .iter()
            .try_for_each(|repository| sink.item("linked-from", &Linked { repository }))?;
        self.candidates
            .iter()
            .try_for_each(|digest| sink.item("candidate", &Candidate { digest: *digest }))?;
        self.unknown.iter().try_for_each(|unknown| sink.item("unknown", unknown))
    }

    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&["use"], &["repository", "tag", "role", "chain"])
    }

    fn summary(&self) -> impl Serialize {
        let Self { digest, path, size, message, summary, .. } = self;
        Closing { digest, path, size, message, summary }
    }
}

/// A repository that links the blob, as a line of a stream.
#[derive(Serialize)]
struct Linked<'a> {
    repository: &'a str,
}

/// A digest that begins as asked for, as a line of a stream.
#[derive(Serialize)]
struct Candidate {
    digest: Digest,
}

/// What ends a stream.
#[derive(Serialize)]
struct Closing<'a> {
    digest: &'a Option<Digest>,
    path: &'a Option<StorePath>,
    size: &'a Option<u64>,
    message: &'a Option<String>,
    #[serde(flatten)]
    summary: &'a RefsSummary,
}

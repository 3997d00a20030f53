//! The report of `history`: every manifest that a tag pointed to and that the store still knows.

use std::io;

use serde::Serialize;

use super::{Head, ItemSink, Report, Suggestion};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::path::StorePath;
use crate::reference::{RepoName, Tag};
use crate::registry::look::State;

/// The answer of `history`.
#[derive(Debug, Serialize)]
pub struct HistoryReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// The repository.
    pub repository: Option<RepoName>,
    /// The tag.
    pub tag: Tag,
    /// What the tag points to now; none where its link does not say.
    pub digest: Option<Digest>,
    /// How well the tag's link is there; none for an unknown tag.
    pub state: Option<State>,
    /// When the tag was last moved.
    pub moved: Option<String>,
    /// Why the answer is bad, in a line; none where it is good.
    pub message: Option<String>,
    /// What the tag pointed to: the newest first, then by digest.
    pub revisions: Vec<Past>,
    /// Near names, where the repository or tag is unknown.
    pub suggestions: Vec<String>,
    /// Counts.
    pub summary: HistorySummary,
}

/// A manifest that the tag points to or pointed to.
#[derive(Debug, Serialize)]
pub struct Past {
    /// The manifest.
    pub digest: Digest,
    /// Whether the tag points to it now.
    pub current: bool,
    /// When the tag was last pointed to it: the time of the link in the tag's index; none if it is not there.
    pub linked: Option<String>,
    /// That link.
    pub path: StorePath,
    /// How well the repository's revision link is there: without it nothing can be pulled.
    pub revision: State,
    /// How well the manifest itself is there.
    pub state: State,
    /// Its size on disk, in bytes.
    pub size: Option<u64>,
    /// What it is.
    pub media_type: Option<String>,
    /// When the image was made, as its config says.
    pub created: Option<String>,
}

/// Counts.
#[derive(Debug, Default, Serialize)]
pub struct HistorySummary {
    /// The manifests that the tag pointed to.
    pub revisions: u64,
    /// Those that can still be pulled by digest, as far as was looked.
    pub available: u64,
}

impl Report for HistoryReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer; else 1 if there is no such repository or tag.
    fn exit(&self) -> Exit {
        Exit::bad_if(self.message.is_some()).worst(self.head.exit())
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.revisions.iter().try_for_each(|past| sink.item("revision", past))?;
        self.suggestions.iter().try_for_each(|name| sink.item("suggestion", &Suggestion { name }))
    }

    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        const COLUMNS: &[&str] =
            &["digest", "current", "linked", "created", "revision", "state", "size", "media_type"];
        (&["revision"], COLUMNS)
    }

    fn summary(&self) -> impl Serialize {
        let Self { repository, tag, digest, state, moved, message, summary, .. } = self;
        Closing { repository, tag, digest, state, moved, message, summary }
    }
}

/// What ends a stream.
#[derive(Serialize)]
struct Closing<'a> {
    repository: &'a Option<RepoName>,
    tag: &'a Tag,
    digest: &'a Option<Digest>,
    state: &'a Option<State>,
    moved: &'a Option<String>,
    message: &'a Option<String>,
    #[serde(flatten)]
    summary: &'a HistorySummary,
}

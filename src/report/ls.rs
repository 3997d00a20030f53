//! The report of `ls`: the repositories of a store, or the images of one repository.

use std::io;

use serde::{Serialize, Serializer};

use super::{Head, ItemSink, Report, Suggestion};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::manifest::Platform;
use crate::registry::look::State;
use crate::store::Store;

/// The answer of `ls`.
#[derive(Debug, Serialize)]
pub struct LsReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// The repository whose images are listed; none where repositories are.
    pub repository: Option<String>,
    /// Why the answer is bad, in a line; none where it is good.
    pub message: Option<String>,
    /// The repositories, sorted by name.
    pub repositories: Vec<RepositoryItem>,
    /// The tags of the repository, sorted.
    pub tags: Vec<ImageItem>,
    /// The manifests of the repository that no tag points to: the newest first, then by digest.
    pub untagged: Vec<ImageItem>,
    /// Near names, where the repository is unknown.
    pub suggestions: Vec<String>,
    /// Counts over what is listed.
    pub summary: LsSummary,
}

/// A repository.
#[derive(Debug, Serialize)]
pub struct RepositoryItem {
    /// Its name.
    pub name: String,
    /// Tag directories with `current/link`.
    pub tags: u64,
    /// Manifests with a revision link.
    pub revisions: u64,
    /// Those of the manifests that no tag of the repository points to.
    pub untagged: u64,
    /// Those of the untagged that no tag leads to through an index either.
    pub unreached: u64,
    /// The bytes on disk of the distinct blobs that its manifests reach, their own among them.
    pub bytes: u64,
    /// When a tag of it was last moved.
    pub pushed: Option<String>,
}

/// An image of a repository: a tag, or a manifest that no tag points to.
#[derive(Debug, Serialize)]
pub struct ImageItem {
    /// The tag.
    pub tag: Option<String>,
    /// The manifest; none where the link of the tag does not say.
    pub digest: Option<Digest>,
    /// What it is.
    pub media_type: Option<String>,
    /// The type of artifact that it states, else its config's where that is no image config.
    pub artifact_type: Option<String>,
    /// What it runs on, as its indexes say or else its config.
    #[serde(serialize_with = "texts")]
    pub platforms: Vec<Platform>,
    /// The bytes of the distinct blobs that it needs: as on disk, or as described where one is missing.
    pub size: Option<u64>,
    /// When the tag was last moved, or when the repository came to have the untagged manifest.
    pub time: Option<String>,
    /// The worst of what it needs, as far as it was looked at: layers are not read.
    pub state: State,
    /// The indexes of the repository that name it, if no tag points to it.
    pub parents: Vec<Digest>,
    /// The manifest that it is about: it is a signature, an SBOM or the like.
    pub subject: Option<Digest>,
}

/// Counts over what is listed.
#[derive(Debug, Default, Serialize)]
pub struct LsSummary {
    /// Repositories.
    pub repositories: u64,
    /// Tags.
    pub tags: u64,
    /// Manifests, counted in each repository.
    pub revisions: u64,
    /// Those that no tag points to.
    pub untagged: u64,
    /// Those that no tag leads to through an index either.
    pub unreached: u64,
    /// The bytes of the distinct blobs: what several repositories or images share is counted once.
    pub bytes: u64,
}

impl LsReport {
    /// A report that lists nothing.
    pub fn new(store: &Store) -> Self {
        Self {
            head: Head::new("regfs/ls/v1", store),
            repository: None,
            message: None,
            repositories: Vec::new(),
            tags: Vec::new(),
            untagged: Vec::new(),
            suggestions: Vec::new(),
            summary: LsSummary::default(),
        }
    }

    /// Whether repositories are listed, and not images: those of one repository, or all where there are none.
    pub fn lists_repositories(&self) -> bool {
        self.repository.is_none() && self.head.has_repositories()
    }
}

impl Report for LsReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer; else 1 if there is no such repository: broken images are well listed.
    fn exit(&self) -> Exit {
        Exit::bad_if(self.message.is_some()).worst(self.head.exit())
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.repositories.iter().try_for_each(|repository| sink.item("repository", repository))?;
        self.tags.iter().try_for_each(|tag| sink.item("tag", tag))?;
        self.untagged.iter().try_for_each(|revision| sink.item("untagged", revision))?;
        self.suggestions.iter().try_for_each(|name| sink.item("suggestion", &Suggestion { name }))
    }

    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        const REPOSITORIES: &[&str] =
            &["name", "tags", "revisions", "untagged", "unreached", "bytes", "pushed"];
        const IMAGES: &[&str] =
            &["tag", "digest", "media_type", "artifact_type", "platforms", "size", "time", "state"];
        if self.lists_repositories() {
            (&["repository"], REPOSITORIES)
        } else {
            (&["tag", "untagged"], IMAGES)
        }
    }

    fn summary(&self) -> impl Serialize {
        Closing { repository: self.repository.as_deref(), message: &self.message, summary: &self.summary }
    }
}

/// What ends a stream.
#[derive(Serialize)]
struct Closing<'a> {
    repository: Option<&'a str>,
    message: &'a Option<String>,
    #[serde(flatten)]
    summary: &'a LsSummary,
}

fn texts<S: Serializer>(platforms: &[Platform], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(platforms.iter().map(ToString::to_string))
}

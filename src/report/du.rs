//! The report of `du`: what fills the store, and who needs it.

use std::io;

use serde::{Serialize, Serializer};

use super::{Head, ItemSink, Report, Suggestion};
use crate::exit::Exit;
use crate::store::Store;

/// What rows are about, and thus who owns bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The repositories whose names have the same first component.
    Namespace,
    /// Repositories: what their manifests need, tagged or not.
    Repository,
    /// Tags: what their image needs.
    Tag,
    /// Blobs; the owners are repositories.
    Blob,
}

/// What rows are sorted by: numbers from the largest down, and then by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// All that is needed.
    Logical,
    /// What nobody else needs.
    Unique,
    /// What others need too.
    Shared,
    /// The number of blobs.
    Blobs,
    /// The name alone.
    Name,
}

/// The answer of `du`.
#[derive(Debug, Serialize)]
pub struct DuReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// What the rows are about.
    #[serde(serialize_with = "by_name")]
    pub by: By,
    /// Why there is no answer, in a line; none where there is one.
    pub message: Option<String>,
    /// The rows that were asked for: by name, unless another order was.
    pub rows: Vec<Row>,
    /// Near names, where a repository is unknown.
    pub suggestions: Vec<String>,
    /// The store as a whole, whatever rows are listed; none where a repository is unknown.
    pub summary: Option<DuSummary>,
    /// The order that was asked for.
    #[serde(skip)]
    pub sort: Option<Sort>,
    /// Whether it was said how many rows are wanted.
    #[serde(skip)]
    pub is_cut: bool,
    /// The rows that are not listed, together.
    #[serde(skip)]
    pub rest: Rest,
}

/// A namespace, repository, tag or blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its name, or digest.
    pub name: String,
    /// What a blob is; none for others.
    pub kind: Option<&'static str>,
    /// The bytes on disk of the distinct blobs that it needs.
    pub logical: u64,
    /// The bytes of those that no other namespace, repository or tag needs, listed or not. All of a blob that one
    /// repository alone needs, and nothing of any other.
    pub unique: u64,
    /// The other bytes.
    pub shared: u64,
    /// How many distinct blobs there are.
    pub blobs: u64,
    /// The repositories of a namespace; of a blob, those that need it.
    pub repositories: Option<u64>,
    /// The tags of a namespace or repository; of a blob, those that need it.
    pub tags: Option<u64>,
}

/// The store as a whole. `total` is `unique_total` + `shared_total` + `untagged` + `unknown` + `orphans`, to the byte;
/// `unique_total` is the sum of `unique` over all rows.
#[derive(Debug, Default, Serialize)]
pub struct DuSummary {
    /// How many rows there are, listed or not.
    pub rows: u64,
    /// The sum of what the owners need: what several need is counted as often.
    pub logical_total: u64,
    /// The bytes of blobs that one owner alone needs.
    pub unique_total: u64,
    /// The bytes of blobs that several owners need, each counted once.
    pub shared_total: u64,
    /// By tag: the bytes of blobs that only manifests need which no tag leads to. Otherwise none.
    pub untagged: u64,
    /// The bytes of blobs that nothing is known to need, and that something unreadable or damaged may need.
    pub unknown: u64,
    /// The bytes of blobs that nothing needs, those at a wrong place among them.
    pub orphans: u64,
    /// The bytes of the `data` files below `blobs/`.
    pub total: u64,
    /// The bytes of unfinished uploads, which are no part of the total.
    pub uploads: u64,
    /// How many `data` files are below `blobs/`.
    pub blobs: u64,
    /// How many of them only manifests without a tag need.
    pub untagged_blobs: u64,
    /// How many of them are needed perhaps.
    pub unknown_blobs: u64,
    /// How many of them nothing needs.
    pub orphan_blobs: u64,
    /// How many unfinished uploads there are.
    pub unfinished_uploads: u64,
    /// `logical_total` for each byte of `unique_total` and `shared_total`; none where there is no such byte.
    pub dedupe_ratio: Option<f64>,
    /// How long it took.
    pub elapsed_seconds: f64,
}

/// Rows that are not listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// How many.
    pub rows: u64,
    /// What they need, in sum.
    pub logical: u64,
    /// What nobody else needs, in sum.
    pub unique: u64,
}

impl DuReport {
    /// A report without rows.
    pub fn new(store: &Store, by: By, sort: Option<Sort>, top: Option<usize>) -> Self {
        Self {
            head: Head::new("regfs/du/v1", store),
            by,
            message: None,
            rows: Vec::new(),
            suggestions: Vec::new(),
            summary: None,
            sort,
            is_cut: top.is_some(),
            rest: Rest::default(),
        }
    }
}

impl By {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Repository => "repository",
            Self::Tag => "tag",
            Self::Blob => "blob",
        }
    }
}

impl Rest {
    /// Adds a row.
    pub fn add(&mut self, logical: u64, unique: u64) {
        self.rows += 1;
        self.logical = self.logical.saturating_add(logical);
        self.unique = self.unique.saturating_add(unique);
    }
}

impl Sort {
    /// Sorts rows.
    pub fn sort<R: AsRef<Row>>(self, rows: &mut [R]) {
        let number = |row: &Row| match self {
            Self::Logical => row.logical,
            Self::Unique => row.unique,
            Self::Shared => row.shared,
            Self::Blobs => row.blobs,
            Self::Name => 0,
        };
        rows.sort_by(|a, b| {
            let (a, b) = (a.as_ref(), b.as_ref());
            number(b).cmp(&number(a)).then_with(|| a.name.cmp(&b.name))
        });
    }
}

impl AsRef<Self> for Row {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Report for DuReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer; else 1 if there is no such repository.
    fn exit(&self) -> Exit {
        Exit::bad_if(self.message.is_some()).worst(self.head.exit())
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.rows.iter().try_for_each(|row| sink.item("row", row))?;
        self.suggestions.iter().try_for_each(|name| sink.item("suggestion", &Suggestion { name }))
    }

    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&["row"], &["name", "kind", "logical", "unique", "shared", "blobs", "repositories", "tags"])
    }

    fn summary(&self) -> impl Serialize {
        Closing { by: self.by.name(), message: &self.message, summary: self.summary.as_ref() }
    }
}

/// What ends a stream.
#[derive(Serialize)]
struct Closing<'a> {
    by: &'static str,
    message: &'a Option<String>,
    #[serde(flatten)]
    summary: Option<&'a DuSummary>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn by_name<S: Serializer>(by: &By, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(by.name())
}

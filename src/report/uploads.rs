//! The report of `uploads`: pushes that began and never ended.

use std::io;

use serde::Serialize;

use super::{Head, ItemSink, Report};
use crate::exit::Exit;
use crate::path::StorePath;

/// The answer of `uploads`.
#[derive(Debug, Serialize)]
pub struct UploadsReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// When the run began: what ages are counted to.
    pub now: String,
    /// The uploads, sorted by repository, then id.
    pub uploads: Vec<UploadItem>,
    /// Counts.
    pub summary: UploadsSummary,
}

/// One unfinished upload.
#[derive(Debug, Serialize)]
pub struct UploadItem {
    /// Its id.
    pub id: String,
    /// The repository that it was to go to.
    pub repository: String,
    /// Its directory.
    pub path: StorePath,
    /// When it began; none where the registry could not tell either.
    pub started_at: Option<String>,
    /// When anything in it last changed.
    pub modified: Option<String>,
    /// How long ago it began, or where that is not known last changed, in seconds.
    pub age_seconds: i64,
    /// The bytes received so far; none where that could not be read.
    pub bytes: Option<u64>,
    /// The offsets at which a hash was kept, to go on from.
    pub hash_states: Vec<HashState>,
    /// Whether it is older than `--upload-age`.
    pub stale: bool,
    /// Whether the registry's own purge would take it, once it is old enough; none where that could not be read.
    pub purgeable: Option<bool>,
    /// Why the purge would never take it; none if it would.
    pub never_purged: Option<&'static str>,
}

/// A hash kept half-way.
#[derive(Debug, Serialize)]
pub struct HashState {
    /// The algorithm, by the name on disk.
    pub algorithm: String,
    /// How many bytes it is the hash of.
    pub offset: u64,
}

/// Counts of uploads.
#[derive(Debug, Default, Serialize)]
pub struct UploadsSummary {
    /// All.
    pub uploads: u64,
    /// The bytes that they take.
    pub bytes: u64,
    /// Those older than `--upload-age`.
    pub stale: u64,
    /// Those that the registry's purge never takes.
    pub never_purged: u64,
}

impl Report for UploadsReport {
    fn head(&self) -> &Head {
        &self.head
    }

    fn exit(&self) -> Exit {
        self.head.exit()
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.uploads.iter().try_for_each(|upload| sink.item("upload", upload))
    }

    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        const COLUMNS: &[&str] = &[
            "repository",
            "id",
            "started_at",
            "modified",
            "age_seconds",
            "bytes",
            "stale",
            "purgeable",
            "never_purged",
            "path",
        ];
        (&["upload"], COLUMNS)
    }

    fn summary(&self) -> impl Serialize {
        Closing { now: &self.now, summary: &self.summary }
    }
}

/// What ends a stream.
#[derive(Serialize)]
struct Closing<'a> {
    now: &'a str,
    #[serde(flatten)]
    summary: &'a UploadsSummary,
}

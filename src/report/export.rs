//! The report of `export`: which images are in the layout now, and which are not.

use std::io;
use std::path::Path;

use serde::Serialize;

use super::{Head, ItemSink, Report, Suggestion};
use crate::digest::Digest;
use crate::exit::Exit;

/// The answer of `export`.
#[derive(Debug, Serialize)]
pub struct ExportReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// The layout's directory.
    pub directory: String,
    /// Whether the layout is there.
    pub written: bool,
    /// Why the answer is bad, in a line, where no image says that.
    pub message: Option<String>,
    /// The images, by repository, tag and digest.
    pub images: Vec<ExportedImage>,
    /// Near names, where the image is unknown.
    pub suggestions: Vec<String>,
    /// Counts.
    pub summary: ExportSummary,
}

/// An image that was to be exported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ExportedImage {
    /// Its repository.
    pub repository: Option<String>,
    /// Its tag.
    pub tag: Option<String>,
    /// Its manifest.
    pub digest: Digest,
    /// The manifest's media type.
    pub media_type: String,
    /// The manifest's size in bytes.
    pub size: u64,
    /// Whether it is in the layout.
    pub exported: bool,
    /// Why not.
    pub detail: Option<String>,
}

/// Counts of what is in the layout.
#[derive(Debug, Default, Serialize)]
pub struct ExportSummary {
    /// Its images.
    pub images: u64,
    /// The images that are not in it.
    pub left_out: u64,
    /// Its blobs.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The blobs that share their extents with the store's files.
    pub reflinked: u64,
    /// The blobs that are the store's files.
    pub hard_linked: u64,
    /// The blobs that were copied.
    pub copied: u64,
}

impl ExportReport {
    /// A report of nothing.
    pub fn new(head: Head, directory: &Path) -> Self {
        Self {
            head,
            directory: crate::path::text_of(directory.as_os_str().as_encoded_bytes()),
            written: false,
            message: None,
            images: Vec::new(),
            suggestions: Vec::new(),
            summary: ExportSummary::default(),
        }
    }
}

impl Report for ExportReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer; else 1 if an image is left out or unknown.
    fn exit(&self) -> Exit {
        Exit::bad_if(self.message.is_some() || self.summary.left_out > 0).worst(self.head.exit())
    }

    fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.images.iter().try_for_each(|image| sink.item("image", image))?;
        self.suggestions.iter().try_for_each(|name| sink.item("suggestion", &Suggestion { name }))
    }

    fn summary(&self) -> impl Serialize {
        let Self { directory, written, message, summary, .. } = self;
        Closing { directory, written: *written, message, summary }
    }
}

/// What ends a stream.
#[derive(Serialize)]
struct Closing<'a> {
    directory: &'a str,
    written: bool,
    message: &'a Option<String>,
    #[serde(flatten)]
    summary: &'a ExportSummary,
}

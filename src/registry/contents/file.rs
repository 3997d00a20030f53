//! The inventory file: contents written down, to be compared with another root some other day or somewhere else.
//!
//! ```text
//! {"type":"begin","data":{"schema":"regfs/inventory/v1","version":…,"root":…,"hashed":true,"strict":false}}
//! {"type":"blob","data":{"path":"blobs/sha256/ab/ab…/data","size":714,"digest":"sha256:ab…"}}
//! {"type":"layer-link","data":{"path":"repositories/a/_layers/sha256/ab…/link","digest":"sha256:ab…"}}
//! {"type":"error","data":{"path":"repositories/b","reason":"Permission denied"}}
//! {"type":"warning","data":{"message":…}}
//! {"type":"summary","data":{"partial":true,"entries":2,"blobs":1,"bytes":714,…}}
//! ```
//!
//! The lines between are the files in the order of [`super::compare_paths`]; `type` is `blob`, `tag`, `tag-index`, `revision`,
//! `layer-link`, `upload` or `other`. With a `size`, `digest` is what the bytes hash to, under the algorithm of a blob's name,
//! and is left out where nothing was hashed; without, it is what a link names. With neither, it is the directory of a tag
//! that points nowhere. `modified` (seconds since 1970) and `mode` (permission bits) are there if `strict` is true. A path
//! that is no UTF-8 is given as `path_hex`, its bytes in hex. What does not apply is left out: there are millions of lines.
//!
//! The summary is the last line and counts the entries: a file without it was cut short and is refused. A file whose name
//! ends in `.zst` is written as Zstandard, and read as such by what it begins with.
//!
//! A file that is read may come from anywhere: its lines are bounded, its paths stay below a root, its digests parse, and
//! its order holds, so that nothing is in it twice.

mod packed;
mod read;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::escape;
use crate::path::StorePath;
use crate::registry::layout::classify;

use super::{Contents, Object, What};
pub use packed::Packer;
pub use read::{FileError, ListedRoot, read};

/// The schema that is written and read.
pub const SCHEMA: &str = "regfs/inventory/v1";

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begin<'a> {
    /// [`SCHEMA`].
    pub schema: Cow<'a, str>,
    /// The version of regfs that wrote it.
    pub version: Cow<'a, str>,
    /// The `v2` directory, as it was named.
    pub root: Cow<'a, str>,
    /// Whether every file was read and hashed.
    pub hashed: bool,
    /// Whether what carries no meaning is there too.
    pub strict: bool,
}

/// The last line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Whether something could not be looked at.
    pub partial: bool,
    /// How many entries there are.
    pub entries: u64,
    /// Blobs in their places.
    pub blobs: u64,
    /// The bytes of all files but links.
    pub bytes: u64,
    /// Those that were hashed.
    pub bytes_hashed: u64,
    /// Sound links.
    pub links: u64,
    /// Blobs whose bytes do not hash to their names.
    pub altered: u64,
    /// How long it took.
    pub elapsed_seconds: f64,
}

#[derive(Serialize)]
struct Line<'a, T> {
    #[serde(rename = "type")]
    kind: &'a str,
    data: T,
}

/// An entry, or something that could not be looked at.
#[derive(Default, Serialize, Deserialize)]
struct Item<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    path: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    path_hex: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    digest: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
}

impl<'a> Item<'a> {
    fn at(path: &'a StorePath) -> Self {
        if let Ok(text) = std::str::from_utf8(path.as_bytes()) {
            return Self { path: Some(text.into()), ..Self::default() };
        }
        let mut hex = String::with_capacity(2 * path.as_bytes().len());
        for byte in path.as_bytes() {
            let _ = write!(hex, "{byte:02x}");
        }
        Self { path_hex: Some(hex.into()), ..Self::default() }
    }
}

#[derive(Serialize)]
struct Warning<'a> {
    message: &'a str,
}

/// Counts what is there; `bytes_hashed` and `elapsed_seconds` are the caller's to know.
pub fn count(contents: &Contents) -> Summary {
    let mut summary = Summary { altered: contents.altered.len() as u64, ..Summary::default() };
    summary.partial = contents.inventory.interrupted || !contents.inventory.opaque.is_empty();
    for entry in contents.entries() {
        summary.entries += 1;
        match entry.what {
            What::Link(_) => summary.links += 1,
            What::File { size, .. } => {
                summary.blobs += u64::from(Object::at(&classify(&entry.path)) == Object::Blob);
                summary.bytes = summary.bytes.saturating_add(size);
            }
            What::Directory => {}
        }
    }
    summary
}

/// Writes contents down.
///
/// # Errors
/// Those of the sink.
pub fn write(
    contents: &Contents,
    begin: &Begin<'_>,
    warnings: &[String],
    summary: &Summary,
    out: &mut dyn Write,
) -> io::Result<()> {
    line(out, "begin", begin)?;
    for entry in contents.entries() {
        let mut item = Item::at(&entry.path);
        let digest = match entry.what {
            What::Link(digest) => Some(digest),
            What::File { size, digest } => {
                item.size = Some(size);
                digest
            }
            What::Directory => None,
        };
        item.digest = digest.map(|digest: Digest| digest.to_string().into());
        if let Some(stamp) = contents.stamp(&entry.path) {
            (item.modified, item.mode) = (Some(stamp.modified), Some(stamp.mode));
        }
        line(out, Object::at(&classify(&entry.path)).name(), item)?;
    }
    for (path, reason) in contents.unseen() {
        line(out, "error", Item { reason: Some(reason.into()), ..Item::at(path) })?;
    }
    warnings.iter().try_for_each(|message| line(out, "warning", Warning { message }))?;
    line(out, "summary", summary)
}

fn line(out: &mut dyn Write, kind: &str, data: impl Serialize) -> io::Result<()> {
    escape::json::line(&Line { kind, data }, out)
}

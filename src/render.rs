//! Reports as people and programs read them. Only this module knows formats, colours, widths and escapes.
//!
//! JSON is written of any report alike, whole or line by line. A table is drawn by its command's own file, through [`Table`].
//! Text that comes from a store goes through [`escape`] before it gets into a table.

mod csv;
mod diff;
pub mod document;
mod du;
mod explain;
mod export;
mod gc_preview;
mod grid;
mod history;
mod json;
mod ls;
mod orphans;
mod paint;
mod refs;
mod remarks;
mod resolve;
#[cfg(test)]
mod tests;
mod text;
mod unknown;
mod uploads;
mod verify;

pub use crate::escape;
use std::fmt;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use clap::ValueEnum;

use crate::path::{StorePath, text_of};
use crate::report::Report;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// One object
    Json,
    /// One object a line: begin, the items, summary
    Ndjson,
    /// The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)
    Paths,
    /// The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)
    Paths0,
    /// A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)
    Csv,
}

/// What a report needs to know of where it is shown.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Whether it is a terminal, which is to get no byte that acts on it, whatever the format.
    pub terminal: bool,
    /// Whether to use colour.
    pub color: bool,
    /// The columns to fit into, if there is a limit.
    pub width: Option<usize>,
    /// The `v2` directory, as it was named; empty without a store.
    pub root: &'a Path,
}

/// A report that people can read.
pub trait Table: Report {
    /// Draws it.
    ///
    /// # Errors
    /// Those of the sink.
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()>;
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Paths => "paths",
            Self::Paths0 => "paths0",
            Self::Csv => "csv",
        })
    }
}

/// Writes a report in a format.
///
/// # Errors
/// Those of the sink.
pub fn write(report: &impl Table, format: Format, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => report.table(view, out),
        Format::Json => json::object(report, out),
        Format::Ndjson => json::lines(report, out),
        Format::Paths => paths(&report.files(), b"\n", view, out),
        Format::Paths0 => paths(&report.files(), b"\0", view, out),
        Format::Csv => csv::rows(report, out),
    }
}

/// Raw bytes, and the root as it was named, so that each path opens; on a terminal as a table shows them.
fn paths(paths: &[StorePath], end: &[u8], view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    for path in paths {
        let path = view.root.join(path.as_path());
        let bytes = path.as_os_str().as_bytes();
        if view.terminal {
            out.write_all(escape::text(&text_of(bytes)).as_bytes())?;
        } else {
            out.write_all(bytes)?;
        }
        out.write_all(end)?;
    }
    Ok(())
}

//! Reports for programs: one object, or a line for each item.
//!
//! ```text
//! {"type":"begin","data":{"schema":…,"version":…,"root":…}}
//! {"type":"finding","data":{…}}
//! {"type":"error","data":{"path":…,"reason":…}}
//! {"type":"warning","data":{"message":…}}
//! {"type":"summary","data":{"partial":false,…}}
//! ```
//!
//! The summary is the last line, and there is exactly one: a stream without it was cut short.

use std::io::{self, Write};

use serde::Serialize;

use crate::escape::json;
use crate::kind::Kind;
use crate::report::{Head, ItemSink, Report};

/// Writes the whole report as one indented object and a newline.
pub(super) fn object(report: &impl Report, out: &mut dyn Write) -> io::Result<()> {
    json::object(report, out)?;
    out.write_all(b"\n")
}

/// Writes the report item by item.
pub(super) fn lines(report: &impl Report, out: &mut dyn Write) -> io::Result<()> {
    let Head { schema, version, root, kind, partial, why_partial: _, errors, warnings } = report.head();
    let mut lines = Lines(out);
    lines.item("begin", &Begin { schema, version, root: root.as_deref(), kind: *kind })?;
    report.items(&mut lines)?;
    errors.iter().try_for_each(|error| lines.item("error", error))?;
    warnings.iter().try_for_each(|message| lines.item("warning", &Warning { message }))?;
    lines.item("summary", &Summary { partial: *partial, members: report.summary() })
}

struct Lines<'a>(&'a mut dyn Write);

impl ItemSink for Lines<'_> {
    fn item(&mut self, kind: &'static str, item: &impl Serialize) -> io::Result<()> {
        json::line(&Line { kind, data: item }, self.0)
    }
}

#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    #[serde(rename = "type")]
    kind: &'static str,
    data: &'a T,
}

#[derive(Serialize)]
struct Begin<'a> {
    schema: &'a str,
    version: &'a str,
    root: Option<&'a str>,
    kind: Option<Kind>,
}

#[derive(Serialize)]
struct Warning<'a> {
    message: &'a str,
}

#[derive(Serialize)]
struct Summary<T: Serialize> {
    partial: bool,
    #[serde(flatten)]
    members: T,
}

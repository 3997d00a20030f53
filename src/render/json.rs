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
//!
//! A name from a root may hold what acts on a terminal, and JSON asks only for the first 32 characters to be escaped.
//! Here the rest of them are as well, as `\u` and four digits, which any reader takes for the same text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::escape;
use crate::kind::Kind;
use crate::report::{Head, ItemSink, Report};

/// Writes the whole report as one indented object and a newline.
pub(super) fn object(report: &impl Report, out: &mut dyn Write) -> io::Result<()> {
    report.serialize(&mut Serializer::with_formatter(&mut *out, Safe(PrettyFormatter::new())))?;
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
        Line { kind, data: item }
            .serialize(&mut Serializer::with_formatter(&mut *self.0, Safe(CompactFormatter)))?;
        self.0.write_all(b"\n")
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

/// A formatter whose texts are safe on a terminal.
struct Safe<F>(F);

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| !escape::is_safe(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One text as an object holds it, and as a line does.
    fn written(text: &str) -> [String; 2] {
        let [mut object, mut line] = [Vec::new(), Vec::new()];
        text.serialize(&mut Serializer::with_formatter(&mut object, Safe(PrettyFormatter::new()))).unwrap();
        text.serialize(&mut Serializer::with_formatter(&mut line, Safe(CompactFormatter))).unwrap();
        [object, line].map(|bytes| String::from_utf8(bytes).unwrap())
    }

    proptest! {
        #[test]
        fn texts_are_safe_and_the_same_to_a_reader(text in any::<String>()) {
            for written in written(&text) {
                prop_assert!(written.chars().all(escape::is_safe), "{written}");
                prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), &*text);
            }
        }
    }

    #[test]
    fn what_acts_on_a_terminal_is_escaped_and_letters_are_not() {
        for written in written("a\u{9B}31m\u{202E}\u{7F}\u{E0041}\u{1B}\"äж") {
            assert_eq!(written, r#""a\u009b31m\u202e\u007f\udb40\udc41\u001b\"äж""#);
        }
    }
}

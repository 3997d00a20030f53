//! The table of `explain`: one code at length, or all of them in a list.

use std::io::{self, Write};

use super::paint::{Painted, Tone};
use super::text::{led, paragraph};
use super::{Table, View};
use crate::finding::Code;
use crate::report::explain::{ExplainReport, Explained};

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 100;

impl Table for ExplainReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self.codes.as_slice() {
            [code] => at_length(code, view, out),
            codes => list(codes, view, out),
        }
    }
}

fn at_length(explained: &Explained, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let width = Some(view.width.unwrap_or(WIDEST).min(WIDEST));
    let Explained { code, severity, title, meaning, cause, remedy, registry } = explained;
    let severity = Painted(view.color, Tone::of(*severity), severity);
    writeln!(out, "{} ({severity})", Painted(view.color, Tone::Strong, code))?;
    paragraph(out, &format!("{title}."), 0, width)?;
    let whose = if code.is_of_engine() { "What the engine does" } else { "What a registry does" };
    let parts = [("Meaning", meaning), ("Cause", cause), ("What to do", remedy), (whose, registry)];
    for (heading, text) in parts {
        writeln!(out, "\n{}", Painted(view.color, Tone::Strong, heading))?;
        for (index, text) in text.split("\n\n").enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            paragraph(out, text, 2, width)?;
        }
    }
    Ok(())
}

fn list(codes: &[Explained], view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let widest = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    for Explained { code, severity, title, .. } in codes {
        let severity = Painted(view.color, Tone::of(*severity), severity);
        let lead = format!("{code:<widest$}  {severity:<7}  ");
        led(out, &lead, title, widest + 11, view.width)?;
    }
    Ok(())
}

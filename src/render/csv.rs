//! One list of a report for a spreadsheet: a line of names, then a line for each item.
//!
//! What does not apply is empty; a list is one cell, its parts separated by spaces.

use std::io::{self, Write};

use csv::Writer;
use serde::Serialize;
use serde_json::Value;

use super::escape;
use crate::report::{ItemSink, Report};

/// Writes the list that the report has columns for.
pub(super) fn rows(report: &impl Report, out: &mut dyn Write) -> io::Result<()> {
    let (kinds, columns) = report.columns();
    let mut rows = Rows { kinds, columns, writer: Writer::from_writer(out) };
    rows.writer.write_record(columns)?;
    report.items(&mut rows)?;
    rows.writer.flush()
}

struct Rows<W: Write> {
    kinds: &'static [&'static str],
    columns: &'static [&'static str],
    writer: Writer<W>,
}

impl<W: Write> ItemSink for Rows<W> {
    fn item(&mut self, kind: &'static str, item: &impl Serialize) -> io::Result<()> {
        if !self.kinds.contains(&kind) {
            return Ok(());
        }
        let item = serde_json::to_value(item)?;
        self.writer.write_record(self.columns.iter().map(|column| cell(&item[*column])))?;
        Ok(())
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => escape::text(text).into_owned(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

//! The table of `refs`: a row for each way down to the blob.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::{Painted, Tone};
use super::text::{Count, first_few, paragraph, safe};
use super::unknown::unknown;
use super::{Table, View, escape, remarks};
use crate::kind::Kind;
use crate::report::refs::RefsReport;
use crate::units::Size;

/// How many repositories that merely link the blob are named.
const LINKS: usize = 10;

impl Table for RefsReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !self.uses.is_empty() {
            let mut grid = Grid::new(&[
                Column::text(if self.head.kind == Some(Kind::Oci) { "" } else { "REPOSITORY" }),
                Column::digests("TAG"),
                Column::text("AS"),
                Column::digests("BY WAY OF"),
            ]);
            for item in &self.uses {
                let way: Vec<String> =
                    item.chain.iter().rev().skip(1).rev().map(ToString::to_string).collect();
                grid.row([
                    (safe(Some(&item.repository)), None),
                    (item.tag.as_ref().map_or_else(|| "(untagged)".into(), |tag| safe(Some(tag))), None),
                    (item.role.name().into(), None),
                    (if way.is_empty() { "-".into() } else { way.join(" > ") }, None),
                ]);
            }
            grid.write(0, view, out)?;
            writeln!(out)?;
        }
        unknown(self.message.as_deref(), &[], view, out)?;
        for candidate in &self.candidates {
            writeln!(out, "  {candidate}")?;
        }
        if let Some(digest) = self.digest {
            self.verdict(&digest.to_string(), view, out)?;
        }
        remarks::partial(&self.head, view, out, |_| false)?;
        remarks::warnings(&self.head, view, out)
    }
}

impl RefsReport {
    fn verdict(&self, digest: &str, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = &self.summary;
        write!(out, "{digest}, ")?;
        if let Some(known_as) = &self.known_as {
            write!(out, "asked for by {known_as}, ")?;
        }
        let absent = if self.hidden { "which could not be looked at" } else { "missing" };
        match self.size {
            Some(size) => write!(out, "{}", Size(size))?,
            None => write!(out, "{}", Painted(view.color, Tone::Bad, absent))?,
        }
        match summary.uses {
            0 if self.head.partial => writeln!(out, ": no use is known")?,
            0 if self.head.kind == Some(Kind::Docker) => writeln!(out, ": no image uses it")?,
            0 => writeln!(out, ": nothing uses it")?,
            _ if !self.head.has_repositories() => {
                writeln!(out, ": used by {}", Count(summary.tags, "tag"))?;
            }
            _ => writeln!(
                out,
                ": used by {} in {}",
                Count(summary.tags, "tag"),
                Count(summary.repositories, "repository")
            )?,
        }
        if self.linked_from.is_empty() {
            return Ok(());
        }
        let how = if self.head.kind == Some(Kind::Docker) { "needed by" } else { "linked as a layer from" };
        let line = format!("{how} {}", first_few(&self.linked_from, LINKS));
        paragraph(out, &escape::text(&line), 0, view.width)
    }
}

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
        self.partial(view, out)?;
        remarks::warnings(&self.head, view, out)
    }
}

impl RefsReport {
    /// What the answer lacks: what could not be read, and what could and was not followed.
    fn partial(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        for unknown in &self.unknown {
            let words = Painted(view.color, Tone::Bad, "not followed");
            let path = unknown.path.to_string();
            let text = format!("{words}  {}: {}", escape::text(&path), escape::text(&unknown.reason));
            paragraph(out, &text, 0, view.width)?;
        }
        let mut head = self.head.clone();
        if !self.unknown.is_empty() {
            head.errors.retain(|error| self.unknown.binary_search(error).is_err());
            head.why_partial.get_or_insert("what is not followed may name it too");
        }
        remarks::partial(&head, view, out, |_| false)
    }

    fn verdict(&self, digest: &str, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = &self.summary;
        let absent = if self.hidden { "which could not be looked at" } else { "missing" };
        let size = match self.size {
            Some(size) => Size(size).to_string(),
            None => Painted(view.color, Tone::Bad, absent).to_string(),
        };
        let known_as =
            self.known_as.as_ref().map(|name| format!("asked for by {name}, ")).unwrap_or_default();
        let tags = Count(summary.tags, "tag");
        let used = match summary.uses {
            0 if self.head.partial => "no use is known".to_owned(),
            0 if self.head.kind == Some(Kind::Docker) => "no image uses it".to_owned(),
            0 => "nothing uses it".to_owned(),
            _ if !self.head.has_repositories() => format!("used by {tags}"),
            _ => format!("used by {tags} in {}", Count(summary.repositories, "repository")),
        };
        let line = format!("{digest}, {}{size}: {used}", escape::text(&known_as));
        paragraph(out, &line, 0, view.width)?;
        if self.linked_from.is_empty() {
            return Ok(());
        }
        let how = if self.head.kind == Some(Kind::Docker) { "needed by" } else { "linked as a layer from" };
        let line = format!("{how} {}", first_few(&self.linked_from, LINKS));
        paragraph(out, &escape::text(&line), 0, view.width)
    }
}

//! The table of `export`: the images, and what became of each.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::{Painted, Tone};
use super::text::{Count, paragraph, safe, type_name};
use super::unknown::unknown;
use super::{Table, View, escape, remarks};
use crate::report::export::{ExportReport, ExportedImage};
use crate::units::Size;

impl Table for ExportReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !self.images.is_empty() {
            let mut grid = Grid::new(&[
                Column::text("IMAGE"),
                Column::digests("DIGEST"),
                Column::text("TYPE"),
                Column::text("STATE"),
            ]);
            for image in &self.images {
                let (state, tone) =
                    if image.exported { ("exported", Tone::Good) } else { ("left out", Tone::Bad) };
                grid.row([
                    (safe(Some(&name(image))), None),
                    (image.digest.to_string(), None),
                    (safe(Some(&type_name(&image.media_type))), None),
                    (state.into(), Some(tone)),
                ]);
            }
            grid.write(0, view, out)?;
            writeln!(out)?;
        }
        for image in self.images.iter().filter(|image| !image.exported) {
            let state = Painted(view.color, Tone::Bad, "left out");
            let detail = image.detail.as_deref().unwrap_or_default();
            writeln!(out, "{state}  {}: {}", escape::text(&name(image)), escape::text(detail))?;
        }
        unknown(self.message.as_deref(), &self.suggestions, view, out)?;
        self.verdict(view, out)?;
        remarks::partial(&self.head, view, out, |_| false)?;
        remarks::warnings(&self.head, view, out)
    }
}

impl ExportReport {
    fn verdict(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let directory = escape::text(&self.directory).into_owned();
        if !self.written {
            return paragraph(out, &format!("nothing was written to {directory}"), 0, view.width);
        }
        let summary = &self.summary;
        let ways = [
            (summary.copied, "copied"),
            (summary.reflinked, "reflinked"),
            (summary.hard_linked, "hard-linked"),
        ];
        let ways: Vec<String> = ways
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, how)| format!("{count} {how}"))
            .collect();
        let ways = if ways.is_empty() { String::new() } else { format!(" ({})", ways.join(", ")) };
        let text = format!(
            "{directory}: {}, {}{ways}, {}, all hashed",
            Count(summary.images, "image"),
            Count(summary.blobs, "blob"),
            Size(summary.bytes)
        );
        paragraph(out, &text, 0, view.width)
    }
}

fn name(image: &ExportedImage) -> String {
    match (&image.repository, &image.tag) {
        (Some(repository), Some(tag)) => format!("{repository}:{tag}"),
        (Some(repository), None) => format!("{repository} (untagged)"),
        (None, Some(tag)) => tag.clone(),
        (None, None) => "(untagged)".to_owned(),
    }
}

//! The tables of `ls`.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::Tone;
use super::text::{first_few, found, paragraph, safe, size, state_tone, type_name};
use super::unknown::unknown;
use super::{Table, View, escape, remarks};
use crate::kind::Kind;
use crate::report::ls::{ImageItem, LsReport};
use crate::units::Size;

/// How many platforms of an index are shown.
const PLATFORMS: usize = 4;

impl Table for LsReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        match &self.repository {
            None if self.lists_repositories() => self.repositories(view, out)?,
            None => self.images("", view, out)?,
            Some(_) if self.message.is_some() => {
                unknown(self.message.as_deref(), &self.suggestions, view, out)?;
            }
            Some(name) => self.images(name, view, out)?,
        }
        remarks::partial(&self.head, view, out, |_| false)?;
        remarks::warnings(&self.head, view, out)
    }
}

impl LsReport {
    fn repositories(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut grid = Grid::new(&[
            Column::text("REPOSITORY"),
            Column::number("TAGS"),
            Column::number("REVISIONS"),
            Column::number("UNTAGGED").optional(),
            Column::number("UNREACHED").optional(),
            Column::number("SIZE"),
            Column::text("PUSHED").optional(),
        ]);
        for item in &self.repositories {
            grid.row([
                (safe(Some(&item.name)), None),
                (item.tags.to_string(), None),
                (item.revisions.to_string(), None),
                (item.untagged.to_string(), None),
                (item.unreached.to_string(), (item.unreached > 0).then_some(Tone::Doubtful)),
                (Size(item.bytes).to_string(), None),
                (safe(item.pushed.as_ref()), None),
            ]);
        }
        let summary = &self.summary;
        if self.repositories.len() > 1 {
            let cells = [
                "total".into(),
                summary.tags.to_string(),
                summary.revisions.to_string(),
                summary.untagged.to_string(),
                summary.unreached.to_string(),
                Size(summary.bytes).to_string(),
                String::new(),
            ];
            grid.row(cells.map(|cell| (cell, Some(Tone::Strong))));
        }
        if !self.repositories.is_empty() {
            grid.write(0, view, out)?;
            writeln!(out)?;
        }
        let shared = if self.repositories.len() > 1 { "; the total counts shared blobs once" } else { "" };
        let text = format!("{}{shared}", found(summary.repositories, "repository", &self.head));
        paragraph(out, &text, 0, view.width)
    }

    fn images(&self, name: &str, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !self.tags.is_empty() {
            let (tag, time) =
                if self.head.kind == Some(Kind::Docker) { ("NAME", "TIME") } else { ("TAG", "MOVED") };
            let mut grid = grid(tag, time);
            self.tags.iter().for_each(|item| row(&mut grid, item.tag.as_deref().unwrap_or("-"), item));
            grid.write(0, view, out)?;
            writeln!(out)?;
        }
        if !self.untagged.is_empty() {
            writeln!(out, "without a tag:")?;
            let mut grid = grid("WHAT", "PUSHED");
            self.untagged.iter().for_each(|item| row(&mut grid, &what(item), item));
            grid.write(0, view, out)?;
            writeln!(out)?;
        }
        let summary = &self.summary;
        let name = if name.is_empty() { String::new() } else { format!("{}: ", escape::text(name)) };
        let revision = match self.head.kind {
            Some(Kind::Docker) => "image",
            Some(Kind::Oci | Kind::Containerd) => "manifest",
            Some(Kind::Registry) | None => "revision",
        };
        let unreached = match summary.unreached {
            0 => String::new(),
            unreached => format!("; no tag leads to {unreached}"),
        };
        let text = format!(
            "{name}{}, {}, {}{unreached}",
            found(summary.tags, "tag", &self.head),
            found(summary.revisions, revision, &self.head),
            Size(summary.bytes)
        );
        paragraph(out, &text, 0, view.width)
    }
}

fn grid(first: &'static str, time: &'static str) -> Grid {
    Grid::new(&[
        Column::digests(first),
        Column::digests("DIGEST"),
        Column::text("TYPE").optional(),
        Column::text("PLATFORMS").optional(),
        Column::number("SIZE"),
        Column::text(time).optional(),
        Column::text("STATE"),
    ])
}

fn row(grid: &mut Grid, first: &str, item: &ImageItem) {
    let kind = item.artifact_type.clone().or_else(|| item.media_type.as_deref().map(type_name));
    let platforms = match item.platforms.as_slice() {
        [] => "-".into(),
        platforms => escape::text(&first_few(platforms, PLATFORMS)).into_owned(),
    };
    grid.row([
        (escape::text(first).into_owned(), None),
        (safe(item.digest.as_ref()), None),
        (safe(kind.as_ref()), None),
        (platforms, None),
        (size(item.size), None),
        (safe(item.time.as_ref()), None),
        (item.state.name().into(), Some(state_tone(item.state))),
    ]);
}

/// Why a manifest is there without a tag.
fn what(item: &ImageItem) -> String {
    match (item.parents.first(), item.subject) {
        (Some(parent), _) => format!("child of {parent}"),
        (None, Some(subject)) => format!("about {subject}"),
        (None, None) => "-".into(),
    }
}

//! The table of `du`: rows from the largest down, then what no row tells of. What is unique adds up, line by line, and is
//! together with what is shared the total.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::Tone;
use super::text::{Count, paragraph, size};
use super::unknown::unknown;
use super::{Table, View, escape, remarks};
use crate::kind::Kind;
use crate::report::du::{By, DuReport, DuSummary, Rest, Row, Sort};
use crate::units::Size;

/// How many rows are shown if nobody says how many: a screen or two. Programs have other formats.
const SHOWN: usize = 50;

/// How many characters the longest bar has, and the ends of bars by eighths of a character.
const BAR: usize = 10;
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

impl Table for DuReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        match &self.summary {
            None => unknown(self.message.as_deref(), &self.suggestions, view, out)?,
            Some(summary) => {
                self.lines(summary, view, out)?;
                writeln!(out)?;
                self.verdict(summary, view, out)?;
            }
        }
        remarks::partial(&self.head, view, out, |_| false)?;
        remarks::warnings(&self.head, view, out)
    }
}

/// A line of the table; what it does not have is `-`.
#[derive(Default)]
struct Line {
    name: String,
    kind: Option<&'static str>,
    repositories: Option<u64>,
    tags: Option<u64>,
    blobs: Option<u64>,
    logical: u64,
    unique: Option<u64>,
    shared: Option<u64>,
    /// The total, if the bytes are a part of it.
    of: Option<u64>,
    tone: Option<Tone>,
}

/// A column, and what it shows of a line.
type Shown = (Column, fn(&Line) -> String);

impl DuReport {
    fn lines(&self, summary: &DuSummary, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        self.sort.unwrap_or(Sort::Logical).sort(&mut rows);
        let mut rest = self.rest;
        if !self.is_cut && rows.len() > SHOWN {
            rows.drain(SHOWN..).for_each(|row| rest.add(row.logical, row.unique));
        }
        let mut lines: Vec<Line> = rows.into_iter().map(|row| Line::row(row, summary)).collect();
        if rest.rows > 0 {
            lines.push(Line::others(rest));
        }
        // Of an engine: what images no longer need, and containers do.
        let untagged = if self.head.kind == Some(Kind::Docker) { "(containers)" } else { "(untagged)" };
        for (name, blobs, bytes) in [
            (untagged, summary.untagged_blobs, summary.untagged),
            ("(unknown)", summary.unknown_blobs, summary.unknown),
            ("(orphans)", summary.orphan_blobs, summary.orphans),
        ] {
            if blobs > 0 || name == "(orphans)" {
                lines.push(Line::aside(name, blobs, bytes, summary));
            }
        }
        lines.push(Line::total(summary));
        if self.head.has_repositories() {
            lines.push(Line { name: "(uploads)".into(), logical: summary.uploads, ..Line::default() });
        }

        let columns = columns(self.by, self.head.has_repositories());
        let mut grid = Grid::new(&columns.iter().map(|(column, _)| *column).collect::<Vec<_>>());
        for line in &lines {
            grid.row(columns.iter().map(|(_, text)| (text(line), line.tone)));
        }
        grid.write(0, view, out)
    }

    /// How often bytes are used.
    fn verdict(&self, summary: &DuSummary, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let owner = match self.by {
            By::Blob => "needed blob",
            By::Tag if self.head.kind == Some(Kind::Docker) => "image",
            by => by.name(),
        };
        let owners = Count(summary.rows, owner);
        let distinct = summary.unique_total.saturating_add(summary.shared_total);
        let mut text = format!("{owners}, {} on disk", Size(summary.total));
        if let Some(ratio) = summary.dedupe_ratio {
            let (needed, stored) = (Size(summary.logical_total), Size(distinct));
            let per = if self.head.has_repositories() { per(self.by) } else { "by images" };
            text = format!("{text}; dedupe ratio {ratio:.2}: {needed} needed {per}, stored in {stored}");
        }
        paragraph(out, &text, 0, view.width)
    }
}

/// What the table shows, and in which order.
fn columns(by: By, has_repositories: bool) -> Vec<Shown> {
    const REPOSITORIES: Shown = (Column::number("REPOSITORIES"), |line| number(line.repositories));
    const TAGS: Shown = (Column::number("TAGS"), |line| number(line.tags));
    const BLOBS: Shown = (Column::number("BLOBS"), |line| number(line.blobs));
    const LOGICAL: Shown = (Column::number("LOGICAL"), |line| Size(line.logical).to_string());
    const UNIQUE: Shown = (Column::number("UNIQUE"), |line| size(line.unique));
    const SHARED: Shown = (Column::number("SHARED"), |line| size(line.shared));
    const KIND: Shown = (Column::text("KIND"), |line| line.kind.unwrap_or("-").into());
    const SIZE: Shown = (Column::number("SIZE"), |line| Size(line.logical).to_string());
    let (first, middle): (_, &[Shown]) = match by {
        By::Namespace => ("NAMESPACE", &[REPOSITORIES, TAGS, BLOBS, LOGICAL, UNIQUE, SHARED]),
        By::Repository => ("REPOSITORY", &[TAGS, BLOBS, LOGICAL, UNIQUE, SHARED]),
        By::Tag => ("TAG", &[BLOBS, LOGICAL, UNIQUE, SHARED]),
        By::Blob if has_repositories => ("BLOB", &[KIND, SIZE, REPOSITORIES, TAGS]),
        By::Blob => ("BLOB", &[KIND, SIZE, TAGS]),
    };
    let name: Shown = (Column::digests(first), |line| line.name.clone());
    let percent: Shown = (Column::number("OF TOTAL").optional(), Line::percent);
    let bar: Shown = (Column::text("").optional(), Line::bar);
    [&[name], middle, &[percent, bar]].concat()
}

impl Line {
    fn row(row: &Row, summary: &DuSummary) -> Self {
        Self {
            name: escape::text(&row.name).into_owned(),
            kind: row.kind,
            repositories: row.repositories,
            tags: row.tags,
            blobs: Some(row.blobs),
            logical: row.logical,
            unique: Some(row.unique),
            shared: Some(row.shared),
            of: Some(summary.total),
            tone: None,
        }
    }

    /// What they need in sum may be more than there is, hence is no part of it.
    fn others(rest: Rest) -> Self {
        let name = format!("({})", Count(rest.rows, "other"));
        Self { name, logical: rest.logical, unique: Some(rest.unique), ..Self::default() }
    }

    fn aside(name: &str, blobs: u64, bytes: u64, summary: &DuSummary) -> Self {
        Self {
            name: name.into(),
            blobs: Some(blobs),
            logical: bytes,
            unique: Some(bytes),
            shared: Some(0),
            of: Some(summary.total),
            tone: (bytes > 0).then_some(Tone::Doubtful),
            ..Self::default()
        }
    }

    fn total(summary: &DuSummary) -> Self {
        Self {
            name: "total".into(),
            blobs: Some(summary.blobs),
            logical: summary.total,
            unique: Some(summary.total.saturating_sub(summary.shared_total)),
            shared: Some(summary.shared_total),
            tone: Some(Tone::Strong),
            ..Self::default()
        }
    }

    fn percent(&self) -> String {
        let tenths = self.share(1000);
        tenths.map_or_else(|| "-".into(), |tenths| format!("{}.{}%", tenths / 10, tenths % 10))
    }

    /// At least a sliver for whatever has bytes.
    fn bar(&self) -> String {
        let least = usize::from(self.logical > 0);
        let eighths = self.share(BAR * 8).map_or(0, |eighths| eighths.max(least));
        "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
    }

    /// How many of so many parts of the total this is.
    fn share(&self, parts: usize) -> Option<usize> {
        let total = self.of.filter(|total| *total > 0)?;
        let (bytes, total) = (u128::from(self.logical.min(total)), u128::from(total));
        let share = (bytes * parts as u128 + total / 2) / total;
        usize::try_from(share).ok()
    }
}

/// Whose needs are added up.
const fn per(by: By) -> &'static str {
    match by {
        By::Namespace => "by namespaces",
        By::Repository | By::Blob => "by repositories",
        By::Tag => "by tags",
    }
}

fn number(number: Option<u64>) -> String {
    number.map_or_else(|| "-".into(), |number| number.to_string())
}

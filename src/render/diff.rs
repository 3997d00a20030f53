//! The table of `diff`: what is not the same, by what it means to a registry, then a line for a ticket.
//!
//! ```text
//! + team/gone: only in a: 3 tags, 4 revisions, 12 layer links
//! * team/app
//!   * tag v1: sha256:aaa… → sha256:bbb…
//! blobs
//!   * sha256:ccc…  57.0 KiB: differs from byte 1234 on; only that of b hashes to its name
//! ```
//!
//! The marks are those of `rclone check`: `=` the same, `+` only in a, `-` only in b, `*` differs, `!` could not be read.

mod words;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::grid::{Column, Grid, shortened};
use super::paint::{Painted, Tone};
use super::text::{Count, led, paragraph};
use super::{Table, View, escape, remarks};
use crate::report::Report;
use crate::report::diff::{Change, DiffHop, DiffReport, DiffRepository, Difference};
use crate::units::{Elapsed, Size};
use words::{counts, describe};

/// How many of one kind are shown in one place: a screen or two. Programs have other formats.
const SHOWN: usize = 50;

/// How many blobs that only one side has are shown one by one.
const FEW: usize = 10;

impl Table for DiffReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.hops(view, out)?;
        let mut by_repository: BTreeMap<String, Vec<&Difference>> = BTreeMap::new();
        let [mut names, mut parts, mut blobs, mut others] = [const { Vec::new() }; 4];
        for difference in &self.differences {
            match &difference.repository {
                Some(name) => by_repository.entry(name.to_string()).or_default().push(difference),
                None if difference.object == "blob" => blobs.push(difference),
                // What an image layout lists.
                None if matches!(difference.object, "tag" | "revision") => names.push(difference),
                None if matches!(difference.object, "index" | "manifest" | "config" | "layer") => {
                    parts.push(difference);
                }
                None => others.push(difference),
            }
        }
        for repository in &self.repositories {
            let name = repository.repository.to_string();
            let differences = by_repository.remove(&name).unwrap_or_default();
            Self::repository(repository, &differences, view, out)?;
        }
        for (heading, differences) in [("index.json", &names), ("parts of images", &parts)] {
            if !differences.is_empty() {
                writeln!(out, "{}", Painted(view.color, Tone::Strong, heading))?;
                Self::list(differences, view, out)?;
            }
        }
        if !blobs.is_empty() {
            writeln!(out, "{}", Painted(view.color, Tone::Strong, "blobs"))?;
            Self::blobs(&blobs, view, out)?;
        }
        if !others.is_empty() {
            writeln!(out, "{}", Painted(view.color, Tone::Strong, "other files"))?;
            Self::list(&others, view, out)?;
        }
        for unknown in &self.unknown {
            let text = format!("{}: neither side has it", escape::text(unknown));
            line(out, view, "!", 0, &text)?;
        }
        for fault in &self.faults {
            line(out, view, "!", 0, &escape::text(fault))?;
        }
        for error in &self.head.errors {
            let text = format!("{}: {}", shown(&error.path.to_string()), error.reason);
            line(out, view, "!", 0, &escape::text(&text))?;
        }
        if !self.differences.is_empty() || !self.head.errors.is_empty() || !self.hops.is_empty() {
            writeln!(out)?;
        }
        paragraph(out, &self.verdict(view), 0, view.width)?;
        remarks::partial(self.head(), view, out, |_| true)?;
        remarks::warnings(self.head(), view, out)
    }
}

impl DiffReport {
    /// Every file of the images that were asked for.
    fn hops(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut images = self.hops.chunk_by(|a, b| a.reference == b.reference);
        images.try_for_each(|image| {
            let Some(first) = image.first() else { return Ok(()) };
            writeln!(out, "{}", Painted(view.color, Tone::Strong, escape::text(&first.reference)))?;
            let mut grid = Grid::new(&[
                Column::text(" "),
                Column::text("KIND"),
                Column::digests("DIGEST"),
                Column::number("SIZE"),
                Column::digests("PATH").optional(),
            ]);
            for hop in image {
                let (mark, tone) = mark_of_hop(hop);
                let size = hop.size.map_or_else(|| "-".to_owned(), |size| Size(size).to_string());
                let digest = hop.digest.clone().unwrap_or_else(|| "-".to_owned());
                let path = hop.path.as_ref().map(ToString::to_string).unwrap_or_default();
                grid.row([
                    (mark.to_owned(), Some(tone)),
                    (hop.kind.name().to_owned(), None),
                    (escape::text(&digest).into_owned(), None),
                    (size, None),
                    (escape::text(&path).into_owned(), None),
                ]);
            }
            grid.write(2, view, out)
        })
    }

    fn repository(
        repository: &DiffRepository,
        differences: &[&Difference],
        view: &View<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let name = repository.repository.to_string();
        let name = escape::text(&name);
        if repository.change != Change::Differs {
            let side = if repository.change == Change::OnlyInA { "a" } else { "b" };
            let text = format!("{name}: only in {side}: {}", counts(differences));
            return line(out, view, mark(repository.change), 0, &text);
        }
        line(out, view, "*", 0, &format!("{}", Painted(view.color, Tone::Strong, name)))?;
        Self::list(differences, view, out)
    }

    /// Blobs: many that only one side has are one row.
    fn blobs(differences: &[&Difference], view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let of = |change: Change| {
            let some = differences.iter().copied().filter(|difference| difference.change == change);
            some.collect::<Vec<_>>()
        };
        Self::list(&of(Change::Differs), view, out)?;
        for (change, side) in [(Change::OnlyInA, "a"), (Change::OnlyInB, "b")] {
            let only = of(change);
            if only.len() <= FEW {
                Self::list(&only, view, out)?;
                continue;
            }
            let bytes = only.iter().filter_map(|blob| blob.size_a.or(blob.size_b));
            let bytes = Size(bytes.fold(0, u64::saturating_add));
            let text = format!("only in {side}: {}, {bytes}", Count(only.len() as u64, "blob"));
            line(out, view, mark(change), 2, &text)?;
        }
        Ok(())
    }

    /// Differences of one kind, or of one repository.
    fn list(differences: &[&Difference], view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        // Tags first: they are what people know.
        let mut sorted = differences.to_vec();
        sorted.sort_by_key(|difference| {
            let kinds = ["tag", "revision", "layer-link", "tag-index", "blob"];
            kinds.iter().position(|kind| *kind == difference.object).unwrap_or(kinds.len())
        });
        for difference in sorted.iter().take(SHOWN) {
            line(out, view, mark(difference.change), 2, &escape::text(&describe(difference)))?;
        }
        let more = &sorted[sorted.len().min(SHOWN)..];
        if more.is_empty() {
            return Ok(());
        }
        let text = format!("{} more: {}; --format json or ndjson lists all", more.len(), counts(more));
        paragraph(out, &text, 4, view.width)
    }

    /// What it means that no difference was found.
    fn sameness(&self) -> String {
        match self.compared {
            "bytes" => "identical".to_owned(),
            // Bytes that were not compared may be any; a warning says how to compare them.
            digests_or_sizes => format!("the same by {digests_or_sizes}"),
        }
    }

    fn verdict(&self, view: &View<'_>) -> String {
        let summary = &self.summary;
        let mut found = Vec::new();
        let mut only = |count: u64, bytes: u64, side: &str| {
            if count > 0 {
                found.push(format!("{count} only in {side} ({})", Size(bytes)));
            }
        };
        only(summary.only_in_a, summary.bytes_only_in_a, "a");
        only(summary.only_in_b, summary.bytes_only_in_b, "b");
        match summary.differs {
            0 => {}
            1 => found.push("1 differs".to_owned()),
            many => found.push(format!("{many} differ")),
        }
        match self.unknown.len() {
            0 => {}
            unknown => found.push(format!("{unknown} unknown")),
        }
        if !self.faults.is_empty() {
            found.push(Count(self.faults.len() as u64, "fault").to_string());
        }
        let verdict = match (found.is_empty(), self.head.partial) {
            (true, false) => Painted(view.color, Tone::Good, self.sameness()),
            (true, true) => Painted(view.color, Tone::Doubtful, "no difference so far".to_owned()),
            (false, true) => Painted(view.color, Tone::Bad, format!("{} so far", found.join(", "))),
            (false, false) => Painted(view.color, Tone::Bad, found.join(", ")),
        };
        let unseen = match summary.not_compared {
            0 => String::new(),
            files => format!("; {} not compared", Count(files, "file")),
        };
        let how = match self.compared {
            "bytes" => Size(summary.bytes_compared).to_string(),
            other => other.to_owned(),
        };
        format!(
            "a = {}, b = {}: {} the same, {how} compared in {}: {verdict}{unseen}",
            escape::text(&self.a),
            escape::text(&self.b),
            Count(summary.equal, "file"),
            Elapsed(summary.elapsed_seconds),
        )
    }
}

/// A mark and a text behind it, with digests shortened where there is no room for them.
fn line(out: &mut dyn Write, view: &View<'_>, mark: &str, indent: usize, text: &str) -> io::Result<()> {
    let tone = match mark {
        "=" => Tone::Good,
        "!" => Tone::Bad,
        _ => Tone::Doubtful,
    };
    let room = view.width.map(|width| width.saturating_sub(indent + 2));
    let short = room.filter(|room| text.chars().count() > *room).map(|_| shortened(text));
    let text = short.as_deref().unwrap_or(text);
    let lead = format!("{:indent$}{} ", "", Painted(view.color, tone, mark));
    led(out, &lead, text, indent + 2, view.width)
}

const fn mark(change: Change) -> &'static str {
    match change {
        Change::OnlyInA => "+",
        Change::OnlyInB => "-",
        Change::Differs => "*",
    }
}

fn mark_of_hop(hop: &DiffHop) -> (&'static str, Tone) {
    match hop.state {
        "equal" => ("=", Tone::Good),
        "only-in-a" => ("+", Tone::Doubtful),
        "only-in-b" => ("-", Tone::Doubtful),
        "differs" => ("*", Tone::Doubtful),
        _ => ("!", Tone::Bad),
    }
}

/// The path of the root itself is empty.
fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

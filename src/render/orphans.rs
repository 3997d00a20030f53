//! The table of `orphans`: the blobs from the largest down, a total, and what a person must know before anything is
//! removed.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::{Painted, Tone};
use super::text::{Count, first_few, found, paragraph};
use super::{Table, View, escape, remarks};
use crate::kind::Kind;
use crate::path::StorePath;
use crate::report::Report;
use crate::report::orphans::{OrphanBlob, OrphanObject, OrphansReport};
use crate::units::{Elapsed, Size};

/// How many blobs are shown: a screen or two. Programs have other formats.
const SHOWN: usize = 50;

/// How many of a list are named in a line.
const FEW: usize = 3;

impl Table for OrphansReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !self.blobs.is_empty() {
            self.blobs(view, out)?;
            writeln!(out)?;
        }
        if !self.objects.is_empty() {
            self.objects(view, out)?;
            writeln!(out)?;
        }
        self.others(view, out)?;
        self.verdict(view, out)?;
        for unknown in &self.unknown {
            let word = Painted(view.color, Tone::Bad, "unknown");
            let path = unknown.path.to_string();
            let text = format!("{word}  {}: {}", escape::text(&path), escape::text(&unknown.reason));
            paragraph(out, &text, 0, view.width)?;
        }
        let told = |path: &StorePath| self.unknown.binary_search_by(|unknown| unknown.path.cmp(path)).is_ok();
        if self.head.errors.is_empty() && !self.unknown.is_empty() {
            let partial = Painted(view.color, Tone::Bad, "PARTIAL");
            let text =
                format!("{partial}: what the unknown needs counts as alive; there may be more orphans");
            paragraph(out, &text, 0, view.width)?;
        } else {
            remarks::partial(self.head(), view, out, |error| told(&error.path))?;
        }
        remarks::warnings(self.head(), view, out)
    }
}

impl OrphansReport {
    fn blobs(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut largest: Vec<&OrphanBlob> = self.blobs.iter().collect();
        largest.sort_by_key(|blob| Reverse(blob.size));
        let rest = largest.split_off(largest.len().min(SHOWN));
        let has_repositories = self.head.has_repositories();
        let mut grid = Grid::new(&[
            Column::number("SIZE"),
            Column::text("KIND"),
            Column::text(if has_repositories { "UPLOADED" } else { "MODIFIED" }),
            Column::digests("DIGEST"),
            Column::text(if has_repositories { "LINKED FROM" } else { "" }).optional(),
        ]);
        for blob in largest {
            grid.row([
                (Size(blob.size).to_string(), None),
                (blob.kind.name().into(), None),
                (blob.modified.clone().unwrap_or_else(|| "-".into()), None),
                (blob.digest.to_string(), None),
                (if has_repositories { linked_from(blob) } else { String::new() }, None),
            ]);
        }
        if !rest.is_empty() {
            let bytes = rest.iter().fold(0, |sum: u64, blob| sum.saturating_add(blob.size));
            let more = format!("{} more; --format json, csv or paths lists all", rest.len());
            grid.row([Size(bytes).to_string(), String::new(), String::new(), more, String::new()].map(plain));
        }
        let total = [Size(self.summary.bytes).to_string(), "total".into(), String::new()];
        let blobs = [Count(self.summary.blobs, "blob").to_string(), String::new()];
        grid.row(total.into_iter().chain(blobs).map(|text| (text, Some(Tone::Strong))));
        grid.write(0, view, out)
    }

    fn objects(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut largest: Vec<&OrphanObject> = self.objects.iter().collect();
        largest.sort_by_key(|object| Reverse(object.size));
        let rest = largest.split_off(largest.len().min(SHOWN));
        let mut grid = Grid::new(&[
            Column::number("SIZE"),
            Column::text("WHAT"),
            Column::digests("PATH"),
            Column::digests("").optional(),
        ]);
        for object in largest {
            grid.row([
                (Size(object.size).to_string(), None),
                (object.kind.name().into(), None),
                (escape::text(&object.path.to_string()).into_owned(), None),
                (escape::text(object.detail.as_deref().unwrap_or_default()).into_owned(), None),
            ]);
        }
        if !rest.is_empty() {
            let bytes = rest.iter().fold(0, |sum: u64, object| sum.saturating_add(object.size));
            let more = format!("{} more; --format json, csv or paths lists all", rest.len());
            grid.row([Size(bytes).to_string(), String::new(), more, String::new()].map(plain));
        }
        let total =
            [Size(self.summary.object_bytes).to_string(), "total".into(), String::new(), String::new()];
        grid.row(total.map(|text| (text, Some(Tone::Strong))));
        grid.write(0, view, out)
    }

    /// What frees no blob, and what would be given up.
    fn others(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let line = |out: &mut dyn Write, text: String| paragraph(out, &escape::text(&text), 0, view.width);
        if !self.dropped_tags.is_empty() {
            let (count, few) =
                (Count(self.dropped_tags.len() as u64, "tag"), first_few(&self.dropped_tags, FEW));
            line(out, format!("would drop {count}: {few}"))?;
        }
        if let (Some(blobs), Some(bytes)) = (self.summary.freed_blobs, self.summary.freed_bytes) {
            line(out, format!("which frees {}, {}, of those above", Count(blobs, "blob"), Size(bytes)))?;
        }
        if !self.manifests.is_empty() {
            let names: Vec<String> =
                self.manifests.iter().map(|dead| format!("{}@{}", dead.repository, dead.digest)).collect();
            let (count, few) = (Count(names.len() as u64, "untagged revision"), first_few(&names, FEW));
            line(out, format!("{count} not kept: {few}"))?;
        }
        if !self.layer_links.is_empty() {
            let count = Count(self.layer_links.len() as u64, "layer link");
            line(out, format!("{count} that nothing in the repository needs (--format json lists them)"))?;
        }
        Ok(())
    }

    /// That there are none is good news only where all was seen.
    fn tone_of(&self, orphans: u64) -> Tone {
        if orphans == 0 && !self.head.partial { Tone::Good } else { Tone::Doubtful }
    }

    fn verdict(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let summary = &self.summary;
        let root = view.root.to_string_lossy();
        if self.head.kind == Some(Kind::Docker) {
            let orphans = found(summary.objects, "orphan", &self.head);
            let tone = self.tone_of(summary.objects);
            let orphans = Painted(view.color, tone, format!("{orphans}, {}", Size(summary.object_bytes)));
            let kept = Count(summary.blobs_kept, "image");
            let elapsed = Elapsed(summary.elapsed_seconds);
            let too_young = self.too_young();
            let text = format!("{}: {orphans}; {kept} kept{too_young} ({elapsed})", escape::text(&root));
            paragraph(out, &text, 0, view.width)?;
            return self.young(view, out, "a pull");
        }
        let orphans = format!("{}, {}", found(summary.blobs, "orphan", &self.head), Size(summary.bytes));
        let orphans = Painted(view.color, self.tone_of(summary.blobs), orphans);
        let text = format!(
            "{}, policy {}: {orphans}; {} kept{} ({})",
            escape::text(&root),
            self.policy,
            Count(summary.blobs_kept, "blob"),
            self.too_young(),
            Elapsed(summary.elapsed_seconds)
        );
        paragraph(out, &text, 0, view.width)?;
        self.young(view, out, "a push")
    }

    fn too_young(&self) -> String {
        match self.summary.blobs_too_young {
            0 => String::new(),
            young => format!("; {} too young to be listed", Count(young, "more orphan")),
        }
    }

    /// What is said of orphans that may not be any: something that is under way will need them.
    fn young(&self, view: &View<'_>, out: &mut dyn Write, what: &str) -> io::Result<()> {
        let summary = &self.summary;
        if summary.blobs_younger_than_a_day > 0 && summary.blobs_too_young == 0 {
            let text = format!(
                "note: {} less than a day old: {what} may be under way; --min-age 1d leaves them out",
                if summary.blobs_younger_than_a_day == 1 {
                    "1 of them is".to_owned()
                } else {
                    format!("{} of them are", summary.blobs_younger_than_a_day)
                }
            );
            paragraph(out, &text, 0, view.width)?;
        }
        Ok(())
    }
}

fn plain(text: String) -> (String, Option<Tone>) {
    (text, None)
}

fn linked_from(blob: &OrphanBlob) -> String {
    let names: Vec<String> = blob.linked_from.iter().take(2).map(ToString::to_string).collect();
    let shown = match (names.first(), blob.linked_from.len()) {
        (None, _) => "-".to_owned(),
        (Some(name), 1) => name.clone(),
        (Some(name), all) => format!("{name} +{} more", all - 1),
    };
    escape::text(&shown).into_owned()
}

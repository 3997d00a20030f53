//! The table of `gc-preview`: what would go, a block for each kind; then, loudly, what that breaks or stops.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::{Painted, Tone};
use super::text::{Count, first_few, paragraph, safe};
use super::{Table, View, escape, remarks};
use crate::finding::Code;
use crate::report::Report;
use crate::report::gc_preview::{AbortItem, BlobItem, GcPreviewReport};
use crate::units::Size;

/// How many of a blob's tags are named.
const FEW: usize = 2;

impl Table for GcPreviewReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        // What follows must not be taken for certain.
        self.doubt(view, out)?;
        self.blobs(view, out)?;
        self.manifests(view, out)?;
        self.layer_links(view, out)?;
        self.lost_referrers(view, out)?;
        self.broken_tags(view, out)?;
        if let Some(abort) = &self.aborts {
            let what = if is_certain(abort) {
                "it ends here, and deletes nothing"
            } else {
                "one that cannot read this ends here, and deletes nothing"
            };
            aborts(abort, what, view, out)?;
        }
        if let Some(abort) = &self.aborts_in_sweep {
            aborts(abort, "a dry run does not show it: a real one ends here, half-way", view, out)?;
        }
        self.verdict(view, out)?;
        if self.head.partial { Ok(()) } else { remarks::warnings(self.head(), view, out) }
    }
}

impl GcPreviewReport {
    fn doubt(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !self.head.partial {
            return Ok(());
        }
        remarks::partial(self.head(), view, out, |_| false)?;
        remarks::warnings(self.head(), view, out)?;
        writeln!(out)
    }

    fn blobs(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.blobs.is_empty() {
            return Ok(());
        }
        let mut grid = Grid::new(&[
            Column::digests("BLOB"),
            Column::text("KIND"),
            Column::number("SIZE"),
            Column::text("UPLOADED").optional(),
            Column::text("STILL NEEDED BY"),
        ]);
        for blob in &self.blobs {
            let is_needed = !blob.needed_by.is_empty();
            grid.row([
                (blob.digest.to_string(), is_needed.then_some(Tone::Bad)),
                (blob.kind.name().into(), None),
                (Size(blob.size).to_string(), None),
                (blob.modified.clone().unwrap_or_else(|| "-".into()), None),
                (needed_by(blob), is_needed.then_some(Tone::Bad)),
            ]);
        }
        let total = Size(self.summary.bytes).to_string();
        let strong = Some(Tone::Strong);
        grid.row([
            (Count(self.summary.blobs, "blob").to_string(), strong),
            (String::new(), None),
            (total, strong),
            (String::new(), None),
            (String::new(), None),
        ]);
        grid.write(0, view, out)?;
        writeln!(out)
    }

    fn manifests(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.manifests.is_empty() {
            return Ok(());
        }
        let mut grid =
            Grid::new(&[Column::digests("MANIFEST"), Column::number("SIZE"), Column::text("REPOSITORY")]);
        for manifest in &self.manifests {
            let size = manifest.size.map_or_else(|| "-".into(), |size| Size(size).to_string());
            grid.row([
                (manifest.digest.to_string(), None),
                (size, None),
                (safe(Some(&manifest.repository)), None),
            ]);
        }
        grid.write(0, view, out)?;
        writeln!(out)
    }

    fn layer_links(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.layer_links.is_empty() {
            return Ok(());
        }
        let mut grid = Grid::new(&[
            Column::digests("LAYER LINK"),
            Column::text("REPOSITORY"),
            Column::digests("PATH").optional(),
        ]);
        for link in &self.layer_links {
            grid.row([
                (link.digest.to_string(), None),
                (safe(Some(&link.repository)), None),
                (safe(Some(&link.path)), None),
            ]);
        }
        grid.write(0, view, out)?;
        writeln!(out)
    }

    fn lost_referrers(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.lost_referrers.is_empty() {
            return Ok(());
        }
        let lost = Painted(view.color, Tone::Doubtful, "LOST");
        let referrers = Count(self.summary.lost_referrers, "referrer");
        let text = format!("{lost}: {referrers} (signatures, SBOMs) would go while the image stays");
        paragraph(out, &text, 0, view.width)?;
        let mut grid = Grid::new(&[
            Column::digests("DIGEST"),
            Column::text("REPOSITORY"),
            Column::text("TYPE"),
            Column::digests("ABOUT"),
        ]);
        for referrer in &self.lost_referrers {
            grid.row([
                (referrer.digest.to_string(), None),
                (safe(Some(&referrer.repository)), None),
                (safe(referrer.artifact_type.as_ref()), None),
                (referrer.subject.to_string(), None),
            ]);
        }
        grid.write(2, view, out)?;
        writeln!(out)
    }

    fn broken_tags(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.broken_tags.is_empty() {
            return Ok(());
        }
        let broken = Painted(view.color, Tone::Bad, "BROKEN");
        let tags = Count(self.summary.broken_tags, "tag");
        let text = format!("{broken}: {tags} that can be pulled now, and could not be afterwards");
        paragraph(out, &text, 0, view.width)?;
        self.broken_tags.iter().try_for_each(|tag| writeln!(out, "  {}", safe(Some(tag))))?;
        writeln!(out)
    }

    fn verdict(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let version = if self.rules == "2" { "2.8" } else { "3.x" };
        let untagged = if self.delete_untagged { " --delete-untagged" } else { "" };
        let root = view.root.to_string_lossy();
        let begin = format!("garbage-collect{untagged} of {version} on {}: ", escape::text(&root));
        if let Some(abort) = &self.aborts {
            let foreseen = if is_certain(abort) {
                Painted(view.color, Tone::Bad, "would abort")
            } else {
                Painted(view.color, Tone::Doubtful, "may abort")
            };
            return paragraph(out, &format!("{begin}{foreseen}"), 0, view.width);
        }
        let summary = &self.summary;
        let mut goes = vec![format!("{} ({}) would go", Count(summary.blobs, "blob"), Size(summary.bytes))];
        let others = [(summary.manifests, "manifest"), (summary.layer_links, "layer link")];
        goes.extend(
            others.iter().filter(|(count, _)| *count > 0).map(|(n, noun)| Count(*n, noun).to_string()),
        );
        let (tone, tags) = match summary.broken_tags {
            0 if self.head.partial => (Tone::Doubtful, "whether a tag would break is not certain".to_owned()),
            0 => (Tone::Good, "no tag would break".to_owned()),
            1 => (Tone::Bad, "1 tag would break".to_owned()),
            tags => (Tone::Bad, format!("{tags} tags would break")),
        };
        let text = format!(
            "{begin}{}; {} would stay; {}",
            goes.join(", "),
            Count(summary.live_blobs, "blob"),
            Painted(view.color, tone, tags)
        );
        paragraph(out, &text, 0, view.width)
    }
}

/// Whether it ends there whoever runs it: regfs may lack a permission that the collector has.
fn is_certain(abort: &AbortItem) -> bool {
    abort.code != Some(Code::Unreadable)
}

/// Why it ends, and at which file.
fn aborts(abort: &AbortItem, what: &str, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let path = abort.path.to_string();
    let path = if path.is_empty() { "." } else { &path };
    let foreseen = if is_certain(abort) {
        Painted(view.color, Tone::Bad, "ABORTS")
    } else {
        Painted(view.color, Tone::Doubtful, "MAY ABORT")
    };
    paragraph(out, &format!("{foreseen}: {what}"), 0, view.width)?;
    writeln!(out, "  {}", escape::text(path))?;
    paragraph(out, &escape::text(&abort.reason), 2, view.width)?;
    match abort.code {
        Some(code) => writeln!(out, "  hint: regfs explain {code} says what to do about it\n"),
        None => writeln!(out),
    }
}

fn needed_by(blob: &BlobItem) -> String {
    if blob.needed_by.is_empty() { "-".into() } else { safe(Some(&first_few(&blob.needed_by, FEW))) }
}

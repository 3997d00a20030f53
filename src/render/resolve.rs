//! The table of `resolve`: the way from the name down to the layers, then whether it leads there.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::{Painted, Tone};
use super::text::{Count, paragraph, safe, size};
use super::{Table, View, escape, remarks};
use crate::kind::Kind;
use crate::path::StorePath;
use crate::registry::look::State;
use crate::report::Report;
use crate::report::resolve::{Hop, HopKind, ResolveReport};
use crate::units::Size;

/// How many broken hops are told at length.
const AT_LENGTH: usize = 20;

/// How many levels stand further to the right, each than the one above. A store may nest indexes without end.
const MAX_INDENT: usize = 32;

impl Table for ResolveReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !self.hops.is_empty() {
            self.way(view, out)?;
            writeln!(out)?;
        }
        self.broken(view, out)?;
        self.verdict(view, out)?;
        self.suggested(view, out)?;
        self.candidates(view, out)?;
        self.referrers(view, out)?;
        let shown =
            |path: &StorePath| self.hops.iter().any(|hop| hop.is_broken() && hop.path.as_ref() == Some(path));
        remarks::partial(self.head(), view, out, |error| shown(&error.path))?;
        remarks::warnings(self.head(), view, out)
    }
}

impl ResolveReport {
    fn way(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut grid = Grid::new(&[
            Column::text("WHAT"),
            Column::digests("DIGEST"),
            Column::number("SIZE"),
            Column::text("STATE"),
            Column::digests("PATH").optional(),
        ]);
        for hop in &self.hops {
            grid.row([
                (indented(hop), None),
                (safe(hop.digest.as_ref()), None),
                (size(hop.size), None),
                (hop.state.name().into(), Some(tone(hop.state, hop.kind))),
                (place(hop), None),
            ]);
        }
        grid.write(0, view, out)
    }

    /// What is wrong, with nothing shortened.
    fn broken(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let broken = || self.hops.iter().filter(|hop| hop.is_broken());
        for hop in broken().take(AT_LENGTH) {
            let state = Painted(view.color, Tone::Bad, hop.state.name());
            writeln!(out, "{state}  {} {}", what(hop), safe(hop.digest.as_ref()))?;
            let path = hop.path.as_ref().map(ToString::to_string);
            for line in path.iter().chain(&hop.detail) {
                paragraph(out, &escape::text(line), 4, view.width)?;
            }
        }
        match broken().count().saturating_sub(AT_LENGTH) {
            0 => Ok(()),
            more => writeln!(out, "+{more} more"),
        }
    }

    fn verdict(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let (tone, word) = match (self.complete, self.hops.is_empty()) {
            (true, _) if self.message.is_none() => (Tone::Good, "complete"),
            (true, _) => (Tone::Bad, "complete, but not as asked for"),
            (false, true) => (Tone::Bad, "unknown"),
            (false, false) => (Tone::Bad, "incomplete"),
        };
        let word = Painted(view.color, tone, word);
        if let Some(message) = &self.message {
            return paragraph(out, &format!("{word}: {}", escape::text(message)), 0, view.width);
        }
        let digest = self.digest.filter(|_| !self.reference.contains('@'));
        let digest = digest.map(|digest| format!(" is {digest}")).unwrap_or_default();
        let reference = escape::text(&self.reference);
        let blobs = Count(self.summary.blobs, "blob");
        let verdict = format!("{word}: {reference}{digest}, {blobs}, {}", Size(self.total_size));
        paragraph(out, &verdict, 0, view.width)?;
        let has_layers = self.hops.iter().any(|hop| hop.kind == HopKind::Layer && hop.state == State::Ok);
        let is_image = self.hops.first().is_some_and(|hop| hop.kind != HopKind::Layer);
        if self.complete && is_image && has_layers {
            // An engine keeps layers unpacked: only to put one together again tells.
            let deep = if self.head.kind == Some(Kind::Docker) { "--deep " } else { "" };
            writeln!(
                out,
                "hint: layers were looked at, not hashed: regfs verify {deep}{reference} reads them"
            )?;
        }
        Ok(())
    }

    fn suggested(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.suggestions.is_empty() || self.suggests_platforms {
            return Ok(());
        }
        let line = format!("did you mean {}?", self.suggestions.join(", "));
        paragraph(out, &escape::text(&line), 0, view.width)
    }

    fn candidates(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.candidates.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nwhat the tag may stand for, the newest link first:")?;
        let mut grid = Grid::new(&[
            Column::digests("DIGEST"),
            Column::text("LINKED"),
            Column::number("SIZE"),
            Column::text("MANIFEST"),
            Column::text("REVISION"),
        ]);
        for candidate in &self.candidates {
            grid.row([
                (candidate.digest.to_string(), None),
                (safe(candidate.modified.as_ref()), None),
                (size(candidate.size), None),
                (candidate.state.name().into(), Some(tone(candidate.state, HopKind::Manifest))),
                (candidate.revision.name().into(), Some(tone(candidate.revision, HopKind::Revision))),
            ]);
        }
        grid.write(2, view, out)
    }

    fn referrers(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if self.referrers.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nwhat refers to it:")?;
        let mut grid = Grid::new(&[
            Column::text("TYPE"),
            Column::digests("DIGEST"),
            Column::text("STATE"),
            Column::digests("TAG"),
        ]);
        for referrer in &self.referrers {
            grid.row([
                (safe(referrer.artifact_type.as_ref()), None),
                (safe(referrer.digest.as_ref()), None),
                (referrer.state.name().into(), Some(tone(referrer.state, HopKind::Manifest))),
                (safe(referrer.tag.as_ref()), None),
            ]);
        }
        grid.write(2, view, out)
    }
}

/// What a hop is, to the right of what leads to it. Deeper than any real index goes, its depth is a number.
fn indented(hop: &Hop) -> String {
    match hop.depth.checked_sub(MAX_INDENT).filter(|deeper| *deeper > 0) {
        None => format!("{:1$}{2}", "", 2 * hop.depth, what(hop)),
        Some(deeper) => format!("{:1$}+{deeper} {2}", "", 2 * MAX_INDENT, what(hop)),
    }
}

/// A hop's kind, and its platform if it has one.
fn what(hop: &Hop) -> String {
    match &hop.platform {
        Some(platform) => format!("{} {}", hop.kind.name(), escape::text(&platform.to_string())),
        None => hop.kind.name().into(),
    }
}

/// Where it is; of a registry's blob, in which repositories.
fn place(hop: &Hop) -> String {
    match (hop.kind, hop.state) {
        (HopKind::Origin, State::Ok) => safe(hop.detail.as_ref()),
        _ => safe(hop.path.as_ref()),
    }
}

/// An image can be whole without its subject.
const fn tone(state: State, kind: HopKind) -> Tone {
    match state {
        State::Ok => Tone::Good,
        State::External => Tone::Harmless,
        _ if matches!(kind, HopKind::Subject | HopKind::Origin) => Tone::Doubtful,
        _ => Tone::Bad,
    }
}

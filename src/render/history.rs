//! The table of `history`: the newest first, the current one marked.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::Tone;
use super::text::{found, paragraph, safe, size, state_tone, type_name};
use super::unknown::unknown;
use super::{Table, View, escape, remarks};
use crate::registry::look::State;
use crate::report::history::{HistoryReport, Past};

impl Table for HistoryReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !self.revisions.is_empty() {
            let mut grid = Grid::new(&[
                Column::text(""),
                Column::digests("DIGEST"),
                Column::text("TYPE").optional(),
                Column::number("MANIFEST").optional(),
                Column::text("LINKED"),
                Column::text("CREATED").optional(),
                Column::text("STATE"),
            ]);
            for past in &self.revisions {
                let (state, tone) = state(past);
                grid.row([
                    (if past.current { "*" } else { "" }.into(), Some(Tone::Good)),
                    (past.digest.to_string(), None),
                    (safe(past.media_type.as_deref().map(type_name).as_ref()), None),
                    (size(past.size), None),
                    (safe(past.linked.as_ref()), None),
                    (safe(past.created.as_ref()), None),
                    (state, Some(tone)),
                ]);
            }
            grid.write(0, view, out)?;
            writeln!(out)?;
        }
        if self.message.is_some() {
            unknown(self.message.as_deref(), &self.suggestions, view, out)?;
        } else if let Some(repository) = &self.repository {
            let name = format!("{repository}:{}", self.tag);
            let revisions = found(self.summary.revisions, "revision", &self.head);
            let current = match (self.digest, self.state) {
                (None, Some(state)) => format!("; its own link is {}", state.name()),
                _ => " (* current)".to_owned(),
            };
            paragraph(out, &format!("{}: {revisions}{current}", escape::text(&name)), 0, view.width)?;
        }
        remarks::partial(&self.head, view, out, |_| false)?;
        remarks::warnings(&self.head, view, out)
    }
}

/// A manifest without its revision link cannot be pulled, whatever its own state.
fn state(past: &Past) -> (String, Tone) {
    let unlinked = past.revision == State::Missing && past.state == State::Ok;
    let state = if unlinked { State::Unlinked } else { past.state.max(past.revision) };
    let state = if past.state == State::Missing { State::Missing } else { state };
    // That an old revision is gone harms nobody.
    let tone = if past.current || state.is_sound() { state_tone(state) } else { Tone::Doubtful };
    (state.name().into(), tone)
}

//! What every table ends with: what could not be read, and what a reader must know.

use std::io::{self, Write};

use super::paint::{Painted, Tone};
use super::text::{Count, paragraph};
use super::{View, escape};
use crate::report::{ErrorItem, Head};

/// Says loudly if the answer is not whole, and why; `told` are errors that the table has shown already.
pub(super) fn partial(
    head: &Head,
    view: &View<'_>,
    out: &mut dyn Write,
    told: impl Fn(&ErrorItem) -> bool,
) -> io::Result<()> {
    if !head.partial {
        return Ok(());
    }
    for error in head.errors.iter().filter(|error| !told(error)) {
        let (path, reason) = (error.path.to_string(), escape::text(&error.reason));
        let unread = Painted(view.color, Tone::Bad, "cannot read");
        paragraph(out, &format!("{unread}  {}: {reason}", escape::text(&path)), 0, view.width)?;
    }
    let errors = head.errors.len() as u64;
    let unread = (errors > 0).then(|| format!("{} could not be read", Count(errors, "path")));
    let why = match (head.why_partial, unread) {
        (None, None) => "interrupted".to_owned(),
        (Some(why), None) => why.to_owned(),
        (None, Some(unread)) => unread,
        (Some(why), Some(unread)) => format!("{why}, and {unread}"),
    };
    let partial = Painted(view.color, Tone::Bad, "PARTIAL");
    paragraph(out, &format!("{partial}: {why}; this is not the whole answer"), 0, view.width)
}

/// Writes the report's warnings.
pub(super) fn warnings(head: &Head, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    head.warnings
        .iter()
        .try_for_each(|warning| paragraph(out, &format!("note: {}", escape::text(warning)), 0, view.width))
}

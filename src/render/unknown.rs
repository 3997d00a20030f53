//! What a table says where there is no such thing as was asked for.

use std::io::{self, Write};

use super::paint::{Painted, Tone};
use super::text::paragraph;
use super::{View, escape};

/// Says what is unknown, and what may have been meant.
pub(super) fn unknown(
    message: Option<&str>,
    suggestions: &[String],
    view: &View<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(message) = message {
        let unknown = Painted(view.color, Tone::Bad, "unknown");
        paragraph(out, &format!("{unknown}: {}", escape::text(message)), 0, view.width)?;
    }
    if suggestions.is_empty() {
        return Ok(());
    }
    let line = format!("did you mean {}?", suggestions.join(", "));
    paragraph(out, &escape::text(&line), 0, view.width)
}

//! `cat`: bytes rather than a report.

use std::io::{self, IsTerminal};

use anyhow::Context;

use crate::cli::{self, Global};
use crate::commands::cat::CatError;
use crate::commands::cat::write::{self, Written};
use crate::dispatch;
use crate::exit::Exit;
use crate::process::{needs_of, say, within};
use crate::progress::Progress;
use crate::render;
use crate::store::Store;

/// Writes out the bytes of one blob.
pub(crate) fn write_out(global: &Global, args: &cli::Cat, progress: &dyn Progress) -> anyhow::Result<Exit> {
    if !global.reports.is_empty() {
        return Err(cli::usage("cat writes bytes, not a report").into());
    }
    let store = Store::open_as(global.root.as_deref(), global.kind())?;
    dispatch::check("cat", store.kind())?;
    let needs = needs_of([&store], []);
    let written = within(global, &needs, &[&store], progress, |run| {
        let session = run.over(&store);
        let out = io::stdout().lock();
        let for_a_person = out.is_terminal() && !args.force;
        let layout: Option<write::Layout<'_>> =
            if for_a_person { Some(&render::document::document) } else { None };
        let found = dispatch::find(&session, &args.options());
        Ok(found.and_then(|blob| Ok((write::write(&store, &blob, layout, run.cancel, &mut { out })?, blob))))
    })?;
    let (written, blob) = match written {
        Ok((written, blob)) => (written.context("cannot write to standard output")?, blob),
        Err(error) => {
            say(&render::escape::lines(&error.to_string()));
            return Ok(match error {
                CatError::Unknown { .. } => Exit::Bad,
                CatError::Unreadable { .. } => Exit::NoAnswer,
            });
        }
    };
    if let Some(hint) = blob.hint.filter(|_| !global.quiet) {
        say(&format!("note: {}", render::escape::text(&hint)));
    }
    let warning = match written {
        Written::Whole => blob.warning,
        Written::Altered(how) => Some(how),
        Written::Interrupted => return Ok(Exit::NoAnswer),
        Written::Binary => {
            say("it is not text: write it to a file or a pipe, or use --force");
            return Ok(Exit::NoAnswer);
        }
    };
    if let Some(warning) = &warning {
        say(&format!("warning: {}", render::escape::text(warning)));
    }
    Ok(Exit::bad_if(warning.is_some()))
}

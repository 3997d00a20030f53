//! `inventory`: a file rather than a report.

use std::io::{self, BufWriter, Write};

use anyhow::Context;

use super::refuse_root;
use crate::cli::{self, Global};
use crate::commands::inventory::inventory;
use crate::dispatch;
use crate::exit::Exit;
use crate::output::Target;
use crate::process::{needs_of, say, within};
use crate::progress::Progress;
use crate::render;
use crate::session::Run;
use crate::store::Store;

/// Writes down what a root holds.
pub(crate) fn write_down(
    global: &Global,
    args: &cli::Inventory,
    progress: &dyn Progress,
) -> anyhow::Result<Exit> {
    if !global.reports.is_empty() {
        return Err(cli::usage("inventory writes one file, and no report: use --output").into());
    }
    if args.from.is_some() {
        refuse_root(global, "inventory is told which root it is of")?;
    }
    let named = args.from.as_deref().or(global.root.as_deref());
    let store = Store::open_as(named, global.kind())?;
    dispatch::check("inventory", store.kind())?;
    let output = args.output.as_deref();
    let target = output.map(|path| Target::open_outside(path, "inventory", named, &store)).transpose()?;
    let needs = needs_of([&store], &target);
    let work = |run: Run<'_>| Ok(inventory(&run.over(&store), args.options()));
    let taken = within(global, &needs, &[&store], progress, work)?;
    let Some(taken) = taken else {
        say("interrupted: nothing was written");
        return Ok(Exit::NoAnswer);
    };
    if let (Some(target), Some(path)) = (target, output) {
        let is_packed = path.extension().is_some_and(|extension| extension == "zst");
        let written = target.write(|out| if is_packed { taken.pack(out) } else { taken.write(out) });
        written.with_context(|| format!("cannot write the inventory {}", path.display()))?;
    } else {
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        taken.write(&mut out).and_then(|()| out.flush()).context("cannot write to standard output")?;
    }
    for warning in taken.warnings.iter().filter(|_| !global.quiet) {
        say(&format!("note: {}", render::escape::text(warning)));
    }
    for (path, reason) in taken.contents.unseen() {
        say(&render::escape::text(&format!("cannot read {path}: {reason}")));
    }
    for line in taken.altered(10) {
        say(&line);
    }
    if !global.quiet && output.is_some() {
        say(&render::escape::text(&taken.verdict()));
    }
    Ok(taken.exit())
}

//! From arguments to an answer that was told: what is opened for a command, who looks at it, and where the answer goes.

mod cat;
mod directory;
mod export;
mod inventory;
mod verify;
mod whole;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::checkpoint::Checkpoint;
use crate::cli::{self, Global};
use crate::commands::diff::{Named, diff};
use crate::dispatch;
use crate::exit::Exit;
use crate::output::{self, Outputs};
use crate::process::{needs_of, say, within};
use crate::progress::Progress;
use crate::render::{self, Format, Table};
use crate::report::{ErrorItem, Report};
use crate::session::{Run, Session};
use crate::store::Store;
pub(crate) use cat::write_out;
pub(crate) use directory::{hint_at_root, meant_root};
pub(crate) use export::export;
pub(crate) use inventory::write_down;
pub(crate) use verify::{merged, verify};
pub(crate) use whole::refuse_beginnings;

/// Opens the store, lets a command look at it within the readers' pool, and tells what it found.
pub(crate) fn look<R: Table + Send>(
    global: &Global,
    name: &'static str,
    progress: &dyn Progress,
    command: impl FnOnce(&Session<'_>) -> anyhow::Result<R> + Send,
) -> anyhow::Result<Exit> {
    look_too(global, name, Too::default(), progress, |session, _| command(session))
}

/// What a command looks at and keeps besides its root.
#[derive(Clone, Copy, Default)]
pub(crate) struct Too<'a> {
    /// Another root, under the name that it was given by.
    pub(crate) other: Option<(&'a Path, &'a Store)>,
    /// A file to be read.
    pub(crate) read: Option<&'a Path>,
    /// Where to keep what was verified.
    pub(crate) checkpoint: Option<&'a Path>,
}

/// The same for a command that needs more than its root.
pub(crate) fn look_too<R: Table + Send>(
    global: &Global,
    name: &'static str,
    too: Too<'_>,
    progress: &dyn Progress,
    command: impl FnOnce(&Session<'_>, Option<&Checkpoint>) -> anyhow::Result<R> + Send,
) -> anyhow::Result<Exit> {
    let store = Store::open_as(global.root.as_deref(), global.kind())?;
    dispatch::check(name, store.kind())?;
    let outputs = Outputs::open_too(global, Some(&store), too.other)?;
    let checkpoint = too.checkpoint.map(|path| open_checkpoint(path, global, &store)).transpose()?;
    let stores: Vec<&Store> =
        [Some(&store), too.other.map(|(_, other)| other)].into_iter().flatten().collect();
    let mut needs = needs_of(stores.iter().copied(), outputs.files());
    needs.read.extend(too.read.map(Path::to_owned));
    needs.replace_in.extend(checkpoint.as_ref().map(Checkpoint::directory));
    let work = |run: Run<'_>| command(&run.over(&store), checkpoint.as_ref());
    let report = within(global, &needs, &stores, progress, work)?;
    tell_all(global, &outputs, &report)
}

/// Compares what two places hold, each a root or an inventory file.
pub(crate) fn compare(global: &Global, args: &cli::Diff, progress: &dyn Progress) -> anyhow::Result<Exit> {
    if args.a == Path::new("-") && args.b == Path::new("-") {
        return Err(cli::usage("standard input can be named only once").into());
    }
    refuse_root(global, "diff compares the two roots that follow it")?;
    let options = args.options();
    let [a, b] = [Named::open(&args.a, global.kind())?, Named::open(&args.b, global.kind())?];
    let roots: Vec<(&Path, &Store)> = [&a, &b].into_iter().filter_map(Named::root).collect();
    let outputs = Outputs::open_beside(global, &roots)?;
    let stores: Vec<&Store> = roots.iter().map(|(_, store)| *store).collect();
    let needs = needs_of(stores.iter().copied(), outputs.files());
    let work = |run: Run<'_>| diff(run, &a.read(args.strict)?, &b.read(args.strict)?, &options);
    let report = within(global, &needs, &stores, progress, work)?;
    tell_all(global, &outputs, &report)
}

/// Refuses `--root` where it would count for nothing. What the environment says is for other commands.
pub(crate) fn refuse_root(global: &Global, why: &str) -> Result<(), clap::Error> {
    let of_environment = env::var_os("REGFS_ROOT").map(PathBuf::from);
    if global.root.is_none() || global.root == of_environment {
        return Ok(());
    }
    Err(cli::usage(&format!("{why}: leave --root out")))
}

fn open_checkpoint(path: &Path, global: &Global, store: &Store) -> anyhow::Result<Checkpoint> {
    let path = output::place_outside(path, "checkpoint", global.root.as_deref(), store)?;
    let root = store.path().canonicalize().context("cannot tell where the root is")?;
    Ok(Checkpoint::open(path, &root)?)
}

/// Tells a report, and on standard error what its format has no place for.
pub(crate) fn tell_all<R: Table>(global: &Global, outputs: &Outputs, report: &R) -> anyhow::Result<Exit> {
    // A table has them below it; a person who asks for another format is to see them too.
    if global.format != Format::Table && !global.quiet {
        for warning in &report.head().warnings {
            say(&format!("note: {}", render::escape::text(warning)));
        }
    }
    if matches!(global.format, Format::Paths | Format::Csv) {
        say_beside(report);
    }
    tell(outputs, report)
}

/// Says what a bare list has no place for, lest its reader take it for a good and whole answer.
fn say_beside(report: &impl Report) {
    let is_unknown = |error: &&ErrorItem| report.unknown().binary_search(error).is_ok();
    for error in report.head().errors.iter().filter(|error| !is_unknown(error)) {
        let text = format!("cannot read {}: {}", error.path, error.reason);
        say(&render::escape::text(&text));
    }
    for unknown in report.unknown() {
        say(&render::escape::text(&format!("unknown: {}: {}", unknown.path, unknown.reason)));
    }
    if report.head().partial {
        say("this is not the whole answer");
    }
    if let Some(message) = report.message() {
        say(&render::escape::text(message));
    }
}

/// Writes a report to everything that it goes to.
pub(crate) fn tell(outputs: &Outputs, report: &impl Table) -> anyhow::Result<Exit> {
    outputs.write(|format, view, out| render::write(report, format, view, out))?;
    Ok(report.exit())
}

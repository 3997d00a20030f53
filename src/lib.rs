//! regfs opens a container registry's storage on disk and tells the truth about it.
//!
//! # Where things are
//!
//! Data flows one way. A module uses those above it in this list, not those below.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`digest`], [`path`], [`mod@reference`], [`units`], [`exit`] | values: parsed once, then safe to use |
//! | [`kind`] | the kinds of stores |
//! | [`finding`] | the ways a store can be wrong: codes, severities, explanations |
//! | [`progress`], [`cancel`] | what the work tells while it goes on, and who may end it |
//! | [`store`] | the only place that touches a disk, and only to read, below one root |
//! | [`hash`] | digesting bytes, and what layers unpack to |
//! | [`destination`] | the one thing that is written beside reports: an image layout, outside the root |
//! | [`checkpoint`] | what earlier runs verified, kept in a file outside the root |
//! | [`manifest`] | bytes to values: media types, descriptors, manifests, configs |
//! | [`registry`] | the registry store: its layout, one walk over it, the graph of its manifests, what is wrong with it |
//! | [`engine`] | a Docker engine's store: its layers and how they hang together, what is wrong with them |
//! | [`oci`] | the OCI image layout and containerd's content store: read into what a registry's walk makes |
//! | [`report`] | what commands answer: plain sorted data, the JSON contract, the exit status that it implies |
//! | [`session`], [`commands`], [`dispatch`] | one file a command: a session and options in, a report out; and which of them answers for which kind of store |
//! | [`render`] | reports as tables, JSON, lines, paths |
//! | [`cli`], [`output`], [`bar`], [`sandbox`] | the command line, where reports go, the progress bar, what the process gives up |
//!
//! A new command is a variant of [`cli::Command`], an arm of [`run`], a file in [`commands`], a [`report::Report`] and a
//! [`render::Table`].
//!
//! # What never happens
//!
//! - Nothing under a root is opened for writing, created, renamed or removed. No symbolic link is followed inside it,
//!   no special file opened. A report or a layout that would be written there is refused.
//! - The layout, manifests, the graph and reports do no I/O. Commands do not walk a store by themselves and do not
//!   print. Only [`render`] knows a format.
//! - No byte read from a root reaches a terminal unescaped, and no read of metadata is unbounded.
//! - One broken thing does not stop the look at the rest. A finding (the store is wrong) is data; an error (nobody could
//!   look) names its path and cause; a panic is a bug of regfs.
//! - The same store gives the same report, however many threads looked at it.

pub mod bar;
pub mod cancel;
pub mod checkpoint;
pub mod cli;
pub mod commands;
pub mod destination;
pub mod digest;
pub mod dispatch;
pub mod engine;
pub mod exit;
pub mod finding;
pub mod hash;
pub mod kind;
pub mod manifest;
pub mod oci;
pub mod output;
pub mod path;
pub mod progress;
pub mod reference;
pub mod registry;
pub mod render;
pub mod report;
pub mod sandbox;
pub mod session;
pub mod store;
pub mod units;

use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::Context;
use jiff::Timestamp;

use cancel::Cancel;
use checkpoint::Checkpoint;
use cli::{Cli, Command, Global};
use commands::cat::CatError;
use commands::cat::write::{self, Written};
use commands::completions::completions;
use commands::diff::{Source, diff};
use commands::explain::explain;
use commands::export::{Plan, export};
use commands::gc_preview::gc_preview;
use commands::history::history;
use commands::inventory::inventory;
use commands::merge::merge;
use commands::uploads::uploads;
use commands::verify::donor;
use destination::Destination;
use exit::Exit;
use hash::sha256::Backend;
use output::{Outputs, Target};
use progress::Progress;
use render::{Format, Table};
use report::Report;
use sandbox::{Confined, Needs};
use session::{Run, Session};
use store::Store;

/// Does what the command line asks for, writes the answer, and tells the exit status that it implies.
///
/// # Errors
/// When there is no answer: bad usage (a [`clap::Error`]), no such root, or an answer that could not be written.
pub fn run(cli: &Cli, progress: &dyn Progress) -> anyhow::Result<Exit> {
    cli.check()?;
    let global = &cli.global;
    let name = cli.command.name();
    match &cli.command {
        Command::Resolve(args) => {
            look(global, name, progress, |session| Ok(dispatch::resolve(session, &args.options())))
        }
        Command::Verify(args) => {
            let donor = args.donor.as_deref().map(|path| Source::open(path, false)).transpose()?;
            let other = donor.as_ref().and_then(Source::root);
            let too = Too { other, checkpoint: args.checkpoint.as_deref(), ..Too::default() };
            look_too(global, name, too, progress, |session, checkpoint| {
                let is_registry = |store: &Store| store.kind() == kind::Kind::Registry;
                let has_donor = donor.as_ref().is_none_or(|donor| donor.store().is_none_or(is_registry));
                if donor.is_some() && !(has_donor && is_registry(session.store)) {
                    return Err(cli::usage("--donor asks one registry what another has").into());
                }
                let mut options = args.options(global.verbose);
                // A cache may well lack a blob: that is a note, and a donor is asked for it all the same.
                let lists_notes = options.notes;
                options.notes |= donor.is_some();
                let mut report = dispatch::verify(session, &options, checkpoint)?;
                if let Some(donor) = &donor {
                    report.donor = Some(donor::consult(session, &report.findings, donor));
                    report.head.warnings.extend(donor::relation(session.store, donor));
                }
                if !lists_notes {
                    report.drop_notes();
                }
                if !args.notes {
                    report.set_notes_aside();
                }
                Ok(report)
            })
        }
        Command::Merge(args) => {
            let report = merge(&args.options())?;
            let root = PathBuf::from(report.head.root.clone().unwrap_or_default());
            let roots: Vec<PathBuf> = root.canonicalize().ok().into_iter().collect();
            tell(&Outputs::beside(global, &roots, root)?, &report)
        }
        Command::Diff(args) => compare(global, args, progress),
        Command::Inventory(args) => write_down(global, args, progress),
        Command::Orphans(args) => {
            let options = args.options()?;
            let too = Too { read: args.alive.as_deref(), ..Too::default() };
            look_too(global, name, too, progress, |session, _| dispatch::orphans(session, &options))
        }
        Command::Ls(args) => {
            look(global, name, progress, |session| dispatch::ls(session, args.repository.as_ref()))
        }
        Command::Du(args) => look(global, name, progress, |session| dispatch::du(session, &args.options())),
        Command::Refs(args) => {
            look(global, name, progress, |session| Ok(dispatch::refs(session, &args.digest)))
        }
        Command::History(args) => match args.tag.tag_or_latest() {
            Some(tag) => look(global, name, progress, |session| Ok(history(session, &args.tag, tag))),
            None => Err(cli::usage("name a tag").into()),
        },
        Command::Uploads(args) => {
            look(global, name, progress, |session| Ok(uploads(session, args.upload_age)))
        }
        Command::Cat(args) => write_out(global, args, progress),
        Command::GcPreview(args) => {
            look(global, name, progress, |session| gc_preview(session, &args.options()))
        }
        Command::Export(args) => {
            let (options, directory) = args.options()?;
            let too = Too { writes_tree: true, ..Too::default() };
            look_too(global, name, too, progress, |session, _| {
                let destination =
                    Destination::begin(&directory, &output::roots(global.root.as_deref(), session.store))?;
                export(session, &options, Plan::new(session, &options), destination)
            })
        }
        Command::Explain(args) => tell(&Outputs::open(global, None)?, &explain(args.code)),
        Command::Completions(args) => {
            let script = completions(args.shell);
            Outputs::open(global, None)?.write(|_, _, out| out.write_all(&script))?;
            Ok(Exit::Good)
        }
    }
}

/// Opens the store, lets a command look at it within the readers' pool, and tells what it found.
fn look<R: Table + Send>(
    global: &Global,
    name: &'static str,
    progress: &dyn Progress,
    command: impl FnOnce(&Session<'_>) -> anyhow::Result<R> + Send,
) -> anyhow::Result<Exit> {
    look_too(global, name, Too::default(), progress, |session, _| command(session))
}

/// What a command looks at and keeps besides its root.
#[derive(Clone, Copy, Default)]
struct Too<'a> {
    /// Another root, under the name that it was given by.
    other: Option<(&'a Path, &'a Store)>,
    /// A file to be read.
    read: Option<&'a Path>,
    /// Where to keep what was verified.
    checkpoint: Option<&'a Path>,
    /// Whether a tree of files is written outside the root, for which no sandbox is made.
    writes_tree: bool,
}

/// The same for a command that needs more than its root.
fn look_too<R: Table + Send>(
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
    let mut needs =
        needs_of([Some(&store), too.other.map(|(_, other)| other)].into_iter().flatten(), outputs.files());
    needs.read.extend(too.read.map(Path::to_owned));
    needs.replace_in.extend(checkpoint.as_ref().map(Checkpoint::directory));
    let work = |run: Run<'_>| command(&run.over(&store), checkpoint.as_ref());
    let needs = if too.writes_tree { None } else { Some(&needs) };
    let report = within(global, needs, &[store.path()], progress, work)?;
    tell_all(global, &outputs, &report)
}

/// Compares what two places hold, each a root or an inventory file.
fn compare(global: &Global, args: &cli::Diff, progress: &dyn Progress) -> anyhow::Result<Exit> {
    if args.a == Path::new("-") && args.b == Path::new("-") {
        return Err(cli::usage("standard input can be named only once").into());
    }
    let options = args.options();
    let [a, b] = [Source::open(&args.a, args.strict)?, Source::open(&args.b, args.strict)?];
    let roots: Vec<(&Path, &Store)> = [&a, &b].into_iter().filter_map(Source::root).collect();
    let outputs = Outputs::open_beside(global, &roots)?;
    let names: Vec<&Path> = roots.iter().map(|(_, store)| store.path()).collect();
    let needs = needs_of(roots.iter().map(|(_, store)| *store), outputs.files());
    let report = within(global, Some(&needs), &names, progress, |run| diff(run, &a, &b, &options))?;
    tell_all(global, &outputs, &report)
}

/// Writes down what a root holds.
fn write_down(global: &Global, args: &cli::Inventory, progress: &dyn Progress) -> anyhow::Result<Exit> {
    if !global.reports.is_empty() {
        return Err(cli::usage("inventory writes one file, and no report: use --output").into());
    }
    let named = args.from.as_deref().or(global.root.as_deref());
    let store = Store::open_as(named, global.kind())?;
    dispatch::check("inventory", store.kind())?;
    let output = args.output.as_deref();
    let target = output.map(|path| Target::open_outside(path, "inventory", named, &store)).transpose()?;
    let needs = needs_of([&store], &target);
    let work = |run: Run<'_>| Ok(inventory(&run.over(&store), args.options()));
    let taken = within(global, Some(&needs), &[store.path()], progress, work)?;
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

/// Does work within the readers' pool, which signals end early, and in a process that can do nothing else.
fn within<T: Send>(
    global: &Global,
    needs: Option<&Needs<'_>>,
    roots: &[&Path],
    progress: &dyn Progress,
    work: impl FnOnce(Run<'_>) -> anyhow::Result<T> + Send,
) -> anyhow::Result<T> {
    if let Some(needs) = needs {
        confine(global, needs, roots);
    }
    let cancel = Cancel::on_signals().context("cannot handle signals")?;
    let cores = thread::available_parallelism().ok();
    let jobs = global.jobs.or(cores).map_or(1, NonZeroUsize::get);
    let cores = cores.map_or(1, NonZeroUsize::get);
    // Several reads in flight for each core hide the latency of the disk; more threads than that only take memory.
    let readers = jobs.saturating_mul(16).clamp(32, 64).max(jobs.min(cores));
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(readers).build().context("cannot start threads")?;
    for root in roots.iter().filter(|_| global.verbose) {
        let root = render::escape::text(&root.to_string_lossy()).into_owned();
        say(&format!(
            "reading {root} with {readers} readers, {} of which compute at once",
            jobs.min(readers)
        ));
    }
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let run = Run { jobs, backend: backend()?, cancel: &cancel, progress, now };
    let done = pool.install(|| work(run));
    progress.end();
    done
}

/// What reading roots and writing files takes.
fn needs_of<'a>(
    roots: impl IntoIterator<Item = &'a Store>,
    files: impl IntoIterator<Item = &'a Target>,
) -> Needs<'a> {
    let roots = roots.into_iter().map(Store::handle).collect();
    let mut needs = Needs { roots, ..Needs::default() };
    files.into_iter().for_each(|target| target.add_to(&mut needs));
    needs
}

/// Gives up all that the command does not need. A kernel that has no such thing, or less of it, is told of by `-v`.
fn confine(global: &Global, needs: &Needs<'_>, roots: &[&Path]) {
    let confined = sandbox::enter(needs);
    if !global.verbose {
        return;
    }
    match confined {
        Confined::Wholly => {}
        Confined::Partly => say("the sandbox is not whole: the kernel's Landlock does not know all of it"),
        Confined::Not(why) => say(&format!("no sandbox: {}", render::escape::text(&why))),
    }
    for root in roots.iter().filter_map(|root| root.canonicalize().ok()) {
        if let Some(above) = needs.replace_in.iter().find(|directory| root.starts_with(directory)) {
            let above = render::escape::text(&above.to_string_lossy()).into_owned();
            say(&format!(
                "the sandbox does not keep the root from being written: {above} holds it, and is to be written to"
            ));
        }
    }
}

fn open_checkpoint(path: &Path, global: &Global, store: &Store) -> anyhow::Result<Checkpoint> {
    let path = output::place_outside(path, "checkpoint", global.root.as_deref(), store)?;
    let root = store.path().canonicalize().context("cannot tell where the root is")?;
    Ok(Checkpoint::open(path, &root)?)
}

/// Tells a report, and on standard error what its format has no place for.
fn tell_all<R: Table>(global: &Global, outputs: &Outputs, report: &R) -> anyhow::Result<Exit> {
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
    for error in &report.head().errors {
        let text = format!("cannot read {}: {}", error.path, error.reason);
        say(&render::escape::text(&text));
    }
    if report.head().partial {
        say("this is not the whole answer");
    }
    if let Some(message) = report.message() {
        say(&render::escape::text(message));
    }
}

/// What the environment says shall hash: for tests and measurements, hence not in the help.
fn backend() -> Result<Option<Backend>, clap::Error> {
    const NAME: &str = "REGFS_HASH_BACKEND";
    let Some(name) = env::var_os(NAME) else { return Ok(None) };
    let backend = name.to_string_lossy().parse::<Backend>();
    let backend = backend.map_err(|error| cli::usage(&format!("{NAME}: {error}")))?;
    if backend.is_available() {
        Ok(Some(backend))
    } else {
        Err(cli::usage(&format!("{NAME}: this CPU does not have what {backend} needs")))
    }
}

/// Writes out the bytes of one blob.
fn write_out(global: &Global, args: &cli::Cat, progress: &dyn Progress) -> anyhow::Result<Exit> {
    if !global.reports.is_empty() {
        return Err(cli::usage("cat writes bytes, not a report").into());
    }
    let store = Store::open_as(global.root.as_deref(), global.kind())?;
    dispatch::check("cat", store.kind())?;
    confine(global, &needs_of([&store], []), &[store.path()]);
    let cancel = Cancel::on_signals().context("cannot handle signals")?;
    let session = Session {
        store: &store,
        jobs: 1,
        backend: backend()?,
        cancel: &cancel,
        progress,
        now: Timestamp::now(),
    };
    let out = io::stdout().lock();
    let for_a_person = out.is_terminal() && !args.force;
    let layout: Option<write::Layout<'_>> =
        if for_a_person { Some(&render::document::document) } else { None };
    let written = dispatch::find(&session, &args.options())
        .and_then(|blob| Ok((write::write(&store, &blob, layout, &cancel, &mut { out })?, blob)));
    let (written, blob) = match written {
        Ok((written, blob)) => (written.context("cannot write to standard output")?, blob),
        Err(error) => {
            say(&render::escape::lines(&error.to_string()));
            return Ok(match error {
                CatError::Unknown(_) => Exit::Bad,
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

fn tell(outputs: &Outputs, report: &impl Table) -> anyhow::Result<Exit> {
    outputs.write(|format, view, out| render::write(report, format, view, out))?;
    Ok(report.exit())
}

/// Writes a line to standard error. Nobody is to lose a report because this could not be written.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "regfs: {line}");
}

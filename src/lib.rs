//! regfs opens a container registry's storage on disk and tells the truth about it.
//!
//! # Where things are
//!
//! Data flows one way. A module uses those above it in this list, not those below.
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`digest`], [`path`], [`mod@reference`], [`units`], [`few`], [`exit`] | values: parsed once, then safe to use |
//! | [`kind`] | the kinds of stores |
//! | [`escape`] | what keeps bytes from a root from acting on a terminal |
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
//! | [`cli`], [`output`], [`bar`] | the command line, where reports go, the progress bar |
//! | [`sandbox`], `process` | what a run takes of the process, and what the process gives up |
//! | `answer` | from arguments to an answer that was told: what is opened, looked at and written for each command |
//!
//! A new command is a variant of [`cli::Command`], an arm of [`run`], a file in [`commands`], a [`report::Report`] and a
//! [`render::Table`].
//!
//! # What never happens
//!
//! - Nothing under a root is opened for writing, created, renamed or removed. No symbolic link is followed inside it,
//!   no special file opened. A report or a layout that would be written there is refused.
//! - The layout, manifests, the graph and reports do no I/O. Commands do not print. Only
//!   an inventory walks a whole store; a command lists the directories of one repository, and those of repositories in
//!   search of a name like the one asked for. Only [`render`] knows a format.
//! - No byte read from a root reaches a terminal unescaped, and no read of metadata is unbounded.
//! - One broken thing does not stop the look at the rest. A finding (the store is wrong) is data; an error (nobody could
//!   look) names its path and cause; a panic is a bug of regfs.
//! - The same store gives the same report, however many threads looked at it.

mod answer;
pub mod bar;
pub mod cancel;
pub mod checkpoint;
pub mod cli;
pub mod commands;
pub mod destination;
pub mod digest;
pub mod dispatch;
pub mod engine;
pub mod escape;
pub mod exit;
pub mod few;
pub mod finding;
pub mod hash;
pub mod kind;
pub mod manifest;
pub mod oci;
pub mod output;
pub mod path;
mod process;
pub mod progress;
pub mod reference;
pub mod registry;
pub mod render;
pub mod report;
pub mod sandbox;
pub mod session;
pub mod store;
pub mod units;

use answer::{Too, look, look_too};
use cli::{Cli, Command};
use commands::completions::completions;
use commands::explain::explain;
use commands::gc_preview::gc_preview;
use commands::history::history;
use commands::uploads::uploads;
use exit::Exit;
use output::Outputs;
pub use process::say;
use progress::Progress;

/// Does what the command line asks for, writes the answer, and tells the exit status that it implies.
///
/// # Errors
/// When there is no answer: bad usage (a [`clap::Error`]), no such root, or an answer that could not be written.
pub fn run(cli: &Cli, progress: &dyn Progress) -> anyhow::Result<Exit> {
    cli.check()?;
    answer::refuse_beginnings(cli)?;
    let hint = answer::meant_root(cli);
    answer::hint_at_root(hint, cli.global.quiet, answer(cli, progress))
}

fn answer(cli: &Cli, progress: &dyn Progress) -> anyhow::Result<Exit> {
    let global = &cli.global;
    let name = cli.command.name();
    match &cli.command {
        Command::Resolve(args) => {
            look(global, name, progress, |session| Ok(dispatch::resolve(session, &args.options())))
        }
        Command::Verify(args) => answer::verify(global, args, progress),
        Command::Merge(args) => answer::merged(global, args),
        Command::Diff(args) => answer::compare(global, args, progress),
        Command::Inventory(args) => answer::write_down(global, args, progress),
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
        Command::Cat(args) => answer::write_out(global, args, progress),
        Command::GcPreview(args) => {
            look(global, name, progress, |session| gc_preview(session, &args.options()))
        }
        Command::Export(args) => answer::export(global, args, progress),
        Command::Explain(args) => answer::tell(&Outputs::open(global, None)?, &explain(args.code)),
        Command::Completions(args) => {
            let script = completions(args.shell);
            Outputs::open(global, None)?.write(|_, _, out| out.write_all(&script))?;
            Ok(Exit::Good)
        }
    }
}

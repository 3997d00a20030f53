//! What a run takes of the process: threads, signals, the sandbox, the environment, standard error.

use std::env;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use anyhow::Context;
use jiff::Timestamp;

use crate::cancel::Cancel;
use crate::cli::{self, Global};
use crate::hash::sha256::Backend;
use crate::output::Target;
use crate::progress::Progress;
use crate::render;
use crate::sandbox::{self, Confined, Needs};
use crate::session::Run;
use crate::store::Store;

/// Does work within the readers' pool, which signals end early, and in a process that can do nothing else.
pub(crate) fn within<T: Send>(
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
pub(crate) fn needs_of<'a>(
    roots: impl IntoIterator<Item = &'a Store>,
    files: impl IntoIterator<Item = &'a Target>,
) -> Needs<'a> {
    let roots = roots.into_iter().map(Store::handle).collect();
    let mut needs = Needs { roots, ..Needs::default() };
    files.into_iter().for_each(|target| target.add_to(&mut needs));
    needs
}

/// Gives up all that the command does not need. A kernel that has no such thing, or less of it, is told of by `-v`.
pub(crate) fn confine(global: &Global, needs: &Needs<'_>, roots: &[&Path]) {
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

/// What the environment says shall hash: for tests and measurements, hence not in the help.
pub(crate) fn backend() -> Result<Option<Backend>, clap::Error> {
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

/// Writes a line to standard error. Nobody is to lose a report because this could not be written.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "regfs: {line}");
}

//! What a run takes of the process: threads, signals, the sandbox, the environment, standard error.

use std::env;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use thread_priority::ThreadPriority;

use crate::cancel::Cancel;
use crate::cli::{self, Global};
use crate::hash::sha256::Backend;
use crate::output::Target;
use crate::progress::Progress;
use crate::render;
use crate::sandbox::{self, Confined, Needs};
use crate::session::Run;
use crate::store::{Manners, Store};

/// What a run has open besides its readers' files: standard streams, roots, reports, a checkpoint, what waits for signals.
const FILES_ELSEWHERE: usize = 24;

/// The most files that a reader has open at a time: directories on the way, and a file or one of each root.
const FILES_A_READER: usize = 4;

/// Does work within the readers' pool, which signals end early, and in a process that can do nothing else.
pub(crate) fn within<T: Send>(
    global: &Global,
    needs: &Needs<'_>,
    stores: &[&Store],
    progress: &dyn Progress,
    work: impl FnOnce(Run<'_>) -> anyhow::Result<T> + Send,
) -> anyhow::Result<T> {
    confine(global, needs, stores);
    let cancel = Cancel::on_signals().context("cannot handle signals")?;
    let gentle = Arc::new(Manners::new(global.load.rate, global.load.no_cache, &cancel));
    if global.load.rate.is_some() || global.load.no_cache {
        for store in stores {
            store.mind(Arc::clone(&gentle));
        }
    }
    if global.load.nice {
        yield_to_others()?;
    }
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = global.jobs.map_or(cores, NonZeroUsize::get);
    let (readers, open_files) = readers(global.load.readers, jobs, cores, file_limit());
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(readers).build().context("cannot start threads")?;
    for store in stores.iter().filter(|_| global.verbose) {
        let root = render::escape::text(&store.path().to_string_lossy()).into_owned();
        say(&format!(
            "reading {root} with {readers} readers, {} of which compute at once",
            jobs.min(readers)
        ));
    }
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let run = Run { jobs, open_files, backend: backend()?, cancel: &cancel, progress, now };
    let done = pool.install(|| work(run));
    progress.end();
    if gentle.failed_to_leave_cache() && !global.quiet {
        say(
            "note: --no-cache needs Linux 6.14 and a file system that knows it: what was read stays in the page cache",
        );
    }
    done
}

/// How many readers there are to be, and how many files may be kept open besides theirs.
fn readers(asked: Option<NonZeroUsize>, jobs: usize, cores: usize, file_limit: usize) -> (usize, usize) {
    // Several reads in flight for each core hide the latency of the disk; more threads than that only take memory.
    let usual = jobs.saturating_mul(16).clamp(32, 64).max(jobs.min(cores));
    let wanted = asked.map_or(usual, NonZeroUsize::get);
    let files = file_limit.saturating_sub(FILES_ELSEWHERE);
    let readers = wanted.min(files / (FILES_A_READER + 1)).max(1);
    // Where files are kept open, a reader has but one more at a time, and the directory that it is in.
    (readers, files.saturating_sub(2 * readers).max(1))
}

/// How many files the system lets this process have open.
fn file_limit() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Has this thread, and those that it will start, run only when nobody else wants to: the disk's scheduler goes by that
/// too (`task_nice_ioclass` of `include/linux/ioprio.h`).
fn yield_to_others() -> anyhow::Result<()> {
    use thread_priority::unix::{
        NormalThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
    };
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle)
        .map_err(|error| anyhow!("the system refuses --nice: {error}"))
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
fn confine(global: &Global, needs: &Needs<'_>, stores: &[&Store]) {
    let confined = match needs.why_not {
        Some(why) => Confined::Not(why.to_owned()),
        None => sandbox::enter(needs),
    };
    if !global.verbose {
        return;
    }
    match confined {
        Confined::Wholly => {}
        Confined::Partly => say("the sandbox is not whole: the kernel's Landlock does not know all of it"),
        Confined::Not(why) => say(&format!("no sandbox: {}", render::escape::text(&why))),
    }
    for root in stores.iter().filter_map(|store| store.path().canonicalize().ok()) {
        let mut written = needs.replace_in.iter().chain(&needs.move_in);
        if let Some(above) = written.find(|directory| root.starts_with(directory)) {
            let above = render::escape::text(&above.to_string_lossy()).into_owned();
            say(&format!(
                "the sandbox does not keep the root from being written: {above} holds it, and is to be written to"
            ));
        }
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

/// Writes a line to standard error. Nobody is to lose a report because this could not be written.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "regfs: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_and_files_stay_below_the_limit() {
        for limit in [16, 64, 100, 256, 1024, 1 << 20, usize::MAX] {
            for asked in [None, NonZeroUsize::new(1), NonZeroUsize::new(1000)] {
                for jobs in [1, 2, 8, 200] {
                    let (readers, open) = readers(asked, jobs, 8, limit);
                    assert!(readers >= 1 && open >= 1);
                    let walking = readers * FILES_A_READER + FILES_ELSEWHERE;
                    let hashing = open.saturating_add(2 * readers + FILES_ELSEWHERE);
                    assert!(limit < 64 || walking.max(hashing) <= limit, "{limit} {asked:?} {jobs}");
                    assert!(asked.is_none_or(|asked| readers <= asked.get()));
                }
            }
        }
        assert_eq!(readers(None, 2, 2, 1024).0, 32);
        assert_eq!(readers(NonZeroUsize::new(150), 2, 2, 1024).0, 150);
    }

    #[test]
    fn whoever_yields_is_scheduled_as_idle_and_so_is_what_it_starts() {
        const SCHED_IDLE: &str = "5";
        let policy = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            // Counted from behind the name, which may hold anything: the 41st (`proc_pid_stat(5)`).
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
            fields[41 - 3].to_owned()
        };
        let policies = thread::spawn(move || {
            yield_to_others().unwrap();
            [policy(), thread::spawn(policy).join().unwrap()]
        });
        assert_eq!(policies.join().unwrap(), [SCHED_IDLE; 2]);
        assert_ne!(policy(), SCHED_IDLE);
    }
}

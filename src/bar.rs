//! Progress on a person's terminal: one line at the foot of it, gone when the work is done.
//!
//! Threads that work only add to two counters. A thread of the bar's own looks at them ten times a second and
//! draws, beginning a quarter of a second into a phase: what is quicker is never seen.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::{Phase, Progress, Work};

/// How long a phase goes on before it is shown.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often the line on a terminal is drawn.
const FRAME: Duration = Duration::from_millis(100);
/// How often a line is added where there is no terminal: a log is read later.
const LOG: Duration = Duration::from_secs(10);

/// Whether to do what suits a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum When {
    /// If it goes to a terminal
    #[default]
    Auto,
    /// Wherever it goes
    Always,
    /// Not at all
    Never,
}

/// Shows progress on standard error.
pub struct Bar {
    place: Place,
    done: Arc<Counters>,
    drawing: Mutex<Option<Drawing>>,
}

#[derive(Clone, Copy)]
enum Place {
    Nowhere,
    /// A line that is drawn over and over; by the function, which makes the target for one phase.
    Terminal(fn() -> ProgressDrawTarget),
    /// A line now and then.
    Log,
}

#[derive(Default)]
struct Counters {
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Counters {
    fn read(&self) -> Work {
        Work { files: self.files.load(Ordering::Relaxed), bytes: self.bytes.load(Ordering::Relaxed) }
    }
}

/// The thread that draws, which ends when told or when nobody is left to tell it.
struct Drawing {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Bar {
    /// A bar that shows nothing yet. Where standard error is no terminal, [`When::Always`] writes a line every ten
    /// seconds.
    pub fn new(when: When) -> Self {
        let place = match when {
            When::Never => Place::Nowhere,
            _ if io::stderr().is_terminal() => Place::Terminal(ProgressDrawTarget::stderr),
            When::Always => Place::Log,
            When::Auto => Place::Nowhere,
        };
        Self::at(place)
    }

    fn at(place: Place) -> Self {
        Self { place, done: Arc::default(), drawing: Mutex::default() }
    }
}

impl Progress for Bar {
    fn begin(&self, phase: Phase, total: Option<Work>) {
        self.end();
        self.done.files.store(0, Ordering::Relaxed);
        self.done.bytes.store(0, Ordering::Relaxed);
        let done = Arc::clone(&self.done);
        let (stop, stopped) = mpsc::channel();
        let draw: Box<dyn FnOnce() + Send> = match self.place {
            Place::Nowhere => return,
            Place::Terminal(target) => Box::new(move || draw_bar(phase, total, &done, &stopped, target)),
            Place::Log => Box::new(move || write_lines(phase, total, &done, &stopped)),
        };
        // Without a thread to be had the work goes on unseen.
        let thread = thread::Builder::new().name("progress".into()).spawn(draw);
        let drawing = thread.ok().map(|thread| Drawing { stop, thread });
        *self.drawing.lock().unwrap_or_else(PoisonError::into_inner) = drawing;
    }

    fn advance(&self, work: Work) {
        if work.files > 0 {
            self.done.files.fetch_add(work.files, Ordering::Relaxed);
        }
        if work.bytes > 0 {
            self.done.bytes.fetch_add(work.bytes, Ordering::Relaxed);
        }
    }

    fn end(&self) {
        let drawing = self.drawing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Drawing { stop, thread }) = drawing {
            drop(stop);
            // What is written next is to find the line cleared. A thread that panicked has nothing to clear.
            let _ = thread.join();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether the phase goes on after that time.
fn goes_on(stopped: &Receiver<()>, wait: Duration) -> bool {
    stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout)
}

fn draw_bar(
    phase: Phase,
    total: Option<Work>,
    done: &Counters,
    stopped: &Receiver<()>,
    target: fn() -> ProgressDrawTarget,
) {
    if !goes_on(stopped, PATIENCE) {
        return;
    }
    let in_bytes = phase == Phase::Hash;
    let position = |work: Work| if in_bytes { work.bytes } else { work.files };
    let bar = ProgressBar::with_draw_target(total.map(position), target())
        .with_style(style(in_bytes, total.is_some()))
        .with_elapsed(PATIENCE)
        .with_prefix(name(phase));
    loop {
        let done = done.read();
        if in_bytes {
            bar.set_message(files(done.files));
        }
        bar.set_position(position(done));
        bar.tick();
        if !goes_on(stopped, FRAME) {
            break;
        }
    }
    bar.finish_and_clear();
}

fn style(in_bytes: bool, total_known: bool) -> ProgressStyle {
    let template = match (in_bytes, total_known) {
        (true, true) => {
            "{prefix} [{wide_bar}] {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} ETA {eta} {msg}"
        }
        (true, false) => "{spinner} {prefix} {binary_bytes} {binary_bytes_per_sec} {elapsed} {msg}",
        (false, true) => "{prefix} [{wide_bar}] {human_pos}/{human_len} files ETA {eta}",
        (false, false) => "{spinner} {prefix} {human_pos} files {elapsed}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ").tick_chars(r"|/-\ ")
}

fn write_lines(phase: Phase, total: Option<Work>, done: &Counters, stopped: &Receiver<()>) {
    let mut wait = PATIENCE;
    while goes_on(stopped, wait) {
        wait = LOG;
        // Nobody is to lose a report because a log could not be written.
        let _ = writeln!(io::stderr().lock(), "{}", line(phase, total, done.read()));
    }
}

fn line(phase: Phase, total: Option<Work>, done: Work) -> String {
    let name = name(phase);
    match (phase, total) {
        (Phase::Hash, Some(total)) => format!(
            "{name}: {} of {}, {} of {}",
            BinaryBytes(done.bytes),
            BinaryBytes(total.bytes),
            HumanCount(done.files),
            files(total.files)
        ),
        (Phase::Hash, None) => format!("{name}: {}, {}", BinaryBytes(done.bytes), files(done.files)),
        (_, Some(total)) => format!("{name}: {} of {}", HumanCount(done.files), files(total.files)),
        (_, None) => format!("{name}: {}", files(done.files)),
    }
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Walk => "listing",
        Phase::Read => "reading manifests",
        Phase::Hash => "hashing",
    }
}

fn files(count: u64) -> String {
    format!("{} file{}", HumanCount(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use indicatif::TermLike;

    use super::*;

    /// A terminal of one line: what stands in it, and all that ever did.
    #[derive(Debug, Default)]
    struct Screen {
        line: String,
        seen: String,
    }

    static QUICK: Mutex<Screen> = Mutex::new(Screen { line: String::new(), seen: String::new() });
    static SLOW: Mutex<Screen> = Mutex::new(Screen { line: String::new(), seen: String::new() });

    #[derive(Debug)]
    struct Terminal(&'static Mutex<Screen>);

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            100
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)?;
            self.write_str("\n")
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            let mut screen = self.0.lock().unwrap();
            screen.line += text;
            screen.seen += text;
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().unwrap().line.clear();
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn run(bar: &Bar, work: impl FnOnce()) {
        bar.begin(Phase::Hash, Some(Work { files: 3, bytes: 4 << 20 }));
        bar.advance(Work { files: 2, bytes: 1 << 20 });
        bar.advance(Work::bytes(1 << 20));
        work();
        bar.end();
    }

    #[test]
    fn a_short_phase_is_never_seen() {
        let bar = Bar::at(Place::Terminal(|| ProgressDrawTarget::term_like(Box::new(Terminal(&QUICK)))));
        let start = Instant::now();
        run(&bar, || thread::sleep(Duration::from_millis(20)));
        // On a busy machine it may have been long all the same.
        if start.elapsed() < PATIENCE {
            assert_eq!(QUICK.lock().unwrap().seen, "");
        }
    }

    #[test]
    fn a_long_phase_is_shown_and_leaves_nothing_behind() {
        let bar = Bar::at(Place::Terminal(|| ProgressDrawTarget::term_like(Box::new(Terminal(&SLOW)))));
        let is_told =
            || ["2.00 MiB/4.00 MiB", "2 files"].iter().all(|part| SLOW.lock().unwrap().seen.contains(part));
        run(&bar, || {
            let start = Instant::now();
            while !is_told() && start.elapsed() < PATIENCE * 100 {
                thread::sleep(PATIENCE / 5);
            }
        });
        let screen = SLOW.lock().unwrap();
        for part in ["hashing [", "2.00 MiB/4.00 MiB", "ETA", "2 files"] {
            assert!(screen.seen.contains(part), "{part}: {:?}", screen.seen);
        }
        assert_eq!(screen.line, "");
        assert!(!screen.seen.contains('\n'), "{:?}", screen.seen);
    }

    #[test]
    fn ending_does_not_wait_for_the_next_drawing() {
        let bar = Bar::at(Place::Log);
        let is_quick = |_| {
            let start = Instant::now();
            run(&bar, || {});
            start.elapsed() < PATIENCE
        };
        // A busy machine holds up one or the other, not each.
        assert!((0..20).any(is_quick));
    }

    #[test]
    fn lines_of_a_log_say_how_far_it_is() {
        let done = Work { files: 1, bytes: 1 << 20 };
        let total = Some(Work { files: 2000, bytes: 1 << 30 });
        for (phase, total, expected) in [
            (Phase::Walk, None, "listing: 1 file"),
            (Phase::Read, total, "reading manifests: 1 of 2,000 files"),
            (Phase::Hash, total, "hashing: 1.00 MiB of 1.00 GiB, 1 of 2,000 files"),
            (Phase::Hash, None, "hashing: 1.00 MiB, 1 file"),
        ] {
            assert_eq!(line(phase, total, done), expected);
        }
    }
}

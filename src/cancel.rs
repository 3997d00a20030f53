//! A person or a supervisor asks the run to stop.
//!
//! The first SIGINT or SIGTERM lets the work end early and in order, with a report that says so; another one, a moment
//! later, ends the process at once, with status 2. The moment is there for `timeout` and other supervisors, which signal
//! the process and then its group.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::Exit;

/// How soon after the first a signal is taken for the same request.
const SAME_REQUEST: Duration = Duration::from_millis(500);

/// Tells, cheaply and from any thread, whether to stop. Clones share one state.
#[derive(Clone, Debug)]
pub struct Cancel(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_cancelled: AtomicBool,
    is_late: AtomicBool,
}

impl Cancel {
    /// One that no signal sets.
    pub fn never() -> Self {
        Self(Arc::default())
    }

    /// One that SIGINT and SIGTERM set. To be called once in a process.
    ///
    /// # Errors
    /// If the operating system does not let the signals be handled.
    pub fn on_signals() -> io::Result<Self> {
        let cancel = Self::never();
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let asked = cancel.clone();
        thread::Builder::new().name("signals".into()).spawn(move || {
            let mut first = None;
            for _ in signals.forever() {
                let first = *first.get_or_insert_with(Instant::now);
                asked.cancel();
                if first.elapsed() > SAME_REQUEST {
                    exit_at_once();
                }
            }
        })?;
        Ok(cancel)
    }

    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Asks to stop after some time from now.
    ///
    /// # Errors
    /// If there is no thread to be had that waits for it.
    pub fn after(&self, time: Duration) -> io::Result<()> {
        let asked = self.clone();
        let end = move || {
            if !asked.is_cancelled() {
                asked.0.is_late.store(true, Ordering::Relaxed);
                asked.cancel();
            }
        };
        // A thread may come to run only when all is done.
        if time.is_zero() {
            end();
            return Ok(());
        }
        let wait = move || {
            thread::sleep(time);
            end();
        };
        thread::Builder::new().name("deadline".into()).spawn(wait).map(drop)
    }

    /// Whether to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::Relaxed)
    }

    /// Whether to stop because the time was over.
    pub fn is_late(&self) -> bool {
        self.0.is_late.load(Ordering::Relaxed)
    }
}

#[expect(clippy::exit, reason = "asked twice, the process is to end whatever it is doing")]
fn exit_at_once() -> ! {
    std::process::exit(Exit::NoAnswer.code().into())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use signal_hook::low_level::raise;

    use super::*;

    const CHILD: &str = "REGFS_TEST_RAISES";

    /// Signals are a matter of the whole process, so this test runs itself again in a child.
    #[test]
    fn the_first_signal_cancels_and_a_later_one_exits_with_2() {
        let Ok(signals) = std::env::var(CHILD) else {
            for (signals, status) in
                [("", 0), ("int", 0), ("term int", 0), ("int wait term", 2), ("term wait wait", 0)]
            {
                let me = std::env::current_exe().unwrap();
                let name = "cancel::tests::the_first_signal_cancels_and_a_later_one_exits_with_2";
                let run = || Command::new(&me).args(["--exact", name]).env(CHILD, signals).output().unwrap();
                // On a busy machine even two signals in a row may be half a second apart; hardly so each time.
                let mut children = std::iter::repeat_with(run).take(5);
                assert!(children.any(|child| child.status.code() == Some(status)), "{signals}: {:?}", run());
            }
            return;
        };
        let cancel = Cancel::on_signals().unwrap();
        for signal in signals.split_whitespace() {
            match signal {
                "int" => raise(SIGINT).unwrap(),
                "term" => raise(SIGTERM).unwrap(),
                _ => thread::sleep(2 * SAME_REQUEST),
            }
        }
        // The signals are taken note of by a thread of their own, which ends the process where it has to be ended.
        let is_to_end = signals.ends_with("wait term");
        let patience = Duration::from_secs(if is_to_end { 20 } else { 5 });
        let begun = Instant::now();
        while !signals.is_empty() && (is_to_end || !cancel.is_cancelled()) && begun.elapsed() < patience {
            thread::sleep(SAME_REQUEST / 10);
        }
        assert_eq!(cancel.is_cancelled(), !signals.is_empty());
    }
}

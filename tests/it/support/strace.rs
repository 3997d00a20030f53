//! Programs under `strace`: what they ask of the system, and how they take a refusal.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::run::{Outcome, binary, clear_environment, finish};
use super::tools;

/// Whether `strace` works here; if not, the test that asks has nothing to do, and says why.
pub(crate) fn is_at_hand() -> bool {
    static AT_HAND: OnceLock<bool> = OnceLock::new();
    let at_hand = *AT_HAND.get_or_init(|| {
        let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    });
    if !at_hand {
        tools::skipped("strace", "strace is not installed, or may not trace here");
    }
    at_hand
}

/// Runs regfs under `strace` with more options for that.
pub(crate) fn regfs<A: AsRef<OsStr>>(options: &[&str], trace: &Path, args: &[A]) -> Outcome {
    let mut command = Command::new("strace");
    clear_environment(&mut command);
    command.args(["-f", "-qq", "-y", "-s", "0", "-o"]).arg(trace).args(options).arg("--").arg(binary());
    command.args(args).current_dir("/").stdin(Stdio::null());
    finish(&mut command, Duration::from_secs(120))
}

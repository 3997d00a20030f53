//! The real binary, run in an environment that holds nothing of the tester's, with a deadline.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::store::Store;

pub(super) const DEADLINE: Duration = Duration::from_secs(60);
/// The user that root becomes where permissions must count.
const NOBODY: u32 = 65534;

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) status: i32,
}

impl Outcome {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| {
            panic!("standard output is no JSON: {error}\n{}", self.snapshot(Path::new("\0")))
        })
    }

    /// All that a user sees, as one text, less what differs from run to run.
    pub(crate) fn snapshot(&self, root: &Path) -> String {
        let text = format!(
            "status: {}\n--- stdout\n{}\n--- stderr\n{}",
            self.status,
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        );
        let text = text.replace(&*root.to_string_lossy(), "[ROOT]");
        let text = text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        // What the kernel does not offer is no matter of the program.
        let of_the_kernel = |line: &&str| {
            line.starts_with("regfs: no sandbox") || line.starts_with("regfs: the sandbox is not")
        };
        let text: String = text.split_inclusive('\n').filter(|line| !of_the_kernel(line)).collect();
        without_duration(&without_elapsed(&text))
    }
}

/// Puts `[TIME]` for how long a table says that hashing or comparing took.
pub(crate) fn without_duration(text: &str) -> String {
    const BEFORE: [&str; 2] = [" hashed in ", " compared in "];
    let first = BEFORE.iter().filter_map(|before| Some((text.find(before)?, before))).min();
    let Some((at, words)) = first else { return text.to_owned() };
    let (before, rest) = text.split_at(at + words.len());
    // Behind the time comes the verdict, after a colon.
    let rest = &rest[rest.find(':').unwrap_or(rest.len())..];
    format!("{before}[TIME]{}", without_duration(rest))
}

/// Puts `[ELAPSED]` for the one member of a report that may differ between runs.
pub(crate) fn without_elapsed(text: &str) -> String {
    const MEMBER: &str = "\"elapsed_seconds\":";
    let mut scrubbed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MEMBER) {
        let (before, after) = rest.split_at(at + MEMBER.len());
        scrubbed.push_str(before);
        scrubbed.push_str("[ELAPSED]");
        rest = &after[after.find([',', '}', '\n']).unwrap_or(after.len())..];
    }
    scrubbed + rest
}

fn regfs<A: AsRef<OsStr>>(program: &Path, args: &[A]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir("/");
    clear_environment(&mut command);
    command
}

/// Leaves a command nothing of the tester's environment.
pub(super) fn clear_environment(command: &mut Command) {
    command.env_clear();
    command.envs([("LANG", "C.UTF-8"), ("COLUMNS", "120"), ("TERM", "dumb"), ("PATH", "/usr/bin:/bin")]);
}

pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_regfs"))
}

/// Runs regfs; a hang, a signal, a panic or an exit status outside the contract is a failure.
pub(crate) fn run<A: AsRef<OsStr>>(args: &[A]) -> Outcome {
    finish(regfs(binary(), args).stdin(Stdio::null()), DEADLINE)
}

/// Runs regfs with a variable in its environment.
pub(crate) fn run_with<A: AsRef<OsStr>>(variable: (&str, &str), args: &[A]) -> Outcome {
    finish(regfs(binary(), args).env(variable.0, variable.1).stdin(Stdio::null()), DEADLINE)
}

/// Runs regfs as a user whom permissions bind, whoever runs the tests.
pub(crate) fn run_as_ordinary_user<A: AsRef<OsStr>>(args: &[A]) -> Outcome {
    if !rustix::process::geteuid().is_root() {
        return run(args);
    }
    // The build directory may be closed to that user.
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let copy = dir.path().join("regfs");
    std::fs::copy(binary(), &copy).unwrap();
    finish(regfs(&copy, args).uid(NOBODY).gid(NOBODY).stdin(Stdio::null()), DEADLINE)
}

pub(crate) fn run_json<A: AsRef<OsStr>>(args: &[A]) -> Value {
    run(args).json()
}

/// `regfs verify --format json --notes -r ROOT` and more arguments.
pub(crate) fn verify(store: &Store, more: &[&str]) -> Outcome {
    let root = store.root_text();
    run(&[&["verify", "--format", "json", "--notes", "-r", &root], more].concat())
}

/// `regfs resolve --format json -r ROOT` and more arguments.
pub(crate) fn resolve(store: &Store, more: &[&str]) -> Outcome {
    let root = store.root_text();
    run(&[&["resolve", "--format", "json", "-r", &root], more].concat())
}

/// `regfs gc-preview --format json -r ROOT` in a mode: `2`, `2m`, `3` or `3m`.
pub(crate) fn gc_preview(store: &Store, mode: &str) -> Outcome {
    let root = store.root_text();
    let untagged = mode.ends_with('m').then_some("--delete-untagged");
    let mut args = vec!["gc-preview", "--format", "json", "-r", &root, "--rules", mode.trim_end_matches('m')];
    args.extend(untagged);
    run(&args)
}

pub(super) fn spawn(command: &mut Command) -> Child {
    loop {
        match command.spawn() {
            // Another test's fork may for a moment hold a fresh copy of the binary open for writing.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(5));
            }
            other => return other.unwrap(),
        }
    }
}

pub(super) fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

fn wait(child: &mut Child, deadline: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + deadline;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Runs a command to its end, or panics at the deadline.
pub(crate) fn finish(command: &mut Command, deadline: Duration) -> Outcome {
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let stdout = drain(child.stdout.take().unwrap());
    conclude(command, child, stdout, deadline)
}

/// Waits for a child whose standard output is read already, and judges how it ended.
pub(super) fn conclude(
    command: &Command,
    mut child: Child,
    stdout: thread::JoinHandle<Vec<u8>>,
    deadline: Duration,
) -> Outcome {
    let stderr = drain(child.stderr.take().unwrap());
    let status = wait(&mut child, deadline);
    let stdout = stdout.join().unwrap();
    let stderr = String::from_utf8_lossy(&stderr.join().unwrap()).into_owned();
    let status = status.unwrap_or_else(|| panic!("hangs: {command:?}\n{stderr}"));
    assert_eq!(status.signal(), None, "killed by a signal: {command:?}\n{stderr}");
    let status = status.code().unwrap();
    assert!(matches!(status, 0..=2), "exit status {status}: {command:?}\n{stderr}");
    assert!(!stderr.contains("panicked at"), "panics: {command:?}\n{stderr}");
    Outcome { stdout, stderr, status }
}

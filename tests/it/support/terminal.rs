//! A terminal of a given width, so that what a person sees can be compared.

use std::fs::File;
use std::io::{self, Read};
use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::fixture;
use super::run::{self, DEADLINE, Outcome, binary, clear_environment, conclude, drain, spawn};

/// Runs a shell's command line in the project's directory, its standard output on a terminal and `regfs` in its path.
/// Standard error is none, since progress there depends on the machine.
pub(crate) fn shell(line: &str, columns: u16, variables: &[(&str, &str)]) -> Outcome {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let screen = openpt(flags).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let terminal = ioctl_tiocgptpeer(&screen, flags).unwrap();
    let size = Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();

    let mut command = Command::new("sh");
    clear_environment(&mut command);
    let programs = binary().parent().unwrap().display();
    command.args(["-c", line]).current_dir(fixture::project()).stdin(Stdio::null());
    command
        .env("COLUMNS", columns.to_string())
        .env("TERM", "xterm")
        .env("PATH", format!("{programs}:/usr/bin:/bin"));
    command.envs(variables.iter().copied()).stdout(terminal).stderr(Stdio::piped());
    let child = spawn(&mut command);
    // The screen ends when nobody holds the terminal any more.
    command.stdout(Stdio::null());
    let mut outcome = conclude(&command, child, drain(Screen(File::from(screen))), DEADLINE);
    outcome.stdout = outcome.text().replace("\r\n", "\n").into_bytes();
    outcome
}

/// A screen's text, less how long hashing took; the line breaks of the words behind that depend on it as well.
pub(crate) fn without_duration(text: &str) -> String {
    const TIME: &str = " in [TIME]";
    let text = run::without_duration(text);
    let Some((before, behind)) = text.split_once(TIME) else { return text };
    let (verdict, rest) = behind.split_once("\n\n").unwrap_or((behind, ""));
    format!("{before}{TIME}{}\n{rest}", verdict.trim_end().replace('\n', " "))
}

/// A text whose times are all the same: those of a clone's files are when it was made, and ages grow.
pub(crate) fn without_times(text: &str) -> String {
    let is_time = |word: &str| word.len() == 20 && word.ends_with('Z') && word.as_bytes()[10] == b'T';
    let is_age =
        |word: &str| word.strip_suffix('d').is_some_and(|days| days.len() > 2 && days.parse::<u32>().is_ok());
    let word = |word: &str| match word {
        _ if is_time(word) => "2026-01-02T03:04:05Z".to_owned(),
        _ if is_age(word) => "9".repeat(word.len() - 1) + "d",
        _ => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The other side of a terminal.
struct Screen(File);

impl Read for Screen {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => Ok(0),
            other => other,
        }
    }
}

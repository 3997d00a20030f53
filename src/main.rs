//! The `regfs` program.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use regfs::bar::Bar;
use regfs::cli::Cli;
use regfs::exit::Exit;
use regfs::render::escape;

fn main() -> ExitCode {
    let answer = Cli::try_parse()
        .map_err(anyhow::Error::from)
        .and_then(|cli| regfs::run(&cli, &Bar::new(cli.global.progress())));
    ExitCode::from(answer.map_or_else(|error| tell(&error), Exit::code))
}

/// Tells on standard error why there is no answer.
fn tell(error: &anyhow::Error) -> u8 {
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        // Help and version are such errors too, and good ones.
        let status = u8::try_from(usage.exit_code()).unwrap_or(Exit::NoAnswer.code());
        return usage.print().map_or(Exit::NoAnswer.code(), |()| status);
    }
    if !error.chain().any(is_closed_pipe) {
        regfs::say(&escape::lines(&format!("error: {error:#}")));
    }
    Exit::NoAnswer.code()
}

/// Whoever reads the answer had enough of it.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

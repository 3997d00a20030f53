//! The command lines of what looks at no store: `explain` and `completions`.

use std::ffi::OsStr;

use clap::Args;
use clap::builder::{PossibleValue, TypedValueParser};
use clap_complete::Shell;

use crate::finding::Code;

/// `explain`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs explain                       all codes, with severity and title
  regfs explain reference-missing

Formats: table, json, ndjson.")]
pub struct Explain {
    /// The code of a finding, as `regfs verify` shows it [default: list all codes]
    #[arg(value_name = "CODE", value_parser = CodeParser, hide_possible_values = true)]
    pub code: Option<Code>,
}

/// `completions`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs completions bash > /etc/bash_completion.d/regfs
  regfs completions zsh > ~/.zfunc/_regfs
  regfs completions fish > ~/.config/fish/completions/regfs.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Parses a code, and offers all of them to the shell.
#[derive(Clone)]
struct CodeParser;

impl TypedValueParser for CodeParser {
    type Value = Code;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Code, clap::Error> {
        str::parse::<Code>.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        // Hidden from the help alone: there are too many to read there.
        Some(Box::new(
            Code::ALL.iter().map(|code| PossibleValue::new(code.name()).help(code.explanation().title)),
        ))
    }
}

//! `completions`: a script that completes regfs commands in a shell.
//!
//! The same scripts are committed under `completions/`. After a change of the command line, write them anew:
//!
//! ```sh
//! cd completions
//! for shell in bash zsh fish powershell elvish; do cargo run completions $shell > regfs.$shell; done
//! ```

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

/// The script for a shell.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "regfs", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn committed_scripts_fit_the_command_line() {
        for shell in Shell::value_variants() {
            let path = format!("{}/completions/regfs.{shell}", env!("CARGO_MANIFEST_DIR"));
            let committed = std::fs::read(&path).unwrap_or_default();
            assert!(committed == completions(*shell), "out of date: regfs completions {shell} > {path}");
        }
    }
}

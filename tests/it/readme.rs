//! What README shows is what the program does: each of its examples is run, and its two commands are the right ones.

use std::fs;

use clap::{CommandFactory as _, Parser as _};
use regfs::cli::Cli;

use crate::support::fixture::project;
use crate::support::terminal::{self, without_duration, without_times};

/// The terminal that README's examples come from; README names it.
const COLUMNS: u16 = 130;

fn readme() -> String {
    fs::read_to_string(project().join("README.md")).unwrap()
}

/// The lines of each fenced block of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<Vec<&'a str>> {
    let fence = format!("```{language}");
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while lines.any(|line| line == fence) {
        blocks.push(lines.by_ref().take_while(|line| *line != "```").collect());
    }
    blocks
}

/// A command line and what it prints.
fn examples(text: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    for block in blocks(text, "console") {
        for line in &block {
            match (line.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push((command.to_owned(), String::new())),
                (None, Some((_, output))) => output.extend([*line, "\n"]),
                (None, None) => panic!("output of no command: {line}"),
            }
        }
    }
    examples
}

#[test]
fn readme_shows_what_is_printed() {
    let readme = readme();
    assert!(readme.contains(&format!("{COLUMNS} columns")));
    let examples = examples(&readme);
    assert!(!examples.is_empty());
    for (command, shown) in examples {
        let outcome = terminal::shell(&command, COLUMNS, &[("NO_COLOR", "1")]);
        let printed = format!("{}{}", outcome.text(), outcome.stderr);
        let scrub = |text: &str| without_times(&without_duration(text));
        assert_eq!(scrub(&printed), scrub(&shown), "$ {command}");
    }
}

#[test]
fn every_other_command_line_in_readme_is_understood() {
    let readme = readme();
    let lines = ["sh", "yaml", "crontab"].map(|language| blocks(&readme, language)).concat().concat();
    let commands = lines.iter().filter_map(|line| line.find("regfs ").map(|at| &line[at..]));
    let mut understood = 0;
    for command in commands {
        let ends = |word: &&str| !["|", ">", "||", "2>&1)"].contains(word);
        let words = command.split_whitespace().take_while(ends);
        if let Err(error) = Cli::try_parse_from(words).and_then(|cli| cli.check()) {
            panic!("{command}: {error}");
        }
        understood += 1;
    }
    assert!(understood > 5, "only {understood} command lines were found");
}

#[test]
fn no_recipe_hands_on_the_report_of_an_earlier_run() {
    let readme = readme();
    let recipes = ["yaml", "crontab"].map(|language| blocks(&readme, language)).concat();
    assert_eq!(recipes.len(), 3);
    for recipe in recipes.iter().map(|lines| lines.join("\n")) {
        let (before, behind) = recipe.split_once("--report json=").unwrap();
        let path = behind.split_whitespace().next().unwrap();
        assert!(before.contains(&format!("rm -f {path}")), "{recipe}");
    }
}

#[test]
fn readme_has_a_word_on_every_command() {
    let readme = readme();
    for command in Cli::command().get_subcommands() {
        let heading = format!("\n### {}", command.get_name());
        assert!(readme.contains(&heading), "{} is missing", command.get_name());
    }
}

/// Building anew within a test would take minutes, so that only what the commands do is run.
#[test]
fn the_two_commands_to_begin_with_are_a_sound_run_and_the_tests() {
    let readme = readme();
    let commands: Vec<_> = blocks(&readme, "sh").into_iter().flatten().take(2).collect();
    let [run, "cargo test"] = commands[..] else { panic!("{commands:?}") };
    let arguments = run.strip_prefix("cargo run --release -- ").unwrap();
    assert_eq!(terminal::shell(&format!("regfs {arguments}"), COLUMNS, &[]).status, 0);
}

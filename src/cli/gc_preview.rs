//! The command line of `gc-preview`.

use clap::{Args, ValueEnum};

use crate::commands::gc_preview::Options;
use crate::registry::collector::{Mode, Rules};

/// `gc-preview`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs gc-preview                              distribution 3.x
  regfs gc-preview --rules 2 --delete-untagged  distribution 2.8 and Debian's docker-registry, with -m
  regfs gc-preview -f json | jq '.broken_tags, .aborts'

The lists are what `registry garbage-collect --dry-run` prints, mistakes included: it may delete what a tag needs.
Exit status 1: it would abort, or break a tag.

Formats: table, json, ndjson, csv (the blobs), paths, paths0 (the directories of the blobs).")]
pub struct GcPreview {
    /// Whose rules
    #[arg(long, value_name = "VERSION", default_value = "3")]
    pub rules: GcRules,

    /// As if the collector were told to delete manifests without a tag too
    #[arg(short = 'm', long)]
    pub delete_untagged: bool,
}

/// A version of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GcRules {
    /// distribution 2.7 and 2.8, Debian's docker-registry, Harbor's registry
    #[value(name = "2")]
    V2,
    /// distribution 3.0 and 3.1
    #[value(name = "3")]
    V3,
}

impl GcPreview {
    /// The command's options.
    pub fn options(&self) -> Options {
        let rules = match self.rules {
            GcRules::V2 => Rules::V2,
            GcRules::V3 => Rules::V3,
        };
        Options { mode: Mode::new(rules, self.delete_untagged) }
    }
}

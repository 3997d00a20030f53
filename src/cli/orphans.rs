//! The command line of `orphans`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::usage;
use crate::commands::orphans::{Options, TagGlobs};
use crate::registry::reach;
use crate::units::{parse_duration, parse_size};

/// `orphans`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs orphans                              what no manifest revision needs
  regfs orphans --policy tags --min-age 7d   what no tag needs, left alone for a week
  regfs orphans --keep-newest 10 --without-tags 'pr-*'
  regfs orphans --alive harbor-digests.txt -f json
  regfs orphans --exit-code --max-bytes 100GiB

Formats: table, json, ndjson, csv, paths, paths0 (the last two: a blob's directory each). Manifests are hashed before they are
believed. What cannot be read or trusted is listed as unknown; then all that its repository links counts as alive, and
the exit status is 2.")]
pub struct Orphans {
    /// What keeps content alive [default: revisions]
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<Policy>,

    /// Digests that are alive too, one a line, and what they reach; - is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub alive: Option<PathBuf>,

    /// Leave out what is younger than this: a push or pull may be under way
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub min_age: Option<Duration>,

    /// As if the tags that match were gone (may be repeated); implies --policy tags
    ///
    /// With a colon the glob is for repo:tag as a whole, else for the tag. A * matches / too.
    #[arg(long, value_name = "GLOB")]
    pub without_tags: Vec<Glob>,

    /// As if each repository kept only so many tags, those that moved last; implies --policy tags
    ///
    /// Tags that --without-tags matches are gone before.
    #[arg(long, value_name = "N")]
    pub keep_newest: Option<usize>,

    /// Exit with 1 if anything is listed
    #[arg(long)]
    pub exit_code: bool,

    /// Exit with 1 if the blobs listed have more bytes than this
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_bytes: Option<u64>,
}

/// What keeps content alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// Every manifest revision of any repository, and what it reaches
    Revisions,
    /// What tags reach, and manifests whose subject is alive
    Tags,
}

impl Orphans {
    /// The options of the command.
    ///
    /// # Errors
    /// As a usage error, when tags are to be dropped and not to count.
    pub fn options(&self) -> Result<Options, clap::Error> {
        let what_if = !self.without_tags.is_empty() || self.keep_newest.is_some();
        if what_if && self.policy == Some(Policy::Revisions) {
            return Err(usage(
                "--without-tags and --keep-newest ask what tags keep alive: use --policy tags",
            ));
        }
        Ok(Options {
            policy: match self.policy {
                Some(Policy::Tags) => reach::Policy::Tags,
                _ if what_if => reach::Policy::Tags,
                _ => reach::Policy::Revisions,
            },
            alive: self.alive.clone(),
            min_age: self.min_age,
            without: if self.without_tags.is_empty() { None } else { Some(self.globs()?) },
            keep_newest: self.keep_newest,
            exit_code: self.exit_code,
            max_bytes: self.max_bytes,
        })
    }

    fn globs(&self) -> Result<TagGlobs, clap::Error> {
        let (names, tags) =
            self.without_tags.iter().partition::<Vec<&Glob>, _>(|glob| glob.glob().contains(':'));
        Ok(TagGlobs { tags: set(&tags)?, names: set(&names)? })
    }
}

fn set(globs: &[&Glob]) -> Result<GlobSet, clap::Error> {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add((*glob).clone());
    }
    builder.build().map_err(|error| usage(&error.to_string()))
}

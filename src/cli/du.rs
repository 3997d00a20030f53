//! The command line of `du`.

use clap::{Args, ValueEnum};

use super::lists::parse_repository;
use crate::commands::du::Options;
use crate::reference::Reference;
use crate::report::du;

/// `du`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs du                            each repository
  regfs du --by namespace --sort unique
  regfs du team/app --by tag          what the tags of one repository need
  regfs du --by blob --top 10         the largest blobs
  regfs du -f json | jq .summary

LOGICAL is what a row needs, each blob counted once; UNIQUE is the part of it that no other row needs, listed or not;
SHARED is the rest. A repository needs its manifests, tagged or not, and what they name; a tag needs its image. The total
is that of the data files below blobs/: what is unique, what is shared (counted once), and orphans. Uploads come on top.
That something is missing or altered does not change the exit status: to judge is for `regfs verify`.

Formats: table, json, ndjson, csv.")]
pub struct Du {
    /// Show only rows of these repositories; what is unique stays a matter of the whole store
    #[arg(value_name = "REPO", value_parser = parse_repository)]
    pub repositories: Vec<Reference>,

    /// What the rows are about [default: repository; tag where images are in no repository]
    #[arg(long, value_name = "WHAT")]
    pub by: Option<By>,

    /// The order of rows, the largest first [default: logical; in other formats than table, name]
    #[arg(long, value_name = "KEY")]
    pub sort: Option<Sort>,

    /// Show so many rows; without --sort the largest by logical bytes
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

/// What rows are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// What stands before the first / of repositories' names (a project in Harbor), or the whole name
    Namespace,
    /// What the manifests of a repository need
    Repository,
    /// What the image of a tag needs
    Tag,
    /// Each blob that a repository needs, and how many repositories and tags do
    Blob,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    /// All that is needed
    Logical,
    /// What no other row needs
    Unique,
    /// What others need too
    Shared,
    /// The number of blobs
    Blobs,
    /// The name
    Name,
}

impl Du {
    /// The options of the command.
    pub fn options(&self) -> Options {
        Options {
            repositories: self.repositories.clone(),
            by: self.by.map(|by| match by {
                By::Namespace => du::By::Namespace,
                By::Repository => du::By::Repository,
                By::Tag => du::By::Tag,
                By::Blob => du::By::Blob,
            }),
            sort: self.sort.map(|sort| match sort {
                Sort::Logical => du::Sort::Logical,
                Sort::Unique => du::Sort::Unique,
                Sort::Shared => du::Sort::Shared,
                Sort::Blobs => du::Sort::Blobs,
                Sort::Name => du::Sort::Name,
            }),
            top: self.top,
        }
    }
}

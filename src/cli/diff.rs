//! The command lines of `diff` and `inventory`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::commands::diff;
use crate::commands::inventory;
use crate::reference::{Reference, RepoName};

/// `diff`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs diff /var/lib/registry /mnt/restored
  regfs diff --ref team/app:v1 /data/registry /mnt/mirror    one image, file by file
  regfs diff --repo team/app --sizes-only /data/registry /mnt/mirror
  regfs diff /var/lib/registry last-night.ndjson.zst         against an inventory
  regfs diff /backup/images /mnt/images                      two image layouts: their names and blobs
  regfs diff --ref team/app:v1 --deep /data/registry /var/lib/docker   is it the same image, layer by layer
  ssh mirror regfs inventory /data/registry | regfs diff /var/lib/registry -

Formats: table, json, ndjson, csv, paths, paths0. Marks: = the same, + only in a, - only in b, * differs, ! could not be read.
Of files that differ, only as much is read as is the same; a file that is the same inode on both sides is not read.")]
pub struct Diff {
    /// A registry's storage, or a file that `regfs inventory` wrote; - is standard input
    #[arg(value_name = "ROOT_A", value_hint = ValueHint::AnyPath)]
    pub a: PathBuf,

    /// What to compare it with
    #[arg(value_name = "ROOT_B", value_hint = ValueHint::AnyPath)]
    pub b: PathBuf,

    /// Compare only this image, file by file (may be repeated)
    #[arg(long = "ref", value_name = "REF", value_parser = Reference::asked)]
    pub references: Vec<Reference>,

    /// Compare only this repository, and the blobs that it links (may be repeated)
    #[arg(long = "repo", value_name = "REPO", conflicts_with = "references", value_parser = parse_repository)]
    pub repositories: Vec<RepoName>,

    /// Take files of the same size for the same: no blob is read
    #[arg(long)]
    pub sizes_only: bool,

    /// Compare what carries no meaning too: times, modes, *.tmp, empty directories, unfinished uploads
    #[arg(long)]
    pub strict: bool,

    /// With --ref, between stores of different kinds: read the layers, and compare what they unpack to
    #[arg(long, requires = "references", conflicts_with = "sizes_only")]
    pub deep: bool,
}

/// The most that a layer may unpack to before it is given up on.
const DEEP_LIMIT: u64 = 16 << 30;

/// `inventory`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs inventory /var/lib/registry > registry.ndjson
  regfs inventory /var/lib/registry -o registry.ndjson.zst
  regfs diff /mnt/mirror registry.ndjson.zst

A line of JSON for each file, sorted: its path, its size, what its bytes hash to, or what a link names. Nothing is written
unless all of it was looked at or named as unreadable; an interrupted run writes nothing.")]
pub struct Inventory {
    /// The registry's storage [default: that of --root]
    #[arg(value_name = "ROOT", value_hint = ValueHint::DirPath)]
    pub from: Option<PathBuf>,

    /// Write to this file, atomically; as Zstandard if its name ends in .zst [default: standard output]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Read no blob: an inventory of sizes
    #[arg(long)]
    pub no_hash: bool,

    /// Take in what carries no meaning too: times, modes, *.tmp, empty directories, unfinished uploads
    #[arg(long)]
    pub strict: bool,
}

impl Diff {
    /// The options of the command.
    pub fn options(&self) -> diff::Options {
        diff::Options {
            references: self.references.clone(),
            repositories: self.repositories.clone(),
            sizes_only: self.sizes_only,
            strict: self.strict,
            deep: self.deep.then_some(DEEP_LIMIT),
        }
    }
}

impl Inventory {
    /// The options of the command.
    pub const fn options(&self) -> inventory::Options {
        inventory::Options { hash: !self.no_hash, strict: self.strict }
    }
}

fn parse_repository(text: &str) -> Result<RepoName, String> {
    RepoName::parse(text).map_err(|error| error.to_string())
}

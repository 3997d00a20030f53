//! The command line of `verify`, and of `merge`, which puts its reports together.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use crate::commands::merge;
use crate::commands::verify::Options;
use crate::finding::Severity;
use crate::reference::Reference;
use crate::registry::shard::Shard;
use crate::units::{parse_duration, parse_size};

/// `verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs verify                        the whole root
  regfs verify --no-hash              structure alone: quick, reads no layer
  regfs verify --deep team/app:v1     one image, its layers unpacked too
  regfs verify --donor /mnt/mirror    and how what is damaged can be had from there
  regfs verify -f json --fail-on warning
  regfs verify --report ndjson=findings.ndjson --report json=verify.json
  regfs verify --checkpoint /var/lib/regfs/checkpoint --max-duration 2h
  regfs verify --shard 1/4 -f json > 1.json      and merge the four: regfs merge 1.json 2.json 3.json 4.json

A checkpoint spares a run what earlier ones of the same round verified: a blob is believed only while its size, its \
times and its inode are what they were. Whichever run comes to the end ends the round, and the next one verifies \
everything again, what was verified the longest ago first. A run that is ended before, by --max-duration too, exits \
with 2.

Formats: table, json, ndjson. A code in the report is explained by `regfs explain CODE`.")]
pub struct Verify {
    /// Look only at what these reach: repo:tag, repo@digest, or repo (the tag latest) [default: the whole root]
    #[arg(value_name = "REF", value_parser = super::parse_reference)]
    pub references: Vec<Reference>,

    /// Check structure alone: only manifests and configs are read and hashed
    #[arg(long, conflicts_with = "deep")]
    pub no_hash: bool,

    /// Unpack each layer, and compare its uncompressed digest with the image's config
    #[arg(long)]
    pub deep: bool,

    /// The most that a layer may unpack to before --deep gives up on it
    #[arg(long, value_name = "SIZE", default_value = "16GiB", value_parser = parse_size, requires = "deep")]
    pub deep_limit: u64,

    /// How bad a finding must be for exit status 1
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub fail_on: FailOn,

    /// Say of each damaged or missing blob whether this root, or inventory of one, has it intact, and how to copy it
    ///
    /// The commands are printed and not run: regfs writes nothing. A push does not repair a registry.
    #[arg(long, value_name = "ROOT_OR_FILE", value_hint = ValueHint::AnyPath)]
    pub donor: Option<PathBuf>,

    /// List notes too: the normal residue of a working registry
    #[arg(long)]
    pub notes: bool,

    /// Report an unfinished upload as stale when it is older than this
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = parse_duration)]
    pub upload_age: Duration,

    /// Go on where the run was ended that wrote this file, and write down what is verified, every few seconds
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "no_hash")]
    pub checkpoint: Option<PathBuf>,

    /// Stop when this time is over, tell what was found so far, and exit with 2
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub max_duration: Option<Duration>,

    /// Read and judge one of N shares, by digest: N runs cover the store, and `regfs merge` makes one report of theirs
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
}

/// `merge`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs merge 1.json 2.json 3.json 4.json
  regfs merge monday.json tuesday.json -f json

A share that is reported on twice counts once: by the last report of a run that came to its end, else by all that was \
found. If a share is missing the answer is partial, and the exit status 2. Reports of different roots, versions or \
options are refused, and so is ndjson.

Formats: table, json, ndjson.")]
pub struct Merge {
    /// JSON reports, of -f json or --report json=FILE: of verify --shard, or of runs that were ended before their time
    #[arg(value_name = "REPORT", required = true, value_hint = ValueHint::FilePath)]
    pub parts: Vec<PathBuf>,

    /// How bad a finding must be for exit status 1
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub fail_on: FailOn,
}

/// From which severity on a finding makes the answer bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors
    Error,
    /// Errors and warnings
    Warning,
    /// Anything
    Note,
    /// Nothing
    Never,
}

impl Verify {
    /// The options of the command; `verbose` asks for notes as well, for tables.
    pub fn options(&self, verbose: bool) -> Options {
        Options {
            references: self.references.clone(),
            hash: !self.no_hash,
            deep: self.deep.then_some(self.deep_limit),
            fail_on: self.fail_on.severity(),
            notes: self.notes,
            aside: verbose,
            upload_age: self.upload_age,
            shard: self.shard,
            max_duration: self.max_duration,
        }
    }
}

impl Merge {
    /// The options of the command.
    pub fn options(&self) -> merge::Options {
        merge::Options { reports: self.parts.clone(), fail_on: self.fail_on.severity() }
    }
}

impl FailOn {
    const fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}

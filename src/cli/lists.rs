//! The command lines of the commands that look things up: `ls`, `refs`, `history`, `uploads`, `cat`.

use std::time::Duration;

use clap::Args;

use crate::commands::cat;
use crate::digest::Prefix;
use crate::manifest::Platform;
use crate::reference::Reference;
use crate::units::parse_duration;

/// `ls`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs ls                            every repository, with tags, manifests, bytes
  regfs ls team/app                   its tags, and the manifests without one
  regfs ls team/app -f csv

UNTAGGED counts the manifests that no tag points to, UNREACHED those that no tag leads to through an index either.
STATE is the worst of an image and of all that it needs; `regfs resolve --help` says what each means. An image that is
not ok is listed like any other and does not change the exit status: to judge is for `regfs verify` and `regfs resolve`.

Formats: table, json, ndjson, csv.")]
pub struct Ls {
    /// The repository whose images to list [default: list the repositories]
    #[arg(value_name = "REPO", value_parser = parse_repository)]
    pub repository: Option<Reference>,
}

/// `refs`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs refs sha256:0123456789ab
  regfs refs 0123 -f json

Formats: table, json, ndjson, csv.")]
pub struct Refs {
    /// The blob: its digest, or enough of it to tell it from others, with or without the algorithm
    #[arg(value_name = "DIGEST")]
    pub digest: Prefix,
}

/// `history`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs history team/app:v1
  regfs cat team/app@sha256:0123…     what an old revision was

A revision that is not ok is listed like any other and does not change the exit status.

Formats: table, json, ndjson, csv.")]
pub struct History {
    /// The tag: repo:tag, or repo (the tag latest)
    #[arg(value_name = "REPO:TAG", value_parser = parse_tag)]
    pub tag: Reference,
}

/// `uploads`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs uploads
  regfs uploads --upload-age 1d -f json

Formats: table, json, ndjson, csv.")]
pub struct Uploads {
    /// Call an upload stale when it is older than this
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = parse_duration)]
    pub upload_age: Duration,
}

/// `cat`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs cat team/app:v1 | jq .layers
  regfs cat team/app:v1 --config --platform linux/arm64
  regfs cat sha256:0123456789ab > layer.tar.gz

The bytes are those stored. They are hashed on the way: exit status 1 if they are not what the digest promises.
On a terminal JSON is laid out, and what is binary is not written.")]
pub struct Cat {
    /// The image (repo:tag, repo@digest: its manifest), or the digest of any blob, or enough of it to be unique
    #[arg(value_name = "REF|DIGEST")]
    pub target: cat::Target,

    /// Write the config of the image, not its manifest
    #[arg(long)]
    pub config: bool,

    /// Of an index, take the image for this platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub platform: Option<Platform>,

    /// Write the bytes as they are to a terminal too, binary or not
    #[arg(long)]
    pub force: bool,
}

impl Cat {
    /// The command's options.
    pub fn options(&self) -> cat::Options {
        cat::Options { target: self.target.clone(), config: self.config, platform: self.platform.clone() }
    }
}

pub(super) fn parse_repository(text: &str) -> Result<Reference, String> {
    let reference = super::parse_reference(text)?;
    if reference.tag.is_some() || reference.digest.is_some() || reference.beginning.is_some() {
        return Err("a repository has neither tag nor digest: see `regfs resolve` for an image".into());
    }
    Ok(reference)
}

fn parse_tag(text: &str) -> Result<Reference, String> {
    let reference = super::parse_reference(text)?;
    if reference.digest.is_some() || reference.beginning.is_some() {
        return Err("a digest has no history: name a tag".into());
    }
    Ok(reference)
}

//! The command line of `resolve`.

use clap::Args;

use crate::commands::resolve;
use crate::manifest::Platform;
use crate::reference::Reference;

/// `resolve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  regfs resolve team/app:v1
  regfs resolve team/app:v1 --platform linux/arm64
  regfs resolve team/app@sha256:0123…        an untagged revision
  regfs resolve team/app:v1@sha256:0123…     and fail unless the tag points there
  regfs resolve team/app:v1 -f paths | xargs -d '\\n' sha256sum

Layers are not read: `regfs verify REF` hashes their bytes.

Formats: table, json, ndjson, paths.")]
pub struct Resolve {
    /// The image: repo:tag, repo@digest, repo:tag@digest, or repo (the tag latest)
    #[arg(value_name = "REF")]
    pub reference: Reference,

    /// Follow only the images for this platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    pub platform: Option<Platform>,
}

impl Resolve {
    /// The command's options.
    pub fn options(&self) -> resolve::Options {
        resolve::Options { reference: self.reference.clone(), platform: self.platform.clone() }
    }
}

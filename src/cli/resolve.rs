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

States, of several the worst:
  ok             as it should be, as far as was looked
  external       a layer that lives elsewhere by design
  size-mismatch  not of the size that its descriptor states
  unlinked       the bytes are there, and the repository has no link to them: a pull gets 404
  altered        a manifest or config whose bytes do not hash to its name
  malformed      a manifest that does not parse, or a link that is not exactly its digest
  empty          no bytes where there should be some
  not-regular    no regular file, or behind something that is no directory
  unreadable     the system refused
  missing        nothing is there

Formats: table, json, ndjson, paths.")]
pub struct Resolve {
    /// The image: repo:tag, repo@digest, repo:tag@digest, or repo (the tag latest)
    #[arg(value_name = "REF", value_parser = super::parse_reference)]
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

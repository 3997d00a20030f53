//! The command line of `export`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::commands::export::Options;
use crate::reference::Reference;

use super::usage;

/// `export`
#[derive(Debug, Args)]
#[command(
    override_usage = "\
regfs export [OPTIONS] REF DIR
       regfs export [OPTIONS] --all DIR",
    after_help = "\
Examples:
  regfs export team/app:v1 /tmp/app          named v1 there: skopeo copy oci:/tmp/app:v1 …
  regfs export --all /backup/images          named team/app:v1 and so on
  regfs export v1 /tmp/copy --root /tmp/app  out of another layout

DIR must not exist, or be empty, must not lie inside the root, and cannot be a mount point: name a
directory in it. It is there as a whole or not at all. Each byte is hashed on its way; an image of which
something is missing or altered is left out, and the exit status is 1; where something cannot be read, it
is 2. An index may be sparse: it comes out with the images of it that are there, and a note names the
others; one of which none is there is left out. Manifests stay what they are, so that every digest stays
the same; an image in Docker's own format skopeo takes only where it is alone, and without its name:
oci:DIR. Out of a Docker engine come its layers as they are there, not compressed, and a manifest that is
made: the image id and the DiffIDs stay the same. Where the file system can share extents, blobs are
reflinked.

Formats: table, json, ndjson."
)]
pub struct Export {
    /// The image (repo:tag, repo@digest, or repo: the tag latest), unless all are wanted, and the directory to make
    #[arg(value_names = ["REF", "DIR"], num_args = 1..=2, required = true, value_hint = ValueHint::DirPath)]
    pub what: Vec<OsString>,

    /// Export every tag, and every manifest that neither a tag nor an index leads to
    #[arg(long)]
    pub all: bool,

    /// Let blobs be the store's own files under another name: what changes one then changes the other
    #[arg(long)]
    pub hard_link: bool,
}

impl Export {
    /// The command's options, and where the layout is to be.
    ///
    /// # Errors
    /// As a usage error, when what is wanted is not said in one of the two ways.
    pub fn options(&self) -> Result<(Options, PathBuf), clap::Error> {
        let (reference, directory) = match (self.what.as_slice(), self.all) {
            ([directory], true) => (None, directory),
            ([reference, directory], false) => {
                let text = reference.to_str().ok_or_else(|| usage("the name of an image is text"))?;
                let reference = Reference::asked(text).map_err(|error| usage(&error.to_string()))?;
                (Some(reference), directory)
            }
            (_, true) => return Err(usage("with --all, name the directory alone")),
            (_, false) => return Err(usage("name the image and the directory, or --all and the directory")),
        };
        let options = Options { reference, hard_link: self.hard_link };
        Ok((options, PathBuf::from(directory)))
    }
}

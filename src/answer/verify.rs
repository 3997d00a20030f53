//! `verify`, with what a donor has of what is damaged, and its reports put together again.

use std::path::PathBuf;

use super::{Too, look_too, tell};
use crate::cli::{self, Global};
use crate::commands::diff::Named;
use crate::commands::merge::merge;
use crate::dispatch;
use crate::exit::Exit;
use crate::output::Outputs;
use crate::progress::Progress;

/// Verifies a store, and asks a donor for what it found damaged.
pub(crate) fn verify(global: &Global, args: &cli::Verify, progress: &dyn Progress) -> anyhow::Result<Exit> {
    let donor = args.donor.as_deref().map(|path| Named::open(path, None)).transpose()?;
    let other = donor.as_ref().and_then(Named::root);
    let too = Too { other, checkpoint: args.checkpoint.as_deref(), ..Too::default() };
    look_too(global, "verify", too, progress, |session, checkpoint| {
        let donor = donor.as_ref().map(|donor| donor.read(false)).transpose()?;
        dispatch::verify(session, &args.options(global.verbose), checkpoint, donor.as_ref())
    })
}

/// Puts the reports of several runs together.
pub(crate) fn merged(global: &Global, args: &cli::Merge) -> anyhow::Result<Exit> {
    let report = merge(&args.options())?;
    let root = PathBuf::from(report.head.root.clone().unwrap_or_default());
    let roots: Vec<PathBuf> = root.canonicalize().ok().into_iter().collect();
    tell(&Outputs::beside(global, &roots, root)?, &report)
}

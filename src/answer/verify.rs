//! `verify`, with what a donor has of what is damaged, and its reports put together again.

use std::path::PathBuf;

use super::{Too, look_too, tell};
use crate::cli::{self, Global};
use crate::commands::diff::Source;
use crate::commands::merge::merge;
use crate::commands::verify::donor;
use crate::dispatch;
use crate::exit::Exit;
use crate::kind::Kind;
use crate::output::Outputs;
use crate::progress::Progress;
use crate::store::Store;

/// Verifies a store, and asks a donor for what it found damaged.
pub(crate) fn verify(global: &Global, args: &cli::Verify, progress: &dyn Progress) -> anyhow::Result<Exit> {
    let donor = args.donor.as_deref().map(|path| Source::open(path, false)).transpose()?;
    let other = donor.as_ref().and_then(Source::root);
    let too = Too { other, checkpoint: args.checkpoint.as_deref(), ..Too::default() };
    look_too(global, "verify", too, progress, |session, checkpoint| {
        let is_registry = |store: &Store| store.kind() == Kind::Registry;
        let has_donor = donor.as_ref().is_none_or(|donor| donor.store().is_none_or(is_registry));
        if donor.is_some() && !(has_donor && is_registry(session.store)) {
            return Err(cli::usage("--donor asks one registry what another has").into());
        }
        let mut options = args.options(global.verbose);
        // A cache may well lack a blob: that is a note, and a donor is asked for it all the same.
        let lists_notes = options.notes;
        options.notes |= donor.is_some();
        let mut report = dispatch::verify(session, &options, checkpoint)?;
        if let Some(donor) = &donor {
            report.donor = Some(donor::consult(session, &report.findings, donor));
            report.head.warnings.extend(donor::relation(session.store, donor));
        }
        if !lists_notes {
            report.drop_notes();
        }
        if !args.notes {
            report.set_notes_aside();
        }
        Ok(report)
    })
}

/// Puts the reports of several runs together.
pub(crate) fn merged(global: &Global, args: &cli::Merge) -> anyhow::Result<Exit> {
    let report = merge(&args.options())?;
    let root = PathBuf::from(report.head.root.clone().unwrap_or_default());
    let roots: Vec<PathBuf> = root.canonicalize().ok().into_iter().collect();
    tell(&Outputs::beside(global, &roots, root)?, &report)
}

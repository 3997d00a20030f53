//! `export`: a directory rather than a report, and a report of it.

use std::path::Path;

use super::tell_all;
use crate::cli::{self, Global};
use crate::commands;
use crate::destination::Destination;
use crate::dispatch;
use crate::exit::Exit;
use crate::output::{self, Outputs};
use crate::process::{needs_of, within};
use crate::progress::Progress;
use crate::session::Run;
use crate::store::Store;

/// Writes images out as an image layout. What it takes is begun before the process is confined to it.
pub(crate) fn export(global: &Global, args: &cli::Export, progress: &dyn Progress) -> anyhow::Result<Exit> {
    let (options, directory) = args.options()?;
    let store = Store::open_as(global.root.as_deref(), global.kind())?;
    dispatch::check("export", store.kind())?;
    let outputs = Outputs::open(global, Some(&store))?;
    let destination = Destination::begin(&directory, &output::roots(global.root.as_deref(), &store))?;
    let mut needs = needs_of([&store], outputs.files());
    needs.make_in.push(destination.making().to_owned());
    needs.move_in.extend(destination.place().parent().map(Path::to_owned));
    if options.hard_link {
        // The store's own files would then be files that may be written to, which Landlock does not let happen.
        needs.why_not = Some("with --hard-link there can be none");
    }
    let work = |run: Run<'_>| {
        let session = run.over(&store);
        let plan = dispatch::plan(&session, &options);
        commands::export::export(&session, &options, plan, destination)
    };
    let report = within(global, &needs, &[&store], progress, work)?;
    tell_all(global, &outputs, &report)
}

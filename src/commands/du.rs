//! `du`: what fills the store: how much each repository needs, how much of that nobody else does, and what nothing needs.
//!
//! The walk goes by names, and each manifest is read once. What damage may hide is never called an orphan.

mod named;
mod rows;
mod totals;

use std::collections::BTreeSet;
use std::time::Instant;

use crate::kind::Kind;
use crate::progress::Phase;
use crate::reference::Reference;
use crate::registry::documents::{self, Documents};
use crate::registry::inventory::{self, View};
use crate::registry::reach::{Doubts, Policy, Question, Reach};
use crate::registry::remarks;
use crate::registry::shares::{Needs, Shares};
use crate::report::du::{By, DuReport, Sort};
use crate::session::Session;

use super::orphans::schema1_revisions;
use super::survey;
use rows::{Listing, Rows};
use totals::Fates;
pub(super) use totals::ratio;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// The repositories that rows are wanted of; none: all.
    pub repositories: Vec<Reference>,
    /// What rows are about; none: repositories, or images where there are none.
    pub by: Option<By>,
    /// The order of rows; none: that of names for programs, the largest first for people.
    pub sort: Option<Sort>,
    /// The most rows that are wanted.
    pub top: Option<usize>,
}

/// Measures a store.
pub fn du(session: &Session<'_>, options: &Options) -> DuReport {
    let begun = Instant::now();
    let Session { store, cancel, progress, .. } = *session;
    let by = options.by.unwrap_or(if store.kind() == Kind::Registry { By::Repository } else { By::Tag });
    let mut report = DuReport::new(store, by, options.sort, options.top);
    let names = named::find(session, &options.repositories, &mut report);
    if report.message.is_some() {
        return report;
    }

    progress.begin(Phase::Walk, None);
    let view = View { layers: true, tags: true, uploads: true, ..View::NAMES };
    let mut inventory = survey::walk(session, view);
    progress.begin(Phase::Read, None);
    let mut documents = Documents::default();
    documents::read_manifests(store, &mut inventory, &mut documents, cancel, progress);
    let broken_links = inventory::read_aliases(store, &mut inventory);
    let signed = schema1_revisions(&inventory, &documents);
    inventory::read_signatures(store, &mut inventory, &signed);
    // What was not read may name anything.
    inventory.interrupted |= cancel.is_cancelled();
    progress.end();

    let question =
        Question { policy: Policy::Revisions, given: &inventory.wanted, dropped: &BTreeSet::new() };
    let mut doubts = Doubts::new(&inventory, &documents, question, store.is_pull_through_cache());
    for (path, reason) in broken_links {
        doubts.link(&inventory, path, reason);
    }
    let reach = Reach::new(&inventory, &documents, &doubts, question);
    let needs = Needs::new(&inventory, &documents);
    let repositories = Shares::new(&needs, rows::repositories(&inventory));
    let rows = Rows::new(&inventory, &documents, &needs, &repositories, names.as_ref());
    let (listing, others) = match by {
        By::Namespace => rows.of_namespaces(),
        By::Repository => (rows.of_repositories(), None),
        By::Tag => rows.of_tags(),
        By::Blob => (rows.of_blobs(), None),
    };
    let owners = others.as_ref().unwrap_or(&repositories);
    let fates =
        Fates { inventory: &inventory, owners, repositories: &repositories, doubts: &doubts, reach: &reach };
    let mut summary = fates.summary();

    summary.rows = listing.rows.len() as u64 + listing.others.rows;
    report.head.warnings.extend(remarks::remarks(store, &inventory));
    report.head.warnings.extend(totals::doubt(&doubts, &summary));
    report.head.warnings.extend((by == By::Tag).then(|| rows.lost_tags()).flatten());
    report.head.note_unreadable(&inventory);
    report.head.note_not_followed(&inventory);
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.head.partial |= !report.head.errors.is_empty() || cancel.is_cancelled();
    list(&mut report, listing, options);
    summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    report.summary = Some(summary);
    report
}

/// Fills in the rows: the first by the order that was asked for, or else the largest.
fn list(report: &mut DuReport, mut listing: Listing, options: &Options) {
    if let Some(top) = options.top.filter(|top| *top < listing.rows.len()) {
        options.sort.unwrap_or(Sort::Logical).sort(&mut listing.rows);
        listing.rows.drain(top..).for_each(|row| listing.others.add(row.logical, row.unique));
    }
    options.sort.unwrap_or(Sort::Name).sort(&mut listing.rows);
    report.rows = listing.rows;
    report.rest = listing.others;
}

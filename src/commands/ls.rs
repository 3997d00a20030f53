//! `ls`: which repositories there are, or which images one repository has.

pub(super) mod images;
mod repositories;
mod seen;

use crate::reference::Reference;
use crate::registry::{layout, remarks};
use crate::report::ls::LsReport;
use crate::session::Session;

use super::names;

/// Lists the repositories, or the images of one: then its tag is not looked at.
pub fn ls(session: &Session<'_>, repository: Option<&Reference>) -> LsReport {
    let mut report = LsReport::new(session.store);
    match repository {
        None => repositories::list(session, &mut report),
        Some(reference) => one(session, reference, &mut report),
    }
    finish(session, report)
}

/// Notes whether that is all.
pub(super) fn finish(session: &Session<'_>, mut report: LsReport) -> LsReport {
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.head.partial |= session.cancel.is_cancelled() || !report.head.errors.is_empty();
    report
}

fn one(session: &Session<'_>, reference: &Reference, report: &mut LsReport) {
    report.head.warnings = remarks::of_surroundings(session.store);
    let Some(meant) = names::find(session.store, reference) else { return };
    report.repository = Some(meant.name.to_string());
    if !meant.known {
        report.message = Some(meant.unknown());
        report.suggestions = names::repositories_near(session.store, reference, session.cancel);
        return;
    }
    report.head.warnings.extend(meant.hint());
    images::of_repository(session, &layout::repository(meant.name.as_str()), report);
}

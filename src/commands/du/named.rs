//! Which repositories rows are wanted of.

use std::collections::BTreeSet;

use crate::commands::names;
use crate::reference::Reference;
use crate::registry::layout;
use crate::report::ErrorItem;
use crate::report::du::DuReport;
use crate::session::Session;
use crate::store::ReadError;

/// The names of these repositories, `None` for all; the report says which of them there are not.
pub(super) fn find(
    session: &Session<'_>,
    references: &[Reference],
    report: &mut DuReport,
) -> Option<BTreeSet<Vec<u8>>> {
    let mut found = BTreeSet::new();
    let mut unknown = Vec::new();
    for reference in references {
        let Some(meant) = names::find(session.store, reference) else { continue };
        let name = &meant.name;
        if !meant.known {
            let near = names::repositories_near(session.store, reference, session.cancel);
            report.suggestions.extend(near);
            unknown.push(name.to_string());
            continue;
        }
        report.head.warnings.extend(meant.hint());
        let path = layout::repository(name.as_str());
        let obstacle = match session.store.dir(&path) {
            Ok(_) => None,
            Err(ReadError::Absent) => session.store.obstacle(&path),
            Err(error) => Some((path, error)),
        };
        report
            .head
            .errors
            .extend(obstacle.map(|(path, error)| ErrorItem { path, reason: error.to_string() }));
        found.insert(name.as_str().as_bytes().to_vec());
    }
    report.suggestions.sort_unstable();
    report.suggestions.dedup();
    if !unknown.is_empty() {
        report.message = Some(names::no_repository(unknown.join(", ")));
    }
    (!references.is_empty()).then_some(found)
}

//! `history`: every manifest that a tag pointed to and that the store still knows, by the links of the tag's index.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::digest::Digest;
use crate::path::StorePath;
use crate::reference::{Reference, Tag};
use crate::registry::look::{self, State};
use crate::registry::{layout, remarks};
use crate::report::history::{HistoryReport, HistorySummary, Past};
use crate::report::{ErrorItem, Head};
use crate::session::Session;
use crate::units::time;

use super::image;
use super::names;
use super::resolve::candidates;

/// Lists what a tag pointed to. A digest in the reference is not looked at.
pub fn history(session: &Session<'_>, reference: &Reference, tag: Tag) -> HistoryReport {
    let store = session.store;
    let mut head = Head::new("regfs/history/v1", store);
    head.warnings = remarks::of_surroundings(store);
    let mut report = HistoryReport {
        head,
        repository: None,
        tag,
        digest: None,
        state: None,
        moved: None,
        message: None,
        revisions: Vec::new(),
        suggestions: Vec::new(),
        summary: HistorySummary::default(),
    };
    let Some(meant) = names::find(store, reference) else { return report };
    report.repository = Some(meant.name.clone());
    report.head.warnings.extend(meant.hint());
    let repository = layout::repository(meant.name.as_str());
    if !meant.known {
        report.message = Some(meant.unknown());
        report.suggestions = names::repositories_near(store, reference, session.cancel);
        return report;
    }
    if look::presence(store, &layout::tag(&repository, report.tag.as_str())) == State::Missing {
        report.message = Some(names::no_such_tag(store, &repository, &meant.name, &report.tag));
        report.suggestions = names::tags_near(store, &meant.name, reference, &report.tag);
        return report;
    }
    fill(session, &repository, &mut report);
    report
}

fn fill(session: &Session<'_>, repository: &StorePath, report: &mut HistoryReport) {
    let store = session.store;
    let tag = report.tag.as_str();
    let errors = &mut report.head.errors;
    let current = layout::tag_current(repository, tag);
    let (link, points_to) = look::link(store, &current);
    image::note_unreadable(errors, &current, &link);
    report.digest = points_to;
    report.state = Some(link.state);
    report.moved = link.modified.and_then(time);
    let index = layout::tag(repository, tag).join("index");
    let mut digests = candidates::digests(store, &index).unwrap_or_else(|(path, error)| {
        errors.push(ErrorItem { path, reason: error.to_string() });
        Vec::new()
    });
    digests.extend(points_to);
    digests.sort_unstable();
    digests.dedup();
    let looked = |digest: &Digest| {
        if session.cancel.is_cancelled() { None } else { past(session, repository, tag, *digest, points_to) }
    };
    let mut found: Vec<Found> = digests.par_iter().with_max_len(1).filter_map(looked).collect();
    found.sort_by_key(|found| (Reverse(found.linked), found.past.digest));
    for found in found {
        errors.extend(found.errors);
        report.summary.revisions += 1;
        report.summary.available +=
            u64::from(found.past.revision == State::Ok && found.past.state == State::Ok);
        report.revisions.push(found.past);
    }
    errors.sort_unstable();
    errors.dedup();
    report.head.partial = session.cancel.is_cancelled() || !errors.is_empty();
}

struct Found {
    linked: Option<i64>,
    past: Past,
    errors: Vec<ErrorItem>,
}

/// One entry; none where the directory of a digest holds no link, as an API delete leaves it.
fn past(
    session: &Session<'_>,
    repository: &StorePath,
    tag: &str,
    digest: Digest,
    points_to: Option<Digest>,
) -> Option<Found> {
    let store = session.store;
    let mut errors = Vec::new();
    let path = layout::tag_index(repository, tag, digest);
    let link = look::link_to(store, &path, digest);
    let current = points_to == Some(digest);
    if link.state == State::Missing && !current {
        return None;
    }
    image::note_unreadable(&mut errors, &path, &link);
    let revision_link = layout::revision_link(repository, digest);
    let revision = look::link_to(store, &revision_link, digest);
    image::note_unreadable(&mut errors, &revision_link, &revision);
    let (look, manifest) = look::manifest(store, digest);
    image::note_unreadable(&mut errors, &layout::blob_data(digest), &look);
    let config = manifest.as_ref().and_then(|manifest| image::config(store, Some(repository), manifest));
    let created = config.and_then(|(path, look, config)| {
        image::note_unreadable(&mut errors, &path, &look);
        image::time(config?.created.as_deref()?)
    });
    let past = Past {
        digest,
        current,
        linked: link.modified.and_then(time),
        path,
        revision: revision.state,
        state: look.state,
        size: look.size,
        media_type: manifest.map(|manifest| manifest.effective_media_type().to_owned()),
        created,
    };
    Some(Found { linked: link.modified, past, errors })
}

//! `uploads`: pushes that began and never ended, and whether the registry will ever clear them away.

use std::time::Duration;

use crate::path::text_of;
use crate::progress::Phase;
use crate::registry::inventory::{self, Repository, Upload, View};
use crate::registry::remarks;
use crate::report::Head;
use crate::report::uploads::{HashState, UploadItem, UploadsReport, UploadsSummary};
use crate::session::Session;
use crate::units::time;

/// Lists the uploads; those older than `upload_age` are stale.
pub fn uploads(session: &Session<'_>, upload_age: Duration) -> UploadsReport {
    let Session { store, cancel, progress, now, .. } = *session;
    progress.begin(Phase::Walk, None);
    let inventory = inventory::walk(store, View::UPLOADS, cancel, progress);
    progress.end();
    let mut head = Head::new("regfs/uploads/v1", store);
    head.warnings = remarks::of_surroundings(store);
    head.note_unreadable(&inventory);
    head.note_not_followed(&inventory);
    head.errors.sort();
    let oldest = i64::try_from(upload_age.as_secs()).unwrap_or(i64::MAX);
    let mut uploads: Vec<UploadItem> = inventory
        .repositories
        .iter()
        .flat_map(|repository| repository.uploads.iter().map(move |upload| (repository, upload)))
        .map(|(repository, upload)| {
            let path = repository.path.join("_uploads").join(&upload.id);
            let hidden = |name: &str| inventory.hidden_by(&path.join(name)).is_some();
            let mut item = item(repository, upload, now.as_second(), oldest);
            if hidden("startedat") {
                (item.purgeable, item.never_purged) = (None, None);
            }
            if hidden("data") {
                item.bytes = None;
            }
            item
        })
        .collect();
    uploads.sort_by(|a, b| (&a.repository, &a.id).cmp(&(&b.repository, &b.id)));
    let mut summary = UploadsSummary::default();
    for upload in &uploads {
        summary.uploads += 1;
        summary.bytes = summary.bytes.saturating_add(upload.bytes.unwrap_or(0));
        summary.stale += u64::from(upload.stale);
        summary.never_purged += u64::from(upload.never_purged.is_some());
    }
    UploadsReport { head, now: now.to_string(), uploads, summary }
}

fn item(repository: &Repository, upload: &Upload, now: i64, oldest: i64) -> UploadItem {
    let started = upload.started();
    let age = now.saturating_sub(started.unwrap_or(upload.modified));
    let state = |(algorithm, offset): &(Box<str>, u64)| HashState {
        algorithm: algorithm.to_string(),
        offset: *offset,
    };
    UploadItem {
        id: text_of(&upload.id),
        repository: text_of(repository.name()),
        path: repository.path.join("_uploads").join(&upload.id),
        started_at: started.ok().and_then(time),
        modified: Some(upload.modified).filter(|&modified| modified != 0).and_then(time),
        age_seconds: age,
        bytes: Some(upload.size.unwrap_or(0)),
        hash_states: upload.hash_states.iter().map(state).collect(),
        stale: age > oldest,
        purgeable: Some(started.is_ok()),
        never_purged: started.err(),
    }
}

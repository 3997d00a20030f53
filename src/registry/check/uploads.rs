//! Unfinished uploads: whether the registry's own purge will ever take them.

use super::{Checker, Doubt, Draft};
use crate::finding::Code;
use crate::path::text_of;

impl Checker<'_> {
    pub(super) fn uploads(&mut self, repository: usize) {
        let repo = &self.inventory().repositories[repository];
        for upload in &repo.uploads {
            let path = repo.path.join("_uploads").join(&upload.id);
            if self.inventory().hidden_by(&path.join("startedat")).is_some() {
                continue;
            }
            let draft = |code, detail: String| Draft::new(code, path.clone(), detail).located();
            let age = match upload.started() {
                Ok(started) => self.evidence.now - started,
                Err(why) => {
                    let detail = format!("{why}: the registry never purges it");
                    self.found(draft(Code::UploadMalformed, detail).doubting(Doubt::SameBytes));
                    continue;
                }
            };
            if age > self.evidence.upload_age {
                let started = text_of(upload.started_at.as_deref().unwrap_or_default());
                let size = upload.size.unwrap_or(0);
                let detail = format!("begun at {started}, never finished; {size} bytes so far");
                self.found(draft(Code::UploadStale, detail).doubting(Doubt::SameBytes));
            }
        }
    }
}

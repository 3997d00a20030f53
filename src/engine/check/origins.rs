//! The two maps between registries' blobs and layers: whether they say the same.

use super::{Checker, finding, small};
use crate::engine::{Driver, origin};
use crate::finding::Code;

impl Checker<'_> {
    pub(super) fn origins(&mut self, driver: &Driver) {
        let maps = origin::read(self.session, driver);
        for (path, error) in &maps.unread {
            self.unread(path.clone(), error);
        }
        let code = Code::DistributionMismatch;
        for (diff, origins) in &maps.origins {
            if let Some(fault) = small(code, origin::path(driver, *diff), origins, None) {
                self.fault(fault);
            }
        }
        for (blob, diff) in &maps.diff_ids {
            if let Some(mut fault) = small(code, origin::by_digest(driver, *blob), diff, None) {
                fault.finding.digest = Some(blob.to_string());
                self.fault(fault);
            }
        }
        for (diff, origins) in &maps.origins {
            let mut blobs: Vec<_> = origins.get().into_iter().flatten().map(|origin| origin.digest).collect();
            blobs.dedup();
            for blob in blobs {
                // The engine forgets the one before the other.
                let Some(other) = maps.diff_ids.get(&blob).and_then(|other| other.get()) else { continue };
                if other != diff {
                    let detail = format!("it says {other}, where {diff} came as this blob");
                    let mut found = finding(code, origin::by_digest(driver, blob), detail);
                    found.digest = Some(blob.to_string());
                    self.found(found);
                }
            }
        }
    }
}

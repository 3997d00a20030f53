//! The store as a whole: every blob has one fate, hence the totals add up.

use crate::registry::inventory::{DigestId, Inventory, Odd};
use crate::registry::reach::{Doubts, Reach};
use crate::registry::shares::Shares;
use crate::report::du::DuSummary;
use crate::units::Size;

/// What decides the fate of a blob.
pub(super) struct Fates<'a> {
    pub(super) inventory: &'a Inventory,
    /// What the owners need.
    pub(super) owners: &'a Shares,
    /// What repositories need: all that anything is known to need.
    pub(super) repositories: &'a Shares,
    pub(super) doubts: &'a Doubts,
    /// What may be needed, whatever is in doubt.
    pub(super) reach: &'a Reach,
}

impl Fates<'_> {
    /// Adds up every `data` file.
    pub(super) fn summary(&self) -> DuSummary {
        let mut summary = DuSummary::default();
        for (digest, blob) in self.inventory.blobs.iter() {
            let (bytes, count) = self.fate(digest, &mut summary);
            *bytes = bytes.saturating_add(blob.size);
            if let Some(count) = count {
                *count += 1;
            }
        }
        for oddity in &self.inventory.oddities {
            if let Odd::MisplacedBlob(_, blob) | Odd::UnsupportedBlob(blob) = oddity.what {
                summary.orphans = summary.orphans.saturating_add(blob.size);
                summary.orphan_blobs += 1;
            }
        }
        for blob in self.inventory.all_blobs() {
            summary.blobs += 1;
            summary.total = summary.total.saturating_add(blob.size);
        }
        for upload in self.inventory.repositories.iter().flat_map(|repository| &repository.uploads) {
            summary.unfinished_uploads += 1;
            summary.uploads = summary.uploads.saturating_add(upload.size.unwrap_or(0));
        }
        let logical = self.owners.shares.iter().map(|share| share.logical);
        summary.logical_total = logical.fold(0, u64::saturating_add);
        summary.dedupe_ratio =
            ratio(summary.logical_total, summary.unique_total.saturating_add(summary.shared_total));
        summary
    }

    /// Where a blob counts.
    fn fate<'s>(&self, digest: DigestId, summary: &'s mut DuSummary) -> (&'s mut u64, Option<&'s mut u64>) {
        match self.owners.users(digest) {
            1 => (&mut summary.unique_total, None),
            2.. => (&mut summary.shared_total, None),
            0 if self.repositories.users(digest) > 0 => {
                (&mut summary.untagged, Some(&mut summary.untagged_blobs))
            }
            // Any manifest may be a hidden revision, and need anything.
            0 if self.doubts.hides_revisions || self.reach.is_alive(digest) => {
                (&mut summary.unknown, Some(&mut summary.unknown_blobs))
            }
            0 => (&mut summary.orphans, Some(&mut summary.orphan_blobs)),
        }
    }
}

/// To three places, which is more than anybody reads.
#[expect(clippy::cast_precision_loss, reason = "three places are far coarser than f64")]
pub(in crate::commands) fn ratio(logical: u64, distinct: u64) -> Option<f64> {
    (distinct > 0).then(|| (logical as f64 / distinct as f64 * 1000.0).round() / 1000.0)
}

/// What a reader must know where something could not be read or trusted.
pub(super) fn doubt(doubts: &Doubts, summary: &DuSummary) -> Option<String> {
    let (path, reason) = doubts.unknown.first()?;
    let others = match doubts.unknown.len() - 1 {
        0 => String::new(),
        others => format!(" (and {others} more: regfs orphans lists all)"),
    };
    Some(format!(
        "what cannot be read or trusted may need more than is counted: {path}: {reason}{others}. So logical bytes are lower \
         bounds; {} that nothing else needs may be needed by that, and are told apart from orphans as unknown",
        Size(summary.unknown)
    ))
}

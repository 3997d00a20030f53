//! What the sizes of files leave open, settled by their bytes.

use super::{Sides, Unread};
use crate::digest::Digest;
use crate::progress::{Phase, Work};
use crate::registry::compare::pairs::{Pairs, Unequal};
use crate::registry::compare::{Comparison, Depth, Difference, Pending, Side};
use crate::registry::contents::{Entry, What, compare_paths, hash_files};
use crate::report::diff::DiffSummary;
use crate::store::Store;

/// Compares what is left to compare, and says of blobs that differ what each side's bytes hash to. Tells what could not
/// be read.
pub(super) fn settle(sides: &Sides<'_>, comparison: &mut Comparison, summary: &mut DiffSummary) -> Unread {
    let pending = std::mem::take(&mut comparison.pending);
    let mut unread = Unread::new();
    match sides.stores {
        [Some(a), Some(b)] => side_by_side(sides, [a, b], &pending, comparison, summary, &mut unread),
        [Some(root), None] => by_digest(sides, Side::A, root, &pending, comparison, summary, &mut unread),
        [None, Some(root)] => by_digest(sides, Side::B, root, &pending, comparison, summary, &mut unread),
        [None, None] => {}
    }
    summary.bytes_compared = summary.bytes_compared.saturating_add(comparison.bytes);
    comparison.differences.sort_by(|a, b| compare_paths(&a.path, &b.path));
    if sides.depth == Depth::Bytes {
        for side in [Side::A, Side::B] {
            name_altered(sides, side, comparison, &mut unread);
        }
    }
    unread
}

/// Both are roots: their bytes are compared, and hashed by nobody.
fn side_by_side(
    sides: &Sides<'_>,
    [a, b]: [&Store; 2],
    pending: &[Pending],
    comparison: &mut Comparison,
    summary: &mut DiffSummary,
    unread: &mut Unread,
) {
    let [in_a, in_b] = sides.contents;
    let lengths: Vec<u64> = pending.iter().map(|pending| pending.size).collect();
    let bytes = lengths.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
    let run = sides.run;
    run.progress.begin(Phase::Hash, Some(Work { files: lengths.len() as u64, bytes }));
    let path = |index: usize| pending[index].file.path(in_a);
    let pairs = Pairs { a, b, sizes: &lengths, path: &path, cancel: run.cancel, progress: run.progress };
    let mut compared = pairs.compare();
    summary.bytes_compared = compared.bytes;
    if run.cancel.is_cancelled() {
        // Which those are is not known one by one.
        let equal = compared.finished.saturating_sub(compared.unequal.len() as u64);
        comparison.equal += equal;
        // Those that are not the same are counted below.
        comparison.unknown += (pending.len() as u64).saturating_sub(equal + compared.unequal.len() as u64);
    }
    for (index, pending) in pending.iter().enumerate() {
        let what = What::File { size: pending.size, digest: None };
        match compared.unequal.remove(&index) {
            None if run.cancel.is_cancelled() => {}
            None => comparison.same(in_a, in_b, Entry { path: pending.file.path(in_a), what }),
            Some(Unequal::At(offset)) => {
                let mut difference = Difference::new(pending.file.path(in_a), Some(what), Some(what));
                difference.offset = Some(offset);
                comparison.differences.push(difference);
            }
            Some(Unequal::Unread { errors, .. }) => {
                comparison.unknown += 1;
                let of_pair = |(side, error)| (side, pending.file.path(in_a), error);
                unread.extend(errors.into_iter().map(of_pair));
            }
        }
    }
}

/// One is a root: its bytes are hashed, and compared with what the inventory says.
fn by_digest(
    sides: &Sides<'_>,
    side: Side,
    root: &Store,
    pending: &[Pending],
    comparison: &mut Comparison,
    summary: &mut DiffSummary,
    unread: &mut Unread,
) {
    let [a, b] = sides.contents;
    let run = sides.run;
    let files = pending.iter().map(|pending| (pending.file.path(a), pending.size)).collect();
    let session = run.over(root);
    let engine = session.engine();
    let hashed = hash_files(session.reading(&engine), files);
    summary.bytes_compared = hashed.bytes;
    comparison.unknown += hashed.unread.len() as u64;
    let mut not_come_to = hashed.digests.iter().filter(|digest| digest.is_none()).count() as u64;
    not_come_to -= hashed.unread.len() as u64;
    comparison.unknown += not_come_to;
    unread.extend(hashed.unread.into_iter().map(|(path, error)| (side, path, error)));
    let listed = if side == Side::A { b } else { a };
    for (pending, digest) in pending.iter().zip(hashed.digests) {
        let Some(digest) = digest else { continue };
        let path = pending.file.path(a);
        let own = What::File { size: pending.size, digest: Some(digest) };
        match listed.at(&path) {
            Some(there) if there == own => comparison.same(a, b, Entry { path, what: own }),
            there => {
                let (one, other) = if side == Side::A { (Some(own), there) } else { (there, Some(own)) };
                comparison.differences.push(Difference::new(path, one, other));
            }
        }
    }
}

/// Hashes the blobs that differ, on one side, where that is not known.
fn name_altered(sides: &Sides<'_>, side: Side, comparison: &mut Comparison, unread: &mut Unread) {
    let Some(store) = sides.stores[side.index()] else { return };
    let run = sides.run;
    let mut which = Vec::new();
    let mut files = Vec::new();
    for (index, difference) in comparison.differences.iter().enumerate() {
        let what = if side == Side::A { difference.a } else { difference.b };
        if let (Some(_), Some(What::File { size, digest: None })) = (difference.altered_blob(), what) {
            which.push(index);
            files.push((difference.path.clone(), size));
        }
    }
    if files.is_empty() || run.cancel.is_cancelled() {
        return;
    }
    let session = run.over(store);
    let engine = session.engine();
    let hashed = hash_files(session.reading(&engine), files);
    unread.extend(hashed.unread.into_iter().map(|(path, error)| (side, path, error)));
    for (index, computed) in which.into_iter().zip(hashed.digests) {
        let difference = &mut comparison.differences[index];
        let what = if side == Side::A { &mut difference.a } else { &mut difference.b };
        learn(what, computed);
    }
}

fn learn(what: &mut Option<What>, computed: Option<Digest>) {
    if let Some(What::File { digest, .. }) = what {
        *digest = computed;
    }
}

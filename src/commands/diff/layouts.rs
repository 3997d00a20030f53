//! `diff` of two image layouts: do they list the same under the same names, and hold the same blobs, byte for byte.
//!
//! `index.json` is compared by what it lists, since writers order and annotate as they like; what else stands in a layout
//! means nothing to anybody.

mod again;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::{Options, error_item, nesting};
use crate::digest::{Algorithm, Digest};
use crate::oci::{self, index};
use crate::path::{StorePath, text_of};
use crate::progress::{Phase, Work};
use crate::registry::bytes::{Task, read_all};
use crate::registry::compare::pairs::{Pairs, Unequal};
use crate::registry::compare::{Comparison, Side};
use crate::registry::inventory::{Inventory, Odd, Opaque};
use crate::report::diff::{Change, DiffReport, DiffSummary, Difference};
use crate::report::{ErrorItem, Head, Label};
use crate::session::Run;
use crate::store::Store;

/// What one side holds.
struct Layout<'a> {
    store: &'a Store,
    /// The digests that are listed under each name, or under none; nothing if that is not known.
    listed: Option<BTreeMap<Option<String>, BTreeSet<String>>>,
    /// Every blob with its size, by path.
    blobs: BTreeMap<StorePath, u64>,
    inventory: Inventory,
}

/// Compares two layouts.
pub(super) fn diff(run: Run<'_>, stores: [&Store; 2], options: &Options) -> DiffReport {
    let begun = Instant::now();
    let mut head = Head::rootless("regfs/diff/v1");
    head.warnings.extend(nesting(stores, ["a", "b"]));
    let names = stores.map(|store| text_of(store.path().as_os_str().as_encoded_bytes()));
    let mut report =
        DiffReport::new(head, names, !options.sizes_only, stores.map(|store| Some(store.path())));
    run.progress.begin(Phase::Walk, None);
    let [a, b] = stores;
    let (a, b) = rayon::join(|| Layout::see(run, a), || Layout::see(run, b));
    let mut comparison = Comparison::default();
    let mut summary = DiffSummary::default();
    for (side, layout) in [(Side::A, &a), (Side::B, &b)] {
        layout.note(side, &mut report.head);
    }
    if !run.cancel.is_cancelled() {
        let mut both = Both { run, sides: [&a, &b], report: &mut report, comparison: &mut comparison };
        both.names();
        summary.bytes_compared = both.blobs(options.sizes_only);
        report.head.why_partial = Some("not everything was compared");
    }
    run.progress.end();
    let key = |row: &Difference| (row.path.clone(), row.tag.clone(), row.digest_a, row.digest_b);
    report.differences.sort_by_key(key);
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.head.partial |=
        run.cancel.is_cancelled() || !report.head.errors.is_empty() || comparison.unknown > 0;
    summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    report.finish(summary, &comparison);
    report
}

impl<'a> Layout<'a> {
    fn see(run: Run<'_>, store: &'a Store) -> Self {
        let index = index::read(store);
        let mut listed: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
        for entry in &index.entries {
            let name = entry.name().map(str::to_owned);
            listed.entry(name).or_default().insert(entry.descriptor.digest.to_string());
        }
        let inventory = oci::walk(store, run.cancel, run.progress);
        let known = inventory.blobs.iter().map(|(id, blob)| (inventory.digests.get(id), blob.size));
        let mut blobs: BTreeMap<StorePath, u64> =
            known.map(|(digest, size)| (store.blob_path(digest), size)).collect();
        for oddity in &inventory.oddities {
            if let Odd::UnsupportedBlob(blob) = oddity.what {
                blobs.insert(oddity.path.clone(), blob.size);
            }
        }
        Self { store, listed: index.is_known.then_some(listed), blobs, inventory }
    }

    /// What could not be looked at, or says nothing that could be compared.
    fn note(&self, side: Side, head: &mut Head) {
        for (path, why) in &self.inventory.opaque {
            let reason = match why {
                Opaque::Unreadable(reason) => reason.to_string(),
                Opaque::NotRegular(kind) => format!("it is {}, and not followed", kind.with_article()),
            };
            head.errors.push(error_item(side, path.clone(), &reason));
        }
        for oddity in &self.inventory.oddities {
            match &oddity.what {
                Odd::Malformed(why) if oddity.path == index::path() => {
                    head.errors.push(error_item(side, oddity.path.clone(), why));
                }
                Odd::Malformed(why) => head.warnings.push(format!("{}: {}: {why}", side.name(), oddity.path)),
                _ => {}
            }
        }
    }

    fn hides(&self, path: &StorePath) -> bool {
        self.inventory.hidden_by(path).is_some()
    }
}

struct Both<'a> {
    run: Run<'a>,
    sides: [&'a Layout<'a>; 2],
    report: &'a mut DiffReport,
    comparison: &'a mut Comparison,
}

impl Both<'_> {
    fn row(&mut self, change: Change, object: &'static str, path: StorePath) -> &mut Difference {
        self.report.differences.push(Difference {
            change,
            object,
            path,
            repository: None,
            tag: None,
            digest_a: None,
            digest_b: None,
            size_a: None,
            size_b: None,
            offset: None,
            intact: None,
            detail: None,
        });
        let last = self.report.differences.len() - 1;
        &mut self.report.differences[last]
    }

    /// What is listed, name by name, and without one.
    fn names(&mut self) {
        let [Some(a), Some(b)] = self.sides.map(|side| side.listed.as_ref()) else {
            self.comparison.unknown += 1;
            return;
        };
        let nothing = BTreeSet::new();
        let names: BTreeSet<&Option<String>> = a.keys().chain(b.keys()).collect();
        for name in names {
            let [in_a, in_b] = [a, b].map(|side| side.get(name).unwrap_or(&nothing));
            self.comparison.equal += in_a.intersection(in_b).count() as u64;
            let only = [in_a.difference(in_b), in_b.difference(in_a)];
            let [only_a, only_b] = only.map(|only| only.map(String::as_str).collect::<Vec<_>>());
            // One in place of another, or what only one side lists.
            if let ([one], [other], Some(_)) = (&*only_a, &*only_b, name) {
                self.listed(Change::Differs, name.as_deref(), Some(one), Some(other));
                continue;
            }
            for one in only_a {
                self.listed(Change::OnlyInA, name.as_deref(), Some(one), None);
            }
            for one in only_b {
                self.listed(Change::OnlyInB, name.as_deref(), None, Some(one));
            }
        }
    }

    fn listed(&mut self, change: Change, name: Option<&str>, a: Option<&str>, b: Option<&str>) {
        let object = if name.is_some() { "tag" } else { "revision" };
        let digest = |text: Option<&str>| Digest::parse(text?.as_bytes()).ok();
        let odd: Vec<&str> =
            [a, b].into_iter().flatten().filter(|text| digest(Some(text)).is_none()).collect();
        let row = self.row(change, object, index::path());
        row.tag = name.map(|name| Label::from(name.to_owned()));
        (row.digest_a, row.digest_b) = (digest(a), digest(b));
        row.detail = (!odd.is_empty()).then(|| odd.join(", "));
    }

    /// The blobs; tells how many bytes were compared.
    fn blobs(&mut self, sizes_only: bool) -> u64 {
        let [a, b] = self.sides;
        let (mut left, mut right) = (a.blobs.iter().peekable(), b.blobs.iter().peekable());
        let mut pending: Vec<(&StorePath, u64)> = Vec::new();
        let mut lonely: Vec<(Side, &StorePath, u64)> = Vec::new();
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some((a, _)), Some((b, _))) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let one = if order.is_le() { left.next() } else { None };
            let other = if order.is_ge() { right.next() } else { None };
            match (one, other) {
                (Some((path, size)), Some((_, other))) if size != other => self.differs(path, *size, *other),
                (Some(_), Some(_)) if sizes_only => self.comparison.equal += 1,
                (Some((path, size)), Some(_)) => pending.push((path, *size)),
                (Some((path, size)), None) => lonely.push((Side::A, path, *size)),
                (None, Some((path, size))) => lonely.push((Side::B, path, *size)),
                (None, None) => {}
            }
        }
        self.look_again(lonely, sizes_only, &mut pending);
        let bytes = self.bytes(&pending);
        if !sizes_only {
            self.intact();
        }
        bytes
    }

    fn only(&mut self, has: Side, path: &StorePath, size: u64) {
        let digest = digest_at(path);
        let change = if has == Side::A { Change::OnlyInA } else { Change::OnlyInB };
        let row = self.row(change, "blob", path.clone());
        if has == Side::A {
            (row.size_a, row.digest_a) = (Some(size), digest);
        } else {
            (row.size_b, row.digest_b) = (Some(size), digest);
        }
    }

    fn differs(&mut self, path: &StorePath, a: u64, b: u64) {
        let row = self.row(Change::Differs, "blob", path.clone());
        (row.size_a, row.size_b) = (Some(a), Some(b));
    }

    /// Compares blobs of one size, side by side.
    fn bytes(&mut self, pending: &[(&StorePath, u64)]) -> u64 {
        let [a, b] = self.sides.map(|side| side.store);
        let sizes: Vec<u64> = pending.iter().map(|(_, size)| *size).collect();
        let bytes = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
        let Run { cancel, progress, .. } = self.run;
        progress.begin(Phase::Hash, Some(Work { files: sizes.len() as u64, bytes }));
        let path = |at: usize| pending[at].0.clone();
        let compared = Pairs { a, b, sizes: &sizes, path: &path, cancel, progress }.compare();
        let unequal = compared.unequal.len() as u64;
        let equal = if cancel.is_cancelled() { compared.finished } else { pending.len() as u64 };
        self.comparison.equal += equal.saturating_sub(unequal);
        self.comparison.unknown += (pending.len() as u64).saturating_sub(equal.max(unequal));
        for (at, why) in compared.unequal {
            let (path, size) = pending[at];
            match why {
                Unequal::At(offset) => {
                    self.differs(path, size, size);
                    if let Some(row) = self.report.differences.last_mut() {
                        row.offset = Some(offset);
                    }
                }
                Unequal::Unread { errors, .. } => {
                    self.comparison.unknown += 1;
                    let of_pair =
                        |(side, error)| -> ErrorItem { error_item(side, path.clone(), &format!("{error}")) };
                    self.report.head.errors.extend(errors.into_iter().map(of_pair));
                }
            }
        }
        compared.bytes
    }

    /// Says of blobs that differ what each side's bytes hash to, and which are what they are called.
    fn intact(&mut self) {
        let differing = |row: &Difference| row.change == Change::Differs && row.object == "blob";
        let which: Vec<usize> = (0..self.report.differences.len())
            .filter(|at| differing(&self.report.differences[*at]))
            .collect();
        for side in [Side::A, Side::B] {
            let task = |at: &usize| {
                let row = &self.report.differences[*at];
                let size = if side == Side::A { row.size_a } else { row.size_b };
                let algorithm = digest_at(&row.path).map_or(Algorithm::Sha256, |name| name.algorithm());
                let (path, size) = (row.path.clone(), size.unwrap_or(0));
                Task { path, size, algorithm, others: Vec::new(), unpack: None }
            };
            let tasks: Vec<Task> = which.iter().map(task).collect();
            let session = self.run.over(self.sides[side.index()].store);
            let engine = session.engine();
            let found = Mutex::new(Vec::new());
            read_all(session.reading(&engine), &tasks, &|at, result| {
                found.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            });
            for (at, result) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
                let row = &mut self.report.differences[which[at]];
                match (result, side) {
                    (Ok(outcome), Side::A) => row.digest_a = Some(outcome.digest),
                    (Ok(outcome), Side::B) => row.digest_b = Some(outcome.digest),
                    (Err(error), _) => {
                        let error = error_item(side, row.path.clone(), &error.to_string());
                        self.report.head.errors.push(error);
                    }
                }
            }
        }
        for at in which {
            let row = &mut self.report.differences[at];
            let name = digest_at(&row.path);
            row.intact = match (name, row.digest_a, row.digest_b) {
                (Some(name), Some(a), Some(_)) if a == name => Some("a"),
                (Some(name), Some(_), Some(b)) if b == name => Some("b"),
                (Some(_), Some(_), Some(_)) => Some("neither"),
                _ => None,
            };
        }
    }
}

/// The digest that a blob's path spells.
fn digest_at(path: &StorePath) -> Option<Digest> {
    let names: Vec<&[u8]> = path.components().collect();
    let [b"blobs", algorithm, hex] = *names else { return None };
    Digest::from_hex(Algorithm::from_name(algorithm)?, hex)
}

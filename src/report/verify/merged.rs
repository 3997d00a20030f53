//! One report from its parts: the shares of a store, and what runs saw that were ended before their time.
//!
//! Each share of a store is judged as far as it got: by the run that came to its end, if one did, and else by all that
//! its runs found. What every run counts is the same in each; what each share reads and finds is its own, and adds up.

use std::collections::{BTreeMap, BTreeSet};

use super::{Part, Scope, VerifyReport, VerifySummary, sort};
use crate::finding::{Code, Severity};
use crate::progress::Work;
use crate::registry::shard::Shard;

/// Why reports are not parts of one. The names are those of the files.
#[derive(Debug, thiserror::Error)]
pub enum Mixed {
    /// There is nothing to put together.
    #[error("name at least one report")]
    Nothing,
    /// They are of several roots.
    #[error("{0} and {1} are of different roots")]
    Roots(String, String),
    /// The runs were asked different things.
    #[error("{0} and {1} come from runs with different options")]
    Options(String, String),
    /// One is a share of four, say, and another of five, or of the whole.
    #[error("{0} and {1} cut the store in different ways")]
    Shards(String, String),
    /// A share that no run can have been of.
    #[error("{0} is of a share that does not exist")]
    NoShare(String),
}

/// A report, under the name that it was given by.
#[derive(Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The report.
    pub report: VerifyReport,
}

/// Puts parts together; `fail_on` is that of the whole.
///
/// # Errors
/// When they are not parts of one report.
pub fn merge(parts: Vec<Named>, fail_on: Option<Severity>) -> Result<VerifyReport, Mixed> {
    let mut shares: BTreeMap<Option<Shard>, Vec<VerifyReport>> = BTreeMap::new();
    check(&parts)?;
    for Named { name, report } in parts {
        shares.entry(shard(&report, &name)?).or_default().push(report);
    }
    let (of, missing) = missing(&shares);
    let mut warnings = Vec::new();
    if !missing.is_empty() {
        let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
        let (noun, verb) = if missing.len() == 1 { ("share", "is") } else { ("shares", "are") };
        warnings
            .push(format!("of the {of} shares of the store, {noun} {} {verb} missing", missing.join(", ")));
    }
    let mut whole: Option<VerifyReport> = None;
    for (shard, reports) in shares {
        let share = of_one_share(reports, shard, &mut warnings);
        match &mut whole {
            None => whole = Some(share),
            Some(whole) => whole.add(share, &mut warnings),
        }
    }
    let mut whole = whole.ok_or(Mixed::Nothing)?;
    let is_complete = missing.is_empty() && whole.is_complete();
    whole.head.partial |= !is_complete;
    if !missing.is_empty() {
        whole.head.why_partial = Some("not every share of the store is here");
    } else if !is_complete {
        whole.head.why_partial = Some("not every run came to its end");
    }
    whole.settle(fail_on, is_complete);
    whole.head.warnings.append(&mut warnings);
    Ok(whole)
}

/// Whether the reports may be parts of one.
fn check(parts: &[Named]) -> Result<(), Mixed> {
    for (before, after) in parts.iter().zip(parts.iter().skip(1)) {
        let root = |named: &Named| (named.report.head.root.clone(), named.report.head.kind);
        if root(before) != root(after) {
            return Err(Mixed::Roots(before.name.clone(), after.name.clone()));
        }
        let of = |named: &Named| shard(&named.report, &named.name).map(|shard| shard.map(Shard::of));
        if of(before)? != of(after)? {
            return Err(Mixed::Shards(before.name.clone(), after.name.clone()));
        }
        if before.report.scope != after.report.scope {
            return Err(Mixed::Options(before.name.clone(), after.name.clone()));
        }
    }
    Ok(())
}

fn shard(report: &VerifyReport, name: &str) -> Result<Option<Shard>, Mixed> {
    let shard = report.part.as_ref().and_then(|part| part.shard.as_ref());
    shard.map(|text| text.parse().map_err(|_| Mixed::NoShare(name.to_owned()))).transpose()
}

/// How many shares there are, and those that nobody reports on.
fn missing(shares: &BTreeMap<Option<Shard>, Vec<VerifyReport>>) -> (u32, Vec<u32>) {
    let of = shares.keys().next().copied().flatten().map_or(0, Shard::of);
    let there: BTreeSet<u32> = shares.keys().flatten().map(|shard| shard.index()).collect();
    (of, (1..=of).filter(|index| !there.contains(index)).collect())
}

/// What the runs over one share found together.
fn of_one_share(
    mut reports: Vec<VerifyReport>,
    shard: Option<Shard>,
    warnings: &mut Vec<String>,
) -> VerifyReport {
    let whole: Vec<usize> = (0..reports.len()).filter(|index| reports[*index].is_complete()).collect();
    if let Some(last) = whole.last() {
        if whole.len() > 1 {
            let what = shard.map_or("the root".to_owned(), |shard| format!("share {shard}"));
            warnings.push(format!("of {} whole reports on {what} the last counts", whole.len()));
        }
        return reports.swap_remove(*last);
    }
    let mut rest = reports.into_iter();
    let Some(mut sum) = rest.next() else { return VerifyReport::empty() };
    for mut report in rest {
        sum.take_over(&mut report);
        let (a, b) = (&mut sum.summary, &report.summary);
        a.keep_larger(b);
        // Each goes on where the last one was ended, and counts what that one read.
        a.bytes_hashed = a.bytes_hashed.max(b.bytes_hashed);
        a.notes = a.notes.max(b.notes);
    }
    let altered: BTreeSet<_> = sum
        .findings
        .iter()
        .filter(|finding| finding.code == Code::BlobDigestMismatch)
        .map(|finding| finding.path.clone())
        .collect();
    // What a run said of a blob before it read it, another that read it knows better.
    sum.findings.retain(|finding| {
        !matches!(finding.code, Code::SizeMismatch | Code::DiffIdMismatch) || !altered.contains(&finding.path)
    });
    sum
}

impl VerifySummary {
    /// What runs count alike; the larger number where they do not.
    fn keep_larger(&mut self, other: &Self) -> bool {
        let mut is_same = true;
        for (a, b) in [
            (&mut self.repositories, other.repositories),
            (&mut self.tags, other.tags),
            (&mut self.manifests, other.manifests),
            (&mut self.blobs, other.blobs),
            (&mut self.bytes, other.bytes),
            (&mut self.links, other.links),
            (&mut self.uploads, other.uploads),
        ] {
            is_same &= *a == b;
            *a = b.max(*a);
        }
        self.elapsed_seconds += other.elapsed_seconds;
        is_same
    }
}

impl VerifyReport {
    /// The name of its schema.
    pub const SCHEMA: &'static str = "regfs/verify/v1";

    /// Whether the runs that it is of came to their end.
    fn is_complete(&self) -> bool {
        self.part.as_ref().is_none_or(|part| part.complete)
    }

    /// A report that nothing is known of.
    fn empty() -> Self {
        Self {
            head: crate::report::Head::rootless(Self::SCHEMA),
            part: None,
            scope: Scope::default(),
            findings: Vec::new(),
            aside: Vec::new(),
            donor: None,
            summary: VerifySummary::default(),
            trusted: Work::default(),
            fail_on: None,
            worst: None,
        }
    }

    /// Takes in another share.
    fn add(&mut self, mut share: Self, warnings: &mut Vec<String>) {
        const DIFFER: &str =
            "the runs did not see the same store, which has changed between them: the larger counts are told";
        let is_unsure = !self.is_complete() || !share.is_complete();
        self.take_over(&mut share);
        let (a, b) = (&mut self.summary, &share.summary);
        if !a.keep_larger(b) && !is_unsure && !warnings.iter().any(|warning| warning == DIFFER) {
            warnings.push(DIFFER.to_owned());
        }
        a.bytes_hashed = a.bytes_hashed.saturating_add(b.bytes_hashed);
        a.notes = a.notes.saturating_add(b.notes);
        self.head.partial |= share.head.partial;
    }

    /// The lists of both.
    fn take_over(&mut self, other: &mut Self) {
        self.findings.append(&mut other.findings);
        self.head.errors.append(&mut other.head.errors);
        if let (Some(donor), Some(other)) = (&mut self.donor, &mut other.donor) {
            donor.blobs.append(&mut other.blobs);
        }
        for warning in other.head.warnings.drain(..) {
            if !self.head.warnings.contains(&warning) {
                self.head.warnings.push(warning);
            }
        }
        match (&mut self.part, &mut other.part) {
            (Some(part), Some(other)) => {
                part.affected_tags.append(&mut other.affected_tags);
                part.complete &= other.complete;
            }
            (part, other) => *part = part.take().or_else(|| other.take()),
        }
    }

    /// Sorts and counts what came together, which is a part of something still if it is not complete.
    fn settle(&mut self, fail_on: Option<Severity>, is_complete: bool) {
        sort(&mut self.findings);
        if let Some(donor) = &mut self.donor {
            donor.blobs.sort_by_key(|blob| blob.digest);
            donor.blobs.dedup_by_key(|blob| blob.digest);
        }
        self.head.errors.sort();
        self.head.errors.dedup();
        let notes = self.summary.notes;
        self.summary.count(&self.findings);
        // Notes are counted whether they are listed or not.
        self.summary.notes = self.summary.notes.max(notes);
        self.worst = self.summary.worst();
        self.fail_on = fail_on;
        if let Some(part) = self.part.take() {
            let affected: BTreeSet<String> = part.affected_tags.into_iter().collect();
            self.summary.affected_tags = affected.len() as u64;
            let affected_tags = affected.into_iter().collect();
            let scope = self.scope.clone();
            self.part = (!is_complete).then_some(Part { shard: None, complete: false, scope, affected_tags });
        }
    }
}

//! The report of `verify`: findings, and what was looked at.

pub mod merged;
mod read;

use std::io;

use serde::{Deserialize, Serialize};

use super::{Head, ItemSink, Report};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::finding::{Code, Finding, Severity};
use crate::path::StorePath;
use crate::progress::Work;
pub use read::NotMergeable;

/// The answer of `verify`.
#[derive(Debug, Serialize)]
pub struct VerifyReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// What it is a part of: one share of a store, or what a run saw that did not come to its end. `None` for the whole.
    pub part: Option<Part>,
    /// What the run was asked.
    pub scope: Scope,
    /// What is wrong, sorted by path, then code, repository, tag and digest. Notes are listed only when asked for.
    pub findings: Vec<Finding>,
    /// Notes that only tables list: they were asked for by `--verbose`, not by `--notes`.
    #[serde(skip)]
    pub aside: Vec<Finding>,
    /// With `--donor`: what another root has of the blobs that are damaged or missing here.
    pub donor: Option<Donor>,
    /// What was looked at.
    pub summary: VerifySummary,
    /// What earlier runs read, as the checkpoint tells, and this one did not.
    #[serde(skip)]
    pub trusted: Work,
    /// From which severity on a finding makes the answer bad; `None`: never.
    #[serde(skip)]
    pub fail_on: Option<Severity>,
    /// The worst severity of any finding, notes too.
    #[serde(skip)]
    pub worst: Option<Severity>,
}

/// Another root, and what it has of the blobs that are damaged or missing in this one.
#[derive(Clone, Debug, Serialize)]
pub struct Donor {
    /// The donor's `v2` directory, or the inventory file.
    pub donor: String,
    /// The blobs, by digest.
    pub blobs: Vec<DonorBlob>,
}

/// A blob that is damaged or missing.
#[derive(Clone, Debug, Serialize)]
pub struct DonorBlob {
    /// Its digest.
    pub digest: Digest,
    /// Where it is or should be, in this root and in the donor.
    pub path: StorePath,
    /// The code of the finding that says so.
    pub code: Code,
    /// How the donor has it.
    pub state: DonorState,
    /// Its size there, in bytes.
    pub size: Option<u64>,
    /// Where the file is on the donor's host.
    pub source: Option<String>,
    /// What a shell has to do to bring it here, line by line: none unless it is intact there and on this host.
    pub commands: Vec<String>,
}

/// How a donor has a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DonorState {
    /// Its bytes hash to its name.
    Intact,
    /// They do not.
    Altered,
    /// It is not there.
    Missing,
    /// It could not be read.
    Unreadable,
    /// It is there, and nobody knows its bytes.
    Unchecked,
}

impl DonorState {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Altered => "altered",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Unchecked => "unchecked",
        }
    }
}

/// What a part of a report needs to be put together with the others.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Part {
    /// Which share of the store it is, as `I/N`; `None` for a run over the whole that was ended before its time.
    pub shard: Option<String>,
    /// Whether the run came to its end.
    pub complete: bool,
    /// What the run was asked.
    pub scope: Scope,
    /// The tags that its findings hurt, notes that are not listed among them.
    pub affected_tags: Vec<String>,
}

/// What must be the same in reports that are put together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Scope {
    /// The images that were named; none: the whole root.
    pub references: Vec<String>,
    /// Whether every byte is hashed.
    pub hash: bool,
    /// Whether layers are unpacked.
    pub deep: bool,
    /// Whether notes are listed.
    pub notes: bool,
    /// From which age on an upload is stale, in seconds.
    pub upload_age_seconds: u64,
    /// The donor that was asked for what is damaged.
    pub donor: Option<String>,
}

/// Counts of what was looked at and found.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct VerifySummary {
    /// Directories that hold `_layers`, `_manifests` or `_uploads`.
    pub repositories: u64,
    /// Tag directories with `current/link`.
    pub tags: u64,
    /// Distinct digests with a revision link; in a layout, the manifests that `index.json` lists and that are there.
    pub manifests: u64,
    /// Regular `data` files below `blobs/`.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those of the bytes that were hashed, each once.
    pub bytes_hashed: u64,
    /// Link files: of layers, revisions, signatures, tags and their history.
    pub links: u64,
    /// Unfinished uploads.
    pub uploads: u64,
    /// Findings by severity.
    pub errors: u64,
    /// Findings by severity.
    pub warnings: u64,
    /// Findings by severity, listed or not.
    pub notes: u64,
    /// Distinct tags that any finding hurts.
    pub affected_tags: u64,
    /// How long it took.
    pub elapsed_seconds: f64,
}

/// Sorts findings as reports list them, each once.
pub fn sort(findings: &mut Vec<Finding>) {
    fn key(finding: &Finding) -> impl Ord + '_ {
        let Finding { code, path, repository, tag, digest, detail, .. } = finding;
        (path, code.name(), repository, tag, digest, detail)
    }
    findings.sort_by(|a, b| key(a).cmp(&key(b)));
    findings.dedup();
}

impl VerifySummary {
    /// Counts the findings by severity.
    pub fn count(&mut self, findings: &[Finding]) {
        let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
        (self.errors, self.warnings, self.notes) =
            (of(Severity::Error), of(Severity::Warning), of(Severity::Note));
    }

    /// The worst severity of anything counted.
    pub const fn worst(&self) -> Option<Severity> {
        match (self.errors, self.warnings, self.notes) {
            (0, 0, 0) => None,
            (0, 0, _) => Some(Severity::Note),
            (0, _, _) => Some(Severity::Warning),
            _ => Some(Severity::Error),
        }
    }
}

impl VerifyReport {
    /// Takes the notes out of what is listed, and keeps them aside for tables if these are to have them.
    pub fn unlist_notes(&mut self, aside: bool) {
        let notes = self.findings.extract_if(.., |finding| finding.severity == Severity::Note).collect();
        if aside {
            self.aside = notes;
        }
    }
}

impl Report for VerifyReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer, else 1 if a finding is as bad as `--fail-on` says.
    fn exit(&self) -> Exit {
        let fails = self.fail_on.is_some_and(|from| self.worst.is_some_and(|worst| worst >= from));
        Exit::bad_if(fails).worst(self.head.exit())
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.findings.iter().try_for_each(|finding| sink.item("finding", finding))?;
        let blobs = self.donor.iter().flat_map(|donor| &donor.blobs);
        blobs.into_iter().try_for_each(|blob| sink.item("donor-blob", blob))
    }

    fn summary(&self) -> impl Serialize {
        Closing { part: self.part.as_ref(), scope: &self.scope, summary: &self.summary }
    }
}

/// What ends a stream: without it, a share would pass for the whole.
#[derive(Serialize)]
struct Closing<'a> {
    part: Option<&'a Part>,
    scope: &'a Scope,
    #[serde(flatten)]
    summary: &'a VerifySummary,
}

//! Reading a JSON report of `verify` back, to put parts together.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Donor, DonorBlob, DonorState, Part, Scope, VerifyReport, VerifySummary};
use crate::digest::Digest;
use crate::finding::{Finding, Severity};
use crate::kind::Kind;
use crate::path::StorePath;
use crate::progress::Work;
use crate::registry::collector::Mode;
use crate::report::{ErrorItem, Head};

/// Why a text cannot be put together with reports of this program.
#[derive(Debug, thiserror::Error)]
pub enum NotMergeable {
    /// It is no JSON report of `verify`.
    #[error("it is no JSON report of verify, as -f json or --report json=FILE writes it")]
    NoReport(#[source] serde_json::Error),
    /// It is a stream of lines.
    #[error("it is ndjson, and merge reads reports of verify -f json or --report json=FILE")]
    Lines,
    /// It ends before the report does.
    #[error("it is cut short: the report does not end")]
    CutShort,
    /// It is the report of another command, or of a later one.
    #[error("it is a report {0:?}, where {own:?} is wanted", own = VerifyReport::SCHEMA)]
    OtherSchema(String),
    /// It was written by another regfs, which may see things otherwise.
    #[error("it was written by regfs {0}, and this is regfs {own}", own = env!("CARGO_PKG_VERSION"))]
    OtherVersion(String),
    /// A finding says what this program never says.
    #[error("it holds a finding that this program does not know: {0}")]
    UnknownFinding(String),
}

#[derive(Deserialize)]
struct Begin {
    schema: String,
    version: String,
}

#[derive(Deserialize)]
struct Text {
    root: Option<String>,
    kind: Option<Kind>,
    partial: bool,
    errors: Vec<ErrorText>,
    warnings: Vec<String>,
    part: Option<Part>,
    scope: Scope,
    findings: Vec<FindingText>,
    donor: Option<DonorText>,
    summary: VerifySummary,
}

#[derive(Deserialize)]
struct ErrorText {
    path: String,
    reason: String,
}

#[derive(Deserialize)]
struct FindingText {
    code: String,
    severity: Severity,
    path: String,
    repository: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
    detail: String,
    affects: Vec<String>,
    referenced_by: Vec<String>,
    blocks_gc: Vec<String>,
}

#[derive(Deserialize)]
struct DonorText {
    donor: String,
    blobs: Vec<DonorBlobText>,
}

#[derive(Deserialize)]
struct DonorBlobText {
    digest: String,
    path: String,
    code: String,
    state: DonorState,
    size: Option<u64>,
    source: Option<String>,
    commands: Vec<String>,
}

impl VerifyReport {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// When it is something else, or was written by another version.
    pub fn read(json: &[u8]) -> Result<Self, NotMergeable> {
        let Begin { schema, version } = parse(json)?;
        if schema != Self::SCHEMA {
            return Err(NotMergeable::OtherSchema(schema));
        }
        if version != env!("CARGO_PKG_VERSION") {
            return Err(NotMergeable::OtherVersion(version));
        }
        let text: Text = parse(json)?;
        let error =
            |error: ErrorText| ErrorItem { path: StorePath::from_text(&error.path), reason: error.reason };
        let head = Head {
            root: text.root,
            kind: text.kind,
            partial: text.partial,
            errors: text.errors.into_iter().map(error).collect(),
            warnings: text.warnings,
            ..Head::rootless(Self::SCHEMA)
        };
        let findings = text.findings.into_iter().map(finding).collect::<Result<_, _>>()?;
        Ok(Self {
            head,
            part: text.part,
            scope: text.scope,
            findings,
            aside: Vec::new(),
            donor: text.donor.map(donor).transpose()?,
            worst: text.summary.worst(),
            summary: text.summary,
            trusted: Work::default(),
            fail_on: None,
        })
    }
}

/// Reads a part of a report, or tells what the text is instead.
fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, NotMergeable> {
    serde_json::from_slice(json).map_err(|error| {
        if json.starts_with(br#"{"type":"#) {
            NotMergeable::Lines
        } else if error.is_eof() {
            NotMergeable::CutShort
        } else {
            NotMergeable::NoReport(error)
        }
    })
}

fn unknown(what: &str) -> NotMergeable {
    NotMergeable::UnknownFinding(what.to_owned())
}

fn digest(text: &str) -> Result<Digest, NotMergeable> {
    text.parse().map_err(|_| unknown(text))
}

fn donor(text: DonorText) -> Result<Donor, NotMergeable> {
    let blob = |blob: DonorBlobText| {
        Ok(DonorBlob {
            digest: digest(&blob.digest)?,
            path: StorePath::from_text(&blob.path),
            code: blob.code.parse().map_err(|_| unknown(&blob.code))?,
            state: blob.state,
            size: blob.size,
            source: blob.source,
            commands: blob.commands,
        })
    };
    Ok(Donor { donor: text.donor, blobs: text.blobs.into_iter().map(blob).collect::<Result<_, _>>()? })
}

fn finding(text: FindingText) -> Result<Finding, NotMergeable> {
    let mode = |name: &String| {
        let known = Mode::ALL.into_iter().map(Mode::name).find(|known| known == name);
        known.ok_or_else(|| unknown(name))
    };
    Ok(Finding {
        code: text.code.parse().map_err(|_| unknown(&text.code))?,
        severity: text.severity,
        path: StorePath::from_text(&text.path),
        repository: text.repository,
        tag: text.tag,
        digest: text.digest,
        detail: text.detail,
        affects: text.affects,
        referenced_by: text.referenced_by.iter().map(|text| digest(text)).collect::<Result<_, _>>()?,
        blocks_gc: text.blocks_gc.iter().map(mode).collect::<Result<_, _>>()?,
    })
}

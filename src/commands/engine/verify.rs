//! `verify` in a Docker engine: does everything hang together, and with `--deep` are the files what was pulled.

mod deep;

use std::collections::BTreeSet;
use std::time::Instant;

use super::{meant, remark};
use crate::commands::names;
use crate::commands::verify::Options;
use crate::digest::Digest;
use crate::engine::check::{self, finding};
use crate::engine::names::Found;
use crate::engine::{Engine, walk};
use crate::finding::{Code, Finding};
use crate::path::StorePath;
use crate::progress::{Phase, Work};
use crate::report::verify::{self, VerifyReport, VerifySummary};
use crate::report::{ErrorItem, Head};
use crate::session::Session;

/// Verifies an engine's store, or the images that are named.
pub fn verify(session: &Session<'_>, options: &Options) -> VerifyReport {
    let begun = Instant::now();
    session.progress.begin(Phase::Read, None);
    let engine = walk(session);
    session.progress.end();
    let mut head = Head::new("regfs/verify/v1", session.store);
    remark(&mut head, &engine);
    let mut findings = Vec::new();
    let only =
        (!options.references.is_empty()).then(|| select(session, &engine, options, &mut findings, &mut head));
    findings.extend(check::check(session, &engine, only.as_ref()));
    let mut summary = counts(&engine, only.as_ref());
    if let Some(limit) = options.deep {
        let seen = deep::verify(session, &engine, only.as_ref(), limit, &findings);
        findings.extend(seen.findings);
        head.errors.extend(seen.errors);
        summary.bytes_hashed = summary.bytes_hashed.saturating_add(seen.bytes);
    }
    verify::sort(&mut findings);
    let affected: BTreeSet<&String> = findings.iter().flat_map(|finding| &finding.affects).collect();
    summary.affected_tags = affected.len() as u64;
    summary.count(&findings);
    let unreadable = findings.iter().filter(|finding| finding.code == Code::Unreadable);
    head.errors.extend(
        unreadable.map(|finding| ErrorItem { path: finding.path.clone(), reason: finding.detail.clone() }),
    );
    head.errors.sort_unstable();
    head.errors.dedup();
    head.partial |= session.cancel.is_cancelled() || !head.errors.is_empty();
    let worst = summary.worst();
    summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    let mut report = VerifyReport {
        head,
        part: None,
        scope: options.scope(None),
        findings,
        aside: Vec::new(),
        donor: None,
        summary,
        trusted: Work::default(),
        fail_on: options.fail_on,
        worst,
    };
    if !options.notes {
        report.unlist_notes(options.aside);
    }
    report
}

/// The images that are named; what names none becomes a finding.
fn select(
    session: &Session<'_>,
    engine: &Engine,
    options: &Options,
    findings: &mut Vec<Finding>,
    head: &mut Head,
) -> BTreeSet<Digest> {
    let mut wanted = BTreeSet::new();
    for reference in &options.references {
        let why = match meant::find(session, engine, reference, &mut head.errors) {
            Ok(meant) => {
                head.warnings.extend(meant.hint);
                let Found::Image(id) = meant.found else {
                    let why = "it is a layer: name an image that needs it";
                    findings.push(unknown(&reference.text, "image".into(), why));
                    continue;
                };
                wanted.insert(id);
                let Some(why) = meant.points_elsewhere else { continue };
                findings.push(unknown(&reference.text, meant.driver.names_path(), why));
                continue;
            }
            Err(unknown) => names::with_near(unknown.message, &unknown.near),
        };
        findings.push(unknown(&reference.text, "image".into(), why));
    }
    wanted
}

fn unknown(text: &str, path: StorePath, why: impl Into<String>) -> Finding {
    Finding { tag: Some(text.to_owned()), ..finding(Code::ReferenceUnknown, path, why) }
}

fn counts(engine: &Engine, only: Option<&BTreeSet<Digest>>) -> VerifySummary {
    let mut summary = VerifySummary::default();
    let is_wanted = |id: &Digest| only.is_none_or(|only| only.contains(id));
    for driver in &engine.drivers {
        let names: Vec<_> = driver.names.names.iter().filter(|name| is_wanted(&name.image)).collect();
        let repositories: BTreeSet<&str> = names.iter().map(|name| name.repository.as_str()).collect();
        summary.repositories += repositories.len() as u64;
        summary.tags += names.iter().filter(|name| name.tag.is_some()).count() as u64;
        for (_, image) in driver.images.iter().filter(|(id, _)| is_wanted(id)) {
            summary.manifests += 1;
            summary.bytes = summary.bytes.saturating_add(image.size);
            let hashed = if image.hashed { image.size } else { 0 };
            summary.bytes_hashed = summary.bytes_hashed.saturating_add(hashed);
        }
        for (_, layer) in driver.needed(only) {
            summary.blobs += 1;
            summary.bytes = summary.bytes.saturating_add(layer.bytes());
        }
    }
    summary
}

//! `verify` in a Docker engine: does everything hang together, and with `--deep` are the files what was pulled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use rayon::prelude::*;

use super::{meant, note};
use crate::commands::names;
use crate::commands::verify::Options;
use crate::digest::Digest;
use crate::engine::check::{self, finding};
use crate::engine::names::Found;
use crate::engine::tar_split::{Archive, AssembleError, Assembly};
use crate::engine::{Driver, Engine, Layer, walk};
use crate::finding::{Code, Finding, Severity};
use crate::path::StorePath;
use crate::progress::{Phase, Work};
use crate::report::verify::{VerifyReport, VerifySummary};
use crate::report::{ErrorItem, Head};
use crate::session::Session;

/// Verifies an engine's store, or the images that are named.
pub fn verify(session: &Session<'_>, options: &Options) -> VerifyReport {
    let begun = Instant::now();
    session.progress.begin(Phase::Read, None);
    let engine = walk(session);
    session.progress.end();
    let mut head = Head::new("regfs/verify/v1", session.store);
    note(&mut head, &engine);
    let mut findings = Vec::new();
    let only = (!options.references.is_empty()).then(|| select(session, &engine, options, &mut findings));
    findings.extend(check::check(session.store, &engine, only.as_ref()));
    let mut summary = counts(&engine, only.as_ref());
    if options.deep.is_some() {
        deep(session, &engine, only.as_ref(), &mut findings, &mut summary, &mut head);
    }
    findings.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    findings.dedup();
    let affected: BTreeSet<&String> = findings.iter().flat_map(|finding| &finding.affects).collect();
    summary.affected_tags = affected.len() as u64;
    for finding in &findings {
        match finding.severity {
            Severity::Error => summary.errors += 1,
            Severity::Warning => summary.warnings += 1,
            Severity::Note => summary.notes += 1,
        }
    }
    let unreadable = findings.iter().filter(|finding| finding.code == Code::Unreadable);
    head.errors.extend(
        unreadable.map(|finding| ErrorItem { path: finding.path.clone(), reason: finding.detail.clone() }),
    );
    let worst = findings.iter().map(|finding| finding.severity).max();
    head.errors.sort_unstable();
    head.errors.dedup();
    head.partial |= session.cancel.is_cancelled() || !head.errors.is_empty();
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

fn sort_key(finding: &Finding) -> impl Ord + '_ {
    (&finding.path, finding.code.name(), &finding.repository, &finding.tag, &finding.digest, &finding.detail)
}

/// The images that are named; what names none becomes a finding.
fn select(
    session: &Session<'_>,
    engine: &Engine,
    options: &Options,
    findings: &mut Vec<Finding>,
) -> BTreeSet<Digest> {
    let mut wanted = BTreeSet::new();
    for reference in &options.references {
        let why = match meant::find(session.store, engine, reference) {
            Ok(meant) => match meant.found {
                Found::Image(id) => {
                    wanted.insert(id);
                    continue;
                }
                Found::Layer(_) => "it is a layer: name an image that needs it".to_owned(),
            },
            Err((message, near)) => names::with_near(message, &near),
        };
        let mut unknown = finding(Code::ReferenceUnknown, "image".into(), why);
        unknown.tag = Some(reference.text.clone());
        findings.push(unknown);
    }
    wanted
}

/// The layers that are looked at: each with its driver.
fn layers<'a>(
    engine: &'a Engine,
    only: Option<&'a BTreeSet<Digest>>,
) -> impl Iterator<Item = (&'a Driver, Digest, &'a Layer)> {
    engine.drivers.iter().flat_map(move |driver| {
        let needed: Option<BTreeSet<Digest>> = only.map(|only| {
            let images = driver.images.iter().filter(|(id, _)| only.contains(id));
            images.flat_map(|(_, image)| image.chain.iter().copied()).collect()
        });
        let is_needed = move |chain: &Digest| needed.as_ref().is_none_or(|needed| needed.contains(chain));
        let layers = driver.layers.iter().filter(move |(chain, _)| is_needed(chain));
        layers.map(move |(chain, layer)| (driver, *chain, layer))
    })
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
            summary.bytes_hashed = summary.bytes_hashed.saturating_add(image.size);
        }
    }
    for (_, _, layer) in layers(engine, only) {
        summary.blobs += 1;
        summary.bytes = summary.bytes.saturating_add(layer.bytes());
    }
    summary
}

/// Puts each layer's archive together again, and holds it against the DiffID.
fn deep(
    session: &Session<'_>,
    engine: &Engine,
    only: Option<&BTreeSet<Digest>>,
    findings: &mut Vec<Finding>,
    summary: &mut VerifySummary,
    head: &mut Head,
) {
    // A layer that lacks one of these has its finding already.
    let at_fault: BTreeSet<StorePath> = findings.iter().map(|finding| finding.path.clone()).collect();
    let mut tasks = Vec::new();
    for (driver, chain, layer) in layers(engine, only) {
        let (Some(diff), Some(cache_id), Some(graph)) =
            (layer.diff.get(), layer.cache_id.get(), driver.graph)
        else {
            continue;
        };
        let (files, tar_split) = (graph.files(cache_id), layer.path.join("tar-split.json.gz"));
        if layer.has_tar_split && !at_fault.contains(&files) && !at_fault.contains(&layer.path) {
            tasks.push((driver, chain, layer, *diff, files, tar_split));
        }
    }
    let total = tasks.iter().fold(Work::default(), |mut total, task| {
        total += Work { files: 1, bytes: task.2.bytes() };
        total
    });
    session.progress.begin(Phase::Hash, Some(total));
    let hashed: Vec<Result<Archive, AssembleError>> = tasks
        .par_iter()
        .with_max_len(1)
        .map(|(_, _, _, diff, files, tar_split)| {
            let Session { store, cancel, progress, .. } = *session;
            Assembly { store, tar_split, files, cancel, progress }.hash(diff.algorithm())
        })
        .collect();
    session.progress.end();
    let mut seen: BTreeMap<Digest, u64> = BTreeMap::new();
    for ((driver, chain, _, diff, files, tar_split), result) in tasks.into_iter().zip(hashed) {
        let (path, detail) = match result {
            Ok(archive) => {
                seen.insert(chain, archive.bytes);
                if archive.digest == diff {
                    continue;
                }
                (files, format!("its archive hashes to {}, where diff says {diff}", archive.digest))
            }
            Err(AssembleError::Interrupted) => continue,
            Err(AssembleError::Unread { path, error }) => {
                head.errors.push(ErrorItem { path, reason: error.to_string() });
                continue;
            }
            Err(error @ AssembleError::Broken { .. }) => (tar_split, error.to_string()),
            Err(error @ AssembleError::File { .. }) => (files, error.to_string()),
        };
        let mut found = finding(Code::LayerContentMismatch, path, detail);
        found.digest = Some(diff.to_string());
        found.referenced_by = driver.users(chain).collect();
        found.affects = found.referenced_by.iter().flat_map(|id| driver.called(*id)).collect();
        found.affects.sort_unstable();
        findings.push(found);
    }
    summary.bytes_hashed = seen.values().fold(summary.bytes_hashed, |sum, bytes| sum.saturating_add(*bytes));
}

//! `export`: images out of a store, as an OCI image layout, each byte hashed on its way.
//!
//! What the names lead to is looked up first, then each blob is copied once, whoever shares it. An image of which
//! anything is missing or is not what its digest promises is left out, and with it what nobody else needs.

mod blobs;
mod copy;
mod engine;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::destination::Destination;
use crate::digest::Digest;
use crate::exit::Exit;
use crate::progress::{Phase, Work};
use crate::reference::Reference;
use crate::report::export::{ExportReport, ExportSummary, ExportedImage};
use crate::report::{Head, Report as _};
use crate::session::Session;

use copy::{Copied, Flaw, How};
pub use plan::Plan;

/// What to export, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The image; none: all of them.
    pub reference: Option<Reference>,
    /// Whether a blob may be the store's own file under another name.
    pub hard_link: bool,
}

/// Writes what a plan holds to a destination.
///
/// # Errors
/// When the destination cannot be written to: then nothing is there.
pub fn export(
    session: &Session<'_>,
    options: &Options,
    plan: Plan,
    destination: Destination,
) -> anyhow::Result<ExportReport> {
    let Session { cancel, progress, .. } = *session;
    let mut head = Head::new("regfs/export/v1", session.store);
    head.warnings = plan.warnings;
    head.errors = plan.errors;
    let mut report = ExportReport::new(head, destination.place());
    report.message = plan.message;
    report.suggestions = plan.suggestions;

    let total = plan.blobs.values().fold(Work::default(), |mut total, sources| {
        let size = sources.first().and_then(|source| source.look.size);
        total += Work { files: 1, bytes: size.unwrap_or(0) };
        total
    });
    progress.begin(Phase::Hash, Some(total));
    let blobs: Vec<_> = plan.blobs.into_iter().collect();
    let how = How { hard_link: options.hard_link };
    let copied: Vec<(Digest, Result<Copied, Vec<Flaw>>)> = blobs
        .par_iter()
        .with_max_len(1)
        .filter(|_| !cancel.is_cancelled())
        .map(|(digest, sources)| {
            let copied = copy::copy(session, &destination, *digest, sources, how);
            copied.map(|copied| (*digest, copied)).with_context(|| format!("cannot write {digest}"))
        })
        .collect::<anyhow::Result<_>>()?;
    progress.end();
    if cancel.is_cancelled() {
        report.head.partial = true;
        return Ok(report);
    }
    let copied: BTreeMap<Digest, Result<Copied, Vec<Flaw>>> = copied.into_iter().collect();
    let unread = copied.values().filter_map(|copied| copied.as_ref().err()).flatten();
    report.head.errors.extend(unread.filter(|flaw| flaw.is_unread).map(Flaw::error));
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    let mut kept = BTreeSet::new();
    let mut listed = Vec::new();
    for image in plan.images {
        let damaged = image.needs.iter().find_map(|(digest, size)| match copied.get(digest) {
            Some(Ok(copied)) if size.is_none_or(|size| i128::from(size) == i128::from(copied.size())) => None,
            Some(Ok(copied)) => Some(format!("{digest} has {} bytes: not what is expected", copied.size())),
            Some(Err(flaws)) => Some(told(*digest, flaws)),
            None => Some(format!("{digest} is not in the store")),
        });
        let detail = image.fault.clone().or(damaged);
        if detail.is_none() {
            kept.extend(image.needs.iter().map(|(digest, _)| *digest));
            listed.push(entry(&image.item, image.name.as_deref()));
        }
        report.images.push(ExportedImage { exported: detail.is_none(), detail, ..image.item });
    }
    report.images.sort();
    report.summary = summary(&report, &copied, &kept);
    report.summary.left_out += plan.nameless;
    report.head.partial |= !report.head.errors.is_empty();
    // A store without images makes a layout without images; one of which they are not known makes none.
    let is_empty = plan.is_all && report.exit() == Exit::Good;
    if listed.is_empty() && !is_empty {
        return Ok(report);
    }
    for digest in copied.keys().filter(|digest| !kept.contains(digest)) {
        destination.remove(*digest).context("cannot remove what nothing needs")?;
    }
    let index = json!({
        "schemaVersion": 2,
        "mediaType": crate::manifest::media_type::OCI_INDEX,
        "manifests": listed,
    });
    destination.finish(index.to_string().as_bytes())?;
    report.written = true;
    Ok(report)
}

/// Why none of the places where a blob may be has its bytes.
fn told(digest: Digest, flaws: &[Flaw]) -> String {
    let each: Vec<String> = flaws.iter().map(|flaw| flaw.why.clone()).collect();
    format!("{digest}: {}", each.join("; elsewhere "))
}

/// An image in `index.json`.
fn entry(image: &ExportedImage, name: Option<&str>) -> Value {
    let mut entry = json!({ "mediaType": image.media_type, "digest": image.digest, "size": image.size });
    if let Some(name) = name {
        entry["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
    }
    entry
}

fn summary(
    report: &ExportReport,
    copied: &BTreeMap<Digest, Result<Copied, Vec<Flaw>>>,
    kept: &BTreeSet<Digest>,
) -> ExportSummary {
    let mut summary = ExportSummary::default();
    for image in &report.images {
        if image.exported {
            summary.images += 1;
        } else {
            summary.left_out += 1;
        }
    }
    for digest in kept {
        let Some(Ok(copied)) = copied.get(digest) else { continue };
        summary.blobs += 1;
        summary.bytes = summary.bytes.saturating_add(copied.size());
        match copied {
            Copied::Reflinked(_) => summary.reflinked += 1,
            Copied::HardLinked(_) => summary.hard_linked += 1,
            Copied::Written(_) => summary.copied += 1,
        }
    }
    summary
}

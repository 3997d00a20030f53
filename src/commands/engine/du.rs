//! `du` in a Docker engine: what each image needs, and how much of it no other does.

use std::time::Instant;

use super::doubts::{Doubts, doubts};
use super::note;
use crate::commands::du::Options;
use crate::engine::{Driver, walk};
use crate::progress::Phase;
use crate::report::du::{By, DuReport, DuSummary, Row, Sort};
use crate::session::Session;

/// Measures the images. Layers count by what their `size` says: the files of containers are no part of it.
pub fn du(session: &Session<'_>, options: &Options) -> DuReport {
    let begun = Instant::now();
    session.progress.begin(Phase::Read, None);
    let engine = walk(session);
    session.progress.end();
    let mut report = DuReport::new(session.store, By::Tag, options.sort, options.top);
    note(&mut report.head, &engine);
    let mut summary = DuSummary::default();
    for driver in &engine.drivers {
        let doubts = doubts(&engine, driver);
        measure(driver, &doubts, &mut report.rows, &mut summary);
    }
    let distinct = summary.unique_total.saturating_add(summary.shared_total);
    summary.dedupe_ratio = crate::commands::du::ratio(summary.logical_total, distinct);
    summary.rows = report.rows.len() as u64;
    if let Some(top) = options.top.filter(|top| *top < report.rows.len()) {
        options.sort.unwrap_or(Sort::Logical).sort(&mut report.rows);
        report.rows.drain(top..).for_each(|row| report.rest.add(row.logical, row.unique));
    }
    options.sort.unwrap_or(Sort::Name).sort(&mut report.rows);
    summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    report.summary = Some(summary);
    report
}

fn measure(driver: &Driver, doubts: &Doubts, rows: &mut Vec<Row>, summary: &mut DuSummary) {
    for (id, image) in &driver.images {
        let layers = || image.chain.iter().filter_map(|chain| Some((chain, driver.layers.get(chain)?)));
        let logical = layers().fold(image.size, |sum, (_, layer)| sum.saturating_add(layer.bytes()));
        let own = layers().filter(|(chain, _)| driver.users(**chain).len() == 1);
        let unique = own.fold(image.size, |sum, (_, layer)| sum.saturating_add(layer.bytes()));
        let names = driver.names_of(*id);
        rows.push(Row {
            name: driver.called(*id).join(", "),
            kind: None,
            logical,
            unique,
            shared: logical.saturating_sub(unique),
            blobs: layers().count() as u64 + 1,
            repositories: None,
            tags: Some(names.iter().filter(|name| name.tag.is_some()).count() as u64),
        });
        summary.logical_total = summary.logical_total.saturating_add(logical);
        summary.unique_total = summary.unique_total.saturating_add(image.size);
        summary.total = summary.total.saturating_add(image.size);
        summary.blobs += 1;
    }
    let needed = driver.kept_by_containers();
    for (chain, layer) in &driver.layers {
        let size = layer.bytes();
        summary.total = summary.total.saturating_add(size);
        summary.blobs += 1;
        let (bytes, count) = match driver.users(*chain).len() {
            1 => (&mut summary.unique_total, None),
            2.. => (&mut summary.shared_total, None),
            0 if needed.contains(chain) => (&mut summary.untagged, Some(&mut summary.untagged_blobs)),
            // What cannot be read may need it.
            0 if doubts.layers => (&mut summary.unknown, Some(&mut summary.unknown_blobs)),
            0 => (&mut summary.orphans, Some(&mut summary.orphan_blobs)),
        };
        *bytes = bytes.saturating_add(size);
        if let Some(count) = count {
            *count += 1;
        }
    }
}

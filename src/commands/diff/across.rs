//! `diff --ref` where the sides are of different kinds, or of one that is no registry: their files cannot be the same, but
//! the images can. What an image is says the digest of its config; of what it is made, the DiffIDs in it.

mod deep;
mod rows;
mod seen;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use anyhow::bail;

use super::{Options, Source};
use crate::cli;
use crate::commands::{names, resolve};
use crate::digest::Digest;
use crate::dispatch;
use crate::kind::Kind;
use crate::reference::Reference;
use crate::registry::compare::Comparison;
use crate::report::diff::{DiffReport, DiffSummary};
use crate::report::{ErrorItem, Head};
use crate::session::Run;
use crate::store::Store;

use deep::{Proofs, prove};
use rows::Rows;
use seen::{Has, Image, Seen};

const SIDES: [&str; 2] = ["a", "b"];

/// How two sides are compared.
pub(super) enum Way<'a> {
    /// File by file: both are registries, or inventories of such.
    Files,
    /// By what they list and the blobs that they hold: both are image layouts.
    Layouts([&'a Store; 2]),
    /// Image by image: these are named.
    Images([&'a Store; 2]),
}

/// How two sides are to be compared.
///
/// # Errors
/// When they cannot be compared at all, or not in the way that was asked for.
pub(super) fn way<'a>(sides: [&Source<'a>; 2], options: &Options) -> anyhow::Result<Way<'a>> {
    let mut kinds = sides.iter().map(|side| side.store().map(Store::kind));
    if kinds.all(|kind| kind.is_none_or(|kind| kind == Kind::Registry)) {
        if options.deep.is_some() {
            let what = "--deep is for stores of different kinds: two registries are compared byte by byte";
            return Err(cli::usage(what).into());
        }
        return Ok(Way::Files);
    }
    for kind in sides.iter().filter_map(|side| side.store()).map(Store::kind) {
        dispatch::check("diff", kind)?;
    }
    let [Some(a), Some(b)] = sides.map(Source::store) else {
        bail!("an inventory file is of a registry, and can be compared with nothing else");
    };
    if options.strict || !options.repositories.is_empty() {
        return Err(cli::usage("--strict and --repo are for two registries").into());
    }
    match [a, b] {
        stores if !options.references.is_empty() => Ok(Way::Images(stores)),
        stores if stores.iter().all(|store| store.kind() == Kind::Oci) => Ok(Way::Layouts(stores)),
        _ => {
            let what =
                "only two registries or two image layouts are compared as a whole: name images with --ref";
            Err(cli::usage(what).into())
        }
    }
}

/// Compares images.
pub(super) fn diff(run: Run<'_>, stores: [&Store; 2], options: &Options) -> DiffReport {
    let begun = Instant::now();
    let names = stores.map(|store| crate::path::text_of(store.path().as_os_str().as_encoded_bytes()));
    let mut head = Head::rootless("regfs/diff/v1");
    for (store, side) in stores.iter().zip(SIDES) {
        head.warnings.push(format!("{side} is {}", store.kind().with_article()));
    }
    if options.deep.is_none() {
        head.warnings.push("no layer was read: --deep compares what their bytes are".to_owned());
    }
    let mut report =
        DiffReport::new(head, names, options.deep.is_some(), stores.map(|store| Some(store.path())));
    if options.deep.is_none() {
        report.compared = "digests";
    }
    let mut comparison = Comparison::default();
    let mut proofs = [Proofs::new(), Proofs::new()];
    for reference in &options.references {
        let mut sides = look(run, stores, reference, &mut report);
        if let Some(limit) = options.deep {
            for ((store, side), proofs) in stores.iter().zip(&mut sides).zip(&mut proofs) {
                prove(&run.over(store), side, proofs, limit);
            }
        }
        for (side, name) in sides.iter().zip(SIDES) {
            report.head.errors.extend(side.errors.iter().map(|error| in_side(error, name)));
            let faults = side.faults.iter().map(|fault| format!("{} in {name}: {fault}", reference.text));
            // Of what neither side has, all is said but what may have been meant.
            if is_unknown(&sides) {
                report.head.warnings.extend(faults);
            } else {
                report.faults.extend(faults);
            }
        }
        if is_unknown(&sides) {
            report.unknown.push(reference.text.clone());
        } else {
            compare(&sides, reference, &mut report, &mut comparison);
        }
    }
    report.faults.sort_unstable();
    report.faults.dedup();
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.head.partial |=
        run.cancel.is_cancelled() || !report.head.errors.is_empty() || comparison.unknown > 0;
    if !run.cancel.is_cancelled() {
        report.head.why_partial = Some("not everything was compared");
    }
    let elapsed_seconds = begun.elapsed().as_secs_f64();
    let summary = DiffSummary { bytes_compared: comparison.bytes, elapsed_seconds, ..DiffSummary::default() };
    report.finish(summary, &comparison);
    report
}

/// Whether neither side has anything of a reference, and that is known.
fn is_unknown(sides: &[Seen; 2]) -> bool {
    sides.iter().all(|side| side.images.is_empty() && !side.is_blind)
}

fn in_side(error: &ErrorItem, side: &str) -> ErrorItem {
    ErrorItem { path: error.path.clone(), reason: format!("in {side}: {}", error.reason) }
}

/// Follows a reference on both sides.
fn look(run: Run<'_>, stores: [&Store; 2], reference: &Reference, report: &mut DiffReport) -> [Seen; 2] {
    let options = resolve::Options { reference: reference.clone(), platform: None };
    let mut found = Vec::new();
    for (store, name) in stores.into_iter().zip(SIDES) {
        let resolved = dispatch::resolve(&run.over(store), &options);
        let mut seen = Seen::new(store, &resolved);
        report.head.partial |= resolved.head.partial;
        seen.errors.extend(resolved.head.errors.iter().cloned());
        let is_told =
            |error: &ErrorItem| resolved.hops.iter().any(|hop| hop.path.as_ref() == Some(&error.path));
        // What is no hop stands before all of them: a list of names, say.
        seen.is_blind |= resolved.head.errors.iter().any(|error| !is_told(error));
        let hints = resolved.head.warnings.iter().map(|hint| format!("{name}: {hint}"));
        report.head.warnings.extend(hints);
        // What is wrong with the hops is told of each of them.
        let of_hops = resolve::first_fault(&resolved);
        if let Some(message) = resolved.message.as_ref().filter(|message| Some(*message) != of_hops.as_ref())
        {
            seen.faults.push(names::with_near(message, &resolved.suggestions));
        }
        found.push(seen);
    }
    let [mut a, mut b] = <[Seen; 2]>::try_from(found).unwrap_or_default();
    disagree(&mut a, &b, SIDES[1]);
    disagree(&mut b, &a, SIDES[0]);
    [a, b]
}

/// Holds the DiffIDs that configs state against what an engine noted of the same blobs when it pulled them.
fn disagree(side: &mut Seen, engine: &Seen, name: &str) {
    for layer in &mut side.layers {
        let noted = engine.origins.get(&layer.part.digest);
        if let (Some(noted), Some(stated)) = (noted, layer.stated)
            && *noted != stated
        {
            let why = format!("diffid-by-digest in {name} says that it unpacks to {noted}");
            layer.part.has.worsen(Has::Damaged(why));
        }
    }
}

fn compare(sides: &[Seen; 2], reference: &Reference, report: &mut DiffReport, comparison: &mut Comparison) {
    let [a, b] = sides;
    if a.images.is_empty() && b.images.is_empty() {
        comparison.unknown += 1;
        return;
    }
    let mut rows = Rows::new([a, b], reference, report, comparison);
    if a.has_manifests && b.has_manifests {
        rows.indexes();
    }
    // One image on each side: either they are the same, or one is in place of the other.
    if let ([one], [other]) = (a.images.as_slice(), b.images.as_slice()) {
        return rows.image(Some(one), Some(other));
    }
    let partners = partners(sides);
    for (one, partner) in a.images.iter().zip(&partners) {
        rows.image(Some(one), partner.map(|at| &b.images[at]));
    }
    let paired: BTreeSet<usize> = partners.into_iter().flatten().collect();
    for (at, other) in b.images.iter().enumerate() {
        if !paired.contains(&at) {
            rows.image(None, Some(other));
        }
    }
}

/// Of each image of `a`, which one of `b` it is. Manifests say it where both sides keep them: many artifacts share the
/// empty config. The rest go by their configs, each once.
fn partners([a, b]: &[Seen; 2]) -> Vec<Option<usize>> {
    let mut partners = vec![None; a.images.len()];
    let mut is_free = vec![true; b.images.len()];
    let mut pair = |key: &dyn Fn(&Image) -> Option<Digest>| {
        let mut free: BTreeMap<Digest, VecDeque<usize>> = BTreeMap::new();
        for (at, image) in b.images.iter().enumerate().filter(|(at, _)| is_free[*at]) {
            if let Some(key) = key(image) {
                free.entry(key).or_default().push_back(at);
            }
        }
        for (image, partner) in a.images.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
            *partner = key(image).and_then(|key| free.get_mut(&key)?.pop_front());
            if let Some(at) = *partner {
                is_free[at] = false;
            }
        }
    };
    if a.has_manifests && b.has_manifests {
        pair(&|image| image.manifest.as_ref().map(|part| part.digest));
    }
    pair(&Image::identity);
    partners
}

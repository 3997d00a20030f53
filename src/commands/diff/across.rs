//! `diff --ref` where the sides are of different kinds, or of one that is no registry: their files cannot be the same, but
//! the images can. What an image is says the digest of its config; of what it is made, the DiffIDs in it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::bail;

use super::{Options, Source};
use crate::cli;
use crate::commands::resolve;
use crate::digest::Digest;
use crate::dispatch;
use crate::kind::Kind;
use crate::manifest::Name;
use crate::path::StorePath;
use crate::reference::Reference;
use crate::registry::compare::Comparison;
use crate::registry::look::{self, State};
use crate::report::diff::{Change, DiffHop, DiffReport, DiffSummary, Difference};
use crate::report::resolve::{Hop, HopKind, ResolveReport};
use crate::report::{ErrorItem, Head};
use crate::session::Run;
use crate::store::Store;

/// The roots, if they are to be compared image by image.
///
/// # Errors
/// When they would have to be compared file by file, or cannot be compared at all.
pub(super) fn roots<'a>(
    sides: [&Source<'a>; 2],
    options: &Options,
) -> anyhow::Result<Option<[&'a Store; 2]>> {
    let mut kinds = sides.iter().map(|side| side.store().map(Store::kind));
    if kinds.all(|kind| kind.is_none_or(|kind| kind == Kind::Registry)) {
        return Ok(None);
    }
    for kind in sides.iter().filter_map(|side| side.store()).map(Store::kind) {
        dispatch::check("diff", kind)?;
    }
    let [Some(a), Some(b)] = sides.map(Source::store) else {
        bail!("an inventory file is of a registry, and can be compared with nothing else");
    };
    if options.references.is_empty() {
        let what = "only registries are compared file by file: name images with --ref";
        return Err(cli::usage(what).into());
    }
    Ok(Some([a, b]))
}

/// A part of an image on one side.
struct Part {
    /// How that side calls it.
    digest: Digest,
    path: Option<StorePath>,
    size: Option<u64>,
    is_sound: bool,
}

/// An image as one side has it: the parts are named by the config's digest and the DiffIDs, or where these are not
/// known by the digest that the side has.
struct Image {
    config: Digest,
    layers: Vec<Digest>,
}

/// What one side has of a reference.
#[derive(Default)]
struct Seen {
    images: Vec<Image>,
    parts: BTreeMap<Digest, Part>,
}

impl Seen {
    fn new(run: Run<'_>, store: &Store, report: ResolveReport) -> Self {
        let mut seen = Self::default();
        let mut diff_ids: Vec<Digest> = Vec::new();
        for hop in report.hops {
            if hop.kind == HopKind::Directory {
                // An engine's layer is not there if its files are not.
                seen.spoil(&hop);
            }
            let Some(digest) = hop.digest.as_ref().and_then(Name::known) else { continue };
            match hop.kind {
                HopKind::Config => {
                    diff_ids =
                        if store.kind() == Kind::Docker { Vec::new() } else { stated(store, digest, &hop) };
                    seen.images.push(Image { config: digest, layers: Vec::new() });
                    seen.keep(digest, digest, hop);
                }
                HopKind::Layer => {
                    let Some(image) = seen.images.last_mut() else { continue };
                    let name = diff_ids.get(image.layers.len()).copied().unwrap_or(digest);
                    image.layers.push(name);
                    seen.keep(name, digest, hop);
                }
                _ => {}
            }
            if run.cancel.is_cancelled() {
                break;
            }
        }
        seen
    }

    fn keep(&mut self, name: Digest, digest: Digest, hop: Hop) {
        let is_sound = hop.state.is_sound() && hop.state != State::External;
        self.parts.entry(name).or_insert(Part { digest, path: hop.path, size: hop.size, is_sound });
    }

    fn spoil(&mut self, hop: &Hop) {
        let layer = self.images.last().and_then(|image| image.layers.last());
        if let Some(part) = layer.and_then(|layer| self.parts.get_mut(layer)) {
            part.is_sound &= hop.state.is_sound();
        }
    }

    fn sound(&self, name: Digest) -> Option<&Part> {
        self.parts.get(&name).filter(|part| part.is_sound)
    }
}

/// The DiffIDs that a config states.
fn stated(store: &Store, digest: Digest, hop: &Hop) -> Vec<Digest> {
    let Some(path) = &hop.path else { return Vec::new() };
    let (look, config) = look::config(store, path, &[digest]);
    config.filter(|_| look.state.is_sound()).map(|config| config.diff_ids).unwrap_or_default()
}

/// Compares images.
pub(super) fn diff(run: Run<'_>, stores: [&Store; 2], options: &Options) -> DiffReport {
    let begun = Instant::now();
    let names = stores.map(|store| crate::path::text_of(store.path().as_os_str().as_encoded_bytes()));
    let mut head = Head::rootless("regfs/diff/v1");
    for (store, side) in stores.iter().zip(["a", "b"]) {
        head.warnings.push(format!("{side} is {}", store.kind().with_article()));
    }
    let mut report = DiffReport::new(head, names, false, stores.map(|store| Some(store.path())));
    report.compared = "digests";
    let mut comparison = Comparison::default();
    for reference in &options.references {
        compare(run, stores, reference, &mut report, &mut comparison);
    }
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.head.partial |= run.cancel.is_cancelled() || !report.head.errors.is_empty();
    let summary = DiffSummary { elapsed_seconds: begun.elapsed().as_secs_f64(), ..DiffSummary::default() };
    report.finish(summary, &comparison);
    report
}

fn compare(
    run: Run<'_>,
    stores: [&Store; 2],
    reference: &Reference,
    report: &mut DiffReport,
    comparison: &mut Comparison,
) {
    let options = resolve::Options { reference: reference.clone(), platform: None };
    let mut sides = Vec::new();
    for (store, side) in stores.into_iter().zip(["a", "b"]) {
        let resolved = dispatch::resolve(&run.over(store), &options);
        report.head.errors.extend(resolved.head.errors.iter().map(|error| ErrorItem {
            path: error.path.clone(),
            reason: format!("in {side}: {}", error.reason),
        }));
        report.head.partial |= resolved.head.partial;
        sides.push(Seen::new(run, store, resolved));
    }
    let [a, b] = [&sides[0], &sides[1]];
    if a.images.is_empty() && b.images.is_empty() {
        report.unknown.push(reference.text.clone());
        return;
    }
    let mut rows = Rows { reference, sides: [a, b], report, comparison };
    // One image on each side: either they are the same, or one is in place of the other.
    if let ([one], [other]) = (a.images.as_slice(), b.images.as_slice())
        && one.config != other.config
    {
        rows.row(0, HopKind::Config, one.config, other.config);
        rows.layers([one, other]);
        return;
    }
    let mut met = BTreeSet::new();
    for image in a.images.iter().chain(&b.images).filter(|image| met.insert(image.config)) {
        rows.row(0, HopKind::Config, image.config, image.config);
        rows.layers([image]);
    }
}

struct Rows<'a> {
    reference: &'a Reference,
    sides: [&'a Seen; 2],
    report: &'a mut DiffReport,
    comparison: &'a mut Comparison,
}

impl Rows<'_> {
    /// The layers of images, each once.
    fn layers<'i>(&mut self, images: impl IntoIterator<Item = &'i Image>) {
        let mut met = BTreeSet::new();
        for name in images.into_iter().flat_map(|image| &image.layers) {
            if met.insert(*name) {
                self.row(1, HopKind::Layer, *name, *name);
            }
        }
    }

    /// A part, by what each side would call it.
    fn row(&mut self, depth: usize, kind: HopKind, in_a: Digest, in_b: Digest) {
        let [a, b] = self.sides;
        let (a, b) = (a.sound(in_a), b.sound(in_b));
        let change = match (a, b) {
            (Some(_), Some(_)) if in_a == in_b => None,
            (Some(_), Some(_)) => Some(Change::Differs),
            (Some(_), None) => Some(Change::OnlyInA),
            (None, Some(_)) => Some(Change::OnlyInB),
            (None, None) => None,
        };
        let part = a.or(b);
        let state = match (change, part) {
            (Some(change), _) => change.name(),
            (None, Some(_)) => "equal",
            (None, None) => "missing",
        };
        self.report.hops.push(DiffHop {
            reference: self.reference.text.clone(),
            depth,
            kind,
            digest: Some(in_a.to_string()),
            path: part.and_then(|part| part.path.clone()),
            size: part.and_then(|part| part.size),
            state,
        });
        match change {
            Some(change) => self.report.differences.push(Difference {
                change,
                object: kind.name(),
                path: part.and_then(|part| part.path.clone()).unwrap_or_default(),
                repository: None,
                tag: None,
                digest_a: a.map(|part| part.digest),
                digest_b: b.map(|part| part.digest),
                size_a: a.and_then(|part| part.size),
                size_b: b.and_then(|part| part.size),
                offset: None,
                intact: None,
                detail: (kind == HopKind::Layer).then(|| format!("DiffID {in_a}")),
            }),
            None if part.is_some() => self.comparison.equal += 1,
            None => {
                let what =
                    format!("{in_a}, a {} of {}, is on neither side", kind.name(), self.reference.text);
                self.report.head.warnings.push(what);
            }
        }
    }
}

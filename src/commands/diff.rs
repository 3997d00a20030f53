//! `diff`: do two roots store the same things.

mod across;
mod bytes;
mod images;
mod layouts;
mod rows;
mod source;

use std::collections::BTreeSet;
use std::time::Instant;

use rayon::prelude::*;

use crate::path::StorePath;
use crate::progress::Phase;
use crate::reference::{Reference, RepoName};
use crate::registry::compare::{Comparison, Depth, Side, compare};
use crate::registry::contents::file::ListedRoot;
use crate::registry::contents::{Contents, Entry, entry_at, repository_of};
use crate::registry::layout::{self, Place, classify};
use crate::report::diff::{DiffReport, DiffSummary};
use crate::report::{ErrorItem, Head};
use crate::session::Run;
use crate::store::{FileKind, ReadError, Store};

use across::Way;
use images::Images;
pub use source::{Named, Source, SourceError, nesting};

/// What to compare, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The images to look at; none: everything.
    pub references: Vec<Reference>,
    /// The repositories to look at, with the blobs that they link; none: everything.
    pub repositories: Vec<RepoName>,
    /// Whether files of the same size are taken for the same.
    pub sizes_only: bool,
    /// Whether what carries no meaning counts too.
    pub strict: bool,
    /// Between stores of different kinds: the most that a layer may unpack to, if layers are read.
    pub deep: Option<u64>,
}

/// What could not be read, and on which side.
type Unread = Vec<(Side, StorePath, ReadError)>;

/// The two sides, and what was seen of them.
struct Sides<'a> {
    stores: [Option<&'a Store>; 2],
    contents: [&'a Contents; 2],
    depth: Depth,
    run: Run<'a>,
}

/// Compares two roots, or what is known of them.
///
/// # Errors
/// When what is asked for cannot be had of an inventory file.
pub fn diff(run: Run<'_>, a: &Source<'_>, b: &Source<'_>, options: &Options) -> anyhow::Result<DiffReport> {
    match across::way([a, b], options)? {
        Way::Files => {}
        Way::Layouts(stores) => return Ok(layouts::diff(run, stores, options)),
        Way::Images(stores) => return Ok(across::diff(run, stores, options)),
    }
    let begun = Instant::now();
    source::check([a, b], options)?;
    let mut head = Head::rootless("regfs/diff/v1");
    head.warnings = source::warnings([a, b], options);
    let names = [a.name(), b.name()];
    let stores = [a.store(), b.store()];
    let depth =
        if options.sizes_only || !a.has_bytes() || !b.has_bytes() { Depth::Sizes } else { Depth::Bytes };
    run.progress.begin(Phase::Walk, None);
    let images = if options.references.is_empty() { None } else { Some(Images::find(run, [a, b], options)) };
    let only = images.as_ref();
    let [a_side, b_side] = [a, b];
    let (a, b) = rayon::join(|| a.look(only, options, run), || b.look(only, options, run));
    let wanted = Wanted::new(options, images.as_ref(), [&a, &b]);
    let mut comparison = Comparison::default();
    let mut unread = Unread::new();
    let is_whole = !a.inventory.interrupted && !b.inventory.interrupted && !run.cancel.is_cancelled();
    let sides = Sides { stores, contents: [&a, &b], depth, run };
    if is_whole {
        comparison = compare(&a, &b, depth, &|path| wanted.has(path));
        unread = sides.look_again(&mut comparison);
    }
    let mut summary = DiffSummary::default();
    unread.extend(bytes::settle(&sides, &mut comparison, &mut summary));
    run.progress.end();

    note_unseen(&mut head, &sides, &wanted, unread);
    head.partial |=
        !is_whole || run.cancel.is_cancelled() || images.as_ref().is_some_and(|images| images.too_many);
    head.partial |= comparison.unknown > 0;
    let listed = [a_side, b_side].into_iter().filter_map(Source::listed);
    // Where it says what is not in it, that has been told.
    let is_vague = |listed: &ListedRoot| listed.partial && listed.contents.inventory.opaque.is_empty();
    let vague = listed.filter(|listed| is_vague(listed)).count();
    if vague > 0 {
        head.partial = true;
        head.warnings.push("an inventory says that it is not whole, and not what it lacks".to_owned());
    }
    if is_whole && !run.cancel.is_cancelled() {
        head.why_partial = Some("not everything was compared");
    }
    let mut report =
        DiffReport::new(head, names, depth == Depth::Bytes, stores.map(|store| store.map(Store::path)));
    rows::fill(&mut report, &comparison);
    if is_whole && !run.cancel.is_cancelled() {
        report.unknown = unknown(&sides, options, images.as_ref());
    }
    if let Some(images) = &images {
        rows::hops(&mut report, images, &sides, &comparison);
    }
    summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    report.finish(summary, &comparison);
    Ok(report)
}

/// What could not be looked at, on which side, and why.
fn note_unseen(head: &mut Head, sides: &Sides<'_>, wanted: &Wanted<'_>, unread: Unread) {
    for (side, contents) in [Side::A, Side::B].into_iter().zip(sides.contents) {
        let unseen = contents.unseen().filter(|(path, _)| wanted.may_hold(path));
        head.errors.extend(unseen.map(|(path, reason)| error_item(side, path.clone(), &reason)));
        if !contents.vanished.is_empty() {
            let files = match (contents.vanished.len(), contents.vanished.first()) {
                (1, Some(path)) => format!("{path} was gone"),
                (many, _) => format!("{many} files were gone"),
            };
            head.warnings.push(format!("{}: {files} when it was to be read", side.name()));
        }
    }
    head.errors
        .extend(unread.into_iter().map(|(side, path, error)| error_item(side, path, &error.to_string())));
    head.errors.sort();
    head.errors.dedup();
    head.partial |= !head.errors.is_empty();
}

fn error_item(side: Side, path: StorePath, reason: &str) -> ErrorItem {
    ErrorItem { path, reason: format!("in {}: {reason}", side.name()) }
}

impl Sides<'_> {
    /// Looks a second time at what only one side has, since a registry may be at work: what has come meanwhile is
    /// compared after all, what has gone is forgotten. Tells what could not be read.
    fn look_again(&self, comparison: &mut Comparison) -> Unread {
        let [a, b] = self.contents;
        let differences = std::mem::take(&mut comparison.differences);
        let looked: Vec<_> = differences
            .into_par_iter()
            .map(|difference| {
                let again = match (difference.a, difference.b) {
                    (Some(_), Some(_)) => None,
                    _ if self.run.cancel.is_cancelled() => None,
                    _ => self.again(&difference.path, difference.a.is_some()),
                };
                (difference, again)
            })
            .collect();
        let mut unread = Unread::new();
        for (difference, again) in looked {
            match again {
                None => comparison.differences.push(difference),
                Some(Ok(Some(entry))) => {
                    let is_in_a = difference.a.is_some();
                    let seen = difference.a.or(difference.b);
                    let seen = seen.map(|what| Entry { path: difference.path, what });
                    let (one, other) = if is_in_a { (seen, Some(entry)) } else { (Some(entry), seen) };
                    comparison.take(a, b, self.depth, one, other);
                }
                // It has gone where it was, or cannot be looked at where it was not.
                Some(Ok(None)) => {}
                Some(Err(error)) => {
                    comparison.unknown += 1;
                    let lacking = if difference.a.is_some() { Side::B } else { Side::A };
                    unread.push((lacking, difference.path, error));
                }
            }
        }
        unread
    }

    /// What a second look at a path shows, if anything else than the first: what stands on the side that had nothing.
    fn again(&self, path: &StorePath, is_in_a: bool) -> Option<Result<Option<Entry>, ReadError>> {
        let [a, b] = self.stores;
        let (has, lacks) = if is_in_a { (a, b) } else { (b, a) };
        // The directory of a tag is no file.
        if classify(path).place == Place::Tag {
            return None;
        }
        match lacks.map(|store| entry_at(store, path)) {
            // A directory is no file, and if it is empty an entry of its own.
            None | Some(Ok(None) | Err(ReadError::NotRegular(FileKind::Directory))) => {
                match has.map(|store| entry_at(store, path)) {
                    Some(Ok(None)) => Some(Ok(None)),
                    _ => None,
                }
            }
            Some(found) => Some(found),
        }
    }
}

/// Which files count.
enum Wanted<'a> {
    Everything,
    Repositories { names: BTreeSet<&'a [u8]>, blobs: BTreeSet<StorePath> },
    Images(&'a Images),
}

impl<'a> Wanted<'a> {
    fn new(options: &'a Options, images: Option<&'a Images>, contents: [&Contents; 2]) -> Self {
        if let Some(images) = images {
            return Self::Images(images);
        }
        if options.repositories.is_empty() {
            return Self::Everything;
        }
        let mut blobs = BTreeSet::new();
        for contents in contents {
            let digests = &contents.inventory.digests;
            for name in &options.repositories {
                let Some(repository) = contents.inventory.repository(name.as_str()) else { continue };
                for link in repository.layers.iter().chain(&repository.revisions) {
                    blobs.insert(layout::blob_data(digests.get(link.digest)));
                    if let crate::registry::inventory::LinkContent::Names(digest) = link.content {
                        blobs.insert(layout::blob_data(digests.get(digest)));
                    }
                }
            }
        }
        let names = options.repositories.iter().map(|name| name.as_str().as_bytes()).collect();
        Self::Repositories { names, blobs }
    }

    /// Whether a file counts.
    fn has(&self, path: &StorePath) -> bool {
        match self {
            Self::Everything => true,
            Self::Images(images) => images.paths.contains(path),
            Self::Repositories { names, blobs } => match (repository_of(path), classify(path).place) {
                (Some(name), _) => names.contains(name),
                (None, Place::BlobData(_)) => blobs.contains(path),
                (None, _) => false,
            },
        }
    }

    /// Whether something that counts may stand at a path or below it.
    fn may_hold(&self, path: &StorePath) -> bool {
        let (names, blobs) = match self {
            Self::Everything => return true,
            Self::Images(images) => return holds_one_of(path, &images.paths),
            Self::Repositories { names, blobs } => (names, blobs),
        };
        let meets = |name: &&[u8]| {
            let repository = layout::repository(name);
            is_within(path, repository.as_bytes()) || is_within(&repository, path.as_bytes())
        };
        names.iter().any(meets) || holds_one_of(path, blobs)
    }
}

/// Whether one of these paths is this one or lies below it.
fn holds_one_of(path: &StorePath, paths: &BTreeSet<StorePath>) -> bool {
    if path.as_bytes().is_empty() {
        return !paths.is_empty();
    }
    // What lies below stands together, from here on.
    let below = StorePath::from([path.as_bytes(), b"/"].concat().as_slice());
    paths.contains(path) || paths.range(below..).next().is_some_and(|next| is_within(next, path.as_bytes()))
}

/// Whether a path is another one or lies below it.
fn is_within(path: &StorePath, above: &[u8]) -> bool {
    above.is_empty() || path.ancestors().any(|ancestor| ancestor == above)
}

/// What was asked for, and neither side has.
fn unknown(sides: &Sides<'_>, options: &Options, images: Option<&Images>) -> Vec<String> {
    let mut unknown: Vec<String> = images.map(|images| images.unknown(sides)).unwrap_or_default();
    for name in &options.repositories {
        let directory = layout::repository(name.as_str());
        let has = |contents: &&Contents| {
            contents.inventory.repository(name.as_str()).is_some() || contents.hides(&directory)
        };
        if !sides.contents.iter().any(has) {
            unknown.push(name.to_string());
        }
    }
    unknown.sort();
    unknown.dedup();
    unknown
}

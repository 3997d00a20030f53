//! `orphans` in a Docker engine: images without a tag, layers that nothing needs, directories that nothing names, and
//! what was never finished. What a container needs is never among them, and where something cannot be read, more is
//! kept, never less.
//!
//! An engine may be at work meanwhile: what seems superfluous is looked at a second time, and listed if it still is.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::bail;

use super::doubts::{Doubts, doubts};
use super::note;
use crate::commands::orphans::{A_DAY, Options};
use crate::digest::Digest;
use crate::engine::{Driver, Engine, size, walk};
use crate::path::StorePath;
use crate::progress::Phase;
use crate::registry::reach::Policy;
use crate::report::orphans::{ObjectKind, OrphanObject, OrphansReport};
use crate::report::{ErrorItem, Head};
use crate::session::Session;
use crate::store::ReadError;

/// Tells what nothing needs.
///
/// # Errors
/// When what is asked has no meaning for an engine.
pub fn orphans(session: &Session<'_>, options: &Options) -> anyhow::Result<OrphansReport> {
    let begun = Instant::now();
    if options.alive.is_some() || options.has_what_if() || options.policy != Policy::Revisions {
        bail!(
            "of a Docker engine it can be asked what nothing needs, and nothing else: --policy, --alive, \
             --without-tags and --keep-newest go by what a registry keeps"
        );
    }
    session.progress.begin(Phase::Walk, None);
    let mut engine = walk(session);
    let mut judged = judge(&engine);
    if !judged.found.is_empty() {
        let first: BTreeSet<StorePath> = judged.found.into_iter().map(|found| found.object.path).collect();
        session.progress.begin(Phase::Read, None);
        engine = walk(session);
        judged = judge(&engine);
        judged.found.retain(|found| first.contains(&found.object.path));
    }
    let mut report = OrphansReport {
        policy: "tags",
        exit_code: options.exit_code,
        max_bytes: options.max_bytes,
        ..OrphansReport::new(Head::new("regfs/orphans/v1", session.store))
    };
    note(&mut report.head, &engine);
    report.unknown = judged.unknown;
    report.unknown.sort_unstable();
    report.unknown.dedup();
    report.summary.blobs_kept = judged.kept;
    if judged.cached > 0 {
        let warning = format!(
            "{} directories of the driver have names that the build cache (BuildKit) gives, and are left out: \
             docker builder prune frees what it does not need",
            judged.cached
        );
        report.head.warnings.push(warning);
    }
    for found in judged.found {
        take(session, options, found, &mut report);
    }
    session.progress.end();
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.objects.sort_unstable();
    report.summary.objects = report.objects.len() as u64;
    report.summary.object_bytes =
        report.objects.iter().fold(0, |sum: u64, object| sum.saturating_add(object.size));
    report.head.partial |=
        session.cancel.is_cancelled() || !report.head.errors.is_empty() || !report.unknown.is_empty();
    report.summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

/// Lists what was found, with its bytes, unless it is too young, or gone by now.
fn take(session: &Session<'_>, options: &Options, found: Found, report: &mut OrphansReport) {
    let Found { mut object, measured } = found;
    let mut unread = Vec::new();
    match session.store.stat(&object.path) {
        Ok(stat) => {
            let age = session.now.as_second().saturating_sub(stat.modified);
            if options.min_age.is_some_and(|least| i128::from(age) < i128::from(least.as_secs())) {
                report.summary.blobs_too_young += 1;
                return;
            }
            report.summary.blobs_younger_than_a_day += u64::from(age < A_DAY);
        }
        // The engine was faster.
        Err(ReadError::Absent) => return,
        Err(error) => unread.push((object.path.clone(), error)),
    }
    for path in measured {
        object.size = object.size.saturating_add(size::of(session, &path, &mut unread));
    }
    let unread = unread.into_iter().map(|(path, error)| ErrorItem { path, reason: error.to_string() });
    report.head.errors.extend(unread);
    report.objects.push(object);
}

/// What nothing needs, as far as one look tells.
#[derive(Default)]
struct Judged {
    found: Vec<Found>,
    unknown: Vec<ErrorItem>,
    /// How many images are kept.
    kept: u64,
    /// How many directories may be the build cache's.
    cached: u64,
}

/// Something superfluous: its size is that of what is listed below the paths, too.
struct Found {
    object: OrphanObject,
    measured: Vec<StorePath>,
}

fn judge(engine: &Engine) -> Judged {
    let mut judged = Judged::default();
    for driver in &engine.drivers {
        let doubts = doubts(engine, driver);
        Search { engine, driver, doubts: &doubts, judged: &mut judged }.run();
        let told = doubts.told.into_iter().map(|(path, reason)| ErrorItem { path, reason });
        judged.unknown.extend(told);
    }
    judged
}

struct Search<'a> {
    engine: &'a Engine,
    driver: &'a Driver,
    doubts: &'a Doubts,
    judged: &'a mut Judged,
}

impl Search<'_> {
    fn run(&mut self) {
        let kept = self.kept_images();
        let needed_by_kept: BTreeSet<Digest> = kept
            .iter()
            .filter_map(|id| self.driver.images.get(id))
            .flat_map(|image| image.chain.iter().copied())
            .collect();
        let by_containers = self.driver.kept_by_containers();
        let mut freed = BTreeSet::new();
        for (id, image) in self.driver.images.iter().filter(|(id, _)| !kept.contains(*id)) {
            // What several of them share goes with the last: it is counted once.
            let own = image.chain.iter().filter(|chain| {
                !needed_by_kept.contains(chain) && !by_containers.contains(chain) && freed.insert(**chain)
            });
            let own = own.filter_map(|chain| self.driver.layers.get(chain));
            let bytes = own.fold(image.size, |sum, layer| sum.saturating_add(layer.bytes()));
            let names: Vec<String> = self.driver.names_of(*id).iter().map(|name| name.name.clone()).collect();
            let detail = if names.is_empty() { None } else { Some(format!("known as {}", names.join(", "))) };
            let path = self.driver.image_path(*id);
            self.list(ObjectKind::Image, path, Some(*id), bytes, detail, Vec::new());
        }
        let mut named: BTreeSet<String> = BTreeSet::new();
        for (chain, layer) in &self.driver.layers {
            named.extend(layer.cache_id.get().cloned());
            let is_needed = !self.driver.users(*chain).is_empty() || by_containers.contains(chain);
            if !self.doubts.layers && !is_needed {
                let path = layer.path.clone();
                self.list(ObjectKind::Layer, path, Some(*chain), layer.bytes(), None, Vec::new());
            }
        }
        for mount in self.driver.mounts.values() {
            named.extend(mount.mount_id.get().cloned());
            named.extend(mount.init_id.get().cloned());
        }
        self.leftovers(&mut named);
        self.directories(&named);
        self.judged.kept += kept.len() as u64;
    }

    /// Images that a tag names, that a container was made of or stands on, and what they were built from.
    fn kept_images(&self) -> BTreeSet<Digest> {
        if self.doubts.images {
            return self.driver.images.keys().copied().collect();
        }
        let tagged = self.driver.names.names.iter().filter(|name| name.tag.is_some()).map(|name| name.image);
        let of_containers = self.engine.containers.values().filter_map(|container| container.image);
        let tops: BTreeSet<&Digest> =
            self.driver.mounts.values().filter_map(|mount| mount.parent.get()).collect();
        let below = self
            .driver
            .images
            .iter()
            .filter(|(_, image)| image.chain.last().is_some_and(|top| tops.contains(top)));
        let mut todo: Vec<Digest> = tagged.chain(of_containers).chain(below.map(|(id, _)| *id)).collect();
        let mut kept = BTreeSet::new();
        while let Some(id) = todo.pop() {
            if kept.insert(id) {
                todo.extend(self.driver.images.get(&id).and_then(|image| image.parent.get()));
            }
        }
        kept.retain(|id| self.driver.images.contains_key(id));
        kept
    }

    fn leftovers(&mut self, named: &mut BTreeSet<String>) {
        for leftover in &self.driver.leftovers {
            let mut measured = vec![leftover.path.clone()];
            let mut detail = None;
            // The engine may have begun to register a layer in a directory that another names already, or may.
            let id = leftover.cache_id.get().filter(|_| !self.doubts.directories);
            if let (Some(id), Some(graph)) = (id, self.driver.graph)
                && named.insert(id.clone())
            {
                measured.push(graph.directory(id));
                detail = Some(format!("with the directory {id}"));
            }
            self.list(ObjectKind::Leftover, leftover.path.clone(), None, 0, detail, measured);
        }
    }

    fn directories(&mut self, named: &BTreeSet<String>) {
        let Some(graph) = self.driver.graph.filter(|_| !self.doubts.directories) else { return };
        for name in self.driver.directories.iter().filter(|name| !named.contains(*name)) {
            if self.engine.has_build_cache && !crate::engine::is_id(name.as_bytes()) {
                self.judged.cached += 1;
                continue;
            }
            let path = graph.directory(name);
            self.list(ObjectKind::Directory, path.clone(), None, 0, None, vec![path]);
        }
    }

    fn list(
        &mut self,
        kind: ObjectKind,
        path: StorePath,
        digest: Option<Digest>,
        size: u64,
        detail: Option<String>,
        measured: Vec<StorePath>,
    ) {
        let object = OrphanObject { path, kind, digest, size, detail };
        self.judged.found.push(Found { object, measured });
    }
}

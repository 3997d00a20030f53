//! `orphans` in a Docker engine: images without a tag, layers that nothing needs, directories that nothing names, and
//! what was never finished. What a container needs is never among them, and where something cannot be read, more is
//! kept, never less.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::bail;

use super::du::kept_by_containers;
use super::note;
use crate::commands::orphans::Options;
use crate::digest::Digest;
use crate::engine::{Driver, Engine, Field, size, walk};
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
    if options.alive.is_some()
        || options.has_what_if()
        || options.min_age.is_some()
        || options.policy != Policy::Revisions
    {
        bail!(
            "of a Docker engine it can be asked what nothing needs, and nothing else: --policy, --alive, --min-age, \
             --without-tags and --keep-newest go by what a registry keeps"
        );
    }
    session.progress.begin(Phase::Walk, None);
    let engine = walk(session);
    let mut unread = Vec::new();
    let mut report = OrphansReport {
        policy: "tags",
        exit_code: options.exit_code,
        max_bytes: options.max_bytes,
        ..OrphansReport::new(Head::new("regfs/orphans/v1", session.store))
    };
    note(&mut report.head, &engine);
    for driver in &engine.drivers {
        let doubts = doubts(&engine, driver);
        let mut search = Search {
            session,
            engine: &engine,
            driver,
            doubts: &doubts,
            unread: &mut unread,
            report: &mut report,
        };
        search.run();
        report.unknown.extend(doubts.told.into_iter().map(|(path, reason)| ErrorItem { path, reason }));
    }
    session.progress.end();
    for (path, error) in unread {
        report.head.errors.push(ErrorItem { path, reason: error.to_string() });
    }
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.unknown.sort_unstable();
    report.unknown.dedup();
    report.objects.sort_unstable();
    report.summary.objects = report.objects.len() as u64;
    report.summary.object_bytes =
        report.objects.iter().fold(0, |sum: u64, object| sum.saturating_add(object.size));
    report.head.partial |=
        session.cancel.is_cancelled() || !report.head.errors.is_empty() || !report.unknown.is_empty();
    report.summary.elapsed_seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

/// What could not be known, and what counts as needed because of it.
#[derive(Default)]
struct Doubts {
    told: Vec<(StorePath, String)>,
    /// Names are not known: no image is called one without.
    names: bool,
    /// What images need is not known in full: no layer is called superfluous.
    layers: bool,
    /// Which directories are named is not known in full.
    directories: bool,
}

fn doubts(engine: &Engine, driver: &Driver) -> Doubts {
    let mut doubts = Doubts::default();
    if engine.interrupted {
        (doubts.names, doubts.layers, doubts.directories) = (true, true, true);
    }
    for (path, error) in &engine.unread {
        doubts.told.push((path.clone(), error.to_string()));
        (doubts.names, doubts.layers, doubts.directories) = (true, true, true);
    }
    if !driver.names.faults.is_empty() && !driver.images.is_empty() {
        doubts.names = true;
        let path = driver.path.join("repositories.json");
        doubts.told.extend(driver.names.faults.iter().map(|fault| (path.clone(), fault.clone())));
    }
    for (id, image) in driver.images.iter().filter(|(_, image)| !image.is_sound()) {
        doubts.layers = true;
        let why = match (image.altered, &image.config) {
            (Some(computed), _) => format!("an altered image config: its bytes hash to {computed}"),
            (None, Err(why)) => format!("an image config that does not parse: {why}"),
            (None, Ok(_)) => continue,
        };
        doubts.told.push((driver.image_path(*id), why));
    }
    for name in driver.names.names.iter().filter(|name| !driver.images.contains_key(&name.image)) {
        doubts.layers = true;
        doubts.told.push((
            driver.image_path(name.image),
            format!("{} stands for it, and it is not there", name.name),
        ));
    }
    for chain in driver.missing().into_keys() {
        doubts.directories = true;
        doubts.told.push((
            driver.layer_path(chain),
            "a layer that is needed: which directory was its cannot be told".to_owned(),
        ));
    }
    for layer in driver.layers.values() {
        // A layer whose parent cannot be told may stand on any other.
        let diff = layer.diff.get();
        let fits = match (&layer.parent, diff) {
            (Field::Is(parent), Some(diff)) => {
                is_named(driver, layer, crate::engine::above(Some(*parent), *diff))
            }
            (Field::Absent, Some(diff)) => is_named(driver, layer, *diff),
            _ => false,
        };
        if !fits {
            doubts.layers = true;
            doubts.told.push((layer.path.clone(), "what it stands on cannot be told".to_owned()));
        }
        if layer.cache_id.get().is_none() {
            doubts.directories = true;
            doubts
                .told
                .push((layer.path.join("cache-id"), "which directory is its cannot be told".to_owned()));
        }
    }
    for mount in driver.mounts.values() {
        if matches!(mount.parent, Field::Bad(_) | Field::Unread(_)) {
            doubts.layers = true;
            doubts
                .told
                .push((mount.path.join("parent"), "what the container stands on cannot be told".to_owned()));
        }
        for (name, field) in [("mount-id", &mount.mount_id), ("init-id", &mount.init_id)] {
            if field.get().is_none() && (name == "mount-id" || *field != Field::Absent) {
                doubts.directories = true;
                doubts.told.push((
                    mount.path.join(name),
                    "which directory is the container's cannot be told".to_owned(),
                ));
            }
        }
    }
    doubts
}

/// Whether a layer's directory has the name of this chain.
fn is_named(driver: &Driver, layer: &crate::engine::Layer, chain: Digest) -> bool {
    layer.path == driver.layer_path(chain)
}

struct Search<'a> {
    session: &'a Session<'a>,
    engine: &'a Engine,
    driver: &'a Driver,
    doubts: &'a Doubts,
    unread: &'a mut Vec<(StorePath, ReadError)>,
    report: &'a mut OrphansReport,
}

impl Search<'_> {
    fn run(&mut self) {
        let kept = self.kept_images();
        let needed_by_kept: BTreeSet<Digest> = kept
            .iter()
            .filter_map(|id| self.driver.images.get(id))
            .flat_map(|image| image.chain.iter().copied())
            .collect();
        let by_containers = kept_by_containers(self.driver);
        let mut freed = BTreeSet::new();
        let dead: Vec<Digest> = self.driver.images.keys().filter(|id| !kept.contains(id)).copied().collect();
        for id in dead {
            let image = &self.driver.images[&id];
            // What several of them share goes with the last: it is counted once.
            let own = image.chain.iter().filter(|chain| {
                !needed_by_kept.contains(chain) && !by_containers.contains(chain) && freed.insert(**chain)
            });
            let own = own.filter_map(|chain| self.driver.layers.get(chain));
            let bytes = own.fold(image.size, |sum, layer| sum.saturating_add(layer.bytes()));
            let names: Vec<String> = self.driver.names_of(id).iter().map(|name| name.name.clone()).collect();
            let detail = if names.is_empty() { None } else { Some(format!("known as {}", names.join(", "))) };
            self.list(self.driver.image_path(id), ObjectKind::Image, Some(id), bytes, detail);
        }
        let by_images: BTreeSet<Digest> =
            self.driver.images.values().flat_map(|image| image.chain.iter().copied()).collect();
        let mut named: BTreeSet<String> = BTreeSet::new();
        for (chain, layer) in &self.driver.layers {
            named.extend(layer.cache_id.get().cloned());
            if !self.doubts.layers && !by_images.contains(chain) && !by_containers.contains(chain) {
                self.list(layer.path.clone(), ObjectKind::Layer, Some(*chain), layer.bytes(), None);
            }
        }
        for mount in self.driver.mounts.values() {
            named.extend(mount.mount_id.get().cloned());
            named.extend(mount.init_id.get().cloned());
        }
        self.leftovers(&mut named);
        self.directories(&named);
        self.report.summary.blobs_kept += kept.len() as u64;
    }

    /// Images that a tag names, that a container was made of or stands on, and what they were built from.
    fn kept_images(&self) -> BTreeSet<Digest> {
        if self.doubts.names {
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
                todo.extend(self.driver.images.get(&id).and_then(|image| image.parent));
            }
        }
        // A container whose image cannot be told may be of any that lost its tag.
        let is_vague = |(id, container): (&String, &crate::engine::Container)| {
            container.image.is_none() && !self.driver.mounts.contains_key(id)
        };
        if self.engine.containers.iter().any(is_vague) {
            kept.extend(self.driver.images.keys());
        }
        kept.retain(|id| self.driver.images.contains_key(id));
        kept
    }

    fn leftovers(&mut self, named: &mut BTreeSet<String>) {
        let mut sizes: BTreeMap<&StorePath, u64> = BTreeMap::new();
        for leftover in &self.driver.leftovers {
            let mut bytes = size::of(self.session, &leftover.path, self.unread);
            let cache_id = leftover.cache_id.get();
            // The engine may have begun to register a layer in a directory that another names already.
            let is_own = |id: &&String| !named.contains(*id);
            if let (Some(id), Some(graph)) = (cache_id.filter(is_own), self.driver.graph) {
                bytes = bytes.saturating_add(size::of(self.session, &graph.directory(id), self.unread));
            }
            sizes.insert(&leftover.path, bytes);
        }
        for leftover in &self.driver.leftovers {
            let bytes = sizes.get(&leftover.path).copied().unwrap_or(0);
            let cache_id = leftover.cache_id.get().cloned();
            let detail = cache_id.as_ref().map(|id| format!("with the directory {id}"));
            named.extend(cache_id);
            self.list(leftover.path.clone(), ObjectKind::Leftover, None, bytes, detail);
        }
    }

    fn directories(&mut self, named: &BTreeSet<String>) {
        let Some(graph) = self.driver.graph.filter(|_| !self.doubts.directories) else { return };
        let mut cached = 0;
        for name in self.driver.directories.iter().filter(|name| !named.contains(*name)) {
            if self.engine.has_build_cache && !is_layer_id(name) {
                cached += 1;
                continue;
            }
            let path = graph.directory(name);
            let bytes = size::of(self.session, &path, self.unread);
            self.list(path, ObjectKind::Directory, None, bytes, None);
        }
        if cached > 0 {
            let warning = format!(
                "{cached} directories of the driver have names that the build cache (BuildKit) gives, and are left out: \
                 docker builder prune frees what it does not need"
            );
            self.report.head.warnings.push(warning);
        }
    }

    fn list(
        &mut self,
        path: StorePath,
        kind: ObjectKind,
        digest: Option<Digest>,
        size: u64,
        detail: Option<String>,
    ) {
        self.report.objects.push(OrphanObject { path, kind, digest, size, detail });
    }
}

/// Whether a directory's name is one that the layer store gives.
fn is_layer_id(name: &str) -> bool {
    let id = name.strip_suffix("-init").unwrap_or(name);
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

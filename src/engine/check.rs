//! From what an engine's store says to what is wrong with it, each fault at its root cause.
//!
//! What is absent is looked for a second time, and so is what claims that it should be there: an engine that runs may
//! have removed both.

use std::collections::BTreeSet;

use super::{Driver, Engine, Field, Image, Layer, above, origin};
use crate::digest::Digest;
use crate::finding::{Code, Finding};
use crate::path::StorePath;
use crate::store::{ReadError, Store};

/// Everything that is wrong, in no particular order; of these images alone, if some are named.
pub fn check(store: &Store, engine: &Engine, only: Option<&BTreeSet<Digest>>) -> Vec<Finding> {
    let mut checker = Checker { store, engine, only, findings: Vec::new() };
    for (path, error) in &engine.unread {
        let code = match error {
            ReadError::NotRegular(_) => Code::NotRegular,
            _ => Code::Unreadable,
        };
        checker.found(finding(code, path.clone(), error.to_string()));
    }
    for driver in &engine.drivers {
        checker.driver(driver);
    }
    checker.findings
}

struct Checker<'a> {
    store: &'a Store,
    engine: &'a Engine,
    only: Option<&'a BTreeSet<Digest>>,
    findings: Vec<Finding>,
}

/// A finding that nothing more is known of.
pub fn finding(code: Code, path: StorePath, detail: impl Into<String>) -> Finding {
    Finding {
        code,
        severity: code.severity(),
        path,
        repository: None,
        tag: None,
        digest: None,
        detail: detail.into(),
        affects: Vec::new(),
        referenced_by: Vec::new(),
        blocks_gc: Vec::new(),
    }
}

impl Checker<'_> {
    fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Something is absent at the finding's path that `claim` says is there.
    fn absent(&mut self, finding: Finding, claim: &StorePath) {
        if self.engine.interrupted || self.is_hidden(&finding.path) {
            return;
        }
        let is_there = |path: &StorePath| !matches!(self.store.stat(path), Err(ReadError::Absent));
        if is_there(&finding.path) || !is_there(claim) {
            let detail = "it changed while the store was being read";
            let path = finding.path;
            self.found(self::finding(Code::ChangedDuringScan, path, detail));
        } else {
            self.found(finding);
        }
    }

    /// Whether something that could not be looked at stands before a path.
    fn is_hidden(&self, path: &StorePath) -> bool {
        let mut unread = self.engine.unread.iter().map(|(path, _)| path.as_bytes());
        unread.any(|unread| path.ancestors().any(|above| above == unread))
    }

    fn is_wanted(&self, image: Digest) -> bool {
        self.only.is_none_or(|only| only.contains(&image))
    }

    fn driver(&mut self, driver: &Driver) {
        if self.only.is_none() {
            self.names(driver);
            self.mounts(driver);
            self.leftovers(driver);
        }
        for (id, image) in &driver.images {
            if self.is_wanted(*id) {
                self.image(driver, *id, image);
            }
        }
        let needed: Option<BTreeSet<Digest>> = self.only.map(|only| {
            let images = driver.images.iter().filter(|(id, _)| only.contains(id));
            images.flat_map(|(_, image)| image.chain.iter().copied()).collect()
        });
        for (chain, layer) in &driver.layers {
            if needed.as_ref().is_none_or(|needed| needed.contains(chain)) {
                self.layer(driver, *chain, layer);
            }
        }
        self.missing_layers(driver);
    }

    fn names(&mut self, driver: &Driver) {
        let path = driver.path.join("repositories.json");
        let is_unread = self.engine.unread.iter().any(|(unread, _)| *unread == path);
        // An engine that never had an image has no names either.
        let is_new = driver.names.size.is_none() && driver.images.is_empty();
        for fault in driver.names.faults.iter().filter(|_| !is_unread && !is_new) {
            self.found(finding(Code::NamesMalformed, path.clone(), fault));
        }
        for name in driver.names.names.iter().filter(|name| !driver.images.contains_key(&name.image)) {
            let missing = driver.image_path(name.image);
            let mut found = finding(
                Code::NameDangling,
                missing,
                format!("{} stands for an image that is not there", name.name),
            );
            found.repository = Some(name.repository.clone());
            found.tag.clone_from(&name.tag);
            found.digest = Some(name.image.to_string());
            found.affects = vec![name.name.clone()];
            self.absent(found, &path);
        }
    }

    fn image(&mut self, driver: &Driver, id: Digest, image: &Image) {
        let mut found = match (image.altered, &image.config) {
            (Some(computed), _) => {
                let detail = format!("its {} bytes hash to {computed}", image.size);
                finding(Code::ImageAltered, driver.image_path(id), detail)
            }
            (None, Err(why)) => finding(Code::ImageMalformed, driver.image_path(id), why),
            (None, Ok(_)) => return,
        };
        found.digest = Some(id.to_string());
        found.affects = sorted(driver.called(id));
        self.found(found);
    }

    fn layer(&mut self, driver: &Driver, chain: Digest, layer: &Layer) {
        let parent = match &layer.parent {
            Field::Is(parent) => Ok(Some(*parent)),
            Field::Absent => Ok(None),
            Field::Bad(_) | Field::Unread(_) => Err(()),
        };
        self.field(driver, chain, layer, "diff", &layer.diff, true);
        self.field(driver, chain, layer, "parent", &layer.parent, false);
        self.field(driver, chain, layer, "cache-id", &layer.cache_id, true);
        self.field(driver, chain, layer, "size", &layer.size, true);
        if let (Some(diff), Ok(parent)) = (layer.diff.get(), parent) {
            let computed = above(parent, *diff);
            if computed != chain {
                let below = parent.map_or_else(|| "nothing".to_owned(), |parent| parent.to_string());
                let detail = format!("{diff} on top of {below} is the layer {computed}");
                let found =
                    self.of_layer(driver, chain, finding(Code::LayerMismatch, layer.path.clone(), detail));
                self.found(found);
            }
        }
        if !layer.has_tar_split {
            let detail = "without it the layer cannot be pushed, saved or checked";
            let path = layer.path.join("tar-split.json.gz");
            let found = self.of_layer(driver, chain, finding(Code::LayerMalformed, path, detail));
            self.absent(found, &layer.path.join("diff"));
        }
        if let (Some(cache_id), Some(graph)) = (layer.cache_id.get(), driver.graph) {
            let files = graph.files(cache_id);
            if matches!(self.store.stat(&files), Err(ReadError::Absent)) {
                let detail = "the directory that holds the layer's files is not there";
                let found = self.of_layer(driver, chain, finding(Code::LayerDirectoryMissing, files, detail));
                self.absent(found, &layer.path.join("cache-id"));
            }
        }
        if let (Some(diff), true) = (layer.diff.get(), self.only.is_none()) {
            self.origins(driver, *diff);
        }
    }

    /// A small file of a layer: what it should hold, and whether it must be there.
    fn field<T>(
        &mut self,
        driver: &Driver,
        chain: Digest,
        layer: &Layer,
        name: &str,
        field: &Field<T>,
        is_needed: bool,
    ) {
        let path = layer.path.join(name);
        let (code, detail) = match field {
            Field::Absent if is_needed => (Code::LayerMalformed, "the file is not there".to_owned()),
            Field::Is(_) | Field::Absent => return,
            Field::Bad(why) => (Code::LayerMalformed, why.clone()),
            Field::Unread(ReadError::NotRegular(kind)) => {
                (Code::NotRegular, format!("it is {}; it was not opened", kind.with_article()))
            }
            Field::Unread(error) => (Code::Unreadable, error.to_string()),
        };
        let found = self.of_layer(driver, chain, finding(code, path, detail));
        if matches!(field, Field::Absent) {
            self.absent(found, &layer.path);
        } else {
            self.found(found);
        }
    }

    fn of_layer(&self, driver: &Driver, chain: Digest, mut found: Finding) -> Finding {
        found.digest = Some(chain.to_string());
        let users: Vec<Digest> = driver.users(chain).filter(|id| self.is_wanted(*id)).collect();
        found.affects = sorted(users.iter().flat_map(|id| driver.called(*id)).collect());
        found.referenced_by = users;
        found
    }

    /// ChainIDs that an image, another layer or a container names, and that are no layer: one finding each.
    fn missing_layers(&mut self, driver: &Driver) {
        let mut missing = driver.missing();
        if self.only.is_some() {
            missing.retain(|chain, _| driver.users(*chain).any(|id| self.is_wanted(id)));
        }
        for (chain, claim) in missing {
            let detail = format!("there is no layer {chain}");
            let mut found = finding(Code::LayerMissing, driver.layer_path(chain), detail);
            found = self.of_layer(driver, chain, found);
            found.affects.extend(
                driver
                    .mounts
                    .iter()
                    .filter(|(_, mount)| mount.parent.get() == Some(&chain))
                    .map(|(id, _)| format!("container {}", self.container(id))),
            );
            self.absent(found, &claim);
        }
    }

    /// What a person calls a container.
    fn container(&self, id: &str) -> String {
        let name = self.engine.containers.get(id).and_then(|container| container.name.clone());
        name.unwrap_or_else(|| id.to_owned())
    }

    fn mounts(&mut self, driver: &Driver) {
        for (id, mount) in &driver.mounts {
            let called = format!("container {}", self.container(id));
            let mut found = Vec::new();
            match &mount.mount_id {
                Field::Bad(why) => {
                    found.push((
                        finding(Code::MountDangling, mount.path.join("mount-id"), why.clone()),
                        mount.path.clone(),
                    ));
                }
                Field::Absent => {
                    let detail = "the file is not there: the container's own files are lost to the engine";
                    found.push((
                        finding(Code::MountDangling, mount.path.join("mount-id"), detail),
                        mount.path.clone(),
                    ));
                }
                Field::Is(name) => {
                    let directory = driver.graph.map(|graph| graph.directory(name));
                    if let Some(directory) =
                        directory.filter(|path| matches!(self.store.stat(path), Err(ReadError::Absent)))
                    {
                        let detail = "the directory of the container's own files is not there";
                        found.push((
                            finding(Code::MountDangling, directory, detail),
                            mount.path.join("mount-id"),
                        ));
                    }
                }
                Field::Unread(_) => {}
            }
            if let Field::Bad(why) = &mount.parent {
                found.push((
                    finding(Code::MountDangling, mount.path.join("parent"), why.clone()),
                    mount.path.clone(),
                ));
            }
            for (mut found, claim) in found {
                found.affects = vec![called.clone()];
                let is_absent = matches!(self.store.stat(&found.path), Err(ReadError::Absent));
                if is_absent { self.absent(found, &claim) } else { self.found(found) }
            }
        }
    }

    fn leftovers(&mut self, driver: &Driver) {
        for leftover in &driver.leftovers {
            let detail = "a layer that was to go, or never came to be";
            self.found(finding(Code::LayerLeftover, leftover.path.clone(), detail));
        }
    }

    /// Whether the two maps between registries' blobs and layers say the same.
    fn origins(&mut self, driver: &Driver, diff: Digest) {
        let path = origin::path(driver, diff);
        let origins = match origin::of(self.store, driver, diff) {
            Field::Is(origins) => origins,
            Field::Absent => return,
            Field::Bad(why) => return self.found(finding(Code::DistributionMismatch, path, why)),
            Field::Unread(error) => return self.found(finding(Code::Unreadable, path, error.to_string())),
        };
        let mut blobs: Vec<Digest> = origins.into_iter().map(|origin| origin.digest).collect();
        blobs.dedup();
        for blob in blobs {
            let path = origin::by_digest(driver, blob);
            let detail = match origin::diff_id(self.store, driver, blob) {
                Field::Is(other) if other != diff => {
                    format!("it says {other}, where {diff} came as this blob")
                }
                Field::Bad(why) => why,
                // The engine forgets the one before the other.
                Field::Is(_) | Field::Absent => continue,
                Field::Unread(error) => {
                    self.found(finding(Code::Unreadable, path, error.to_string()));
                    continue;
                }
            };
            let mut found = finding(Code::DistributionMismatch, path, detail);
            found.digest = Some(blob.to_string());
            self.found(found);
        }
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

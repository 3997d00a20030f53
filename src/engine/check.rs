//! From what an engine's store says to what is wrong with it, each fault at its root cause.
//!
//! What is absent is looked for a second time, and so is what claims that it should be there: an engine that runs may
//! have removed both.

mod layers;
mod mounts;
mod origins;

use std::collections::BTreeSet;

use super::inventory::{NameOf, read_names};
use super::{Driver, Engine, Field, Image};
use crate::digest::Digest;
use crate::finding::{Code, Finding, Severity};
use crate::path::StorePath;
use crate::session::Session;
use crate::store::{FileKind, ReadError, Store};

/// Everything that is wrong, in no particular order; of these images alone, if some are named.
pub fn check(session: &Session<'_>, engine: &Engine, only: Option<&BTreeSet<Digest>>) -> Vec<Finding> {
    let mut checker = Checker { session, store: session.store, engine, only, findings: Vec::new() };
    for (path, error) in &engine.unread {
        checker.unread(path.clone(), error);
    }
    if engine.has_no_driver() {
        checker.found(finding(Code::RootIncomplete, "image".into(), NO_DRIVER));
    }
    for driver in &engine.drivers {
        checker.driver(driver);
    }
    checker.findings
}

/// What is said of a root that no engine keeps images in.
pub const NO_DRIVER: &str = "there is no image/<driver> here, in which an engine keeps images and layers";

struct Checker<'a> {
    session: &'a Session<'a>,
    store: &'a Store,
    engine: &'a Engine,
    only: Option<&'a BTreeSet<Digest>>,
    findings: Vec<Finding>,
}

/// Something that is wrong, and if it is an absence, the path of what says that it should be there.
struct Fault {
    finding: Finding,
    claim: Option<StorePath>,
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

/// A finding about a layer: with the images that need it, and their names.
pub fn of_layer(driver: &Driver, chain: Digest, found: Finding) -> Finding {
    let users = driver.users(chain);
    let affects = sorted(users.iter().flat_map(|id| names(driver, *id)).collect());
    Finding { digest: Some(chain.to_string()), affects, referenced_by: users.to_vec(), ..found }
}

/// What could not be read, or may not be opened.
fn unread(path: StorePath, error: &ReadError) -> Finding {
    match error {
        ReadError::NotRegular(_) => finding(Code::NotRegular, path, format!("{error}; it was not opened")),
        _ => finding(Code::Unreadable, path, error.to_string()),
    }
}

/// What is wrong with a small file; `needed` says why it must be there, if it must.
fn small<T>(code: Code, path: StorePath, field: &Field<T>, needed: Option<&str>) -> Option<Fault> {
    let claim = match field {
        Field::Absent => path.parent(),
        _ => None,
    };
    let finding = match field {
        Field::Is(_) => return None,
        Field::Absent => finding(code, path, needed?),
        Field::Bad(why) => finding(code, path, why),
        Field::Unread(error) => unread(path, error),
    };
    Some(Fault { finding, claim })
}

impl Checker<'_> {
    fn found(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn unread(&mut self, path: StorePath, error: &ReadError) {
        self.found(unread(path, error));
    }

    fn fault(&mut self, Fault { finding, claim }: Fault) {
        match claim {
            Some(claim) => self.absent(finding, &claim),
            None => self.found(finding),
        }
    }

    /// Something is absent at the finding's path that `claim` says is there.
    fn absent(&mut self, finding: Finding, claim: &StorePath) {
        if self.engine.interrupted || self.is_hidden(&finding.path) {
            return;
        }
        let is_there = |path: &StorePath| !matches!(self.store.stat(path), Err(ReadError::Absent));
        if is_there(&finding.path) || !is_there(claim) {
            self.changed(finding.path);
        } else {
            self.found(finding);
        }
    }

    fn changed(&mut self, path: StorePath) {
        let detail = "it changed while the store was being read";
        self.found(finding(Code::ChangedDuringScan, path, detail));
    }

    /// Whether something that could not be looked at stands before a path.
    fn is_hidden(&self, path: &StorePath) -> bool {
        self.engine.obstacle(path).is_some()
    }

    /// What is wrong with a directory that the file at `claim` names.
    fn directory(&self, code: Code, path: StorePath, claim: StorePath, detail: &str) -> Option<Fault> {
        match self.store.stat(&path) {
            Ok(stat) if stat.kind == FileKind::Directory => None,
            // What stands among the driver's directories was told when these were listed.
            _ if self.is_hidden(&path) => None,
            Ok(stat) => Some(Fault { finding: unread(path, &ReadError::NotRegular(stat.kind)), claim: None }),
            Err(ReadError::Absent) => {
                Some(Fault { finding: finding(code, path, detail), claim: Some(claim) })
            }
            Err(error) => Some(Fault { finding: unread(path, &error), claim: None }),
        }
    }

    fn is_wanted(&self, image: Digest) -> bool {
        self.only.is_none_or(|only| only.contains(&image))
    }

    fn driver(&mut self, driver: &Driver) {
        if self.only.is_none() {
            self.mounts(driver);
            self.leftovers(driver);
            self.origins(driver);
        }
        self.names_file(driver);
        self.names(driver);
        for (id, image) in &driver.images {
            if self.is_wanted(*id) {
                self.image(driver, *id, image);
            }
        }
        for (chain, layer) in driver.needed(self.only) {
            self.layer(driver, chain, layer);
        }
        self.missing_layers(driver);
    }

    fn names_file(&mut self, driver: &Driver) {
        let path = driver.names_path();
        // An engine that never had an image has no names either. A single bad name is no matter of other images.
        let is_asked = self.only.is_none() || driver.names.names.is_empty();
        if driver.is_new() || !is_asked || self.is_hidden(&path) {
            return;
        }
        for fault in &driver.names.faults {
            self.found(finding(Code::NamesMalformed, path.clone(), fault));
        }
    }

    /// Names of images that are not there. Who removes an image removes the name first: the names are read again.
    fn names(&mut self, driver: &Driver) {
        let is_dangling =
            |name: &&NameOf| self.is_wanted(name.image) && !driver.images.contains_key(&name.image);
        let dangling: Vec<&NameOf> = driver.names.names.iter().filter(is_dangling).collect();
        if dangling.is_empty() {
            return;
        }
        let path = driver.names_path();
        let (again, _) = read_names(self.store, &path);
        for name in dangling {
            let missing = driver.image_path(name.image);
            if again.names.binary_search(name).is_err() {
                self.changed(missing);
                continue;
            }
            let detail = format!("{} stands for an image that is not there", name.name);
            let mut found = finding(Code::NameDangling, missing, detail);
            found.repository = Some(name.repository.clone());
            found.tag.clone_from(&name.tag);
            found.digest = Some(name.image.to_string());
            found.affects = vec![name.name.clone()];
            self.absent(found, &path);
        }
    }

    fn image(&mut self, driver: &Driver, id: Digest, image: &Image) {
        let metadata = driver.parent_path(id);
        if let Some(Fault { mut finding, .. }) = small(Code::ImageMalformed, metadata, &image.parent, None) {
            // No image runs the worse for it: it is lost which one this was built on.
            finding.severity = Severity::Warning;
            self.of_image(driver, id, finding);
        }
        let path = driver.image_path(id);
        match (image.altered, &image.config) {
            (Some(computed), _) => {
                let detail = format!("its {} bytes hash to {computed}", image.size);
                self.of_image(driver, id, finding(Code::ImageAltered, path, detail));
            }
            (None, Err(why)) => self.of_image(driver, id, finding(Code::ImageMalformed, path, why)),
            (None, Ok(_)) => {}
        }
    }

    fn of_image(&mut self, driver: &Driver, id: Digest, found: Finding) {
        self.found(Finding { digest: Some(id.to_string()), affects: names(driver, id), ..found });
    }

    fn leftovers(&mut self, driver: &Driver) {
        for leftover in &driver.leftovers {
            let detail = "a layer that was to go, or never came to be";
            self.found(finding(Code::LayerLeftover, leftover.path.clone(), detail));
        }
    }
}

/// The names that a fault of an image hurts.
fn names(driver: &Driver, id: Digest) -> Vec<String> {
    sorted(driver.names_of(id).into_iter().map(|name| name.name.clone()).collect())
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

//! What cannot be known of a driver's store, and what counts as needed because of it.

use std::collections::BTreeSet;

use crate::engine::{Container, Driver, Engine, Field, Layer, Mount, above};
use crate::path::StorePath;

/// What could not be known, and what counts as needed because of it.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// Each with its reason.
    pub(super) told: Vec<(StorePath, String)>,
    /// Names, or what keeps images, are not known in full: no image is called one that nothing needs.
    pub(super) images: bool,
    /// What images and containers need is not known in full: no layer is called superfluous.
    pub(super) layers: bool,
    /// Which directories are named is not known in full.
    pub(super) directories: bool,
}

/// What is doubtful of a driver's store.
pub(super) fn doubts(engine: &Engine, driver: &Driver) -> Doubts {
    let mut doubts = Doubts::default();
    if engine.interrupted {
        (doubts.images, doubts.layers, doubts.directories) = (true, true, true);
    }
    for (path, error) in &engine.unread {
        doubts.tell(path.clone(), error.to_string());
        (doubts.images, doubts.layers, doubts.directories) = (true, true, true);
    }
    doubts.of_names(engine, driver);
    doubts.of_images(driver);
    for chain in driver.missing().into_keys() {
        // What it stood on cannot be told either.
        (doubts.layers, doubts.directories) = (true, true);
        let what = "a layer that is needed: what it stood on, and which directory was its, cannot be told";
        doubts.tell(driver.layer_path(chain), what);
    }
    for layer in driver.layers.values() {
        doubts.of_layer(driver, layer);
    }
    let containers: BTreeSet<&String> = engine.containers.keys().chain(driver.mounts.keys()).collect();
    for id in containers {
        let (container, mount) = (engine.containers.get(id), driver.mounts.get(id));
        let is_elsewhere = |other: &Driver| other.path != driver.path && other.mounts.contains_key(id);
        let other_driver = container
            .and_then(|container| container.driver.as_ref())
            .is_some_and(|other| *other != driver.name());
        if mount.is_none() && (other_driver || engine.drivers.iter().any(is_elsewhere)) {
            continue;
        }
        doubts.of_container(driver, id, container, mount);
    }
    doubts
}

impl Doubts {
    fn tell(&mut self, path: StorePath, why: impl Into<String>) {
        self.told.push((path, why.into()));
    }

    fn of_names(&mut self, engine: &Engine, driver: &Driver) {
        if !driver.is_new() {
            for fault in &driver.names.faults {
                self.images = true;
                self.tell(driver.names_path(), fault.clone());
            }
        }
        for name in driver.names.names.iter().filter(|name| !driver.images.contains_key(&name.image)) {
            self.layers = true;
            let path = driver.image_path(name.image);
            // Why it cannot be read is told already.
            if engine.obstacle(&path).is_none() {
                self.tell(path, format!("{} stands for it, and it is not there", name.name));
            }
        }
    }

    fn of_images(&mut self, driver: &Driver) {
        for (id, image) in &driver.images {
            if matches!(image.parent, Field::Bad(_) | Field::Unread(_)) {
                self.images = true;
                self.tell(driver.parent_path(*id), "which image this one was built on cannot be told");
            }
            let why = match (image.altered, &image.config) {
                (Some(computed), _) => format!("an altered image config: its bytes hash to {computed}"),
                (None, Err(why)) => format!("an image config that does not parse: {why}"),
                (None, Ok(_)) => continue,
            };
            self.layers = true;
            self.tell(driver.image_path(*id), why);
        }
    }

    fn of_layer(&mut self, driver: &Driver, layer: &Layer) {
        // A layer whose parent cannot be told may stand on any other.
        let parent = match &layer.parent {
            Field::Is(parent) => Some(Some(*parent)),
            Field::Absent => Some(None),
            Field::Bad(_) | Field::Unread(_) => None,
        };
        let computed = parent.zip(layer.diff.get()).map(|(parent, diff)| above(parent, *diff));
        if computed.is_none_or(|chain| layer.path != driver.layer_path(chain)) {
            self.layers = true;
            self.tell(layer.path.clone(), "what it stands on cannot be told");
        }
        if layer.cache_id.get().is_none() {
            self.directories = true;
            self.tell(layer.path.join("cache-id"), "which directory is its cannot be told");
        }
    }

    fn of_container(
        &mut self,
        driver: &Driver,
        id: &str,
        container: Option<&Container>,
        mount: Option<&Mount>,
    ) {
        let config = StorePath::from("containers").join(id).join("config.v2.json");
        let image = container.and_then(|container| container.image);
        let parent = mount.and_then(|mount| mount.parent.get());
        if image.is_none() && parent.is_none() {
            // It may be of any image that lost its tag.
            self.images = true;
            self.tell(config.clone(), "of which image the container was made cannot be told");
        }
        let Some(mount) = mount else {
            (self.layers, self.directories) = (true, true);
            let why = format!("{} has no layer of its own for the container", driver.path);
            return self.tell(config, why);
        };
        if matches!(mount.parent, Field::Bad(_) | Field::Unread(_)) {
            self.layers = true;
            self.tell(mount.path.join("parent"), "what the container stands on cannot be told");
        }
        for (name, field, may_be_absent) in
            [("mount-id", &mount.mount_id, false), ("init-id", &mount.init_id, true)]
        {
            if field.get().is_none() && !(may_be_absent && *field == Field::Absent) {
                self.directories = true;
                self.tell(mount.path.join(name), "which directory is the container's cannot be told");
            }
        }
    }
}

//! Images out of a Docker engine. It keeps no manifest and no compressed layer: the layers come out as the tar archives
//! that their DiffIDs name, and a manifest is made. The config, and with it the image id, stays what it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::plan::{Bytes, Image, Plan};
use crate::commands::engine::{meant, note};
use crate::digest::{Algorithm, Digest};
use crate::engine::names::Found;
use crate::engine::tar_split::{AssembleError, Assembly};
use crate::engine::{Driver, Engine, Field, Layer, NameOf, UNKNOWN_DRIVER, walk};
use crate::hash;
use crate::manifest::media_type::{OCI_CONFIG, OCI_LAYER, OCI_MANIFEST};
use crate::path::StorePath;
use crate::reference::Reference;
use crate::registry::look::{Look, State};
use crate::report::Head;
use crate::session::Session;
use crate::store::ReadError;

/// An image, and what it is called.
struct Named {
    id: Digest,
    repository: Option<String>,
    tag: Option<String>,
    name: Option<String>,
}

/// The layers of a DiffID: in several chains, or of several drivers.
type Layers<'a> = BTreeMap<Digest, Vec<(&'a Driver, &'a Layer)>>;

/// What was read of the engine.
#[derive(Clone, Copy)]
struct Known<'a> {
    session: &'a Session<'a>,
    engine: &'a Engine,
    layers: &'a Layers<'a>,
}

impl Plan {
    /// What is wanted of an engine.
    pub fn of_engine(session: &Session<'_>, reference: Option<&Reference>) -> Self {
        Self::make(session, reference, |plan| plan.look_up(session, reference))
    }

    fn look_up(&mut self, session: &Session<'_>, reference: Option<&Reference>) {
        let engine = walk(session);
        let mut layers = Layers::new();
        for driver in &engine.drivers {
            for layer in driver.layers.values() {
                let Some(diff) = layer.diff.get() else { continue };
                layers.entry(*diff).or_default().push((driver, layer));
            }
        }
        let known = Known { session, engine: &engine, layers: &layers };
        let mut head = Head::new("", session.store);
        note(&mut head, &engine);
        self.errors.extend(head.errors);
        self.warnings.extend(head.warnings);
        let Some(reference) = reference else {
            for driver in &engine.drivers {
                for named in all(driver) {
                    self.image(known, driver, named);
                }
            }
            return;
        };
        match meant::find(session, &engine, reference, &mut self.errors) {
            Ok(meant) => {
                self.warnings.extend(meant.hint);
                self.message = meant.points_elsewhere;
                match meant.found {
                    // Which of two images is meant is not for regfs to say.
                    Found::Image(_) if self.message.is_some() => {}
                    Found::Image(id) => {
                        let named = one(meant.driver, id, meant.name);
                        self.image(known, meant.driver, named);
                    }
                    Found::Layer(_) => {
                        self.message = Some(format!("{} is a layer, not an image", reference.text));
                    }
                }
            }
            Err(unknown) => {
                self.message = Some(unknown.message);
                self.suggestions = unknown.near;
            }
        }
    }

    fn image(&mut self, known: Known<'_>, driver: &Driver, named: Named) {
        let Named { id, repository, tag, name } = named;
        let mut image = Image::new(repository, tag, name, id);
        OCI_MANIFEST.clone_into(&mut image.item.media_type);
        match self.manifest(known, driver, id, &mut image) {
            Ok(None) => {}
            Ok(Some(manifest)) => {
                let digest = hash::digest(Algorithm::Sha256, &manifest);
                let size = manifest.len() as u64;
                (image.item.digest, image.item.size) = (digest, size);
                image.needs.insert((digest, None));
                self.source(digest, Bytes::Made(manifest), || Look { size: Some(size), ..Look::FINE });
            }
            Err(fault) => image.fault = Some(fault),
        }
        self.images.push(image);
    }

    /// The manifest that says of which config and layers an image is made; none if a layer is nowhere as it should be.
    fn manifest(
        &mut self,
        Known { session, engine, layers }: Known<'_>,
        driver: &Driver,
        id: Digest,
        image: &mut Image,
    ) -> Result<Option<Vec<u8>>, String> {
        let path = driver.image_path(id);
        let known = driver.images.get(&id).ok_or_else(|| match engine.obstacle(&path) {
            Some(error) => format!("the config of {id} cannot be read: {error}"),
            None => format!("there is no image {id}"),
        })?;
        if let Some(computed) = known.altered {
            return Err(format!("the config of {id} is altered: its bytes hash to {computed}"));
        }
        let config =
            known.config.as_ref().map_err(|why| format!("the config of {id} does not parse: {why}"))?;
        image.needs.insert((id, None));
        let look = || Look { size: Some(known.size), ..Look::FINE };
        self.source(id, Bytes::File(path), look);
        let mut described: Vec<Value> = Vec::new();
        for (diff, chain) in config.diff_ids.iter().zip(&known.chain) {
            let own = driver.layers.get(chain).map(|layer| (driver, layer));
            let same = layers.get(diff).into_iter().flatten().copied();
            for (driver, layer) in own.into_iter().chain(same) {
                self.layer(session, driver, layer, *diff);
            }
            let path = driver.layer_path(*chain);
            if let (None, Some(error)) = (own, engine.obstacle(&path)) {
                self.unreadable(*diff, path, error.to_string());
            }
            let sources = self.blobs.get(diff).map(Vec::as_slice).unwrap_or_default();
            let sound = sources.iter().find(|source| source.look.state == State::Ok);
            let size = sound.and_then(|source| source.look.size);
            image.needs.insert((*diff, size.and_then(|size| i64::try_from(size).ok())));
            if let Some(size) = size {
                described.push(json!({ "mediaType": OCI_LAYER, "digest": diff, "size": size }));
            }
        }
        if described.len() < config.diff_ids.len() {
            return Ok(None);
        }
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": { "mediaType": OCI_CONFIG, "digest": id, "size": known.size },
            "layers": described,
        });
        Ok(Some(manifest.to_string().into_bytes()))
    }

    /// A place where the bytes may be, for all that can be told.
    fn unreadable(&mut self, diff: Digest, path: StorePath, why: String) {
        let look = Look { state: State::Unreadable, detail: Some(why), ..Look::FINE };
        self.source(diff, Bytes::File(path), || look);
    }

    /// A layer that may unpack to a DiffID, if it says where its files are.
    fn layer(&mut self, session: &Session<'_>, driver: &Driver, layer: &Layer, diff: Digest) {
        let mut unreadable = |path, why| self.unreadable(diff, path, why);
        let (cache_id, graph) = match (&layer.cache_id, driver.graph) {
            (Field::Is(cache_id), Some(graph)) => (cache_id, graph),
            (Field::Is(_), None) => return unreadable(layer.path.clone(), UNKNOWN_DRIVER.to_owned()),
            (Field::Unread(error), _) => return unreadable(layer.path.join("cache-id"), error.to_string()),
            (Field::Absent | Field::Bad(_), _) => return,
        };
        let (tar_split, files) = (layer.path.join("tar-split.json.gz"), graph.files(cache_id));
        let Session { store, cancel, progress, .. } = *session;
        let look = || {
            let (tar_split, files, limit) = (&tar_split, &files, u64::MAX);
            let assembly = Assembly { store, tar_split, files, limit, cancel, progress };
            match assembly.size() {
                Ok(size) => Look { size: Some(size), ..Look::FINE },
                Err(AssembleError::Unread { error: ReadError::Refused(reason), .. }) => {
                    Look { state: State::Unreadable, detail: Some(reason.into()), ..Look::FINE }
                }
                Err(error) => Look { state: State::Malformed, detail: Some(error.to_string()), ..Look::FINE },
            }
        };
        self.source(diff, Bytes::Archive { tar_split: tar_split.clone(), files: files.clone() }, look);
    }
}

/// An image under the name that it was asked for by, if that has a tag, else under its first; named by the tag alone.
fn one(driver: &Driver, id: Digest, asked: Option<&NameOf>) -> Named {
    let has_tag = |name: &&NameOf| name.tag.is_some();
    let name = asked.filter(has_tag).or_else(|| driver.names_of(id).into_iter().find(has_tag));
    let tag = name.and_then(|name| name.tag.clone());
    Named { id, repository: name.map(|name| name.repository.clone()), name: tag.clone(), tag }
}

/// Every name with a tag, and every image without one.
fn all(driver: &Driver) -> Vec<Named> {
    let tagged = driver.names.names.iter().filter(|name| name.tag.is_some()).map(|name| Named {
        id: name.image,
        repository: Some(name.repository.clone()),
        tag: name.tag.clone(),
        name: Some(name.name.clone()),
    });
    let untagged =
        driver.images.keys().filter(|id| !driver.names_of(**id).iter().any(|name| name.tag.is_some()));
    let untagged = untagged.map(|id| Named { id: *id, repository: None, tag: None, name: None });
    tagged.chain(untagged).collect()
}

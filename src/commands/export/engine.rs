//! Images out of a Docker engine. It keeps no manifest and no compressed layer: the layers come out as the tar archives
//! that their DiffIDs name, and a manifest is made. The config, and with it the image id, stays what it is.

use serde_json::{Value, json};

use super::plan::{Bytes, Image, Plan, Source};
use crate::commands::engine::meant;
use crate::digest::{Algorithm, Digest};
use crate::engine::names::Found;
use crate::engine::tar_split::Assembly;
use crate::engine::{Driver, walk};
use crate::hash;
use crate::manifest::media_type::{OCI_CONFIG, OCI_LAYER, OCI_MANIFEST};
use crate::reference::Reference;
use crate::report::ErrorItem;
use crate::report::export::ExportedImage;
use crate::session::Session;
use crate::store::ReadError;

/// An image, and what it is called.
struct Named {
    id: Digest,
    repository: Option<String>,
    tag: Option<String>,
    name: Option<String>,
}

impl Plan {
    /// Looks up what is wanted of an engine, and what that needs.
    pub(super) fn of_engine(&mut self, session: &Session<'_>, reference: Option<&Reference>) {
        let engine = walk(session);
        for (path, error) in &engine.unread {
            if matches!(error, ReadError::Refused(_)) {
                self.errors.push(ErrorItem { path: path.clone(), reason: error.to_string() });
            }
        }
        let Some(reference) = reference else {
            for driver in &engine.drivers {
                for named in all(driver) {
                    self.image(session, driver, named);
                }
            }
            return;
        };
        match meant::find(session.store, &engine, reference) {
            Ok(meant) => match meant.found {
                Found::Image(id) => self.image(session, meant.driver, one(meant.driver, id, reference)),
                Found::Layer(_) => {
                    self.message = Some(format!("{} is a layer, not an image", reference.text));
                }
            },
            Err((message, suggestions)) => {
                self.message = Some(message);
                self.suggestions = suggestions;
            }
        }
    }

    fn image(&mut self, session: &Session<'_>, driver: &Driver, named: Named) {
        let Named { id, repository, tag, name } = named;
        let mut image = Image {
            item: ExportedImage {
                repository,
                tag,
                digest: id,
                media_type: OCI_MANIFEST.to_owned(),
                size: 0,
                exported: false,
                detail: None,
            },
            name,
            needs: [id].into(),
            fault: None,
        };
        match self.manifest(session, driver, id, &mut image) {
            Ok(manifest) => {
                let digest = hash::digest(Algorithm::Sha256, &manifest);
                let size = manifest.len() as u64;
                (image.item.digest, image.item.size) = (digest, size);
                image.needs.insert(digest);
                self.blobs.entry(digest).or_insert(Source { bytes: Bytes::Made(manifest), size });
            }
            Err(fault) => image.fault = Some(fault),
        }
        self.images.push(image);
    }

    /// The manifest that says of which config and layers an image is made.
    fn manifest(
        &mut self,
        session: &Session<'_>,
        driver: &Driver,
        id: Digest,
        image: &mut Image,
    ) -> Result<Vec<u8>, String> {
        let known = driver.images.get(&id).ok_or_else(|| format!("there is no image {id}"))?;
        if let Some(computed) = known.altered {
            return Err(format!("the config of {id} is altered: its bytes hash to {computed}"));
        }
        let config =
            known.config.as_ref().map_err(|why| format!("the config of {id} does not parse: {why}"))?;
        let source = Source { bytes: Bytes::File(driver.image_path(id)), size: known.size };
        self.blobs.entry(id).or_insert(source);
        let mut layers: Vec<Value> = Vec::new();
        for (diff, chain) in config.diff_ids.iter().zip(&known.chain) {
            let layer = driver.layers.get(chain).ok_or_else(|| format!("there is no layer {chain}"))?;
            let cache_id =
                layer.cache_id.get().ok_or_else(|| format!("the directory of {chain} is not known"))?;
            let graph = driver.graph.ok_or_else(|| format!("{}: an unknown driver", driver.path))?;
            let (tar_split, files) = (layer.path.join("tar-split.json.gz"), graph.files(cache_id));
            let Session { store, cancel, progress, .. } = *session;
            let assembly = Assembly { store, tar_split: &tar_split, files: &files, cancel, progress };
            let size = assembly.size().map_err(|error| format!("{chain}: {error}"))?;
            layers.push(json!({ "mediaType": OCI_LAYER, "digest": diff, "size": size }));
            image.needs.insert(*diff);
            self.blobs.entry(*diff).or_insert(Source { bytes: Bytes::Archive { tar_split, files }, size });
        }
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": { "mediaType": OCI_CONFIG, "digest": id, "size": known.size },
            "layers": layers,
        });
        Ok(manifest.to_string().into_bytes())
    }
}

/// An image under the name that it was asked for by, if it was, else under its first; named by the tag alone.
fn one(driver: &Driver, id: Digest, reference: &Reference) -> Named {
    let names = || driver.names.names.iter().filter(|name| name.image == id && name.tag.is_some());
    let with_tag = format!("{}:latest", reference.text);
    let asked = names().find(|name| name.name == reference.text || name.name == with_tag);
    let name = asked.or_else(|| names().next());
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
    let untagged = driver
        .images
        .keys()
        .filter(|id| !driver.names.names.iter().any(|name| name.image == **id && name.tag.is_some()));
    let untagged = untagged.map(|id| Named { id: *id, repository: None, tag: None, name: None });
    tagged.chain(untagged).collect()
}

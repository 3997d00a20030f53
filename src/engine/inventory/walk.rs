//! The one walk over an engine's store.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;

use super::{Container, Driver, Engine, Image, Layer, Leftover, Mount, Names, names};
use crate::digest::{Algorithm, Digest};
use crate::engine::field;
use crate::engine::{Graph, chain_ids};
use crate::hash;
use crate::manifest::{self, MAX_CONFIG};
use crate::path::{StorePath, text_of};
use crate::progress::Work;
use crate::session::Session;
use crate::store::{FileKind, Listing, ReadError, Store};

/// The most bytes of a container's config that are read.
const CAP: u64 = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawContainer {
    image: Option<String>,
    name: Option<String>,
    driver: Option<String>,
}

/// Reads the whole store. The calling thread should be one of a rayon pool.
///
/// What may be called superfluous is read before what keeps it (directories, then layers, images, containers, names), so
/// that what an engine adds meanwhile is seen with what it is for.
pub fn walk(session: &Session<'_>) -> Engine {
    let mut engine = Engine::default();
    let mut walker = Walker { session, unread: Vec::new() };
    for name in walker.list(&"image".into(), FileKind::Directory, |_| false) {
        let path = StorePath::from("image").join(&name);
        if walker.is_driver(&path) {
            engine.drivers.push(walker.driver(path, &name));
        }
    }
    engine.containers = walker.containers();
    for driver in &mut engine.drivers {
        let path = driver.names_path();
        let (names, unread) = names::read(session.store, &path);
        driver.names = names;
        walker.unread.extend(unread.map(|error| (path, error)));
        driver.index();
    }
    // One that may not be looked at may well be there.
    engine.has_build_cache = session.store.stat(&"buildkit".into()) != Err(ReadError::Absent);
    walker.unread.sort_by(|a, b| a.0.cmp(&b.0));
    engine.unread = walker.unread;
    engine.interrupted = session.cancel.is_cancelled();
    engine
}

struct Walker<'a> {
    session: &'a Session<'a>,
    unread: Vec<(StorePath, ReadError)>,
}

impl Walker<'_> {
    fn store(&self) -> &Store {
        self.session.store
    }

    /// Whether a directory below `image` is a driver's.
    fn is_driver(&mut self, path: &StorePath) -> bool {
        for name in ["imagedb", "layerdb", "repositories.json"] {
            match self.store().stat(&path.join(name)) {
                Ok(_) => return true,
                Err(ReadError::Absent) => {}
                Err(error) => {
                    self.unread.push((path.clone(), error));
                    return false;
                }
            }
        }
        false
    }

    /// The names of all entries of the kind wanted, sorted. What is of another kind is told if it is neither file nor
    /// directory, or if it has the name of something that the engine keeps. `is_own` tells what is passed by.
    fn list(&mut self, path: &StorePath, wanted: FileKind, is_own: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
        let listing = match self.store().dir(path).and_then(|dir| dir.entries()) {
            Ok(listing) => listing,
            Err(ReadError::Absent) => {
                self.unread.extend(self.store().obstacle(path));
                Listing::default()
            }
            Err(error) => {
                self.unread.push((path.clone(), error));
                Listing::default()
            }
        };
        let mut names: Vec<Vec<u8>> = Vec::new();
        for entry in listing.iter().filter(|entry| !is_own(entry.name)) {
            let is_plain = matches!(entry.kind, FileKind::File | FileKind::Directory);
            if entry.kind == wanted {
                names.push(entry.name.to_vec());
            } else if !is_plain || is_id(entry.name) {
                self.unread.push((path.join(entry.name), ReadError::NotRegular(entry.kind)));
            }
        }
        names.sort_unstable();
        names
    }

    /// All that a driver has but the names.
    fn driver(&mut self, path: StorePath, name: &[u8]) -> Driver {
        let graph = Graph::of(name);
        let directories = graph.map_or_else(Vec::new, |graph| {
            let names = self.list(&graph.home(), FileKind::Directory, |name| graph.is_own(name));
            names.into_iter().map(|name| text_of(&name)).collect()
        });
        let (layers, mut leftovers) = self.layers(&path.join("layerdb/sha256"));
        let unfinished = path.join("layerdb/tmp");
        for name in self.list(&unfinished, FileKind::Directory, |_| false) {
            let path = unfinished.join(&name);
            let cache_id = field::name(self.store(), &path.join("cache-id"));
            leftovers.push(Leftover { path, cache_id });
        }
        leftovers.sort_by(|a, b| a.path.cmp(&b.path));
        let images = self.images(&path);
        let mounts = self.mounts(&path.join("layerdb/mounts"));
        Driver {
            path,
            graph,
            names: Names::default(),
            images,
            layers,
            mounts,
            leftovers,
            directories,
            named: BTreeMap::new(),
            users: BTreeMap::new(),
        }
    }

    fn images(&mut self, driver: &StorePath) -> BTreeMap<Digest, Image> {
        let content = driver.join("imagedb/content/sha256");
        let names = self.list(&content, FileKind::File, |_| false);
        let ids: Vec<Digest> =
            names.iter().filter_map(|name| Digest::from_hex(Algorithm::Sha256, name)).collect();
        let session = self.session;
        let read = |id: &Digest| {
            if session.cancel.is_cancelled() {
                return None;
            }
            session.progress.advance(Work::FILE);
            let path = content.join(id.hex());
            Some((*id, path.clone(), image(session.store, driver, &path, *id)))
        };
        let read: Vec<_> = ids.par_iter().with_max_len(8).filter_map(read).collect();
        let mut images = BTreeMap::new();
        for (id, path, result) in read {
            match result {
                Ok(image) => drop(images.insert(id, image)),
                // It was removed meanwhile: if anything still names it, that is told.
                Err(ReadError::Absent) => {}
                Err(error) => self.unread.push((path, error)),
            }
        }
        images
    }

    fn layers(&mut self, path: &StorePath) -> (BTreeMap<Digest, Layer>, Vec<Leftover>) {
        let names = self.list(path, FileKind::Directory, |_| false);
        let session = self.session;
        let mut leftovers = Vec::new();
        let mut chains = Vec::new();
        for name in names {
            match Digest::from_hex(Algorithm::Sha256, &name) {
                Some(chain) => chains.push(chain),
                None if name.ends_with(b"-removing") => {
                    let path = path.join(&name);
                    let cache_id = field::name(session.store, &path.join("cache-id"));
                    leftovers.push(Leftover { path, cache_id });
                }
                None => {}
            }
        }
        let read = |chain: &Digest| {
            if session.cancel.is_cancelled() {
                return None;
            }
            session.progress.advance(Work::FILE);
            Some((*chain, layer(session.store, path.join(chain.hex()))))
        };
        (chains.par_iter().with_max_len(8).filter_map(read).collect(), leftovers)
    }

    fn mounts(&mut self, path: &StorePath) -> BTreeMap<String, Mount> {
        let mut mounts = BTreeMap::new();
        for name in self.list(path, FileKind::Directory, |_| false) {
            let path = path.join(&name);
            let store = self.store();
            let mount = Mount {
                mount_id: field::name(store, &path.join("mount-id")),
                init_id: field::name(store, &path.join("init-id")),
                parent: field::digest(store, &path.join("parent")),
                path,
            };
            mounts.insert(text_of(&name), mount);
        }
        mounts
    }

    fn containers(&mut self) -> BTreeMap<String, Container> {
        let mut containers = BTreeMap::new();
        for name in self.list(&"containers".into(), FileKind::Directory, |_| false) {
            let path = StorePath::from("containers").join(&name).join("config.v2.json");
            let mut container = Container::default();
            match self.store().read(&path, CAP) {
                Ok(content) => {
                    if let Ok(raw) = serde_json::from_slice::<RawContainer>(&content.bytes) {
                        container.image = raw.image.and_then(|image| Digest::parse(image.as_bytes()).ok());
                        container.driver = raw.driver;
                        container.name = raw.name.map(|name| name.trim_start_matches('/').to_owned());
                    }
                }
                Err(ReadError::Absent) => {}
                Err(error) => self.unread.push((path, error)),
            }
            containers.insert(text_of(&name), container);
        }
        containers
    }
}

/// Whether a name is one that the engine gives to what it keeps: 64 hex digits, with `-init` behind them for what it puts
/// into a container.
pub(crate) fn is_id(name: &[u8]) -> bool {
    let id = name.strip_suffix(b"-init").unwrap_or(name);
    id.len() == 64 && id.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte))
}

fn image(store: &Store, driver: &StorePath, path: &StorePath, id: Digest) -> Result<Image, ReadError> {
    let content = store.read(path, MAX_CONFIG)?;
    let metadata = driver.join("imagedb/metadata/sha256").join(id.hex());
    let parent = field::digest(store, &metadata.join("parent"));
    let updated = store.read(&metadata.join("lastUpdated"), 256).ok();
    let updated = updated.and_then(|content| String::from_utf8(content.bytes).ok());
    let mut image = Image {
        size: content.stat.size,
        hashed: !content.truncated,
        altered: None,
        config: Err(format!("it has more than {MAX_CONFIG} bytes")),
        chain: Vec::new(),
        parent,
        updated,
    };
    if content.truncated {
        return Ok(image);
    }
    let computed = hash::digest(Algorithm::Sha256, &content.bytes);
    image.altered = (computed != id).then_some(computed);
    image.config = manifest::config::parse(&content.bytes).map_err(|error| error.to_string());
    if let (None, Ok(config)) = (image.altered, &image.config) {
        image.chain = chain_ids(&config.diff_ids);
    }
    Ok(image)
}

fn layer(store: &Store, path: StorePath) -> Layer {
    Layer {
        diff: field::digest(store, &path.join("diff")),
        parent: field::digest(store, &path.join("parent")),
        cache_id: field::name(store, &path.join("cache-id")),
        size: field::number(store, &path.join("size")),
        tar_split: field::presence(store, &path.join("tar-split.json.gz")),
        path,
    }
}

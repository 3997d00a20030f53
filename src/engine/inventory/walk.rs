//! The one walk over an engine's store.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;

use super::{Container, Driver, Engine, Image, Layer, Leftover, Mount, NameOf, Names};
use crate::digest::{Algorithm, Digest};
use crate::engine::field;
use crate::engine::{Graph, chain_ids};
use crate::hash;
use crate::manifest::{self, MAX_CONFIG};
use crate::path::{StorePath, text_of};
use crate::progress::Work;
use crate::session::Session;
use crate::store::{FileKind, Listing, ReadError, Store};

/// The most bytes of `repositories.json` and of a container's config that are read.
const CAP: u64 = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawContainer {
    image: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawNames {
    #[serde(default)]
    repositories: Option<BTreeMap<String, BTreeMap<String, String>>>,
}

/// Reads the whole store. The calling thread should be one of a rayon pool.
pub fn walk(session: &Session<'_>) -> Engine {
    let mut engine = Engine::default();
    let mut walker = Walker { session, unread: Vec::new() };
    let is_directory = |kind| kind == FileKind::Directory;
    for driver in walker.list(&"image".into(), is_directory) {
        let path = StorePath::from("image").join(&driver);
        let is_store = ["imagedb", "layerdb", "repositories.json"]
            .iter()
            .any(|name| session.store.stat(&path.join(name)).is_ok());
        if is_store {
            engine.drivers.push(walker.driver(path, &driver));
        }
    }
    engine.containers = walker.containers();
    engine.has_build_cache = session.store.stat(&"buildkit".into()).is_ok();
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

    /// The names in a directory, sorted; what is not of the kind wanted is left out, and told if it is a link.
    fn list(&mut self, path: &StorePath, wanted: impl Fn(FileKind) -> bool) -> Vec<Vec<u8>> {
        let listing = match self.store().dir(path).and_then(|dir| dir.entries()) {
            Ok(listing) => listing,
            Err(ReadError::Absent) => {
                self.unread.extend(self.obstacle(path));
                Listing::default()
            }
            Err(error) => {
                self.unread.push((path.clone(), error));
                Listing::default()
            }
        };
        let mut names: Vec<Vec<u8>> = Vec::new();
        for entry in listing.iter() {
            if wanted(entry.kind) {
                names.push(entry.name.to_vec());
            } else if !matches!(entry.kind, FileKind::File | FileKind::Directory) {
                self.unread.push((path.join(entry.name), ReadError::NotRegular(entry.kind)));
            }
        }
        names.sort_unstable();
        names
    }

    /// What stands at a directory's path, or before it, and is none: what is behind it is not known to be absent.
    fn obstacle(&self, path: &StorePath) -> Option<(StorePath, ReadError)> {
        let mut from_the_top: Vec<&[u8]> = path.ancestors().collect();
        from_the_top.reverse();
        for path in from_the_top.into_iter().map(StorePath::from) {
            match self.store().stat(&path) {
                Ok(stat) if stat.kind == FileKind::Directory => {}
                Ok(stat) => return Some((path, ReadError::NotRegular(stat.kind))),
                Err(_) => return None,
            }
        }
        None
    }

    fn driver(&mut self, path: StorePath, name: &[u8]) -> Driver {
        let graph = Graph::of(name);
        let names = self.names(&path.join("repositories.json"));
        let images = self.images(&path);
        let (layers, mut leftovers) = self.layers(&path.join("layerdb/sha256"));
        let unfinished = path.join("layerdb/tmp");
        for name in self.list(&unfinished, |kind| kind == FileKind::Directory) {
            let path = unfinished.join(&name);
            let cache_id = field::name(self.store(), &path.join("cache-id"));
            leftovers.push(Leftover { path, cache_id });
        }
        leftovers.sort_by(|a, b| a.path.cmp(&b.path));
        let mounts = self.mounts(&path.join("layerdb/mounts"));
        let directories = graph.map_or_else(Vec::new, |graph| {
            let names = self.list(&graph.home(), |kind| kind == FileKind::Directory);
            names.into_iter().filter(|name| !graph.is_own(name)).map(|name| text_of(&name)).collect()
        });
        Driver { path, graph, names, images, layers, mounts, leftovers, directories }
    }

    fn names(&mut self, path: &StorePath) -> Names {
        let mut names = Names::default();
        let content = match self.store().read(path, CAP) {
            Ok(content) => content,
            Err(ReadError::Absent) => {
                names.faults.push("it does not exist: no image has a name".to_owned());
                return names;
            }
            Err(error) => {
                names.faults.push(error.to_string());
                self.unread.push((path.clone(), error));
                return names;
            }
        };
        names.size = Some(content.stat.size);
        if content.truncated {
            names.faults.push(format!("it has more than {CAP} bytes"));
            return names;
        }
        match serde_json::from_slice::<RawNames>(&content.bytes) {
            Ok(raw) => names.take(raw),
            Err(error) => names.faults.push(format!("it does not parse: {error}")),
        }
        names
    }

    fn images(&mut self, driver: &StorePath) -> BTreeMap<Digest, Image> {
        let content = driver.join("imagedb/content/sha256");
        let names = self.list(&content, |kind| kind == FileKind::File);
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
                Err(error) => self.unread.push((path, error)),
            }
        }
        images
    }

    fn layers(&mut self, path: &StorePath) -> (BTreeMap<Digest, Layer>, Vec<Leftover>) {
        let names = self.list(path, |kind| kind == FileKind::Directory);
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
        for name in self.list(path, |kind| kind == FileKind::Directory) {
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
        for name in self.list(&"containers".into(), |kind| kind == FileKind::Directory) {
            let path = StorePath::from("containers").join(&name).join("config.v2.json");
            let mut container = Container::default();
            match self.store().read(&path, CAP) {
                Ok(content) => {
                    if let Ok(raw) = serde_json::from_slice::<RawContainer>(&content.bytes) {
                        container.image = raw.image.and_then(|image| Digest::parse(image.as_bytes()).ok());
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

impl Names {
    fn take(&mut self, raw: RawNames) {
        for (repository, names) in raw.repositories.unwrap_or_default() {
            for (name, image) in names {
                let rest = name.strip_prefix(&repository);
                let (tag, digest) =
                    match rest.and_then(|rest| rest.chars().next().map(|first| (first, &rest[1..]))) {
                        Some((':', tag)) if !tag.is_empty() => (Some(tag.to_owned()), None),
                        Some(('@', digest)) => match Digest::parse(digest.as_bytes()) {
                            Ok(digest) => (None, Some(digest)),
                            Err(error) => {
                                self.faults.push(format!("{name:?}: {error}"));
                                continue;
                            }
                        },
                        _ => {
                            self.faults.push(format!("{name:?} is no name of the repository {repository:?}"));
                            continue;
                        }
                    };
                match Digest::parse(image.as_bytes()) {
                    Ok(image) => {
                        let repository = repository.clone();
                        self.names.push(NameOf { repository, name, tag, digest, image });
                    }
                    Err(error) => self.faults.push(format!("{name:?} stands for {image:?}: {error}")),
                }
            }
        }
        self.names.sort_unstable();
    }
}

fn image(store: &Store, driver: &StorePath, path: &StorePath, id: Digest) -> Result<Image, ReadError> {
    let content = store.read(path, MAX_CONFIG)?;
    let metadata = driver.join("imagedb/metadata/sha256").join(id.hex());
    let parent = field::digest(store, &metadata.join("parent")).get().copied();
    let updated = store.read(&metadata.join("lastUpdated"), 256).ok();
    let updated = updated.and_then(|content| String::from_utf8(content.bytes).ok());
    let mut image = Image {
        size: content.stat.size,
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
    let tar_split = store.stat(&path.join("tar-split.json.gz"));
    Layer {
        diff: field::digest(store, &path.join("diff")),
        parent: field::digest(store, &path.join("parent")),
        cache_id: field::name(store, &path.join("cache-id")),
        size: field::number(store, &path.join("size")),
        has_tar_split: tar_split.is_ok_and(|stat| stat.kind == FileKind::File),
        path,
    }
}

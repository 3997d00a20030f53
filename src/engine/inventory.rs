//! Everything that an engine's store says of images, layers and containers, read once, as plain sorted data.

mod names;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use super::field::Field;
use super::{Graph, above};
use crate::digest::Digest;
use crate::manifest::ImageConfig;
use crate::path::{StorePath, text_of};
use crate::store::ReadError;

pub(super) use names::read as read_names;
pub(crate) use walk::is_id;
pub use walk::walk;

/// A Docker engine's store.
#[derive(Debug, Default)]
pub struct Engine {
    /// The drivers whose images it keeps; an engine uses one, and forgets those of another.
    pub drivers: Vec<Driver>,
    /// What could not be looked at, and why; by path.
    pub unread: Vec<(StorePath, ReadError)>,
    /// The containers, by id.
    pub containers: BTreeMap<String, Container>,
    /// Whether the build cache may have directories of the driver too.
    pub has_build_cache: bool,
    /// Whether the walk was ended before it was through.
    pub interrupted: bool,
}

/// The images of one graphdriver.
#[derive(Debug)]
pub struct Driver {
    /// `image/<driver>`.
    pub path: StorePath,
    /// Where its directories are, if regfs knows the driver.
    pub graph: Option<Graph>,
    /// What `repositories.json` says.
    pub names: Names,
    /// The images, by id.
    pub images: BTreeMap<Digest, Image>,
    /// The layers, by ChainID.
    pub layers: BTreeMap<Digest, Layer>,
    /// The containers' own layers, by container.
    pub mounts: BTreeMap<String, Mount>,
    /// What was never finished, by path.
    pub leftovers: Vec<Leftover>,
    /// The names of the driver's directories, sorted.
    pub directories: Vec<String>,
    /// Which names each image has, as places in `names`.
    named: BTreeMap<Digest, Vec<usize>>,
    /// Which images need each layer, sorted.
    users: BTreeMap<Digest, Vec<Digest>>,
}

/// `repositories.json`.
#[derive(Debug, Default)]
pub struct Names {
    /// The names, sorted.
    pub names: Vec<NameOf>,
    /// What is wrong with the file, or with names in it, in lines.
    pub faults: Vec<String>,
    /// Its size in bytes, if it is there.
    pub size: Option<u64>,
}

/// A name of an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameOf {
    /// The repository, with its registry.
    pub repository: String,
    /// The whole name: `repository:tag` or `repository@digest`.
    pub name: String,
    /// The tag.
    pub tag: Option<String>,
    /// The manifest that was pulled or pushed.
    pub digest: Option<Digest>,
    /// The image id.
    pub image: Digest,
}

/// `imagedb/content/sha256/<image id>`.
#[derive(Debug)]
pub struct Image {
    /// Its size in bytes.
    pub size: u64,
    /// Whether all of its bytes were read, and hashed.
    pub hashed: bool,
    /// What its bytes hash to, if that is not its id.
    pub altered: Option<Digest>,
    /// What it says, or why nothing, in a line.
    pub config: Result<ImageConfig, String>,
    /// The ChainIDs of its layers, from the base up; none if its bytes cannot be believed.
    pub chain: Vec<Digest>,
    /// The image that it was built from, step by step; absent for one that was pulled.
    pub parent: Field<Digest>,
    /// When it was last named, as stated.
    pub updated: Option<String>,
}

/// `layerdb/sha256/<ChainID>/`.
#[derive(Debug)]
pub struct Layer {
    /// Its directory.
    pub path: StorePath,
    /// The DiffID.
    pub diff: Field<Digest>,
    /// The ChainID of the layer below.
    pub parent: Field<Digest>,
    /// The name of its directory below the driver's.
    pub cache_id: Field<String>,
    /// The bytes of its files.
    pub size: Field<u64>,
    /// Whether `tar-split.json.gz` is there.
    pub tar_split: Field<()>,
}

/// `layerdb/mounts/<container id>/`.
#[derive(Debug)]
pub struct Mount {
    /// Its directory.
    pub path: StorePath,
    /// The directory of the container's changes.
    pub mount_id: Field<String>,
    /// The directory of what the engine put into the container.
    pub init_id: Field<String>,
    /// The ChainID of the image's topmost layer; absent for an image without layers.
    pub parent: Field<Digest>,
}

/// A directory of a layer that was to go, or never came to be.
#[derive(Debug)]
pub struct Leftover {
    /// It.
    pub path: StorePath,
    /// The driver's directory that it names.
    pub cache_id: Field<String>,
}

/// `containers/<id>/config.v2.json`.
#[derive(Debug, Default)]
pub struct Container {
    /// The image that it was made of, as far as that can be told.
    pub image: Option<Digest>,
    /// Its name.
    pub name: Option<String>,
    /// The driver that has its own layer.
    pub driver: Option<String>,
}

impl Engine {
    /// Whether nothing here is an engine's, or it keeps its images elsewhere: one that was started has a driver.
    pub fn has_no_driver(&self) -> bool {
        self.drivers.is_empty() && self.unread.is_empty() && !self.interrupted
    }

    /// Whether all of it was read: what is not among it is not there.
    pub fn is_whole(&self) -> bool {
        let has_names = |driver: &Driver| driver.is_new() || driver.names.faults.is_empty();
        !self.interrupted && self.unread.is_empty() && self.drivers.iter().all(has_names)
    }

    /// Why nothing can be said of what is at a path: it, or something above it, could not be looked at.
    pub fn obstacle(&self, path: &StorePath) -> Option<&ReadError> {
        path.ancestors().find_map(|above| {
            let at = self.unread.binary_search_by(|(unread, _)| unread.as_bytes().cmp(above)).ok()?;
            self.unread.get(at).map(|(_, error)| error)
        })
    }

    /// What a person calls a container.
    pub fn container(&self, id: &str) -> String {
        let name = self.containers.get(id).and_then(|container| container.name.clone());
        name.unwrap_or_else(|| id.to_owned())
    }
}

impl Image {
    /// Whether what it says can be believed.
    pub fn is_sound(&self) -> bool {
        self.altered.is_none() && self.config.is_ok()
    }
}

impl Layer {
    /// Which of its files could not be read, and why; the directory alone where the system lets none be looked at.
    pub fn unread(&self) -> Vec<(StorePath, ReadError)> {
        let Self { path, diff, parent, cache_id, size, tar_split } = self;
        let all = [
            diff.unread(path.join("diff")),
            parent.unread(path.join("parent")),
            cache_id.unread(path.join("cache-id")),
            size.unread(path.join("size")),
            tar_split.unread(path.join("tar-split.json.gz")),
        ];
        if let [Some((_, error @ ReadError::Refused(_))), rest @ ..] = &all
            && rest.iter().all(|other| other.as_ref().is_some_and(|(_, other)| other == error))
        {
            return vec![(path.clone(), error.clone())];
        }
        all.into_iter().flatten().collect()
    }

    /// The bytes of its files, as far as they are known.
    pub fn bytes(&self) -> u64 {
        self.size.get().copied().unwrap_or(0)
    }
}

impl Driver {
    /// Where an image's config is or should be.
    pub fn image_path(&self, id: Digest) -> StorePath {
        self.path.join(format!("imagedb/content/{}/{}", id.algorithm(), id.hex()))
    }

    /// Where a layer is or should be.
    pub fn layer_path(&self, chain: Digest) -> StorePath {
        self.path.join(format!("layerdb/{}/{}", chain.algorithm(), chain.hex()))
    }

    /// What the driver is called.
    pub fn name(&self) -> String {
        text_of(self.path.name())
    }

    /// Where its names are or should be.
    pub fn names_path(&self) -> StorePath {
        self.path.join("repositories.json")
    }

    /// Where it is said what an image was built from.
    pub fn parent_path(&self, id: Digest) -> StorePath {
        self.path.join(format!("imagedb/metadata/{}/{}/parent", id.algorithm(), id.hex()))
    }

    /// Whether no image was ever kept with it: then there are no names either.
    pub fn is_new(&self) -> bool {
        self.names.size.is_none() && self.images.is_empty()
    }

    /// The names of an image: those with a tag, then, if there is none, those by digest.
    pub fn names_of(&self, id: Digest) -> Vec<&NameOf> {
        let all = self.named.get(&id).into_iter().flatten().filter_map(|at| self.names.names.get(*at));
        let all: Vec<&NameOf> = all.collect();
        if all.iter().any(|name| name.tag.is_some()) {
            all.into_iter().filter(|name| name.tag.is_some()).collect()
        } else {
            all
        }
    }

    /// What a person calls an image: its names, or its id if it has none.
    pub fn called(&self, id: Digest) -> Vec<String> {
        let names: Vec<String> = self.names_of(id).iter().map(|name| name.name.clone()).collect();
        if names.is_empty() { vec![id.to_string()] } else { names }
    }

    /// The ChainIDs that an image, another layer or a container names and that are no layer; each with who says so.
    pub fn missing(&self) -> BTreeMap<Digest, StorePath> {
        let mut missing = BTreeMap::new();
        let mut ask = |chain: &Digest, claim: StorePath| {
            if !self.layers.contains_key(chain) {
                missing.entry(*chain).or_insert(claim);
            }
        };
        for (id, image) in &self.images {
            image.chain.iter().for_each(|chain| ask(chain, self.image_path(*id)));
        }
        for (chain, layer) in &self.layers {
            // Where the three do not fit together, that is the fault.
            if let (Some(parent), Some(diff)) = (layer.parent.get(), layer.diff.get())
                && above(Some(*parent), *diff) == *chain
            {
                ask(parent, layer.path.join("parent"));
            }
        }
        for mount in self.mounts.values() {
            mount.parent.get().into_iter().for_each(|parent| ask(parent, mount.path.join("parent")));
        }
        missing
    }

    /// The layer and those that it stands on, from the top down, as far as they can be followed.
    pub fn down_from(&self, top: Option<Digest>) -> impl Iterator<Item = Digest> {
        let mut met = BTreeSet::new();
        let below = |chain: &Digest| self.layers.get(chain)?.parent.get().copied();
        // Each is met once, so that layers that are each other's parents end it too.
        std::iter::successors(top, move |chain| below(chain)).take_while(move |chain| met.insert(*chain))
    }

    /// The layers that stand below a container's own.
    pub fn kept_by_containers(&self) -> BTreeSet<Digest> {
        let mut kept = BTreeSet::new();
        for mount in self.mounts.values() {
            for chain in self.down_from(mount.parent.get().copied()) {
                if !kept.insert(chain) {
                    break;
                }
            }
        }
        kept
    }

    /// The images that need a layer, by id.
    pub fn users(&self, chain: Digest) -> &[Digest] {
        self.users.get(&chain).map_or(&[], Vec::as_slice)
    }

    /// The layers that these images need; all of them if none are named.
    pub fn needed(&self, only: Option<&BTreeSet<Digest>>) -> Vec<(Digest, &Layer)> {
        let is_wanted = |id: &Digest| only.is_none_or(|only| only.contains(id));
        let is_needed = |chain: &Digest| only.is_none() || self.users(*chain).iter().any(is_wanted);
        let layers = self.layers.iter().filter(|(chain, _)| is_needed(chain));
        layers.map(|(chain, layer)| (*chain, layer)).collect()
    }

    /// Notes who has which name and who needs what, once all of it is known.
    fn index(&mut self) {
        for (at, name) in self.names.names.iter().enumerate() {
            self.named.entry(name.image).or_default().push(at);
        }
        for (id, image) in &self.images {
            for chain in &image.chain {
                self.users.entry(*chain).or_default().push(*id);
            }
        }
    }
}

//! What an engine remembers of where its layers came from.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Deserialize;

use super::{Driver, Field, field};
use crate::digest::{Algorithm, Digest};
use crate::path::StorePath;
use crate::session::Session;
use crate::store::{FileKind, ReadError, Store};

/// The most bytes of a list of origins that are read; the engine keeps fifty.
const CAP: u64 = 1024 * 1024;

/// A registry's blob that unpacked to a layer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Its digest there.
    pub digest: Digest,
    /// The repository, with its registry.
    pub repository: String,
}

/// All that the engine remembers, of layers that are gone too.
#[derive(Debug, Default)]
pub struct Maps {
    /// `v2metadata-by-diffid`: the origins, by DiffID.
    pub origins: BTreeMap<Digest, Field<Vec<Origin>>>,
    /// `diffid-by-digest`: the DiffIDs, by the digest of the registry's blob.
    pub diff_ids: BTreeMap<Digest, Field<Digest>>,
    /// What could not be listed, and why.
    pub unread: Vec<(StorePath, ReadError)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    digest: String,
    #[serde(default)]
    source_repository: String,
}

/// Where the origins of a layer are kept.
pub fn path(driver: &Driver, diff_id: Digest) -> StorePath {
    let name = format!("distribution/v2metadata-by-diffid/{}/{}", diff_id.algorithm(), diff_id.hex());
    driver.path.join(name)
}

/// Where the DiffID of a registry's blob is kept.
pub fn by_digest(driver: &Driver, blob: Digest) -> StorePath {
    driver.path.join(format!("distribution/diffid-by-digest/{}/{}", blob.algorithm(), blob.hex()))
}

/// The origins of a layer, each once, sorted.
pub fn of(store: &Store, driver: &Driver, diff_id: Digest) -> Field<Vec<Origin>> {
    let path = path(driver, diff_id);
    let content = match store.read(&path, CAP) {
        Ok(content) => content,
        Err(ReadError::Absent) => {
            let obstacle = path.parent().and_then(|above| store.obstacle(&above));
            return obstacle.map_or(Field::Absent, |(_, error)| Field::Unread(error));
        }
        Err(error) => return Field::Unread(error),
    };
    if content.truncated {
        return Field::Bad(format!("it has more than {CAP} bytes"));
    }
    let raw: Vec<Raw> = match serde_json::from_slice::<Option<Vec<Raw>>>(&content.bytes) {
        Ok(raw) => raw.unwrap_or_default(),
        Err(error) => return Field::Bad(error.to_string()),
    };
    let mut origins = Vec::new();
    for Raw { digest, source_repository } in raw {
        match Digest::parse(digest.as_bytes()) {
            Ok(digest) => origins.push(Origin { digest, repository: source_repository }),
            Err(error) => return Field::Bad(format!("{error}: {digest:?}")),
        }
    }
    origins.sort_unstable();
    origins.dedup();
    Field::Is(origins)
}

/// The DiffID that a registry's blob unpacks to, if it was pulled or pushed here.
pub fn diff_id(store: &Store, driver: &Driver, blob: Digest) -> Field<Digest> {
    field::digest(store, &by_digest(driver, blob))
}

/// Reads both maps. The calling thread should be one of a rayon pool.
pub fn read(session: &Session<'_>, driver: &Driver) -> Maps {
    let mut unread = Vec::new();
    let mut digests = |name: &str| -> Vec<Digest> {
        let mut all = Vec::new();
        for algorithm in Algorithm::ALL {
            let path = driver.path.join("distribution").join(name).join(algorithm.name());
            match session.store.dir(&path).and_then(|dir| dir.entries()) {
                Ok(entries) => {
                    let files = entries.iter().filter_map(|entry| {
                        let digest = Digest::from_hex(algorithm, entry.name)?;
                        if entry.kind == FileKind::File {
                            return Some(digest);
                        }
                        unread.push((path.join(entry.name), ReadError::NotRegular(entry.kind)));
                        None
                    });
                    all.extend(files);
                }
                Err(ReadError::Absent) => unread.extend(session.store.obstacle(&path)),
                Err(error) => unread.push((path, error)),
            }
        }
        all
    };
    let (by_diff, by_digest) = (digests("v2metadata-by-diffid"), digests("diffid-by-digest"));
    // One thing may stand before several of the directories.
    unread.sort_by(|a, b| a.0.cmp(&b.0));
    unread.dedup();
    let goes_on = |_: &&Digest| !session.cancel.is_cancelled();
    let origins = by_diff.par_iter().filter(goes_on).map(|diff| (*diff, of(session.store, driver, *diff)));
    let diff_ids =
        by_digest.par_iter().filter(goes_on).map(|blob| (*blob, diff_id(session.store, driver, *blob)));
    Maps { origins: origins.collect(), diff_ids: diff_ids.collect(), unread }
}

impl Maps {
    /// All that could not be read, files too, and why.
    pub fn all_unread(&self, driver: &Driver) -> Vec<(StorePath, ReadError)> {
        let listed = self.origins.iter().filter_map(|(diff, origins)| origins.unread(path(driver, *diff)));
        let diff_ids = self.diff_ids.iter().filter_map(|(blob, diff)| diff.unread(by_digest(driver, *blob)));
        self.unread.iter().cloned().chain(listed).chain(diff_ids).collect()
    }

    /// The registries' blobs, each with the DiffID of what it unpacks to, as either map has it.
    pub fn pairs(&self) -> impl Iterator<Item = (Digest, Digest)> {
        let listed = self.origins.iter().flat_map(|(diff, origins)| {
            origins.get().into_iter().flatten().map(|origin| (origin.digest, *diff))
        });
        listed.chain(self.diff_ids.iter().filter_map(|(blob, diff)| Some((*blob, *diff.get()?))))
    }
}

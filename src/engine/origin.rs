//! What an engine remembers of where its layers came from.

use serde::Deserialize;

use super::{Driver, Field, field};
use crate::digest::Digest;
use crate::path::StorePath;
use crate::store::{ReadError, Store};

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
    let content = match store.read(&path(driver, diff_id), CAP) {
        Ok(content) => content,
        Err(ReadError::Absent) => return Field::Absent,
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

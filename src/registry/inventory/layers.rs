//! The layer links of some blobs, for who did not want to look at all of them.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::digest::{Algorithm, Digest};
use crate::path::StorePath;
use crate::registry::layout;
use crate::store::{ReadError, Store};

use super::link::{entries, read_link};
use super::{Inventory, Link, LinkContent};

/// What one repository has: links and what they hold, if that is a digest; and what could not be read.
#[derive(Default)]
struct Found {
    links: Vec<(Digest, Option<Digest>)>,
    refused: Vec<(StorePath, ReadError)>,
}

/// Reads the layer links of these blobs in every repository, and those that may lead to a blob of another name. The walk
/// must have passed by layer links.
pub fn read_layers(store: &Store, inventory: &mut Inventory, blobs: &BTreeSet<Digest>) {
    // Blobs are stored under SHA-256. Where one is not, any link may lead to it.
    let any = blobs.iter().any(|digest| digest.algorithm() != Algorithm::Sha256);
    let is_wanted =
        |digest: Digest| any || digest.algorithm() != Algorithm::Sha256 || blobs.contains(&digest);
    let repositories = inventory.repositories.par_iter();
    let found: Vec<Found> = repositories
        .map(|repository| {
            let mut found = Found::default();
            if repository.has.layers {
                for algorithm in Algorithm::ALL {
                    found.look(store, &repository.path, algorithm, &is_wanted);
                }
            }
            found
        })
        .collect();
    let mut unread = Vec::new();
    for (number, Found { links, refused }) in found.into_iter().enumerate() {
        for (digest, content) in links {
            let content = content
                .map_or(LinkContent::Unread, |digest| LinkContent::Names(inventory.digests.intern(digest)));
            let digest = inventory.digests.intern(digest);
            inventory.repositories[number].layers.push(Link { digest, content });
        }
        inventory.repositories[number].layers.sort_unstable_by_key(|link| link.digest);
        unread.extend(refused);
    }
    inventory.could_not_read(unread);
}

impl Found {
    fn look(
        &mut self,
        store: &Store,
        repository: &StorePath,
        algorithm: Algorithm,
        is_wanted: &impl Fn(Digest) -> bool,
    ) {
        let path = repository.join("_layers").join(algorithm.name());
        let entries = match entries(store, &path) {
            Ok(entries) => entries,
            Err(ReadError::Absent) => return,
            Err(error) => return self.refused.push((path, error)),
        };
        let digests = entries.iter().filter_map(|entry| Digest::from_hex(algorithm, entry.name));
        for digest in digests.filter(|digest| is_wanted(*digest)) {
            let link = layout::layer_link(repository, digest);
            match read_link(store, &link) {
                Ok(content) => self.links.push((digest, content.ok())),
                // An API delete leaves the directory.
                Err(ReadError::Absent) => {}
                Err(error) => self.refused.push((link, error)),
            }
        }
    }
}

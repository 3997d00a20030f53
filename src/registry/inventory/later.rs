//! What a walk by names leaves out, and a few digests need after all: looked at when it is known which.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::digest::{Algorithm, Digest};
use crate::path::StorePath;
use crate::registry::layout;
use crate::store::{FileKind, ReadError, Store};

use super::link::{entries, read_link};
use super::{DigestId, Inventory, Link, LinkContent};

/// Looks which of these layer links, each of the repository of that number, are there, and forgets the others. Tells
/// whether something new stands in the way of that.
pub fn confirm_layer_links(store: &Store, inventory: &mut Inventory, links: &[(usize, DigestId)]) -> bool {
    let path = |(number, digest): &(usize, DigestId)| {
        layout::layer_link(&inventory.repositories[*number].path, inventory.digests.get(*digest))
    };
    let look = |link: &(usize, DigestId)| match store.stat(&path(link)) {
        Ok(stat) if stat.kind == FileKind::File => Ok(()),
        Ok(stat) => Err((path(link), ReadError::NotRegular(stat.kind))),
        Err(error) => Err((path(link), error)),
    };
    let looks: Vec<_> = links.par_iter().map(look).collect();
    let known = inventory.opaque.len();
    let (mut absent, mut unread) = (BTreeSet::new(), Vec::new());
    for (link, looked) in links.iter().zip(looks) {
        match looked {
            Ok(()) => {}
            Err((_, ReadError::Absent)) => drop(absent.insert(*link)),
            Err(refused) => unread.push(refused),
        }
    }
    inventory.could_not_read(unread);
    for (number, repository) in inventory.repositories.iter_mut().enumerate() {
        if absent.range((number, DigestId(0))..=(number, DigestId(u32::MAX))).next().is_some() {
            repository.layers.retain(|link| !absent.contains(&(number, link.digest)));
        }
    }
    inventory.opaque.len() > known
}

/// Reads the layer links that may name their blob otherwise than their path does: those of no canonical digest.
///
/// Tells which of them name nothing, and why; what the system refuses becomes [`Inventory::opaque`].
pub fn read_aliases(store: &Store, inventory: &mut Inventory) -> Vec<(StorePath, String)> {
    let mut aliases = Vec::new();
    for (number, repository) in inventory.repositories.iter().enumerate() {
        for (at, link) in repository.layers.iter().enumerate() {
            let digest = inventory.digests.get(link.digest);
            if digest.algorithm() != Algorithm::Sha256 && link.content == LinkContent::Unread {
                aliases.push((number, at, layout::layer_link(&repository.path, digest)));
            }
        }
    }
    let read: Vec<_> = aliases.par_iter().map(|(_, _, path)| read_link(store, path)).collect();
    let (mut faults, mut unread) = (Vec::new(), Vec::new());
    for ((number, at, path), content) in aliases.into_iter().zip(read) {
        match content {
            Ok(Ok(blob)) => {
                let blob = inventory.digests.intern(blob);
                inventory.repositories[number].layers[at].content = LinkContent::Names(blob);
            }
            Ok(Err(error)) => faults.push((path, format!("a link that names no blob: {error}"))),
            Err(error) => unread.push((path, error)),
        }
    }
    inventory.could_not_read(unread);
    faults
}

/// Looks for the legacy signatures of these revisions, each of the repository of that number.
pub fn read_signatures(store: &Store, inventory: &mut Inventory, revisions: &[(usize, DigestId)]) {
    let mut unread = Vec::new();
    for &(number, manifest) in revisions {
        let revision = inventory.digests.get(manifest);
        let link = layout::revision_link(&inventory.repositories[number].path, revision);
        let Some(signatures) = link.parent().map(|directory| directory.join("signatures")) else { continue };
        for algorithm in Algorithm::ALL {
            let directory = signatures.join(algorithm.name());
            match linked_in(store, &directory, algorithm, &mut unread) {
                Ok(found) => {
                    for digest in found {
                        let digest = inventory.digests.intern(digest);
                        let link = Link { digest, content: LinkContent::Unread };
                        inventory.repositories[number].signatures.push((manifest, link));
                    }
                }
                Err(ReadError::Absent) => {}
                Err(error) => unread.push((directory, error)),
            }
        }
    }
    inventory.could_not_read(unread);
}

/// The digests with a link in a directory of links; what cannot be looked at there goes to `unread`.
fn linked_in(
    store: &Store,
    path: &StorePath,
    algorithm: Algorithm,
    unread: &mut Vec<(StorePath, ReadError)>,
) -> Result<Vec<Digest>, ReadError> {
    let mut found = Vec::new();
    for entry in entries(store, path)?.iter() {
        let Some(digest) = Digest::from_hex(algorithm, entry.name) else { continue };
        let link = path.join(entry.name).join("link");
        let looked = match entry.kind {
            FileKind::Directory | FileKind::Unknown => store.stat(&link).map(|stat| stat.kind),
            FileKind::File => continue,
            kind => Err(ReadError::NotRegular(kind)),
        };
        match looked {
            Ok(FileKind::File) => found.push(digest),
            Ok(kind) => unread.push((link, ReadError::NotRegular(kind))),
            // An API delete leaves the directory.
            Err(ReadError::Absent) => {}
            Err(error) => unread.push((link, error)),
        }
    }
    Ok(found)
}

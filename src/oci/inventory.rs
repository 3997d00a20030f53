//! The one walk over a store of flat blobs: what `index.json` lists, and every blob by name.

use rayon::prelude::*;

use super::index;
use crate::cancel::Cancel;
use crate::digest::{Algorithm, Digest};
use crate::kind::Kind;
use crate::manifest::Name;
use crate::path::StorePath;
use crate::progress::{Progress, Work};
use crate::registry::documents::{Document, Documents, Manifest};
use crate::registry::inventory::{Blob, Builder, Depth, Inventory, Odd, Opaque, RawLink};
use crate::registry::layout::Owner;
use crate::store::{Dir, FileKind, ReadError, Stat, Store};

/// What the layouts have a place for at their top.
const TOP: [&[u8]; 4] = [b"oci-layout", b"index.json", b"blobs", b"ingest"];

/// What is seen of one name below `blobs/<algorithm>/`.
enum Seen {
    Blob(Digest, Blob),
    Odd(Odd),
    Opaque(Opaque),
}

/// Walks a whole store. The calling thread should be one of a rayon pool.
pub fn walk(store: &Store, cancel: &Cancel, progress: &dyn Progress) -> Inventory {
    let mut builder = Builder::new(store.kind(), Depth::Full);
    let mut blobs = false;
    match store.dir(&StorePath::root()).and_then(|dir| dir.entries()) {
        Ok(entries) => {
            for entry in entries.iter() {
                if !TOP.contains(&entry.name) {
                    builder.odd(entry.name.into(), Odd::Stray(entry.kind));
                } else if entry.name == b"blobs" {
                    blobs = entry.kind == FileKind::Directory;
                    if !blobs {
                        builder.opaque("blobs".into(), Opaque::NotRegular(entry.kind));
                    }
                }
            }
        }
        Err(error) => refused(&mut builder, StorePath::root(), error),
    }
    let names = store.kind() != Kind::Oci || listed(store, &mut builder);
    builder.saw_top(blobs, names);
    if blobs {
        algorithms(store, &mut builder, cancel, progress);
    }
    if cancel.is_cancelled() {
        builder.interrupted();
    }
    builder.finish()
}

/// Takes over what `index.json` lists; tells whether that is known.
fn listed(store: &Store, builder: &mut Builder) -> bool {
    let index = index::read(store);
    for fault in index.faults {
        match fault.why {
            Ok(why) => builder.odd(fault.path, Odd::Malformed(why.into())),
            Err(error) => refused(builder, fault.path, error),
        }
    }
    let moved = index.stat.map_or(0, |stat| stat.modified);
    let repository = builder.repository(StorePath::root());
    let mut revisions = Vec::new();
    for entry in index.entries {
        let is_manifest = entry.is_manifest();
        let link = match &entry.descriptor.digest {
            Name::Known(digest) if is_manifest => {
                revisions.push(*digest);
                RawLink::Names(*digest)
            }
            Name::Known(digest) => {
                builder.wanted(*digest);
                continue;
            }
            Name::Unsupported(text) => RawLink::Unsupported(text.to_string()),
        };
        if let Some(name) = entry.name() {
            let tag = builder.tag(repository, name.as_bytes().into());
            builder.tag_link(repository, tag, link, moved);
        }
    }
    revisions.sort_unstable();
    revisions.dedup();
    let links = revisions.into_iter().map(|digest| (digest, RawLink::Names(digest))).collect();
    builder.links(repository, None, Owner::Revisions, links);
    index.is_known
}

fn algorithms(store: &Store, builder: &mut Builder, cancel: &Cancel, progress: &dyn Progress) {
    let top = StorePath::from("blobs");
    let entries = match store.dir(&top).and_then(|dir| dir.entries()) {
        Ok(entries) => entries,
        Err(error) => return refused(builder, top, error),
    };
    for entry in entries.iter() {
        let path = top.join(entry.name);
        let algorithm = Algorithm::from_name(entry.name);
        if entry.kind != FileKind::Directory {
            // Where the blobs should be, or what leads elsewhere, hides whatever is there.
            if entry.kind != FileKind::File || algorithm.is_some() {
                builder.opaque(path, Opaque::NotRegular(entry.kind));
            } else {
                builder.odd(path, Odd::Stray(entry.kind));
            }
            continue;
        }
        let dir = match store.dir(&path) {
            Ok(dir) => dir,
            Err(error) => {
                refused(builder, path, error);
                continue;
            }
        };
        match dir.entries() {
            Ok(listing) => {
                let names: Vec<(&[u8], FileKind)> =
                    listing.iter().map(|entry| (entry.name, entry.kind)).collect();
                let look = |(name, kind): &(&[u8], FileKind)| {
                    if cancel.is_cancelled() {
                        return None;
                    }
                    progress.advance(Work::FILE);
                    Some((path.join(name), blob(&dir, algorithm, name, *kind)))
                };
                let seen: Vec<_> = names.par_iter().with_min_len(64).filter_map(look).collect();
                take(builder, seen);
            }
            Err(error) => refused(builder, path, error),
        }
    }
}

fn blob(dir: &Dir<'_>, algorithm: Option<Algorithm>, name: &[u8], kind: FileKind) -> Seen {
    let digest = match algorithm.map(|algorithm| Digest::from_hex(algorithm, name)) {
        Some(None) => return Seen::Odd(Odd::Stray(kind)),
        Some(digest) => digest,
        None => None,
    };
    match dir.stat(name) {
        Ok(Stat { kind: FileKind::File, size, modified, .. }) => match digest {
            Some(digest) => Seen::Blob(digest, Blob { size, modified }),
            None => Seen::Odd(Odd::UnsupportedBlob(Blob { size, modified })),
        },
        Ok(stat) => Seen::Opaque(Opaque::NotRegular(stat.kind)),
        Err(ReadError::Absent) => Seen::Odd(Odd::Vanished),
        Err(error) => Seen::Opaque(Opaque::Unreadable(error.to_string().into())),
    }
}

fn take(builder: &mut Builder, seen: Vec<(StorePath, Seen)>) {
    let mut blobs = Vec::with_capacity(seen.len());
    for (path, seen) in seen {
        match seen {
            Seen::Blob(digest, blob) => blobs.push((digest, blob)),
            Seen::Odd(odd) => builder.odd(path, odd),
            Seen::Opaque(why) => builder.opaque(path, why),
        }
    }
    builder.blobs(blobs);
}

fn refused(builder: &mut Builder, path: StorePath, error: ReadError) {
    match error {
        ReadError::Absent => builder.odd(path, Odd::Vanished),
        ReadError::NotRegular(kind) => builder.opaque(path, Opaque::NotRegular(kind)),
        ReadError::Refused(reason) => builder.opaque(path, Opaque::Unreadable(reason)),
    }
}

/// Leaves in an inventory only what these manifests need, so that one image of a layout can be looked at by itself.
pub fn narrow(inventory: &mut Inventory, documents: &mut Documents, wanted: &[Digest]) {
    let mut todo: Vec<_> = wanted.iter().filter_map(|digest| inventory.digests.find(*digest)).collect();
    let mut reached = std::collections::BTreeSet::new();
    while let Some(digest) = todo.pop() {
        if reached.insert(digest) {
            let read = documents.manifests.get(&digest).and_then(Manifest::as_registry_reads_it);
            todo.extend(read.into_iter().flat_map(Document::parts).map(|edge| edge.target));
        }
    }
    inventory.is_whole = false;
    inventory.wanted.retain(|digest| reached.contains(digest));
    inventory.blobs = inventory.blobs.iter().filter(|(digest, _)| reached.contains(digest)).collect();
    documents.manifests.retain(|digest, _| reached.contains(digest));
    for repository in &mut inventory.repositories {
        repository.revisions.retain(|link| reached.contains(&link.digest));
        repository.tags.retain(|tag| tag.target().is_some_and(|target| reached.contains(&target)));
    }
    let is_part = |path: &StorePath| {
        let hex = Algorithm::ALL.into_iter().find_map(|algorithm| Digest::from_hex(algorithm, path.name()));
        hex.is_none_or(|digest| inventory.digests.find(digest).is_some_and(|id| reached.contains(&id)))
    };
    let opaque = std::mem::take(&mut inventory.opaque);
    let oddities = std::mem::take(&mut inventory.oddities);
    let opaque = opaque.into_iter().filter(|(path, _)| is_part(path)).collect();
    let oddities = oddities.into_iter().filter(|oddity| matches!(oddity.what, Odd::Malformed(_))).collect();
    (inventory.opaque, inventory.oddities) = (opaque, oddities);
}

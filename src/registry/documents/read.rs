//! Reading the documents, many at a time, in waves: an index tells of manifests that nothing else names.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{Config, Document, Documents, Edge, Integrity, Manifest, Unparsed};
use crate::cancel::Cancel;
use crate::digest::Digest;
use crate::hash;
use crate::manifest::{self, MAX_CONFIG, MAX_MANIFEST, Role, media_type};
use crate::progress::{Progress, Work};
use crate::registry::inventory::{DigestId, Inventory, LinkContent, Odd, TagDir};
use crate::registry::layout::Owner;
use crate::store::{ReadError, Store};

/// How many documents are parsed before their digests are interned, and how many bytes of text they may have.
const BATCH: usize = 1024;
const BATCH_BYTES: u64 = 16 * 1024 * 1024;

/// How many documents a thread reads in a row: to wake another costs as much as to read one.
const AT_ONCE: usize = 8;

/// Reads every manifest that the inventory tells of and whose blob it has.
pub fn read_manifests(
    store: &Store,
    inventory: &mut Inventory,
    documents: &mut Documents,
    cancel: &Cancel,
    progress: &dyn Progress,
) {
    read_named(store, inventory, documents, named_as_manifests(inventory), cancel, progress);
    let mut mistaken = named_by_mistake(inventory);
    mistaken.retain(|id| !documents.manifests.contains_key(id));
    let read = documents.read_wave(store, inventory, mistaken, cancel, progress);
    documents.mistaken.extend(read);
}

/// Reads as manifests the blobs of these digests, as far as the inventory has them, and what they name as such.
pub fn read_named(
    store: &Store,
    inventory: &mut Inventory,
    documents: &mut Documents,
    named: BTreeSet<DigestId>,
    cancel: &Cancel,
    progress: &dyn Progress,
) {
    let mut wave = named;
    while !wave.is_empty() {
        wave.retain(|id| !documents.manifests.contains_key(id));
        let read = documents.read_wave(store, inventory, wave, cancel, progress);
        wave = BTreeSet::new();
        for (id, manifest) in read {
            if let Some(document) = manifest.as_registry_reads_it() {
                let children = document.edges.iter().filter(|edge| edge.role == Role::Child);
                wave.extend(children.map(|edge| edge.target));
            }
            documents.manifests.insert(id, manifest);
        }
    }
}

/// Reads every image config that a trusted manifest names.
pub fn read_configs(
    store: &Store,
    inventory: &mut Inventory,
    documents: &mut Documents,
    cancel: &Cancel,
    progress: &dyn Progress,
) {
    let mut wanted = BTreeSet::new();
    for digest in documents.manifests.keys() {
        for edge in documents.parts(*digest) {
            let is_image_config = edge.role == Role::Config
                && edge.media_type.is_some_and(|id| media_type::is_image_config(documents.media_type(id)));
            if is_image_config && inventory.blobs.contains(edge.target) {
                wanted.insert(edge.target);
            }
        }
    }
    let wanted: Vec<DigestId> = wanted.into_iter().collect();
    let mut unread = Vec::new();
    for batch in batches(inventory, wanted) {
        let read = |digest: Digest| read_config(store, digest);
        for (id, read) in read_batch(&batch, cancel, progress, read) {
            match read {
                Ok(config) => {
                    documents.configs.insert(id, config);
                }
                Err(error) => unread.push((store.blob_path(inventory.digests.get(id)), error)),
            }
        }
    }
    inventory.could_not_read(unread);
}

/// What links say is a manifest: revisions by their path, and what tags point to.
fn named_as_manifests(inventory: &Inventory) -> BTreeSet<DigestId> {
    let mut named = BTreeSet::new();
    for repository in &inventory.repositories {
        named.extend(repository.revisions.iter().map(|link| link.digest));
        named.extend(repository.tags.iter().filter_map(TagDir::target));
    }
    named
}

/// What a collector takes for a manifest besides, since it believes what any link below `revisions` holds.
fn named_by_mistake(inventory: &Inventory) -> BTreeSet<DigestId> {
    let revisions = inventory.repositories.iter().flat_map(|repository| &repository.revisions);
    let signatures = inventory.repositories.iter().flat_map(|repository| &repository.signatures);
    let odd = inventory.oddities.iter().filter_map(|oddity| match oddity.what {
        Odd::Link(Owner::Revisions | Owner::Signatures(_), content) => Some(content),
        _ => None,
    });
    let contents = revisions.chain(signatures.map(|(_, link)| link)).map(|link| link.content).chain(odd);
    let names = |content| match content {
        LinkContent::Names(digest) => Some(digest),
        _ => None,
    };
    contents.filter_map(names).collect()
}

/// Documents in groups that fit in memory, whatever a hostile store calls a manifest.
fn batches(inventory: &Inventory, documents: Vec<DigestId>) -> Vec<Vec<(DigestId, Digest)>> {
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for document in documents {
        batch.push((document, inventory.digests.get(document)));
        bytes += inventory.blobs.get(document).map_or(0, |blob| blob.size.min(MAX_CONFIG));
        if batch.len() >= BATCH || bytes >= BATCH_BYTES {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
    }
    batches.push(batch);
    batches
}

fn read_batch<T: Send>(
    batch: &[(DigestId, Digest)],
    cancel: &Cancel,
    progress: &dyn Progress,
    read: impl Fn(Digest) -> Result<T, ReadError> + Sync,
) -> Vec<(DigestId, Result<T, ReadError>)> {
    let one = |(id, digest): &(DigestId, Digest)| {
        if cancel.is_cancelled() {
            return None;
        }
        let result = read(*digest);
        progress.advance(Work::FILE);
        Some((*id, result))
    };
    batch.par_iter().with_min_len(AT_ONCE).with_max_len(AT_ONCE).filter_map(one).collect()
}

/// A manifest as parsed, before its digests are interned.
struct Raw {
    size: u64,
    integrity: Integrity,
    parsed: Result<manifest::Manifest, Unparsed>,
}

fn read_manifest(store: &Store, digest: Digest) -> Result<Raw, ReadError> {
    let content = store.listed_file(&store.blob_path(digest))?.read(MAX_MANIFEST)?;
    if content.truncated {
        let size = content.stat.size;
        return Ok(Raw { size, integrity: Integrity::Unknown, parsed: Err(Unparsed::TooLarge) });
    }
    let parsed =
        manifest::parse(&content.bytes).map_err(|error| Unparsed::Malformed(error.to_string().into()));
    Ok(Raw { size: content.bytes.len() as u64, integrity: integrity(digest, &content.bytes), parsed })
}

fn read_config(store: &Store, digest: Digest) -> Result<Config, ReadError> {
    let content = store.listed_file(&store.blob_path(digest))?.read(MAX_CONFIG)?;
    if content.truncated {
        let why = format!("it has more than {MAX_CONFIG} bytes");
        return Ok(Config { integrity: Integrity::Unknown, diff_ids: Err(why.into()) });
    }
    let diff_ids = match manifest::config::parse(&content.bytes) {
        Ok(config) => Ok(config.diff_ids.into()),
        Err(error) => Err(error.to_string().into()),
    };
    Ok(Config { integrity: integrity(digest, &content.bytes), diff_ids })
}

fn integrity(digest: Digest, bytes: &[u8]) -> Integrity {
    let computed = hash::digest(digest.algorithm(), bytes);
    if computed == digest { Integrity::Intact } else { Integrity::Altered(computed) }
}

impl Documents {
    /// Reads those of these manifests whose blob the inventory has.
    fn read_wave(
        &mut self,
        store: &Store,
        inventory: &mut Inventory,
        wave: BTreeSet<DigestId>,
        cancel: &Cancel,
        progress: &dyn Progress,
    ) -> Vec<(DigestId, Manifest)> {
        let wanted: Vec<DigestId> = wave.into_iter().filter(|id| inventory.blobs.contains(*id)).collect();
        let mut manifests = Vec::with_capacity(wanted.len());
        let mut unread = Vec::new();
        let read = |digest: Digest| read_manifest(store, digest);
        let mut last = Vec::new();
        // One batch is read while the last is taken in, in order, by one thread.
        for batch in batches(inventory, wanted).into_iter().chain([Vec::new()]) {
            let take_in = || {
                for (id, read) in last {
                    match read {
                        Ok(raw) => manifests.push((id, self.keep(raw, inventory))),
                        Err(error) => unread.push((store.blob_path(inventory.digests.get(id)), error)),
                    }
                }
            };
            (last, ()) = rayon::join(|| read_batch(&batch, cancel, progress, read), take_in);
        }
        inventory.could_not_read(unread);
        manifests
    }

    fn keep(&mut self, raw: Raw, inventory: &mut Inventory) -> Manifest {
        let parsed = raw.parsed.and_then(|manifest| {
            let document = self.document(&manifest, inventory);
            match manifest.fault() {
                Some(fault) => Err(Unparsed::Faulty(document, fault.to_string().into())),
                None => Ok(document),
            }
        });
        Manifest { size: raw.size, integrity: raw.integrity, parsed }
    }

    fn document(&mut self, manifest: &manifest::Manifest, inventory: &mut Inventory) -> Document {
        let mut edges = Vec::new();
        let mut unsupported = Vec::new();
        for (role, descriptor) in manifest.references() {
            let Some(digest) = descriptor.digest.known() else {
                unsupported.push(descriptor.digest.to_string().into());
                continue;
            };
            edges.push(Edge {
                role,
                target: inventory.digests.intern(digest),
                size: descriptor.size,
                media_type: descriptor.media_type.as_deref().map(|text| self.intern(text)),
                external: role == Role::Layer && descriptor.is_external(),
            });
        }
        Document {
            kind: manifest.kind,
            media_type: self.intern(manifest.effective_media_type()),
            states_media_type: manifest.media_type.is_some(),
            edges: edges.into(),
            layers: manifest.layers.len(),
            unsupported: unsupported.into(),
            ambiguous: manifest.ambiguous,
        }
    }
}

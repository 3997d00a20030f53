//! Blobs whose bytes or whose place is wrong.

use std::fs;

use super::{Damage, Expected};
use crate::support::paths::{self, Digest};
use crate::support::random::Rng;
use crate::support::store::Store;

const EVERY_COLLECTOR: [&str; 4] = ["2", "2m", "3", "3m"];

fn mismatch(store: &mut Store, digest: &str, content: &[u8], word: &'static str) -> Option<Damage> {
    let path = paths::blob_data(digest);
    store.write(&path, content);
    let found = Expected::error("blob-digest-mismatch", path).digest(digest).detail_begins(word);
    Damage::one(found.affects(store.model.affects(digest)))
}

/// A blob that is not empty by right.
fn blob(store: &Store, rng: &mut Rng) -> Option<(Digest, Vec<u8>)> {
    let blobs: Vec<_> = store.model.blobs.iter().filter(|(_, content)| !content.is_empty()).collect();
    rng.pick(&blobs).map(|&(digest, content)| (digest.clone(), content.clone()))
}

pub(crate) fn flip_a_bit(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let (digest, mut content) = blob(store, rng)?;
    let at = rng.below(content.len());
    content[at] ^= 1 << rng.below(8);
    mismatch(store, &digest, &content, "altered")
}

pub(crate) fn append(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let (digest, mut content) = blob(store, rng)?;
    content.push(b'\n');
    mismatch(store, &digest, &content, "altered")
}

pub(crate) fn empty(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let (digest, _) = blob(store, rng)?;
    mismatch(store, &digest, b"", "empty")
}

/// Cuts a blob whose right size some descriptor tells.
pub(crate) fn truncate(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let described: Vec<_> = store
        .model
        .references()
        .into_iter()
        .filter(|(_, edge)| edge.size.is_some() && store.model.blobs.contains_key(&edge.digest))
        .collect();
    let (_, edge) = rng.pick(&described)?;
    let content = store.model.blobs[&edge.digest].clone();
    mismatch(store, &edge.digest, &content[..content.len() / 2], "truncated")
}

pub(crate) fn move_to_another_fan_out(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let (digest, _) = blob(store, rng)?;
    let hex = paths::hex(&digest);
    let wrong = if hex.starts_with("00") { "ff" } else { "00" };
    let dir = format!("blobs/sha256/{wrong}/{hex}");
    store.create_dir(paths::parent(&dir));
    fs::rename(store.at(&paths::blob_dir(&digest)), store.at(&dir)).unwrap();
    let found = Expected::error("blob-misplaced", format!("{dir}/data")).digest(&digest);
    Damage::one(found.affects(store.model.affects(&digest)).blocks(&EVERY_COLLECTOR))
}

/// What a slip of `cp` leaves; it stops every collector.
pub(crate) fn drop_data_into_a_fan_out(store: &mut Store, _: &mut Rng) -> Option<Damage> {
    let path = "blobs/sha256/ab/data";
    store.write(path, "stray");
    Damage::one(Expected::error("blob-misplaced", path).affects_nothing().blocks(&EVERY_COLLECTOR))
}

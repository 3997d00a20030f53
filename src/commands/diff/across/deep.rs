//! `--deep`: what the layers of a side unpack to, computed from their bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::seen::{Has, Layer, Seen};
use crate::digest::{Algorithm, Digest};
use crate::engine::UNKNOWN_DRIVER;
use crate::engine::tar_split::{AssembleError, Assembly};
use crate::hash::unpack::UnpackError;
use crate::path::StorePath;
use crate::progress::{Phase, Work};
use crate::registry::bytes::{Outcome, Task, read_all};
use crate::report::ErrorItem;
use crate::session::Session;
use crate::store::ReadError;

/// What came of a layer's bytes.
#[derive(Clone)]
pub(super) struct Proof {
    /// The DiffID, if there is one, and how many bytes were unpacked.
    computed: Option<(Digest, u64)>,
    /// What else was found.
    has: Has,
    error: Option<ErrorItem>,
}

/// What is known of the layers of one side, by the path and the name of each: many images share them.
pub(super) type Proofs = BTreeMap<(StorePath, Digest), Proof>;

/// Reads the layers that were not read yet, and says of each what it is.
pub(super) fn prove(session: &Session<'_>, seen: &mut Seen, proofs: &mut Proofs, limit: u64) {
    let key = |layer: &Layer| Some((layer.part.path.clone()?, layer.part.digest));
    let is_readable = |layer: &&Layer| layer.part.has == Has::It;
    let wanted: BTreeMap<(StorePath, Digest), &Layer> =
        seen.layers.iter().filter(is_readable).filter_map(|layer| Some((key(layer)?, layer))).collect();
    let new: Vec<_> = wanted.into_iter().filter(|(key, _)| !proofs.contains_key(key)).collect();
    let proved = if seen.has_manifests {
        unpack(session, new.into_iter().map(|(key, layer)| (key, layer.part.size.unwrap_or(0))), limit)
    } else {
        new.into_par_iter().map(|(key, layer)| (key, assemble(session, layer, limit))).collect()
    };
    proofs.extend(proved);
    let mut errors = BTreeSet::new();
    for layer in &mut seen.layers {
        let Some(proof) = key(layer).and_then(|key| proofs.get(&key)) else { continue };
        layer.computed = proof.computed;
        layer.part.has.worsen(proof.has.clone());
        errors.extend(proof.error.clone());
        if let (Some((computed, _)), Some(stated)) = (layer.computed, layer.stated)
            && computed != stated
        {
            layer.part.has.worsen(Has::Damaged(format!("it unpacks to {computed}")));
        }
    }
    seen.errors.extend(errors);
}

impl Proof {
    fn damaged(why: String) -> Self {
        Self { computed: None, has: Has::Damaged(why), error: None }
    }

    fn unread(path: StorePath, error: &ReadError) -> Self {
        let error = ErrorItem { path, reason: error.to_string() };
        Self { computed: None, has: Has::Unknown, error: Some(error) }
    }
}

/// Unpacks the layers of a store of blobs.
fn unpack(
    session: &Session<'_>,
    layers: impl Iterator<Item = ((StorePath, Digest), u64)>,
    limit: u64,
) -> Vec<((StorePath, Digest), Proof)> {
    let mut total = Work::default();
    let (keys, tasks): (Vec<_>, Vec<Task>) = layers
        .map(|(key, size)| {
            total += Work { files: 1, bytes: size };
            let (path, algorithm) = (key.0.clone(), key.1.algorithm());
            let unpack = Some((Algorithm::Sha256, limit));
            (key, Task { path, size, algorithm, others: Vec::new(), unpack })
        })
        .unzip();
    session.progress.begin(Phase::Hash, Some(total));
    let proved = Mutex::new(Vec::new());
    let engine = session.engine();
    read_all(session.reading(&engine), &tasks, &|index, result| {
        let (path, digest) = keys[index].clone();
        let proof = match result {
            Ok(outcome) => proof(&path, digest, outcome),
            Err(error) => Proof::unread(path.clone(), &error),
        };
        proved.lock().unwrap_or_else(PoisonError::into_inner).push(((path, digest), proof));
    });
    session.progress.end();
    proved.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn proof(path: &StorePath, digest: Digest, outcome: Outcome) -> Proof {
    if outcome.digest != digest {
        return Proof::damaged(format!("its bytes hash to {}", outcome.digest));
    }
    match outcome.unpacked {
        Some(Ok(unpacked)) => {
            Proof { computed: Some((unpacked.digest, unpacked.bytes)), has: Has::It, error: None }
        }
        Some(Err(error @ UnpackError::Broken { .. })) => Proof::damaged(error.to_string()),
        Some(Err(error)) => Proof::unread(path.clone(), &ReadError::Refused(error.to_string().into())),
        None => Proof::damaged("it was not unpacked".to_owned()),
    }
}

/// Puts a layer of an engine together again.
fn assemble(session: &Session<'_>, layer: &Layer, limit: u64) -> Proof {
    let path = layer.part.path.clone().unwrap_or_default();
    // Else the way to a sound layer leads to them.
    let Some(files) = &layer.files else {
        return Proof::unread(path, &ReadError::Refused(UNKNOWN_DRIVER.into()));
    };
    let tar_split = path.join("tar-split.json.gz");
    let Session { store, cancel, progress, .. } = *session;
    let assembly = Assembly { store, tar_split: &tar_split, files, limit, cancel, progress };
    match assembly.hash(layer.part.digest.algorithm()) {
        Ok(archive) => Proof { computed: Some((archive.digest, archive.bytes)), has: Has::It, error: None },
        Err(AssembleError::Unread { path, error: error @ ReadError::Refused(_) }) => {
            Proof::unread(path, &error)
        }
        Err(error @ AssembleError::PastLimit { .. }) => {
            Proof::unread(path, &ReadError::Refused(error.to_string().into()))
        }
        Err(AssembleError::Interrupted) => Proof { computed: None, has: Has::Unknown, error: None },
        Err(error) => Proof::damaged(error.to_string()),
    }
}

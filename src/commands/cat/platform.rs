//! Which image of an index is meant.

use std::collections::{BTreeSet, HashSet};

use crate::commands::image;
use crate::digest::Digest;
use crate::manifest::{Kind, Manifest, Platform};
use crate::path::StorePath;
use crate::registry::look::{self, State};
use crate::store::Store;

use super::{CatError, Options};

/// The image for the platform asked for, the first where several fit; without one, the manifest itself, unless its
/// config is wanted and it is an index, which has none.
pub(in crate::commands) fn pick(
    store: &Store,
    repository: Option<&StorePath>,
    root: Digest,
    options: &Options,
) -> Result<(Digest, Manifest), CatError> {
    let mut fault = None;
    let mut unstated = None;
    let mut offered = BTreeSet::new();
    let mut met = HashSet::from([root]);
    // What an index says of a child goes with it.
    let mut todo: Vec<(Digest, Option<Platform>)> = vec![(root, None)];
    while let Some((digest, stated)) = todo.pop() {
        let manifest = match read(store, digest) {
            Ok(manifest) => manifest,
            // A child that is not there is passed by: indexes may be sparse.
            Err(error @ CatError::Unknown { .. }) if digest != root => {
                // It was the one, or may be, and says why it cannot be had.
                if stated.is_some() { &mut fault } else { &mut unstated }.get_or_insert(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        if manifest.kind == Kind::Index {
            for child in manifest.children.iter().rev() {
                let Some(child_digest) = child.digest.known() else { continue };
                offered.extend(child.platform.clone());
                let fits =
                    |own: &Platform| options.platform.as_ref().is_some_and(|wanted| own.matches(wanted));
                if child.platform.as_ref().is_none_or(fits) && met.insert(child_digest) {
                    todo.push((child_digest, child.platform.clone()));
                }
            }
            continue;
        }
        let Some(wanted) = &options.platform else { return Ok((digest, manifest)) };
        let own = stated.or_else(|| image::platform(image::config(store, repository, &manifest)?.2?));
        if own.as_ref().is_some_and(|own| own.matches(wanted)) {
            return Ok((digest, manifest));
        }
        offered.extend(own);
    }
    // Where an image is only to be chosen, there are those that state a platform.
    let is_choice = options.platform.is_none() && !offered.is_empty();
    if let Some(fault) = fault.or_else(|| unstated.filter(|_| !is_choice)) {
        return Err(fault);
    }
    let offered = offered.iter().filter(|platform| platform.is_known());
    let offered: Vec<String> = offered.map(ToString::to_string).collect();
    if let Some(wanted) = &options.platform {
        return Err(CatError::unknown(wanted.not_among(&offered)));
    }
    let of = if offered.is_empty() { "none is stated".into() } else { Platform::first_few(&offered) };
    let what = format!("it is an index, and has no config of its own: choose with --platform, of {of}");
    Err(CatError::unknown(what))
}

fn read(store: &Store, digest: Digest) -> Result<Manifest, CatError> {
    let (look, manifest) = look::manifest(store, digest);
    match manifest {
        Some(manifest) => Ok(manifest),
        None if look.state == State::Unreadable => Err(CatError::Unreadable {
            path: store.blob_path(digest),
            reason: look.detail.unwrap_or_default(),
        }),
        None => {
            let detail = look.detail.map(|detail| format!(": {detail}")).unwrap_or_default();
            Err(CatError::unknown(format!("the manifest {digest} is {}{detail}", look.state.name())))
        }
    }
}

//! What a person means: an image by one of its names or ids, or a layer by any of the ids that it has.

use std::collections::BTreeSet;

use super::{Driver, Engine, origin};
use crate::digest::{Digest, Prefix};
use crate::reference::Reference;
use crate::store::Store;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    /// An image, by its id.
    Image(Digest),
    /// A layer, by its ChainID.
    Layer(Digest),
}

/// Something, and as what it was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meaning {
    /// What it is.
    pub found: Found,
    /// What the text is to it.
    pub as_what: &'static str,
}

/// The images of a name: as it was written, or with the tag `latest`.
pub fn by_name(driver: &Driver, reference: &Reference) -> BTreeSet<Digest> {
    let text = &reference.text;
    let written = text.split('@').next().unwrap_or_default();
    let with_tag = format!("{written}:latest");
    let plain: BTreeSet<Digest> = driver
        .names
        .names
        .iter()
        .filter(|name| name.name == *text || (reference.digest.is_none() && name.name == with_tag))
        .map(|name| name.image)
        .collect();
    if !plain.is_empty() {
        return plain;
    }
    if reference.digest.is_none() {
        // A name is whole with its registry; who leaves that out means whichever there is.
        let (with_registry, latest) = (format!("/{written}"), format!("/{with_tag}"));
        let is_it = |name: &str| name.ends_with(&with_registry) || name.ends_with(&latest);
        let tagged = driver.names.names.iter().filter(|name| name.tag.is_some());
        return tagged.filter(|name| is_it(&name.name)).map(|name| name.image).collect();
    }
    // `name:tag@digest`: the digest is what counts.
    let digests = driver.names.names.iter().filter(|name| name.digest == reference.digest);
    let of_repository = digests.filter(|name| {
        written == name.repository
            || written.strip_prefix(&name.repository).is_some_and(|rest| rest.starts_with(':'))
    });
    of_repository.map(|name| name.image).collect()
}

/// Everything whose id begins like this.
pub fn by_id(store: &Store, driver: &Driver, prefix: &Prefix) -> BTreeSet<Meaning> {
    let mut found = BTreeSet::new();
    let mut add = |it: Found, as_what| {
        found.insert(Meaning { found: it, as_what });
    };
    for id in driver.images.keys().filter(|id| prefix.matches(id)) {
        add(Found::Image(*id), "the image id");
    }
    for name in
        driver.names.names.iter().filter(|name| name.digest.is_some_and(|digest| prefix.matches(&digest)))
    {
        add(Found::Image(name.image), "the manifest digest");
    }
    for (chain, layer) in &driver.layers {
        if layer.diff.get().is_some_and(|diff| prefix.matches(diff)) {
            add(Found::Layer(*chain), "the DiffID");
        } else if prefix.matches(chain) {
            add(Found::Layer(*chain), "the ChainID");
        }
        let is_cache_id = |id: &String| !prefix.has_algorithm() && id.starts_with(prefix.hex());
        if layer.cache_id.get().is_some_and(is_cache_id) {
            add(Found::Layer(*chain), "the cache-id");
        }
    }
    if found.is_empty() {
        for (chain, layer) in &driver.layers {
            let Some(diff) = layer.diff.get() else { continue };
            let origins = origin::of(store, driver, *diff);
            let is_origin =
                origins.get().is_some_and(|all| all.iter().any(|origin| prefix.matches(&origin.digest)));
            if is_origin {
                let as_what = "the compressed digest";
                found.insert(Meaning { found: Found::Layer(*chain), as_what });
            }
        }
    }
    found
}

/// Every name, for those who mistyped one; sorted.
pub fn all(engine: &Engine) -> Vec<String> {
    let names = engine.drivers.iter().flat_map(|driver| &driver.names.names);
    let names: BTreeSet<String> =
        names.filter(|name| name.tag.is_some()).map(|name| name.name.clone()).collect();
    names.into_iter().collect()
}

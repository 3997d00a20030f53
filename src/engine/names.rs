//! What a person means: an image by one of its names or ids, or a layer by any of the ids that it has.

use std::collections::BTreeSet;

use super::{Driver, Engine, Field, Layer, NameOf, origin};
use crate::digest::{Digest, Prefix};
use crate::path::StorePath;
use crate::reference::{Reference, Tag, looks_like_host};
use crate::session::Session;
use crate::store::ReadError;

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

/// A name that a reference means.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    /// It.
    pub name: &'a NameOf,
    /// The registry's host that was left out.
    pub host: Option<&'a str>,
}

/// The names that a reference means: those of the repository as it was written or, if there are none, those of one with a
/// registry's host before it. The tag is `latest` if none is written; where a digest is, it is what counts.
pub fn by_name<'a>(driver: &'a Driver, reference: &Reference) -> Vec<Called<'a>> {
    let tag = reference.tag_or_latest();
    let is_it = |name: &&NameOf| match reference.digest {
        Some(digest) => name.digest == Some(digest),
        None => name.tag.as_deref() == tag.as_ref().map(Tag::as_str),
    };
    let wanted = reference.repository();
    let (plain, with_host): (Vec<_>, Vec<_>) = driver
        .names
        .names
        .iter()
        .filter(is_it)
        .filter_map(|name| Some(Called { name, host: host_left_out(&name.repository, wanted)? }))
        .partition(|called| called.host.is_none());
    if plain.is_empty() { with_host } else { plain }
}

/// The images that the tag of `repository:tag@digest` may stand for. If the digest was found by a name, only the names
/// of that repository count: where a registry's host is left out, another registry's tag is another image's.
pub fn tagged(driver: &Driver, reference: &Reference, found: Option<&NameOf>) -> Vec<Digest> {
    let Some(tag) = &reference.tag else { return Vec::new() };
    if let Some(found) = found {
        let is_it =
            |name: &&NameOf| name.repository == found.repository && name.tag.as_deref() == Some(tag.as_str());
        return driver.names.names.iter().filter(is_it).map(|name| name.image).collect();
    }
    let by_tag = Reference { digest: None, ..reference.clone() };
    by_name(driver, &by_tag).iter().map(|called| called.name.image).collect()
}

/// Whether a repository is the one that is wanted, and if so, which registry's host was left out.
pub fn host_left_out<'a>(repository: &'a str, wanted: &str) -> Option<Option<&'a str>> {
    if whole(repository) == whole(wanted) {
        return Some(None);
    }
    match repository.split_once('/') {
        Some((host, path)) if path == wanted && looks_like_host(host) => Some(Some(host)),
        _ => None,
    }
}

/// The registry and the path of a repository. An engine leaves out those of Docker Hub, which its users may write.
fn whole(repository: &str) -> (&str, &str) {
    const HUB: &str = "docker.io";
    let (host, path) = match repository.split_once('/') {
        Some((host, path)) if looks_like_host(host) => (host, path),
        _ => (HUB, repository),
    };
    if host == HUB || host == "index.docker.io" {
        let of_everyone = path.strip_prefix("library/").filter(|rest| !rest.contains('/'));
        return (HUB, of_everyone.unwrap_or(path));
    }
    (host, path)
}

/// What has an id that begins in some way.
#[derive(Debug, Default)]
pub struct Ids {
    /// Everything that is there.
    pub found: BTreeSet<Meaning>,
    /// The DiffIDs of layers that came as a blob of such a digest, and are not there any more.
    pub gone: BTreeSet<Digest>,
    /// What could not be read of what may say more, and why.
    pub unread: Vec<(StorePath, ReadError)>,
}

/// Everything whose id begins like this. The digests of blobs, which are kept in many files, come last.
pub fn by_id(session: &Session<'_>, driver: &Driver, prefix: &Prefix) -> Ids {
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
    let mut ids = Ids { found, ..Ids::default() };
    if ids.found.is_empty() {
        let maps = origin::read(session, driver);
        ids.unread = maps.all_unread(driver);
        let diffs: BTreeSet<Digest> =
            maps.pairs().filter(|(blob, _)| prefix.matches(blob)).map(|(_, diff)| diff).collect();
        for (chain, layer) in &driver.layers {
            if layer.diff.get().is_some_and(|diff| diffs.contains(diff)) {
                let as_what = "the compressed digest";
                ids.found.insert(Meaning { found: Found::Layer(*chain), as_what });
            }
        }
        ids.gone = diffs;
    }
    // One DiffID may be that of several layers.
    if ids.found.iter().all(|meaning| matches!(meaning.found, Found::Layer(_))) {
        let hides_ids = |layer: &&Layer| {
            matches!(layer.diff, Field::Unread(_)) || matches!(layer.cache_id, Field::Unread(_))
        };
        let without = driver.layers.values().filter(hides_ids);
        ids.unread.extend(without.flat_map(Layer::unread));
    }
    ids
}

/// Every name, for those who mistyped one; sorted.
pub fn all(engine: &Engine) -> Vec<String> {
    let names = engine.drivers.iter().flat_map(|driver| &driver.names.names);
    let names: BTreeSet<String> =
        names.filter(|name| name.tag.is_some()).map(|name| name.name.clone()).collect();
    names.into_iter().collect()
}

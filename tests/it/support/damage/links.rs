//! Link files whose content is wrong. Each gets its link code alone, with the tags that it hurts.

use super::{Damage, Expected};
use crate::support::model::{Model, Repo};
use crate::support::paths::{self, Digest};
use crate::support::random::Rng;
use crate::support::store::Store;

/// One link file of a store.
#[derive(Clone, Debug)]
pub(super) enum Link {
    Current { repo: String, tag: String },
    Index { repo: String, tag: String, digest: Digest },
    Revision { repo: String, digest: Digest },
    Layer { repo: String, digest: Digest },
}

impl Link {
    pub(super) fn all(model: &Model) -> Vec<Self> {
        let mut links = Vec::new();
        for (name, place) in &model.repos {
            let repo = || name.clone();
            for (tag, history) in &place.tags {
                links.push(Self::Current { repo: repo(), tag: tag.clone() });
                links.extend(history.history.iter().map(|digest| Self::Index {
                    repo: repo(),
                    tag: tag.clone(),
                    digest: digest.clone(),
                }));
            }
            let revisions = place.revisions.iter().cloned();
            links.extend(revisions.map(|digest| Self::Revision { repo: repo(), digest }));
            let layers = place.layers.iter().cloned();
            links.extend(layers.map(|digest| Self::Layer { repo: repo(), digest }));
        }
        links
    }

    pub(super) fn path(&self) -> String {
        match self {
            Self::Current { repo, tag } => paths::current_link(repo, tag),
            Self::Index { repo, tag, digest } => paths::index_link(repo, tag, digest),
            Self::Revision { repo, digest } => paths::revision_link(repo, digest),
            Self::Layer { repo, digest } => paths::layer_link(repo, digest),
        }
    }

    fn repo(&self) -> &str {
        match self {
            Self::Current { repo, .. }
            | Self::Index { repo, .. }
            | Self::Revision { repo, .. }
            | Self::Layer { repo, .. } => repo,
        }
    }

    /// The digest in the path.
    fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Current { .. } => None,
            Self::Index { digest, .. } | Self::Revision { digest, .. } | Self::Layer { digest, .. } => {
                Some(digest)
            }
        }
    }

    /// The tags that lose something with this link.
    pub(super) fn affects(&self, model: &Model) -> Vec<String> {
        match self {
            Self::Current { repo, tag } => vec![format!("{repo}:{tag}")],
            Self::Index { .. } => Vec::new(),
            Self::Revision { repo, digest } | Self::Layer { repo, digest } => model.affects_in(repo, digest),
        }
    }

    fn expected(&self, code: &'static str, model: &Model) -> Expected {
        let found = Expected::error(code, self.path()).affects(self.affects(model));
        let found = match self {
            Self::Current { repo, tag } | Self::Index { repo, tag, .. } => found.of_tag(repo, tag),
            Self::Revision { repo, .. } | Self::Layer { repo, .. } => found.of(repo),
        };
        match self.digest() {
            Some(digest) => found.digest(digest),
            None => found,
        }
    }

    /// The collectors that stop at this link if it does not parse.
    fn stops(&self) -> &'static [&'static str] {
        match self {
            Self::Current { .. } => &["2m", "3m"],
            Self::Index { .. } => &[],
            Self::Revision { .. } => &["2", "2m", "3", "3m"],
            Self::Layer { .. } => &["3", "3m"],
        }
    }
}

fn strike(store: &Store, link: &Link, code: &'static str, content: &[u8]) -> Option<Damage> {
    store.write(&link.path(), content);
    Damage::one(link.expected(code, &store.model).blocks(link.stops()))
}

/// What a full disk leaves.
pub(crate) fn empty(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let links = Link::all(&store.model);
    strike(store, rng.pick(&links)?, "link-empty", b"")
}

pub(crate) fn malform(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let links = Link::all(&store.model);
    let link = rng.pick(&links)?;
    let right = store.read(&link.path());
    let wrong = match rng.below(8) {
        0 => format!("{right}\n").into_bytes(),
        1 => format!(" {right}").into_bytes(),
        2 => format!("sha256:{}", paths::hex(&right).to_uppercase()).into_bytes(),
        3 => right.as_bytes()[..40].to_vec(),
        4 => right.replace(':', "").into_bytes(),
        5 => format!("\u{feff}{right}").into_bytes(),
        6 => vec![0; 71],
        _ => b"\xff\xfe\x00\x1b[31m".to_vec(),
    };
    strike(store, link, "link-malformed", &wrong)
}

/// A whole digest, of the same algorithm, but another one. A tag may point anywhere, hence is not struck.
pub(crate) fn point_elsewhere(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let links: Vec<_> = Link::all(&store.model).into_iter().filter(|link| link.digest().is_some()).collect();
    let link = rng.pick(&links)?;
    let others: Vec<_> =
        store.model.blobs.keys().filter(|digest| Some(*digest) != link.digest()).cloned().collect();
    let other = rng.pick(&others)?;
    store.write(&link.path(), other);
    Damage::one(link.expected("link-mismatch", &store.model).blocks(&misled(&store.model, link, other)))
}

/// A revision whose link names a layer of its own repository.
pub(crate) fn point_to_a_layer(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let of = |(name, place): (&String, &Repo)| {
        let revisions = place.revisions.iter().cloned();
        revisions.map(|digest| Link::Revision { repo: name.clone(), digest }).collect::<Vec<_>>()
    };
    let revisions: Vec<Link> = store.model.repos.iter().flat_map(of).collect();
    let link = rng.pick(&revisions)?;
    let layers = &store.model.repos[link.repo()].layers;
    let other = rng.choose(layers.iter().cloned())?;
    store.write(&link.path(), &other);
    Damage::one(link.expected("link-mismatch", &store.model).blocks(&misled(&store.model, link, &other)))
}

/// The collectors that follow `link` to `other`, take that for a manifest, and stop; the rest drop the image without
/// a word.
fn misled(model: &Model, link: &Link, other: &Digest) -> Vec<&'static str> {
    let Link::Revision { repo, digest } = link else { return Vec::new() };
    if model.repos.values().any(|place| place.revisions.contains(other)) {
        return Vec::new();
    }
    let place = &model.repos[repo];
    let mut stopped = Vec::new();
    // 2.x reads what the link names, if the repository links that, be it as a layer.
    if place.layers.contains(other) {
        stopped.push("2");
    }
    // 3.x reads what the link of a child names, unless a repository that it visits before has marked the child.
    let components = |name: &str| name.split('/').map(str::to_owned).collect::<Vec<_>>();
    let before: Vec<_> = model.repos.iter().filter(|(name, _)| components(name) < components(repo)).collect();
    let needed_by = |root: &Digest| model.needs(root).contains(digest);
    let tagged = |place: &Repo| place.tags.values().map(|tag| tag.current.clone()).collect::<Vec<_>>();
    let marks = |roots: &[Digest]| roots.iter().any(needed_by);
    let as_child = |roots: &[Digest]| roots.iter().any(|root| root != digest && needed_by(root));
    let revisions = |place: &Repo| place.revisions.iter().cloned().collect::<Vec<_>>();
    if as_child(&revisions(place)) && !before.iter().any(|(_, place)| marks(&revisions(place))) {
        stopped.push("3");
    }
    if as_child(&tagged(place)) && !before.iter().any(|(_, place)| marks(&tagged(place))) {
        stopped.push("3m");
    }
    stopped
}

//! What was seen of one repository's images: each manifest read once, each layer looked at once, however many images
//! share it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use crate::digest::Digest;
use crate::manifest::{Kind, Manifest, Name, Platform, Role, media_type};
use crate::path::StorePath;
use crate::progress::{Phase, Work};
use crate::registry::layout;
use crate::registry::look::{self, Look, State};
use crate::report::ErrorItem;
use crate::session::Session;

use crate::commands::image;

/// Everything that the images of a repository need.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) manifests: BTreeMap<Digest, Node>,
    /// Configs and layers.
    pub(super) blobs: HashMap<Digest, Part>,
    pub(super) errors: Vec<ErrorItem>,
}

/// A manifest.
pub(super) struct Node {
    /// The repository's revision link.
    pub(super) link: Look,
    pub(super) look: Look,
    pub(super) media_type: Option<String>,
    pub(super) artifact_type: Option<String>,
    pub(super) is_index: bool,
    /// What it runs on, as an index says or else its config.
    pub(super) platform: Option<Platform>,
    pub(super) subject: Option<Digest>,
    pub(super) edges: Vec<Edge>,
    /// Whether it names something by a digest that no registry can look up.
    pub(super) names_unknown: bool,
}

/// What a manifest names.
pub(super) struct Edge {
    pub(super) role: Role,
    pub(super) digest: Digest,
    pub(super) size: Option<i64>,
    pub(super) external: bool,
    platform: Option<Platform>,
}

/// A config or layer.
pub(super) struct Part {
    /// The repository's layer link.
    pub(super) link: Look,
    pub(super) look: Look,
    /// The blob that holds its bytes, by another name perhaps.
    pub(super) blob: Digest,
}

impl Seen {
    /// Looks at these manifests and at what they need; at links too, where there is a repository that has them.
    pub(super) fn look(
        session: &Session<'_>,
        repository: Option<&StorePath>,
        roots: BTreeSet<Digest>,
    ) -> Self {
        let mut seen = Self::default();
        session.progress.begin(Phase::Read, None);
        let mut wave: Vec<Digest> = roots.into_iter().collect();
        while !wave.is_empty() {
            let read = each(session, &wave, |digest| node(session, repository, digest));
            let mut next = BTreeSet::new();
            for (digest, node) in read {
                if let Some(repository) = repository {
                    let link = layout::revision_link(repository, digest);
                    image::note_unreadable(&mut seen.errors, &link, &node.link);
                }
                image::note_unreadable(&mut seen.errors, &session.store.blob_path(digest), &node.look);
                next.extend(node.edges.iter().filter(|e| e.role == Role::Child).map(|e| e.digest));
                seen.manifests.insert(digest, node);
            }
            wave = next.into_iter().filter(|digest| !seen.manifests.contains_key(digest)).collect();
        }
        seen.look_at_parts(session, repository);
        seen.find_platforms(session);
        session.progress.end();
        seen
    }

    fn look_at_parts(&mut self, session: &Session<'_>, repository: Option<&StorePath>) {
        let edges = self.manifests.values().flat_map(|node| &node.edges);
        let parts: BTreeSet<Digest> =
            edges.filter(|edge| edge.role != Role::Child).map(|edge| edge.digest).collect();
        let parts: Vec<Digest> = parts.into_iter().collect();
        let looked = each(session, &parts, |digest| {
            let (link, blob) = image::linked(session.store, repository, digest);
            let look = look::blob(session.store, &session.store.blob_path(blob), digest);
            Part { link, look, blob }
        });
        for (digest, part) in looked {
            if let Some(repository) = repository {
                image::note_unreadable(&mut self.errors, &layout::layer_link(repository, digest), &part.link);
            }
            image::note_unreadable(&mut self.errors, &session.store.blob_path(part.blob), &part.look);
            self.blobs.insert(digest, part);
        }
    }

    /// The configs are read of those images alone of which no index says what they run on.
    fn find_platforms(&mut self, session: &Session<'_>) {
        let edges = self.manifests.values().flat_map(|node| &node.edges);
        let stated: Vec<(Digest, Platform)> =
            edges.filter_map(|edge| Some((edge.digest, edge.platform.clone()?))).collect();
        for (digest, platform) in stated {
            if let Some(node) = self.manifests.get_mut(&digest) {
                node.platform.get_or_insert(platform);
            }
        }
        let unsaid = |node: &Node| node.platform.is_none() && !node.is_index && node.artifact_type.is_none();
        let of = self.manifests.iter().filter(|(_, node)| unsaid(node)).filter_map(|(digest, node)| {
            let config = node.edges.iter().find(|edge| edge.role == Role::Config)?;
            Some((*digest, config.digest))
        });
        let of: Vec<(Digest, Digest)> = of.collect();
        let distinct: HashSet<Digest> = of.iter().map(|(_, config)| *config).collect();
        let mut distinct: Vec<Digest> = distinct.into_iter().collect();
        distinct.sort_unstable();
        let blobs = &self.blobs;
        let read: HashMap<Digest, (Look, Option<Platform>)> = each(session, &distinct, |digest| {
            let blob = blobs.get(&digest).map_or(digest, |part| part.blob);
            let (look, config) = look::config(session.store, &session.store.blob_path(blob), &[digest, blob]);
            (look, config.and_then(image::platform))
        })
        .into_iter()
        .collect();
        for (digest, config) in of {
            if let (Some(node), Some((_, platform))) = (self.manifests.get_mut(&digest), read.get(&config)) {
                node.platform.clone_from(platform);
            }
        }
        for (digest, (look, _)) in read {
            if let Some(part) = self.blobs.get_mut(&digest) {
                image::note_unreadable(&mut self.errors, &session.store.blob_path(part.blob), &look);
                part.look.worsen(look.state, look.detail);
            }
        }
    }
}

/// Does something for each digest, many at a time, until the run is interrupted.
fn each<T: Send>(
    session: &Session<'_>,
    digests: &[Digest],
    f: impl Fn(Digest) -> T + Sync,
) -> Vec<(Digest, T)> {
    let one = |digest: &Digest| {
        if session.cancel.is_cancelled() {
            return None;
        }
        let done = f(*digest);
        session.progress.advance(Work::FILE);
        Some((*digest, done))
    };
    digests.par_iter().with_max_len(1).filter_map(one).collect()
}

fn node(session: &Session<'_>, repository: Option<&StorePath>, digest: Digest) -> Node {
    let link = repository.map_or(Look::FINE, |repository| {
        look::link_to(session.store, &layout::revision_link(repository, digest), digest)
    });
    let (look, manifest) = look::manifest(session.store, digest);
    let mut node = Node {
        link,
        look,
        media_type: None,
        artifact_type: None,
        is_index: false,
        platform: None,
        subject: None,
        edges: Vec::new(),
        names_unknown: false,
    };
    if let Some(manifest) = manifest {
        node.read(&manifest);
    }
    node
}

impl Node {
    fn read(&mut self, manifest: &Manifest) {
        self.media_type = Some(manifest.effective_media_type().to_owned());
        // An image is no artifact.
        let stated = manifest.type_of_artifact().filter(|stated| !media_type::is_image_config(stated));
        self.artifact_type = stated.map(str::to_owned);
        self.is_index = manifest.kind == Kind::Index;
        for (role, descriptor) in manifest.references() {
            let Name::Known(digest) = descriptor.digest else {
                self.names_unknown |= role != Role::Subject;
                continue;
            };
            if role == Role::Subject {
                self.subject = Some(digest);
                continue;
            }
            let platform = descriptor.platform.clone();
            let external = role == Role::Layer && descriptor.is_external();
            self.edges.push(Edge { role, digest, size: descriptor.size, external, platform });
        }
    }

    /// How well the manifest is there and linked.
    pub(super) fn state(&self) -> State {
        let linked = match self.link.state {
            State::Missing => State::Unlinked,
            other => other,
        };
        let names = if self.names_unknown { State::Malformed } else { State::Ok };
        self.look.state.max(linked).max(names)
    }
}

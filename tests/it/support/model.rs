//! What a store holds, kept beside it while it is built, and the naive answers that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::paths::Digest;

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) repos: BTreeMap<String, Repo>,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Repo {
    /// The digests that have a layer link, configs among them.
    pub(crate) layers: BTreeSet<Digest>,
    pub(crate) revisions: BTreeSet<Digest>,
    pub(crate) tags: BTreeMap<String, Tag>,
    pub(crate) uploads: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Tag {
    pub(crate) current: Digest,
    /// Every digest in the tag's index.
    pub(crate) history: BTreeSet<Digest>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Child,
    Config,
    Layer,
}

/// One reference of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) role: Role,
    pub(crate) digest: Digest,
    /// What the descriptor claims; schema 1 claims nothing.
    pub(crate) size: Option<u64>,
}

impl Model {
    pub(crate) fn repo(&mut self, repo: &str) -> &mut Repo {
        self.repos.entry(repo.to_owned()).or_default()
    }

    fn is_revision(&self, digest: &str) -> bool {
        self.repos.values().any(|repo| repo.revisions.contains(digest))
    }

    /// What a manifest names along config, layers and children; nothing for what is no manifest.
    pub(crate) fn edges(&self, digest: &str) -> Vec<Edge> {
        let Some(bytes) = self.blobs.get(digest).filter(|_| self.is_revision(digest)) else {
            return Vec::new();
        };
        let Ok(manifest) = serde_json::from_slice::<Value>(bytes) else { return Vec::new() };
        let mut edges = Vec::new();
        let mut add = |role, descriptor: &Value, name: &str| {
            if let Some(digest) = descriptor[name].as_str() {
                edges.push(Edge { role, digest: digest.to_owned(), size: descriptor["size"].as_u64() });
            }
        };
        add(Role::Config, &manifest["config"], "digest");
        for (member, role, name) in [
            ("layers", Role::Layer, "digest"),
            ("manifests", Role::Child, "digest"),
            ("fsLayers", Role::Layer, "blobSum"),
        ] {
            for descriptor in manifest[member].as_array().into_iter().flatten() {
                add(role, descriptor, name);
            }
        }
        edges
    }

    /// Every digest that an image needs, its own among them.
    pub(crate) fn needs(&self, digest: &str) -> BTreeSet<Digest> {
        let mut seen = BTreeSet::new();
        let mut open = vec![digest.to_owned()];
        while let Some(digest) = open.pop() {
            if seen.insert(digest.clone()) {
                open.extend(self.edges(&digest).into_iter().map(|edge| edge.digest));
            }
        }
        seen
    }

    /// The tags, of one repository if given, whose image needs `digest`, as `repo:tag`, sorted.
    fn tags_needing(&self, only: Option<&str>, digest: &str) -> Vec<String> {
        let mut affected = BTreeSet::new();
        for (name, repo) in &self.repos {
            if only.is_some_and(|only| only != name) {
                continue;
            }
            for (tag, place) in &repo.tags {
                if self.needs(&place.current).contains(digest) {
                    affected.insert(format!("{name}:{tag}"));
                }
            }
        }
        affected.into_iter().collect()
    }

    /// The tags that the loss of a blob hurts.
    pub(crate) fn affects(&self, digest: &str) -> Vec<String> {
        self.tags_needing(None, digest)
    }

    /// The tags that the loss of one repository's link to a blob hurts.
    pub(crate) fn affects_in(&self, repo: &str, digest: &str) -> Vec<String> {
        self.tags_needing(Some(repo), digest)
    }

    /// `(repository, edge)` for every reference of every revision.
    pub(crate) fn references(&self) -> Vec<(String, Edge)> {
        let mut all = Vec::new();
        for (name, repo) in &self.repos {
            for revision in &repo.revisions {
                all.extend(self.edges(revision).into_iter().map(|edge| (name.clone(), edge)));
            }
        }
        all
    }

    /// The members of `verify`'s summary that a sound store fixes.
    pub(crate) fn summary(&self) -> Value {
        let repos = || self.repos.values();
        let manifests: BTreeSet<_> = repos().flat_map(|repo| &repo.revisions).collect();
        let bytes: usize = self.blobs.values().map(Vec::len).sum();
        let links: usize = repos()
            .map(|repo| {
                let of_tags: usize = repo.tags.values().map(|tag| 1 + tag.history.len()).sum();
                repo.layers.len() + repo.revisions.len() + of_tags
            })
            .sum();
        json!({
            "repositories": self.repos.len(),
            "tags": repos().map(|repo| repo.tags.len()).sum::<usize>(),
            "manifests": manifests.len(),
            "blobs": self.blobs.len(),
            "bytes": bytes,
            "bytes_hashed": bytes,
            "links": links,
            "uploads": repos().map(|repo| repo.uploads.len()).sum::<usize>(),
            "errors": 0,
            "warnings": 0,
            "notes": 0,
            "affected_tags": 0,
        })
    }
}

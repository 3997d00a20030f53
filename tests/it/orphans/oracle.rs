//! A naive second opinion: it reads the disk anew, and follows references one set at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use walkdir::WalkDir;

use crate::support::paths::{self, Digest};
use crate::support::store::Store;

pub(super) struct Disk {
    pub(super) blobs: BTreeSet<Digest>,
    pub(super) repos: BTreeMap<String, Repo>,
    /// What sound manifests say.
    manifests: BTreeMap<Digest, Value>,
}

#[derive(Default)]
pub(super) struct Repo {
    pub(super) layers: BTreeMap<Digest, Digest>,
    pub(super) revisions: BTreeSet<Digest>,
    pub(super) tags: BTreeMap<String, Digest>,
}

/// What is alive.
pub(super) struct Alive {
    pub(super) blobs: BTreeSet<Digest>,
    /// What each repository's images are made of.
    pub(super) repos: BTreeMap<String, BTreeSet<Digest>>,
}

/// The digest that the directory of a file spells.
fn spelled(path: &Path) -> Option<Digest> {
    let names: Vec<_> = path.iter().map(|name| name.to_str().unwrap_or("")).collect();
    let [.., above, name, _] = names[..] else { return None };
    let algorithm = if above.len() == 2 { names[names.len() - 4] } else { above };
    let misplaced = above.len() == 2 && !name.starts_with(above);
    let length = match algorithm {
        "sha256" => 64,
        "sha512" => 128,
        _ => return None,
    };
    (name.len() == length && !misplaced).then(|| format!("{algorithm}:{name}"))
}

fn files(top: &Path, name: &str) -> Vec<(Digest, std::path::PathBuf)> {
    let all = WalkDir::new(top).into_iter().filter_map(Result::ok);
    let named = all.filter(|entry| entry.file_type().is_file() && entry.file_name() == name);
    named.filter_map(|entry| Some((spelled(entry.path())?, entry.into_path()))).collect()
}

impl Disk {
    pub(super) fn read(store: &Store) -> Self {
        let mut disk = Self { blobs: BTreeSet::new(), repos: BTreeMap::new(), manifests: BTreeMap::new() };
        for (digest, path) in files(&store.at("blobs"), "data") {
            let bytes = fs::read(path).unwrap();
            let is_sound = paths::sha256(&bytes) == digest;
            let manifest = serde_json::from_slice::<Value>(&bytes).ok().filter(|_| is_sound);
            if let Some(manifest) = manifest.filter(|manifest| !manifest["schemaVersion"].is_null()) {
                disk.manifests.insert(digest.clone(), manifest);
            }
            disk.blobs.insert(digest);
        }
        for name in store.model.repos.keys() {
            let at = |part: &str| store.at(&format!("{}/{part}", paths::repository(name)));
            let mut repo = Repo::default();
            for (digest, path) in files(&at("_layers"), "link") {
                repo.layers.insert(digest, String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
            }
            let revisions = files(&at("_manifests/revisions"), "link");
            repo.revisions = revisions.into_iter().map(|(digest, _)| digest).collect();
            for tag in fs::read_dir(at("_manifests/tags")).into_iter().flatten().filter_map(Result::ok) {
                let link = tag.path().join("current/link");
                // To open a FIFO that nobody writes to would wait for ever.
                if !link.symlink_metadata().is_ok_and(|link| link.is_file()) {
                    continue;
                }
                if let Ok(link) = fs::read_to_string(link) {
                    repo.tags.insert(tag.file_name().to_string_lossy().into_owned(), link);
                }
            }
            disk.repos.insert(name.clone(), repo);
        }
        disk
    }

    /// What a manifest names besides its subject, by any name of the bytes.
    fn names(&self, digest: &str) -> Vec<Digest> {
        let Some(manifest) = self.manifests.get(digest) else { return Vec::new() };
        let list = |name: &str| manifest[name].as_array().into_iter().flatten();
        // Its type decides which of its lists count; without one, an index is tried first.
        let stated = manifest["mediaType"].as_str();
        let is_index = stated.map_or(!manifest["manifests"].is_null(), |stated| {
            stated.contains("index") || stated.contains("list")
        });
        let parts: Vec<_> = if is_index {
            list("manifests").collect()
        } else {
            list("layers").chain([&manifest["config"]]).collect()
        };
        let mut named: Vec<_> = parts.into_iter().map(|item| &item["digest"]).collect();
        named.extend(manifest["fsLayers"].as_array().into_iter().flatten().map(|layer| &layer["blobSum"]));
        let named = named.into_iter().filter_map(|digest| digest.as_str().map(ToOwned::to_owned));
        let aliased = |digest: Digest| {
            let links = self.repos.values().filter_map(|repo| repo.layers.get(&digest));
            links
                .filter(|blob| !blob.starts_with("sha256") || digest.starts_with("sha512"))
                .cloned()
                .chain([digest.clone()])
                .collect::<Vec<_>>()
        };
        named.flat_map(aliased).collect()
    }

    pub(super) fn alive(&self, tags_only: bool) -> Alive {
        let mut alive = Alive { blobs: BTreeSet::new(), repos: BTreeMap::new() };
        for (name, repo) in &self.repos {
            let tagged = repo.tags.values().filter(|digest| repo.revisions.contains(*digest)).cloned();
            let mut here: BTreeSet<Digest> =
                if tags_only { tagged.collect() } else { repo.revisions.clone() };
            loop {
                let mut more: Vec<Digest> = here.iter().flat_map(|digest| self.names(digest)).collect();
                more.extend(
                    repo.revisions
                        .iter()
                        .filter(|revision| {
                            let subject =
                                self.manifests.get(*revision).and_then(|it| it["subject"]["digest"].as_str());
                            subject.is_some_and(|subject| here.contains(subject))
                        })
                        .cloned(),
                );
                let before = here.len();
                here.extend(more);
                if here.len() == before {
                    break;
                }
            }
            alive.blobs.extend(here.iter().cloned());
            alive.repos.insert(name.clone(), here);
        }
        alive.blobs.retain(|digest| self.blobs.contains(digest));
        alive
    }
}

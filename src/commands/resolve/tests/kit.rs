//! A store in a temporary directory, laid as a registry lays it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{Options, resolve};
use crate::cancel::Cancel;
use crate::digest::{Algorithm, Digest};
use crate::hash;
use crate::manifest::{Platform, media_type};
use crate::path::StorePath;
use crate::progress::Silent;
use crate::registry::layout;
use crate::report::resolve::ResolveReport;
use crate::session::Session;
use crate::store::Store;

pub(super) struct Kit(tempfile::TempDir);

pub(super) fn resolve_in(
    store: &Store,
    reference: &str,
    platform: Option<&str>,
    cancel: &Cancel,
) -> ResolveReport {
    let platform: Option<Platform> = platform.map(|platform| platform.parse().unwrap());
    let session = Session {
        store,
        jobs: 1,
        open_files: 32,
        backend: None,
        cancel,
        progress: &Silent,
        now: Timestamp::UNIX_EPOCH,
    };
    resolve(&session, &Options { reference: reference.parse().unwrap(), platform })
}

impl Kit {
    pub(super) fn new() -> Self {
        let kit = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(kit.at(&"blobs".into())).unwrap();
        fs::create_dir_all(kit.at(&"repositories".into())).unwrap();
        kit
    }

    /// `app:v1`: an index of one image of two layers.
    pub(super) fn sample() -> Self {
        let kit = Self::new();
        let image = kit.image("app", "amd64", 2);
        kit.tag("app", "v1", kit.index("app", &[(image, None)]));
        kit
    }

    pub(super) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn at(&self, path: &StorePath) -> PathBuf {
        self.root().join("docker/registry/v2").join(path.as_path())
    }

    pub(super) fn store(&self) -> Store {
        Store::open(Some(self.root())).unwrap()
    }

    pub(super) fn resolve(&self, reference: &str) -> ResolveReport {
        resolve_in(&self.store(), reference, None, &Cancel::never())
    }

    pub(super) fn resolve_for(&self, reference: &str, platform: &str) -> ResolveReport {
        resolve_in(&self.store(), reference, Some(platform), &Cancel::never())
    }

    pub(super) fn write(&self, path: &StorePath, bytes: &[u8]) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(super) fn read(&self, path: &StorePath) -> Vec<u8> {
        fs::read(self.at(path)).unwrap()
    }

    pub(super) fn remove(&self, path: &StorePath) {
        fs::remove_file(self.at(path)).unwrap();
    }

    /// Writes a file beside the store.
    pub(super) fn write_elsewhere(&self, bytes: &[u8]) -> PathBuf {
        let path = self.root().join("elsewhere");
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) fn set_time(&self, path: &StorePath, seconds: i64) {
        filetime::set_file_mtime(self.at(path), filetime::FileTime::from_unix_time(seconds, 0)).unwrap();
    }

    pub(super) fn blob(&self, bytes: &[u8]) -> Digest {
        let digest = hash::digest(Algorithm::Sha256, bytes);
        self.blob_as(digest, bytes);
        digest
    }

    pub(super) fn blob_as(&self, digest: Digest, bytes: &[u8]) {
        self.write(&layout::blob_data(digest), bytes);
    }

    pub(super) fn revision(&self, repository: &str, digest: Digest) {
        let path = layout::revision_link(&layout::repository(repository), digest);
        self.write(&path, digest.to_string().as_bytes());
    }

    pub(super) fn tag(&self, repository: &str, tag: &str, digest: Digest) {
        let repository = layout::repository(repository);
        for path in [layout::tag_index(&repository, tag, digest), layout::tag_current(&repository, tag)] {
            self.write(&path, digest.to_string().as_bytes());
        }
    }

    pub(super) fn descriptor(digest: Digest, media_type: &str, size: usize) -> Value {
        json!({"mediaType": media_type, "digest": digest, "size": size})
    }

    /// A blob with its layer link.
    pub(super) fn part(&self, repository: &str, bytes: &[u8], media_type: &str) -> Value {
        let digest = self.blob(bytes);
        let link = layout::layer_link(&layout::repository(repository), digest);
        self.write(&link, digest.to_string().as_bytes());
        Self::descriptor(digest, media_type, bytes.len())
    }

    pub(super) fn config(&self, repository: &str, architecture: &str) -> Value {
        let config = json!({"os": "linux", "architecture": architecture}).to_string();
        self.part(repository, config.as_bytes(), media_type::OCI_CONFIG)
    }

    pub(super) fn image(&self, repository: &str, architecture: &str, layers: usize) -> Digest {
        let layers: Vec<Value> = (0..layers)
            .map(|n| {
                let bytes = format!("layer {n} of {repository} for {architecture}");
                self.part(repository, bytes.as_bytes(), media_type::OCI_LAYER)
            })
            .collect();
        self.manifest(repository, &json!(layers), architecture)
    }

    pub(super) fn manifest(&self, repository: &str, layers: &Value, architecture: &str) -> Digest {
        let config = self.config(repository, architecture);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": config, "layers": layers,
        });
        let digest = self.blob(manifest.to_string().as_bytes());
        self.revision(repository, digest);
        digest
    }

    pub(super) fn index(&self, repository: &str, children: &[(Digest, Option<&str>)]) -> Digest {
        let mut sizes = std::collections::HashMap::new();
        let children: Vec<Value> = children
            .iter()
            .map(|(digest, platform)| {
                let size =
                    *sizes.entry(digest).or_insert_with(|| self.read(&layout::blob_data(*digest)).len());
                let mut child = json!({"digest": digest, "size": size});
                if let Some((os, architecture)) = platform.and_then(|platform| platform.split_once('/')) {
                    child["platform"] = json!({"os": os, "architecture": architecture});
                }
                child
            })
            .collect();
        let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": children});
        let digest = self.blob(index.to_string().as_bytes());
        self.revision(repository, digest);
        digest
    }
}

//! Images of every kind a registry has stored, pushed as a client pushes them: blobs and their layer links first, then
//! the manifest and its revision link.

use serde_json::{Value, json};

use super::paths::{self, Digest};
use super::store::Store;
use super::tar;

pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub(crate) const FOREIGN_LAYER: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Docker,
    Oci,
    /// OCI without the optional `mediaType` member.
    Untyped,
}

#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) digest: Digest,
    pub(crate) size: usize,
    pub(crate) diff_id: Digest,
}

impl Layer {
    pub(crate) fn descriptor(&self) -> Value {
        json!({ "mediaType": OCI_LAYER, "size": self.size, "digest": self.digest })
    }
}

impl Dialect {
    fn pick(self, docker: &'static str, oci: &'static str) -> &'static str {
        if self == Self::Docker { docker } else { oci }
    }

    fn stamp(self, mut manifest: Value, docker: &'static str, oci: &'static str) -> Value {
        if self != Self::Untyped {
            manifest["mediaType"] = self.pick(docker, oci).into();
        }
        manifest
    }
}

impl Store {
    /// A gzipped tar of one file whose content is `text`.
    pub(crate) fn layer(&mut self, text: &str) -> Layer {
        let tar = tar::archive("file", text.as_bytes());
        let gzip = tar::gzip(&tar);
        Layer { size: gzip.len(), diff_id: paths::sha256(&tar), digest: self.blob(gzip) }
    }

    /// An image config, linked in `repo`.
    pub(crate) fn config(&mut self, repo: &str, architecture: &str, diff_ids: &[&str]) -> Digest {
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let digest = self.blob(config.to_string());
        self.link_layer(repo, &digest);
        digest
    }

    /// Descriptor of a stored blob.
    pub(crate) fn descriptor(&self, media_type: &str, digest: &str) -> Value {
        json!({ "mediaType": media_type, "size": self.model.blobs[digest].len(), "digest": digest })
    }

    /// Stores manifest bytes as a revision.
    pub(crate) fn manifest(&mut self, repo: &str, bytes: impl Into<Vec<u8>>) -> Digest {
        let digest = self.blob(bytes);
        self.link_revision(repo, &digest);
        digest
    }

    /// An image for `linux/<architecture>`, its layers mounted into `repo`.
    pub(crate) fn image(
        &mut self,
        repo: &str,
        dialect: Dialect,
        architecture: &str,
        layers: &[Layer],
    ) -> Digest {
        let diff_ids: Vec<_> = layers.iter().map(|layer| layer.diff_id.as_str()).collect();
        let config = self.config(repo, architecture, &diff_ids);
        for layer in layers {
            self.link_layer(repo, &layer.digest);
        }
        let layer_type = dialect.pick(DOCKER_LAYER, OCI_LAYER);
        let manifest = json!({
            "schemaVersion": 2,
            "config": self.descriptor(dialect.pick(DOCKER_CONFIG, OCI_CONFIG), &config),
            "layers": layers.iter().map(|l| self.descriptor(layer_type, &l.digest)).collect::<Vec<_>>(),
        });
        self.manifest(repo, dialect.stamp(manifest, DOCKER_MANIFEST, OCI_MANIFEST).to_string())
    }

    /// An index over manifests of the repository, each with an architecture.
    pub(crate) fn index(&mut self, repo: &str, dialect: Dialect, children: &[(&str, &str)]) -> Digest {
        let children: Vec<_> = children
            .iter()
            .map(|(digest, architecture)| {
                let mut child = self.descriptor(&self.media_type(digest), digest);
                child["platform"] = json!({ "architecture": architecture, "os": "linux" });
                child
            })
            .collect();
        let index = json!({ "schemaVersion": 2, "manifests": children });
        self.manifest(repo, dialect.stamp(index, DOCKER_LIST, OCI_INDEX).to_string())
    }

    /// The media type that a client pushed a stored manifest with.
    fn media_type(&self, digest: &str) -> String {
        let manifest: Value = serde_json::from_slice(&self.model.blobs[digest]).unwrap();
        let assumed = if manifest["manifests"].is_null() { OCI_MANIFEST } else { OCI_INDEX };
        manifest["mediaType"].as_str().unwrap_or(assumed).to_owned()
    }

    /// An artifact, say a signature, whose `subject` is a manifest of the repository or none that exists.
    pub(crate) fn artifact(&mut self, repo: &str, subject: &str, text: &str) -> Digest {
        let config = self.blob("{}");
        let layer = self.blob(text);
        self.link_layer(repo, &config);
        self.link_layer(repo, &layer);
        let size = self.model.blobs.get(subject).map_or(100, Vec::len);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": "application/vnd.example.signature",
            "config": self.descriptor("application/vnd.oci.empty.v1+json", &config),
            "layers": [self.descriptor("application/vnd.example.signature", &layer)],
            "subject": { "mediaType": OCI_MANIFEST, "size": size, "digest": subject },
        });
        self.manifest(repo, manifest.to_string())
    }

    /// A Docker image whose first layer is stored elsewhere, by design.
    pub(crate) fn image_with_foreign_layer(&mut self, repo: &str, layer: &Layer) -> (Digest, Digest) {
        let foreign = paths::sha256(b"a layer that its vendor does not let anyone distribute");
        let config = self.config(repo, "amd64", &[&foreign, &layer.diff_id]);
        self.link_layer(repo, &layer.digest);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": self.descriptor(DOCKER_CONFIG, &config),
            "layers": [
                { "mediaType": FOREIGN_LAYER, "size": 1 << 30, "digest": foreign, "urls": ["https://example.com/l"] },
                self.descriptor(DOCKER_LAYER, &layer.digest),
            ],
        });
        (self.manifest(repo, manifest.to_string()), foreign)
    }

    /// A Docker schema 1 image: what is stored is the payload, without signatures.
    pub(crate) fn schema1(&mut self, repo: &str, tag: &str, layers: &[Layer]) -> Digest {
        for layer in layers {
            self.link_layer(repo, &layer.digest);
        }
        let history: Vec<_> = layers.iter().map(|_| json!({ "v1Compatibility": "{\"id\":\"x\"}" })).collect();
        let manifest = json!({
            "schemaVersion": 1,
            "name": repo,
            "tag": tag,
            "architecture": "amd64",
            "fsLayers": layers.iter().map(|l| json!({ "blobSum": l.digest })).collect::<Vec<_>>(),
            "history": history,
        });
        self.manifest(repo, serde_json::to_vec_pretty(&manifest).unwrap())
    }
}

//! An OCI image layout on disk, as image-spec says that one is written.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::paths::{self, Digest};
use super::tar;

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

pub(crate) struct Layout {
    dir: TempDir,
    entries: Vec<Value>,
}

impl Layout {
    /// A layout that lists nothing.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let layout = Self { dir, entries: Vec::new() };
        fs::create_dir_all(layout.root().join("blobs/sha256")).unwrap();
        layout.write("oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#);
        layout.save();
        layout
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("layout")
    }

    pub(crate) fn root_text(&self) -> String {
        self.root().to_str().unwrap().to_owned()
    }

    /// A place beside the layout.
    pub(crate) fn outside(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        fs::write(self.at(path), content).unwrap();
    }

    pub(crate) fn blob(&self, content: impl AsRef<[u8]>) -> Digest {
        let digest = paths::sha256(content.as_ref());
        self.write(&path_of(&digest), content);
        digest
    }

    pub(crate) fn descriptor(&self, media_type: &str, digest: &str) -> Value {
        let size = fs::metadata(self.at(&path_of(digest))).unwrap().len();
        json!({ "mediaType": media_type, "digest": digest, "size": size })
    }

    /// An image of these layers, each a file of that text; it is not listed.
    pub(crate) fn image(&self, layers: &[&str]) -> Digest {
        let mut diff_ids = Vec::new();
        let mut descriptors = Vec::new();
        for text in layers {
            let archive = tar::archive("file", text.as_bytes());
            diff_ids.push(paths::sha256(&archive));
            descriptors.push(self.descriptor(LAYER, &self.blob(tar::gzip(&archive))));
        }
        let config = json!({ "os": "linux", "architecture": "amd64", "rootfs": { "type": "layers", "diff_ids": diff_ids } });
        let config = self.descriptor(CONFIG, &self.blob(config.to_string()));
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": descriptors });
        self.blob(manifest.to_string())
    }

    /// A manifest that is about another.
    pub(crate) fn artifact(&self, subject: &str) -> Digest {
        let empty = self.descriptor("application/vnd.oci.empty.v1+json", &self.blob("{}"));
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.example.signature",
            "config": empty, "layers": [empty],
            "subject": { "mediaType": MANIFEST, "digest": subject, "size": 100 },
        });
        self.blob(manifest.to_string())
    }

    /// An index of these manifests; it is not listed.
    pub(crate) fn index(&self, media_type: &str, children: &[&str]) -> Digest {
        let children: Vec<Value> = children.iter().map(|child| self.descriptor(media_type, child)).collect();
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": children });
        self.blob(index.to_string())
    }

    /// Lists a blob, with a name or without.
    pub(crate) fn list(&mut self, media_type: &str, digest: &str, name: Option<&str>) {
        let mut entry = self.descriptor(media_type, digest);
        if let Some(name) = name {
            entry["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
        }
        self.entries.push(entry);
        self.save();
    }

    fn save(&self) {
        let index = json!({ "schemaVersion": 2, "manifests": self.entries });
        self.write("index.json", index.to_string());
    }
}

pub(crate) fn path_of(digest: &str) -> String {
    let (algorithm, hex) = digest.split_once(':').unwrap();
    format!("blobs/{algorithm}/{hex}")
}

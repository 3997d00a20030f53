//! A Docker engine's data root, written as moby writes it, without an engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::paths::{self, Digest};
use super::tar;

pub(crate) const DRIVER: &str = "image/overlay2";

pub(crate) struct Engine {
    dir: TempDir,
    /// `repositories.json`, name by name.
    names: BTreeMap<String, BTreeMap<String, String>>,
    /// How many directories the driver has: their names are numbers.
    directories: u64,
}

/// A layer as it was registered.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) chain: Digest,
    pub(crate) diff: Digest,
    pub(crate) cache_id: String,
}

impl Layer {
    /// A file of it, relative to the root.
    pub(crate) fn file(&self, name: &str) -> String {
        format!("{DRIVER}/layerdb/sha256/{}/{name}", paths::hex(&self.chain))
    }

    pub(crate) fn files(&self) -> String {
        format!("overlay2/{}/diff", self.cache_id)
    }
}

impl Engine {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let engine = Self { dir, names: BTreeMap::new(), directories: 0 };
        for path in [
            "imagedb/content/sha256",
            "imagedb/metadata/sha256",
            "layerdb/sha256",
            "layerdb/mounts",
            "layerdb/tmp",
        ] {
            fs::create_dir_all(engine.at(&format!("{DRIVER}/{path}"))).unwrap();
        }
        fs::create_dir_all(engine.at("overlay2/l")).unwrap();
        fs::create_dir_all(engine.at("containers")).unwrap();
        engine.save();
        engine
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("docker")
    }

    pub(crate) fn root_text(&self) -> String {
        self.root().to_str().unwrap().to_owned()
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A new directory of the driver, with something in it.
    pub(crate) fn directory(&mut self, content: &str) -> String {
        self.directories += 1;
        let id = paths::hex(&paths::sha256(self.directories.to_string().as_bytes())).to_owned();
        self.write(&format!("overlay2/{id}/diff/file"), content);
        id
    }

    /// A layer of these files (name and content) on top of others; one that is there already is taken.
    pub(crate) fn layer(&mut self, parent: Option<&Layer>, files: &[(&str, &str)]) -> Layer {
        let (archive, tar_split) = split(files);
        let diff = paths::sha256(&archive);
        let chain = match parent {
            None => diff.clone(),
            Some(parent) => paths::sha256(format!("{} {diff}", parent.chain).as_bytes()),
        };
        let mut layer = Layer { chain, diff, cache_id: String::new() };
        if let Ok(cache_id) = fs::read_to_string(self.at(&layer.file("cache-id"))) {
            layer.cache_id = cache_id;
            return layer;
        }
        self.directories += 1;
        let number = paths::sha256(self.directories.to_string().as_bytes());
        paths::hex(&number).clone_into(&mut layer.cache_id);
        fs::create_dir_all(self.at(&layer.files())).unwrap();
        for (name, content) in files {
            self.write(&format!("{}/{name}", layer.files()), content);
        }
        self.write(&layer.file("diff"), &layer.diff);
        if let Some(parent) = parent {
            self.write(&layer.file("parent"), &parent.chain);
        }
        self.write(&layer.file("cache-id"), &layer.cache_id);
        let size: usize = files.iter().map(|(_, content)| content.len()).sum();
        self.write(&layer.file("size"), size.to_string());
        self.write(&layer.file("tar-split.json.gz"), tar::gzip(&tar_split));
        let blob = origin(&layer.diff);
        let metadata = json!([{ "Digest": blob, "SourceRepository": "docker.io/library/app", "HMAC": "" }]);
        self.write(
            &format!("{DRIVER}/distribution/v2metadata-by-diffid/sha256/{}", paths::hex(&layer.diff)),
            metadata.to_string(),
        );
        self.write(
            &format!("{DRIVER}/distribution/diffid-by-digest/sha256/{}", paths::hex(&blob)),
            &layer.diff,
        );
        layer
    }

    /// An image of these layers, from the base up; each a file of that text.
    pub(crate) fn image(&mut self, names: &[&str], texts: &[&str]) -> (Digest, Vec<Layer>) {
        let mut layers: Vec<Layer> = Vec::new();
        for text in texts {
            let layer = self.layer(layers.last(), &[("etc/file", text), ("empty", "")]);
            layers.push(layer);
        }
        let diff_ids: Vec<&str> = layers.iter().map(|layer| layer.diff.as_str()).collect();
        let config = json!({
            "architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z",
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = config.to_string();
        let id = paths::sha256(config.as_bytes());
        self.write(&content(&id), config);
        for name in names {
            self.name(name, &id);
        }
        (id, layers)
    }

    /// Gives an image a name: `app:v1` or `app@sha256:…`.
    pub(crate) fn name(&mut self, name: &str, id: &str) {
        let repository = name.split_once('@').or_else(|| name.rsplit_once(':')).unwrap().0;
        self.names.entry(repository.to_owned()).or_default().insert(name.to_owned(), id.to_owned());
        self.save();
    }

    /// A container on top of a layer, made of an image; its id.
    pub(crate) fn container(&mut self, name: &str, image: &str, top: &Layer) -> String {
        let id = paths::hex(&paths::sha256(name.as_bytes())).to_owned();
        let (mount, init) = (self.directory("changed"), self.directory("init"));
        let dir = format!("{DRIVER}/layerdb/mounts/{id}");
        self.write(&format!("{dir}/mount-id"), mount);
        self.write(&format!("{dir}/init-id"), init);
        self.write(&format!("{dir}/parent"), &top.chain);
        let config = json!({ "ID": id, "Image": image, "Name": format!("/{name}"), "Driver": "overlay2" });
        self.write(&format!("containers/{id}/config.v2.json"), config.to_string());
        id
    }

    fn save(&self) {
        let names: Value = json!({ "Repositories": self.names });
        self.write(&format!("{DRIVER}/repositories.json"), names.to_string());
    }
}

/// Where an image's config is.
pub(crate) fn content(id: &str) -> String {
    format!("{DRIVER}/imagedb/content/sha256/{}", paths::hex(id))
}

/// What the layer came as, so to say.
pub(crate) fn origin(diff: &str) -> Digest {
    paths::sha256(format!("compressed {diff}").as_bytes())
}

/// A tar archive of files, and what tar-split keeps of it: every byte that is of no file.
fn split(files: &[(&str, &str)]) -> (Vec<u8>, Vec<u8>) {
    let mut archive = Vec::new();
    let mut lines = String::new();
    let mut between: Vec<u8> = Vec::new();
    let mut position = 0;
    let mut line = |value: Value| {
        let mut value = value;
        value["position"] = json!(position);
        position += 1;
        lines += &value.to_string();
        lines.push('\n');
    };
    for (name, content) in files {
        let one = tar::archive(name, content.as_bytes());
        // The archive of one file ends with two blocks of nothing, which only the last has.
        let one = &one[..one.len() - 1024];
        let (header, rest) = one.split_at(512);
        between.extend_from_slice(header);
        line(json!({ "type": 2, "payload": base64(&between) }));
        line(json!({ "type": 1, "name": name, "size": content.len(), "payload": "AAAAAAAAAAA=" }));
        between = rest[content.len()..].to_vec();
        archive.extend_from_slice(one);
    }
    between.extend_from_slice(&[0; 1024]);
    line(json!({ "type": 2, "payload": base64(&between) }));
    archive.extend_from_slice(&[0; 1024]);
    (archive, lines.into_bytes())
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for triple in bytes.chunks(3) {
        let bits =
            triple.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - triple.len()));
        for at in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap();
            text.push(if at <= triple.len() { char::from(DIGITS[digit]) } else { '=' });
        }
    }
    text
}

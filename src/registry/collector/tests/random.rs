//! Random stores: images and indexes in a few repositories with much in common, then a few things broken.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::digest::{Algorithm, Digest};
use crate::hash;
use crate::registry::layout;

type Files = BTreeMap<String, Vec<u8>>;

/// `splitmix64`: the same stores from the same seed, everywhere.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const NAMES: [&str; 12] =
    ["a", "a/b", "a/0", "a/0/b", "b", "c/d", "lib/x.y", "m__n/o", "z-1", "Foo/bar", "0", "a/b/c"];
const IMAGE: [&str; 2] =
    ["application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"];
const INDEX: [&str; 2] =
    ["application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json"];

/// The files of a store, and directories that must be there without any.
pub(super) fn store(random: &mut Random) -> (Files, Vec<String>) {
    let mut making = Making { random, files: Files::new(), layers: Vec::new(), manifests: Vec::new() };
    for number in 0..6 {
        let layer = making.blob(format!("layer {number}").as_bytes());
        making.layers.push(layer);
    }
    let count = 1 + making.random.below(4);
    let mut names: Vec<&str> = (0..count).map(|_| *making.random.pick(&NAMES)).collect();
    names.dedup();
    for name in &names {
        making.repository(name);
    }
    let mut dirs = Vec::new();
    let damages = if making.random.chance(25) { 0 } else { 1 + making.random.below(4) };
    for _ in 0..damages {
        damage(making.random, &mut making.files, &mut dirs);
    }
    for dir in ["blobs", "repositories"] {
        if !making.random.chance(1) {
            dirs.push(dir.to_owned());
        }
    }
    let mut files = making.files;
    // What stands in a directory in place of a file is not looked at.
    files.retain(|path, _| !path.contains("/link/") && !path.contains("/data/"));
    dirs.retain(|dir| !files.keys().any(|file| dir == file || dir.starts_with(&format!("{file}/"))));
    let all: Vec<String> = files.keys().cloned().chain(dirs.iter().cloned()).collect();
    files.retain(|file, _| !all.iter().any(|other| other.starts_with(&format!("{file}/"))));
    (files, dirs)
}

struct Making<'a> {
    random: &'a mut Random,
    files: Files,
    layers: Vec<Digest>,
    /// What any repository has as a manifest, with its media type.
    manifests: Vec<(Digest, String)>,
}

fn text(path: &crate::path::StorePath) -> String {
    path.to_string()
}

impl Making<'_> {
    fn blob(&mut self, bytes: &[u8]) -> Digest {
        let digest = hash::digest(Algorithm::Sha256, bytes);
        self.files.insert(text(&layout::blob_data(digest)), bytes.to_vec());
        digest
    }

    fn link(&mut self, path: &crate::path::StorePath, digest: Digest) {
        self.files.insert(text(path), digest.to_string().into_bytes());
    }

    fn repository(&mut self, name: &str) {
        let path = layout::repository(name);
        for _ in 0..=self.random.below(4) {
            let manifest = if self.random.chance(25) { self.index() } else { self.image(&path) };
            let is_linked = !self.random.chance(4);
            if is_linked {
                self.link(&layout::revision_link(&path, manifest), manifest);
            }
            if self.random.chance(60) {
                let tag = *self.random.pick(&["latest", "v1", "v2", "_x", "sha256-abc.sig"]);
                self.link(&layout::tag_current(&path, tag), manifest);
                self.link(&layout::tag_index(&path, tag, manifest), manifest);
            }
        }
        for _ in 0..self.random.below(3) {
            if !self.manifests.is_empty() && self.random.chance(40) {
                let manifest = self.random.pick(&self.manifests).0;
                self.link(&layout::revision_link(&path, manifest), manifest);
            }
        }
        if self.random.chance(10) {
            self.alias(&path);
        }
        if self.random.chance(30) {
            let layer = *self.random.pick(&self.layers);
            self.link(&layout::layer_link(&path, layer), layer);
        }
    }

    /// A layer pushed by its SHA-512.
    fn alias(&mut self, path: &crate::path::StorePath) {
        let bytes = b"aliased";
        let layer = self.blob(bytes);
        let alias = hash::digest(Algorithm::Sha512, bytes);
        self.link(&layout::layer_link(path, layer), layer);
        self.link(&layout::layer_link(path, alias), layer);
        let media_type = IMAGE[0];
        let body = json!({"schemaVersion": 2, "mediaType": media_type, "config": {"digest": layer, "size": 1},
            "layers": [{"digest": alias, "size": 1}]});
        let manifest = self.blob(body.to_string().as_bytes());
        self.link(&layout::revision_link(path, manifest), manifest);
    }

    fn descriptor(&self, digest: Digest, media_type: &str) -> Value {
        let size = self.files.get(&text(&layout::blob_data(digest))).map_or(0, Vec::len);
        json!({"mediaType": media_type, "digest": digest, "size": size})
    }

    fn image(&mut self, path: &crate::path::StorePath) -> Digest {
        let config = self.random.next() % 20;
        let config = self.blob(format!("{{\"config\":{config}}}").as_bytes());
        let layers: Vec<Digest> =
            (0..self.random.below(4)).map(|_| *self.random.pick(&self.layers)).collect();
        for &digest in layers.iter().chain([&config]) {
            if !self.random.chance(4) {
                self.link(&layout::layer_link(path, digest), digest);
            }
        }
        if self.random.chance(6) {
            let sums: Vec<Value> = layers.iter().map(|layer| json!({"blobSum": layer})).collect();
            let body = json!({"schemaVersion": 1, "name": "x", "tag": "y", "fsLayers": sums, "history": []});
            return self.blob(serde_json::to_string_pretty(&body).unwrap().as_bytes());
        }
        let media_type = *self.random.pick(&IMAGE);
        let mut layers: Vec<Value> =
            layers.iter().map(|layer| self.descriptor(*layer, "application/x")).collect();
        if !self.manifests.is_empty() && self.random.chance(8) {
            let (manifest, media_type) = self.random.pick(&self.manifests).clone();
            layers.push(self.descriptor(manifest, &media_type));
        }
        let mut body = json!({"schemaVersion": 2, "mediaType": media_type, "layers": layers,
            "config": self.descriptor(config, "application/vnd.oci.image.config.v1+json")});
        if self.random.chance(20) && !self.manifests.is_empty() {
            let (subject, media_type) = self.random.pick(&self.manifests).clone();
            body["subject"] = self.descriptor(subject, &media_type);
        }
        if self.random.chance(15) {
            body.as_object_mut().unwrap().remove("mediaType");
        }
        self.manifest(&body, media_type)
    }

    fn index(&mut self) -> Digest {
        let mut children = Vec::new();
        for _ in 0..self.random.below(4) {
            if !self.manifests.is_empty() {
                let (child, media_type) = self.random.pick(&self.manifests).clone();
                children.push(self.descriptor(child, &media_type));
            }
        }
        let media_type = *self.random.pick(&INDEX);
        let mut body = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": children});
        if self.random.chance(20) {
            body.as_object_mut().unwrap().remove("mediaType");
        }
        self.manifest(&body, media_type)
    }

    fn manifest(&mut self, body: &Value, media_type: &str) -> Digest {
        let digest = self.blob(body.to_string().as_bytes());
        self.manifests.push((digest, media_type.to_owned()));
        digest
    }
}

/// Names that mean something somewhere.
const STRAYS: [&str; 22] = [
    "link",
    "data",
    "_x",
    "_layers",
    "_manifests",
    "_uploads",
    "current",
    "index",
    "tags",
    "revisions",
    "signatures",
    ".DS_Store",
    "x.tmp",
    "a b",
    "Upper",
    "sha256",
    "zz",
    "ab",
    "b",
    "md5",
    "link.0190.tmp",
    "é",
];
const BODIES: [&[u8]; 12] = [
    b"",
    b"{}",
    b"null",
    b"nonsense",
    b"[]",
    b"{\"schemaVersion\":2}",
    b"{\"schemaVersion\":3}",
    b"{\"schemaVersion\":2,\"mediaType\":\"application/x-foo\"}",
    b"{\"schemaVersion\":2,\"manifests\":\"\"}",
    b"{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"md5:aa\"},{\"digest\":\"\"}]}",
    b"{\"schemaVersion\":1,\"fsLayers\":[]}",
    b"{\"schemaVersion\":2,\"layers\":5}",
];

fn damage(random: &mut Random, files: &mut Files, dirs: &mut Vec<String>) {
    let paths: Vec<String> = files.keys().cloned().collect();
    if paths.is_empty() {
        return;
    }
    let links: Vec<String> = paths.iter().filter(|path| path.ends_with("/link")).cloned().collect();
    let path = if random.chance(60) && !links.is_empty() { random.pick(&links) } else { random.pick(&paths) }
        .clone();
    let parts: Vec<&str> = path.split('/').collect();
    let ancestor = parts[..=random.below(parts.len())].join("/");
    match random.below(9) {
        0 => drop(files.remove(&path)),
        1 => {
            let prefix = format!("{ancestor}/");
            files.retain(|file, _| *file != ancestor && !file.starts_with(&prefix));
            if random.chance(50) {
                dirs.push(ancestor);
            } else if random.chance(30) {
                files.insert(ancestor, b"x".to_vec());
            }
        }
        2 | 3 => {
            let content = link_content(random, files);
            files.insert(path, content);
        }
        4 => {
            let above = parts[..random.below(parts.len())].join("/");
            let name = *random.pick(&STRAYS);
            let stray = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
            if random.chance(70) {
                let content = link_content(random, files);
                files.entry(stray).or_insert(content);
            } else {
                dirs.push(stray);
            }
        }
        5 => {
            // The same bytes a little elsewhere: another fan-out, another algorithm, one directory more or less.
            let mut parts: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
            let at = 1 + random.below(parts.len() - 1);
            match random.below(4) {
                0 => drop(parts.remove(at)),
                1 => parts.insert(at, (*random.pick(&STRAYS)).to_owned()),
                2 => (*random.pick(&STRAYS)).clone_into(&mut parts[at]),
                _ => parts.insert(parts.len() - 1, "signatures/sha256".to_owned() + "/" + &"0".repeat(64)),
            }
            let bytes = if random.chance(50) { files.remove(&path) } else { files.get(&path).cloned() };
            files.insert(parts.join("/"), bytes.unwrap_or_default());
        }
        6 => {
            let blobs: Vec<&String> = paths.iter().filter(|path| path.starts_with("blobs/")).collect();
            let manifests: Vec<&&String> =
                blobs.iter().filter(|path| files[**path].starts_with(b"{")).collect();
            if !manifests.is_empty() {
                let path = (**random.pick(&manifests)).clone();
                files.insert(path, random.pick(&BODIES).to_vec());
            }
        }
        7 => {
            // A whole repository elsewhere.
            let to = *random.pick(&["Upper", "a/_x", "q", "a b", "a..b", "q/r"]);
            let from = parts.iter().position(|part| part.starts_with('_')).map(|at| parts[..at].join("/"));
            if let Some(from) = from.filter(|from| from.starts_with("repositories/")) {
                let moved: Vec<String> =
                    paths.iter().filter(|p| p.starts_with(&format!("{from}/_"))).cloned().collect();
                for path in moved {
                    let bytes = files.remove(&path).unwrap_or_default();
                    files.insert(format!("repositories/{to}{}", &path[from.len()..]), bytes);
                }
            }
        }
        _ => {
            if path.ends_with("/data") && random.chance(20) {
                files.insert(path, vec![b' '; 4 * 1024 * 1024 + 1]);
            } else {
                files.remove(&path);
                dirs.push(path);
            }
        }
    }
}

fn link_content(random: &mut Random, files: &Files) -> Vec<u8> {
    let blobs: Vec<&String> = files.keys().filter(|path| path.starts_with("blobs/sha256/")).collect();
    let hex = if blobs.is_empty() {
        "0".repeat(64)
    } else {
        random.pick(&blobs).split('/').rev().nth(1).unwrap_or_default().to_owned()
    };
    let text = match random.below(9) {
        0 => String::new(),
        1 => format!("sha256:{hex}\n"),
        2 => format!("sha256:{}", hex.to_uppercase()),
        3 => "md5:d41d8cd98f00b204e9800998ecf8427e".to_owned(),
        4 => format!("sha512:{hex}{hex}"),
        5 => format!("sha256:{}", "0".repeat(64)),
        _ => format!("sha256:{hex}"),
    };
    text.into_bytes()
}

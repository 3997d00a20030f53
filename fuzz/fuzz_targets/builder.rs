//! Writes stores as a registry does, then harms them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use arbitrary::Arbitrary;
use regfs::digest::{Algorithm, Digest};
use regfs::hash;
use tempfile::TempDir;

const REPOSITORIES: [&str; 3] = ["a", "a/b", "team/app"];
const TAGS: [&str; 3] = ["v1", "latest", "sha256-00.sig"];

#[derive(Arbitrary, Debug)]
pub struct Image {
    repository: u8,
    tag: Option<u8>,
    layers: Vec<u8>,
    /// Joins the images before it as an index.
    index: bool,
    subject: bool,
    /// Put in place of the manifest's text, at some place.
    noise: Option<(u16, Vec<u8>)>,
}

#[derive(Arbitrary, Debug)]
pub enum Damage {
    Flip(u16, u16),
    Empty(u16),
    Fill(u16, Vec<u8>),
    Remove(u16),
    Link(u16),
    Directory(u16),
    Swap(u16, u16),
    Stray(Vec<u8>, Vec<u8>),
}

pub struct Store {
    dir: TempDir,
    v2: PathBuf,
    pub digests: Vec<Digest>,
}

impl Store {
    pub fn build(images: &[Image], damages: &[Damage]) -> Self {
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory");
        let v2 = dir.path().join("docker/registry/v2");
        for name in ["blobs", "repositories"] {
            fs::create_dir_all(v2.join(name)).expect("a directory");
        }
        let mut store = Self { dir, v2, digests: Vec::new() };
        for image in images.iter().take(8) {
            store.push(image);
        }
        for damage in damages.iter().take(6) {
            store.harm(damage);
        }
        store
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.v2.join(path);
        if let Some(parent) = path.parent() {
            let _ = fs::create_dir_all(parent);
        }
        let _ = fs::write(path, content);
    }

    fn blob(&self, content: &[u8]) -> Digest {
        let digest = hash::digest(Algorithm::Sha256, content);
        let hex = digest.hex();
        self.write(&format!("blobs/sha256/{}/{hex}/data", &hex[..2]), content);
        digest
    }

    fn push(&mut self, image: &Image) {
        let repository = format!("repositories/{}", REPOSITORIES[usize::from(image.repository) % REPOSITORIES.len()]);
        let descriptor = |digest: &Digest, size: usize, kind: &str| {
            format!(r#"{{"mediaType":"application/vnd.oci.image.{kind}","digest":"{digest}","size":{size}}}"#)
        };
        let link = |directory: &str, digest: &Digest| {
            self.write(&format!("{repository}/{directory}/sha256/{}/link", digest.hex()), digest.to_string().as_bytes());
        };
        let mut text = if image.index {
            let children: Vec<String> =
                self.digests.iter().map(|digest| descriptor(digest, 300, "manifest.v1+json")).collect();
            self.digests.iter().for_each(|digest| link("_manifests/revisions", digest));
            format!(r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{}]}}"#, children.join(","))
        } else {
            let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
            let config_digest = self.blob(config);
            link("_layers", &config_digest);
            let mut layers = Vec::new();
            for layer in image.layers.iter().take(4) {
                let content = vec![*layer; usize::from(*layer)];
                let digest = self.blob(&content);
                link("_layers", &digest);
                layers.push(descriptor(&digest, content.len(), "layer.v1.tar"));
            }
            let subject = self.digests.first().filter(|_| image.subject);
            let subject = subject.map(|digest| format!(r#","subject":{}"#, descriptor(digest, 9, "manifest.v1+json")));
            format!(
                r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[{}]{}}}"#,
                descriptor(&config_digest, config.len(), "config.v1+json"),
                layers.join(","),
                subject.unwrap_or_default()
            )
        }
        .into_bytes();
        if let Some((at, noise)) = &image.noise {
            let at = usize::from(*at) % text.len();
            let end = (at + noise.len()).min(text.len());
            text.splice(at..end, noise.iter().copied());
        }
        let digest = self.blob(&text);
        let name = digest.to_string();
        self.write(&format!("{repository}/_manifests/revisions/sha256/{}/link", digest.hex()), name.as_bytes());
        if let Some(tag) = image.tag {
            let tag = format!("{repository}/_manifests/tags/{}", TAGS[usize::from(tag) % TAGS.len()]);
            self.write(&format!("{tag}/current/link"), name.as_bytes());
            self.write(&format!("{tag}/index/sha256/{}/link", digest.hex()), name.as_bytes());
        }
        self.digests.push(digest);
    }

    /// Every regular file, in order.
    fn files(&self) -> Vec<PathBuf> {
        let (mut files, mut open) = (Vec::new(), vec![self.v2.clone()]);
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok) {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => open.push(entry.path()),
                    Ok(kind) if kind.is_file() => files.push(entry.path()),
                    _ => {}
                }
            }
        }
        files.sort();
        files
    }

    fn harm(&self, damage: &Damage) {
        let files = self.files();
        let pick = |which: &u16| files.get(usize::from(*which) % files.len().max(1));
        match damage {
            Damage::Flip(which, at) => {
                let Some(path) = pick(which) else { return };
                let mut content = fs::read(path).unwrap_or_default();
                let at = usize::from(*at) % content.len().max(1);
                if let Some(byte) = content.get_mut(at) {
                    *byte ^= 1;
                    let _ = fs::write(path, content);
                }
            }
            Damage::Empty(which) => drop(pick(which).map(|path| fs::write(path, ""))),
            Damage::Fill(which, content) => drop(pick(which).map(|path| fs::write(path, content))),
            Damage::Remove(which) => drop(pick(which).map(fs::remove_file)),
            Damage::Link(which) => {
                if let Some(path) = pick(which) {
                    let _ = fs::remove_file(path);
                    let _ = symlink("data", path);
                }
            }
            Damage::Directory(which) => {
                if let Some(path) = pick(which) {
                    let _ = fs::remove_file(path);
                    let _ = fs::create_dir(path);
                }
            }
            Damage::Swap(a, b) => {
                if let (Some(a), Some(b)) = (pick(a), pick(b)) {
                    let (one, other) = (fs::read(a).unwrap_or_default(), fs::read(b).unwrap_or_default());
                    let _ = (fs::write(a, other), fs::write(b, one));
                }
            }
            Damage::Stray(path, content) => {
                let names = path.split(|byte| *byte == b'/').map(String::from_utf8_lossy);
                let names: Vec<_> = names.filter(|name| !matches!(&**name, "" | "." | "..") && !name.contains('\0')).collect();
                if names.iter().all(|name| name.len() < 200) && !names.is_empty() && names.len() < 12 {
                    self.write(&names.join("/"), content);
                }
            }
        }
    }

    /// What is wrong with blobs and links, as codes and paths, by nothing but a look at each file.
    pub fn wrong(&self) -> BTreeSet<(String, String)> {
        let mut wrong = BTreeSet::new();
        for path in self.files() {
            let Ok(Some(text)) = path.strip_prefix(&self.v2).map(Path::to_str) else { continue };
            let names: Vec<&str> = text.split('/').collect();
            let content = fs::read(&path).unwrap_or_default();
            let is_hex = |hex: &str| hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            match names[..] {
                ["blobs", "sha256", fan_out, hex, "data"] if is_hex(hex) && hex.starts_with(fan_out) && fan_out.len() == 2 => {
                    if hash::digest(Algorithm::Sha256, &content).hex() != hex {
                        wrong.insert(("blob-digest-mismatch".to_owned(), text.to_owned()));
                    }
                }
                ["repositories", .., directory, "sha256", hex, "link"]
                    if is_hex(hex) && names[1] != directory && ["_layers", "revisions"].contains(&directory) =>
                {
                    if directory == "revisions" && names[names.len() - 5] != "_manifests" || names[1].starts_with('_') {
                        continue;
                    }
                    // Deeper below what is no part of a name the layout has other meanings.
                    let reserved = names.iter().filter(|name| name.starts_with('_')).count();
                    if reserved == 1 && content.is_empty() {
                        wrong.insert(("link-empty".to_owned(), text.to_owned()));
                    }
                }
                _ => {}
            }
        }
        wrong
    }
}

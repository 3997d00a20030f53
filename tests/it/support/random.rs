//! Stores from a seed: sound ones of any shape, and one fixed sample that has something of everything.

use std::collections::BTreeSet;

use super::images::{Dialect, Layer};
use super::paths::{self, Digest};
use super::store::{self, Store};

/// xorshift64*: small, and the same everywhere.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        // Mixed as splitmix64 does, lest neighbours begin alike; zero would stay zero.
        let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Self((mixed ^ (mixed >> 29)).max(1))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 32) % end as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn choose<T>(&mut self, from: impl IntoIterator<Item = T>) -> Option<T> {
        let mut from: Vec<T> = from.into_iter().collect();
        if from.is_empty() { None } else { Some(from.swap_remove(self.below(from.len()))) }
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { Some(&from[self.below(from.len())]) }
    }
}

impl Store {
    /// The name of any repository.
    pub(crate) fn some_repo(&self, rng: &mut Rng) -> Option<String> {
        rng.choose(self.model.repos.keys()).cloned()
    }
}

/// How large a random store is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) seed: u64,
    pub(crate) repositories: usize,
    pub(crate) images: usize,
}

const REPOSITORIES: [&str; 6] = ["app", "team/app", "team/app/nested", "a", "a/b", "x.y__z-1/lib"];
const TAGS: [&str; 5] = ["latest", "v1", "v2.0", "_x", "Release-1"];
const DIALECTS: [Dialect; 3] = [Dialect::Docker, Dialect::Oci, Dialect::Untyped];
const UPLOAD_IDS: [&str; 2] =
    ["0b1f7a52-53a0-4c4f-9d3e-5a1d0c9e8f01", "01939c2e-7b3a-7d10-8a1b-2c3d4e5f6a7b"];

struct Builder {
    store: Store,
    rng: Rng,
    layers: Vec<Layer>,
    /// Images that are no index, with their repository.
    images: Vec<(&'static str, Digest)>,
    indexes: Vec<(&'static str, Digest)>,
}

impl Builder {
    fn layers(&mut self) -> Vec<Layer> {
        let count = 1 + self.rng.below(3);
        let mut chosen: Vec<Layer> = Vec::new();
        for _ in 0..count {
            let shared = self.rng.pick(&self.layers).cloned().filter(|_| self.rng.chance(50));
            let layer = shared.unwrap_or_else(|| {
                let text = format!("layer {}", self.rng.next());
                let layer = self.store.layer(&text);
                self.layers.push(layer.clone());
                layer
            });
            chosen.push(layer);
        }
        chosen
    }

    fn image(&mut self, repo: &'static str, architecture: &str) -> Digest {
        let layers = self.layers();
        let dialect = DIALECTS[self.rng.below(3)];
        let digest = self.store.image(repo, dialect, architecture, &layers);
        self.images.push((repo, digest.clone()));
        digest
    }

    fn index(&mut self, repo: &'static str) -> Digest {
        let mut children = vec![self.image(repo, "amd64"), self.image(repo, "arm64")];
        // An index of an index now and then.
        let nested = self.indexes.iter().filter(|(at, _)| *at == repo).map(|(_, digest)| digest.clone());
        children.extend(nested.take(self.rng.below(2)));
        let described: Vec<_> =
            children.iter().map(String::as_str).zip(["amd64", "arm64", "riscv64"]).collect();
        let dialect = if self.rng.chance(50) { Dialect::Docker } else { Dialect::Oci };
        let digest = self.store.index(repo, dialect, &described);
        self.indexes.push((repo, digest.clone()));
        digest
    }

    /// Pushes an existing image to another repository, every blob mounted.
    fn copy(&mut self, to: &'static str) -> Option<Digest> {
        let (_, digest) = self.rng.pick(&self.images).cloned()?;
        for edge in self.store.model.edges(&digest) {
            self.store.link_layer(to, &edge.digest);
        }
        self.store.link_revision(to, &digest);
        Some(digest)
    }

    fn push(&mut self, repo: &'static str) {
        let digest = match self.rng.below(6) {
            0 | 1 => self.index(repo),
            2 => self.copy(repo).unwrap_or_else(|| self.image(repo, "amd64")),
            _ => self.image(repo, "amd64"),
        };
        // A tag that exists is moved; one push in five has no tag.
        if !self.rng.chance(20) {
            let tag = TAGS[self.rng.below(TAGS.len())];
            self.store.tag(repo, tag, &digest);
        }
        if self.rng.chance(25) {
            let text = format!("signature {}", self.rng.next());
            let signature = self.store.artifact(repo, &digest, &text);
            if self.rng.chance(50) {
                let tag = format!("sha256-{}.sig", paths::hex(&digest));
                self.store.tag(repo, &tag, &signature);
            }
        }
    }
}

impl Store {
    /// A sound store: any registry could have written it, and nothing has gone wrong since.
    pub(crate) fn sound(shape: Shape) -> Self {
        let mut builder = Builder {
            store: Self::new(),
            rng: Rng::new(shape.seed),
            layers: Vec::new(),
            images: Vec::new(),
            indexes: Vec::new(),
        };
        for number in 0..shape.images.max(shape.repositories) {
            builder.push(REPOSITORIES[number % shape.repositories]);
        }
        let repos: BTreeSet<_> = (0..shape.repositories).map(|n| REPOSITORIES[n]).collect();
        for repo in repos {
            // A repository without any tag is worth a warning, hence not sound.
            if builder.store.model.repos[repo].tags.is_empty() {
                let digest = builder.image(repo, "amd64");
                builder.store.tag(repo, "latest", &digest);
            }
            if builder.rng.chance(30) {
                let id = UPLOAD_IDS[builder.rng.below(2)];
                builder.store.upload(repo, id, &store::now());
            }
        }
        if builder.rng.chance(50) {
            builder.store.blob("an orphan");
            builder.store.blob("");
        }
        builder.store
    }

    /// One sound store with at least one of everything that a damage can strike.
    pub(crate) fn sample() -> Self {
        let mut store = Self::new();
        let base = store.layer("base");
        let tools = store.layer("tools");
        let app = store.layer("app");
        let old = store.image("team/app", Dialect::Docker, "amd64", std::slice::from_ref(&base));
        store.tag("team/app", "v1", &old);
        store.tag("team/app", "latest", &old);
        let new = store.image("team/app", Dialect::Docker, "amd64", &[base.clone(), app.clone()]);
        store.tag("team/app", "latest", &new);
        let amd64 = store.image("team/app", Dialect::Oci, "amd64", &[base.clone(), tools.clone()]);
        let arm64 = store.image("team/app", Dialect::Oci, "arm64", &[tools.clone(), app]);
        let inner = store.index("team/app", Dialect::Oci, &[(&arm64, "arm64")]);
        let index = store.index("team/app", Dialect::Oci, &[(&amd64, "amd64"), (&inner, "arm64")]);
        store.tag("team/app", "multi", &index);
        let signature = store.artifact("team/app", &index, "signature");
        store.tag("team/app", &format!("sha256-{}.sig", paths::hex(&index)), &signature);
        store.artifact("team/app", &new, "an untagged bill of materials");

        let lib = store.image("lib", Dialect::Untyped, "amd64", &[base.clone(), tools.clone()]);
        store.tag("lib", "v1", &lib);
        let (windows, _) = store.image_with_foreign_layer("lib", &tools);
        store.tag("lib", "windows", &windows);
        store.upload("lib", UPLOAD_IDS[0], &store::now());
        let nested = store.image("team/app/nested", Dialect::Docker, "s390x", &[base]);
        store.tag("team/app/nested", "v1", &nested);
        store.blob("an orphan");
        store.blob("");
        store
    }
}

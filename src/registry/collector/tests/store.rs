//! Stores for the tests: files by path, written to a directory, walked and collected.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cancel::Cancel;
use crate::path::text_of;
use crate::progress::Silent;
use crate::registry::collector::{Abort, Mode, blockers, collect, look};
use crate::registry::documents::{Documents, read_manifests};
use crate::registry::inventory::{Depth, Inventory, View, walk};
use crate::store::Store;

/// What one mode answers, in the form of the recorded answers. Repositories are known where 3.x prints them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) blobs: Vec<String>,
    pub(super) manifests: Vec<(Option<String>, String)>,
    pub(super) layer_links: Vec<(String, String)>,
}

pub(super) struct Walked {
    inventory: Inventory,
    documents: Documents,
}

/// Writes files, and directories without any, below `docker/registry/v2`.
pub(super) fn write(root: &Path, files: &BTreeMap<String, Vec<u8>>, dirs: &[String]) {
    let v2 = root.join("docker/registry/v2");
    std::fs::create_dir_all(&v2).unwrap();
    for dir in dirs {
        std::fs::create_dir_all(v2.join(dir)).unwrap();
    }
    for (path, bytes) in files {
        let path = v2.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

impl Walked {
    pub(super) fn new(root: &Path, depth: Depth) -> Self {
        Self::seen(root, |store| walk(store, View { depth, ..View::FULL }, &Cancel::never(), &Silent))
    }

    /// As a preview walks it.
    pub(super) fn by_preview(root: &Path, mode: Mode) -> Self {
        Self::seen(root, |store| look(store, mode, |view| view, &Cancel::never(), &Silent))
    }

    fn seen(root: &Path, look: impl Fn(&Store) -> Inventory) -> Self {
        let store = Store::open(Some(&root.join("docker/registry/v2"))).unwrap();
        let mut inventory = look(&store);
        let mut documents = Documents::default();
        read_manifests(&store, &mut inventory, &mut documents, &Cancel::never(), &Silent);
        Self { inventory, documents }
    }

    pub(super) fn answer(&self, mode: Mode) -> Result<Answer, Abort> {
        let collection = collect(&self.inventory, &self.documents, mode);
        assert_eq!(
            collection.aborts.as_ref(),
            self.blockers(mode).first(),
            "what a collector gives up at is the first of what would make it give up"
        );
        if let Some(abort) = collection.aborts {
            return Err(abort);
        }
        let digest = |id| self.inventory.digests.get(id).to_string();
        let is_named = |name: &[u8]| (mode.name().starts_with('3')).then(|| text_of(name));
        let mut answer = Answer {
            blobs: collection.blobs.iter().map(|dead| dead.digest.to_string()).collect(),
            manifests: collection
                .manifests
                .iter()
                .map(|dead| (is_named(dead.repository.name()), digest(dead.digest)))
                .collect(),
            layer_links: collection
                .layer_links
                .iter()
                .map(|dead| (text_of(dead.repository.name()), digest(dead.digest)))
                .collect(),
        };
        answer.sort();
        Ok(answer)
    }

    /// Whether a run that is not dry would end half-way.
    pub(super) fn fails_in_sweep(&self, mode: Mode) -> bool {
        collect(&self.inventory, &self.documents, mode).aborts_in_sweep.is_some()
    }

    pub(super) fn blockers(&self, mode: Mode) -> Vec<Abort> {
        blockers(&self.inventory, &self.documents, mode)
    }
}

impl Answer {
    /// The programs print in no particular order.
    pub(super) fn sort(&mut self) {
        self.blobs.sort();
        self.manifests.sort();
        self.layer_links.sort();
    }
}

/// Holds what a program printed against what would make it give up. It is the first of that, but for tags: 2.x reads
/// them in the order of the directory, 3.x several at a time.
pub(super) fn assert_aborts_so(walked: &Walked, mode: Mode, printed: &str, name: &str) {
    let blockers = walked.blockers(mode);
    let printed = comparable(printed.lines().last().unwrap_or_default());
    let candidates =
        if printed.contains("failed to retrieve tags for digest") { &blockers[..] } else { &blockers[..1] };
    let is_foretold = candidates.iter().any(|abort| comparable(&abort.reason) == printed);
    assert!(is_foretold, "{name}: printed {printed}, but foretold {candidates:#?}");
}

/// What both texts have in common: not the path of the root, and not what a JSON parser says.
fn comparable(error: &str) -> String {
    let error = error.trim_start_matches("failed to garbage collect: ").replace("ROOT/", "/");
    let is_json = error.contains("failed to retrieve manifest") && !error.contains("unrecognized manifest");
    let hex = error.find("digest sha256:").map_or(0, |start| start + "digest sha256:".len() + 64);
    let end = if is_json { hex } else { error.len() };
    error[..end].to_owned()
}

//! From what was seen to what is wrong: every finding of the contract, each at its root cause. No I/O but in
//! [`second_look`].
//!
//! What a check calls absent goes through `Checker::absent`: behind something that could not be looked at nothing is
//! called missing, and that something is blamed instead. Each draft says what would prove it wrong, so that a second
//! look, after the walk, can withdraw what a registry changed in the meantime.

mod blobs;
mod entries;
mod links;
mod listed;
mod manifests;
mod references;
mod repositories;
pub mod second_look;
mod tags;
#[cfg(test)]
mod tests;
mod uploads;

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::finding::{Code, Severity};
use crate::hash::unpack::{UnpackError, Unpacked};
use crate::path::{StorePath, text_of};
use crate::store::ReadError;

use super::documents::Documents;
use super::graph::{Graph, TagRef};
use super::inventory::{DigestId, Inventory};
use super::layout::{self, Place};
pub use blobs::stated_diff_ids;

/// Everything that was seen.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What stands where.
    pub inventory: &'a Inventory,
    /// What manifests and configs say.
    pub documents: &'a Documents,
    /// Who needs what.
    pub graph: &'a Graph,
    /// What blobs hash to.
    pub bytes: &'a Bytes,
    /// Whether every blob was to be hashed, or manifests and configs alone.
    pub hash: bool,
    /// Whether the root is a pull-through cache, which lacks by design what nobody pulled.
    pub is_cache: bool,
    /// The time, in seconds since 1970.
    pub now: i64,
    /// From which age on an upload is stale, in seconds.
    pub upload_age: i64,
}

/// What reading whole blobs told.
#[derive(Debug, Default)]
pub struct Bytes {
    /// The blobs whose bytes do not hash to their name.
    pub altered: BTreeMap<DigestId, Altered>,
    /// What the misplaced blobs hash to, by path.
    pub misplaced: BTreeMap<StorePath, Digest>,
    /// Second names that links give a blob and that its bytes do not hash to: the name, the blob, and what they do.
    pub false_names: BTreeMap<(DigestId, DigestId), Digest>,
    /// What layers unpack to.
    pub unpacked: BTreeMap<DigestId, Result<Unpacked, UnpackError>>,
    /// The blobs that could not be read.
    pub unread: BTreeMap<StorePath, ReadError>,
    /// How many bytes were hashed, each once.
    pub hashed: u64,
}

/// What a blob's bytes are instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Altered {
    /// What they hash to.
    pub computed: Digest,
    /// How many they are.
    pub size: u64,
}

/// A finding before the second look.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is wrong.
    pub code: Code,
    /// How bad it is here.
    pub severity: Severity,
    /// The file at fault, or the one that should exist.
    pub path: StorePath,
    /// The file at which a garbage collection would abort, where that is another.
    pub collector_path: Option<StorePath>,
    /// The repository that it belongs to.
    pub repository: Option<String>,
    /// The tag that it belongs to.
    pub tag: Option<String>,
    /// The digest that it is about.
    pub digest: Option<String>,
    /// What was seen, in a line.
    pub detail: String,
    /// The tags whose image it hurts.
    pub affects: BTreeSet<TagRef>,
    /// The manifests that name the digest.
    pub referenced_by: Vec<Digest>,
    /// What would prove it wrong.
    pub doubt: Doubt,
}

/// What a second look has to look at.
#[derive(Clone, Debug)]
pub enum Doubt {
    /// Nothing: what was seen stands.
    None,
    /// The file is absent, and still asked for.
    Absent(StorePath, Claim),
    /// What stands at the finding's path is what it was: a registry may have been writing it, or done with it.
    SameBytes,
    /// The directory at the finding's path is as empty as it was: of anything, or for a repository of revisions.
    Empty,
}

/// Why a file should be there.
#[derive(Clone, Debug)]
pub enum Claim {
    /// By the layout alone.
    Always,
    /// As long as one of these files exists.
    AnyOf(Vec<StorePath>),
    /// As long as the link holds this digest.
    LinkNames(StorePath, Digest),
}

/// All drafts, in no particular order.
pub fn check(evidence: Evidence<'_>) -> Vec<Draft> {
    let repositories = evidence.inventory.repositories.iter().enumerate();
    let mut listed: Vec<_> = repositories
        .flat_map(|(number, repo)| repo.revisions.iter().map(move |l| (l.digest, number)))
        .collect();
    listed.sort_unstable();
    let mut checker = Checker {
        evidence,
        drafts: Vec::new(),
        blamed: BTreeMap::new(),
        moved: BTreeSet::new(),
        listed,
        promised: BTreeMap::new(),
    };
    checker.entries();
    checker.blobs();
    checker.manifests();
    checker.references();
    for repository in 0..evidence.inventory.repositories.len() {
        if !evidence.inventory.has_links() {
            checker.listed(repository);
            checker.subjects(repository);
            continue;
        }
        checker.repository(repository);
        checker.links(repository);
        checker.links_missing(repository);
        checker.tags(repository);
        checker.uploads(repository);
    }
    checker.hidden();
    checker.forget_residue();
    checker.drafts
}

struct Checker<'a> {
    evidence: Evidence<'a>,
    drafts: Vec<Draft>,
    /// Whom each hidden thing hurts: the tags that need what stands behind it.
    blamed: BTreeMap<StorePath, BTreeSet<TagRef>>,
    /// The digests whose bytes lie in a wrong place instead of their own.
    moved: BTreeSet<DigestId>,
    /// Every revision link, as its digest and the number of its repository; sorted.
    listed: Vec<(DigestId, usize)>,
    /// The largest size that descriptors state for each blob that is altered.
    promised: BTreeMap<DigestId, u64>,
}

impl<'a> Checker<'a> {
    fn inventory(&self) -> &'a Inventory {
        self.evidence.inventory
    }

    fn documents(&self) -> &'a Documents {
        self.evidence.documents
    }

    fn graph(&self) -> &'a Graph {
        self.evidence.graph
    }

    fn digest(&self, id: DigestId) -> Digest {
        self.evidence.inventory.digests.get(id)
    }

    fn found(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }

    /// `file` is absent, which `draft` says in the contract's terms. It stays unsaid if the walk was interrupted, and
    /// becomes the fault of what stands before the file if something does.
    fn absent(&mut self, file: StorePath, claim: Claim, mut draft: Draft) {
        if self.inventory().interrupted {
            return;
        }
        let hidden_by = self.inventory().hidden_by(&file).map(|(path, _)| path.clone());
        let without_blobs = !self.inventory().has_blobs && file.as_bytes().starts_with(b"blobs/");
        if let Some(path) = hidden_by.or_else(|| without_blobs.then(|| "blobs".into())) {
            self.blamed.entry(path).or_default().extend(&draft.affects);
        } else {
            draft.doubt = Doubt::Absent(file, claim);
            self.found(draft);
        }
    }

    /// The directory that a missing blob left behind is no news beside the finding that somebody misses it.
    fn forget_residue(&mut self) {
        let missing =
            [Code::ReferenceMissing, Code::RevisionDangling, Code::ChildMissing, Code::BlobMisplaced];
        let missed: BTreeSet<String> = self
            .drafts
            .iter()
            .filter(|draft| missing.contains(&draft.code))
            .filter_map(|draft| draft.digest.clone())
            .collect();
        self.drafts.retain(|draft| {
            draft.code != Code::BlobWithoutData || !draft.digest.as_ref().is_some_and(|d| missed.contains(d))
        });
    }

    /// What a path means; of a store of flat blobs, only a blob's.
    fn place(&self, path: &StorePath) -> Place {
        self.inventory().place(path)
    }

    /// Whether a blob's `data` is in its place.
    fn has_blob(&self, digest: DigestId) -> bool {
        self.inventory().blobs.contains(digest)
    }

    /// The blob that holds what a manifest calls `digest`: its own, or one that links give that second name.
    fn blob_of(&self, digest: DigestId) -> DigestId {
        if self.has_blob(digest) {
            return digest;
        }
        let behind = self.graph().blobs_behind(digest);
        behind.max_by_key(|blob| (!self.is_misnamed(digest, *blob), self.has_blob(*blob))).unwrap_or(digest)
    }

    /// Whether a link gives a blob a second name that its bytes are known not to hash to.
    fn is_misnamed(&self, name: DigestId, blob: DigestId) -> bool {
        self.evidence.bytes.false_names.contains_key(&(name, blob))
    }

    /// The tags of one repository among `tags`.
    fn within(repository: usize, mut tags: BTreeSet<TagRef>) -> BTreeSet<TagRef> {
        tags.retain(|tag| tag.repository == repository);
        tags
    }

    /// The manifests that name a digest.
    fn users(&self, digest: DigestId) -> Vec<Digest> {
        self.graph().users(digest).map(|manifest| self.digest(manifest)).collect()
    }

    /// The repositories that list a manifest.
    fn listing(&self, manifest: DigestId) -> impl Iterator<Item = usize> {
        let start = self.listed.partition_point(|(digest, _)| *digest < manifest);
        self.listed[start..]
            .iter()
            .take_while(move |(digest, _)| *digest == manifest)
            .map(|(_, number)| *number)
    }

    /// What makes manifests count: their revision links, wherever they have one, or without links their own bytes.
    fn revision_links(&self, manifests: impl IntoIterator<Item = DigestId>) -> Vec<StorePath> {
        let mut links = Vec::new();
        if !self.inventory().has_links() {
            let paths = manifests.into_iter().map(|id| self.inventory().blob_path(self.digest(id)));
            return paths.collect();
        }
        for manifest in manifests {
            for repository in self.listing(manifest) {
                let repository = &self.inventory().repositories[repository];
                links.push(layout::revision_link(&repository.path, self.digest(manifest)));
            }
        }
        links
    }
}

impl Draft {
    fn new(code: Code, path: StorePath, detail: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            path,
            collector_path: None,
            repository: None,
            tag: None,
            digest: None,
            detail: detail.into(),
            affects: BTreeSet::new(),
            referenced_by: Vec::new(),
            doubt: Doubt::None,
        }
    }

    /// Takes the repository and tag from where the path stands.
    fn located(mut self) -> Self {
        let location = layout::classify(&self.path);
        self.repository = location.repository.map(text_of);
        self.tag = location.tag.map(text_of);
        self
    }

    fn about(mut self, digest: Digest) -> Self {
        self.digest = Some(digest.to_string());
        self
    }

    fn hurting(mut self, tags: BTreeSet<TagRef>) -> Self {
        self.affects = tags;
        self
    }

    fn named_by(mut self, mut manifests: Vec<Digest>) -> Self {
        manifests.sort_unstable();
        manifests.dedup();
        self.referenced_by = manifests;
        self
    }

    fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    fn doubting(mut self, doubt: Doubt) -> Self {
        self.doubt = doubt;
        self
    }
}

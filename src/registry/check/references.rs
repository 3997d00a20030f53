//! Whether what manifests name is in the store, of the stated size, and linked where it is needed.

use std::collections::BTreeMap;

use super::{Checker, Claim, Draft};
use crate::finding::{Code, Severity};
use crate::manifest::Role;
use crate::registry::documents::{Document, Edge};
use crate::registry::inventory::DigestId;
use crate::registry::layout;

/// The manifests that name one digest in one way.
#[derive(Default)]
struct Named {
    missing: Vec<DigestId>,
    missing_child: Vec<DigestId>,
    wrong_size: Vec<(DigestId, i64)>,
}

impl Checker<'_> {
    /// What no manifest may count on anywhere: one finding a digest.
    pub(super) fn references(&mut self) {
        let mut named: BTreeMap<DigestId, Named> = BTreeMap::new();
        for manifest in self.documents().manifests.keys() {
            for edge in self.documents().parts(*manifest) {
                self.reference(*manifest, edge, &mut named);
            }
        }
        for (digest, named) in named {
            self.missing(digest, named.missing);
            self.missing_child(digest, named.missing_child);
            self.wrong_size(digest, &named.wrong_size);
        }
    }

    fn reference(&self, manifest: DigestId, edge: &Edge, named: &mut BTreeMap<DigestId, Named>) {
        let blob = self.blob_of(edge.target);
        match (self.inventory().blobs.get(blob), edge.role) {
            // The link that gives it this name is at fault.
            (Some(_), _) if self.is_misnamed(edge.target, blob) => {}
            (Some(found), _) => {
                let stated = edge.size.filter(|stated| u64::try_from(*stated) != Ok(found.size));
                if let Some(stated) = stated.filter(|_| !self.is_altered(blob)) {
                    named.entry(blob).or_default().wrong_size.push((manifest, stated));
                }
            }
            (None, _) if self.moved.contains(&blob) || edge.external => {}
            (None, Role::Child) => named.entry(blob).or_default().missing_child.push(manifest),
            (None, _) => named.entry(blob).or_default().missing.push(manifest),
        }
    }

    /// A config or layer that the store does not have. Where it is a revision too, that is the finding.
    fn missing(&mut self, id: DigestId, manifests: Vec<DigestId>) {
        if manifests.is_empty() || self.listing(id).next().is_some() {
            return;
        }
        let digest = self.digest(id);
        let detail = format!("{digest} is not in the store; {} it", name_it(manifests.len()));
        let path = self.inventory().blob_path(digest);
        let mut draft = Draft::new(Code::ReferenceMissing, path.clone(), detail).about(digest);
        if self.evidence.is_cache {
            draft = draft.with_severity(Severity::Note);
        } else if !self.inventory().has_links() {
            // "The blobs directory MAY be missing referenced blobs", which another store then has.
            draft = draft.with_severity(Severity::Warning);
        }
        let users = manifests.iter().map(|manifest| self.digest(*manifest)).collect();
        let draft = draft.hurting(self.graph().tags_reaching(manifests.iter().copied())).named_by(users);
        let claim = Claim::AnyOf(self.revision_links(manifests));
        self.absent(path, claim, draft);
    }

    /// A child that no repository lists: where one does, its dangling revision is the finding.
    fn missing_child(&mut self, id: DigestId, indexes: Vec<DigestId>) {
        if indexes.is_empty() || self.listing(id).next().is_some() {
            return;
        }
        let digest = self.digest(id);
        let detail = format!("the manifest {digest} is not in the store; {} it", name_it(indexes.len()));
        let path = self.inventory().blob_path(digest);
        let users = indexes.iter().map(|manifest| self.digest(*manifest)).collect();
        let draft = Draft::new(Code::ChildMissing, path.clone(), detail).about(digest).named_by(users);
        let draft = draft.hurting(self.graph().tags_reaching(indexes.iter().copied()));
        let claim = Claim::AnyOf(self.revision_links(indexes));
        self.absent(path, claim, draft);
    }

    fn wrong_size(&mut self, id: DigestId, stated: &[(DigestId, i64)]) {
        let (Some((manifest, size)), Some(blob)) = (stated.first(), self.inventory().blobs.get(id)) else {
            return;
        };
        let digest = self.digest(id);
        // Bytes that nobody hashed may be fewer than they were.
        let unhashed = if self.is_hashed(id) { "" } else { "; its bytes were not hashed" };
        let manifest = self.digest(*manifest);
        let detail = format!("{} bytes, where {manifest} states {size}{unhashed}", blob.size);
        let manifests = stated.iter().map(|(manifest, _)| *manifest);
        let users = manifests.clone().map(|manifest| self.digest(manifest)).collect();
        let draft = Draft::new(Code::SizeMismatch, self.inventory().blob_path(digest), detail)
            .about(digest)
            .named_by(users);
        self.found(draft.hurting(self.graph().tags_reaching(manifests)));
    }

    /// What is in the store, but cannot be pulled from this repository.
    pub(super) fn links_missing(&mut self, repository: usize) {
        let repo = &self.inventory().repositories[repository];
        for needed in self.needed_links(repository).chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (digest, role, _) = needed[0];
            let link = if role == Role::Child { repo.revision(digest) } else { repo.layer(digest) };
            if link.is_none() {
                let manifests: Vec<DigestId> = needed.iter().map(|(_, _, manifest)| *manifest).collect();
                self.unlinked(repository, digest, &manifests, role);
            }
        }
        self.subjects(repository);
    }

    /// The links that a repository's manifests need, a config counting as a layer, and each manifest that does.
    fn needed_links(&self, repository: usize) -> Vec<(DigestId, Role, DigestId)> {
        let mut needed = Vec::new();
        for link in &self.inventory().repositories[repository].revisions {
            let parts = self.documents().parts(link.digest);
            for edge in parts.filter(|edge| !edge.external) {
                let role = if edge.role == Role::Child { Role::Child } else { Role::Layer };
                needed.push((edge.target, role, link.digest));
            }
        }
        needed.sort_unstable();
        needed.dedup();
        needed
    }

    fn unlinked(&mut self, repository: usize, id: DigestId, manifests: &[DigestId], role: Role) {
        if !self.has_blob(self.blob_of(id)) {
            return;
        }
        let repo = &self.inventory().repositories[repository];
        let digest = self.digest(id);
        let (path, what) = match role {
            Role::Child => (layout::revision_link(&repo.path, digest), "revision"),
            _ => (layout::layer_link(&repo.path, digest), "layer"),
        };
        let detail = format!(
            "{digest} is in the store, but this repository has no {what} link to it: a pull gets 404"
        );
        let mut draft = Draft::new(Code::ReferenceUnlinked, path.clone(), detail).located().about(digest);
        if self.evidence.is_cache {
            draft = draft.with_severity(Severity::Note);
        }
        let users = manifests.iter().map(|manifest| self.digest(*manifest)).collect();
        let tags = Self::within(repository, self.graph().tags_reaching(manifests.iter().copied()));
        let claimants =
            manifests.iter().map(|manifest| layout::revision_link(&repo.path, self.digest(*manifest)));
        let claim = Claim::AnyOf(claimants.collect());
        self.absent(path, claim, draft.hurting(tags).named_by(users));
    }

    /// What manifests are about need not exist; it is worth a note where it does not.
    pub(super) fn subjects(&mut self, repository: usize) {
        let repo = &self.inventory().repositories[repository];
        let mut absent: BTreeMap<DigestId, Vec<DigestId>> = BTreeMap::new();
        for link in &repo.revisions {
            let subject = self.documents().trusted(link.digest).and_then(Document::subject);
            let is_here = |subject: &DigestId| {
                if self.inventory().has_links() {
                    repo.revision(*subject).is_some()
                } else {
                    self.has_blob(*subject)
                }
            };
            if let Some(subject) = subject.filter(|subject| !is_here(subject)) {
                absent.entry(subject).or_default().push(link.digest);
            }
        }
        for (subject, manifests) in absent {
            let digest = self.digest(subject);
            let has_links = self.inventory().has_links();
            let what = if has_links { "no revision of the repository" } else { "not in the layout" };
            let detail = format!("{digest}, which a manifest is about, is {what}");
            let mut draft =
                Draft::new(Code::SubjectMissing, self.inventory().blob_path(digest), detail).about(digest);
            draft.repository = has_links.then(|| crate::path::text_of(repo.name()));
            let users = manifests.iter().map(|manifest| self.digest(*manifest)).collect();
            let place = |digest| {
                if has_links {
                    layout::revision_link(&repo.path, digest)
                } else {
                    self.inventory().blob_path(digest)
                }
            };
            let claimants = manifests.iter().map(|manifest| place(self.digest(*manifest)));
            let claim = Claim::AnyOf(claimants.collect());
            self.absent(place(digest), claim, draft.named_by(users));
        }
    }
}

fn name_it(manifests: usize) -> String {
    if manifests == 1 { "a manifest names".to_owned() } else { format!("{manifests} manifests name") }
}

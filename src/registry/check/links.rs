//! Whether links hold exactly the digest that their path spells.

use std::collections::BTreeSet;

use super::{Checker, Claim, Doubt, Draft};
use crate::finding::{Code, Severity};
use crate::path::StorePath;
use crate::registry::graph::{self, TagRef};
use crate::registry::inventory::{DigestId, Link, LinkContent};
use crate::registry::layout::{self, Owner};

impl Checker<'_> {
    /// The revision, signature and layer links of a repository.
    pub(super) fn links(&mut self, repository: usize) {
        let repo = &self.inventory().repositories[repository];
        for link in &repo.revisions {
            let digest = self.digest(link.digest);
            let path = || layout::revision_link(&repo.path, digest);
            self.link(path, *link, Owner::Revisions, |checker| {
                Self::within(repository, checker.graph().tags_reaching_manifest(link.digest))
            });
            self.revision_blob(repository, link.digest, path);
        }
        for (manifest, link) in &repo.signatures {
            let (manifest, signature) = (self.digest(*manifest), self.digest(link.digest));
            let path = || layout::signature_link(&repo.path, manifest, signature);
            self.link(path, *link, Owner::Signatures(manifest), |_| BTreeSet::new());
        }
        for link in &repo.layers {
            let digest = self.digest(link.digest);
            let path = || layout::layer_link(&repo.path, digest);
            self.link(path, *link, Owner::Layers, |checker| {
                Self::within(repository, checker.graph().tags_reaching([link.digest]))
            });
            self.layer_blob(repository, *link, path);
        }
    }

    /// One link's content. `path` and `tags` are asked only if something is wrong with it.
    pub(super) fn link(
        &mut self,
        path: impl FnOnce() -> StorePath,
        link: Link,
        owner: Owner,
        tags: impl FnOnce(&Self) -> BTreeSet<TagRef>,
    ) {
        let digest = self.digest(link.digest);
        let (code, detail) = match link.content {
            LinkContent::Unread => return,
            LinkContent::Names(content) if content == link.digest => return,
            LinkContent::Names(content)
                if owner == Owner::Layers && graph::is_alias(self.inventory(), link.digest, content) =>
            {
                let content_digest = self.digest(content);
                match self.evidence.bytes.false_names.get(&(link.digest, content)) {
                    Some(computed) => (
                        Code::LinkMismatch,
                        format!("it names {content_digest}, whose bytes hash to {computed}"),
                    ),
                    None => (
                        Code::LayerAlias,
                        format!("it names the same bytes as {content_digest}; collectors delete that blob"),
                    ),
                }
            }
            LinkContent::Names(content) => (Code::LinkMismatch, format!("it names {}", self.digest(content))),
            LinkContent::Empty => (Code::LinkEmpty, "the link has no bytes".to_owned()),
            LinkContent::Malformed(text) => (Code::LinkMalformed, self.inventory().text(text).to_owned()),
            LinkContent::Unsupported(text) => (
                Code::AlgorithmUnsupported,
                format!("regfs cannot check the algorithm of {}", self.inventory().text(text)),
            ),
        };
        let draft = Draft::new(code, path(), detail).located().about(digest);
        let draft = draft.hurting(tags(self)).named_by(self.users(link.digest));
        self.found(draft.doubting(Doubt::SameBytes));
    }

    /// A revision whose manifest is gone hurts its own repository, and those that count on the manifest without a
    /// link of their own.
    fn revision_blob(&mut self, repository: usize, manifest: DigestId, path: impl FnOnce() -> StorePath) {
        if self.has_blob(manifest) || self.moved.contains(&manifest) {
            return;
        }
        let path = path();
        let digest = self.digest(manifest);
        let mut tags = self.graph().tags_reaching([manifest]);
        tags.retain(|tag| {
            tag.repository == repository
                || self.inventory().repositories[tag.repository].revision(manifest).is_none()
        });
        let detail = format!("the manifest {digest} is not in the store");
        let mut draft = Draft::new(Code::RevisionDangling, path.clone(), detail).located().about(digest);
        if self.evidence.is_cache {
            draft = draft.with_severity(Severity::Note);
        }
        let draft = draft.hurting(tags).named_by(self.users(manifest));
        self.absent(layout::blob_data(digest), Claim::AnyOf(vec![path]), draft);
    }

    /// A layer link that leads nowhere is residue, unless a manifest names the blob: then that is the finding.
    fn layer_blob(&mut self, repository: usize, link: Link, path: impl FnOnce() -> StorePath) {
        let LinkContent::Names(blob) = link.content else { return };
        if self.has_blob(blob) || blob != link.digest && !graph::is_alias(self.inventory(), link.digest, blob)
        {
            return;
        }
        let is_needed = [link.digest, blob].into_iter().any(|digest| {
            self.graph().users(digest).next().is_some()
                || self.moved.contains(&digest)
                || self.inventory().repositories[repository].revision(digest).is_some()
        });
        if is_needed {
            return;
        }
        let path = path();
        let digest = self.digest(blob);
        let detail = format!("the blob {digest} is not in the store, and no manifest names it");
        let draft = Draft::new(Code::LayerLinkDangling, path.clone(), detail).located().about(digest);
        self.absent(layout::blob_data(digest), Claim::AnyOf(vec![path]), draft);
    }
}

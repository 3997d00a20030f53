//! Whether tags point to manifests that their repository lists.

use std::collections::BTreeSet;

use super::{Checker, Claim, Doubt, Draft};
use crate::finding::{Code, Severity};
use crate::path::{StorePath, text_of};
use crate::reference;
use crate::registry::graph::TagRef;
use crate::registry::inventory::{DigestId, LinkContent};
use crate::registry::layout::{self, Owner};

impl Checker<'_> {
    pub(super) fn tags(&mut self, repository: usize) {
        for tag in 0..self.inventory().repositories[repository].tags.len() {
            self.tag(TagRef { repository, tag });
        }
    }

    fn tag(&mut self, at: TagRef) {
        let repo = &self.inventory().repositories[at.repository];
        let tag = &repo.tags[at.tag];
        let current = layout::tag_current(&repo.path, &tag.name);
        if reference::Tag::parse(&text_of(&tag.name)).is_err() {
            let detail = "the registry's grammar rejects this name of a tag";
            self.found(Draft::new(Code::NameInvalid, layout::tag(&repo.path, &tag.name), detail).located());
        }
        let broken =
            |code, detail: String| Draft::new(code, current.clone(), detail).located().hurting([at].into());
        match tag.current {
            None => {
                let directory = layout::tag(&repo.path, &tag.name);
                let detail = "the tag has no current/link: it is listed, and cannot be pulled".to_owned();
                self.absent(
                    current.clone(),
                    Claim::AnyOf(vec![directory]),
                    broken(Code::TagWithoutCurrent, detail),
                );
            }
            Some(LinkContent::Empty) => {
                self.found(
                    broken(Code::LinkEmpty, "the link has no bytes".into()).doubting(Doubt::SameBytes),
                );
            }
            Some(LinkContent::Malformed(text)) => {
                let detail = self.inventory().text(text).to_owned();
                self.found(broken(Code::LinkMalformed, detail).doubting(Doubt::SameBytes));
            }
            Some(LinkContent::Unsupported(text)) => {
                let detail = format!("regfs cannot check the algorithm of {}", self.inventory().text(text));
                self.found(broken(Code::AlgorithmUnsupported, detail).doubting(Doubt::SameBytes));
            }
            Some(LinkContent::Names(target)) => self.target(at, target, &current),
            Some(LinkContent::Unread) => {}
        }
        self.index(at);
    }

    /// What the tag points to: a revision of the repository, and an entry of its own index.
    fn target(&mut self, at: TagRef, target: DigestId, current: &StorePath) {
        let repo = &self.inventory().repositories[at.repository];
        let tag = &repo.tags[at.tag];
        let digest = self.digest(target);
        let claim = Claim::LinkNames(current.clone(), digest);
        if repo.revision(target).is_none() {
            let detail = format!("it points to {digest}, which the repository does not list as a revision");
            let draft = Draft::new(Code::TagUnknownRevision, current.clone(), detail).located().about(digest);
            let mut draft = draft.hurting([at].into());
            if self.evidence.is_cache {
                // A cache forgets a manifest when its time is up, and keeps the tag.
                draft = draft.with_severity(Severity::Note);
            }
            self.absent(layout::revision_link(&repo.path, digest), claim, draft);
        } else if tag.entry(target).is_none() {
            let path = layout::tag_index(&repo.path, &tag.name, digest);
            let detail = "the digest that the tag points to is not in its index";
            let draft = Draft::new(Code::TagIndexMissing, path.clone(), detail).located().about(digest);
            self.absent(path, claim, draft);
        }
    }

    /// What the tag ever pointed to: history, which hurts nobody.
    fn index(&mut self, at: TagRef) {
        let repo = &self.inventory().repositories[at.repository];
        let tag = &repo.tags[at.tag];
        for link in &tag.index {
            let digest = self.digest(link.digest);
            let path = || layout::tag_index(&repo.path, &tag.name, digest);
            self.link(path, *link, Owner::TagIndex, |_| BTreeSet::new());
            if repo.revision(link.digest).is_none() && tag.target() != Some(link.digest) {
                let detail =
                    format!("the tag once pointed to {digest}, which the repository no longer lists");
                let path = path();
                let draft = Draft::new(Code::TagIndexDangling, path.clone(), detail).located().about(digest);
                self.absent(layout::revision_link(&repo.path, digest), Claim::AnyOf(vec![path]), draft);
            }
        }
    }
}

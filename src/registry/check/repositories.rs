//! A repository as a whole: its name, and the directories that it cannot do without.

use super::{Checker, Claim, Doubt, Draft};
use crate::finding::Code;
use crate::path::text_of;
use crate::reference::RepoName;
use crate::registry::layout;

impl Checker<'_> {
    pub(super) fn repository(&mut self, repository: usize) {
        if !self.inventory().is_whole {
            return;
        }
        let repo = &self.inventory().repositories[repository];
        let draft = |code, detail: &str| Draft::new(code, repo.path.clone(), detail).located();
        match RepoName::parse(&text_of(repo.name())) {
            Ok(name) if name.fits_v2() => {}
            Ok(_) => {
                self.found(draft(
                    Code::NameInvalid,
                    "distribution 2.x rejects a name of more than 255 bytes",
                ));
            }
            Err(_) => self
                .found(draft(Code::NameInvalid, "the registry's grammar rejects this name of a repository")),
        }
        let Some(first) = repo.revisions.first() else {
            let revisions = repo.path.join("_manifests/revisions");
            let is_known =
                self.inventory().hidden_by(&revisions).is_none() && !self.inventory().hides_below(&revisions);
            if is_known && !self.inventory().interrupted {
                let draft = draft(Code::RepositoryEmpty, "a repository without a manifest");
                self.found(draft.doubting(Doubt::Empty));
            }
            return;
        };
        let claim = Claim::AnyOf(vec![layout::revision_link(&repo.path, self.digest(first.digest))]);
        if !repo.has.layers && !self.evidence.is_cache {
            let path = repo.path.join("_layers");
            let mut draft =
                draft(Code::RepositoryIncomplete, "it lists manifests, and has no _layers directory");
            draft.collector_path = Some(path.clone());
            self.absent(path, claim.clone(), draft);
        }
        if !repo.has.tags {
            let path = repo.path.join("_manifests/tags");
            let mut draft = draft(Code::TagsMissing, "it lists manifests, and has no tags directory");
            draft.collector_path = Some(path.clone());
            self.absent(path, claim, draft);
        }
    }
}

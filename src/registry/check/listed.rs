//! What an image layout lists and does not hold. That is allowed: another store may have it. It is told.

use super::{Checker, Claim, Draft};
use crate::finding::Code;
use crate::registry::inventory::LinkContent;

impl Checker<'_> {
    /// The entries of `index.json` whose bytes are not here, or cannot be looked up.
    pub(super) fn listed(&mut self, repository: usize) {
        let repo = &self.inventory().repositories[repository];
        let revisions = repo.revisions.iter().map(|link| link.digest);
        for id in revisions.chain(self.inventory().wanted.iter().copied()) {
            if self.has_blob(id) {
                continue;
            }
            let digest = self.digest(id);
            let detail = format!("index.json lists {digest}, which is not in the layout");
            let path = self.inventory().blob_path(digest);
            let draft = Draft::new(Code::ChildMissing, path.clone(), detail).about(digest);
            self.absent(path, Claim::Always, draft.hurting(self.graph().tags_reaching([id])));
        }
        for tag in &repo.tags {
            if let Some(LinkContent::Unsupported(text)) = tag.current {
                let text = self.inventory().text(text);
                let detail = format!("it lists {text:?}, of an algorithm that regfs cannot check");
                let mut draft = Draft::new(Code::AlgorithmUnsupported, "index.json".into(), detail);
                draft.digest = Some(text.to_owned());
                draft.tag = Some(crate::path::text_of(&tag.name));
                self.found(draft);
            }
        }
    }
}

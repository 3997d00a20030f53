//! What an image layout lists and does not hold. A manifest that is gone is an image that nobody can get; of anything else
//! another store may have the bytes.

use super::{Checker, Claim, Draft};
use crate::finding::Code;
use crate::registry::inventory::LinkContent;

impl Checker<'_> {
    /// The entries of `index.json` whose bytes are not here, or cannot be looked up.
    pub(super) fn listed(&mut self, repository: usize) {
        let repo = &self.inventory().repositories[repository];
        let manifests = repo.revisions.iter().map(|link| (Code::RevisionDangling, link.digest));
        let others = self.inventory().wanted.iter().map(|id| (Code::ChildMissing, *id));
        for (code, id) in manifests.chain(others).filter(|(_, id)| !self.has_blob(*id)).collect::<Vec<_>>() {
            let digest = self.digest(id);
            let what = if code == Code::RevisionDangling { "the manifest " } else { "" };
            let detail = format!("index.json lists {what}{digest}, and its blob is not in the layout");
            let path = self.inventory().blob_path(digest);
            let draft = Draft::new(code, path.clone(), detail).about(digest).named_by(self.users(id));
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

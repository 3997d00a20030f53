//! What stands where it should not, cannot be looked at, or is missing from the top of the tree.

use super::{Checker, Claim, Doubt, Draft};
use crate::finding::{Code, Severity};
use crate::path::StorePath;
use crate::registry::inventory::{LinkContent, Odd, Opaque};
use crate::registry::layout::{self, Owner, Place};
use crate::store::FileKind;

impl Checker<'_> {
    pub(super) fn entries(&mut self) {
        let inventory = self.inventory();
        for (is_there, name) in [(inventory.has_blobs, "blobs"), (inventory.has_repositories, "repositories")]
        {
            // What a layout lists is in a file, which is told of by itself.
            if !is_there && (inventory.has_links() || name == "blobs") {
                let detail = format!("there is no {name}/ below the root");
                self.absent(
                    name.into(),
                    Claim::Always,
                    Draft::new(Code::RootIncomplete, name.into(), detail),
                );
            }
        }
        for oddity in &inventory.oddities {
            self.oddity(&oddity.path, &oddity.what);
        }
    }

    fn oddity(&mut self, path: &StorePath, what: &Odd) {
        let draft = |code, detail: &str| Draft::new(code, path.clone(), detail).located();
        match what {
            // "Implementations MUST NOT produce an error" on what the layout does not name.
            Odd::Stray(_) if !self.inventory().has_links() => {
                let detail = "nothing of the image layout";
                self.found(draft(Code::StrayEntry, detail).with_severity(Severity::Note));
            }
            Odd::Malformed(why) => self.found(draft(Code::LayoutMalformed, why)),
            Odd::Stray(FileKind::Directory) => {
                self.found(draft(Code::StrayEntry, "the layout has no place for this directory"));
            }
            Odd::Stray(_) => self.found(draft(Code::StrayEntry, "the layout has no place for this file")),
            Odd::Temporary => {
                self.found(draft(
                    Code::TemporaryFile,
                    "a file that a registry wrote and never put in its place",
                ));
            }
            Odd::EmptyDirectory => {
                let draft = draft(Code::EmptyDirectory, "a directory with nothing in it");
                self.found(draft.doubting(Doubt::Empty));
            }
            Odd::Vanished => {
                self.found(draft(Code::ChangedDuringScan, "it was listed, and gone when it was to be read"));
            }
            Odd::BlobWithoutData(digest) => self.blob_without_data(path, *digest),
            Odd::MisplacedBlob(digest, blob) => self.misplaced_blob(path, *digest, *blob),
            Odd::MisplacedDirectory(digest) => {
                let detail = "a blob's directory under a fan-out directory that is not its own, without data";
                self.found(draft(Code::BlobMisplaced, detail).about(*digest));
            }
            Odd::UnsupportedBlob(_) => {
                let detail = "a blob of an algorithm that regfs cannot check";
                self.found(draft(Code::AlgorithmUnsupported, detail));
            }
            Odd::Link(owner, content) => self.odd_link(path, *owner, *content),
        }
    }

    /// A `link` at no place of the layout, or of an algorithm that is not known.
    fn odd_link(&mut self, path: &StorePath, owner: Owner, content: LinkContent) {
        let under_other_algorithm = path
            .parent()
            .is_some_and(|parent| matches!(layout::classify(&parent).place, Place::OtherLinks(_)));
        let draft = match (content, owner) {
            (LinkContent::Empty, _) if under_other_algorithm => {
                Draft::new(Code::LinkEmpty, path.clone(), "the link has no bytes")
            }
            (LinkContent::Malformed(text), _) if under_other_algorithm => {
                Draft::new(Code::LinkMalformed, path.clone(), self.inventory().text(text))
            }
            (LinkContent::Names(blob), Owner::Layers) if under_other_algorithm => {
                let detail = format!(
                    "a layer linked under an algorithm that regfs cannot check, naming {}",
                    self.digest(blob)
                );
                Draft::new(Code::LayerAlias, path.clone(), detail).about(self.digest(blob))
            }
            (LinkContent::Unsupported(text), _) if under_other_algorithm => {
                let detail = format!("regfs cannot check the algorithm of {}", self.inventory().text(text));
                Draft::new(Code::AlgorithmUnsupported, path.clone(), detail)
            }
            _ => Draft::new(Code::StrayEntry, path.clone(), "a link where the layout has no place for one"),
        };
        self.found(draft.located());
    }

    /// What could not be looked at, with the tags that need what stands behind it. Comes last: others put the blame.
    pub(super) fn hidden(&mut self) {
        for (path, why) in &self.inventory().opaque {
            let (code, detail) = match why {
                Opaque::NotRegular(kind) => {
                    let wanted = match layout::classify(path).place.expected() {
                        _ if !self.inventory().has_links() => {
                            "where the layout has something else; it was not opened"
                        }
                        layout::Expected::File => "where a regular file belongs; it was not opened",
                        layout::Expected::Directory | layout::Expected::NamedDirectory => {
                            "where a directory belongs; it was not opened"
                        }
                        layout::Expected::Nothing => {
                            "where the layout has no place for anything; it was not opened"
                        }
                    };
                    (Code::NotRegular, format!("{} {wanted}", kind.with_article()))
                }
                Opaque::Unreadable(reason) => (Code::Unreadable, reason.to_string()),
            };
            let mut draft = Draft::new(code, path.clone(), detail).located();
            let mut tags = self.blamed.remove(path).unwrap_or_default();
            match self.place(path) {
                // The walk may have seen a blob that could then not be read.
                Place::BlobData(digest) | Place::BlobDir(digest) => {
                    let id = self.inventory().digests.find(digest);
                    tags.extend(id.into_iter().flat_map(|id| self.graph().tags_reaching([id])));
                    draft = draft.about(digest).named_by(id.map_or_else(Vec::new, |id| self.users(id)));
                }
                Place::Link(_, digest) | Place::LinkDir(_, digest) => draft = draft.about(digest),
                _ => {}
            }
            self.found(draft.hurting(tags));
        }
        let without_blobs = self.blamed.remove(&b"blobs"[..]).unwrap_or_default();
        if let Some(draft) =
            self.drafts.iter_mut().find(|d| d.code == Code::RootIncomplete && d.path.as_bytes() == b"blobs")
        {
            draft.affects = without_blobs;
        }
    }
}

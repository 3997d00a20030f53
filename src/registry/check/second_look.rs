//! The second look: what a registry changed while the walk was under way is no damage.

use std::collections::BTreeSet;

use super::{Bytes, Claim, Doubt, Draft};
use crate::digest::{Algorithm, Digest};
use crate::finding::Code;
use crate::path::StorePath;
use crate::registry::inventory::{Inventory, LINK_CAP, Upload, read_link};
use crate::registry::layout::{self, Place};
use crate::store::{ReadError, Store};

/// The drafts that still hold; the others become one `changed-during-scan` for each file.
pub fn confirm(store: &Store, inventory: &Inventory, bytes: &Bytes, drafts: Vec<Draft>) -> Vec<Draft> {
    let look = Look { store, inventory, bytes };
    let mut changed = BTreeSet::new();
    let mut confirmed: Vec<Draft> = drafts
        .into_iter()
        .filter(|draft| match look.changed(draft) {
            Some(path) => {
                if inventory.is_whole || !is_beyond_an_image(draft.code) {
                    changed.insert(path);
                }
                false
            }
            None => true,
        })
        .collect();
    for path in changed {
        let detail = "it changed while the store was being read";
        confirmed.push(Draft::new(Code::ChangedDuringScan, path, detail).located());
    }
    confirmed
}

/// Whether what is called absent is no part of an image, so that an inventory of images has it from nowhere: then the
/// second look is the first.
const fn is_beyond_an_image(code: Code) -> bool {
    matches!(code, Code::TagIndexDangling | Code::SubjectMissing)
}

struct Look<'a> {
    store: &'a Store,
    inventory: &'a Inventory,
    bytes: &'a Bytes,
}

impl Look<'_> {
    /// The file that changed, if the draft no longer holds.
    fn changed(&self, draft: &Draft) -> Option<StorePath> {
        match &draft.doubt {
            Doubt::None => None,
            Doubt::Absent(file, claim) => self.absence_changed(file, claim),
            Doubt::SameBytes => (!self.is_as_it_was(draft.code, &draft.path)).then(|| draft.path.clone()),
            Doubt::Empty if draft.code == Code::RepositoryEmpty => self.revision_in(&draft.path),
            Doubt::Empty => (!self.is_empty(&draft.path)).then(|| draft.path.clone()),
        }
    }

    fn absence_changed(&self, file: &StorePath, claim: &Claim) -> Option<StorePath> {
        if self.exists(file) {
            return Some(file.clone());
        }
        match claim {
            Claim::AnyOf(paths) if !paths.is_empty() && !paths.iter().any(|path| self.exists(path)) => {
                paths.first().cloned()
            }
            Claim::LinkNames(path, digest) if !self.still_names(path, *digest) => Some(path.clone()),
            Claim::Always | Claim::AnyOf(_) | Claim::LinkNames(..) => None,
        }
    }

    /// Whether a directory is there and has nothing in it, as far as the system says.
    fn is_empty(&self, directory: &StorePath) -> bool {
        match self.store.dir(directory).and_then(|dir| dir.entries()) {
            Ok(entries) => entries.is_empty(),
            Err(error) => error != ReadError::Absent,
        }
    }

    /// The link of a revision that a repository has by now.
    fn revision_in(&self, repository: &StorePath) -> Option<StorePath> {
        Algorithm::ALL.into_iter().find_map(|algorithm| {
            let revisions = repository.join("_manifests/revisions").join(algorithm.name());
            let entries = self.store.dir(&revisions).and_then(|dir| dir.entries()).ok()?;
            let digests = entries.iter().filter_map(|entry| Digest::from_hex(algorithm, entry.name));
            let mut links = digests.map(|digest| layout::revision_link(repository, digest));
            links.find(|link| self.exists(link))
        })
    }

    /// A refusal is no news of a change.
    fn exists(&self, path: &StorePath) -> bool {
        self.store.stat(path).is_ok()
    }

    fn still_names(&self, path: &StorePath, digest: Digest) -> bool {
        match read_link(self.store, path) {
            Ok(Ok(content)) => content == digest,
            Ok(Err(_)) | Err(ReadError::Absent) => false,
            Err(_) => true,
        }
    }

    /// Whether what stands at `path` is as it was, and as damaged.
    fn is_as_it_was(&self, code: Code, path: &StorePath) -> bool {
        match self.inventory.place(path) {
            Place::BlobData(digest) => {
                let id = self.inventory.digests.find(digest);
                let before = id.and_then(|id| self.bytes.altered.get(&id));
                match self.store.stat(path) {
                    Ok(now) => before.is_none_or(|before| before.size == now.size),
                    Err(ReadError::Absent) => false,
                    Err(_) => true,
                }
            }
            Place::Link(_, digest) => !self.is_sound(path, Some(digest)),
            Place::TagLink => !self.is_sound(path, None),
            Place::Upload => self.exists(path) && (code == Code::UploadStale || !self.has_begun(path)),
            _ => true,
        }
    }

    /// Whether an upload without a readable beginning has one by now.
    fn has_begun(&self, upload: &StorePath) -> bool {
        let started_at = self.store.read(&upload.join("startedat"), LINK_CAP);
        let started_at = started_at.ok().map(|content| content.bytes.into());
        Upload { id: upload.name().into(), started_at, ..Upload::default() }.started().is_ok()
    }

    /// Whether a link that was damaged now holds a digest: its path's own, where it has one.
    fn is_sound(&self, path: &StorePath, expected: Option<Digest>) -> bool {
        match read_link(self.store, path) {
            Ok(Ok(content)) => expected.is_none_or(|expected| expected == content),
            Ok(Err(_)) => false,
            Err(error) => error == ReadError::Absent,
        }
    }
}

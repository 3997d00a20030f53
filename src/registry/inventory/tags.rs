//! Tags, where nothing is asked of them but what they point to.

use rayon::Scope;
use rayon::prelude::*;

use crate::cancel::Cancel;
use crate::path::StorePath;
use crate::progress::Work;
use crate::registry::layout::{self, Place};
use crate::store::{Dir, FileKind, ReadError, Store};

use super::builder::RawLink;
use super::link::{SHORT_LINK, entries, parse_link_bytes, read_link};
use super::walk::{Task, Walker};
use super::{Depth, DigestId, Inventory, Repository, View};

/// How many links a thread reads in a row: to wake another costs more than one.
const LINKS_AT_ONCE: usize = 16;

/// Tags that a walk passed by, in no particular order.
#[derive(Debug, Default)]
pub struct LateTags {
    /// The number of the repository, the name, and the digest in `current/link`.
    pub tags: Vec<(usize, Box<[u8]>, DigestId)>,
    /// What could not be read on the way there.
    pub unread: Vec<StorePath>,
}

/// Looks where the tags lead that the walk passed by, in the repositories that it concerns, and keeps those that matter, by
/// the number of their repository and the digest.
pub fn read_tags(
    store: &Store,
    inventory: &Inventory,
    cancel: &Cancel,
    concerns: impl Fn(usize) -> bool,
    matters: impl Fn(usize, DigestId) -> bool + Sync,
) -> LateTags {
    let mut late = LateTags::default();
    let concerned = |(number, repository): &(usize, &Repository)| repository.has.tags && concerns(*number);
    for (number, repository) in inventory.repositories.iter().enumerate().filter(concerned) {
        let directory = repository.path.join("_manifests/tags");
        let names: Vec<Box<[u8]>> = match entries(store, &directory) {
            Ok(listing) => {
                let others = listing.iter().filter(|entry| entry.kind != FileKind::File);
                others.map(|entry| entry.name.into()).collect()
            }
            Err(ReadError::Absent) => continue,
            Err(_) => {
                late.unread.push(directory);
                continue;
            }
        };
        let look = |name: Box<[u8]>| {
            if cancel.is_cancelled() {
                return None;
            }
            let link = layout::tag_current(&repository.path, &name);
            match read_link(store, &link) {
                Ok(Ok(digest)) => {
                    let target = inventory.digests.find(digest).filter(|target| matters(number, *target));
                    target.map(|target| Ok((number, name, target)))
                }
                Ok(Err(_)) | Err(ReadError::Absent) => None,
                Err(_) => Some(Err(link)),
            }
        };
        let looked: Vec<_> = names.into_par_iter().with_min_len(LINKS_AT_ONCE).filter_map(look).collect();
        for tag in looked {
            match tag {
                Ok(tag) => late.tags.push(tag),
                Err(link) => late.unread.push(link),
            }
        }
    }
    late
}

impl View {
    /// Whether a tag is passed by but for `current/link`, as a collector does.
    pub(super) fn takes_only_current(self) -> bool {
        self.depth == Depth::Nested && !self.history
    }

    /// Whether an entry is such as a look at `current/link` alone does not see, hence none of another tag's.
    pub(super) fn passes_by(self, place: Place, name: &[u8]) -> bool {
        self.takes_only_current()
            && match place {
                Place::Tag => name != b"current",
                Place::TagCurrent => name != b"link",
                _ => false,
            }
    }
}

impl Walker<'_> {
    /// Looks at the tags `names` in the directory of `task`: those whose link is sound are not listed.
    pub(super) fn tags<'s>(&'s self, scope: &Scope<'s>, task: &Task, names: &[Box<[u8]>]) {
        if self.stops() {
            return;
        }
        let dir = match self.store.dir(&task.path) {
            Ok(dir) => dir,
            Err(error) => return self.refused(task.path.clone(), error),
        };
        let mut sound = Vec::new();
        for name in names {
            match current(&dir, name) {
                Some((link, moved)) => sound.push((name, link, moved)),
                None => self.descend(scope, task.child(name)),
            }
        }
        self.progress.advance(Work { files: names.len() as u64, bytes: 0 });
        let Some(repository) = task.repository else { return };
        let mut builder = self.builder();
        for (name, link, moved) in sound {
            let tag = builder.tag(repository, name.clone());
            builder.tag_link(repository, tag, link, moved);
        }
    }
}

/// What a tag's link holds, if it is a digest, and when it was written.
fn current(tags: &Dir<'_>, name: &[u8]) -> Option<(RawLink, i64)> {
    let current = tags.dir_beneath(&[name, b"/current"].concat()).ok()?;
    let stat = current.stat(b"link").ok().filter(|stat| stat.kind == FileKind::File)?;
    let mut buffer = [0; SHORT_LINK];
    let length = current.read_into(b"link", &mut buffer).ok()?;
    match parse_link_bytes(&buffer[..length]) {
        link @ RawLink::Names(_) => Some((link, stat.modified)),
        _ => None,
    }
}

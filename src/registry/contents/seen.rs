//! Contents as they are seen in a root: one walk, and a look at what stands out of place.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::cancel::Cancel;
use crate::digest::Digest;
use crate::path::StorePath;
use crate::progress::Progress;
use crate::registry::inventory::{
    self, DigestId, Inventory, LINK_CAP, Link, LinkContent, Listed, Odd, Repository, TagDir, View,
};
use crate::registry::layout::{self, Place};
use crate::store::{FileKind, ReadError, Store};

use super::order::compare;
use super::{Contents, Entry, Stamp, What, is_in_uploads};

impl Contents {
    /// What a root holds. `strict`: what carries no meaning too.
    pub fn of_root(store: &Store, strict: bool, cancel: &Cancel, progress: &dyn Progress) -> Self {
        let view = if strict { View { uploads: true, ..View::CONTENTS } } else { View::CONTENTS };
        let mut inventory = inventory::walk(store, view, cancel, progress);
        if !strict {
            // Whatever stands in place of what is left out is left out too.
            inventory.opaque.retain(|path, _| !is_in_uploads(path));
        }
        let mut contents = Self::new(inventory);
        contents.take_others(store, strict);
        if strict {
            contents.take_stamps(store);
        }
        contents
    }

    /// What stands at these paths, and nothing else.
    pub fn of_files<'a>(store: &Store, paths: impl IntoIterator<Item = &'a StorePath>, strict: bool) -> Self {
        let mut contents = Self::new(Listed::default().finish());
        let mut unread = Vec::new();
        for path in paths {
            match entry_at(store, path) {
                Ok(entry) => contents.others.extend(entry),
                Err(error) => unread.push((path.clone(), error)),
            }
        }
        contents.others.sort_by(|a, b| compare(&a.path, &b.path));
        contents.others.dedup();
        contents.inventory.could_not_read(unread);
        if strict {
            contents.take_stamps(store);
        }
        contents
    }

    /// Looks at what stands where an inventory only says that something does.
    fn take_others(&mut self, store: &Store, strict: bool) {
        let Out { mut entries, files, vanished } = Out::of(&self.inventory, strict);
        self.vanished = vanished.into_iter().collect();
        let sizes: Vec<_> = files.par_iter().map(|path| (path, size(store, path))).collect();
        let mut unread = Vec::new();
        for (path, size) in sizes {
            let path = path.clone();
            match size {
                Ok(size) => entries.push(Entry { path, what: What::File { size, digest: None } }),
                Err(ReadError::Absent) => drop(self.vanished.insert(path)),
                Err(error) => unread.push((path, error)),
            }
        }
        self.inventory.could_not_read(unread);
        entries.sort_by(|a, b| compare(&a.path, &b.path));
        self.others = entries;
    }

    fn take_stamps(&mut self, store: &Store) {
        let files: Vec<StorePath> =
            self.entries().filter(|entry| entry.what != What::Directory).map(|entry| entry.path).collect();
        let stamps: BTreeMap<_, _> = files
            .into_par_iter()
            .filter_map(|path| stamp_at(store, &path).map(|stamp| (path, stamp)))
            .collect();
        self.stamps = Some(stamps);
    }
}

/// When the file at a path was written and who may use it.
pub fn stamp_at(store: &Store, path: &StorePath) -> Option<Stamp> {
    let stat = store.stat(path).ok()?;
    Some(Stamp { modified: stat.modified, mode: stat.mode })
}

/// What stands at a path where a file or nothing is expected.
///
/// # Errors
/// When it is neither, or the system refuses to say.
pub fn entry_at(store: &Store, path: &StorePath) -> Result<Option<Entry>, ReadError> {
    let found = |what| Ok(Some(Entry { path: path.clone(), what }));
    match layout::classify(path).place {
        Place::TagLink | Place::Link(..) | Place::OddLink(_) => match store.read(path, LINK_CAP) {
            Ok(content) => match Digest::parse(&content.bytes) {
                Ok(digest) => found(What::Link(digest)),
                Err(_) => found(What::File { size: content.stat.size, digest: None }),
            },
            Err(ReadError::Absent) => Ok(None),
            Err(error) => Err(error),
        },
        _ => match size(store, path) {
            Ok(size) => found(What::File { size, digest: None }),
            Err(ReadError::Absent) => Ok(None),
            Err(error) => Err(error),
        },
    }
}

fn size(store: &Store, path: &StorePath) -> Result<u64, ReadError> {
    let stat = store.stat(path)?;
    match stat.kind {
        FileKind::File => Ok(stat.size),
        kind => Err(ReadError::NotRegular(kind)),
    }
}

/// What is out of place, or is not what its place asks for.
#[derive(Default)]
struct Out {
    entries: Vec<Entry>,
    /// Files of which nothing is known but that they are there.
    files: Vec<StorePath>,
    vanished: Vec<StorePath>,
}

impl Out {
    fn of(inventory: &Inventory, strict: bool) -> Self {
        let mut out = Self::default();
        for repository in &inventory.repositories {
            out.repository(inventory, repository);
        }
        for oddity in &inventory.oddities {
            let path = || oddity.path.clone();
            match &oddity.what {
                Odd::Stray(FileKind::File)
                | Odd::Malformed(_)
                | Odd::Link(
                    _,
                    LinkContent::Empty
                    | LinkContent::Malformed(_)
                    | LinkContent::Unsupported(_)
                    | LinkContent::Unread,
                ) => out.files.push(path()),
                Odd::Temporary if strict => out.files.push(path()),
                Odd::EmptyDirectory | Odd::BlobWithoutData(_) | Odd::MisplacedDirectory(_) if strict => {
                    out.entries.push(Entry { path: path(), what: What::Directory });
                }
                Odd::MisplacedBlob(_, blob) | Odd::UnsupportedBlob(blob) => {
                    out.entries
                        .push(Entry { path: path(), what: What::File { size: blob.size, digest: None } });
                }
                Odd::Link(_, LinkContent::Names(digest)) => {
                    let what = What::Link(inventory.digests.get(*digest));
                    out.entries.push(Entry { path: path(), what });
                }
                Odd::Vanished => out.vanished.push(path()),
                Odd::Stray(_)
                | Odd::Temporary
                | Odd::EmptyDirectory
                | Odd::BlobWithoutData(_)
                | Odd::MisplacedDirectory(_) => {}
            }
        }
        out
    }

    fn repository(&mut self, inventory: &Inventory, repository: &Repository) {
        let digest = |id: DigestId| inventory.digests.get(id);
        let path = &repository.path;
        for link in repository.layers.iter().filter(|link| is_unsound(**link)) {
            self.files.push(layout::layer_link(path, digest(link.digest)));
        }
        for link in repository.revisions.iter().filter(|link| is_unsound(**link)) {
            self.files.push(layout::revision_link(path, digest(link.digest)));
        }
        for (manifest, link) in &repository.signatures {
            let path = layout::signature_link(path, digest(*manifest), digest(link.digest));
            match link.content {
                LinkContent::Names(named) => {
                    self.entries.push(Entry { path, what: What::Link(digest(named)) });
                }
                _ => self.files.push(path),
            }
        }
        for tag in &repository.tags {
            if tag.current.is_some_and(|content| !matches!(content, LinkContent::Names(_))) {
                self.files.push(layout::tag_current(path, &tag.name));
            }
            for link in tag.index.iter().filter(|link| is_unsound(**link)) {
                self.files.push(layout::tag_index(path, &tag.name, digest(link.digest)));
            }
            let directory = layout::tag(path, &tag.name);
            if is_bare(tag) && !is_hidden(inventory, &directory) {
                self.entries.push(Entry { path: directory, what: What::Directory });
            }
        }
    }
}

fn is_unsound(link: Link) -> bool {
    !matches!(link.content, LinkContent::Names(_))
}

/// Whether a tag is there by its name alone: an API lists it, and no pull of it succeeds.
fn is_bare(tag: &TagDir) -> bool {
    tag.current.is_none() && tag.index.is_empty()
}

/// Whether anything at a path, above or below it could not be looked at.
fn is_hidden(inventory: &Inventory, path: &StorePath) -> bool {
    inventory.hidden_by(path).is_some() || inventory.hides_below(path)
}

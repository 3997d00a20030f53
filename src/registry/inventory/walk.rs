//! The walk: every directory once, many at the same time, so that a slow disk has enough to do.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::Scope;

use crate::cancel::Cancel;
use crate::path::StorePath;
use crate::progress::{Progress, Work};
use crate::registry::layout::{Expected, Owner, Place};
use crate::store::{Content, Entry, FileKind, Listing, ReadError, Store};

use super::builder::{Builder, RepoNumber, TagNumber};
use super::link::{LINK_CAP, parse_link};
use super::{Blob, Depth, Inventory, Odd, Opaque, View};

/// How many directories of single digests one task looks at.
const LEAVES_A_TASK: usize = 64;

/// Walks a whole store. The calling thread should be one of a rayon pool: its size is the number of reads in flight.
pub fn walk(store: &Store, view: View, cancel: &Cancel, progress: &dyn Progress) -> Inventory {
    let walker =
        Walker { store, view, cancel, progress, builder: Mutex::new(Builder::new(store.kind(), view.depth)) };
    rayon::scope(|scope| walker.directory(scope, Task::at(StorePath::root(), Place::Root)));
    walker.builder.into_inner().unwrap_or_else(PoisonError::into_inner).finish()
}

pub(super) struct Walker<'a> {
    pub(super) store: &'a Store,
    pub(super) view: View,
    pub(super) cancel: &'a Cancel,
    pub(super) progress: &'a dyn Progress,
    pub(super) builder: Mutex<Builder>,
}

/// A directory to look at, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) path: StorePath,
    pub(super) place: Place,
    pub(super) repository: Option<RepoNumber>,
    pub(super) tag: Option<TagNumber>,
    /// Whether something above it was already reported as out of place.
    pub(super) stray: bool,
}

impl Task {
    pub(super) const fn at(path: StorePath, place: Place) -> Self {
        Self { path, place, repository: None, tag: None, stray: false }
    }

    pub(super) fn child(&self, name: &[u8]) -> Self {
        let Self { repository, tag, stray, .. } = *self;
        Self { path: self.path.join(name), place: self.place.child(name), repository, tag, stray }
    }
}

impl Walker<'_> {
    fn directory<'s>(&'s self, scope: &Scope<'s>, mut task: Task) {
        if self.stops() {
            return;
        }
        let entries = match self.store.dir(&task.path).and_then(|dir| dir.entries()) {
            Ok(entries) => entries,
            Err(error) => return self.refused(task.path, error),
        };
        self.progress.advance(Work { files: entries.len() as u64, bytes: 0 });
        if self.view.depth == Depth::Full {
            self.note_lack(&mut task, &entries);
        }
        self.note_parts(&mut task, &entries);
        // All leaves of a directory are of one kind.
        let (mut owner, mut leaves) = (None, Vec::new());
        let mut tags = Vec::new();
        for entry in entries.iter().filter(|entry| !self.view.passes_by(task.place, entry.name)) {
            // The path of a leaf is not made: there are millions.
            let place = task.place.child(entry.name);
            if let (Some((whose, digest)), FileKind::Directory) = (place.leaf(), entry.kind) {
                owner = whose;
                leaves.push(digest);
            } else if place == Place::Tag
                && entry.kind == FileKind::Directory
                && self.view.takes_only_current()
            {
                tags.push(Box::from(entry.name));
            } else {
                self.entry(scope, task.child(entry.name), &entry);
            }
        }
        for chunk in tags.chunks(LEAVES_A_TASK) {
            let (task, chunk) = (task.clone(), chunk.to_vec());
            scope.spawn(move |scope| self.tags(scope, &task, &chunk));
        }
        let mut chunks = leaves.chunks(LEAVES_A_TASK);
        let own = chunks.next();
        for chunk in chunks {
            let (task, chunk) = (task.clone(), chunk.to_vec());
            scope.spawn(move |scope| self.leaves(scope, &task, owner, &chunk));
        }
        if let Some(own) = own {
            self.leaves(scope, &task, owner, own);
        }
    }

    /// Makes known what the names in a directory tell of the directory itself.
    fn note_parts(&self, task: &mut Task, entries: &Listing) {
        let has = |name: &[u8]| entries.iter().any(|e| e.kind == FileKind::Directory && e.name == name);
        match (task.place, task.repository) {
            (Place::Root, _) => self.builder().saw_top(has(b"blobs"), has(b"repositories")),
            (Place::Namespace, _) => {
                let marks = [&b"_layers"[..], b"_manifests", b"_uploads"];
                if entries.iter().any(|entry| marks.contains(&entry.name)) {
                    let mut builder = self.builder();
                    let repository = builder.repository(task.path.clone());
                    let parts = builder.parts(repository);
                    parts.layers = has(b"_layers");
                    parts.manifests = has(b"_manifests");
                    parts.uploads = has(b"_uploads");
                    task.repository = Some(repository);
                }
            }
            (Place::Manifests, Some(repository)) => {
                let mut builder = self.builder();
                let parts = builder.parts(repository);
                parts.revisions = has(b"revisions");
                parts.tags = has(b"tags");
            }
            _ => {}
        }
    }

    /// One entry of a directory, other than the directory of a single digest.
    pub(super) fn entry<'s>(&'s self, scope: &Scope<'s>, task: Task, entry: &Entry<'_>) {
        let kind = match entry.kind {
            // The file system did not say when it was listed. Asked once more, it does, or says why it will not.
            FileKind::Unknown => match self.store.stat(&task.path) {
                Ok(stat) => stat.kind,
                Err(error) => return self.refused(task.path, error),
            },
            known => known,
        };
        match (task.place.expected(), kind) {
            (Expected::File, FileKind::File) => self.file(&task),
            (Expected::Directory | Expected::NamedDirectory, FileKind::Directory) => {
                self.descend(scope, task);
            }
            (Expected::Nothing, FileKind::Directory) => self.stray_directory(scope, task),
            (Expected::File, FileKind::Directory) if task.place.as_stray_directory().is_some() => {
                self.stray_directory(scope, task);
            }
            (Expected::NamedDirectory | Expected::Nothing, FileKind::File) => {
                let what =
                    if entry.name.ends_with(b".tmp") { Odd::Temporary } else { Odd::Stray(FileKind::File) };
                let is_first =
                    !task.stray && (task.place != Place::Reserved || is_first_reserved(&task.path));
                if is_first || self.view.strays {
                    self.odd(task.path, what);
                }
            }
            (_, kind) => self.builder().opaque(task.path, Opaque::NotRegular(kind)),
        }
    }

    pub(super) fn descend<'s>(&'s self, scope: &Scope<'s>, mut task: Task) {
        if !self.view.includes(task.place) {
            return;
        }
        // Waking a thread costs more than listing a small directory, so what has few siblings is looked at here. None
        // of these nest, so the stack stays shallow.
        if matches!(task.place, Place::Manifests | Place::Tags | Place::TagCurrent | Place::LinkAlgorithm(..))
            || matches!(task.place, Place::Links(Owner::Revisions | Owner::TagIndex))
        {
            return self.directory(scope, task);
        }
        scope.spawn(move |scope| match task.place {
            Place::Upload if !self.view.strays => self.upload(scope, &task),
            Place::Tag => {
                task.tag = task.repository.map(|number| self.builder().tag(number, task.path.name().into()));
                self.directory(scope, task);
            }
            Place::Namespace => {
                task.repository = None;
                self.directory(scope, task);
            }
            _ => self.directory(scope, task),
        });
    }

    /// A directory that the layout has no place for is reported once, and looked through all the same: for blobs,
    /// links and special files.
    fn stray_directory<'s>(&'s self, scope: &Scope<'s>, mut task: Task) {
        if !task.stray {
            self.odd(task.path.clone(), Odd::Stray(FileKind::Directory));
            task.stray = true;
        }
        task.place = task.place.as_stray_directory().unwrap_or(task.place);
        scope.spawn(move |scope| self.directory(scope, task));
    }

    /// A regular file where the layout asks for one: outside of the directories of single digests, or in one if only a
    /// second look told what it is.
    fn file(&self, task: &Task) {
        let result = match task.place {
            Place::TagLink => self.listed_link(&task.path).map(|content| {
                if let (Some(repository), Some(tag)) = (task.repository, task.tag) {
                    self.builder().tag_link(repository, tag, parse_link(&content), content.stat.modified);
                }
            }),
            Place::BlobData(digest) => {
                self.blob(&task.path).map(|blob| self.builder().blobs(vec![(digest, blob)]))
            }
            Place::Link(owner, digest) => self.listed_link(&task.path).map(|content| {
                if let Some(repository) = task.repository {
                    let link = vec![(digest, parse_link(&content))];
                    self.builder().links(repository, task.tag, owner, link);
                }
            }),
            Place::OddLink(owner) => self
                .listed_link(&task.path)
                .map(|content| self.builder().odd_link(task.path.clone(), owner, parse_link(&content))),
            Place::MisplacedData(digest) => self
                .blob(&task.path)
                .map(|blob| self.odd(task.path.clone(), Odd::MisplacedBlob(digest, blob))),
            Place::OtherBlobData => {
                self.blob(&task.path).map(|blob| self.odd(task.path.clone(), Odd::UnsupportedBlob(blob)))
            }
            Place::UploadData | Place::StartedAt | Place::HashState if self.view.strays => {
                self.odd(task.path.clone(), Odd::Stray(FileKind::File));
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(error) = result {
            self.refused(task.path.clone(), error);
        }
    }

    fn listed_link(&self, path: &StorePath) -> Result<Content, ReadError> {
        self.store.listed_file(path)?.read(LINK_CAP)
    }

    fn blob(&self, path: &StorePath) -> Result<Blob, ReadError> {
        let stat = self.store.stat(path)?;
        Ok(Blob { size: stat.size, modified: stat.modified })
    }

    /// Says if a blob's directory under another fan-out lacks its file, or if a directory has nothing in it. An empty
    /// `_uploads` is left behind by every finished push.
    fn note_lack(&self, task: &mut Task, entries: &Listing) {
        match task.place {
            Place::MisplacedDir(digest) => {
                if !entries.iter().any(|entry| entry.name == b"data") {
                    self.odd(task.path.clone(), Odd::MisplacedDirectory(digest));
                    task.stray = true;
                }
            }
            _ if !entries.is_empty() => {}
            Place::Root
            | Place::Blobs
            | Place::Repositories
            | Place::Uploads
            | Place::Tag
            | Place::TagCurrent => {}
            _ if task.stray && !self.view.strays => {}
            _ => self.odd(task.path.clone(), Odd::EmptyDirectory),
        }
    }

    /// Whether the run was interrupted; then the inventory says so.
    pub(super) fn stops(&self) -> bool {
        let stops = self.cancel.is_cancelled();
        if stops {
            self.builder().interrupted();
        }
        stops
    }

    /// Something that was listed and could not be opened.
    pub(super) fn refused(&self, path: StorePath, error: ReadError) {
        match error {
            ReadError::Absent => self.odd(path, Odd::Vanished),
            ReadError::NotRegular(kind) => self.builder().opaque(path, Opaque::NotRegular(kind)),
            ReadError::Refused(reason) => self.builder().opaque(path, Opaque::Unreadable(reason)),
        }
    }

    pub(super) fn odd(&self, path: StorePath, what: Odd) {
        self.builder().odd(path, what);
    }

    pub(super) fn builder(&self) -> MutexGuard<'_, Builder> {
        self.builder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing above a path is reserved: what the registry keeps in a reserved directory is its own affair, but a
/// file in place of one ends the walk of 2.x's collector.
fn is_first_reserved(path: &StorePath) -> bool {
    path.components().filter(|name| name.starts_with(b"_")).count() == 1
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::digest::Digest;
    use crate::progress::Silent;
    use crate::registry::layout;

    #[test]
    fn what_the_file_system_names_only_when_asked_again_is_that_and_a_refusal_is_told_as_one() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("docker/registry/v2/blobs")).unwrap();
        let store = Store::open(Some(root.path())).unwrap();
        fs::write(store.path_of(&"file".into()), "").unwrap();
        let digest = Digest::sha256([7; 32]);
        let data = layout::blob_data(digest);
        fs::create_dir_all(store.path_of(&data.parent().unwrap())).unwrap();
        fs::write(store.path_of(&data), "bytes").unwrap();
        // No system takes a name of that length: it refuses.
        let long = "x".repeat(300);
        let cancel = Cancel::never();
        let builder = Mutex::new(Builder::new(store.kind(), Depth::Full));
        let walker = Walker { store: &store, view: View::FULL, cancel: &cancel, progress: &Silent, builder };
        rayon::scope(|scope| {
            let above = Task::at(StorePath::root(), Place::Root);
            for name in ["file", "gone", &long] {
                let entry = Entry { name: name.as_bytes(), kind: FileKind::Unknown };
                walker.entry(scope, above.child(entry.name), &entry);
            }
            let directory = Task::at(data.parent().unwrap(), Place::BlobDir(digest));
            let entry = Entry { name: b"data", kind: FileKind::Unknown };
            walker.entry(scope, directory.child(entry.name), &entry);
        });
        let inventory = walker.builder.into_inner().unwrap().finish();
        let odd: Vec<_> = inventory.oddities.iter().map(|odd| (odd.path.to_string(), &odd.what)).collect();
        let expected =
            [("file".to_owned(), &Odd::Stray(FileKind::File)), ("gone".to_owned(), &Odd::Vanished)];
        assert_eq!(odd, expected);
        let sizes: Vec<u64> = inventory.blobs.iter().map(|(_, blob)| blob.size).collect();
        assert_eq!(sizes, [5]);
        let opaque: Vec<_> = inventory.opaque.iter().collect();
        assert!(
            matches!(&opaque[..], [(path, Opaque::Unreadable(_))] if path.to_string() == long),
            "{opaque:?}"
        );
    }
}

//! An inventory of what some images need, and of nothing else: as many files are looked at as the images have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rayon::Scope;

use crate::cancel::Cancel;
use crate::digest::Digest;
use crate::manifest::{self, MAX_MANIFEST, Role};
use crate::path::StorePath;
use crate::progress::Progress;
use crate::reference::{RepoName, Tag};
use crate::registry::layout::{self, Place, classify};
use crate::store::{Entry, FileKind, ReadError, Store};

use super::builder::{Builder, RepoNumber};
use super::link::read_link;
use super::walk::{Task, Walker};
use super::{Depth, Inventory, Opaque, View};

/// An image to look at.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its repository.
    pub repository: RepoName,
    /// The tag that names it.
    pub tag: Option<Tag>,
    /// Its digest, which wins over what the tag points to.
    pub digest: Option<Digest>,
}

/// What these images need.
pub fn of_images(store: &Store, wanted: &[Wanted], cancel: &Cancel, progress: &dyn Progress) -> Inventory {
    let mut builder = Builder::new(store.kind(), Depth::Full);
    let mut is_dir = |path: &str| match store.stat(&path.into()).map(|stat| stat.kind) {
        Ok(FileKind::Directory) => true,
        Ok(kind) => {
            builder.opaque(path.into(), Opaque::NotRegular(kind));
            false
        }
        Err(_) => false,
    };
    let (blobs, repositories) = (is_dir("blobs"), is_dir("repositories"));
    builder.saw_top(blobs, repositories);
    builder.saw_only_images();
    let walker = Walker { store, view: View::FULL, cancel, progress, builder: Mutex::new(builder) };
    rayon::scope(|scope| {
        let mut images =
            Images { walker: &walker, scope, repositories: BTreeMap::new(), seen: BTreeSet::new() };
        for image in wanted {
            images.image(image);
        }
    });
    walker.builder.into_inner().unwrap_or_else(PoisonError::into_inner).finish()
}

struct Images<'w, 's, 'scope> {
    walker: &'scope Walker<'w>,
    scope: &'s Scope<'scope>,
    repositories: BTreeMap<StorePath, RepoNumber>,
    seen: BTreeSet<StorePath>,
}

impl Images<'_, '_, '_> {
    fn image(&mut self, wanted: &Wanted) {
        let repository = layout::repository(wanted.repository.as_str());
        let mut digest = wanted.digest;
        if let Some(tag) = &wanted.tag {
            self.directory(&repository, &layout::tag(&repository, tag.as_str()));
            if digest.is_none() {
                let link = read_link(self.walker.store, &layout::tag_current(&repository, tag.as_str()));
                digest = link.ok().and_then(Result::ok);
            }
        }
        let mut todo: Vec<Digest> = digest.into_iter().collect();
        while let Some(digest) = todo.pop() {
            if self.walker.stops() {
                return;
            }
            if self.digest_directory(&repository, &layout::revision_link(&repository, digest)) {
                self.digest_directory(&repository, &layout::blob_data(digest));
                self.manifest(&repository, digest, &mut todo);
            }
        }
    }

    fn manifest(&mut self, repository: &StorePath, digest: Digest, todo: &mut Vec<Digest>) {
        let content = self.walker.store.read(&layout::blob_data(digest), MAX_MANIFEST);
        let Some(manifest) = content.ok().and_then(|content| manifest::parse(&content.bytes).ok()) else {
            return;
        };
        for (role, descriptor) in manifest.references() {
            let Some(digest) = descriptor.digest.known() else { continue };
            match role {
                Role::Child => todo.push(digest),
                Role::Config | Role::Layer => {
                    let link = layout::layer_link(repository, digest);
                    self.digest_directory(repository, &link);
                    self.digest_directory(repository, &layout::blob_data(digest));
                    if let Ok(Ok(blob)) = read_link(self.walker.store, &link) {
                        self.digest_directory(repository, &layout::blob_data(blob));
                    }
                }
                Role::Subject => {}
            }
        }
    }

    /// Looks at the directory that holds `file`; false if that was done before.
    fn digest_directory(&mut self, repository: &StorePath, file: &StorePath) -> bool {
        file.parent().is_some_and(|directory| self.directory(repository, &directory))
    }

    /// Looks at a directory, if it is there; false if that was done before.
    fn directory(&mut self, repository: &StorePath, path: &StorePath) -> bool {
        if !self.seen.insert(path.clone()) {
            return false;
        }
        let mut task = Task::at(path.clone(), classify(path).place);
        if !matches!(task.place, Place::BlobDir(_)) {
            task.repository = Some(self.number(repository));
        }
        match self.walker.store.stat(path) {
            Ok(stat) => match task.place.leaf() {
                Some((owner, digest)) if stat.kind == FileKind::Directory => {
                    let parent = path.parent().unwrap_or_default();
                    let parent = Task { path: parent.clone(), place: classify(&parent).place, ..task };
                    self.walker.leaves(self.scope, &parent, owner, &[digest]);
                }
                _ => self.walker.entry(self.scope, task, &Entry { name: path.name(), kind: stat.kind }),
            },
            Err(ReadError::Absent) => self.obstacle(path),
            Err(error) => self.walker.refused(self.first_refused(path), error),
        }
        true
    }

    /// What stands above a path and is no directory hides what is looked for: that is at fault then.
    fn obstacle(&self, path: &StorePath) {
        let above: Vec<&[u8]> = path.ancestors().skip(1).collect();
        for path in above.into_iter().rev().map(StorePath::from) {
            match self.walker.store.stat(&path).map(|stat| stat.kind) {
                Ok(FileKind::Directory) => {}
                Ok(kind) => return self.walker.refused(path, ReadError::NotRegular(kind)),
                Err(_) => return,
            }
        }
    }

    /// The topmost of the path's directories that is none or cannot be opened.
    fn first_refused(&self, path: &StorePath) -> StorePath {
        let ancestors: Vec<&[u8]> = path.ancestors().collect();
        let mut from_the_top = ancestors.iter().rev().map(|ancestor| StorePath::from(*ancestor));
        from_the_top.find(|ancestor| self.walker.store.dir(ancestor).is_err()).unwrap_or_else(|| path.clone())
    }

    fn number(&mut self, repository: &StorePath) -> RepoNumber {
        if let Some(number) = self.repositories.get(repository) {
            return *number;
        }
        let has = |name: &str| {
            self.walker.store.stat(&repository.join(name)).is_ok_and(|stat| stat.kind == FileKind::Directory)
        };
        let mut builder = self.walker.builder();
        let number = builder.repository(repository.clone());
        let parts = builder.parts(number);
        parts.layers = has("_layers");
        parts.manifests = has("_manifests");
        parts.revisions = has("_manifests/revisions");
        parts.tags = has("_manifests/tags");
        parts.uploads = has("_uploads");
        drop(builder);
        self.repositories.insert(repository.clone(), number);
        number
    }
}

//! Directories of single digests: a blob's or a link's. They are nearly all of a store, and looked at in batches.

use rayon::Scope;

use crate::digest::Digest;
use crate::path::StorePath;
use crate::progress::Work;
use crate::registry::layout::{Owner, Place};
use crate::store::{Dir, FileKind, Listing, ReadError, Telling};

use super::builder::RawLink;
use super::link::{LINK_CAP, SHORT_LINK, parse_link, parse_link_bytes};
use super::walk::{Task, Walker};
use super::{Blob, Depth, Odd};

/// The most bytes of a digest's directory and the file in it: `<128 hex digits>/data`.
const LONGEST_NAME: usize = 133;

/// What one batch found.
#[derive(Default)]
struct Found {
    blobs: Vec<(Digest, Blob)>,
    links: Vec<(Digest, RawLink)>,
}

/// A directory of a single digest, and the one file that it is there for.
#[derive(Clone, Copy)]
struct Leaf {
    /// Whose link it is; a blob is nobody's.
    owner: Option<Owner>,
    digest: Digest,
}

/// The name of a leaf, and the path of its file from the directory above it.
struct Name {
    bytes: [u8; LONGEST_NAME],
    directory: usize,
    file: usize,
}

impl Leaf {
    const fn file(self) -> &'static [u8] {
        if self.owner.is_some() { b"link" } else { b"data" }
    }

    const fn place(self) -> Place {
        match self.owner {
            Some(owner) => Place::LinkDir(owner, self.digest),
            None => Place::BlobDir(self.digest),
        }
    }

    fn name(self) -> Name {
        let mut bytes = [b'/'; LONGEST_NAME];
        let mut hex = [0; 128];
        let hex = self.digest.write_hex(&mut hex);
        bytes[..hex.len()].copy_from_slice(hex);
        let (directory, file) = (hex.len(), hex.len() + 1 + self.file().len());
        bytes[directory + 1..file].copy_from_slice(self.file());
        Name { bytes, directory, file }
    }
}

impl Name {
    fn directory(&self) -> &[u8] {
        &self.bytes[..self.directory]
    }

    fn file(&self) -> &[u8] {
        &self.bytes[..self.file]
    }
}

impl Walker<'_> {
    /// Looks at the directories of these digests in the directory of `task`.
    pub(super) fn leaves<'s>(
        &'s self,
        scope: &Scope<'s>,
        task: &Task,
        owner: Option<Owner>,
        digests: &[Digest],
    ) {
        if self.stops() {
            return;
        }
        let dir = match self.store.dir(&task.path) {
            Ok(dir) => dir,
            Err(error) => return self.refused(task.path.clone(), error),
        };
        let mut found = Found::default();
        let mut entries = Listing::default();
        let telling = match self.view.depth {
            Depth::Full => dir.telling().of_files(),
            Depth::Nested => dir.telling(),
            _ => Telling::Nothing,
        };
        for &digest in digests {
            let leaf = Leaf { owner, digest };
            let result = if self.view.depth < Depth::Nested {
                self.leaf_by_name(&dir, task, leaf, &mut found)
            } else if telling != Telling::Nothing && self.is_told(&dir, telling, leaf, &mut found) {
                Ok(())
            } else {
                self.leaf(scope, &dir, task, leaf, &mut entries, &mut found)
            };
            if let Err((path, error)) = result {
                self.refused(path, error);
            }
        }
        self.progress.advance(Work { files: digests.len() as u64, bytes: 0 });
        let mut builder = self.builder();
        builder.blobs(found.blobs);
        if let (Some(repository), Some(owner)) = (task.repository, owner) {
            builder.links(repository, task.tag, owner, found.links);
        }
    }

    /// Looks only at the file that a directory is there for. No path is made unless something has to be said of it:
    /// there are millions.
    fn leaf_by_name(
        &self,
        dir: &Dir<'_>,
        task: &Task,
        leaf: Leaf,
        found: &mut Found,
    ) -> Result<(), (StorePath, ReadError)> {
        if self.view.depth == Depth::Directories && leaf.owner == Some(Owner::Layers) {
            found.links.push((leaf.digest, RawLink::Unread));
            return Ok(());
        }
        let name = leaf.name();
        match self.wanted(dir, name.file(), leaf, found) {
            Err(ReadError::Absent) => {
                // A registry that deletes a manifest leaves its directory: it tells what the blob was.
                if leaf.owner == Some(Owner::Revisions) {
                    self.odd(task.path.join(name.directory()), Odd::EmptyDirectory);
                }
                Ok(())
            }
            Ok(()) => Ok(()),
            Err(error) => Err((task.path.join(name.file()), error)),
        }
    }

    fn leaf<'s>(
        &'s self,
        scope: &Scope<'s>,
        dir: &Dir<'_>,
        task: &Task,
        leaf: Leaf,
        entries: &mut Listing,
        found: &mut Found,
    ) -> Result<(), (StorePath, ReadError)> {
        let name = leaf.name();
        let own = || Task { path: task.path.join(name.directory()), place: leaf.place(), ..task.clone() };
        let refused = |error| (own().path, error);
        let dir = dir.dir(name.directory()).map_err(refused)?;
        dir.list(entries).map_err(refused)?;
        let mut is_there = false;
        for entry in entries.iter() {
            is_there |= entry.name == leaf.file();
            if entry.name == leaf.file() && entry.kind == FileKind::File {
                let result = self.wanted(&dir, leaf.file(), leaf, found);
                result.map_err(|error| (own().path.join(leaf.file()), error))?;
            } else {
                self.entry(scope, own().child(entry.name), &entry);
            }
        }
        if leaf.owner.is_none() && !is_there {
            self.odd(own().path, Odd::BlobWithoutData(leaf.digest));
        } else if entries.is_empty() {
            self.odd(own().path, Odd::EmptyDirectory);
        }
        Ok(())
    }

    /// Takes the one file that a directory is there for, without listing it, if that file is sound and nothing that this
    /// walk looks for stands beside it; else nothing.
    fn is_told(&self, dir: &Dir<'_>, telling: Telling, leaf: Leaf, found: &mut Found) -> bool {
        let name = leaf.name();
        let is_alone = match self.view.depth {
            Depth::Nested => dir.holds_no_directory(telling, name.directory(), leaf.file()),
            _ => dir.holds_nothing_but(telling, name.directory(), leaf.file()),
        };
        // Looked at before it is opened, as listing would: `wanted` does no more for a link.
        let is_file = || dir.stat(name.file()).is_ok_and(|stat| stat.kind == FileKind::File);
        if !is_alone.unwrap_or(false)
            || leaf.owner.is_some() && !is_file()
            || self.wanted(dir, name.file(), leaf, found).is_err()
        {
            return false;
        }
        let is_sound = leaf.owner.is_none() || matches!(found.links.last(), Some((_, RawLink::Names(_))));
        if !is_sound {
            found.links.pop();
        }
        is_sound
    }

    fn wanted(&self, dir: &Dir<'_>, path: &[u8], leaf: Leaf, found: &mut Found) -> Result<(), ReadError> {
        if leaf.owner.is_some() && self.view.depth > Depth::Names {
            let mut buffer = [0; SHORT_LINK];
            let length = dir.read_into(path, &mut buffer)?;
            let link = match parse_link_bytes(&buffer[..length]) {
                sound @ RawLink::Names(_) => sound,
                // It may be long, or a network's file system may have handed over a part.
                _ => parse_link(&dir.read(path, LINK_CAP)?),
            };
            found.links.push((leaf.digest, link));
            return Ok(());
        }
        let stat = dir.stat(path)?;
        if stat.kind != FileKind::File {
            return Err(ReadError::NotRegular(stat.kind));
        }
        match leaf.owner {
            None => found.blobs.push((leaf.digest, Blob { size: stat.size, modified: stat.modified })),
            Some(_) => found.links.push((leaf.digest, RawLink::Unread)),
        }
        Ok(())
    }
}

//! An inventory put together from a list of files instead of a walk.

use crate::digest::Digest;
use crate::kind::Kind;
use crate::path::StorePath;
use crate::registry::layout::{self, Location, Owner, Place};

use super::builder::{Builder, RawLink, RepoNumber, TagNumber};
use super::{Blob, Depth, Inventory, Opaque};

/// An inventory in the making. What belongs to one repository, and to one tag, must come together.
#[derive(Debug)]
pub struct Listed {
    builder: Builder,
    repository: Option<(Vec<u8>, RepoNumber)>,
    tag: Option<(Box<[u8]>, TagNumber)>,
}

impl Default for Listed {
    fn default() -> Self {
        let mut builder = Builder::new(Kind::Registry, Depth::Full);
        builder.saw_top(true, true);
        Self { builder, repository: None, tag: None }
    }
}

impl Listed {
    /// Takes a blob in its place.
    pub fn blob(&mut self, digest: Digest, size: u64) {
        self.builder.blobs(vec![(digest, Blob { size, modified: 0 })]);
    }

    /// Takes a link that names `target`; false if an inventory has no place of its own for it.
    pub fn link(&mut self, location: &Location<'_>, target: Digest) -> bool {
        let Some(repository) = location.repository else { return false };
        let link = RawLink::Names(target);
        match (location.place, location.tag) {
            (Place::Link(owner @ (Owner::Layers | Owner::Revisions), digest), _) => {
                let repository = self.repository(repository);
                self.builder.links(repository, None, owner, vec![(digest, link)]);
            }
            (Place::Link(Owner::TagIndex, digest), Some(tag)) => {
                let (repository, tag) = self.tag(repository, tag);
                self.builder.links(repository, Some(tag), Owner::TagIndex, vec![(digest, link)]);
            }
            (Place::TagLink, Some(tag)) => {
                let (repository, tag) = self.tag(repository, tag);
                self.builder.tag_link(repository, tag, link, 0);
            }
            _ => return false,
        }
        true
    }

    /// Takes note of something that could not be looked at.
    pub fn hidden(&mut self, path: StorePath, reason: String) {
        self.builder.opaque(path, Opaque::Unreadable(reason.into()));
    }

    /// The inventory.
    pub fn finish(self) -> Inventory {
        self.builder.finish()
    }

    fn repository(&mut self, name: &[u8]) -> RepoNumber {
        match &self.repository {
            Some((known, number)) if known == name => *number,
            _ => {
                let number = self.builder.repository(layout::repository(name));
                self.repository = Some((name.to_vec(), number));
                self.tag = None;
                number
            }
        }
    }

    fn tag(&mut self, repository: &[u8], name: &[u8]) -> (RepoNumber, TagNumber) {
        let repository = self.repository(repository);
        match &self.tag {
            Some((known, number)) if **known == *name => (repository, *number),
            _ => {
                let number = self.builder.tag(repository, name.into());
                self.tag = Some((name.into(), number));
                (repository, number)
            }
        }
    }
}

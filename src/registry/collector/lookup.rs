//! How a collector lists and follows links: `Enumerate` and `Stat` of `registry/storage/linkedblobstore.go`.

use super::Run;
use super::run::Fault;
use crate::digest::ParseDigestError;
use crate::path::StorePath;
use crate::registry::inventory::{DigestId, Inventory, Link, LinkContent, Odd, Oddity, Opaque, Repository};
use crate::registry::layout::{self, Owner};
use crate::store::FileKind;

/// A file named `link`.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoundLink<'a> {
    pub(super) place: LinkPlace<'a>,
    pub(super) content: LinkContent,
}

/// Where a link stands in its repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkPlace<'a> {
    Layer(DigestId),
    Revision(DigestId),
    Signature(DigestId, DigestId),
    Odd(&'a StorePath),
}

/// What stands at a path where a directory is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Directory,
    Absent,
    /// Something else, there or above.
    File,
    /// A symbolic link, or something that could not be looked at.
    Unknown,
}

impl LinkPlace<'_> {
    pub(super) fn path(&self, repository: &Repository, inventory: &Inventory) -> StorePath {
        let get = |id| inventory.digests.get(id);
        match *self {
            Self::Layer(id) => layout::layer_link(&repository.path, get(id)),
            Self::Revision(id) => layout::revision_link(&repository.path, get(id)),
            Self::Signature(id, signature) => {
                layout::signature_link(&repository.path, get(id), get(signature))
            }
            Self::Odd(path) => path.clone(),
        }
    }

    /// The digest that a sound link at this place would hold.
    pub(super) const fn spells(&self) -> Option<DigestId> {
        match *self {
            Self::Layer(id) | Self::Revision(id) | Self::Signature(_, id) => Some(id),
            Self::Odd(_) => None,
        }
    }
}

/// What stands at `path`, of which the inventory says whether it is a directory.
pub(super) fn standing(inventory: &Inventory, is_directory: bool, path: &StorePath) -> Standing {
    match inventory.hidden_by(path) {
        _ if is_directory => Standing::Directory,
        None => Standing::Absent,
        Some((_, Opaque::NotRegular(kind))) if is_known(*kind) => Standing::File,
        Some(_) => Standing::Unknown,
    }
}

fn is_known(kind: FileKind) -> bool {
    !matches!(kind, FileKind::Symlink | FileKind::Unknown)
}

/// The oddities below a directory, by path.
pub(super) fn oddities_below<'a>(inventory: &'a Inventory, dir: &StorePath) -> &'a [Oddity] {
    let prefix = [dir.as_bytes(), b"/"].concat();
    let below =
        &inventory.oddities[inventory.oddities.partition_point(|odd| odd.path.as_bytes() < &*prefix)..];
    &below[..below.partition_point(|odd| odd.path.as_bytes().starts_with(&prefix))]
}

/// Whether the driver reads such a path: `PathRegexp` of `registry/storage/driver/storagedriver.go`. Its walk goes by
/// any name, so that only what is read fails.
pub(super) fn is_readable(path: &StorePath) -> bool {
    path.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(byte))
}

/// What the registry's parser says of a link's content.
pub(super) fn parse_error(inventory: &Inventory, content: LinkContent) -> String {
    match content {
        LinkContent::Unsupported(_) => ParseDigestError::Algorithm.to_string(),
        LinkContent::Malformed(text) => {
            let length = ParseDigestError::Length.to_string();
            if inventory.text(text).starts_with(&length) {
                length
            } else {
                ParseDigestError::Format.to_string()
            }
        }
        _ => ParseDigestError::Format.to_string(),
    }
}

/// Whether 2.x may look for a manifest among the layers: where a link below the revisions holds a digest other than
/// that of its path.
pub(super) fn may_go_by_layers(inventory: &Inventory) -> bool {
    let is_odd = |oddity: &Oddity| {
        matches!(oddity.what, Odd::Link(Owner::Revisions | Owner::Signatures(_), LinkContent::Names(_)))
    };
    inventory.oddities.iter().any(is_odd)
        || inventory.repositories.iter().any(|repository| {
            let names_another =
                |link: &Link| matches!(link.content, LinkContent::Names(other) if other != link.digest);
            !repository.signatures.is_empty() || repository.revisions.iter().any(names_another)
        })
}

impl<'a> Run<'a> {
    /// Every file named `link` below `_layers` or `_manifests/revisions`, in the order of the walk.
    pub(super) fn links(&self, repository: &'a Repository, owner: Owner) -> Vec<FoundLink<'a>> {
        let below =
            repository.path.join(if owner == Owner::Layers { "_layers" } else { "_manifests/revisions" });
        let odd = oddities_below(self.inventory, &below).iter().filter_map(|oddity| match oddity.what {
            Odd::Link(_, content) => Some(FoundLink { place: LinkPlace::Odd(&oddity.path), content }),
            _ => None,
        });
        let mut links: Vec<FoundLink<'a>> = odd.collect();
        let in_order = links.is_empty() && (owner == Owner::Layers || repository.signatures.is_empty());
        if owner == Owner::Layers {
            let layers = repository.layers.iter();
            links.extend(layers.map(|l| FoundLink { place: LinkPlace::Layer(l.digest), content: l.content }));
        } else {
            let revisions = repository.revisions.iter();
            links.extend(
                revisions.map(|l| FoundLink { place: LinkPlace::Revision(l.digest), content: l.content }),
            );
            links.extend(repository.signatures.iter().map(|(manifest, link)| FoundLink {
                place: LinkPlace::Signature(*manifest, link.digest),
                content: link.content,
            }));
        }
        if !in_order {
            links.sort_by_cached_key(|link| {
                let path = link.place.path(repository, self.inventory);
                path.components().map(Vec::from).collect::<Vec<_>>()
            });
        }
        links
    }

    /// The digest in a link.
    ///
    /// # Errors
    /// What the collector says of it.
    pub(super) fn read_link(&self, repository: &Repository, link: &FoundLink<'_>) -> Result<DigestId, Fault> {
        let path = || link.place.path(repository, self.inventory);
        match (link.place, link.content) {
            (LinkPlace::Odd(path), _) if !is_readable(path) => Err(Fault::invalid_path(path.clone(), path)),
            (_, LinkContent::Names(digest)) => Ok(digest),
            (LinkPlace::Layer(id) | LinkPlace::Revision(id), LinkContent::Unread) => Ok(id),
            (_, content) => Err(Fault::new(path(), parse_error(self.inventory, content))),
        }
    }

    /// The digest of the blob behind a digest, if the repository links it and the store has the blob; the links are
    /// looked up in one place after the other.
    ///
    /// # Errors
    /// When a link on the way cannot be read, other than by being absent.
    pub(super) fn stat(
        &self,
        repository: &Repository,
        digest: DigestId,
        places: &[Owner],
    ) -> Result<Option<DigestId>, Fault> {
        for owner in places {
            let (link, place) = match owner {
                Owner::Layers => (repository.layer(digest), LinkPlace::Layer(digest)),
                _ => (repository.revision(digest), LinkPlace::Revision(digest)),
            };
            if let Some(link) = link {
                let target = self.read_link(repository, &FoundLink { place, content: link.content })?;
                return self.blob(target).map(|is_there| is_there.then_some(target));
            }
            if !self.inventory.opaque.is_empty() {
                self.no_obstacle(&place.path(repository, self.inventory), "open")?;
            }
        }
        Ok(None)
    }

    fn blob(&self, digest: DigestId) -> Result<bool, Fault> {
        let is_there = self.inventory.blobs.contains(digest);
        if !is_there && !self.inventory.opaque.is_empty() {
            let path = layout::blob_data(self.inventory.digests.get(digest));
            // A directory in place of the bytes counts as no blob.
            if !self.inventory.opaque.contains_key(&path) {
                self.no_obstacle(&path, "stat")?;
            }
        }
        Ok(is_there)
    }

    /// Whether an absent file is merely absent to the system too: it answers otherwise where a directory stands in
    /// its place, or a file in place of a directory above it.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn no_obstacle(&self, path: &StorePath, call: &str) -> Result<(), Fault> {
        match self.inventory.hidden_by(path) {
            Some((at, Opaque::NotRegular(FileKind::Directory))) if at == path => {
                Err(Fault::system(at.clone(), "filesystem: read", path, "is a directory"))
            }
            Some((at, Opaque::NotRegular(kind))) if at != path && is_known(*kind) => {
                Err(Fault::system(at.clone(), &format!("filesystem: {call}"), path, "not a directory"))
            }
            _ => Ok(()),
        }
    }
}

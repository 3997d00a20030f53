//! What a name means in a directory: the layout as a state machine.

use crate::digest::{Algorithm, Digest};

/// What a path means. Places named after a file end in the file; the others are directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `v2`.
    Root,
    /// `blobs`.
    Blobs,
    /// `blobs/<algorithm>`.
    BlobAlgorithm(Algorithm),
    /// `blobs/<algorithm>/<hh>`.
    BlobShard(Algorithm, [u8; 2]),
    /// `blobs/<algorithm>/<hh>/<hex>`.
    BlobDir(Digest),
    /// `blobs/<algorithm>/<hh>/<hex>/data`, a file.
    BlobData(Digest),
    /// A directory named like a digest, below `blobs` but not where look-ups go.
    MisplacedDir(Digest),
    /// A file `data` below `blobs` where no look-up goes; the digest is that of its directory's name.
    MisplacedData(Option<Digest>),
    /// `blobs/<algorithm…>` of an algorithm that is not known.
    OtherAlgorithm,
    /// Its fan-out directory.
    OtherShard([u8; 2]),
    /// A blob's directory under an algorithm that is not known.
    OtherBlobDir,
    /// The bytes of such a blob, a file.
    OtherBlobData,
    /// A directory below `blobs` that the layout has no place for.
    StrayBlobs,
    /// `repositories`.
    Repositories,
    /// A directory below `repositories`: a repository, a part of repositories' names, or both.
    Namespace,
    /// A directory of a repository that begins with `_` and is not known: reserved for the registry's metadata.
    Reserved,
    /// A directory of links: `_layers`, `revisions`, `signatures` or `index`.
    Links(Owner),
    /// One algorithm of it.
    LinkAlgorithm(Owner, Algorithm),
    /// One digest of it.
    LinkDir(Owner, Digest),
    /// `link` in it, a file.
    Link(Owner, Digest),
    /// A directory of links of an algorithm that is not known (`tarsum/v1/sha256`), or one below it.
    OtherLinks(Owner),
    /// A directory among links that the layout has no place for.
    StrayLinks(Owner),
    /// A file `link` among links, but not at `<algorithm>/<hex>/link` of a known algorithm. Collectors read it.
    OddLink(Owner),
    /// `_manifests`.
    Manifests,
    /// `_manifests/tags`.
    Tags,
    /// `_manifests/tags/<tag>`.
    Tag,
    /// `_manifests/tags/<tag>/current`.
    TagCurrent,
    /// `_manifests/tags/<tag>/current/link`, a file.
    TagLink,
    /// `_uploads`.
    Uploads,
    /// `_uploads/<id>`.
    Upload,
    /// `_uploads/<id>/data`, a file.
    UploadData,
    /// `_uploads/<id>/startedat`, a file.
    StartedAt,
    /// `_uploads/<id>/hashstates`.
    HashStates,
    /// `_uploads/<id>/hashstates/<algorithm>`.
    HashStateAlgorithm,
    /// `_uploads/<id>/hashstates/<algorithm>/<offset>`, a file.
    HashState,
    /// Nothing that the layout has a place for.
    Unplaced,
}

/// Whose links a directory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The repository's configs and layers.
    Layers,
    /// The repository's manifests.
    Revisions,
    /// The signatures of one schema 1 manifest.
    Signatures(Digest),
    /// The history of one tag.
    TagIndex,
}

/// What the layout wants at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A regular file.
    File,
    /// A directory of a name that the layout fixes.
    Directory,
    /// A directory of a name that is a user's or anybody's: a file there is merely out of place.
    NamedDirectory,
    /// Nothing: whatever stands there is out of place.
    Nothing,
}

impl Place {
    /// What `name` means in this directory.
    #[must_use]
    pub fn child(self, name: &[u8]) -> Self {
        match self {
            Self::Root if name == b"blobs" => Self::Blobs,
            Self::Root if name == b"repositories" => Self::Repositories,
            Self::Repositories if !name.starts_with(b"_") => Self::Namespace,
            Self::Namespace | Self::Reserved => self.child_of_repository(name),
            Self::Manifests if name == b"revisions" => Self::Links(Owner::Revisions),
            Self::Manifests if name == b"tags" => Self::Tags,
            Self::Tags => Self::Tag,
            Self::Tag if name == b"current" => Self::TagCurrent,
            Self::Tag if name == b"index" => Self::Links(Owner::TagIndex),
            Self::TagCurrent if name == b"link" => Self::TagLink,
            Self::Uploads => Self::Upload,
            Self::Upload if name == b"data" => Self::UploadData,
            Self::Upload if name == b"startedat" => Self::StartedAt,
            Self::Upload if name == b"hashstates" => Self::HashStates,
            Self::HashStates => Self::HashStateAlgorithm,
            Self::HashStateAlgorithm if name.iter().all(u8::is_ascii_digit) => Self::HashState,
            _ => self.child_of_blobs(name).or_else(|| self.child_of_links(name)).unwrap_or(Self::Unplaced),
        }
    }

    fn child_of_repository(self, name: &[u8]) -> Self {
        match name {
            _ if self == Self::Reserved => Self::Reserved,
            b"_layers" => Self::Links(Owner::Layers),
            b"_manifests" => Self::Manifests,
            b"_uploads" => Self::Uploads,
            _ if name.starts_with(b"_") => Self::Reserved,
            _ => Self::Namespace,
        }
    }

    fn child_of_blobs(self, name: &[u8]) -> Option<Self> {
        Some(match self {
            Self::Blobs => match Algorithm::from_name(name) {
                Some(algorithm) => Self::BlobAlgorithm(algorithm),
                None if name == b"data" => Self::MisplacedData(None),
                None if is_algorithm_component(name) => Self::OtherAlgorithm,
                None => Self::StrayBlobs,
            },
            Self::BlobAlgorithm(algorithm) => match (shard(name), Digest::from_hex(algorithm, name)) {
                (Some(shard), _) => Self::BlobShard(algorithm, shard),
                (_, Some(digest)) => Self::MisplacedDir(digest),
                _ => Self::stray_blob(name),
            },
            Self::BlobShard(algorithm, shard) => match Digest::from_hex(algorithm, name) {
                Some(digest) if name.starts_with(&shard) => Self::BlobDir(digest),
                Some(digest) => Self::MisplacedDir(digest),
                None => Self::stray_blob(name),
            },
            Self::BlobDir(digest) if name == b"data" => Self::BlobData(digest),
            Self::MisplacedDir(digest) if name == b"data" => Self::MisplacedData(Some(digest)),
            Self::OtherAlgorithm => match shard(name) {
                Some(shard) => Self::OtherShard(shard),
                None if name != b"data" && is_algorithm_component(name) => Self::OtherAlgorithm,
                None => Self::stray_blob(name),
            },
            Self::OtherShard(shard) if name.starts_with(&shard) => Self::OtherBlobDir,
            Self::OtherBlobDir if name == b"data" => Self::OtherBlobData,
            Self::BlobDir(_)
            | Self::MisplacedDir(_)
            | Self::OtherShard(_)
            | Self::OtherBlobDir
            | Self::StrayBlobs => Self::stray_blob(name),
            _ => return None,
        })
    }

    fn stray_blob(name: &[u8]) -> Self {
        match Digest::from_hex(Algorithm::Sha256, name) {
            Some(digest) => Self::MisplacedDir(digest),
            None if name == b"data" => Self::MisplacedData(None),
            None => Self::StrayBlobs,
        }
    }

    fn child_of_links(self, name: &[u8]) -> Option<Self> {
        let is_link = name == b"link";
        Some(match self {
            Self::LinkDir(owner, digest) if is_link => Self::Link(owner, digest),
            Self::LinkDir(Owner::Revisions, digest) if name == b"signatures" => {
                Self::Links(Owner::Signatures(digest))
            }
            Self::Links(owner) | Self::LinkAlgorithm(owner, _) if is_link => Self::OddLink(owner),
            Self::OtherLinks(owner) | Self::StrayLinks(owner) if is_link => Self::OddLink(owner),
            Self::Links(owner) => match Algorithm::from_name(name) {
                Some(algorithm) => Self::LinkAlgorithm(owner, algorithm),
                None if is_algorithm_component(name) => Self::OtherLinks(owner),
                None => Self::StrayLinks(owner),
            },
            Self::LinkAlgorithm(owner, algorithm) => match Digest::from_hex(algorithm, name) {
                Some(digest) => Self::LinkDir(owner, digest),
                None => Self::StrayLinks(owner),
            },
            Self::OtherLinks(owner) => Self::OtherLinks(owner),
            Self::LinkDir(owner, _) | Self::StrayLinks(owner) => Self::StrayLinks(owner),
            _ => return None,
        })
    }

    /// What the layout wants here.
    pub const fn expected(self) -> Expected {
        match self {
            Self::BlobData(_)
            | Self::MisplacedData(_)
            | Self::OtherBlobData
            | Self::Link(..)
            | Self::OddLink(_)
            | Self::TagLink
            | Self::UploadData
            | Self::StartedAt
            | Self::HashState => Expected::File,
            Self::Namespace
            | Self::Reserved
            | Self::Tag
            | Self::Upload
            | Self::HashStateAlgorithm
            | Self::OtherAlgorithm
            | Self::OtherShard(_)
            | Self::OtherBlobDir
            | Self::OtherLinks(_) => Expected::NamedDirectory,
            Self::StrayBlobs | Self::StrayLinks(_) | Self::Unplaced => Expected::Nothing,
            _ => Expected::Directory,
        }
    }

    /// What a directory is that stands where a file is asked for, but in no place of the layout's own.
    #[must_use]
    pub const fn as_stray_directory(self) -> Option<Self> {
        match self {
            Self::OddLink(owner) => Some(Self::StrayLinks(owner)),
            Self::MisplacedData(_) | Self::OtherBlobData => Some(Self::StrayBlobs),
            _ => None,
        }
    }

    /// For a directory that holds one digest's file and little else, so that many are looked at in one go: whose link it
    /// is, if not a blob's `data`, and the digest.
    pub const fn leaf(self) -> Option<(Option<Owner>, Digest)> {
        match self {
            Self::BlobDir(digest) => Some((None, digest)),
            Self::LinkDir(owner, digest) => Some((Some(owner), digest)),
            _ => None,
        }
    }
}

/// The two characters of a fan-out directory.
fn shard(name: &[u8]) -> Option<[u8; 2]> {
    let shard = <[u8; 2]>::try_from(name).ok()?;
    shard.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')).then_some(shard)
}

/// One component of an algorithm's path: its `+`, `.` and `;` have become `/`.
fn is_algorithm_component(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(b))
}

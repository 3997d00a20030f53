//! The kinds of stores that regfs reads: what a root is, whoever wrote it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::{Algorithm, Digest};
use crate::path::StorePath;

/// Who wrote a store, and hence where everything is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A registry's storage: `docker/registry/v2`.
    Registry,
    /// The data root of a Docker engine with a graphdriver store: `image/<driver>` beside the driver's directories.
    Docker,
    /// An OCI image layout: `oci-layout`, `index.json` and `blobs/`.
    Oci,
    /// containerd's content store: blobs whose names are in a database.
    Containerd,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Registry, Self::Docker, Self::Oci, Self::Containerd];

    /// The word in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Docker => "docker",
            Self::Oci => "oci",
            Self::Containerd => "containerd",
        }
    }

    /// The kind with its article, for a sentence.
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Registry => "a registry's storage",
            Self::Docker => "a Docker engine's data root",
            Self::Oci => "an OCI image layout",
            Self::Containerd => "a containerd content store",
        }
    }

    /// Whether it keeps manifests and layers as they were pushed; an engine keeps what they unpacked to.
    pub const fn keeps_manifests(self) -> bool {
        !matches!(self, Self::Docker)
    }

    /// Where the bytes of blobs are in it.
    pub const fn shelf(self) -> Shelf {
        match self {
            Self::Registry => Shelf::Sharded,
            Self::Docker | Self::Oci | Self::Containerd => Shelf::Flat,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How a store arranges its blobs below `blobs/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// `<algorithm>/<first two hex>/<hex>/data`, as a registry.
    Sharded,
    /// `<algorithm>/<hex>`, as an OCI image layout and containerd.
    Flat,
}

impl Shelf {
    /// The directory that holds the blobs whose digests begin like this; `hex` has at least two digits.
    pub fn directory(self, algorithm: Algorithm, hex: &str) -> StorePath {
        let directory = StorePath::from("blobs").join(algorithm.name());
        match self {
            Self::Sharded => directory.join(&hex[..2]),
            Self::Flat => directory,
        }
    }

    /// The bytes of a blob.
    pub fn path(self, digest: Digest) -> StorePath {
        self.place(digest.algorithm().name(), &digest.hex())
    }

    /// The bytes of a blob of any algorithm, known or not.
    pub fn place(self, algorithm: &str, encoded: &str) -> StorePath {
        match self {
            Self::Sharded => {
                let shard = encoded.get(..2).unwrap_or(encoded);
                format!("blobs/{algorithm}/{shard}/{encoded}/data")
            }
            Self::Flat => format!("blobs/{algorithm}/{encoded}"),
        }
        .into()
    }
}

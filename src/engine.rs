//! A Docker engine's store with a graphdriver: how an image's layers become directories of a host.
//!
//! ```text
//! image/<driver>/
//!   repositories.json                      names: {"Repositories": {"app": {"app:v1": "sha256:<image id>", "app@sha256:<manifest>": …}}}
//!   imagedb/content/sha256/<image id>      the image's config, byte for byte; its hash is the image id
//!   imagedb/metadata/sha256/<image id>/    parent: of an image that was built here; lastUpdated
//!   layerdb/sha256/<ChainID>/
//!     diff                                 the DiffID: the hash of the layer's tar archive, uncompressed
//!     parent                               the ChainID of the layer below; absent for the lowest
//!     cache-id                             the name of the layer's directory below the driver's own
//!     size                                 the bytes of the layer's files, decimal
//!     tar-split.json.gz                    the tar archive without the files' bytes
//!   layerdb/sha256/<ChainID>-…-removing/   a deletion that was interrupted
//!   layerdb/tmp/write-set-*/               a layer that was never finished
//!   layerdb/mounts/<container id>/         mount-id, init-id: directories of a container; parent: the ChainID below
//!   distribution/diffid-by-digest/sha256/<registry digest>      the DiffID that a registry's blob unpacks to
//!   distribution/v2metadata-by-diffid/sha256/<DiffID>           the registries' blobs that unpacked to it
//! overlay2/<cache-id>/diff/                the files; of `vfs` vfs/dir/<cache-id>, of `btrfs` btrfs/subvolumes/<cache-id>
//! containers/<container id>/config.v2.json which image a container was made of
//! ```
//!
//! After moby's `image`, `layer`, `reference` and `distribution/metadata`. An engine starts with what it can read and
//! says nothing of the rest, so that damage stays unseen until something is run.

mod chain;
pub mod check;
mod driver;
mod field;
mod inventory;
pub mod names;
pub mod origin;
pub mod size;
pub mod tar_split;

pub use chain::{above, chain_ids};
pub use driver::{Graph, UNKNOWN_DRIVER};
pub use field::Field;
pub(crate) use inventory::is_id;
pub use inventory::{Container, Driver, Engine, Image, Layer, Leftover, Mount, NameOf, Names, walk};

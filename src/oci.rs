//! The OCI image layout, and containerd's content store, which keeps its blobs the same way.
//!
//! ```text
//! oci-layout                    {"imageLayoutVersion": "1.0.0"}
//! index.json                    an image index: what it lists is what the layout holds; names are annotations
//! blobs/<algorithm>/<hex>       the bytes, which must hash to their name; some may be missing, others superfluous
//! ```
//!
//! After image-spec's `image-layout.md`: files that it does not name, and media types that nobody knows, are no error.
//! containerd (`plugins/content/local/store.go`) has `ingest/` beside `blobs/` and keeps the names in a database.
//!
//! What is read becomes the [`Inventory`](crate::registry::inventory::Inventory) that a registry's walk makes, with one
//! repository without a name and without links: so that graph, reach and checks are the same.

pub mod index;
mod inventory;
pub mod names;

pub use inventory::{narrow, walk};

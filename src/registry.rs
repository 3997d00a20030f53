//! The registry store: how distribution, Harbor and GitLab lay out an image's bytes and names on disk.

pub mod bytes;
pub mod check;
pub mod collector;
pub mod compare;
pub mod contents;
pub mod documents;
pub mod graph;
pub mod inventory;
pub mod layout;
pub mod look;
pub mod reach;
pub mod remarks;
pub mod shard;
pub mod shares;

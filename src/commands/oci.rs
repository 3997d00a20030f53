//! What is asked of an image layout by names: its names are those of `index.json`, and nothing is linked.
//!
//! What is asked of the store as a whole goes by the inventory, as for a registry.

pub mod cat;
pub mod ls;
pub mod resolve;
pub mod verify;

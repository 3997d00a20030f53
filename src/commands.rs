//! What regfs answers, one file a command: a session and options in, a report out, nothing printed.

pub mod cat;
pub mod completions;
pub mod diff;
pub mod du;
pub mod engine;
pub mod explain;
pub mod export;
pub mod gc_preview;
pub mod history;
mod image;
pub mod inventory;
pub mod ls;
pub mod merge;
mod names;
pub mod oci;
pub mod orphans;
pub mod refs;
pub mod resolve;
mod survey;
pub mod uploads;
pub mod verify;
pub mod whole;

pub use names::has_repository;

//! What is asked of an image layout by names: its names are those of `index.json`, and nothing is linked.
//!
//! What is asked of the store as a whole goes by the inventory, as for a registry.

pub mod cat;
pub mod ls;
pub mod resolve;
pub mod verify;

use crate::commands::names;
use crate::kind::Kind;
use crate::oci::index::{self, Index};
use crate::oci::names::all;
use crate::path::StorePath;
use crate::reference::Reference;
use crate::report::{ErrorItem, Head};
use crate::store::Store;

/// Takes over what is wrong with the two files. Whoever `needs_all` of what the layout lists has no whole answer where
/// that is not known.
fn note(head: &mut Head, index: &Index, needs_all: bool) {
    for fault in &index.faults {
        let path = fault.path.clone();
        match &fault.why {
            Ok(why) if needs_all && path == index::path() => {
                head.errors.push(ErrorItem { path, reason: why.clone() });
            }
            Ok(why) => head.warnings.push(format!("{path}: {why}")),
            Err(error) => head.errors.push(ErrorItem { path, reason: error.to_string() }),
        }
    }
    head.partial |= !head.errors.is_empty();
}

/// Why nobody knows whether the layout lists a name, if that is so: the file, and what is wrong with it.
fn unknowable(store: &Store, index: &Index) -> Option<(StorePath, String)> {
    if store.kind() == Kind::Containerd {
        return None;
    }
    let fault = index.faults.iter().find(|fault| fault.path == index::path())?;
    let why = match &fault.why {
        Ok(why) => why.clone(),
        Err(error) => error.to_string(),
    };
    Some((fault.path.clone(), why))
}

/// What is said of a name that nothing has, and the names that come near.
fn no_such_name(store: &Store, index: &Index, reference: &Reference) -> (String, Vec<String>) {
    if store.kind() == Kind::Containerd {
        let what =
            "the names of its images are in containerd's database, which regfs does not read: name a digest";
        return (what.to_owned(), Vec::new());
    }
    let near = names::nearest(&[&reference.text], all(index));
    (format!("the layout has no {}", reference.text), near)
}

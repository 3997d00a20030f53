//! Which manifests of an image layout `verify` is to look at, where not all.

use super::{no_such_name, unknowable};
use crate::commands::names;
use crate::commands::verify::Selection;
use crate::digest::Digest;
use crate::oci::index;
use crate::oci::names::{Meant, find};
use crate::reference::Reference;
use crate::session::Session;

/// Looks up the references, and takes note of those that name nothing.
pub(in crate::commands) fn select(
    session: &Session<'_>,
    references: &[Reference],
    selection: &mut Selection,
) -> Vec<Digest> {
    let index = index::read(session.store);
    let mut wanted = Vec::new();
    for reference in references {
        match find(session.store.kind(), &index, reference) {
            Meant::One { digest, hint, contradiction, .. } => {
                selection.hints.extend(hint);
                let is_here = session.store.stat(&session.store.blob_path(digest)).is_ok();
                let is_listed =
                    index.entries.iter().any(|entry| entry.descriptor.digest.known() == Some(digest));
                if let Some(contradiction) = contradiction {
                    selection.unknown_name(reference, index::path(), contradiction);
                } else if !is_here && !is_listed {
                    selection.unknown_name(
                        reference,
                        index::path(),
                        "the layout has no such manifest".into(),
                    );
                }
                wanted.push(digest);
            }
            Meant::Several(_, digests) => wanted.extend(digests),
            // What is wrong with the list is a finding, and all that is known.
            Meant::Unknown if unknowable(session.store, &index).is_some() => {}
            Meant::Unknown => {
                let (what, near) = no_such_name(session.store, &index, reference);
                selection.unknown_name(reference, index::path(), names::with_near(what, &near));
            }
        }
    }
    wanted
}

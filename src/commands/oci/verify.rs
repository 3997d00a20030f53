//! Which manifests of an image layout `verify` is to look at, where not all.

use crate::commands::names;
use crate::commands::verify::Selection;
use crate::digest::Digest;
use crate::oci::index;
use crate::oci::names::{Meant, all, find};
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
        match find(&index, reference) {
            Meant::One { digest, hint, points_to, .. } => {
                selection.hints.extend(hint);
                let is_here = session.store.stat(&session.store.blob_path(digest)).is_ok();
                let is_listed =
                    index.entries.iter().any(|entry| entry.descriptor.digest.known() == Some(digest));
                if let Some(actual) = points_to {
                    selection.unknown_name(
                        reference,
                        index::path(),
                        format!("it points to {actual} instead"),
                    );
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
            Meant::Unknown => {
                let near = names::nearest(&[&reference.text], all(&index));
                let near = if near.is_empty() {
                    String::new()
                } else {
                    format!("; did you mean {}?", near.join(", "))
                };
                selection.unknown_name(
                    reference,
                    index::path(),
                    format!("the layout lists no such name{near}"),
                );
            }
        }
    }
    wanted
}

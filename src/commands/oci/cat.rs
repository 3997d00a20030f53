//! `cat` in an image layout: which blob a person means.

use crate::commands::cat::{Blob, CatError, Options, by_digest, config, pick};
use crate::commands::names;
use crate::oci::index;
use crate::oci::names::{Meant, all, find as find_name};
use crate::session::Session;

/// Finds the blob.
///
/// # Errors
/// When there is none, or several, or the way to it cannot be read.
pub fn find(session: &Session<'_>, options: &Options) -> Result<Blob, CatError> {
    let store = session.store;
    let by_prefix = || options.target.prefix.as_ref().map(|prefix| by_digest(store, options, prefix));
    let Some(reference) = &options.target.reference else {
        return by_prefix().unwrap_or_else(|| Err(CatError::Unknown("nothing is named".into())));
    };
    let index = index::read(store);
    let (digest, hint, warning) = match find_name(&index, reference) {
        Meant::One { digest, hint, points_to, .. } => {
            let warning = points_to.map(|actual| format!("{reference} points to {actual}, not to {digest}"));
            (digest, hint, warning)
        }
        Meant::Several(name, digests) => {
            let digests: Vec<String> = digests.iter().map(ToString::to_string).collect();
            let what = format!("the layout lists several manifests as {name}:\n  {}", digests.join("\n  "));
            return Err(CatError::Unknown(what));
        }
        Meant::Unknown => {
            if let Some(found) = by_prefix() {
                return found;
            }
            let near = names::nearest(&[&reference.text], all(&index));
            let near =
                if near.is_empty() { String::new() } else { format!("\ndid you mean {}?", near.join(", ")) };
            return Err(CatError::Unknown(format!("the layout has no {}{near}", reference.text)));
        }
    };
    let mut blob = Blob { path: store.blob_path(digest), digest, hint, warning };
    if options.platform.is_some() || options.config {
        let (digest, manifest) = pick(store, None, digest, options)?;
        (blob.path, blob.digest) =
            if options.config { config(store, None, &manifest)? } else { (store.blob_path(digest), digest) };
    }
    Ok(blob)
}

//! `cat` in an image layout: which blob a person means.

use super::{no_such_name, unknowable};
use crate::commands::cat::{Blob, CatError, Options, by_digest, config, pick};
use crate::oci::index;
use crate::oci::names::{Meant, find as find_name};
use crate::session::Session;

/// Finds the blob.
///
/// # Errors
/// When there is none, or several, or the way to it cannot be read.
pub fn find(session: &Session<'_>, options: &Options) -> Result<Blob, CatError> {
    let store = session.store;
    let by_prefix = || options.target.prefix.as_ref().map(|prefix| by_digest(store, options, prefix));
    let Some(reference) = &options.target.reference else {
        return by_prefix().unwrap_or_else(|| Err(CatError::unknown("nothing is named")));
    };
    let index = index::read(store);
    let (digest, hint, warning) = match find_name(store.kind(), &index, reference) {
        Meant::One { digest, hint, contradiction, .. } => (digest, hint, contradiction),
        Meant::Several(name, digests) => {
            let digests: Vec<String> = digests.iter().map(ToString::to_string).collect();
            let what = format!("the layout lists several manifests as {name}:\n  {}", digests.join("\n  "));
            return Err(CatError::unknown(what));
        }
        Meant::Unknown => {
            if let Some(found) = by_prefix() {
                return found;
            }
            if let Some((path, reason)) = unknowable(store, &index) {
                return Err(CatError::Unreadable { path, reason });
            }
            let (what, near) = no_such_name(store, &index, reference);
            return Err(CatError::Unknown { what, near });
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

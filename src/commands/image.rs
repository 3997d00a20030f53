//! What several commands ask of one image: where a repository keeps the bytes of a digest, and what its config says.

use jiff::Timestamp;

use crate::digest::Digest;
use crate::manifest::{ImageConfig, Manifest, Platform, media_type};
use crate::path::StorePath;
use crate::registry::layout;
use crate::registry::look::{self, Look, State};
use crate::report::ErrorItem;
use crate::store::Store;

/// The link of a config or layer, and where the registry looks for its bytes: a link that names the same content
/// under another algorithm leads to the blob of that name. Where nothing is linked, nothing is wrong with that.
pub(super) fn linked(store: &Store, repository: Option<&StorePath>, digest: Digest) -> (Look, Digest) {
    let Some(repository) = repository else { return (Look::FINE, digest) };
    let (mut look, named) = look::link(store, &layout::layer_link(repository, digest));
    match named {
        Some(other) if other.algorithm() != digest.algorithm() => (look, other),
        Some(other) if other != digest => {
            look.worsen(State::Malformed, Some(format!("it names {other}")));
            (look, digest)
        }
        _ => (look, digest),
    }
}

/// The config of an image, where it is one that says what the image runs on.
pub(super) fn config(
    store: &Store,
    repository: Option<&StorePath>,
    manifest: &Manifest,
) -> Option<(StorePath, Look, Option<ImageConfig>)> {
    let descriptor = manifest.config.as_ref()?;
    if !descriptor.media_type.as_deref().is_none_or(media_type::is_image_config) {
        return None;
    }
    let digest = descriptor.digest.known()?;
    let mut path = store.blob_path(digest);
    let (mut look, mut config) = look::config(store, &path, &[digest]);
    if look.state == State::Missing {
        let (_, target) = linked(store, repository, digest);
        if target != digest {
            path = store.blob_path(target);
            (look, config) = look::config(store, &path, &[digest, target]);
        }
    }
    Some((path, look, config))
}

/// What an image runs on, as its config says.
pub(super) fn platform(config: ImageConfig) -> Option<Platform> {
    let (os, architecture) = (config.os?, config.architecture?);
    Some(Platform { os, architecture, variant: config.variant, os_version: None })
}

/// A time as documents state it, in UTC; none if it is no RFC 3339 time.
pub(super) fn time(text: &str) -> Option<String> {
    text.parse::<Timestamp>().ok().map(|time| time.to_string())
}

/// Takes note of what could not be looked at: the system refused, or it is nothing that regfs looks at.
pub(super) fn note_hidden(errors: &mut Vec<ErrorItem>, path: &StorePath, look: &Look) {
    note_unreadable(errors, path, look);
    if look.state == State::NotRegular {
        let what = look.detail.as_deref().unwrap_or("it is no regular file");
        errors.push(ErrorItem { path: path.clone(), reason: format!("{what}, and regfs looks at none") });
    }
}

/// Takes note of something that the system refused.
pub(super) fn note_unreadable(errors: &mut Vec<ErrorItem>, path: &StorePath, look: &Look) {
    if look.state == State::Unreadable {
        let reason = look.detail.clone().unwrap_or_default();
        errors.push(ErrorItem { path: path.clone(), reason });
    }
}

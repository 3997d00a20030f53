//! From what a person writes to one blob. Nothing is walked: a digest's first two digits say where to look.

use crate::commands::image;
use crate::commands::names;
use crate::digest::{Digest, Prefix};
use crate::manifest::Manifest;
use crate::path::StorePath;
use crate::reference::Reference;
use crate::registry::layout;
use crate::registry::look::{self, State};
use crate::session::Session;
use crate::store::{ReadError, Store};

use super::platform::pick;
use super::{Blob, CatError, FEWEST_DIGITS, Options};

/// How many digests that begin alike are told.
const TOLD: usize = 20;

/// Finds the blob.
///
/// # Errors
/// When there is none, or several, or the way to it cannot be read.
pub fn find(session: &Session<'_>, options: &Options) -> Result<Blob, CatError> {
    let store = session.store;
    let reference = options.target.reference.as_ref().and_then(|r| Some((r, names::find(store, r)?)));
    let (reference, meant) = match (reference, &options.target.prefix) {
        (Some((_, meant)), Some(prefix)) if !meant.known => return by_digest(store, options, prefix),
        (Some(found), _) => found,
        (None, Some(prefix)) => return by_digest(store, options, prefix),
        (None, None) => return Err(CatError::unknown("nothing is named")),
    };
    if !meant.known {
        let near = names::repositories_near(store, reference, session.cancel);
        return Err(CatError::Unknown { what: meant.unknown(), near });
    }
    let repository = layout::repository(meant.name.as_str());
    let (digest, warning) = target(store, reference, &meant, &repository)?;
    let mut blob = Blob { path: store.blob_path(digest), digest, hint: meant.hint(), warning };
    if options.platform.is_none() && !options.config {
        return Ok(blob);
    }
    let (digest, manifest) = pick(store, Some(&repository), digest, options)?;
    (blob.path, blob.digest) = if options.config {
        config(store, Some(&repository), &manifest)?
    } else {
        (store.blob_path(digest), digest)
    };
    Ok(blob)
}

/// The manifest that a reference stands for.
fn target(
    store: &Store,
    reference: &Reference,
    meant: &names::Meant,
    repository: &StorePath,
) -> Result<(Digest, Option<String>), CatError> {
    let name = &meant.name;
    let mut points_to = None;
    if let Some(tag) = reference.tag_or_latest() {
        let path = layout::tag_current(repository, tag.as_str());
        let (look, digest) = look::link(store, &path);
        if look.state == State::Missing
            && look::presence(store, &layout::tag(repository, tag.as_str())) == State::Missing
        {
            let near = names::tags_near(store, name, reference, &tag);
            return Err(CatError::Unknown { what: names::no_such_tag(store, repository, name, &tag), near });
        }
        let Some(digest) = digest else {
            let detail = look.detail.clone().map(|detail| format!(": {detail}")).unwrap_or_default();
            if look.state == State::Unreadable {
                return Err(CatError::Unreadable { path, reason: look.detail.unwrap_or_default() });
            }
            let what = format!("the link of {name}:{tag} is {}{detail}", look.state.name());
            return Err(CatError::unknown(format!(
                "{what}; regfs history {name}:{tag} lists what it pointed to"
            )));
        };
        points_to = Some((tag, digest));
    }
    let Some(pinned) = reference.digest else {
        let nothing = || CatError::unknown("nothing is named");
        return points_to.map(|(_, digest)| (digest, None)).ok_or_else(nothing);
    };
    if look::presence(store, &layout::revision_link(repository, pinned)) == State::Missing {
        return Err(CatError::unknown(format!("the repository {name} has no manifest {pinned}")));
    }
    let moved = points_to.filter(|(_, digest)| *digest != pinned);
    Ok((pinned, moved.map(|(tag, digest)| format!("{name}:{tag} points to {digest}, not to {pinned}"))))
}

/// The blob that holds an image's config.
pub(in crate::commands) fn config(
    store: &Store,
    repository: Option<&StorePath>,
    manifest: &Manifest,
) -> Result<(StorePath, Digest), CatError> {
    let Some(config) = &manifest.config else {
        return Err(CatError::unknown("the manifest has no config"));
    };
    let Some(digest) = config.digest.known() else {
        return Err(CatError::unknown(format!("no registry can look up the config {}", config.digest)));
    };
    let own = store.blob_path(digest);
    if look::presence(store, &own) != State::Missing {
        return Ok((own, digest));
    }
    let (_, blob) = image::linked(store, repository, digest);
    Ok((store.blob_path(blob), blob))
}

/// The one blob whose digest begins like this.
pub(in crate::commands) fn by_digest(
    store: &Store,
    options: &Options,
    prefix: &Prefix,
) -> Result<Blob, CatError> {
    if options.config || options.platform.is_some() {
        let what = "--config and --platform take an image, repo:tag or repo@digest, since a digest alone may be any blob's";
        return Err(CatError::unknown(what));
    }
    if prefix.hex().len() < FEWEST_DIGITS {
        return Err(CatError::unknown(format!("write at least {FEWEST_DIGITS} digits of {prefix}")));
    }
    let mut found = Vec::new();
    for algorithm in prefix.algorithms() {
        let shard = store.kind().shelf().directory(algorithm, prefix.hex());
        match store.dir(&shard).and_then(|dir| dir.entries()) {
            Ok(entries) => {
                let digests = entries.iter().filter_map(|entry| Digest::from_hex(algorithm, entry.name));
                found.extend(digests.filter(|digest| prefix.matches(digest)));
            }
            Err(ReadError::Absent) => {}
            Err(ReadError::Refused(reason)) => {
                return Err(CatError::Unreadable { path: shard, reason: reason.into() });
            }
            Err(error) => return Err(CatError::unknown(format!("{shard}: {error}"))),
        }
    }
    found.sort_unstable();
    // A collector may leave the directory of a digest without its data.
    if found.len() > 1 {
        found.retain(|digest| look::presence(store, &store.blob_path(*digest)) != State::Missing);
    }
    match *found {
        [] => {
            let nor =
                if options.target.reference.is_some() { ", and no repository of that name" } else { "" };
            Err(CatError::unknown(format!("there is no blob {prefix}{nor}")))
        }
        [digest] => Ok(Blob { path: store.blob_path(digest), digest, hint: None, warning: None }),
        _ => {
            let shown: Vec<String> = found.iter().take(TOLD).map(ToString::to_string).collect();
            let more = match found.len().saturating_sub(TOLD) {
                0 => String::new(),
                more => format!("\n  +{more} more"),
            };
            let what = format!("{} blobs begin with {prefix}:\n  {}{more}", found.len(), shown.join("\n  "));
            Err(CatError::unknown(what))
        }
    }
}

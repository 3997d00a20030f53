//! What refers to an image: manifests whose `subject` it is, and the tags by which cosign and the fallback of the OCI
//! referrers API say the same.

use rayon::prelude::*;

use crate::digest::Digest;
use crate::manifest::Manifest;
use crate::path::StorePath;
use crate::progress::{Phase, Work};
use crate::reference::Tag;
use crate::registry::layout;
use crate::registry::look::{self, Look, State};
use crate::report::ErrorItem;
use crate::report::resolve::Referrer;
use crate::session::Session;
use crate::store::{ReadError, Store};

use super::candidates::digests;

/// What refers to an image, and what could not be read in search of it.
pub(super) struct Found {
    /// The referrers, sorted.
    pub(super) referrers: Vec<Referrer>,
    /// What could not be read.
    pub(super) errors: Vec<ErrorItem>,
}

/// Reads every manifest of the repository: nothing on disk leads from an image to what refers to it.
pub(super) fn of(session: &Session<'_>, repository: &StorePath, image: Digest) -> Found {
    let Session { store, cancel, progress, .. } = *session;
    let mut found = Found { referrers: Vec::new(), errors: Vec::new() };
    let revisions = match digests(store, &repository.join("_manifests/revisions")) {
        Ok(revisions) => revisions,
        Err((path, error)) => {
            found.note(path, &error);
            Vec::new()
        }
    };
    progress.begin(Phase::Read, Some(Work { files: revisions.len() as u64, bytes: 0 }));
    let read: Vec<Result<Referrer, ErrorItem>> = revisions
        .into_par_iter()
        .filter(|digest| *digest != image && !cancel.is_cancelled())
        .filter_map(|digest| {
            progress.advance(Work::FILE);
            by_subject(store, repository, digest, image)
        })
        .collect();
    for result in read {
        match result {
            Ok(referrer) => found.referrers.push(referrer),
            Err(error) => found.errors.push(error),
        }
    }
    found.add_tags(store, repository, image);
    found.referrers.sort_unstable();
    found
}

fn by_subject(
    store: &Store,
    repository: &StorePath,
    digest: Digest,
    image: Digest,
) -> Option<Result<Referrer, ErrorItem>> {
    // An API delete leaves the directory that led here, without its link.
    if look::presence(store, &layout::revision_link(repository, digest)) == State::Missing {
        return None;
    }
    let (look, manifest) = look::manifest(store, digest);
    if look.state == State::Unreadable {
        let reason = look.detail.unwrap_or_default();
        return Some(Err(ErrorItem { path: store.blob_path(digest), reason }));
    }
    let subject = manifest.as_ref()?.subject.as_ref()?.digest.known()?;
    (subject == image).then(|| Ok(referrer(digest, None, &look, manifest.as_ref())))
}

pub(in crate::commands) fn referrer(
    digest: Digest,
    tag: Option<String>,
    look: &Look,
    manifest: Option<&Manifest>,
) -> Referrer {
    let artifact_type = manifest.and_then(Manifest::type_of_artifact).map(str::to_owned);
    Referrer { digest: Some(digest), tag, artifact_type, state: look.state }
}

impl Found {
    fn note(&mut self, path: StorePath, error: &ReadError) {
        self.errors.push(ErrorItem { path, reason: error.to_string() });
    }

    /// Adds what the tags named after the image point to; one that its subject told of already gets the tag.
    fn add_tags(&mut self, store: &Store, repository: &StorePath, image: Digest) {
        let tags = repository.join("_manifests/tags");
        let entries = match store.dir(&tags).and_then(|dir| dir.entries()) {
            Ok(entries) => entries,
            Err(ReadError::Absent) => return,
            Err(error) => return self.note(tags, &error),
        };
        let stem = format!("{}-{}", image.algorithm(), image.hex());
        let names = entries.iter().filter_map(|entry| std::str::from_utf8(entry.name).ok());
        let named_after = names.filter(|name| is_named_after(name, &stem));
        let mut tags: Vec<Tag> = named_after.filter_map(|name| Tag::parse(name).ok()).collect();
        tags.sort_unstable();
        for tag in tags {
            self.add_tag(store, repository, &tag);
        }
    }

    fn add_tag(&mut self, store: &Store, repository: &StorePath, tag: &Tag) {
        let path = layout::tag_current(repository, tag.as_str());
        let (link, digest) = look::link(store, &path);
        if link.state == State::Unreadable {
            self.errors.push(ErrorItem { path, reason: link.detail.clone().unwrap_or_default() });
        }
        let Some(digest) = digest else {
            let broken =
                Referrer { digest: None, tag: Some(tag.to_string()), artifact_type: None, state: link.state };
            return self.referrers.push(broken);
        };
        let untagged = |known: &&mut Referrer| known.digest == Some(digest) && known.tag.is_none();
        if let Some(known) = self.referrers.iter_mut().find(untagged) {
            known.tag = Some(tag.to_string());
            return;
        }
        let (mut look, manifest) = look::manifest(store, digest);
        if look.state == State::Unreadable {
            let reason = look.detail.clone().unwrap_or_default();
            self.errors.push(ErrorItem { path: store.blob_path(digest), reason });
        }
        if look::presence(store, &layout::revision_link(repository, digest)) == State::Missing {
            look.worsen(State::Unlinked, None);
        }
        self.referrers.push(referrer(digest, Some(tag.to_string()), &look, manifest.as_ref()));
    }
}

/// `sha256-<hex>`, or that with an extension.
pub(in crate::commands) fn is_named_after(tag: &str, stem: &str) -> bool {
    tag.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

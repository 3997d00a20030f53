//! Which images of the root the references name, and which they fail to.

use crate::cancel::Cancel;
use crate::commands::names;
use crate::digest::Digest;
use crate::finding::{Code, Finding};
use crate::path::StorePath;
use crate::reference::{Reference, RepoName, Tag};
use crate::registry::inventory::{Wanted, read_link};
use crate::registry::layout;
use crate::registry::look::{self, State};
use crate::store::{FileKind, Store};

/// What to look at, and what is not there.
#[derive(Default)]
pub(in crate::commands) struct Selection {
    pub(super) wanted: Vec<Wanted>,
    pub(super) unknown: Vec<Finding>,
    pub(in crate::commands) hints: Vec<String>,
}

/// Looks up the references, no further than to say whether they exist.
pub(super) fn select(store: &Store, references: &[Reference], cancel: &Cancel) -> Selection {
    let mut selection = Selection::default();
    for reference in references {
        selection.add(store, reference, cancel);
    }
    selection
}

impl Selection {
    fn add(&mut self, store: &Store, reference: &Reference, cancel: &Cancel) {
        let Some(meant) = names::find(store, reference) else { return };
        let (name, repository) = (&meant.name, layout::repository(meant.name.as_str()));
        self.hints.extend(meant.hint());
        if !may_be_directory(store, &repository) {
            let near = names::repositories_near(store, reference, cancel);
            let detail = names::with_near(meant.unknown(), &near);
            return self.unknown(name, None, None, repository, detail);
        }
        let tag = reference.tag_or_latest();
        if let Some(tag) = &tag
            && !may_be_directory(store, &layout::tag(&repository, tag.as_str()))
        {
            let path = layout::tag_current(&repository, tag.as_str());
            let near = names::tags_near(store, name, reference, tag);
            let detail = names::with_near(names::no_such_tag(store, &repository, name, tag), &near);
            self.unknown(name, Some(tag), reference.digest, path, detail);
            if reference.digest.is_none() {
                return;
            }
        }
        let mut is_tagged = true;
        if let Some(digest) = reference.digest {
            let path = layout::revision_link(&repository, digest);
            if look::presence(store, &path) == State::Missing {
                let detail = "the repository has no such revision".to_owned();
                return self.unknown(name, tag.as_ref(), Some(digest), path, detail);
            }
            let points_to = tag.as_ref().map(|tag| layout::tag_current(&repository, tag.as_str()));
            if let Some((path, Ok(Ok(other)))) = points_to.map(|path| (path.clone(), read_link(store, &path)))
                && other != digest
            {
                is_tagged = false;
                self.unknown(
                    name,
                    tag.as_ref(),
                    Some(digest),
                    path,
                    format!("the tag points to {other} instead"),
                );
            }
        }
        // A tag that points elsewhere has no part in this image.
        let tag = tag.filter(|_| is_tagged);
        self.wanted.push(Wanted { repository: name.clone(), tag, digest: reference.digest });
    }

    /// Takes note of a name that a store without repositories does not have.
    pub(in crate::commands) fn unknown_name(
        &mut self,
        reference: &Reference,
        path: StorePath,
        detail: String,
    ) {
        let tag = Some(reference.text.clone());
        self.unknown.push(unknown(path, detail, [None, tag, None]));
    }

    fn unknown(
        &mut self,
        name: &RepoName,
        tag: Option<&Tag>,
        digest: Option<Digest>,
        path: StorePath,
        detail: String,
    ) {
        let names =
            [Some(name.to_string()), tag.map(ToString::to_string), digest.map(|digest| digest.to_string())];
        self.unknown.push(unknown(path, detail, names));
    }
}

/// That there is no such repository, tag or digest: those of the three that were named.
fn unknown(path: StorePath, detail: String, [repository, tag, digest]: [Option<String>; 3]) -> Finding {
    Finding {
        code: Code::ReferenceUnknown,
        severity: Code::ReferenceUnknown.severity(),
        path,
        repository,
        tag,
        digest,
        detail,
        affects: Vec::new(),
        referenced_by: Vec::new(),
        blocks_gc: Vec::new(),
    }
}

/// Whether a directory stands at a path, or may: what is hidden by a link, or refused, is not called unknown. The look
/// at the image finds what stands in the way.
fn may_be_directory(store: &Store, path: &StorePath) -> bool {
    match store.stat(path) {
        Ok(stat) => stat.kind != FileKind::File,
        Err(_) => look::presence(store, path) != State::Missing,
    }
}

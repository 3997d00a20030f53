//! Images out of a store of blobs, a registry's or an image layout: the manifests say what is needed.

use std::collections::BTreeSet;

use super::plan::{Bytes, Image, Plan};
use crate::commands::cat::{self, CatError, Target};
use crate::commands::{image, names, survey};
use crate::digest::Digest;
use crate::dispatch;
use crate::manifest::{Descriptor, Kind, Manifest, Role};
use crate::oci::{self, names::Meant};
use crate::path::{StorePath, text_of};
use crate::reference::Reference;
use crate::registry::inventory::{Inventory, Odd, Opaque, Repository, View};
use crate::registry::layout;
use crate::registry::look::{self, State};
use crate::report::ErrorItem;
use crate::session::Session;

impl Plan {
    /// What is wanted of a registry.
    pub fn of_registry(session: &Session<'_>, reference: Option<&Reference>) -> Self {
        Self::make(session, reference, |plan| {
            let Some(reference) = reference else { return plan.all(session) };
            let Some(digest) = plan.one(session, reference) else { return };
            let tag = reference.tag_or_latest().map(|tag| tag.to_string());
            let repository = names::find(session.store, reference).map(|meant| meant.name.to_string());
            plan.follow(session, Image::new(repository, tag.clone(), tag, digest));
        })
    }

    /// What is wanted of an image layout.
    pub fn of_layout(session: &Session<'_>, reference: Option<&Reference>) -> Self {
        Self::make(session, reference, |plan| {
            let Some(reference) = reference else { return plan.all(session) };
            let Some(digest) = plan.one(session, reference) else { return };
            let index = oci::index::read(session.store);
            let name = match oci::names::find(session.store.kind(), &index, reference) {
                Meant::One { name, .. } => name,
                _ => None,
            };
            plan.follow(session, Image::new(None, name.clone(), name, digest));
        })
    }

    /// The manifest that a name stands for.
    fn one(&mut self, session: &Session<'_>, reference: &Reference) -> Option<Digest> {
        let target = Target { prefix: None, reference: Some(reference.clone()) };
        let options = cat::Options { target, config: false, platform: None };
        let blob = match dispatch::find(session, &options) {
            Ok(blob) => blob,
            Err(CatError::Unknown { what, near }) => {
                let mut lines = what.lines();
                self.message = lines.next().map(str::to_owned);
                self.suggestions = near.into_iter().chain(lines.map(|line| line.trim().to_owned())).collect();
                return None;
            }
            Err(CatError::Unreadable { path, reason }) => {
                self.errors.push(ErrorItem { path, reason });
                return None;
            }
        };
        self.warnings.extend(blob.hint);
        if let Some(warning) = blob.warning {
            // Another image than the tag's: which is meant is not for regfs to say.
            self.message = Some(warning);
            return None;
        }
        Some(blob.digest)
    }

    /// Every tag, and every manifest that neither a tag nor an index leads to.
    fn all(&mut self, session: &Session<'_>) {
        let inventory = survey::walk(session, View { tags: true, blobs: false, ..View::NAMES });
        self.note_unseen(&inventory);
        let mut all = Vec::new();
        for repository in &inventory.repositories {
            let reached = self.tags(&inventory, repository, &mut all);
            untagged(session, &inventory, repository, reached, &mut all);
        }
        for image in all {
            self.follow(session, image);
        }
    }

    /// Takes note of whatever may hold images that the walk did not see: without it, not all of them are exported.
    fn note_unseen(&mut self, inventory: &Inventory) {
        // What stands in place of a blob is told where an image needs it.
        let is_blob = |path: &StorePath| path.components().next() == Some(b"blobs");
        for (path, why) in inventory.opaque.iter().filter(|(path, _)| !is_blob(path)) {
            let reason = match why {
                Opaque::Unreadable(reason) => reason.to_string(),
                Opaque::NotRegular(kind) => format!("it is {}, and not followed", kind.with_article()),
            };
            self.errors.push(ErrorItem { path: path.clone(), reason });
        }
        let names = if inventory.has_links() { "repositories".into() } else { oci::index::path() };
        for oddity in &inventory.oddities {
            let Odd::Malformed(why) = &oddity.what else { continue };
            if oddity.path == names {
                self.errors.push(ErrorItem { path: oddity.path.clone(), reason: why.to_string() });
            } else {
                self.warnings.push(format!("{}: {why}", oddity.path));
            }
        }
        let is_told =
            inventory.hidden_by(&names).is_some() || self.errors.iter().any(|error| error.path == names);
        if !inventory.has_repositories && !is_told {
            let reason = "it does not exist: nothing names an image".to_owned();
            self.errors.push(ErrorItem { path: names, reason });
        }
        if !inventory.wanted.is_empty() {
            let count = inventory.wanted.len();
            self.warnings
                .push(format!("entries of index.json that are no manifests, and not exported: {count}"));
        }
    }

    /// The images of a repository's tags; tells which manifests those are.
    fn tags(
        &mut self,
        inventory: &Inventory,
        repository: &Repository,
        all: &mut Vec<Image>,
    ) -> BTreeSet<Digest> {
        let mut reached = BTreeSet::new();
        for tag in &repository.tags {
            let text = text_of(&tag.name);
            let owner = inventory.has_links().then(|| text_of(repository.name()));
            let name = owner.as_ref().map_or_else(|| text.clone(), |owner| format!("{owner}:{text}"));
            let Some(target) = tag.target() else {
                self.nameless += 1;
                let directory = layout::tag(&repository.path, &tag.name);
                let is_hidden =
                    inventory.hidden_by(&directory).is_some() || inventory.hides_below(&directory);
                // What could not be looked at is among the errors.
                if !is_hidden {
                    self.warnings
                        .push(format!("{name} leads nowhere, and is left out: regfs verify tells why"));
                }
                continue;
            };
            let digest = inventory.digests.get(target);
            reached.insert(digest);
            all.push(Image::new(owner, Some(text), Some(name), digest));
        }
        reached
    }

    /// Follows an image down to its layers.
    fn follow(&mut self, session: &Session<'_>, mut image: Image) {
        let directory = image.item.repository.as_ref().map(layout::repository);
        let root = image.item.digest;
        let mut met = BTreeSet::new();
        let (mut lacks_some, mut has_some) = (false, false);
        let mut todo = vec![(root, None)];
        while let Some((digest, size)) = todo.pop() {
            if session.cancel.is_cancelled() {
                return;
            }
            if !met.insert(digest) {
                if self.blobs.contains_key(&digest) {
                    image.needs.insert((digest, size));
                }
                continue;
            }
            let (look, manifest) = look::manifest(session.store, digest);
            // An index may be sparse: what it lists of other platforms need not be here.
            if look.state == State::Missing && digest != root {
                lacks_some = true;
                self.warnings.push(format!(
                    "{digest}, a manifest of an index, is not in the store, nor in the layout"
                ));
                continue;
            }
            has_some |= manifest.as_ref().is_none_or(|manifest| manifest.kind != Kind::Index);
            image.needs.insert((digest, size));
            if let (Some(manifest), true) = (&manifest, digest == root) {
                manifest.effective_media_type().clone_into(&mut image.item.media_type);
                image.item.size = look.size.unwrap_or(0);
            }
            self.source(digest, Bytes::File(session.store.blob_path(digest)), || look);
            for (role, part) in manifest.iter().flat_map(Manifest::references) {
                match (role, part.digest.known()) {
                    (Role::Subject, _) => {}
                    (_, None) => {
                        let fault =
                            format!("{}: no registry can look up a digest of this algorithm", part.digest);
                        image.fault.get_or_insert(fault);
                    }
                    (Role::Child, Some(child)) => todo.push((child, part.size)),
                    (Role::Config | Role::Layer, Some(blob)) => {
                        self.part(session, &mut image, directory.as_ref(), blob, part);
                    }
                }
            }
        }
        if lacks_some && !has_some {
            let fault = "none of the manifests that the index lists is in the store";
            image.fault.get_or_insert_with(|| fault.to_owned());
        }
        self.images.push(image);
    }

    /// A config or layer: where the repository's link says that the bytes are, else under their own name.
    fn part(
        &mut self,
        session: &Session<'_>,
        image: &mut Image,
        directory: Option<&StorePath>,
        digest: Digest,
        descriptor: &Descriptor,
    ) {
        let (_, linked) = image::linked(session.store, directory, digest);
        let paths = BTreeSet::from([linked, digest]).into_iter().map(|name| session.store.blob_path(name));
        let mut is_here = false;
        for path in paths {
            is_here |= look::presence(session.store, &path) != State::Missing;
            let look = || look::blob(session.store, &path, digest);
            self.source(digest, Bytes::File(path.clone()), look);
        }
        if is_here || !descriptor.is_external() {
            image.needs.insert((digest, descriptor.size));
        }
    }
}

/// The images that neither a tag nor an index leads to.
fn untagged(
    session: &Session<'_>,
    inventory: &Inventory,
    repository: &Repository,
    mut reached: BTreeSet<Digest>,
    all: &mut Vec<Image>,
) {
    let owner = inventory.has_links().then(|| text_of(repository.name()));
    let revisions: Vec<Digest> =
        repository.revisions.iter().map(|link| inventory.digests.get(link.digest)).collect();
    for digest in &revisions {
        let (look, manifest) = look::manifest(session.store, *digest);
        // Who says that an image is its child must be what it is called: it is not exported otherwise, nor with it the child.
        let manifest = manifest.filter(|_| look.state == State::Ok);
        let children = manifest.iter().flat_map(Manifest::references);
        let children = children.filter(|(role, _)| *role == Role::Child);
        reached.extend(children.filter_map(|(_, child)| child.digest.known()));
    }
    let untagged = revisions.into_iter().filter(|digest| !reached.contains(digest));
    all.extend(untagged.map(|digest| Image::new(owner.clone(), None, None, digest)));
}

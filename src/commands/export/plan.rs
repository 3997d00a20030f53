//! What is to be exported: which images, under which names, and where the bytes of each blob are.

use std::collections::{BTreeMap, BTreeSet};

use super::Options;
use crate::commands::cat::{self, CatError, Target};
use crate::commands::{image, survey};
use crate::digest::Digest;
use crate::dispatch;
use crate::kind::Kind;
use crate::manifest::Role;
use crate::oci::{self, names::Meant};
use crate::path::{StorePath, text_of};
use crate::progress::Phase;
use crate::reference::Reference;
use crate::registry::inventory::View;
use crate::registry::layout;
use crate::registry::look::{self, Look, State};
use crate::report::ErrorItem;
use crate::report::export::ExportedImage;
use crate::session::Session;

/// Everything that is to be written.
#[derive(Debug, Default)]
pub struct Plan {
    pub(super) images: Vec<Image>,
    /// Where the bytes of each blob are.
    pub(super) blobs: BTreeMap<Digest, Source>,
    /// Whether every image of the store was asked for.
    pub(super) is_all: bool,
    pub(super) message: Option<String>,
    pub(super) suggestions: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) errors: Vec<ErrorItem>,
}

/// An image to be written.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) item: ExportedImage,
    /// The name that the layout gives it.
    pub(super) name: Option<String>,
    /// Its manifests, configs and layers.
    pub(super) needs: BTreeSet<Digest>,
    /// Why it cannot be exported, as far as that is known before any blob is read.
    pub(super) fault: Option<String>,
}

/// Where a blob's bytes are.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) bytes: Bytes,
    /// As a descriptor states it: only progress goes by it.
    pub(super) size: u64,
}

/// What a blob is made from.
#[derive(Debug)]
pub(super) enum Bytes {
    /// A file of the store.
    File(StorePath),
    /// A layer of an engine: what tar-split kept of its archive, and the directory of its files.
    Archive {
        /// `tar-split.json.gz`.
        tar_split: StorePath,
        /// The directory.
        files: StorePath,
    },
    /// What the store does not have: the manifest of an engine's image.
    Made(Vec<u8>),
}

/// An image and what is known of it before it is followed.
struct Named {
    repository: Option<String>,
    tag: Option<String>,
    name: Option<String>,
    digest: Digest,
}

impl Plan {
    /// Looks up what is wanted, and what that needs.
    pub fn new(session: &Session<'_>, options: &Options) -> Self {
        session.progress.begin(Phase::Read, None);
        let mut plan = Self { is_all: options.reference.is_none(), ..Self::default() };
        if session.store.kind() == Kind::Docker {
            plan.of_engine(session, options.reference.as_ref());
            session.progress.end();
            return plan;
        }
        let named = match &options.reference {
            Some(reference) => plan.one(session, reference).into_iter().collect(),
            None => plan.all(session),
        };
        for named in named {
            plan.follow(session, named);
        }
        session.progress.end();
        plan
    }

    /// The image of a name.
    fn one(&mut self, session: &Session<'_>, reference: &Reference) -> Option<Named> {
        let target = Target { prefix: None, reference: Some(reference.clone()) };
        let options = cat::Options { target, config: false, platform: None };
        let blob = match dispatch::find(session, &options) {
            Ok(blob) => blob,
            Err(CatError::Unknown(what)) => {
                let mut lines = what.lines();
                self.message = lines.next().map(str::to_owned);
                self.suggestions = lines.map(str::to_owned).collect();
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
        let digest = blob.digest;
        if session.store.kind() == Kind::Oci {
            let name = match oci::names::find(&oci::index::read(session.store), reference) {
                Meant::One { name, .. } => name,
                _ => None,
            };
            return Some(Named { repository: None, tag: name.clone(), name, digest });
        }
        let tag = reference.tag_or_latest().map(|tag| tag.to_string());
        let repository = crate::commands::names::find(session.store, reference);
        let repository = repository.map(|meant| meant.name.to_string());
        Some(Named { repository, name: tag.clone(), tag, digest })
    }

    /// Every tag, and every manifest that neither a tag nor an index leads to.
    fn all(&mut self, session: &Session<'_>) -> Vec<Named> {
        let inventory = survey::walk(session, View { tags: true, ..View::NAMES });
        let mut head = crate::report::Head::new("", session.store);
        head.note_unreadable(&inventory);
        self.errors.extend(head.errors);
        let mut all = Vec::new();
        for repository in &inventory.repositories {
            let name = text_of(repository.name());
            let has_name = inventory.has_links();
            let mut reached = BTreeSet::new();
            for tag in &repository.tags {
                let Some(target) = tag.target() else {
                    let tag = text_of(&tag.name);
                    self.warnings
                        .push(format!("{name}:{tag} leads nowhere, and is left out: regfs verify tells why"));
                    continue;
                };
                reached.insert(inventory.digests.get(target));
                let tag = text_of(&tag.name);
                all.push(Named {
                    repository: has_name.then(|| name.clone()),
                    name: Some(if has_name { format!("{name}:{tag}") } else { tag.clone() }),
                    tag: Some(tag),
                    digest: inventory.digests.get(target),
                });
            }
            let revisions: Vec<Digest> =
                repository.revisions.iter().map(|link| inventory.digests.get(link.digest)).collect();
            for digest in &revisions {
                let (_, manifest) = look::manifest(session.store, *digest);
                let children = manifest.iter().flat_map(crate::manifest::Manifest::references);
                let children = children.filter(|(role, _)| *role == Role::Child);
                reached.extend(children.filter_map(|(_, child)| child.digest.known()));
            }
            all.extend(revisions.into_iter().filter(|digest| !reached.contains(digest)).map(|digest| {
                Named { repository: has_name.then(|| name.clone()), tag: None, name: None, digest }
            }));
        }
        all
    }

    /// Follows an image down to its layers.
    fn follow(&mut self, session: &Session<'_>, named: Named) {
        let Named { repository, tag, name, digest } = named;
        let directory = repository.as_ref().map(layout::repository);
        let mut image = Image {
            item: ExportedImage {
                repository,
                tag,
                digest,
                media_type: String::new(),
                size: 0,
                exported: false,
                detail: None,
            },
            name,
            needs: BTreeSet::new(),
            fault: None,
        };
        let mut todo = vec![(digest, true)];
        while let Some((digest, is_root)) = todo.pop() {
            if session.cancel.is_cancelled() || image.needs.contains(&digest) {
                continue;
            }
            let (look, manifest) = look::manifest(session.store, digest);
            // An index may be sparse: what it lists of other platforms need not be here.
            if look.state == State::Missing && !is_root {
                self.warnings.push(format!(
                    "{digest}, a manifest of an index, is not in the store, nor in the layout"
                ));
                continue;
            }
            if let Some(fault) = fault(digest, &look) {
                image.fault.get_or_insert(fault);
            }
            let size = look.size.unwrap_or(0);
            self.need(&mut image, digest, session.store.blob_path(digest), size);
            let Some(manifest) = manifest else { continue };
            if is_root {
                manifest.effective_media_type().clone_into(&mut image.item.media_type);
                image.item.size = size;
            }
            for (role, part) in manifest.references() {
                match (role, part.digest.known()) {
                    (Role::Subject, _) => {}
                    (_, None) => {
                        let fault =
                            format!("{}: no registry can look up a digest of this algorithm", part.digest);
                        image.fault.get_or_insert(fault);
                    }
                    (Role::Child, Some(child)) => todo.push((child, false)),
                    (Role::Config | Role::Layer, Some(blob)) => {
                        let (_, target) = image::linked(session.store, directory.as_ref(), blob);
                        let path = session.store.blob_path(target);
                        let is_here = look::presence(session.store, &path) != State::Missing;
                        if is_here || !part.is_external() {
                            let size = part.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                            self.need(&mut image, blob, path, size);
                        }
                    }
                }
            }
        }
        self.images.push(image);
    }

    fn need(&mut self, image: &mut Image, digest: Digest, path: StorePath, size: u64) {
        image.needs.insert(digest);
        self.blobs.entry(digest).or_insert(Source { bytes: Bytes::File(path), size });
    }
}

/// Why a manifest will not do.
fn fault(digest: Digest, look: &Look) -> Option<String> {
    let detail = look.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
    (look.state != State::Ok).then(|| format!("{digest} is {}{detail}", look.state.name()))
}

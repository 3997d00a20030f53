//! The first half of `MarkAndSweep`: what each repository keeps alive, and which of its manifests and links go.

use super::lookup::{Standing, standing};
use super::repositories::{Visited, visited};
use super::run::{Fault, Flow, Run};
use super::{DeadLayerLink, DeadManifest, Phase, Rules};
use crate::manifest::Kind;
use crate::path::{StorePath, text_of};
use crate::reference::RepoName;
use crate::registry::documents::{Document, Edge, Integrity, Unparsed};
use crate::registry::inventory::{DigestId, Repository};
use crate::registry::layout::{self, Owner};

impl<'a> Run<'a> {
    /// Visits every repository.
    pub(super) fn mark(&mut self) -> Flow {
        let path = StorePath::from("repositories");
        match standing(self.inventory, self.inventory.has_repositories, &path) {
            Standing::Absent => self.abort(Fault::not_found(path.clone(), &path))?,
            Standing::File => {
                let Fault { path, reason } = Fault::not_listed(&path, &path);
                self.give_up(Phase::Mark, path, format!("failed to mark: filesystem: {reason}"))?;
            }
            Standing::Directory | Standing::Unknown => {}
        }
        for visited in visited(self.inventory, self.mode.rules) {
            match visited {
                Visited::Repository(repository) => self.repository(repository)?,
                Visited::Nameless(path) => {
                    self.bad_name(path, &text_of(path.name()), "invalid reference format")?;
                }
            }
        }
        if self.mode.rules == Rules::V3 {
            let manifests = std::mem::take(&mut self.manifests);
            self.manifests = manifests.into_iter().filter(|dead| !self.is_marked(dead.digest)).collect();
        }
        Flow::Continue(())
    }

    fn repository(&mut self, repository: &'a Repository) -> Flow {
        self.name(repository)?;
        let revisions = repository.path.join("_manifests/revisions");
        match standing(self.inventory, repository.has.revisions, &revisions) {
            Standing::File => {
                self.abort(Fault::not_listed(&self.nearest(&revisions), &revisions))?;
            }
            Standing::Directory | Standing::Unknown => self.revisions(repository)?,
            Standing::Absent => {}
        }
        if self.mode.rules == Rules::V2 {
            return Flow::Continue(());
        }
        let layers = repository.path.join("_layers");
        match standing(self.inventory, repository.has.layers, &layers) {
            Standing::Absent => self.abort(Fault::not_found(layers.clone(), &layers)),
            Standing::File => self.abort(Fault::not_listed(&layers, &layers)),
            Standing::Directory | Standing::Unknown => self.layers(repository),
        }
    }

    /// What stands in the way to a path.
    pub(super) fn nearest(&self, path: &StorePath) -> StorePath {
        self.inventory.hidden_by(path).map_or(path, |(path, _)| path).clone()
    }

    fn name(&mut self, repository: &Repository) -> Flow {
        let name = text_of(repository.name());
        let reason = match RepoName::parse(&name) {
            Ok(parsed) if self.mode.rules == Rules::V3 || parsed.fits_v2() => return Flow::Continue(()),
            Ok(_) => "repository name must not be more than 255 characters",
            Err(_) => "invalid reference format",
        };
        self.bad_name(&repository.path, &name, reason)
    }

    fn bad_name(&mut self, path: &StorePath, name: &str, reason: &str) -> Flow {
        let reason = format!("failed to mark: filesystem: failed to parse repo name {name}: {reason}");
        self.give_up(Phase::Mark, path.clone(), reason)
    }

    fn revisions(&mut self, repository: &'a Repository) -> Flow {
        let places = self.places_of_manifests();
        let mut tags = None;
        for link in self.links(repository, Owner::Revisions) {
            let digest = match self.read_link(repository, &link) {
                Ok(digest) => digest,
                Err(fault) => {
                    self.abort(fault)?;
                    let Some(digest) = link.place.spells() else { continue };
                    digest
                }
            };
            let target = match self.stat(repository, digest, places) {
                Ok(target) => target,
                Err(fault) => {
                    self.abort(fault)?;
                    Some(digest).filter(|digest| self.inventory.blobs.contains(*digest))
                }
            };
            let Some(target) = target else { continue };
            if self.mode.delete_untagged {
                let spelled = self.inventory.digests.get(digest);
                let tags = if let Some(tags) = &tags {
                    tags
                } else {
                    let (found, faults) = self.tags(repository);
                    for Fault { path, reason } in faults {
                        let reason = format!("failed to retrieve tags for digest {spelled}: {reason}");
                        self.abort(Fault { path, reason })?;
                    }
                    &*tags.insert(found)
                };
                if !tags.point_to(digest) {
                    if !tags.absent {
                        self.manifests.push(DeadManifest { repository, digest });
                    } else if self.mode.rules == Rules::V2 {
                        let name = text_of(repository.name());
                        let reason = format!("failed to retrieve tags unknown repository name={name}");
                        self.abort(Fault::new(repository.path.join("_manifests/tags"), reason))?;
                    }
                    continue;
                }
            }
            self.mark_digest(digest);
            let misled_by =
                (link.place.spells() != Some(digest)).then(|| link.place.path(repository, self.inventory));
            self.references(repository, digest, target, misled_by)?;
        }
        Flow::Continue(())
    }

    /// 2.1.0 linked manifests among the layers, so 2.x looks there too.
    const fn places_of_manifests(&self) -> &'static [Owner] {
        match self.mode.rules {
            Rules::V2 => &[Owner::Revisions, Owner::Layers],
            Rules::V3 => &[Owner::Revisions],
        }
    }

    /// Marks what a manifest refers to; in 3.x also what those refer to that were not marked before and are manifests
    /// of the same repository. Depth first, without recursion, however deep the indexes are nested.
    ///
    /// Where a link misled the collector to what is no manifest, that link is at fault.
    fn references(
        &mut self,
        repository: &'a Repository,
        digest: DigestId,
        target: DigestId,
        mut misled_by: Option<StorePath>,
    ) -> Flow {
        let mut open: Vec<std::slice::Iter<'a, Edge>> = Vec::new();
        let mut next = Some((digest, target));
        loop {
            if let Some((digest, target)) = next.take() {
                match self.manifest(digest, target) {
                    Ok(document) => {
                        self.note_if_altered(target);
                        open.push(document.edges.iter());
                    }
                    Err(Fault { path, reason }) => {
                        self.abort(Fault { path: misled_by.take().unwrap_or(path), reason })?;
                    }
                }
                misled_by = None;
            }
            let Some(edges) = open.last_mut() else { return Flow::Continue(()) };
            let Some(edge) = edges.next() else {
                open.pop();
                continue;
            };
            if edge.role == crate::manifest::Role::Subject || self.mark_digest(edge.target) {
                continue;
            }
            if self.mode.rules == Rules::V3 {
                let places = self.places_of_manifests();
                // `Exists` fails where it cannot tell, and its error is not looked at.
                let target = self.stat(repository, edge.target, places).ok().flatten();
                misled_by = target.filter(|target| *target != edge.target).map(|_| {
                    layout::revision_link(&repository.path, self.inventory.digests.get(edge.target))
                });
                next = target.map(|target| (edge.target, target));
            }
        }
    }

    /// The collector does not hash, so it goes by whatever the bytes have become.
    fn note_if_altered(&mut self, target: DigestId) {
        let read = self.documents.as_collector_reads(target);
        if read.is_some_and(|manifest| matches!(manifest.integrity, Integrity::Altered(_))) {
            self.altered.insert(target);
        }
    }

    /// What the bytes of a manifest say, to the collector.
    fn manifest(&self, digest: DigestId, target: DigestId) -> Result<&'a Document, Fault> {
        let manifest = self.documents.as_collector_reads(target);
        let reason = match manifest.map(|manifest| (manifest.as_registry_reads_it(), &manifest.parsed)) {
            Some((Some(document), _)) if self.mode.rules == Rules::V2 || document.kind != Kind::Schema1 => {
                return Ok(document);
            }
            Some((Some(_), _)) => "unrecognized manifest schema version 1",
            Some((None, Err(Unparsed::Malformed(why)))) => &as_printed(why),
            Some(_) => "storage: read exceeds limit",
            None => {
                "regfs could not read it; a collector that runs as another user may be able to, and may then go on"
            }
        };
        let path = layout::blob_data(self.inventory.digests.get(target));
        let digest = self.inventory.digests.get(digest);
        Err(Fault::new(path, format!("failed to retrieve manifest for digest {digest}: {reason}")))
    }

    /// Lists the layer links whose blob is not marked yet.
    fn layers(&mut self, repository: &'a Repository) -> Flow {
        for link in self.links(repository, Owner::Layers) {
            let digest = match self.read_link(repository, &link) {
                Ok(digest) => digest,
                Err(fault) => {
                    self.abort(fault)?;
                    continue;
                }
            };
            match self.stat(repository, digest, &[Owner::Layers]) {
                Ok(Some(_)) if !self.is_marked(digest) => {
                    self.layer_links.push(DeadLayerLink { repository, digest, place: link.place });
                }
                Ok(_) => {}
                Err(fault) => self.abort(fault)?,
            }
        }
        Flow::Continue(())
    }
}

/// The registry wraps an unknown media type as a failed verification.
fn as_printed(why: &str) -> String {
    let wrap = if why.starts_with("unrecognized manifest content type") {
        "errors verifying manifest: "
    } else {
        ""
    };
    format!("{wrap}{why}")
}

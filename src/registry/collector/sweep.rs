//! The second half of `MarkAndSweep`: which blobs are not marked, and what deleting would fail at.

use std::collections::{BTreeSet, HashSet};

use super::lookup::{Standing, oddities_below, standing};
use super::run::{Fault, Flow, Run};
use super::{Abort, DeadBlob, DeadManifest, Phase};
use crate::digest::{Digest, ParseDigestError};
use crate::path::{StorePath, text_of};
use crate::registry::inventory::{Blob, DigestId, Odd};
use crate::registry::layout;

impl<'a> Run<'a> {
    /// Lists the blobs that are not marked.
    pub(super) fn enumerate(&mut self) -> Flow {
        let path = StorePath::from("blobs");
        let fault = match standing(self.inventory, self.inventory.has_blobs, &path) {
            Standing::Absent => Some(Fault::not_found(path.clone(), &path).reason),
            Standing::File => Some(format!("filesystem: {}", Fault::not_listed(&path, &path).reason)),
            Standing::Directory | Standing::Unknown => None,
        };
        if let Some(reason) = fault {
            self.give_up(Phase::Enumerate, path.clone(), format!("error enumerating blobs: {reason}"))?;
        }
        let misplaced = self.misplaced(&path)?;
        let inventory = self.inventory;
        for (id, blob) in inventory.blobs.iter() {
            self.list(inventory.digests.get(id), blob, None);
        }
        for (path, digest, blob) in misplaced {
            let has_place = inventory.digests.find(digest).is_some_and(|id| inventory.blobs.contains(id));
            if !has_place {
                self.list(digest, blob, Some(path));
            }
        }
        self.blobs.sort_by_key(|dead| dead.digest);
        Flow::Continue(())
    }

    fn list(&mut self, digest: Digest, blob: Blob, misplaced: Option<&'a StorePath>) {
        if self.inventory.digests.find(digest).is_some_and(|id| self.is_marked(id)) {
            self.live_blobs += 1;
        } else {
            self.blobs.push(DeadBlob { digest, blob, misplaced });
        }
    }

    /// The blobs that stand where no look-up goes, each digest once. A path that spells no digest is the end.
    fn misplaced(&mut self, blobs: &StorePath) -> Flow<Vec<(&'a StorePath, Digest, Blob)>> {
        let odd = oddities_below(self.inventory, blobs).iter().filter_map(|oddity| match oddity.what {
            Odd::MisplacedBlob(_, blob) | Odd::UnsupportedBlob(blob) => Some((&oddity.path, blob)),
            _ => None,
        });
        let mut odd: Vec<(&StorePath, Blob)> = odd.collect();
        odd.sort_by(|(a, _), (b, _)| a.components().cmp(b.components()));
        let mut seen = BTreeSet::new();
        let mut misplaced = Vec::new();
        for (path, blob) in odd {
            match digest_from_path(path) {
                Ok(digest) if seen.insert(digest) => misplaced.push((path, digest, blob)),
                Ok(_) => {}
                Err(reason) => {
                    let reason = format!("error enumerating blobs: filesystem: {reason}");
                    self.give_up(Phase::Enumerate, path.clone(), reason)?;
                }
            }
        }
        Flow::Continue(misplaced)
    }

    /// Finds the first thing that a run which is not dry cannot delete, since it is gone or was never there.
    pub(super) fn aborts_in_sweep(&mut self) {
        let abort = self.manifest_stays().or_else(|| self.blob_gone()).or_else(|| self.layer_link_gone());
        self.aborts_in_sweep = abort.map(|(what, Fault { path, reason })| Abort {
            phase: Phase::Sweep,
            path,
            reason: format!("failed to delete {what}: {reason}"),
        });
    }

    /// A manifest that is listed twice, or whose revision has no directory (2.x found it among the layers), or whose
    /// place in the index of a tag cannot be looked at.
    fn manifest_stays(&self) -> Option<(String, Fault)> {
        let mut deleted = HashSet::new();
        let mut looked_at = HashSet::new();
        self.manifests.iter().find_map(|dead| {
            let name = dead.repository.name();
            let digest = self.inventory.digests.get(dead.digest);
            let fault =
                if looked_at.insert((name, digest.algorithm())) { self.blocked_index(dead) } else { None };
            let dir = layout::revision_link(&dead.repository.path, digest).parent()?;
            let is_there = dead.repository.revision(dead.digest).is_some()
                || dead
                    .repository
                    .signatures
                    .binary_search_by_key(&dead.digest, |(manifest, _)| *manifest)
                    .is_ok()
                || self.has_oddity_at(&dir);
            let goes = is_there && deleted.insert((name, dead.digest));
            let fault = fault.or_else(|| (!goes).then(|| Fault::not_found(dir.clone(), &dir)))?;
            Some((format!("manifest {digest}"), fault))
        })
    }

    /// A file in place of a tag's index, or of the part of it for one algorithm.
    fn blocked_index(&self, dead: &DeadManifest<'_>) -> Option<Fault> {
        let tags = dead.repository.path.join("_manifests/tags/");
        let below = self.inventory.opaque.range(tags.clone()..);
        let mut below = below.take_while(|(path, _)| path.as_bytes().starts_with(tags.as_bytes()));
        let digest = self.inventory.digests.get(dead.digest);
        below.find_map(|(path, _)| {
            let mut names = path.as_bytes()[tags.as_bytes().len()..].split(|&byte| byte == b'/');
            let (tag, index) = (names.next()?, names.next()?);
            let entry = layout::tag_index(&dead.repository.path, tag, digest).parent()?;
            let is_above = entry.ancestors().skip(1).any(|above| above == path.as_bytes());
            (index == b"index" && is_above).then(|| self.no_obstacle(&entry, "stat").err())?
        })
    }

    fn blob_gone(&self) -> Option<(String, Fault)> {
        self.blobs.iter().find_map(|dead| {
            let dir = layout::blob_data(dead.digest).parent()?;
            let path = dead.misplaced.filter(|_| !self.has_oddity_at(&dir))?;
            Some((format!("blob {}", dead.digest), Fault::not_found(path.clone(), &dir)))
        })
    }

    /// A link that another one named too: it is deleted already.
    fn layer_link_gone(&self) -> Option<(String, Fault)> {
        let mut deleted: HashSet<(&[u8], DigestId)> = HashSet::new();
        let mut links = self.layer_links.iter();
        let dead = links.find(|dead| !deleted.insert((dead.repository.name(), dead.digest)))?;
        let digest = self.inventory.digests.get(dead.digest);
        let name = text_of(dead.repository.name());
        let gone = layout::layer_link(&dead.repository.path, digest);
        Some((
            format!("layer link {digest} of repo {name}"),
            Fault::not_found(dead.path(self.inventory), &gone),
        ))
    }

    /// Whether a directory is there that holds nothing in its place.
    fn has_oddity_at(&self, dir: &StorePath) -> bool {
        let oddities = &self.inventory.oddities;
        oddities.binary_search_by(|odd| odd.path.cmp(dir)).is_ok()
            || !oddities_below(self.inventory, dir).is_empty()
    }
}

/// The digest that the path of a `data` file spells: `digestFromPath` of `registry/storage/paths.go`. The directory
/// above the last is the algorithm, unless it is the first two characters of the last: then it is the one above.
fn digest_from_path(path: &StorePath) -> Result<Digest, String> {
    let above: [&[u8]; 3] = [b"docker", b"registry", b"v2"];
    let names: Vec<&[u8]> = above.into_iter().chain(path.components()).collect();
    let [.., third, second, hex, _data] = names[..] else { return Err(ParseDigestError::Format.to_string()) };
    let Some(shard) = hex.get(..2) else {
        return Err(format!(
            "panic: runtime error: slice bounds out of range [:2] with length {}",
            hex.len()
        ));
    };
    let algorithm = if second == shard { third } else { second };
    Digest::parse(&[algorithm, b":", hex].concat()).map_err(|error| error.to_string())
}

//! Whether bytes are what their names promise, and lie where look-ups go.

use std::collections::BTreeMap;

use super::{Altered, Checker, Claim, Doubt, Draft, Evidence};
use crate::digest::Digest;
use crate::finding::Code;
use crate::hash::unpack::UnpackError;
use crate::manifest::Role;
use crate::path::StorePath;
use crate::registry::documents::{Config, Documents, Edge, Integrity};
use crate::registry::graph::Graph;
use crate::registry::inventory::{Blob, DigestId};

impl Checker<'_> {
    pub(super) fn blobs(&mut self) {
        self.promised = self.promised_sizes();
        for (digest, altered) in &self.evidence.bytes.altered {
            self.altered(*digest, *altered);
        }
        self.diff_ids();
    }

    fn altered(&mut self, id: DigestId, altered: Altered) {
        let Altered { computed, size } = altered;
        let promised = self.promised.get(&id).copied();
        let detail = match promised {
            _ if size == 0 => format!("empty: no bytes, which hash to {computed}"),
            Some(promised) if size < promised => {
                format!("truncated: {size} of {promised} bytes, which hash to {computed}")
            }
            _ => format!("altered: the {size} bytes hash to {computed}"),
        };
        let digest = self.digest(id);
        let tags = self.graph().tags_reaching([id]);
        let draft =
            Draft::new(Code::BlobDigestMismatch, self.inventory().blob_path(digest), detail).about(digest);
        self.found(draft.hurting(tags).named_by(self.users(id)).doubting(Doubt::SameBytes));
    }

    /// The sizes that descriptors state for the altered blobs; the largest, where they differ.
    fn promised_sizes(&self) -> BTreeMap<DigestId, u64> {
        let mut promised = BTreeMap::new();
        if self.evidence.bytes.altered.is_empty() {
            return promised;
        }
        for edge in self.documents().manifests.keys().flat_map(|manifest| self.documents().parts(*manifest)) {
            let blob = self.blob_of(edge.target);
            if let Some(size) =
                edge.size.and_then(|size| u64::try_from(size).ok()).filter(|_| self.is_altered(blob))
            {
                let largest = promised.entry(blob).or_insert(size);
                *largest = size.max(*largest);
            }
        }
        promised
    }

    /// Whether a blob's bytes are known not to be what its name promises.
    pub(super) fn is_altered(&self, digest: DigestId) -> bool {
        self.evidence.bytes.altered.contains_key(&digest)
    }

    /// Whether a blob's bytes were hashed: a document's always are, if they can be read.
    pub(super) fn is_hashed(&self, digest: DigestId) -> bool {
        let Evidence { documents, bytes, hash, .. } = self.evidence;
        let is_read = hash || documents.integrity(digest).is_some() || bytes.unpacked.contains_key(&digest);
        is_read && !bytes.unread.contains_key(&self.inventory().blob_path(self.digest(digest)))
    }

    pub(super) fn blob_without_data(&mut self, path: &StorePath, digest: Digest) {
        let detail = "a blob's directory without data: the registry does not know the blob";
        let data = path.join("data");
        let draft = Draft::new(Code::BlobWithoutData, data.clone(), detail).about(digest);
        self.absent(data, Claim::AnyOf(vec![path.clone()]), draft);
    }

    pub(super) fn misplaced_blob(&mut self, path: &StorePath, digest: Option<Digest>, blob: Blob) {
        let computed = self.evidence.bytes.misplaced.get(path).copied();
        let place = computed.or(digest).map(|digest| self.inventory().blob_path(digest));
        let detail = match (digest, computed, place) {
            (Some(digest), Some(computed), Some(place)) if digest == computed => {
                format!("its {} bytes are intact; look-ups go to {place}", blob.size)
            }
            (_, Some(computed), _) => {
                format!("its {} bytes hash to {computed}; no look-up finds it here", blob.size)
            }
            (_, None, Some(place)) => format!("look-ups go to {place}"),
            (_, None, None) => "no look-up finds it here".to_owned(),
        };
        let mut draft = Draft::new(Code::BlobMisplaced, path.clone(), detail);
        if let Some(digest) = digest {
            draft = draft.about(digest);
            if let Some(id) = self.inventory().digests.find(digest).filter(|id| !self.has_blob(*id)) {
                self.moved.insert(id);
                draft = draft.hurting(self.graph().tags_reaching([id])).named_by(self.users(id));
            }
        }
        self.found(draft);
    }

    /// Whether each layer unpacks to the digest that its config states.
    fn diff_ids(&mut self) {
        if self.evidence.bytes.unpacked.is_empty() {
            return;
        }
        let mut wrong: BTreeMap<(DigestId, String), Vec<DigestId>> = BTreeMap::new();
        for (manifest, layer, diff_id) in stated_diff_ids(self.documents(), self.graph()) {
            let detail = match self.evidence.bytes.unpacked.get(&layer) {
                // The same layer may have another name by another algorithm, which was not computed.
                Some(Ok(unpacked))
                    if unpacked.digest != diff_id && unpacked.digest.algorithm() == diff_id.algorithm() =>
                {
                    format!("it unpacks to {}; the config states {diff_id}", unpacked.digest)
                }
                Some(Err(UnpackError::Broken { what, at })) => {
                    format!("it does not unpack: {what}, at byte {at}; the config states {diff_id}")
                }
                _ => continue,
            };
            if !self.is_altered(layer) {
                wrong.entry((layer, detail)).or_default().push(manifest);
            }
        }
        for ((layer, detail), manifests) in wrong {
            let digest = self.digest(layer);
            let users = manifests.iter().map(|manifest| self.digest(*manifest)).collect();
            let tags = self.graph().tags_reaching(manifests);
            let draft =
                Draft::new(Code::DiffIdMismatch, self.inventory().blob_path(digest), detail).about(digest);
            self.found(draft.hurting(tags).named_by(users));
        }
    }
}

/// For each image with a config that can be believed: the manifest, each layer's blob, and what the layer should unpack
/// to. An encrypted layer (`…+encrypted`, ocicrypt) does not unpack without its key.
pub fn stated_diff_ids(documents: &Documents, graph: &Graph) -> Vec<(DigestId, DigestId, Digest)> {
    let mut stated = Vec::new();
    for manifest in documents.manifests.keys() {
        let Some(document) = documents.trusted(*manifest) else { continue };
        let config = document.edges.iter().find(|edge| edge.role == Role::Config);
        let config = config.and_then(|edge| documents.configs.get(&edge.target));
        let Some(Config { integrity: Integrity::Intact, diff_ids: Ok(diff_ids) }) = config else { continue };
        let layers: Vec<&Edge> = document.edges.iter().filter(|edge| edge.role == Role::Layer).collect();
        // A layer of an algorithm that cannot be checked is no edge, and would shift the others.
        if diff_ids.len() == document.layers && layers.len() == document.layers {
            let is_open = |layer: &Edge| {
                !layer.media_type.is_some_and(|id| documents.media_type(id).ends_with("+encrypted"))
            };
            let pairs = layers.into_iter().zip(diff_ids).filter(|(layer, _)| is_open(layer));
            stated.extend(pairs.map(|(layer, diff_id)| {
                let blob = graph.blobs_behind(layer.target).next().unwrap_or(layer.target);
                (*manifest, blob, *diff_id)
            }));
        }
    }
    stated
}

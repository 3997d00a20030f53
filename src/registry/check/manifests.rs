//! Whether manifests and configs say what the registry and each other make of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Draft};
use crate::finding::Code;
use crate::manifest::{Kind, MAX_MANIFEST, Role};
use crate::registry::documents::{Document, Edge, Integrity, Unparsed};
use crate::registry::inventory::DigestId;

impl Checker<'_> {
    pub(super) fn manifests(&mut self) {
        for (id, manifest) in &self.documents().manifests {
            if self.is_altered(*id) {
                continue;
            }
            match &manifest.parsed {
                Ok(document) => self.document(*id, document),
                Err(Unparsed::Malformed(why) | Unparsed::Faulty(_, why)) => {
                    self.about_manifest(Code::ManifestMalformed, *id, why.to_string());
                }
                Err(Unparsed::TooLarge) => {
                    let detail =
                        format!("{} bytes; the registry reads {MAX_MANIFEST} at most", manifest.size);
                    self.about_manifest(Code::ManifestMalformed, *id, detail);
                }
            }
        }
        self.contradicted();
        self.configs();
    }

    fn about_manifest(&mut self, code: Code, id: DigestId, detail: String) {
        let digest = self.digest(id);
        let draft = Draft::new(code, self.inventory().blob_path(digest), detail).about(digest);
        let indexes = self.graph().indexes(id).map(|index| self.digest(index)).collect();
        self.found(draft.hurting(self.graph().tags_reaching_manifest(id)).named_by(indexes));
    }

    fn document(&mut self, id: DigestId, document: &Document) {
        if document.kind == Kind::Schema1 {
            let detail = "a Docker schema 1 manifest: 3.x cannot serve it, and its collector aborts on it";
            self.about_manifest(Code::ManifestSchema1, id, detail.to_owned());
        }
        if let Some(ambiguous) = document.ambiguous {
            self.about_manifest(Code::ManifestAmbiguous, id, ambiguous.to_string());
        }
        let unsupported: BTreeSet<&str> = document.unsupported.iter().map(|digest| &**digest).collect();
        for digest in unsupported {
            let detail = format!("it names {digest:?}, of an algorithm that regfs cannot check");
            self.about_manifest(Code::AlgorithmUnsupported, id, detail);
            if let Some(draft) = self.drafts.last_mut() {
                draft.digest = Some(digest.to_owned());
            }
        }
    }

    /// Children whose media type is not the one that their descriptor states.
    fn contradicted(&mut self) {
        let mut contradicted: BTreeMap<DigestId, (String, Vec<DigestId>)> = BTreeMap::new();
        for index in self.documents().manifests.keys() {
            let edges = self.documents().parts(*index);
            for edge in edges.filter(|edge| edge.role == Role::Child) {
                if let Some(detail) = self.contradiction(edge) {
                    contradicted.entry(edge.target).or_insert_with(|| (detail, Vec::new())).1.push(*index);
                }
            }
        }
        for (child, (detail, indexes)) in contradicted {
            let digest = self.digest(child);
            let users = indexes.iter().map(|index| self.digest(*index)).collect();
            let draft =
                Draft::new(Code::ManifestAmbiguous, self.inventory().blob_path(digest), detail).about(digest);
            self.found(draft.hurting(self.graph().tags_reaching(indexes)).named_by(users));
        }
    }

    fn contradiction(&self, edge: &Edge) -> Option<String> {
        let child = self.documents().trusted(edge.target).filter(|child| child.ambiguous.is_none())?;
        let (stated, actual) = (edge.media_type?, child.media_type);
        let (stated, actual) = (self.documents().media_type(stated), self.documents().media_type(actual));
        // One that states no type of its own may be either image format; it is contradicted only in its kind.
        let is_fine = stated == actual
            || !child.states_media_type
                && crate::manifest::media_type::is_index(stated) == (child.kind == Kind::Index);
        (!is_fine).then(|| format!("it is {actual:?}, where an index states {stated:?}"))
    }

    /// Image configs that say nothing, or something else than their manifest.
    fn configs(&mut self) {
        let mut wrong: BTreeMap<DigestId, (String, Vec<DigestId>)> = BTreeMap::new();
        for manifest in self.documents().manifests.keys() {
            let Some(document) = self.documents().trusted(*manifest) else { continue };
            let Some(config) = document.edges.iter().find(|edge| edge.role == Role::Config) else { continue };
            if let Some(detail) = self.mismatch(config.target, document) {
                wrong.entry(config.target).or_insert_with(|| (detail, Vec::new())).1.push(*manifest);
            }
        }
        for (config, (detail, manifests)) in wrong {
            let digest = self.digest(config);
            let users = manifests.iter().map(|manifest| self.digest(*manifest)).collect();
            let draft =
                Draft::new(Code::ConfigMismatch, self.inventory().blob_path(digest), detail).about(digest);
            self.found(draft.hurting(self.graph().tags_reaching(manifests)).named_by(users));
        }
    }

    fn mismatch(&self, id: DigestId, document: &Document) -> Option<String> {
        let config = self.documents().configs.get(&id)?;
        let edge = document.edges.iter().find(|edge| edge.role == Role::Config)?;
        let media_type = self.documents().media_type(edge.media_type?);
        let is_believed = config.integrity == Integrity::Intact && !self.is_altered(id);
        if !is_believed || !crate::manifest::media_type::is_image_config(media_type) {
            return None;
        }
        match &config.diff_ids {
            Err(why) => Some(why.to_string()),
            Ok(diff_ids) if diff_ids.len() != document.layers => Some(format!(
                "it states {} diff_ids, its manifest {} layers",
                diff_ids.len(),
                document.layers
            )),
            Ok(_) => None,
        }
    }
}

//! The parts of an image, as both sides have them, as the rows of the report.

use std::collections::{BTreeMap, BTreeSet};

use super::SIDES;
use super::seen::{Has, Image, Layer, Part, Seen};
use crate::digest::Digest;
use crate::reference::Reference;
use crate::registry::compare::Comparison;
use crate::report::diff::{Change, DiffHop, DiffReport, Difference};
use crate::report::resolve::HopKind;

/// What the comparison of an image comes to.
pub(super) struct Rows<'a> {
    reference: &'a Reference,
    sides: [&'a Seen; 2],
    /// The DiffIDs of blobs, as an engine on either side noted them, or a config states them.
    noted: BTreeMap<Digest, Digest>,
    layers: [BTreeMap<Digest, &'a Layer>; 2],
    configs: [BTreeMap<Digest, &'a Part>; 2],
    report: &'a mut DiffReport,
    comparison: &'a mut Comparison,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        sides: [&'a Seen; 2],
        reference: &'a Reference,
        report: &'a mut DiffReport,
        comparison: &'a mut Comparison,
    ) -> Self {
        let mut noted = BTreeMap::new();
        for side in sides {
            let stated = side.layers.iter().filter_map(|layer| Some((layer.part.digest, layer.stated?)));
            noted.extend(stated);
        }
        noted.extend(sides.iter().flat_map(|side| &side.origins).map(|(blob, diff)| (*blob, *diff)));
        let layers = sides.map(|side| side.by_name(&noted));
        let configs = sides.map(Seen::configs);
        Self { reference, sides, noted, layers, configs, report, comparison }
    }

    /// The indexes: the one that is asked for against the other, those within by their digests.
    pub(super) fn indexes(&mut self) {
        let [a, b] = self.sides;
        self.row(0, HopKind::Index, [a.indexes.first(), b.indexes.first()], None);
        let rest = |side: &Seen| side.indexes.iter().skip(1).cloned().collect::<Vec<Part>>();
        let (a, b) = (rest(a), rest(b));
        let all: BTreeSet<Digest> = a.iter().chain(&b).map(|part| part.digest).collect();
        for digest in all {
            let find = |side: &[Part]| side.iter().find(|part| part.digest == digest).cloned();
            self.row(1, HopKind::Index, [find(&a).as_ref(), find(&b).as_ref()], None);
        }
    }

    /// An image: as both have it, or one of them.
    pub(super) fn image(&mut self, a: Option<&Image>, b: Option<&Image>) {
        let part = |of: &dyn Fn(&Image) -> Option<Part>| [a.and_then(of), b.and_then(of)];
        let [one, other] = part(&|image| image.manifest.clone());
        if self.sides.iter().all(|side| side.has_manifests) {
            self.row(0, HopKind::Manifest, [one.as_ref(), other.as_ref()], None);
        } else {
            // An engine keeps none that it could be compared with.
            for (part, side) in [one, other].into_iter().zip(SIDES) {
                if let Some(Part { digest, has: Has::Damaged(how), .. }) = part {
                    let fault = format!("{} in {side}: the manifest {digest} is {how}", self.reference.text);
                    self.report.faults.push(fault);
                }
            }
        }
        let [one, other] = part(&|image| image.config.clone());
        // A side without the image may have its config all the same, as one of another image.
        let there = |side: usize, of: Option<&Part>| self.configs[side].get(&of?.digest).copied().cloned();
        let [one, other] =
            [one.clone().or_else(|| there(0, other.as_ref())), other.or_else(|| there(1, one.as_ref()))];
        self.row(0, HopKind::Config, [one.as_ref(), other.as_ref()], None);
        let mut met = BTreeSet::new();
        let mut packed = 0;
        for (side, image) in self.sides.into_iter().zip([a, b]) {
            for number in image.map(|image| image.layers.as_slice()).unwrap_or_default() {
                let name = side.layers[*number].name(&self.noted);
                if met.insert(name) {
                    packed += u64::from(self.layer(name));
                }
            }
        }
        if packed > 0 {
            let what = format!(
                "{}: {packed} of the layers are packed otherwise in a than in b: the same DiffIDs, other bytes",
                self.reference.text
            );
            self.report.head.warnings.push(what);
        }
    }

    /// A layer, wherever a side has it; whether both have it, and packed differently.
    fn layer(&mut self, name: Digest) -> bool {
        let [a, b] = [0, 1].map(|side| self.layers[side].get(&name).copied());
        self.row(1, HopKind::Layer, [a.map(|layer| &layer.part), b.map(|layer| &layer.part)], Some(name));
        let (Some(a), Some(b)) = (a, b) else { return false };
        if let (Some((one, bytes)), Some((other, more))) = (a.computed, b.computed)
            && one == other
        {
            // An engine keeps the files, not the archive that they come in.
            self.comparison.bytes = self.comparison.bytes.saturating_add(bytes.max(more));
        }
        self.sides.iter().all(|side| side.has_manifests) && a.part.digest != b.part.digest
    }

    /// A part as both sides have it. Two that have a name in common are the same under it.
    fn row(&mut self, depth: usize, kind: HopKind, parts: [Option<&Part>; 2], name: Option<Digest>) {
        let [a, b] = parts;
        let Some(digest) = name.or_else(|| a.or(b).map(|part| part.digest)) else { return };
        // It may be there all the same, or go by a name that could not be read.
        let absence = if self.sides.iter().any(|side| side.is_blind) { Has::Unknown } else { Has::Nothing };
        let has = |part: Option<&Part>| part.map_or_else(|| absence.clone(), |part| part.has.clone());
        let (in_a, in_b) = (has(a), has(b));
        let is_one = name.is_some() || a.zip(b).is_some_and(|(a, b)| a.digest == b.digest);
        let change = match (&in_a, &in_b) {
            (Has::Unknown, _) | (_, Has::Unknown) | (Has::Nothing, Has::Nothing) => None,
            (Has::Nothing, _) => Some(Change::OnlyInB),
            (_, Has::Nothing) => Some(Change::OnlyInA),
            (Has::Damaged(_), _) | (_, Has::Damaged(_)) => Some(Change::Differs),
            _ => (!is_one).then_some(Change::Differs),
        };
        let state = match (change, &in_a, &in_b) {
            (Some(change), ..) => change.name(),
            (None, Has::Unknown, _) | (None, _, Has::Unknown) => "unknown",
            (None, Has::Nothing, _) => "missing",
            _ => "equal",
        };
        match state {
            "equal" => self.comparison.equal += 1,
            "unknown" => self.comparison.unknown += 1,
            "missing" => {
                let what =
                    format!("{}: the {} {digest} is on neither side", self.reference.text, kind.name());
                self.report.faults.push(what);
            }
            _ => {}
        }
        let shown = match change {
            Some(Change::OnlyInB) => b.or(a),
            _ => a.or(b),
        };
        let path = shown.and_then(|part| part.path.clone());
        self.report.hops.push(DiffHop {
            reference: self.reference.text.clone(),
            depth,
            kind,
            digest: Some(digest.to_string()),
            path: path.clone(),
            size: shown.and_then(|part| part.size),
            state,
        });
        let Some(change) = change else { return };
        let there = |part: Option<&Part>, has: &Has| part.filter(|_| *has != Has::Nothing).cloned();
        let (a, b) = (there(a, &in_a), there(b, &in_b));
        let mut details = Vec::from_iter(name.map(|name| format!("DiffID {name}")));
        for (has, side) in [(in_a, "a"), (in_b, "b")] {
            if let Has::Damaged(how) = has {
                details.push(format!("in {side}: {how}"));
            }
        }
        self.report.differences.push(Difference {
            change,
            object: kind.name(),
            path: path.unwrap_or_default(),
            repository: None,
            tag: None,
            digest_a: a.as_ref().map(|part| part.digest),
            digest_b: b.as_ref().map(|part| part.digest),
            size_a: a.and_then(|part| part.size),
            size_b: b.and_then(|part| part.size),
            offset: None,
            intact: None,
            detail: (!details.is_empty()).then(|| details.join("; ")),
        });
    }
}

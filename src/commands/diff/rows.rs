//! What a comparison came by, as the rows of its report.

use std::collections::{BTreeMap, HashMap};

use super::images::Images;
use super::{Sides, is_within};
use crate::digest::Digest;
use crate::path::{StorePath, text_of};
use crate::registry::compare::{Comparison, Difference};
use crate::registry::contents::{Object, Stamp, What, repository_of};
use crate::registry::layout::{Place, classify};
use crate::report::Label;
use crate::report::diff::{Change, DiffHop, DiffReport, DiffRepository, Difference as Row};
use crate::units;

/// Fills in the differences, and the repositories that they belong to.
pub(super) fn fill(report: &mut DiffReport, comparison: &Comparison) {
    let mut labels = Labels::default();
    let mut repositories: BTreeMap<&[u8], [u64; 3]> = BTreeMap::new();
    for difference in &comparison.differences {
        let row = row(difference, &mut labels);
        if let Some(name) = repository_of(&difference.path) {
            let counts = repositories.entry(name).or_default();
            counts[row.change as usize] += 1;
        }
        report.differences.push(row);
    }
    report.differences.sort_by(|a, b| a.path.cmp(&b.path));
    for (name, [only_in_a, only_in_b, differs]) in repositories {
        let shared = comparison.shared.get(name).copied().unwrap_or(0);
        let change = match (only_in_a, only_in_b, shared) {
            (_, 0, 0) => Change::OnlyInA,
            (0, _, 0) => Change::OnlyInB,
            _ => Change::Differs,
        };
        let equal = shared.saturating_sub(differs);
        let repository = labels.of(name);
        report.repositories.push(DiffRepository { repository, change, equal, only_in_a, only_in_b, differs });
    }
}

fn row(difference: &Difference, labels: &mut Labels) -> Row {
    let location = classify(&difference.path);
    let (a, b) = (difference.a, difference.b);
    let change = match (a, b) {
        (Some(_), None) => Change::OnlyInA,
        (None, _) => Change::OnlyInB,
        _ => Change::Differs,
    };
    let name = match location.place {
        Place::BlobData(name) => Some(name),
        _ => None,
    };
    let object = Object::at(&location);
    let digest = |what: Option<What>| match what? {
        What::Link(digest) => Some(digest),
        // What a link that is none hashes to is not what it names.
        What::File { .. } if !matches!(object, Object::Blob | Object::Upload | Object::Other) => None,
        What::File { digest, .. } if change == Change::Differs => digest,
        What::File { digest, .. } => name.or(digest),
        What::Directory => None,
    };
    let intact = match (name, digest(a), digest(b)) {
        (Some(name), Some(a), Some(b)) if change == Change::Differs && difference.stamps.is_none() => {
            Some(if a == name {
                "a"
            } else if b == name {
                "b"
            } else {
                "neither"
            })
        }
        _ => None,
    };
    Row {
        change,
        object: object.name(),
        path: difference.path.clone(),
        repository: repository_of(&difference.path).map(|name| labels.of(name)),
        tag: location.tag.map(|tag| labels.of(tag)),
        digest_a: digest(a),
        digest_b: digest(b),
        size_a: a.and_then(size),
        size_b: b.and_then(size),
        offset: difference.offset,
        intact,
        detail: detail(difference),
    }
}

/// How many bytes a file has.
fn size(what: What) -> Option<u64> {
    match what {
        What::Link(digest) => Some(link_size(digest)),
        What::File { size, .. } => Some(size),
        What::Directory => None,
    }
}

/// A link holds its digest and nothing else.
fn link_size(digest: Digest) -> u64 {
    (digest.algorithm().name().len() + 1 + 2 * digest.algorithm().size()) as u64
}

fn detail(difference: &Difference) -> Option<String> {
    if let Some((a, b)) = difference.stamps {
        return Some(stamps(a, b));
    }
    let is_link = |what: Option<What>| matches!(what, Some(What::Link(_)));
    match (difference.a, difference.b) {
        (Some(What::Directory), None) | (None, Some(What::Directory)) => {
            Some("an empty directory".to_owned())
        }
        (Some(_), Some(_)) if is_link(difference.a) && !is_link(difference.b) => {
            Some("in b it is no sound link".to_owned())
        }
        (Some(_), Some(_)) if is_link(difference.b) && !is_link(difference.a) => {
            Some("in a it is no sound link".to_owned())
        }
        _ => None,
    }
}

fn stamps(a: Stamp, b: Stamp) -> String {
    let mut says = Vec::new();
    if a.modified != b.modified {
        let of = |stamp: Stamp| units::time(stamp.modified).unwrap_or_else(|| stamp.modified.to_string());
        says.push(format!("written {} in a, {} in b", of(a), of(b)));
    }
    if a.mode != b.mode {
        says.push(format!("mode {:04o} in a, {:04o} in b", a.mode, b.mode));
    }
    says.join("; ")
}

/// Fills in the files of images, with what is known of each.
pub(super) fn hops(report: &mut DiffReport, images: &Images, sides: &Sides<'_>, comparison: &Comparison) {
    let changes: HashMap<&StorePath, Change> =
        report.differences.iter().map(|row| (&row.path, row.change)).collect();
    let [a, b] = sides.contents;
    let is_unread =
        |path: &StorePath| report.head.errors.iter().any(|error| is_within(path, error.path.as_bytes()));
    let mut missing = 0;
    for image in &images.each {
        for hop in &image.hops {
            let Some(path) = &hop.path else { continue };
            let (in_a, in_b) = (a.at(path), b.at(path));
            let state = match changes.get(path) {
                Some(change) => change.name(),
                None if is_unread(path) || comparison.unknown > 0 && sides.run.cancel.is_cancelled() => {
                    "unknown"
                }
                None if in_a.is_none() && in_b.is_none() => "missing",
                None => "equal",
            };
            missing += u64::from(state == "missing" && !report.unknown.contains(&image.reference));
            let found = in_a.or(in_b).and_then(size);
            report.hops.push(DiffHop {
                reference: image.reference.clone(),
                depth: hop.depth,
                kind: hop.kind,
                digest: hop.digest.as_ref().map(ToString::to_string),
                path: Some(path.clone()),
                size: found,
                state,
            });
        }
    }
    if missing > 0 {
        let text = match missing {
            1 => "1 file of the images is missing on both sides".to_owned(),
            many => format!("{many} files of the images are missing on both sides"),
        };
        report.head.warnings.push(text);
    }
}

/// Names, each made into a text once.
#[derive(Default)]
struct Labels(HashMap<Vec<u8>, Label>);

impl Labels {
    fn of(&mut self, name: &[u8]) -> Label {
        if let Some(label) = self.0.get(name) {
            return label.clone();
        }
        let label = Label::from(text_of(name));
        self.0.insert(name.to_vec(), label.clone());
        label
    }
}

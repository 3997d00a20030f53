//! Differences in words: one in a line, many in numbers.

use crate::digest::Digest;
use crate::render::text::{Count, first_few};
use crate::report::diff::{Change, Difference};
use crate::units::Size;

/// What these are, in numbers.
pub(super) fn counts(differences: &[&Difference]) -> String {
    let of =
        |object: &str| differences.iter().filter(|difference| difference.object == object).count() as u64;
    let kinds = [
        ("tag", "tag"),
        ("revision", "revision"),
        ("layer-link", "layer link"),
        ("tag-index", "entry of history"),
        ("blob", "blob"),
        ("upload", "file of uploads"),
        ("other", "other file"),
    ];
    let counts: Vec<String> = kinds
        .iter()
        .map(|(object, noun)| (of(object), noun))
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| match (count, noun.split_once(" of ")) {
            (1, _) | (_, None) => Count(count, noun).to_string(),
            (_, Some((noun, of))) => format!("{} of {of}", Count(count, noun)),
        })
        .collect();
    first_few(&counts, counts.len())
}

/// One difference in a line.
pub(super) fn describe(difference: &Difference) -> String {
    let digest = |digest: Option<Digest>| digest.map_or("-".to_owned(), |digest| digest.to_string());
    let own = || digest(difference.digest_a.or(difference.digest_b));
    let side = match difference.change {
        Change::OnlyInA => " only in a",
        Change::OnlyInB => " only in b",
        Change::Differs => "",
    };
    let detail = difference.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    let tag = difference.tag.as_ref().map(ToString::to_string).unwrap_or_default();
    let moved = || format!("{} → {}", digest(difference.digest_a), digest(difference.digest_b));
    let what = match (difference.object, difference.change) {
        ("tag", Change::Differs) => format!("tag {tag}: {}", moved()),
        ("tag", _) => format!("tag {tag}: {}{side}", own()),
        ("tag-index", Change::Differs) => format!("history of tag {tag}: {}", moved()),
        ("tag-index", _) => format!("history of tag {tag}: {}{side}", own()),
        ("revision", Change::Differs) => format!("revision {}", moved()),
        ("revision", _) => format!("revision {}{side}", own()),
        ("layer-link", Change::Differs) => format!("layer link {}", moved()),
        ("layer-link", _) => format!("layer link {}{side}", own()),
        ("blob", Change::Differs) => differing_blob(difference),
        ("blob", _) => {
            let bytes = Size(difference.size_a.or(difference.size_b).unwrap_or(0));
            format!("{}  {bytes}{side}", own())
        }
        (part @ ("index" | "manifest" | "config" | "layer"), change) => {
            let is_other = change == Change::Differs && difference.digest_a != difference.digest_b;
            format!("{part} {}{side}", if is_other { moved() } else { own() })
        }
        _ => format!("{}{side}{}", difference.path, differing(difference)),
    };
    format!("{what}{detail}")
}

fn differing_blob(difference: &Difference) -> String {
    let name = difference.path.to_string();
    let name = name.trim_end_matches("/data").rsplit('/').next().unwrap_or_default().to_owned();
    let algorithm = difference.path.to_string().split('/').nth(1).unwrap_or_default().to_owned();
    let intact = match difference.intact {
        Some("neither") => "; neither hashes to its name".to_owned(),
        Some(side) => format!("; only that of {side} hashes to its name"),
        None => String::new(),
    };
    format!("{algorithm}:{name}{}{intact}", differing(difference))
}

/// How two files are not the same.
fn differing(difference: &Difference) -> String {
    match (difference.change, difference.size_a, difference.size_b, difference.offset) {
        (Change::Differs, Some(a), Some(b), _) if a != b => format!(": {a} bytes in a, {b} in b"),
        (Change::Differs, Some(size), _, Some(offset)) => {
            format!("  {}: differs from byte {offset} on", Size(size))
        }
        (Change::Differs, Some(size), _, None) if difference.detail.is_none() => {
            format!("  {}: differs", Size(size))
        }
        _ => String::new(),
    }
}

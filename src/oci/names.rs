//! Which entry of `index.json` a person means. The layout's names need not be references: `v1` is as good as
//! `registry.example.com/team/app:v1`, and different writers choose differently.

use std::collections::BTreeSet;

use super::index::Index;
use crate::digest::Digest;
use crate::kind::Kind;
use crate::reference::Reference;

/// What a reference means in a layout.
#[derive(Debug, PartialEq, Eq)]
pub enum Meant {
    /// One manifest.
    One {
        /// It.
        digest: Digest,
        /// The name by which the layout lists it, if it does.
        name: Option<String>,
        /// What a reader must know of how the name was understood.
        hint: Option<String>,
        /// Where a digest was asked for besides a name, and that stands for another or nothing: which, in a line.
        contradiction: Option<String>,
        /// Whether nobody can say what the name stands for that was asked for besides the digest.
        is_unsure: bool,
    },
    /// Several manifests of the same name, sorted.
    Several(String, Vec<Digest>),
    /// Nothing of that name.
    Unknown,
}

/// Whether a name in the layout is the one that is asked for.
type Reading<'a> = &'a dyn Fn(&str) -> bool;

/// The digest that a reference is, or states.
fn digest_of(reference: &Reference) -> Option<Digest> {
    reference.digest.or_else(|| Digest::parse(reference.text.as_bytes()).ok())
}

/// Finds what is meant: the name as it was written, else one that says the same otherwise.
pub fn find(kind: Kind, index: &Index, reference: &Reference) -> Meant {
    let written = reference.text.split('@').next().unwrap_or_default();
    let named = |is_it: Reading<'_>| -> Vec<(Digest, String)> {
        let mut found = BTreeSet::new();
        for entry in &index.entries {
            let Some(digest) = entry.descriptor.digest.known() else { continue };
            let names = [&entry.descriptor.ref_name, &entry.descriptor.image_name];
            if names.into_iter().flatten().any(|name| is_it(name)) {
                found.insert((digest, entry.name().unwrap_or_default().to_owned()));
            }
        }
        found.into_iter().collect()
    };
    let whole = match &reference.tag {
        Some(_) => written.to_owned(),
        None => format!("{written}:latest"),
    };
    let tag = reference.tag.as_ref().map_or("latest", |tag| tag.as_str());
    let behind = format!("/{whole}");
    let readings: [(Reading<'_>, bool); 4] = [
        (&|name| name == written, false),
        (&|name| name == whole, false),
        (&|name| name.ends_with(&behind), true),
        (&|name| name == tag, true),
    ];
    let mut found = Vec::new();
    let mut is_hinted = false;
    // Without a tag nobody means whatever image happens to be called latest.
    let readings = readings.into_iter().take(if reference.tag.is_some() { 4 } else { 3 });
    for (reading, hinted) in readings {
        found = named(reading);
        if !found.is_empty() {
            is_hinted = hinted;
            break;
        }
    }
    let asked = digest_of(reference);
    let digests: BTreeSet<Digest> = found.iter().map(|(digest, _)| *digest).collect();
    if let Some(digest) = asked {
        let is_named = reference.digest.is_some() && reference.tag.is_some() && !digests.contains(&digest);
        // What containerd calls an image is in its database, whatever is listed here.
        let is_unsure = is_named && (kind != Kind::Oci || !index.is_known && digests.is_empty());
        let hint = is_unsure.then(|| format!("whether {written} is {digest} is not known"));
        let contradiction = (is_named && !is_unsure).then(|| match digests.first() {
            Some(actual) => format!("{written} points to {actual}, not to {digest}"),
            None => format!("the layout has no {written}"),
        });
        let listed = index.entries.iter().find(|entry| entry.descriptor.digest.known() == Some(digest));
        let name = listed.and_then(|entry| entry.name()).map(str::to_owned);
        return Meant::One { digest, name, hint, contradiction, is_unsure };
    }
    match (found.first(), digests.len()) {
        (Some((digest, name)), 1) => {
            let hint = is_hinted.then(|| format!("the layout calls it {name}"));
            Meant::One {
                digest: *digest,
                name: Some(name.clone()),
                hint,
                contradiction: None,
                is_unsure: false,
            }
        }
        (Some((_, name)), _) => Meant::Several(name.clone(), digests.into_iter().collect()),
        (None, _) => Meant::Unknown,
    }
}

/// The names that the layout lists, sorted.
pub fn all(index: &Index) -> Vec<String> {
    let names: BTreeSet<&str> = index.entries.iter().filter_map(|entry| entry.name()).collect();
    names.into_iter().map(str::to_owned).collect()
}

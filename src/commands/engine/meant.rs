//! Which image or layer a person means, in any of the engine's drivers.

use std::collections::BTreeSet;

use crate::commands::names::nearest;
use crate::digest::{Digest, Prefix};
use crate::engine::names::{Found, Meaning, all, by_id, by_name};
use crate::engine::{Driver, Engine};
use crate::reference::Reference;
use crate::store::Store;

/// What was found, and in which driver.
pub(in crate::commands) struct Meant<'a> {
    pub(in crate::commands) driver: &'a Driver,
    pub(in crate::commands) found: Found,
    /// What the text is to it; none where it is its name.
    pub(in crate::commands) as_what: Option<&'static str>,
}

/// Why nothing is meant: in a line, and what may have been.
pub(in crate::commands) type Unknown = (String, Vec<String>);

/// The one thing that a reference means: an image of that name, else anything with that id.
pub(in crate::commands) fn find<'a>(
    store: &Store,
    engine: &'a Engine,
    reference: &Reference,
) -> Result<Meant<'a>, Unknown> {
    let mut several = BTreeSet::new();
    for driver in &engine.drivers {
        let images = by_name(driver, reference);
        match images.first() {
            Some(image) if images.len() == 1 => {
                return Ok(Meant { driver, found: Found::Image(*image), as_what: None });
            }
            _ => several.extend(images),
        }
    }
    if !several.is_empty() {
        return Err(ambiguous(&reference.text, several.iter().map(Digest::to_string).collect()));
    }
    let prefix = match (reference.digest, reference.text.parse::<Prefix>()) {
        // `name@digest` of a name that is gone: the digest may still be known.
        (Some(digest), _) => digest.to_string().parse().ok(),
        (None, parsed) => parsed.ok(),
    };
    if let Some(prefix) = prefix {
        match by_prefix(store, engine, &prefix) {
            Err((_, candidates)) if candidates.is_empty() => {}
            result => return result,
        }
    }
    let with_tag = format!("{}:latest", reference.text);
    let names = nearest(&[&reference.text, &with_tag], all(engine));
    Err((format!("the engine has no {}", reference.text), names))
}

/// The one thing whose id begins like this.
pub(in crate::commands) fn by_prefix<'a>(
    store: &Store,
    engine: &'a Engine,
    prefix: &Prefix,
) -> Result<Meant<'a>, Unknown> {
    let mut found: Vec<(&Driver, Meaning)> = Vec::new();
    for driver in &engine.drivers {
        found.extend(by_id(store, driver, prefix).into_iter().map(|meaning| (driver, meaning)));
    }
    // The lowest layer's ChainID is its DiffID; an image that was pulled twice has two manifests. All of that is one.
    found.dedup_by(|a, b| std::ptr::eq(a.0, b.0) && a.1.found == b.1.found);
    let distinct: BTreeSet<&Found> = found.iter().map(|(_, meaning)| &meaning.found).collect();
    match (found.first(), distinct.len()) {
        (None, _) => {
            Err((format!("nothing in the engine's store has an id that begins with {prefix}"), Vec::new()))
        }
        (Some((driver, meaning)), 1) => {
            Ok(Meant { driver, found: meaning.found.clone(), as_what: Some(meaning.as_what) })
        }
        // A layer may stand in several chains: its DiffID means all of them.
        _ => {
            let told = found.iter().map(|(_, meaning)| match &meaning.found {
                Found::Image(id) => {
                    format!("{id} ({} of an image)", meaning.as_what.trim_start_matches("the "))
                }
                Found::Layer(chain) => {
                    format!("{chain} (a layer, by {})", meaning.as_what.trim_start_matches("the "))
                }
            });
            Err(ambiguous(&prefix.to_string(), told.collect()))
        }
    }
}

fn ambiguous(text: &str, candidates: Vec<String>) -> Unknown {
    (format!("{text} may be one of {}: write more of it, or another id", candidates.len()), candidates)
}

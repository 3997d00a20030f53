//! Which image or layer a person means, in any of the engine's drivers.

use std::collections::BTreeSet;

use crate::commands::names::nearest;
use crate::digest::{Digest, Prefix};
use crate::engine::names::{Called, Found, Meaning, all, by_id, by_name, tagged};
use crate::engine::{Driver, Engine, NameOf};
use crate::reference::Reference;
use crate::report::ErrorItem;
use crate::session::Session;

/// What was found, and in which driver.
pub(in crate::commands) struct Meant<'a> {
    pub(in crate::commands) driver: &'a Driver,
    pub(in crate::commands) found: Found,
    /// What the text is to it; none where it is its name.
    pub(in crate::commands) as_what: Option<&'static str>,
    /// The name by which it was found, if it was by one.
    pub(in crate::commands) name: Option<&'a NameOf>,
    /// What must be known of how the text was taken.
    pub(in crate::commands) hint: Option<String>,
    /// Why it is not what was asked for: the tag of `name:tag@digest` stands for another image.
    pub(in crate::commands) points_elsewhere: Option<String>,
}

/// Why nothing is meant.
pub(in crate::commands) struct Unknown {
    /// In a line.
    pub(in crate::commands) message: String,
    /// What may have been meant: names, or ids with what they are.
    pub(in crate::commands) near: Vec<String>,
    /// The ids of all that the text may mean.
    pub(in crate::commands) candidates: Vec<Digest>,
    /// Whether it is known what it was.
    is_known: bool,
}

/// The one thing that a reference means: an image of that name, else anything with that id. What could not be read on
/// the way to it is added to the errors.
pub(in crate::commands) fn find<'a>(
    session: &Session<'_>,
    engine: &'a Engine,
    reference: &Reference,
    errors: &mut Vec<ErrorItem>,
) -> Result<Meant<'a>, Unknown> {
    let known = errors.len();
    let mut several = BTreeSet::new();
    for driver in &engine.drivers {
        let called = by_name(driver, reference);
        let images: BTreeSet<Digest> = called.iter().map(|called| called.name.image).collect();
        if images.len() == 1
            && let Some(meant) = named(driver, reference, &called)
        {
            return Ok(meant);
        }
        several.extend(images);
    }
    if !several.is_empty() {
        let told = several.iter().map(Digest::to_string).collect();
        return Err(ambiguous(&reference.text, told, several.into_iter().collect()));
    }
    let prefix = match (reference.digest, reference.text.parse::<Prefix>()) {
        // `name@digest` of a name that is gone: the digest may still be known.
        (Some(digest), _) => digest.to_string().parse().ok(),
        (None, parsed) => parsed.ok(),
    };
    if let Some(prefix) = prefix {
        match by_prefix(session, engine, &prefix, errors) {
            Err(unknown) if !unknown.is_known => {}
            Err(unknown) => return Err(unknown),
            Ok(mut meant) => {
                meant.hold_against_tag(reference);
                return Ok(meant);
            }
        }
    }
    let with_tag = format!("{}:latest", reference.text);
    let near = nearest(&[&reference.text, &with_tag], all(engine));
    let is_whole = engine.is_whole() && errors.len() == known;
    let message = absent(is_whole, format!("the engine has no {}", reference.text));
    Err(Unknown { message, near, candidates: Vec::new(), is_known: false })
}

/// The image of a name, and what must be said of that. Of several names, it is one that the tag fits.
fn named<'a>(driver: &'a Driver, reference: &Reference, called: &[Called<'a>]) -> Option<Meant<'a>> {
    let fits =
        |called: &&Called<'a>| tagged(driver, reference, Some(called.name)).contains(&called.name.image);
    let Called { name, host } = called.iter().find(fits).or_else(|| called.first())?;
    let text = &reference.text;
    let hint = host.map(|host| format!("{text} was taken for {}, of the registry {host}", name.name));
    let found = Found::Image(name.image);
    let mut meant = Meant { driver, found, as_what: None, name: Some(name), hint, points_elsewhere: None };
    meant.hold_against_tag(reference);
    Some(meant)
}

impl Meant<'_> {
    /// Holds what was found by the digest of `name:tag@digest` against what the tag stands for.
    fn hold_against_tag(&mut self, reference: &Reference) {
        let (Some(tag), Some(digest)) = (&reference.tag, reference.digest) else { return };
        let repository = self.name.map_or(reference.repository(), |name| &name.repository);
        let with_tag = format!("{repository}:{tag}");
        let images = tagged(self.driver, reference, self.name);
        match images.first() {
            // An engine drops the tag when it pulls by digest.
            None => {
                let text = &reference.text;
                self.hint =
                    Some(format!("{text} is known by its digest alone: the engine has no {with_tag}"));
            }
            Some(_) if images.iter().any(|image| self.found == Found::Image(*image)) => {}
            Some(image) => {
                self.points_elsewhere = Some(format!("{with_tag} is {image}, not the image of {digest}"));
            }
        }
    }
}

/// The one thing whose id begins like this. What could not be read on the way to it is added to the errors.
pub(in crate::commands) fn by_prefix<'a>(
    session: &Session<'_>,
    engine: &'a Engine,
    prefix: &Prefix,
    errors: &mut Vec<ErrorItem>,
) -> Result<Meant<'a>, Unknown> {
    let mut is_whole = engine.is_whole();
    let mut found: Vec<(&Driver, Meaning)> = Vec::new();
    let mut gone = BTreeSet::new();
    for driver in &engine.drivers {
        let ids = by_id(session, driver, prefix);
        found.extend(ids.found.into_iter().map(|meaning| (driver, meaning)));
        gone.extend(ids.gone);
        is_whole &= ids.unread.is_empty();
        let unread = ids.unread.into_iter();
        errors.extend(unread.map(|(path, error)| ErrorItem { path, reason: error.to_string() }));
    }
    // The lowest layer's ChainID is its DiffID; an image that was pulled twice has two manifests. All of that is one.
    found.dedup_by(|a, b| std::ptr::eq(a.0, b.0) && a.1.found == b.1.found);
    let distinct: BTreeSet<&Found> = found.iter().map(|(_, meaning)| &meaning.found).collect();
    match (found.first(), distinct.len()) {
        (None, _) => {
            let what = match gone.first() {
                Some(diff) if is_whole => format!(
                    "{prefix} is the compressed digest of the layer with the DiffID {diff}, which the engine does not have any more"
                ),
                Some(diff) => format!(
                    "{prefix} is the compressed digest of the layer with the DiffID {diff}, which the engine does not have"
                ),
                None => format!("the engine has nothing with an id that begins with {prefix}"),
            };
            let message = absent(is_whole, what);
            Err(Unknown { message, near: Vec::new(), candidates: Vec::new(), is_known: !gone.is_empty() })
        }
        (Some((driver, meaning)), 1) => Ok(Meant {
            driver,
            found: meaning.found.clone(),
            as_what: Some(meaning.as_what),
            name: None,
            hint: None,
            points_elsewhere: None,
        }),
        // A layer may stand in several chains: its DiffID means all of them.
        _ => {
            let told = found.iter().map(|(_, meaning)| {
                let as_what = meaning.as_what.trim_start_matches("the ");
                match &meaning.found {
                    Found::Image(id) => format!("{id} ({as_what} of an image)"),
                    Found::Layer(chain) => format!("{chain} (a layer, by {as_what})"),
                }
            });
            let ids = distinct.iter().map(|found| match found {
                Found::Image(id) | Found::Layer(id) => *id,
            });
            Err(ambiguous(&prefix.to_string(), told.collect(), ids.collect()))
        }
    }
}

/// What is said of something that is not there, or is in what could not be read.
pub(in crate::commands) fn absent(is_whole: bool, what: String) -> String {
    if is_whole { what } else { format!("{what}, as far as it could be read") }
}

fn ambiguous(text: &str, near: Vec<String>, candidates: Vec<Digest>) -> Unknown {
    let message = format!("{text} may be one of {}: write more of it, or another id", near.len());
    Unknown { message, near, candidates, is_known: true }
}

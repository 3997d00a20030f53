//! The files of some images, found from whichever side has them.

use std::collections::{BTreeSet, HashSet};

use super::{Options, Sides, Source};
use crate::commands::resolve;
use crate::digest::Digest;
use crate::path::StorePath;
use crate::reference::{Reference, RepoName};
use crate::registry::contents::What;
use crate::registry::layout;
use crate::report::resolve::{Hop, HopKind};
use crate::session::Run;

/// Some images.
pub(super) struct Images {
    /// Image by image, in walking order: what is on the way on either side.
    pub(super) each: Vec<Image>,
    /// The files that these are, each once.
    pub(super) paths: BTreeSet<StorePath>,
    /// Whether there is more to an image than was followed.
    pub(super) too_many: bool,
}

/// One image.
pub(super) struct Image {
    /// The reference as it was understood.
    pub(super) reference: String,
    /// Its files.
    pub(super) hops: Vec<Hop>,
}

impl Images {
    /// Follows the references in both roots. Where a tag points elsewhere in an inventory file, that is followed too.
    pub(super) fn find(run: Run<'_>, sides: [&Source<'_>; 2], options: &Options) -> Self {
        let mut found = Self { each: Vec::new(), paths: BTreeSet::new(), too_many: false };
        for reference in &options.references {
            let targets: Vec<Digest> =
                sides.iter().filter_map(|side| listed_target(side, reference)).collect();
            let mut image: Option<Image> = None;
            let mut known: HashSet<StorePath> = HashSet::new();
            for store in sides.iter().filter_map(|side| side.store()) {
                let Some(files) = resolve::files(&run.over(store), reference, &targets) else { continue };
                found.too_many |= files.too_many;
                let image = image
                    .get_or_insert_with(|| Image { reference: files.reference.clone(), hops: Vec::new() });
                for hop in files.hops {
                    // What a manifest is about is no part of the image.
                    let mut is_new = |path: &StorePath| known.insert(path.clone());
                    if hop.kind != HopKind::Subject && hop.path.as_ref().is_some_and(&mut is_new) {
                        image.hops.push(hop);
                    }
                }
            }
            found.each.extend(image);
        }
        let hops = found.each.iter().flat_map(|image| &image.hops);
        found.paths = hops.filter_map(|hop| hop.path.clone()).collect();
        found
    }

    /// The references of which neither side has a single file.
    pub(super) fn unknown(&self, sides: &Sides<'_>) -> Vec<String> {
        let [a, b] = sides.contents;
        let is_there =
            |path: &StorePath| a.at(path).is_some() || b.at(path).is_some() || a.hides(path) || b.hides(path);
        let is_known = |image: &Image| {
            // A layer may be there for the sake of other images.
            let begin = image.hops.iter().filter(|hop| matches!(hop.kind, HopKind::Tag | HopKind::Revision));
            begin.filter_map(|hop| hop.path.as_ref()).any(is_there)
        };
        let unknown = self.each.iter().filter(|image| !is_known(image));
        unknown.map(|image| image.reference.clone()).collect()
    }
}

/// What the tag of a reference points to in an inventory file.
fn listed_target(source: &Source<'_>, reference: &Reference) -> Option<Digest> {
    let listed = source.listed()?;
    let tag = reference.tag_or_latest()?;
    let behind_host = reference.behind_host.as_ref().map(|(_, name)| name);
    let names = [reference.whole.as_ref(), behind_host];
    let target = |name: &RepoName| {
        let path = layout::tag_current(&layout::repository(name.as_str()), tag.as_str());
        match listed.contents.at(&path) {
            Some(What::Link(digest)) => Some(digest),
            _ => None,
        }
    };
    names.into_iter().flatten().find_map(target)
}

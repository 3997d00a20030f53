//! What is said of tags that nothing comes of: those that should keep something alive and do not, and those whose image
//! is about to be given up.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::few::first_few;
use crate::manifest::MAX_MANIFEST;
use crate::path::{StorePath, text_of};
use crate::registry::documents::Documents;
use crate::registry::graph::{self, TagRef};
use crate::registry::inventory::{self, Blob, DigestId, Inventory, LateTags};
use crate::registry::layout;
use crate::registry::reach::Reach;
use crate::report::orphans::OrphansReport;
use crate::session::Session;
use crate::store::{ReadError, Store};

/// How many are named in a sentence.
const FEW: usize = 5;

/// How much of a blob is read to tell whether it may be a manifest, in bytes.
const BEGINNING: u64 = 64;

/// How many blobs a thread reads in a row: to wake another costs more than one.
const BLOBS_AT_ONCE: usize = 16;

/// Warnings of tags that keep nothing alive since they lead nowhere, one for each cause.
pub(super) fn lost(inventory: &Inventory, lost: &[TagRef]) -> Vec<String> {
    let has_no_link = |tag: &&TagRef| inventory.repositories[tag.repository].tags[tag.tag].current.is_none();
    let (linkless, unlisted): (Vec<&TagRef>, Vec<&TagRef>) = lost.iter().partition(has_no_link);
    let warn = |tags: Vec<&TagRef>, why: [&str; 2], code: &str| {
        let names = graph::names(inventory, &tags.into_iter().copied().collect());
        let [one, many] = why;
        let (tags, why, them) =
            if names.len() == 1 { ("tag keeps", one, "it") } else { ("tags keep", many, "them") };
        (!names.is_empty()).then(|| {
            format!(
                "{} {tags} nothing alive, since {why}, and no registry can resolve {them}: {}. Mend that first if the \
                 image is wanted: regfs explain {code}",
                names.len(),
                first_few(&names, FEW)
            )
        })
    };
    let linkless =
        warn(linkless, ["it has no current/link", "they have no current/link"], "tag-without-current");
    let unlisted = warn(
        unlisted,
        [
            "its repository does not list the manifest that it points to",
            "their repositories do not list the manifests that they point to",
        ],
        "tag-unknown-revision",
    );
    linkless.into_iter().chain(unlisted).collect()
}

/// The tags that point to a manifest of which their repository has no revision link, if it is about to be given up, or a
/// layer link that it needs. A cache fetches again what has expired there.
pub(super) fn at_stake(
    session: &Session<'_>,
    inventory: &Inventory,
    documents: &Documents,
    reach: &Reach,
) -> LateTags {
    let Session { store, cancel, .. } = *session;
    let tells = inventory.has_links() && !store.is_pull_through_cache() && !store.has_database();
    if !tells || inventory.interrupted {
        return LateTags::default();
    }
    let links_of = |number| reach.layer_links.partition_point(|(repository, _)| *repository < number);
    let everywhere = gives_up_a_manifest(store, inventory, reach);
    let concerns = |number| everywhere || links_of(number) < links_of(number + 1);
    let mut late = inventory::read_tags(store, inventory, cancel, concerns, |number, target| {
        let is_dead = || inventory.blobs.contains(target) && !reach.is_alive(target);
        let needs = |link: DigestId| reach.layer_links.binary_search(&(number, link)).is_ok();
        inventory.repositories[number].revision(target).is_none()
            && (is_dead() || documents.parts(target).any(|edge| needs(edge.target)))
    });
    // It may have been pushed since the walk.
    late.tags.retain(|(number, _, target)| {
        let repository = &inventory.repositories[*number].path;
        let link = layout::revision_link(repository, inventory.digests.get(*target));
        store.stat(&link).is_err_and(|error| error == ReadError::Absent)
    });
    late
}

/// Whether anything that is about to be given up may be a manifest. A layer or config is linked, unless that link is gone
/// too: then its first bytes tell, and cost less than to look at every tag.
fn gives_up_a_manifest(store: &Store, inventory: &Inventory, reach: &Reach) -> bool {
    let mut is_linked = vec![false; inventory.digests.len()];
    for link in inventory.repositories.iter().flat_map(|repository| &repository.layers) {
        is_linked[link.digest.index()] = true;
    }
    let may_be = |(digest, blob): &(DigestId, Blob)| {
        !reach.is_alive(*digest) && !is_linked[digest.index()] && blob.size <= MAX_MANIFEST
    };
    let given_up: Vec<(DigestId, Blob)> = inventory.blobs.iter().filter(may_be).collect();
    given_up.par_iter().with_min_len(BLOBS_AT_ONCE).any(|(digest, _)| {
        let beginning = store.read(&inventory.blob_path(inventory.digests.get(*digest)), BEGINNING);
        beginning.map_or(true, |content| content.bytes.trim_ascii_start().starts_with(b"{"))
    })
}

/// Warnings of tags of whose image something is listed, and of those that may be such.
pub(super) fn at_stake_warnings(
    inventory: &Inventory,
    documents: &Documents,
    report: &OrphansReport,
    late: &LateTags,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_blob = |digest| report.blobs.binary_search_by_key(&digest, |blob| blob.digest).is_ok();
    let is_link = |repository: &str, digest| {
        let links = &report.layer_links;
        links
            .binary_search_by(|link| (link.repository.as_str(), link.digest).cmp(&(repository, digest)))
            .is_ok()
    };
    let is_listed = |(number, _, target): &&(usize, Box<[u8]>, DigestId)| {
        let repository = text_of(inventory.repositories[*number].name());
        let digest = |id: DigestId| inventory.digests.get(id);
        let is_part = |id| is_blob(digest(id)) || is_link(&repository, digest(id));
        is_blob(digest(*target)) || documents.parts(*target).any(|edge| is_part(edge.target))
    };
    let name = |(number, tag, _): &(usize, Box<[u8]>, DigestId)| {
        format!("{}:{}", text_of(inventory.repositories[*number].name()), text_of(tag))
    };
    let names: Vec<String> =
        late.tags.iter().filter(is_listed).map(name).collect::<BTreeSet<_>>().into_iter().collect();
    if !names.is_empty() {
        let tags = if names.len() == 1 { "tag still points" } else { "tags still point" };
        warnings.push(format!(
            "{} {tags} to a manifest of which the repository has no revision link, so that nothing there keeps its \
             image alive: {}. A pull fails until that link is back, and needs a push once what is listed here is deleted; \
             if the image is wanted, mend that first: regfs explain tag-unknown-revision",
            names.len(),
            first_few(&names, FEW)
        ));
    }
    let unread: BTreeSet<&StorePath> = late.unread.iter().collect();
    if !unread.is_empty() {
        let unread: Vec<String> = unread.into_iter().map(ToString::to_string).collect();
        warnings.push(format!(
            "whether a tag still points to what is listed could not be seen everywhere, since something could not be \
             read: {}",
            first_few(&unread, FEW)
        ));
    }
    warnings
}

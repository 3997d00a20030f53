//! Where tags on disk are not the truth, and which tags a retention policy would drop.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use anyhow::bail;

use super::Options;
use crate::path::text_of;
use crate::registry::graph::TagRef;
use crate::registry::inventory::Inventory;
use crate::registry::reach::Policy;
use crate::registry::remarks;
use crate::store::Store;

/// Refuses where what stands beside the root says that an answer would mislead.
///
/// # Errors
/// With the reason, and what to do.
pub(super) fn refuse_by_surroundings(store: &Store, options: &Options) -> anyhow::Result<()> {
    if options.alive.is_some() {
        return Ok(());
    }
    if store.has_database() {
        bail!(
            "lockfiles/database-in-use says that this registry keeps its tags and links in a database (GitLab), so what \
             is on disk does not tell what is alive: export the digests that the database knows, one a line, and name \
             the file with --alive FILE"
        );
    }
    if options.policy == Policy::Tags && store.is_pull_through_cache() {
        bail!(
            "scheduler-state.json says that this is a pull-through cache: its tags are those that were pulled last, and \
             say nothing of what is wanted. Use --policy revisions, or name the digests that are wanted with --alive FILE"
        );
    }
    Ok(())
}

/// Refuses to judge by tags where there are none.
///
/// # Errors
/// With the reason, and what to do.
pub(super) fn refuse_by_inventory(inventory: &Inventory, options: &Options) -> anyhow::Result<()> {
    let judges_by_tags = options.policy == Policy::Tags && options.alive.is_none();
    if judges_by_tags && remarks::keeps_no_tags(inventory) {
        bail!(
            "{}: {}. Use --policy revisions, or export the digests that the database knows, one a line, and name the \
             file with --alive FILE",
            remarks::TAGLESS,
            remarks::HARBOR
        );
    }
    Ok(())
}

/// The tags that count as gone: those that a glob matches, and of each repository's others all but the newest.
pub(super) fn dropped(inventory: &Inventory, options: &Options) -> BTreeSet<TagRef> {
    let mut dropped = BTreeSet::new();
    for (number, repository) in inventory.repositories.iter().enumerate() {
        let name = text_of(repository.name());
        let mut kept = Vec::new();
        for (tag, dir) in repository.tags.iter().enumerate() {
            let spelled = text_of(&dir.name);
            let matches = options.without.as_ref().is_some_and(|globs| {
                globs.tags.is_match(&spelled) || globs.names.is_match(format!("{name}:{spelled}"))
            });
            if matches {
                dropped.insert(TagRef { repository: number, tag });
            } else {
                kept.push((Reverse(dir.moved), &dir.name, tag));
            }
        }
        if let Some(newest) = options.keep_newest {
            kept.sort_unstable();
            dropped
                .extend(kept.into_iter().skip(newest).map(|(_, _, tag)| TagRef { repository: number, tag }));
        }
    }
    dropped
}

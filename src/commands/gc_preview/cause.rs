//! Which finding stands behind an abort, so that `regfs explain` can say what to do about it.

use crate::finding::Code;
use crate::path::StorePath;
use crate::registry::collector::{Abort, Phase};
use crate::registry::inventory::{Inventory, LinkContent, Odd, Opaque};
use crate::registry::layout::{Owner, Place, classify};

/// The finding behind an abort, if it is one.
pub(super) fn of(inventory: &Inventory, abort: &Abort) -> Option<Code> {
    if abort.reason.contains("failed to parse repo name") {
        return Some(Code::NameInvalid);
    }
    if abort.reason.contains("unrecognized manifest schema version 1") {
        return Some(Code::ManifestSchema1);
    }
    match inventory.opaque.get(&abort.path) {
        Some(Opaque::NotRegular(_)) => return Some(Code::NotRegular),
        Some(Opaque::Unreadable(_)) => return Some(Code::Unreadable),
        None => {}
    }
    match classify(&abort.path).place {
        Place::Blobs | Place::Repositories => Some(Code::RootIncomplete),
        Place::Links(Owner::Layers) => Some(Code::RepositoryIncomplete),
        Place::Tags => Some(Code::TagsMissing),
        Place::BlobData(_) => Some(Code::ManifestMalformed),
        Place::MisplacedData(_) => Some(Code::BlobMisplaced),
        Place::Tag => Some(Code::StrayEntry),
        Place::Link(Owner::Layers, _) if abort.phase == Phase::Sweep => Some(Code::LayerAlias),
        _ => of_link(inventory, &abort.path),
    }
}

fn of_link(inventory: &Inventory, path: &StorePath) -> Option<Code> {
    let location = classify(path);
    let repository = || {
        let name = location.repository?;
        inventory.repositories.iter().find(|repository| repository.name() == name)
    };
    let id = |digest| inventory.digests.find(digest);
    let content = match location.place {
        Place::Link(Owner::Layers, digest) => repository()?.layer(id(digest)?)?.content,
        Place::Link(Owner::Revisions, digest) => repository()?.revision(id(digest)?)?.content,
        Place::TagLink => {
            let name = location.tag?;
            repository()?.tags.iter().find(|tag| *tag.name == *name)?.current?
        }
        _ => {
            let odd = inventory.oddities.binary_search_by(|odd| odd.path.cmp(path)).ok()?;
            match inventory.oddities[odd].what {
                Odd::Link(_, content) => content,
                _ => return Some(Code::StrayEntry),
            }
        }
    };
    match content {
        LinkContent::Empty => Some(Code::LinkEmpty),
        LinkContent::Malformed(_) => Some(Code::LinkMalformed),
        LinkContent::Unsupported(_) => Some(Code::AlgorithmUnsupported),
        // What it names is at fault, or that another link names the same.
        LinkContent::Names(_) => Some(Code::LinkMismatch),
        LinkContent::Unread => None,
    }
}

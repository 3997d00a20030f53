//! What was seen of a file, as a hop of the report.

use crate::digest::Digest;
use crate::kind::Shelf;
use crate::manifest::{Descriptor, Kind, Manifest, Name, Role, media_type};
use crate::path::StorePath;
use crate::registry::look::{Look, State};
use crate::report::resolve::{Hop, HopKind};

/// What a child is: as it says itself, else as its index does.
pub(in crate::commands) fn kind_of(manifest: Option<&Manifest>, stated: Option<&str>) -> HopKind {
    let is_index = match manifest {
        Some(manifest) => manifest.kind == Kind::Index,
        None => stated.is_some_and(media_type::is_index),
    };
    if is_index { HopKind::Index } else { HopKind::Manifest }
}

/// A file without a descriptor.
pub(in crate::commands) fn hop(
    kind: HopKind,
    depth: usize,
    digest: impl Into<Option<Digest>>,
    path: StorePath,
    look: Look,
) -> Hop {
    Hop {
        depth,
        kind,
        digest: digest.into().map(Name::Known),
        media_type: None,
        platform: None,
        path: Some(path),
        size: look.size,
        expected_size: None,
        state: look.state,
        detail: look.detail,
        local: None,
    }
}

/// A file with one.
pub(in crate::commands) fn described(
    kind: HopKind,
    depth: usize,
    digest: Digest,
    descriptor: &Descriptor,
    path: StorePath,
    look: Look,
) -> Hop {
    let media_type = descriptor.media_type.as_deref().map(str::to_owned);
    Hop { media_type, expected_size: descriptor.size, ..hop(kind, depth, digest, path, look) }
}

/// A reference by an algorithm that the registry cannot look up: where its blob would be by the layout's rules.
pub(in crate::commands) fn unsupported(shelf: Shelf, role: Role, target: Descriptor, depth: usize) -> Hop {
    let name = target.digest.to_string();
    let (algorithm, encoded) = name.split_once(':').unwrap_or(("", &name));
    let algorithm = algorithm.replace(['+', '.', ';'], "/");
    Hop {
        depth,
        kind: match role {
            Role::Config => HopKind::Config,
            Role::Layer => HopKind::Layer,
            Role::Child => kind_of(None, target.media_type.as_deref()),
            Role::Subject => HopKind::Subject,
        },
        path: Some(shelf.place(&algorithm, encoded)),
        media_type: target.media_type.map(Into::into),
        platform: target.platform,
        digest: Some(target.digest),
        size: None,
        expected_size: target.size,
        state: State::Malformed,
        detail: Some("no registry can look up a digest of this algorithm".into()),
        local: None,
    }
}

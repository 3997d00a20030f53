//! The inventory of a store of blobs, of whatever kind: the one place where a walk is chosen.

use crate::kind::Kind;
use crate::oci;
use crate::registry::inventory::{self, Inventory, View};
use crate::session::Session;

/// Walks the store. Where there are no links to look at, a view leaves nothing out.
pub(super) fn walk(session: &Session<'_>, view: View) -> Inventory {
    let Session { store, cancel, progress, .. } = *session;
    match store.kind() {
        Kind::Oci | Kind::Containerd => oci::walk(store, cancel, progress),
        _ => inventory::walk(store, view, cancel, progress),
    }
}

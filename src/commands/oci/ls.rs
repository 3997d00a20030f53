//! `ls` in an image layout: what `index.json` lists.

use std::collections::BTreeSet;

use super::note;
use crate::commands::ls::{finish, images};
use crate::digest::Digest;
use crate::manifest::Name;
use crate::oci::index;
use crate::registry::look::{Look, State};
use crate::report::ls::LsReport;
use crate::session::Session;

/// Lists the images.
pub fn ls(session: &Session<'_>) -> LsReport {
    let mut report = LsReport::new(session.store);
    let index = index::read(session.store);
    note(&mut report.head, &index, true);
    let mut tags = Vec::new();
    let mut listed: BTreeSet<Digest> = BTreeSet::new();
    for entry in index.entries.iter().filter(|entry| entry.is_manifest()) {
        let target = entry.descriptor.digest.known();
        listed.extend(target);
        let link = match &entry.descriptor.digest {
            Name::Known(_) => Look::FINE,
            Name::Unsupported(_) => Look { state: State::Malformed, ..Look::FINE },
        };
        if let Some(name) = entry.name() {
            tags.push(images::Tag { name: name.as_bytes().into(), link, target });
        }
    }
    tags.sort_by(|a, b| (&a.name, a.target).cmp(&(&b.name, b.target)));
    images::list(session, None, &tags, listed.into_iter().collect(), &mut report);
    report.summary.repositories = 0;
    finish(session, report)
}

//! `resolve` in an image layout: from an entry of `index.json` to every file that the image needs.

use rayon::prelude::*;

use super::{no_such_name, note, unknowable};
use crate::commands::resolve::walk::Walk;
use crate::commands::resolve::{Options, conclude, first_fault, hop, referrers};
use crate::digest::Digest;
use crate::manifest::{Manifest, Role};
use crate::oci::index::{self, Index};
use crate::oci::names::{Meant, find};
use crate::registry::look::{self, Look, State};
use crate::report::resolve::{HopKind, Referrer, ResolveReport};
use crate::session::Session;

/// Follows a name down to the layers.
pub fn resolve(session: &Session<'_>, options: &Options) -> ResolveReport {
    let mut report = ResolveReport::new(session.store);
    let index = index::read(session.store);
    let reached = run(session, options, &index, &mut report);
    report.finish(reached);
    if report.message.is_none() {
        report.message = first_fault(&report);
    }
    report
}

fn run(session: &Session<'_>, options: &Options, index: &Index, report: &mut ResolveReport) -> bool {
    let Session { store, cancel, .. } = *session;
    report.reference.clone_from(&options.reference.text);
    let meant = find(store.kind(), index, &options.reference);
    let needs_all = matches!(meant, Meant::Unknown | Meant::One { is_unsure: true, .. });
    note(&mut report.head, index, needs_all);
    let digest = match meant {
        Meant::One { digest, name, hint, contradiction, .. } => {
            report.tag = name;
            report.head.warnings.extend(hint);
            report.message = contradiction;
            digest
        }
        Meant::Several(name, digests) => {
            let digests: Vec<String> = digests.iter().map(ToString::to_string).collect();
            report.message = Some(format!(
                "the layout lists {} manifests as {name}: name one by its digest",
                digests.len()
            ));
            report.suggestions = digests;
            return false;
        }
        Meant::Unknown => {
            // Whether it has is for nobody to say where the list cannot be read.
            if unknowable(store, index).is_none() {
                let (message, near) = no_such_name(store, index, &options.reference);
                (report.message, report.suggestions) = (Some(message), near);
            }
            return false;
        }
    };
    report.digest = Some(digest);
    let mut walk = Walk::new(store, None, options.platform.as_ref(), cancel);
    let is_listed = index.entries.iter().any(|entry| entry.descriptor.digest.known() == Some(digest));
    let mut depth = 0;
    if let Some(stat) = index.stat.filter(|_| is_listed) {
        let look =
            Look { state: State::Ok, size: Some(stat.size), modified: Some(stat.modified), detail: None };
        walk.hops.push(hop::hop(HopKind::Tag, 0, digest, index::path(), look));
        depth = 1;
    }
    let at = walk.hops.len();
    walk.from(digest, depth);
    let is_unknown = !is_listed && walk.hops[at].state == State::Missing;
    let unknown = is_unknown.then(|| format!("the layout has no {digest}"));
    refer(session, index, digest, report);
    conclude(report, walk, options.platform.as_ref(), unknown, cancel)
}

/// What says that it is about the image: listed manifests with that subject, those of the fallback tag of the OCI
/// referrers API, and what cosign's tags name.
fn refer(session: &Session<'_>, index: &Index, image: Digest, report: &mut ResolveReport) {
    let stem = format!("{}-{}", image.algorithm(), image.hex());
    let listed = index.entries.par_iter().filter(|entry| entry.is_manifest()).filter_map(|entry| {
        let digest = entry.descriptor.digest.known()?;
        if session.cancel.is_cancelled() || digest == image {
            return None;
        }
        let (look, manifest) = look::manifest(session.store, digest);
        let tag = entry.name().filter(|name| referrers::is_named_after(name, &stem)).map(str::to_owned);
        let subject = manifest.as_ref().and_then(|manifest| manifest.subject.as_ref()?.digest.known());
        let is_about = subject == Some(image) || tag.is_some();
        is_about.then(|| {
            // The fallback tag's index is no referrer, but what it lists are.
            let children: Vec<Digest> = manifest
                .iter()
                .flat_map(Manifest::references)
                .filter(|(role, _)| *role == Role::Child)
                .filter_map(|(_, child)| child.digest.known())
                .collect();
            (referrers::referrer(digest, tag, &look, manifest.as_ref()), children)
        })
    });
    let found: Vec<(Referrer, Vec<Digest>)> = listed.collect();
    for (referrer, children) in found {
        report.referrers.push(referrer);
        for child in children {
            let (look, manifest) = look::manifest(session.store, child);
            let subject = manifest.as_ref().and_then(|manifest| manifest.subject.as_ref()?.digest.known());
            if subject == Some(image) {
                report.referrers.push(referrers::referrer(child, None, &look, manifest.as_ref()));
            }
        }
    }
    report.referrers.sort_unstable();
    report.referrers.dedup();
}

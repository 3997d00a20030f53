//! `resolve`: from a name to every file that a registry opens to serve it.
//!
//! Only those files are opened, and the manifests of the one repository in search of referrers; the store is not walked.

pub(super) mod candidates;
pub(super) mod hop;
pub(super) mod referrers;
pub(super) mod walk;

#[cfg(test)]
mod tests;

use super::names;
use crate::cancel::Cancel;
use crate::digest::Digest;
use crate::manifest::Platform;
use crate::path::StorePath;
use crate::reference::{Reference, RepoName, Tag};
use crate::registry::layout;
use crate::registry::look::{self, State};
use crate::report::resolve::{Hop, HopKind, ResolveReport};
use crate::session::Session;
use crate::store::Store;

use candidates::Offer;
use walk::Walk;

/// What to follow.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name.
    pub reference: Reference,
    /// The platform, if only one is wanted.
    pub platform: Option<Platform>,
}

/// Follows a name down to the layers.
pub fn resolve(session: &Session<'_>, options: &Options) -> ResolveReport {
    let report = ResolveReport::new(session.store);
    let mut resolver = Resolver { session, store: session.store, options, report };
    let reached = resolver.run();
    let Resolver { mut report, .. } = resolver;
    report.finish(reached);
    if report.message.is_none() {
        report.message = first_fault(&report);
    }
    report
}

/// Whether a registry can serve a tag as it is: nothing from its link down is wrong.
pub(super) fn is_complete(session: &Session<'_>, name: &RepoName, tag: &Tag) -> bool {
    let repository = layout::repository(name.as_str());
    let (_, digest) = look::link(session.store, &layout::tag_current(&repository, tag.as_str()));
    let Some(digest) = digest else { return false };
    let mut walk = Walk::new(session.store, Some(&repository), None, session.cancel);
    walk.from(digest, 0);
    !walk.too_many && !walk.hops.iter().any(Hop::is_broken)
}

/// The files of an image, and nothing that is said about it elsewhere.
pub(super) struct Files {
    /// The reference as it was understood.
    pub(super) reference: String,
    /// What was passed, in walking order.
    pub(super) hops: Vec<Hop>,
    /// Whether there is more to the image than was followed.
    pub(super) too_many: bool,
}

/// Follows a name down to the layers. What `targets` name is walked too: what the tag points to somewhere else.
pub(super) fn files(session: &Session<'_>, reference: &Reference, targets: &[Digest]) -> Option<Files> {
    let meant = names::find(session.store, reference)?;
    let repository = layout::repository(meant.name.as_str());
    let mut walk = Walk::new(session.store, Some(&repository), None, session.cancel);
    let mut wanted = Vec::from_iter(reference.digest);
    let tag = reference.tag_or_latest();
    if let Some(tag) = &tag {
        let path = layout::tag_current(&repository, tag.as_str());
        let (look, points_to) = look::link(session.store, &path);
        walk.hops.push(hop::hop(HopKind::Tag, 0, points_to, path, look));
        if wanted.is_empty() {
            wanted.extend(points_to);
            wanted.extend(targets.iter().filter(|target| Some(**target) != points_to));
        }
    }
    let depth = walk.hops.len();
    for digest in wanted {
        walk.from(digest, depth);
    }
    let reference = canonical(&meant.name, tag.as_ref(), reference.digest);
    Some(Files { reference, hops: walk.hops, too_many: walk.too_many })
}

struct Resolver<'a> {
    session: &'a Session<'a>,
    store: &'a Store,
    options: &'a Options,
    report: ResolveReport,
}

impl Resolver<'_> {
    /// Fills the report; tells whether the image asked for was reached.
    fn run(&mut self) -> bool {
        let (store, options) = (self.store, self.options);
        let Some(meant) = names::find(store, &options.reference) else { return false };
        let name = meant.name.clone();
        let tag = options.reference.tag_or_latest();
        self.report.reference = canonical(&name, tag.as_ref(), options.reference.digest);
        self.report.repository = Some(name.to_string());
        self.report.tag = tag.as_ref().map(ToString::to_string);
        self.report.digest = options.reference.digest;
        if !meant.known {
            self.report.message = Some(meant.unknown());
            self.report.suggestions =
                names::repositories_near(store, &options.reference, self.session.cancel);
            return false;
        }
        self.report.head.warnings.extend(meant.hint());
        let repository = layout::repository(name.as_str());
        let mut walk = Walk::new(store, Some(&repository), options.platform.as_ref(), self.session.cancel);
        let mut target = options.reference.digest;
        if let Some(tag) = &tag {
            self.warn_of_tags_elsewhere();
            let points_to = self.tag(&mut walk, &repository, &name, tag);
            target = target.or(points_to);
        }
        let Some(digest) = target else {
            self.report.hops = walk.hops;
            return false;
        };
        self.report.digest = Some(digest);
        let at = walk.hops.len();
        walk.from(digest, at);
        self.take(walk, &repository, digest, at)
    }

    /// Where tags on disk are not the whole truth, that is said.
    fn warn_of_tags_elsewhere(&mut self) {
        let warnings = &mut self.report.head.warnings;
        if self.store.has_database() {
            let text =
                "this registry keeps its tags in a database (GitLab): those on disk may be out of date";
            warnings.push(text.into());
        }
        if self.store.is_pull_through_cache() {
            let text = "this is a pull-through cache: its tags may be out of date, and it holds only what was pulled";
            warnings.push(text.into());
        }
    }

    /// Reads the tag's link, and says what may be meant where it leads nowhere.
    fn tag(
        &mut self,
        walk: &mut Walk<'_>,
        repository: &StorePath,
        name: &RepoName,
        tag: &Tag,
    ) -> Option<Digest> {
        let path = layout::tag_current(repository, tag.as_str());
        let (look, points_to) = look::link(self.store, &path);
        let pinned = self.options.reference.digest;
        if look.state == State::Missing && !self.has_tag_directory(repository, tag) {
            let keeps_tags = self.unknown_tag(repository, name, tag);
            if pinned.is_none() || !keeps_tags {
                return None;
            }
        } else if points_to.is_none() {
            let detail = look.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            let state = look.state.name();
            self.report.message = Some(format!("the link of {name}:{tag} is {state}{detail}"));
        }
        let state = look.state;
        walk.hops.push(hop::hop(HopKind::Tag, 0, points_to, path, look));
        match (points_to, pinned) {
            (Some(actual), Some(pinned)) if actual != pinned => {
                self.report.message = Some(format!("{name}:{tag} points to {actual}, not to {pinned}"));
            }
            (Some(actual), _) => {
                let revision = layout::revision_link(repository, actual);
                if !look::link_to(self.store, &revision, actual).state.is_sound() {
                    self.offer(candidates::of_tag(self.store, repository, tag.as_str()));
                }
            }
            (None, _) if state != State::Missing || self.has_tag_directory(repository, tag) => {
                self.offer(candidates::of_tag(self.store, repository, tag.as_str()));
            }
            (None, _) => {}
        }
        points_to
    }

    fn has_tag_directory(&self, repository: &StorePath, tag: &Tag) -> bool {
        look::presence(self.store, &layout::tag(repository, tag.as_str())) != State::Missing
    }

    /// Says what there is instead of a tag; tells whether the repository keeps tags on disk at all.
    fn unknown_tag(&mut self, repository: &StorePath, name: &RepoName, tag: &Tag) -> bool {
        if names::keeps_tags(self.store, repository) {
            self.report.message = Some(format!("the repository {name} has no tag {tag}"));
            self.report.suggestions = names::tags_near(self.store, name, &self.options.reference, tag);
            return true;
        }
        let text = names::without_tags(name);
        if self.options.reference.digest.is_some() {
            let warning = format!("{text}: whether {tag} is the digest asked for is not known");
            self.report.head.warnings.push(warning);
        } else {
            self.report.message = Some(format!("{text}: resolve by digest"));
            self.offer(candidates::of_repository(self.store, repository));
        }
        false
    }

    fn offer(&mut self, offer: Offer) {
        self.report.candidates = offer.candidates;
        self.report.head.errors.extend(offer.errors);
    }

    /// Takes over what the walk came by; tells whether it reached the image asked for.
    fn take(&mut self, walk: Walk<'_>, repository: &StorePath, digest: Digest, at: usize) -> bool {
        let found = referrers::of(self.session, repository, digest);
        let report = &mut self.report;
        report.referrers = found.referrers;
        report.head.errors.extend(found.errors);
        let unknown = is_unknown(&walk.hops[at..]);
        let name = report.repository.clone().unwrap_or_default();
        let unknown = unknown.then(|| format!("the repository {name} has no manifest {digest}"));
        conclude(report, walk, self.options.platform.as_ref(), unknown, self.session.cancel)
    }
}

/// Takes over the hops; tells whether they lead to the image asked for. `unknown` is what to say if they begin with
/// something that is not there.
pub(super) fn conclude(
    report: &mut ResolveReport,
    walk: Walk<'_>,
    wanted: Option<&Platform>,
    unknown: Option<String>,
    cancel: &Cancel,
) -> bool {
    report.head.partial |= walk.too_many || cancel.is_cancelled();
    if walk.too_many {
        report.head.why_partial = Some("there is too much to follow");
        let text = "the image names more than regfs follows: the rest is not shown";
        report.head.warnings.push(text.into());
    }
    report.hops = walk.hops;
    if report.head.partial {
        return false;
    }
    if report.message.is_none() {
        report.message = unknown;
    }
    let Some(wanted) = wanted.filter(|_| !walk.reached) else { return true };
    // What could not be followed may lead to the platform.
    if report.message.is_none() && !report.hops.iter().any(Hop::is_broken) {
        let offered = walk.platforms.iter().filter(|platform| platform.is_known());
        let offered: Vec<String> = offered.map(ToString::to_string).collect();
        report.other_platforms(wanted, offered);
    }
    false
}

/// Whether the first of the hops, a revision link, is not there.
fn is_unknown(hops: &[Hop]) -> bool {
    hops.first().is_some_and(|revision| revision.state == State::Missing)
}

/// The name as it was understood.
fn canonical(name: &RepoName, tag: Option<&Tag>, digest: Option<Digest>) -> String {
    let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{name}{tag}{digest}")
}

/// The first hop that is wrong, and how many are.
pub(super) fn first_fault(report: &ResolveReport) -> Option<String> {
    let hop = report.hops.iter().find(|hop| hop.is_broken())?;
    let (kind, state) = (hop.kind.name(), hop.state.name());
    let digest = hop.digest.as_ref().map(|digest| format!(" {digest}")).unwrap_or_default();
    let detail = hop.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
    let others = match report.summary.broken {
        1 => String::new(),
        broken => format!(" (the first of {broken})"),
    };
    Some(format!("{kind}{digest} is {state}{detail}{others}"))
}

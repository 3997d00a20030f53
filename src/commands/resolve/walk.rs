//! The way from a manifest down to the layers, hop by hop, in the order of the manifests.
//!
//! A manifest is expanded where it is first met, and only listed where it is met again: a store may hold an index of
//! itself, and nothing is gained by reading an image twice. What is to come waits on a stack, so that no nesting is
//! too deep.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::cancel::Cancel;
use crate::commands::image;
use crate::digest::Digest;
use crate::manifest::{Descriptor, Manifest, Name, Platform, Role, media_type};
use crate::path::StorePath;
use crate::registry::layout;
use crate::registry::look::{self, Look, State};
use crate::report::resolve::{Hop, HopKind};
use crate::store::Store;

use super::hop::{described, hop, kind_of, unsupported};

/// The most hops that are walked; the largest real index has some thousands.
const MAX_HOPS: usize = 100_000;

/// A walk under way, and after it what it came by.
pub(in crate::commands) struct Walk<'a> {
    store: &'a Store,
    /// The repository whose links are looked at; none where nothing is linked.
    repository: Option<StorePath>,
    wanted: Option<&'a Platform>,
    cancel: &'a Cancel,
    /// What was passed, in order.
    pub(in crate::commands) hops: Vec<Hop>,
    /// The platforms that indexes on the way offer.
    pub(in crate::commands) platforms: BTreeSet<Platform>,
    /// Whether an image of the platform asked for, or of any if none was, was met.
    pub(in crate::commands) reached: bool,
    /// Whether the walk was ended because there is too much to walk.
    pub(in crate::commands) too_many: bool,
    manifests: HashMap<Digest, Met>,
    configs: HashMap<Digest, (Look, Option<Platform>)>,
    /// Images that are not wanted, by what their configs say.
    passed_by: HashSet<Digest>,
    stack: Vec<Step>,
}

/// What is known of a manifest that was met.
struct Met {
    look: Look,
    kind: HopKind,
    media_type: Option<String>,
    platform: Option<Platform>,
}

/// Something to come.
struct Step {
    role: Role,
    target: Descriptor,
    depth: usize,
    /// The hop of the manifest that names it.
    parent: usize,
}

impl<'a> Walk<'a> {
    pub(in crate::commands) fn new(
        store: &'a Store,
        repository: Option<&StorePath>,
        wanted: Option<&'a Platform>,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            store,
            repository: repository.cloned(),
            wanted,
            cancel,
            hops: Vec::new(),
            platforms: BTreeSet::new(),
            reached: false,
            too_many: false,
            manifests: HashMap::new(),
            configs: HashMap::new(),
            passed_by: HashSet::new(),
            stack: Vec::new(),
        }
    }

    /// Walks from a manifest down: first its revision link, since it is what is asked for.
    pub(in crate::commands) fn from(&mut self, digest: Digest, depth: usize) {
        let revision = self.revision(digest, depth);
        let linked = is_linked(revision.as_ref());
        let below = depth + usize::from(revision.is_some());
        self.hops.extend(revision);
        let root = self.hops.len();
        self.manifest(digest, None, below, linked);
        while let Some(step) = self.stack.pop() {
            self.too_many = self.hops.len() + self.stack.len() > MAX_HOPS;
            if self.too_many || self.cancel.is_cancelled() {
                return;
            }
            self.step(step);
        }
        if self.hops[root].kind == HopKind::Manifest {
            self.reached = self.hops[root].platform.as_ref().is_some_and(|own| self.is_wanted(own))
                || self.wanted.is_none();
            self.platforms.extend(self.hops[root].platform.clone());
        }
    }

    fn is_wanted(&self, platform: &Platform) -> bool {
        self.wanted.is_none_or(|wanted| platform.matches(wanted))
    }

    fn step(&mut self, step: Step) {
        let Step { role, target, depth, parent } = step;
        let Some(digest) = target.digest.known() else {
            self.hops.push(unsupported(self.store.kind().shelf(), role, target, depth));
            return;
        };
        match role {
            Role::Config => self.config(digest, &target, depth, parent),
            Role::Layer => self.layer(digest, &target, depth),
            Role::Child => self.child(digest, &target, depth),
            Role::Subject => self.subject(digest, &target, depth),
        }
    }

    /// A child of an index, if it is of the platform asked for, or an index that may hold one that is.
    fn child(&mut self, digest: Digest, descriptor: &Descriptor, depth: usize) {
        if let Some(platform) = &descriptor.platform {
            self.platforms.insert(platform.clone());
        }
        if self.wanted.is_some() && !self.may_be_wanted(digest, descriptor) {
            return;
        }
        let revision = self.revision(digest, depth + 1);
        let at = self.hops.len();
        self.manifest(digest, Some(descriptor), depth, is_linked(revision.as_ref()));
        self.reached |= self.hops[at].kind == HopKind::Manifest;
        self.hops.extend(revision);
    }

    /// Whether a child is what is asked for, as its index says, else as its config does. What cannot be told from
    /// either, or not read, may be.
    fn may_be_wanted(&mut self, digest: Digest, descriptor: &Descriptor) -> bool {
        if let Some(platform) = &descriptor.platform {
            return self.is_wanted(platform);
        }
        if self.manifests.contains_key(&digest) || self.passed_by.contains(&digest) {
            return !self.passed_by.contains(&digest);
        }
        let (_, manifest) = look::manifest(self.store, digest);
        let Some(config) = manifest.and_then(|manifest| manifest.config) else { return true };
        let Some(config_digest) = config.digest.known() else { return true };
        let (_, target) = self.linked(config_digest, 0);
        let (_, platform) = self.read_config(config_digest, target, &config);
        let Some(platform) = platform else { return true };
        let wanted = self.is_wanted(&platform);
        if !wanted {
            self.passed_by.insert(digest);
        }
        self.platforms.insert(platform);
        wanted
    }

    /// A manifest; what it names is put on the stack when it is met for the first time.
    fn manifest(&mut self, digest: Digest, descriptor: Option<&Descriptor>, depth: usize, linked: bool) {
        let size = descriptor.and_then(|descriptor| descriptor.size);
        let stated = descriptor.and_then(|descriptor| descriptor.media_type.as_deref());
        let parent = self.hops.len();
        if !self.manifests.contains_key(&digest) {
            let (look, manifest) = look::manifest(self.store, digest);
            let kind = kind_of(manifest.as_ref(), stated);
            let own = manifest.as_ref().map(|manifest| manifest.effective_media_type().to_owned());
            if let Some(manifest) = manifest {
                self.expand(manifest, depth + 1, parent);
            }
            self.manifests.insert(digest, Met { look, kind, media_type: own, platform: None });
        }
        let met = &self.manifests[&digest];
        let mut look = met.look.clone();
        look.compare_size(size);
        if !linked {
            look.worsen(State::Unlinked, None);
        }
        let mut hop = hop(met.kind, depth, digest, self.store.blob_path(digest), look);
        hop.media_type = met.media_type.clone().or_else(|| stated.map(str::to_owned));
        hop.platform =
            descriptor.and_then(|descriptor| descriptor.platform.clone()).or_else(|| met.platform.clone());
        hop.expected_size = size;
        self.hops.push(hop);
    }

    fn expand(&mut self, manifest: Manifest, depth: usize, parent: usize) {
        let step = |role| move |target| Step { role, target, depth, parent };
        let config = manifest.config.into_iter().map(step(Role::Config));
        let layers = manifest.layers.into_iter().map(step(Role::Layer));
        let children = manifest.children.into_iter().map(step(Role::Child));
        let subject = manifest.subject.into_iter().map(step(Role::Subject));
        let in_order = config.chain(layers).chain(children).chain(subject);
        // The last to be put on the stack is the first to be taken off it.
        self.stack.extend(in_order.rev());
    }

    fn config(&mut self, digest: Digest, descriptor: &Descriptor, depth: usize, parent: usize) {
        let (link, target) = self.linked(digest, depth + 1);
        let (mut look, platform) = self.read_config(digest, target, descriptor);
        look.compare_size(descriptor.size);
        if !is_linked(link.as_ref()) {
            look.worsen(State::Unlinked, None);
        }
        if let Some(manifest) = self.hops.get_mut(parent) {
            manifest.platform = manifest.platform.take().or_else(|| platform.clone());
            let digest = manifest.digest.as_ref().and_then(Name::known);
            if let Some(met) = digest.and_then(|digest| self.manifests.get_mut(&digest)) {
                met.platform.clone_from(&platform);
            }
        }
        let path = self.store.blob_path(target);
        let mut hop = described(HopKind::Config, depth, digest, descriptor, path, look);
        hop.platform = platform;
        self.hops.push(hop);
        self.hops.extend(link);
    }

    fn layer(&mut self, digest: Digest, descriptor: &Descriptor, depth: usize) {
        let (link, target) = self.linked(digest, depth + 1);
        let path = self.store.blob_path(target);
        let mut look = look::blob(self.store, &path, digest);
        look.compare_size(descriptor.size);
        let absent = !is_linked(link.as_ref()) || look.state == State::Missing;
        if descriptor.is_external() && absent {
            let look = Look { state: State::External, size: None, modified: None, detail: None };
            let mut hop = described(HopKind::Layer, depth, digest, descriptor, path, look);
            hop.path = None;
            self.hops.push(hop);
            return;
        }
        if !is_linked(link.as_ref()) {
            look.worsen(State::Unlinked, None);
        }
        self.hops.push(described(HopKind::Layer, depth, digest, descriptor, path, look));
        self.hops.extend(link);
    }

    /// What a manifest is about is looked for, and not read.
    fn subject(&mut self, digest: Digest, descriptor: &Descriptor, depth: usize) {
        let path = self.store.blob_path(digest);
        let mut look = look::blob(self.store, &path, digest);
        look.compare_size(descriptor.size);
        if !is_linked(self.revision(digest, depth).as_ref()) {
            look.worsen(State::Unlinked, None);
        }
        self.hops.push(described(HopKind::Subject, depth, digest, descriptor, path, look));
    }

    fn revision(&self, digest: Digest, depth: usize) -> Option<Hop> {
        let path = layout::revision_link(self.repository.as_ref()?, digest);
        let look = look::link_to(self.store, &path, digest);
        Some(hop(HopKind::Revision, depth, digest, path, look))
    }

    /// The link of a config or layer, where there are links, and where the registry looks for its bytes.
    fn linked(&self, digest: Digest, depth: usize) -> (Option<Hop>, Digest) {
        let (look, target) = image::linked(self.store, self.repository.as_ref(), digest);
        let link = self.repository.as_ref().map(|repository| {
            hop(HopKind::LayerLink, depth, digest, layout::layer_link(repository, digest), look)
        });
        (link, target)
    }

    /// Reads a config, once however many images have it.
    fn read_config(
        &mut self,
        digest: Digest,
        target: Digest,
        descriptor: &Descriptor,
    ) -> (Look, Option<Platform>) {
        if let Some(known) = self.configs.get(&digest) {
            return known.clone();
        }
        let names = if target == digest { &[digest][..] } else { &[digest, target] };
        let (look, config) = look::config(self.store, &self.store.blob_path(target), names);
        let is_image = descriptor.media_type.as_deref().is_none_or(media_type::is_image_config);
        let platform = config.filter(|_| is_image).and_then(image::platform);
        self.configs.insert(digest, (look.clone(), platform.clone()));
        (look, platform)
    }
}

/// Whether a link is there, or none is needed.
fn is_linked(link: Option<&Hop>) -> bool {
    link.is_none_or(|link| link.state != State::Missing)
}

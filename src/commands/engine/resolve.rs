//! `resolve` in a Docker engine: from a name to the config and to the directory of each layer's files, by every id on
//! the way.

use super::look::Looking;
use super::meant::{self, Meant};
use super::{note_store, unread};
use crate::commands::image::platform;
use crate::commands::resolve::{Options, first_fault, hop};
use crate::digest::Digest;
use crate::engine::names::Found;
use crate::engine::{Driver, Engine, Field, above, origin, walk};
use crate::progress::Phase;
use crate::registry::look::{Look, State};
use crate::report::ErrorItem;
use crate::report::resolve::{Hop, HopKind, LocalLayer, ResolveReport};
use crate::session::Session;
use crate::store::FileKind;

/// Follows a name, or any id.
pub fn resolve(session: &Session<'_>, options: &Options) -> ResolveReport {
    let mut report = ResolveReport::new(session.store);
    report.reference.clone_from(&options.reference.text);
    session.progress.begin(Phase::Read, None);
    let engine = walk(session);
    session.progress.end();
    note_store(&mut report.head, &engine);
    let mut reached = false;
    match meant::find(session, &engine, &options.reference, &mut report.head.errors) {
        Ok(meant) => {
            let mut way =
                Way { session, engine: &engine, driver: meant.driver, hops: Vec::new(), errors: Vec::new() };
            way.meant(&meant, options, &mut report);
            report.hops = way.hops;
            report.head.errors.extend(way.errors);
            reached = !engine.interrupted;
        }
        Err(unknown) => {
            report.message = Some(unknown.message);
            report.suggestions = unknown.near;
        }
    }
    if let (Some(wanted), true) = (&options.platform, reached) {
        let own = report.hops.iter().find_map(|hop| hop.platform.clone());
        if let Some(own) = own.filter(|own| !own.matches(wanted)) {
            report.other_platforms(wanted, vec![own.to_string()]);
            reached = false;
        }
    }
    report.finish(reached);
    if report.message.is_none() {
        report.message = first_fault(&report);
    }
    report
}

struct Way<'a> {
    session: &'a Session<'a>,
    engine: &'a Engine,
    driver: &'a Driver,
    hops: Vec<Hop>,
    errors: Vec<ErrorItem>,
}

impl Way<'_> {
    fn meant(&mut self, meant: &Meant<'_>, options: &Options, report: &mut ResolveReport) {
        let text = &options.reference.text;
        report.message.clone_from(&meant.points_elsewhere);
        match meant.found {
            Found::Image(id) => {
                report.digest = Some(id);
                if let Some(as_what) = meant.as_what {
                    let called = self.driver.called(id).join(", ");
                    report.head.warnings.push(format!("{text} is {as_what} of {called}"));
                }
                let name = meant.name.or_else(|| self.driver.names_of(id).first().copied());
                let mut depth = 0;
                if let Some(name) = name {
                    report.repository = Some(name.repository.clone());
                    report.tag.clone_from(&name.tag);
                    let look = Look { size: self.driver.names.size, ..Look::FINE };
                    let path = self.driver.names_path();
                    self.hops.push(hop::hop(HopKind::Tag, 0, id, path, look));
                    depth = 1;
                }
                self.image(id, depth);
            }
            Found::Layer(chain) => {
                report.digest = Some(chain);
                let mut users: Vec<String> =
                    self.driver.users(chain).iter().flat_map(|id| self.driver.called(*id)).collect();
                users.sort_unstable();
                let users = if users.is_empty() {
                    "no image needs it".to_owned()
                } else {
                    format!("needed by {}", users.join(", "))
                };
                let as_what = meant.as_what.unwrap_or("the id");
                report.head.warnings.push(format!("{text} is {as_what} of a layer: {users}"));
                let diff = self.driver.layers.get(&chain).and_then(|layer| layer.diff.get().copied());
                let parent = self.driver.layers.get(&chain).and_then(|layer| layer.parent.get().copied());
                self.layer(diff, parent, chain, 0);
            }
        }
        report.head.warnings.extend(meant.hint.clone());
    }

    const fn look(&self) -> Looking<'_> {
        Looking { store: self.session.store, engine: self.engine }
    }

    fn image(&mut self, id: Digest, depth: usize) {
        let path = self.driver.image_path(id);
        let Some(image) = self.driver.images.get(&id) else {
            let look = self.look().at(&path, FileKind::File);
            return self.hops.push(hop::hop(HopKind::Config, depth, id, path, look));
        };
        let mut look = Look { size: Some(image.size), ..Look::FINE };
        if let Some(computed) = image.altered {
            look.worsen(State::Altered, Some(format!("its bytes hash to {computed}")));
        }
        if let Err(why) = &image.config {
            look.worsen(State::Malformed, Some(why.clone()));
        }
        let mut hop = hop::hop(HopKind::Config, depth, id, path, look);
        let config = image.config.as_ref().ok();
        hop.platform = config.cloned().and_then(platform);
        self.hops.push(hop);
        let Some(config) = config.filter(|_| image.altered.is_none()) else { return };
        let mut parent = None;
        for diff in &config.diff_ids {
            if self.session.cancel.is_cancelled() {
                return;
            }
            let chain = above(parent, *diff);
            self.layer(Some(*diff), parent, chain, depth + 1);
            parent = Some(chain);
        }
    }

    /// A layer, where it is, and what it came as. What the layer's files say is held against what the image needs.
    fn layer(&mut self, diff: Option<Digest>, parent: Option<Digest>, chain: Digest, depth: usize) {
        let path = self.driver.layer_path(chain);
        let layer = self.driver.layers.get(&chain);
        self.errors.extend(layer.into_iter().flat_map(unread));
        let look = self.look().layer(self.driver, chain, diff, parent);
        let cache_id = layer.and_then(|layer| layer.cache_id.get().cloned());
        let mut hop = hop::hop(HopKind::Layer, depth, diff, path, look);
        let containers = self.driver.mounts.iter().filter(|(_, mount)| mount.parent.get() == Some(&chain));
        let mut containers: Vec<String> = containers.map(|(id, _)| self.engine.container(id)).collect();
        containers.sort_unstable();
        hop.local = Some(LocalLayer { chain_id: chain, parent, cache_id: cache_id.clone(), containers });
        self.hops.push(hop);
        if let (Some(cache_id), Some(graph)) = (&cache_id, self.driver.graph) {
            let files = graph.files(cache_id);
            let mut look = self.look().at(&files, FileKind::Directory);
            look.size = None;
            self.hops.push(hop::hop(HopKind::Directory, depth + 1, None, files, look));
        }
        if let Some(diff) = diff {
            self.origins(diff, depth + 1);
        }
    }

    fn origins(&mut self, diff: Digest, depth: usize) {
        let store = self.session.store;
        let path = origin::path(self.driver, diff);
        let origins = match origin::of(store, self.driver, diff) {
            Field::Is(origins) => origins,
            Field::Absent => return,
            Field::Bad(why) => {
                let look = Look { state: State::Malformed, detail: Some(why), ..Look::FINE };
                return self.hops.push(hop::hop(HopKind::Origin, depth, None, path, look));
            }
            Field::Unread(error) => {
                let look = Look { state: State::Unreadable, detail: Some(error.to_string()), ..Look::FINE };
                return self.hops.push(hop::hop(HopKind::Origin, depth, None, path, look));
            }
        };
        let mut blobs: Vec<(Digest, Vec<String>)> = Vec::new();
        for origin in origins {
            match blobs.last_mut() {
                Some((digest, repositories)) if *digest == origin.digest => {
                    repositories.push(origin.repository);
                }
                _ => blobs.push((origin.digest, vec![origin.repository])),
            }
        }
        for (blob, repositories) in blobs {
            let mut look = Look { detail: Some(repositories.join(", ")), ..Look::FINE };
            if let Field::Is(other) = origin::diff_id(store, self.driver, blob)
                && other != diff
            {
                look.worsen(State::Malformed, Some(format!("diffid-by-digest says {other}")));
            }
            self.hops.push(hop::hop(HopKind::Origin, depth, blob, path.clone(), look));
        }
    }
}

//! `refs` in a Docker engine: which images and containers need something, by whatever id it is asked for.

use std::collections::BTreeSet;

use super::{meant, note_store, unread};
use crate::digest::{Digest, Prefix};
use crate::engine::names::Found;
use crate::engine::{Driver, Engine, walk};
use crate::progress::Phase;
use crate::report::ErrorItem;
use crate::report::refs::{RefsReport, RefsSummary, Use, UseRole};
use crate::session::Session;

/// Finds the users of whatever has an id that begins like this.
pub fn refs(session: &Session<'_>, prefix: &Prefix) -> RefsReport {
    session.progress.begin(Phase::Read, None);
    let engine = walk(session);
    session.progress.end();
    let mut report = RefsReport::new(session.store);
    note_store(&mut report.head, &engine);
    let found = meant::by_prefix(session, &engine, prefix, &mut report.head.errors);
    if let Ok(meant) = &found
        && let Found::Layer(chain) = meant.found
    {
        report.head.errors.extend(on_the_way(meant.driver, chain));
    }
    report.head.errors.sort_unstable();
    report.head.errors.dedup();
    report.head.partial |= !report.head.errors.is_empty();
    let meant = match found {
        Ok(meant) => meant,
        Err(unknown) => {
            report.message = Some(unknown.message);
            report.candidates = unknown.candidates;
            return report;
        }
    };
    report.known_as = meant.as_what.map(|as_what| as_what.trim_start_matches("the ").to_owned());
    let driver = meant.driver;
    match meant.found {
        Found::Image(id) => {
            report.digest = Some(id);
            report.path = Some(driver.image_path(id));
            report.size = driver.images.get(&id).map(|image| image.size);
            image(driver, id, &[id], UseRole::Config, &mut report);
            report.linked_from = containers(&engine, driver, |image, _| image == Some(id));
        }
        Found::Layer(chain) => {
            report.digest = Some(chain);
            report.path = Some(driver.layer_path(chain));
            report.size = driver.layers.get(&chain).map(crate::engine::Layer::bytes);
            for id in driver.users(chain) {
                image(driver, *id, &[*id, chain], UseRole::Layer, &mut report);
            }
            report.linked_from =
                containers(&engine, driver, |_, top| driver.down_from(top).any(|below| below == chain));
        }
    }
    report.uses.sort_unstable();
    let named = report.uses.iter().filter(|item| item.tag.is_some());
    let repositories: BTreeSet<&str> = named.clone().map(|item| item.repository.as_str()).collect();
    report.summary = RefsSummary {
        uses: report.uses.len() as u64,
        repositories: repositories.len() as u64,
        tags: named.count() as u64,
    };
    report
}

/// What could not be read of a layer, and of those that containers stand on: they may stand on it too.
fn on_the_way(driver: &Driver, chain: Digest) -> impl Iterator<Item = ErrorItem> {
    let below = driver.kept_by_containers();
    let below = below.into_iter().filter_map(|above| driver.layers.get(&above));
    let parents = below.filter_map(|layer| layer.parent.unread(layer.path.join("parent")));
    let parents = parents.map(|(path, why)| ErrorItem { path, reason: why.to_string() });
    driver.layers.get(&chain).into_iter().flat_map(unread).chain(parents)
}

fn image(driver: &Driver, id: Digest, chain: &[Digest], role: UseRole, report: &mut RefsReport) {
    let names = driver.names_of(id);
    for name in &names {
        let (repository, tag) = (name.repository.clone(), name.tag.clone());
        report.uses.push(Use { repository, tag, chain: chain.to_vec(), role });
    }
    if names.is_empty() {
        report.uses.push(Use { repository: String::new(), tag: None, chain: chain.to_vec(), role });
    }
}

/// The containers of which the image and the topmost layer below them fit; by name, sorted.
fn containers(
    engine: &Engine,
    driver: &Driver,
    fits: impl Fn(Option<Digest>, Option<Digest>) -> bool,
) -> Vec<String> {
    // One of the two may be lost.
    let ids: BTreeSet<&String> = engine.containers.keys().chain(driver.mounts.keys()).collect();
    let fits = |id: &&&String| {
        let image = engine.containers.get(**id).and_then(|container| container.image);
        let top = driver.mounts.get(**id).and_then(|mount| mount.parent.get().copied());
        fits(image, top)
    };
    let mut found: Vec<String> =
        ids.iter().filter(fits).map(|id| format!("container {}", engine.container(id))).collect();
    found.sort_unstable();
    found
}

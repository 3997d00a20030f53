//! `refs` in a Docker engine: which images and containers need something, by whatever id it is asked for.

use std::collections::BTreeSet;

use super::{meant, note};
use crate::digest::{Digest, Prefix};
use crate::engine::names::Found;
use crate::engine::{Driver, Engine, walk};
use crate::progress::Phase;
use crate::report::Head;
use crate::report::refs::{RefsReport, RefsSummary, Use, UseRole};
use crate::session::Session;

/// Finds the users of whatever has an id that begins like this.
pub fn refs(session: &Session<'_>, prefix: &Prefix) -> RefsReport {
    session.progress.begin(Phase::Read, None);
    let engine = walk(session);
    session.progress.end();
    let mut report = RefsReport {
        head: Head::new("regfs/refs/v1", session.store),
        digest: None,
        path: None,
        known_as: None,
        size: None,
        message: None,
        uses: Vec::new(),
        linked_from: Vec::new(),
        candidates: Vec::new(),
        hidden: false,
        summary: RefsSummary::default(),
    };
    note(&mut report.head, &engine);
    let meant = match meant::by_prefix(session.store, &engine, prefix) {
        Ok(meant) => meant,
        Err((message, candidates)) => {
            report.message = Some(message);
            let digests = candidates.iter().filter_map(|text| text.split(' ').next()?.parse().ok());
            report.candidates = digests.collect();
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
            report.linked_from = containers(&engine, driver, |container| container.0 == Some(id));
        }
        Found::Layer(chain) => {
            report.digest = Some(chain);
            report.path = Some(driver.layer_path(chain));
            report.size = driver.layers.get(&chain).map(crate::engine::Layer::bytes);
            for id in driver.users(chain) {
                image(driver, id, &[id, chain], UseRole::Layer, &mut report);
            }
            report.linked_from = containers(&engine, driver, |container| {
                let mut next = container.1;
                let mut met = BTreeSet::new();
                while let Some(at) = next.filter(|at| met.insert(*at)) {
                    if at == chain {
                        return true;
                    }
                    next = driver.layers.get(&at).and_then(|layer| layer.parent.get().copied());
                }
                false
            });
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
    fits: impl Fn((Option<Digest>, Option<Digest>)) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for (id, mount) in &driver.mounts {
        let container = engine.containers.get(id);
        if fits((container.and_then(|container| container.image), mount.parent.get().copied())) {
            let name = container.and_then(|container| container.name.clone());
            found.push(format!("container {}", name.unwrap_or_else(|| id.clone())));
        }
    }
    found.sort_unstable();
    found
}

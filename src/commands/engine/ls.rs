//! `ls` in a Docker engine: its images, by name; and those that no tag names.

use std::cmp::Reverse;

use super::look::Looking;
use super::meant::absent;
use super::note;
use crate::commands::image::{platform, time};
use crate::commands::ls::finish;
use crate::digest::Digest;
use crate::engine::names::host_left_out;
use crate::engine::{Driver, Image, walk};
use crate::progress::Phase;
use crate::reference::Reference;
use crate::registry::look::State;
use crate::report::ls::{ImageItem, LsReport};
use crate::session::Session;
use crate::store::FileKind;

/// Lists the images, of one repository or all.
pub fn ls(session: &Session<'_>, repository: Option<&Reference>) -> LsReport {
    let mut report = LsReport::new(session.store);
    session.progress.begin(Phase::Read, None);
    let engine = walk(session);
    session.progress.end();
    note(&mut report.head, &engine);
    let looking = Looking { store: session.store, engine: &engine };
    let wanted = repository.map(|repository| repository.text.as_str());
    report.repository = wanted.map(str::to_owned);
    let is_wanted = |name: &str| wanted.is_none_or(|wanted| host_left_out(name, wanted) == Some(None));
    let mut layers = std::collections::BTreeMap::new();
    for driver in &engine.drivers {
        for name in driver.names.names.iter().filter(|name| name.tag.is_some() && is_wanted(&name.repository))
        {
            let mut item = item(looking, driver, name.image);
            item.tag = Some(name.name.clone());
            report.tags.push(item);
        }
        for id in driver.images.keys() {
            let names = driver.names.names.iter().filter(|name| name.image == *id);
            let is_tagged = names.clone().any(|name| name.tag.is_some());
            let is_of = wanted.is_none() || names.clone().any(|name| is_wanted(&name.repository));
            if !is_tagged && is_of {
                report.untagged.push(item(looking, driver, *id));
            }
            report.summary.revisions += u64::from(is_of);
            report.summary.untagged += u64::from(is_of && !is_tagged);
            if let Some(image) = driver.images.get(id).filter(|_| is_of) {
                report.summary.bytes = report.summary.bytes.saturating_add(image.size);
                layers.extend(
                    image.chain.iter().filter_map(|chain| Some((*chain, driver.layers.get(chain)?.bytes()))),
                );
            }
        }
    }
    report.summary.bytes =
        layers.values().fold(report.summary.bytes, |sum: u64, size| sum.saturating_add(*size));
    report.summary.tags = report.tags.len() as u64;
    report.tags.sort_by(|a, b| a.tag.cmp(&b.tag));
    report.untagged.sort_by_key(|item| (Reverse(item.time.clone()), item.digest));
    if wanted.is_some() && report.tags.is_empty() && report.untagged.is_empty() {
        let name = wanted.unwrap_or_default();
        report.message = Some(absent(engine.is_whole(), format!("the engine has no image of {name}")));
        let all = engine.drivers.iter().flat_map(|driver| &driver.names.names);
        let mut all: Vec<String> = all.map(|name| name.repository.clone()).collect();
        all.dedup();
        report.suggestions = crate::commands::names::nearest(&[name], all);
    }
    finish(session, report)
}

fn item(looking: Looking<'_>, driver: &Driver, id: Digest) -> ImageItem {
    let image = driver.images.get(&id);
    let config = image.and_then(|image| image.config.as_ref().ok());
    let created = config.and_then(|config| config.created.as_deref());
    ImageItem {
        tag: None,
        digest: Some(id),
        media_type: None,
        artifact_type: None,
        platforms: config.cloned().and_then(platform).into_iter().collect(),
        size: image.map(|image| size(driver, image)),
        time: image.and_then(|image| image.updated.as_deref()).or(created).and_then(time),
        state: state(looking, driver, id, image),
        parents: image.and_then(|image| image.parent.get().copied()).into_iter().collect(),
        subject: None,
    }
}

fn size(driver: &Driver, image: &Image) -> u64 {
    let layers = image.chain.iter().filter_map(|chain| driver.layers.get(chain));
    layers.fold(image.size, |sum, layer| sum.saturating_add(layer.bytes()))
}

/// The worst of what an image needs. Where its files are was not looked at.
fn state(looking: Looking<'_>, driver: &Driver, id: Digest, image: Option<&Image>) -> State {
    let Some(image) = image else {
        return looking.at(&driver.image_path(id), FileKind::File).state;
    };
    let config = match (image.altered, &image.config) {
        (Some(_), _) => return State::Altered,
        (None, Err(_)) => return State::Malformed,
        (None, Ok(config)) => config,
    };
    let (mut worst, mut parent) = (State::Ok, None);
    for (diff, chain) in config.diff_ids.iter().zip(&image.chain) {
        worst = worst.max(looking.layer(driver, *chain, Some(*diff), parent).state);
        // Nothing is worse, and a layer that is lost is looked for anew for each image.
        if worst == State::Missing {
            break;
        }
        parent = Some(*chain);
    }
    worst
}

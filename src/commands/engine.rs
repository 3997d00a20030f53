//! What is asked of a Docker engine's store. It is small beside what it names, so that each command reads all of it.

mod doubts;
pub mod du;
pub(super) mod look;
pub mod ls;
pub(super) mod meant;
pub mod orphans;
pub mod refs;
pub mod resolve;
pub mod verify;

use crate::engine::{Engine, Layer, UNKNOWN_DRIVER, check};
use crate::path::StorePath;
use crate::report::{ErrorItem, Head};

/// Takes over what could not be looked at, of all layers too, and what can be said of the whole.
pub(in crate::commands) fn note(head: &mut Head, engine: &Engine) {
    head.errors.extend(engine.drivers.iter().flat_map(|driver| driver.layers.values()).flat_map(unread));
    note_store(head, engine);
}

/// What could not be read of a layer.
fn unread(layer: &Layer) -> impl Iterator<Item = ErrorItem> {
    layer.unread().into_iter().map(|(path, why)| ErrorItem { path, reason: why.to_string() })
}

/// As [`note`], for who asks of one thing: what could not be read of layers matters only of those on the way to it.
fn note_store(head: &mut Head, engine: &Engine) {
    let mut error = |path: StorePath, reason: String| head.errors.push(ErrorItem { path, reason });
    for (path, why) in &engine.unread {
        error(path.clone(), why.to_string());
    }
    if engine.has_no_driver() {
        error("image".into(), check::NO_DRIVER.to_owned());
    }
    for driver in engine.drivers.iter().filter(|driver| !driver.is_new()) {
        driver.names.faults.iter().for_each(|fault| error(driver.names_path(), fault.clone()));
    }
    remark(head, engine);
    head.errors.sort_unstable();
    head.errors.dedup();
    head.partial |= !head.errors.is_empty();
}

/// Says what must be known of the whole, whatever is wrong with its parts.
fn remark(head: &mut Head, engine: &Engine) {
    if engine.drivers.len() > 1 {
        let names: Vec<String> = engine.drivers.iter().map(|driver| driver.path.to_string()).collect();
        let warning = format!(
            "there are images of {} drivers, {}: the engine knows those of one",
            names.len(),
            names.join(", ")
        );
        head.warnings.push(warning);
    }
    for driver in engine.drivers.iter().filter(|driver| driver.graph.is_none()) {
        let warning = format!("{}: {UNKNOWN_DRIVER}, and did not look at them", driver.path);
        head.warnings.push(warning);
    }
    head.partial |= engine.interrupted;
}

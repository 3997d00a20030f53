//! What is asked of a Docker engine's store. It is small beside what it names, so that each command reads all of it.

pub mod du;
pub mod ls;
pub(super) mod meant;
pub mod orphans;
pub mod refs;
pub mod resolve;
pub mod verify;

use crate::engine::Engine;
use crate::report::{ErrorItem, Head};
use crate::store::ReadError;

/// Takes over what could not be looked at.
fn note(head: &mut Head, engine: &Engine) {
    for (path, error) in &engine.unread {
        // What is a link or a device is told, and not an obstacle to the rest.
        if matches!(error, ReadError::Refused(_)) {
            head.errors.push(ErrorItem { path: path.clone(), reason: error.to_string() });
        }
    }
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
        let warning = format!(
            "{}: regfs does not know where this driver keeps the files of its layers, and did not look at them",
            driver.path
        );
        head.warnings.push(warning);
    }
    head.errors.sort_unstable();
    head.errors.dedup();
    head.partial |= engine.interrupted || !head.errors.is_empty();
}

//! Docker engines: what a real one wrote and says of itself, and what damage makes of one.

mod breaking;
mod damage;
mod hostile;
mod names;
mod orphans;
mod real;
mod refused;
mod running;
mod unread;

use serde_json::Value;

use crate::support::engine::Engine;
use crate::support::run::{Outcome, run};

fn ask(engine: &Engine, args: &[&str]) -> Outcome {
    run(&[args, &["--format", "json", "--root", &engine.root_text()]].concat())
}

/// Code and path of each finding.
fn findings(engine: &Engine, args: &[&str]) -> Vec<(String, String)> {
    let report = ask(engine, &[&["verify", "--notes"], args].concat()).json();
    let text = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
    report["findings"].as_array().unwrap().iter().map(|f| (text(f, "code"), text(f, "path"))).collect()
}

/// Kind and path of each orphan.
fn orphans(engine: &Engine) -> Vec<(String, String)> {
    let report = ask(engine, &["orphans"]).json();
    let text = |object: &Value, member: &str| object[member].as_str().unwrap().to_owned();
    report["objects"].as_array().unwrap().iter().map(|o| (text(o, "kind"), text(o, "path"))).collect()
}

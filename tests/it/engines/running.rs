//! An engine that is at work while it is looked at: what it brings and takes away meanwhile is no damage, and no orphan.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use regfs::cancel::Cancel;
use regfs::commands::engine;
use regfs::commands::verify::Options;
use regfs::progress::{Phase, Progress, Work};
use regfs::registry::reach::Policy;
use regfs::session::Session;
use regfs::store::Store;
use serde_json::{Value, json};

use crate::in_process::{deep, orphans_by, session};
use crate::support::engine::{DRIVER, Engine, content};
use crate::support::paths;

/// When the engine does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Begins(Phase),
    Advances,
    Ends,
}

type Deeds<'a> = Vec<(When, Box<dyn FnOnce() + Send + 'a>)>;

/// Does what the engine does, each deed once, in order.
struct AtWork<'a>(Mutex<Deeds<'a>>);

impl AtWork<'_> {
    fn now(&self, now: When) {
        let mut deeds = self.0.lock().unwrap();
        if deeds.first().is_some_and(|(when, _)| *when == now) {
            (deeds.remove(0).1)();
        }
    }
}

impl Progress for AtWork<'_> {
    fn begin(&self, phase: Phase, _: Option<Work>) {
        self.now(When::Begins(phase));
    }

    fn advance(&self, _: Work) {
        self.now(When::Advances);
    }

    fn end(&self) {
        self.now(When::Ends);
    }
}

/// Asks while the engine is at work; all of it must have been done then.
fn while_at_work<T: Send>(root: &Path, deeds: Deeds<'_>, ask: impl FnOnce(&Session<'_>) -> T + Send) -> T {
    let store = Store::open(Some(root)).unwrap();
    let cancel = Cancel::never();
    let progress = AtWork(Mutex::new(deeds));
    let session = session(&store, 1, &cancel, &progress);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let answer = pool.install(|| ask(&session));
    assert!(progress.0.lock().unwrap().is_empty(), "it was not asked to the end");
    answer
}

fn listed(session: &Session<'_>) -> Value {
    let options = orphans_by(Policy::Revisions);
    let report = engine::orphans::orphans(session, &options).unwrap();
    let report = serde_json::to_value(&report).unwrap();
    assert_eq!(report["errors"], json!([]));
    report["objects"].clone()
}

/// The codes of what a deep look finds, which must be a whole one.
fn found(session: &Session<'_>) -> Value {
    let options = Options { fail_on: None, ..deep() };
    let report = engine::verify::verify(session, &options);
    let report = serde_json::to_value(&report).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    assert_eq!(report["partial"], false, "{report:#}");
    findings.map(|finding| finding["code"].clone()).collect()
}

fn names(engine: &Engine, name: &str, id: &str) {
    let repository = name.split(':').next().unwrap();
    let names = json!({ "Repositories": { repository: { name: id } } });
    engine.write(&format!("{DRIVER}/repositories.json"), names.to_string());
}

#[test]
fn what_gets_a_name_between_two_looks_is_no_orphan() {
    let mut engine = Engine::new();
    let (id, _) = engine.image(&[], &["base"]);
    let leaked = engine.directory("leaked");
    let pulled = engine.directory("being pulled");
    let deeds: Deeds<'_> = vec![(
        When::Begins(Phase::Read),
        Box::new(|| {
            names(&engine, "app:v1", &id);
            let chain = paths::sha256(b"pulled");
            let layer = format!("{DRIVER}/layerdb/sha256/{}", paths::hex(&chain));
            engine.write(&format!("{layer}/diff"), &chain);
            engine.write(&format!("{layer}/cache-id"), &pulled);
        }),
    )];
    let objects = while_at_work(&engine.root(), deeds, listed);
    let paths: Vec<&Value> = objects.as_array().unwrap().iter().map(|object| &object["path"]).collect();
    assert_eq!(paths, [&json!(format!("overlay2/{leaked}"))]);
}

#[test]
fn what_vanishes_after_the_second_look_is_neither_an_orphan_nor_an_error() {
    let mut engine = Engine::new();
    engine.image(&["app:v1"], &["base"]);
    let (removed, leaked) = (engine.directory("being removed"), engine.directory("leaked"));
    let deeds: Deeds<'_> = vec![
        (When::Begins(Phase::Read), Box::new(|| {})),
        // The directories are listed the second time.
        (When::Advances, Box::new(|| fs::remove_dir_all(engine.at(&format!("overlay2/{removed}"))).unwrap())),
    ];
    let objects = while_at_work(&engine.root(), deeds, listed);
    let paths: Vec<&Value> = objects.as_array().unwrap().iter().map(|object| &object["path"]).collect();
    assert_eq!(paths, [&json!(format!("overlay2/{leaked}"))]);
}

#[test]
fn what_keeps_something_is_read_after_it() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&[], &["base"]);
    let mount = format!("{DRIVER}/layerdb/mounts/{}", paths::hex(&paths::sha256(b"container")));
    let deeds: Deeds<'_> = vec![(
        // The first layer is read.
        When::Advances,
        Box::new(|| {
            names(&engine, "app:v1", &id);
            engine.write(&format!("{mount}/parent"), &layers[0].chain);
            engine.write(&format!("overlay2/{}/diff/file", "c".repeat(64)), "of a container");
        }),
    )];
    let seen = while_at_work(&engine.root(), deeds, regfs::engine::walk);
    let driver = &seen.drivers[0];
    assert_eq!(driver.names.names.len(), 1);
    assert_eq!(driver.mounts.len(), 1);
    assert_eq!(driver.directories.len(), 1, "directories come first");
}

#[test]
fn an_image_that_is_removed_meanwhile_is_no_damage() {
    let mut engine = Engine::new();
    let (_, _) = engine.image(&["other:v1"], &[]);
    let gone = paths::sha256(b"[]");
    let deeds: Deeds<'_> = vec![
        // The images are listed; one more is pulled.
        (When::Advances, Box::new(|| names(&engine, "app:v1", &gone))),
        // And removed, and another takes its place.
        (When::Ends, Box::new(|| names(&engine, "app:v2", &gone))),
    ];
    assert_eq!(while_at_work(&engine.root(), deeds, found), json!(["changed-during-scan"]));
    assert!(fs::metadata(engine.at(&content(&gone))).is_err());
}

#[test]
fn a_config_that_vanishes_before_it_is_read_is_not_unreadable() {
    let mut engine = Engine::new();
    let (id, _) = engine.image(&["app:v1"], &[]);
    let deeds: Deeds<'_> = vec![(
        // The images are listed.
        When::Advances,
        Box::new(|| {
            fs::remove_file(engine.at(&content(&id))).unwrap();
            engine.write(&format!("{DRIVER}/repositories.json"), "{}");
        }),
    )];
    assert_eq!(while_at_work(&engine.root(), deeds, found), json!([]));
}

#[test]
fn a_layer_that_is_removed_before_it_is_hashed_is_no_damage() {
    let mut engine = Engine::new();
    let layer = engine.layer(None, &[("file", "some bytes")]);
    let deeds: Deeds<'_> = vec![(
        When::Begins(Phase::Hash),
        Box::new(|| {
            fs::remove_dir_all(engine.at(&layer.file(""))).unwrap();
            fs::remove_dir_all(engine.at(&format!("overlay2/{}", layer.cache_id))).unwrap();
        }),
    )];
    assert_eq!(while_at_work(&engine.root(), deeds, found), json!(["changed-during-scan"]));
}

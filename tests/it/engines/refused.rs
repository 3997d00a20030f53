//! What the system does not let be read is neither missing, malformed nor sound, whichever command comes upon it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::engine::{DRIVER, Engine, Layer, content};
use crate::support::run::run_as_ordinary_user;
use crate::support::strace;

const CLOSED: u32 = 0o000;

/// What an image needs, and the state that `resolve` gives to its hop; the path that is to be told is the same.
fn places(id: &str, layers: &[Layer]) -> Vec<(String, &'static str)> {
    vec![
        (format!("{DRIVER}/layerdb/sha256"), "layer"),
        (layers[1].file("").trim_end_matches('/').to_owned(), "layer"),
        (layers[0].file("diff"), "layer"),
        (layers[1].file("cache-id"), "layer"),
        (layers[1].file("size"), "layer"),
        (content(id), "config"),
        (format!("{DRIVER}/imagedb/content/sha256"), "config"),
    ]
}

fn told(report: &Value) -> Vec<&str> {
    report["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect()
}

#[test]
fn what_may_not_be_read_is_unreadable_to_every_command() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&["app:v1"], &["base", "top"]);
    let root = engine.root_text();
    let to = tempfile::tempdir().unwrap();
    fs::set_permissions(to.path(), Permissions::from_mode(0o777)).unwrap();
    let layout = to.path().join("layout");
    for (path, kind) in places(&id, &layers) {
        let before = fs::metadata(engine.at(&path)).unwrap().permissions();
        fs::set_permissions(engine.at(&path), Permissions::from_mode(CLOSED)).unwrap();
        let ask = |args: &[&str]| {
            let outcome = run_as_ordinary_user(&[args, &["-f", "json", "--root", &root]].concat());
            let report = outcome.json();
            assert_eq!(
                (outcome.status, &report["partial"]),
                (2, &json!(true)),
                "{path}: {args:?}: {report:#}"
            );
            // `verify` tells each file of a directory that is closed.
            let is_told = told(&report).iter().any(|told| told.starts_with(&path));
            assert!(is_told, "{path}: {args:?}: {report:#}");
            report
        };
        let listed = ask(&["ls"]);
        assert_eq!(listed["tags"][0]["state"], "unreadable", "{path}");
        assert_eq!(ask(&["ls", "app"])["tags"][0]["state"], "unreadable", "{path}");
        ask(&["du"]);
        ask(&["verify"]);
        let resolved = ask(&["resolve", "app:v1"]);
        let hops = resolved["hops"].as_array().unwrap();
        let broken: Vec<&Value> = hops.iter().filter(|hop| hop["state"] != "ok").collect();
        assert!(!broken.is_empty(), "{path}: {resolved:#}");
        for hop in broken {
            assert_eq!(
                (&hop["kind"], &hop["state"]),
                (&json!(kind), &json!("unreadable")),
                "{path}: {resolved:#}"
            );
        }
        assert_eq!(resolved["complete"], false, "{path}");
        // An archive can be put together without knowing its size, and without what is said of the layer.
        let needed = !path.ends_with("/size") && !path.ends_with("/diff");
        for what in [&["--all"][..], &["app:v1"]] {
            let _ = fs::remove_dir_all(&layout);
            let report = ask(&[&["export"], what, &[layout.to_str().unwrap()]].concat());
            let Some(detail) = report["images"][0]["detail"].as_str() else {
                assert!(!needed, "{path}: {report:#}");
                continue;
            };
            assert!(detail.contains("Permission denied"), "{path}: {detail}");
            assert!(!detail.contains("is not in the store") && !detail.contains("there is no"), "{detail}");
        }
        let orphans = ask(&["orphans"]);
        assert!(!orphans.to_string().contains("it is not there"), "{path}: {orphans:#}");
        fs::set_permissions(engine.at(&path), before).unwrap();
    }
}

#[test]
fn a_layer_that_is_missing_or_malformed_is_told_by_ls() {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base", "top"]);
    let root = engine.root_text();
    let state = || {
        let outcome = crate::support::run::run(&["ls", "-f", "json", "--root", &root]);
        outcome.json()["tags"][0]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(), "ok");
    engine.write(&layers[1].file("diff"), "no digest");
    assert_eq!(state(), "malformed");
    fs::remove_dir_all(engine.at(&layers[1].file(""))).unwrap();
    assert_eq!(state(), "missing");
}

#[test]
fn what_may_not_be_read_of_one_image_says_nothing_of_another() {
    let mut engine = Engine::new();
    let (good, below) = engine.image(&["good:v1"], &["good"]);
    let (bad, layers) = engine.image(&["bad:v1"], &["bad", "top"]);
    let files = ["diff", "parent", "cache-id", "size"];
    for file in files {
        let path = engine.at(&layers[1].file(file));
        fs::set_permissions(path, Permissions::from_mode(CLOSED)).unwrap();
    }
    let root = engine.root_text();
    let ask = |args: &[&str]| run_as_ordinary_user(&[args, &["--root", &root]].concat());
    for args in [["resolve", "good:v1"], ["refs", &good], ["resolve", &good], ["refs", &bad]] {
        let outcome = ask(&args);
        assert_eq!(outcome.status, 0, "{args:?}: {}", outcome.text());
        assert!(!outcome.text().contains("PARTIAL"), "{args:?}: {}", outcome.text());
    }
    // What cannot be read of it may be this layer's DiffID as well.
    assert_eq!(ask(&["refs", &below[0].diff]).status, 2);
    for args in [["resolve", "bad:v1"], ["refs", &layers[1].chain], ["resolve", &layers[1].chain]] {
        let outcome = ask(&args);
        let told = outcome.text();
        assert_eq!(outcome.status, 2, "{args:?}: {told}");
        assert_eq!(told.matches("cannot read").count(), files.len(), "{args:?}: {told}");
        assert!(told.contains("4 paths could not be read"), "{args:?}: {told}");
    }
    // A container of which it is not known what it stands on may stand on any layer.
    engine.container("box", &bad, &layers[1]);
    let report = ask(&["refs", &layers[0].chain, "-f", "json"]).json();
    assert!(told(&report).contains(&&*layers[1].file("parent")), "{report:#}");
}

#[test]
fn links_in_place_of_all_files_of_a_layer_are_told_one_by_one() {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base", "top"]);
    let files = ["cache-id", "diff", "parent", "size", "tar-split.json.gz"].map(|file| layers[1].file(file));
    for file in &files {
        fs::remove_file(engine.at(file)).unwrap();
        std::os::unix::fs::symlink("elsewhere", engine.at(file)).unwrap();
    }
    for args in [&["ls"][..], &["du"], &["resolve", "app:v1"]] {
        let report = super::ask(&engine, args).json();
        assert_eq!(told(&report), files, "{args:?}: {report:#}");
    }
}

#[test]
fn a_layer_that_is_lost_is_not_looked_for_by_each_image_again_and_again() {
    if !strace::is_at_hand() {
        return;
    }
    let mut engine = Engine::new();
    let texts: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for top in 0..5 {
        let name = format!("app:v{top}");
        engine.image(&[&name], &texts[..texts.len() - top]);
    }
    let layers = engine.at(&format!("{DRIVER}/layerdb/sha256"));
    fs::remove_dir_all(&layers).unwrap();
    fs::create_dir(&layers).unwrap();
    let (trace, root) = (engine.at("../trace"), engine.root_text());
    let listed = strace::regfs(&[], &trace, &["ls", "-f", "json", "-r", &root]).json();
    assert!(listed["tags"].as_array().unwrap().iter().all(|tag| tag["state"] == "missing"), "{listed:#}");
    let trace = fs::read_to_string(&trace).unwrap();
    // Whichever call it is, it names something in the directory.
    let looks = trace.lines().filter(|line| line.contains("layerdb/sha256>, \"")).count();
    assert!((1..=10).contains(&looks), "{looks}");
}

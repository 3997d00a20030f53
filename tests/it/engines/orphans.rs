//! What nothing needs, and what counts as needed because it cannot be known.

use std::fs;

use serde_json::json;

use super::breaking::stage;
use super::{ask, findings, orphans};
use crate::support::engine::{DRIVER, Engine, content};
use crate::support::paths;
use crate::support::run::run;

#[test]
fn what_nothing_needs_is_listed_with_its_bytes() {
    let mut stage = stage(&[vec![0, 1], vec![0, 2]]);
    let (dead, layers) = stage.engine.image(&[], &["layer 0", "only the dead have this"]);
    let leaked = stage.engine.layer(None, &[("leaked", "by a pull that was killed")]);
    let directory = stage.engine.directory("nobody knows whose");
    assert_eq!(
        orphans(&stage.engine),
        [
            ("image".to_owned(), content(&dead)),
            ("layer".to_owned(), leaked.file("").trim_end_matches('/').to_owned()),
            ("directory".to_owned(), format!("overlay2/{directory}")),
        ]
    );
    let report = ask(&stage.engine, &["orphans"]).json();
    let objects = report["objects"].as_array().unwrap();
    let config = fs::metadata(stage.engine.at(&content(&dead))).unwrap().len();
    assert_eq!(objects[0]["size"], config + 23);
    assert_eq!(objects[1]["size"], 25);
    assert_eq!(objects[2]["size"], 18);
    assert_eq!(report["summary"]["object_bytes"], config + 23 + 25 + 18);
    // A tag, or a container, and it is no orphan any more.
    stage.engine.container("second", &dead, layers.last().unwrap());
    assert_eq!(orphans(&stage.engine).len(), 2);
    let with_exit_code = ask(&stage.engine, &["orphans", "--exit-code"]);
    assert_eq!(with_exit_code.status, 1);
    let refused = ask(&stage.engine, &["orphans", "--policy", "tags"]);
    assert_eq!((refused.status, refused.stdout.is_empty()), (2, true));
}

#[test]
fn a_container_that_holds_the_last_reference_keeps_every_layer_below_it() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&[], &["base", "middle", "top"]);
    engine.container("keeper", &id, &layers[2]);
    fs::remove_file(engine.at(&content(&id))).unwrap();
    assert_eq!(findings(&engine, &["--deep"]), []);
    assert_eq!(orphans(&engine), []);
    let du = ask(&engine, &["du"]).json();
    assert_eq!((&du["summary"]["orphans"], &du["summary"]["untagged_blobs"]), (&json!(0), &json!(3)));
    // Without the container all three are leaked.
    for path in ["containers", &format!("{DRIVER}/layerdb/mounts")] {
        fs::remove_dir_all(engine.at(path)).unwrap();
    }
    assert_eq!(orphans(&engine).iter().filter(|(kind, _)| kind == "layer").count(), 3);
}

#[test]
fn an_image_that_another_was_built_from_is_no_orphan() {
    let mut engine = Engine::new();
    let (parent, _) = engine.image(&[], &["base"]);
    let (child, _) = engine.image(&["app:v1"], &["base", "top"]);
    let metadata = format!("{DRIVER}/imagedb/metadata/sha256/{}/parent", paths::hex(&child));
    engine.write(&metadata, &parent);
    assert_eq!(orphans(&engine), []);
    fs::remove_file(engine.at(&metadata)).unwrap();
    assert_eq!(orphans(&engine), [("image".to_owned(), content(&parent))]);
}

#[test]
fn what_a_broken_chain_below_a_container_held_is_kept() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&[], &["base", "middle", "top"]);
    engine.container("keeper", &id, &layers[2]);
    fs::remove_file(engine.at(&content(&id))).unwrap();
    fs::remove_dir_all(engine.at(&layers[2].file(""))).unwrap();
    assert_eq!(orphans(&engine), []);
    assert_eq!(ask(&engine, &["orphans"]).status, 2);
    let du = ask(&engine, &["du"]).json();
    assert_eq!((&du["summary"]["orphans"], &du["summary"]["unknown_blobs"]), (&json!(0), &json!(2)));
}

#[test]
fn a_container_that_lost_its_mount_keeps_directories_and_layers() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&[], &["base", "top"]);
    let container = engine.container("keeper", &id, &layers[1]);
    fs::remove_file(engine.at(&content(&id))).unwrap();
    fs::remove_dir_all(engine.at(&format!("{DRIVER}/layerdb/mounts/{container}"))).unwrap();
    let report = ask(&engine, &["orphans"]);
    assert_eq!((report.status, &report.json()["objects"]), (2, &json!([])));
    // One of another driver has nothing to do with this.
    let config = format!("containers/{container}/config.v2.json");
    engine.write(&config, json!({ "Image": id, "Driver": "vfs" }).to_string());
    assert_eq!(findings(&engine, &[]), []);
    assert_eq!(ask(&engine, &["orphans"]).status, 0);
}

#[test]
fn a_container_of_which_nothing_is_known_keeps_every_image_and_is_told() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&[], &["base"]);
    let container = engine.container("keeper", &id, &layers[0]);
    let config = format!("containers/{container}/config.v2.json");
    engine.write(&config, "");
    assert_eq!(orphans(&engine), [], "its topmost layer is known");
    assert_eq!(ask(&engine, &["orphans"]).status, 0);
    engine.write(&format!("{DRIVER}/layerdb/mounts/{container}/parent"), "");
    let report = ask(&engine, &["orphans"]);
    assert_eq!((report.status, &report.json()["objects"]), (2, &json!([])));
    let unknown = report.json()["unknown"].clone();
    assert!(unknown.as_array().unwrap().iter().any(|item| item["path"] == config), "{unknown:#}");
    // And so does one of which there is the directory alone.
    let mut engine = Engine::new();
    engine.image(&[], &["base"]);
    fs::create_dir(engine.at("containers/x")).unwrap();
    let report = ask(&engine, &["orphans"]);
    assert_eq!((report.status, &report.json()["objects"]), (2, &json!([])));
    assert_eq!(report.json()["unknown"][0]["path"], "containers/x/config.v2.json");
}

#[test]
fn an_image_on_which_another_may_have_been_built_is_kept() {
    let mut engine = Engine::new();
    engine.image(&[], &["base"]);
    let (child, _) = engine.image(&["app:v1"], &["base", "top"]);
    engine.write(&format!("{DRIVER}/imagedb/metadata/sha256/{}/parent", paths::hex(&child)), "sha256:01");
    let report = ask(&engine, &["orphans"]);
    assert_eq!((report.status, &report.json()["objects"]), (2, &json!([])));
}

#[test]
fn a_leftover_takes_along_only_a_directory_that_nothing_else_names() {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base"]);
    engine.write(&format!("{DRIVER}/layerdb/tmp/write-set-1/cache-id"), &layers[0].cache_id);
    let own = engine.directory("never finished");
    engine.write(&format!("{DRIVER}/layerdb/tmp/write-set-2/cache-id"), &own);
    engine.write(&format!("{DRIVER}/layerdb/tmp/write-set-3/cache-id"), &own);
    let report = ask(&engine, &["orphans"]).json();
    let objects: Vec<_> = report["objects"].as_array().unwrap().iter().collect();
    assert_eq!(objects.len(), 3, "{report:#}");
    assert_eq!((&objects[0]["detail"], &objects[0]["size"]), (&json!(null), &json!(64)));
    let with_own = json!(format!("with the directory {own}"));
    assert_eq!((&objects[1]["detail"], &objects[1]["size"]), (&with_own, &json!(64 + 14)));
    assert_eq!((&objects[2]["detail"], &objects[2]["size"]), (&json!(null), &json!(64)));
}

#[test]
fn what_may_be_on_its_way_is_told_and_left_out_if_wanted() {
    let mut engine = Engine::new();
    let directory = engine.directory("being pulled");
    let told = run(&["orphans", "--root", &engine.root_text()]);
    assert!(
        told.text().contains("1 of them is less than a day old: a pull may be under way"),
        "{}",
        told.text()
    );
    let report = ask(&engine, &["orphans", "--min-age", "1h"]).json();
    assert_eq!((&report["objects"], &report["summary"]["blobs_too_young"]), (&json!([]), &json!(1)));
    let old = filetime::FileTime::from_unix_time(1_600_000_000, 0);
    filetime::set_file_mtime(engine.at(&format!("overlay2/{directory}")), old).unwrap();
    assert_eq!(ask(&engine, &["orphans", "--min-age", "1h"]).json()["summary"]["objects"], 1);
    assert!(!run(&["orphans", "--root", &engine.root_text()]).text().contains("less than a day"));
}

#[test]
fn layers_of_an_image_that_cannot_be_read_are_not_counted_as_orphans() {
    let mut engine = Engine::new();
    let (id, _) = engine.image(&["app:v1"], &["base", "top"]);
    fs::remove_file(engine.at(&content(&id))).unwrap();
    fs::create_dir(engine.at(&content(&id))).unwrap();
    let du = ask(&engine, &["du"]);
    let summary = du.json()["summary"].clone();
    assert_eq!(du.status, 2);
    assert_eq!((&summary["orphan_blobs"], &summary["unknown_blobs"]), (&json!(0), &json!(2)), "{summary:#}");
}

#[test]
fn directories_of_the_build_cache_are_left_alone() {
    let mut engine = Engine::new();
    engine.image(&["app:v1"], &["base"]);
    engine.write("overlay2/q9x7m0v2s8abcdefghijklmno/diff/file", "built");
    let leaked = engine.directory("leaked");
    engine.write("buildkit/snapshots.db", "");
    assert_eq!(orphans(&engine), [("directory".to_owned(), format!("overlay2/{leaked}"))]);
    let report = ask(&engine, &["orphans"]).json();
    assert!(report["warnings"][0].as_str().unwrap().contains("build cache"));
}

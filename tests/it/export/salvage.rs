//! Stores that are damaged or cannot be read: what comes out all the same, and what is said of the rest.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};

use super::{blobs, export, findings, json_at, last_layer, listed, scratch, stage};
use crate::support::engine::{self, Engine};
use crate::support::images;
use crate::support::layout::{Layout, MANIFEST, path_of};
use crate::support::paths;
use crate::support::run::run_as_ordinary_user;
use crate::support::store::Store;

fn errors(report: &Value) -> Vec<&str> {
    let errors = report["errors"].as_array().unwrap().iter();
    errors.map(|error| error["path"].as_str().unwrap()).collect()
}

#[test]
fn a_store_whose_names_cannot_be_read_is_not_taken_for_an_empty_one() {
    let (layout, ..) = stage();
    layout.write("index.json", "garbage");
    let (dir, to) = scratch();
    for args in [&["--all"][..], &["good"]] {
        let outcome = export(&layout.root(), args, &to);
        let report = outcome.json();
        assert_eq!((outcome.status, errors(&report)), (2, vec!["index.json"]), "{args:?}");
        assert_eq!((&report["written"], &report["message"]), (&json!(false), &Value::Null));
    }
    let store = Store::sample();
    store.remove("repositories");
    let outcome = export(&store.root(), &["--all"], &to);
    assert_eq!((outcome.status, errors(&outcome.json())), (2, vec!["repositories"]));
    let mut engine = Engine::new();
    engine.image(&["app:good"], &["base"]);
    let names = format!("{}/repositories.json", engine::DRIVER);
    engine.write(&names, "garbage");
    let outcome = export(&engine.root(), &["--all"], &to);
    assert_eq!((outcome.status, errors(&outcome.json())), (2, vec![names.as_str()]));
    // The image without its name is there.
    assert_eq!(listed(&to).len(), 1);
    fs::remove_dir_all(&to).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    // Sound, and nothing in it: so is what comes out.
    let outcome = export(&Store::new().root(), &["--all"], &to);
    assert_eq!((outcome.status, listed(&to).len()), (0, 0), "{}", outcome.text());
}

#[test]
fn what_stands_behind_a_link_is_said_to_be_left_out() {
    let store = Store::sample();
    let aside = store.outside().join("aside");
    fs::rename(store.at("repositories/team"), &aside).unwrap();
    symlink(&aside, store.at("repositories/team")).unwrap();
    let (_dir, to) = scratch();
    let outcome = export(&store.root(), &["--all"], &to);
    assert_eq!((outcome.status, errors(&outcome.json())), (2, vec!["repositories/team"]));
    let names: Vec<String> = listed(&to).into_iter().filter_map(|(name, _)| name).collect();
    assert!(!names.is_empty() && names.iter().all(|name| !name.starts_with("team/")), "{names:?}");
}

#[test]
fn a_tag_that_leads_nowhere_counts_as_left_out() {
    let store = Store::sample();
    store.write(&paths::current_link("lib", "v1"), "");
    let (_dir, to) = scratch();
    let outcome = export(&store.root(), &["--all"], &to);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["summary"]["left_out"]), (1, &json!(1)));
    assert!(report["warnings"][0].as_str().unwrap().starts_with("lib:v1 leads nowhere"), "{report}");
    assert_eq!(report["written"], true);
}

#[test]
fn one_bad_copy_of_a_layer_spoils_no_image() {
    for which in 0..2 {
        let mut engine = Engine::new();
        let (_, one) = engine.image(&["app:one"], &["below one", "the same"]);
        let (_, other) = engine.image(&["app:other"], &["below the other", "the same"]);
        let twins = [&one[1], &other[1]];
        assert!(one[1].diff == other[1].diff && one[1].chain != other[1].chain);
        let (_dir, to) = scratch();
        engine.write(&format!("{}/etc/file", twins[which].files()), "the sane");
        let outcome = export(&engine.root(), &["--all"], &to);
        assert_eq!(outcome.status, 0, "{}", outcome.text());
        assert_eq!((listed(&to).len(), findings(&to)), (2, json!([])));
        // Nor does a copy of which nothing is left but what says how it was.
        fs::write(engine.at(&twins[which].file("tar-split.json.gz")), "").unwrap();
        let again = to.with_file_name("again");
        assert_eq!(export(&engine.root(), &["--all"], &again).status, 0);
        assert_eq!(blobs(&again), blobs(&to));
    }
}

#[test]
fn a_blob_under_two_algorithms_is_taken_from_wherever_it_is_sound() {
    for (good, bad) in [("sha256", "sha512"), ("sha512", "sha256")] {
        let mut store = Store::new();
        let layer = b"a layer".to_vec();
        let named = [("sha256", paths::sha256(&layer)), ("sha512", paths::sha512(&layer))];
        let config = store.config("app", "amd64", &[&named[0].1]);
        let config = store.descriptor(images::OCI_CONFIG, &config);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": config,
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": named[1].1, "size": layer.len(),
            }],
        });
        let digest = store.blob(manifest.to_string());
        store.link_revision("app", &digest);
        store.tag("app", "v1", &digest);
        store.write(&paths::layer_link("app", &named[1].1), &named[0].1);
        for (algorithm, digest) in &named {
            let bytes = if *algorithm == good { layer.clone() } else { b"a later".to_vec() };
            store.write(&paths::blob_data(digest), bytes);
        }
        let (_dir, to) = scratch();
        let outcome = export(&store.root(), &["app:v1"], &to);
        assert_eq!(outcome.status, 0, "{bad} is bad: {}", outcome.text());
        assert_eq!(blobs(&to)[&named[1].1], layer);
    }
}

#[test]
fn what_cannot_be_read_is_an_error_and_not_a_fault_of_the_image() {
    let (layout, _, bad) = stage();
    let layer = last_layer(&layout, &bad);
    let mut engine = Engine::new();
    engine.image(&["app:good"], &["base", "good"]);
    let (_, layers) = engine.image(&["app:bad"], &["base", "bad"]);
    let file = format!("{}/etc/file", layers[1].files());
    for (root, closed, path) in [
        (layout.root(), layer.clone(), layer.strip_prefix(layout.root()).unwrap().to_str().unwrap()),
        (engine.root(), engine.at(&file), &file),
    ] {
        let (dir, to) = scratch();
        for open in [dir.path(), root.parent().unwrap()] {
            fs::set_permissions(open, Permissions::from_mode(0o777)).unwrap();
        }
        fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
        let (root, at) = (root.to_str().unwrap(), to.to_str().unwrap());
        let outcome = run_as_ordinary_user(&["export", "--all", at, "--format", "json", "--root", root]);
        let report = outcome.json();
        assert_eq!((outcome.status, errors(&report)), (2, vec![path]), "{report:#}");
        assert_eq!((&report["summary"]["left_out"], listed(&to).len()), (&json!(1), 1));
    }
}

#[test]
fn a_blob_that_has_not_the_size_of_its_descriptor_is_not_even_read() {
    let (mut layout, good, bad) = stage();
    let manifest = json_at(&layout.at(&path_of(&good)));
    let layers = manifest["layers"].as_array().unwrap();
    let mut wrong = manifest.clone();
    wrong["layers"][0]["size"] = json!(layers[0]["size"].as_u64().unwrap() + 1);
    let wrong = layout.blob(wrong.to_string());
    layout.list(MANIFEST, &wrong, Some("wrong"));
    // To read what has no end of bytes would take for ever, so that this does not if the test ends.
    let huge = File::options().write(true).open(last_layer(&layout, &bad)).unwrap();
    huge.set_len(1 << 40).unwrap();
    let (_dir, to) = scratch();
    let outcome = export(&layout.root(), &["--all"], &to);
    let report = outcome.json();
    assert_eq!((outcome.status, listed(&to).len()), (1, 1), "{report}");
    for image in report["images"].as_array().unwrap().iter().filter(|image| image["exported"] == false) {
        assert!(image["detail"].as_str().unwrap().contains("size-mismatch"), "{image}");
    }
}

#[test]
fn what_only_an_image_needs_that_is_left_out_is_not_read() {
    let mut layout = Layout::new();
    let image = layout.image(&["huge", "missing"]);
    let mut manifest = json_at(&layout.at(&path_of(&image)));
    let of = |layer: usize| path_of(manifest["layers"][layer]["digest"].as_str().unwrap());
    File::options().write(true).open(layout.at(&of(0))).unwrap().set_len(1 << 40).unwrap();
    fs::remove_file(layout.at(&of(1))).unwrap();
    manifest["layers"][0]["size"] = json!(1_u64 << 40);
    let image = layout.blob(manifest.to_string());
    layout.list(MANIFEST, &image, Some("v1"));
    let (_dir, to) = scratch();
    let outcome = export(&layout.root(), &["v1"], &to);
    assert_eq!(outcome.status, 1, "{}", outcome.text());
}

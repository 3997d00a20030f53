//! One image in stores of different kinds, or in two layouts: what it is, whatever its files are.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::support::engine::Engine;
use crate::support::fixture;
use crate::support::layout::{INDEX, Layout, MANIFEST, path_of};
use crate::support::paths::{self, sha256};
use crate::support::run::{Outcome, run, run_as_ordinary_user};
use crate::support::store::Store;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn compare(a: &Path, b: &Path, more: &[&str]) -> Outcome {
    run(&[&["diff", "-f", "json", text(a), text(b), "--ref"], more].concat())
}

/// Kind and state of each part.
fn states(report: &Value) -> Vec<(&str, &str)> {
    let hops = report["hops"].as_array().unwrap().iter();
    hops.map(|hop| (hop["kind"].as_str().unwrap(), hop["state"].as_str().unwrap())).collect()
}

/// The parts that are not the same: what, how, and the details.
fn rows(report: &Value) -> Vec<String> {
    let rows = report["differences"].as_array().unwrap().iter();
    let members = |row: &Value| {
        ["object", "change", "detail"].map(|name| row[name].as_str().unwrap_or_default().to_owned()).join(" ")
    };
    rows.map(members).collect()
}

fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from) {
        let entry = entry.unwrap();
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&to).unwrap();
            fs::set_permissions(&to, Permissions::from_mode(0o755)).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// An engine with the image `app:v1`, and two layouts that it was exported to.
struct Stage {
    engine: Engine,
    dir: TempDir,
    a: PathBuf,
    b: PathBuf,
    /// A file of its second layer in the engine.
    file: String,
    layers: Vec<String>,
}

fn stage() -> Stage {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base", "app"]);
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    assert_eq!(run(&["export", "app:v1", text(&a), "-r", &engine.root_text()]).status, 0);
    copy(&a, &b);
    let file = format!("{}/etc/file", layers[1].files());
    let layers = layers.into_iter().map(|layer| layer.diff).collect();
    Stage { engine, dir, a, b, file, layers }
}

/// Flips a bit in the middle of a file.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn manifest_of(layout: &Path) -> String {
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    index["manifests"][0]["digest"].as_str().unwrap().to_owned()
}

#[test]
fn what_both_sides_lack_or_have_damaged_makes_no_identical_image() {
    let Stage { a, b, layers, dir: _dir, .. } = stage();
    let outcome = compare(&a, &b, &["v1"]);
    assert_eq!((outcome.status, &outcome.json()["faults"]), (0, &json!([])), "{}", outcome.text());
    for layout in [&a, &b] {
        fs::remove_file(layout.join(path_of(&layers[0]))).unwrap();
    }
    let outcome = compare(&a, &b, &["v1"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["identical"]), (1, &json!(false)));
    assert_eq!(report["faults"], json!([format!("v1: the layer {} is on neither side", layers[0])]));
    assert_eq!(states(&report)[2], ("layer", "missing"));
    let table = run(&["diff", text(&a), text(&b), "--ref", "v1"]);
    assert!(
        table.text().contains("is on neither side") && table.text().contains(": 1 fault"),
        "{}",
        table.text()
    );

    let Stage { a, b, dir: _dir, .. } = stage();
    for layout in [&a, &b] {
        flip(&layout.join(path_of(&manifest_of(layout))));
    }
    let outcome = compare(&a, &b, &["v1"]);
    assert_eq!(outcome.status, 1, "{}", outcome.text());
    let rows = rows(&outcome.json());
    assert!(rows[0].starts_with("manifest differs in a: ") && rows[0].contains("; in b: "), "{rows:?}");
}

#[test]
fn what_is_damaged_on_one_side_differs_and_is_not_called_absent() {
    let Stage { engine, a, b, layers, dir: _dir, .. } = stage();
    fs::write(b.join(path_of(&layers[1])), "").unwrap();
    for other in [&a, &engine.root()] {
        let report = compare(other, &b, &["app:v1"]).json();
        let said = format!("layer differs DiffID {}; in b: size-mismatch", layers[1]);
        let said_otherwise = format!("layer differs DiffID {}; in b: empty", layers[1]);
        let rows = rows(&report);
        assert!(rows.len() == 1 && (rows[0].starts_with(&said) || rows[0] == said_otherwise), "{rows:?}");
    }
    // An engine has no manifest to compare with: a bad one is told all the same.
    let Stage { engine, a, dir: _dir, .. } = stage();
    let manifest = a.join(path_of(&manifest_of(&a)));
    let bytes = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, bytes + " ").unwrap();
    let outcome = compare(&engine.root(), &a, &["app:v1"]);
    assert_eq!(outcome.status, 1);
    assert!(outcome.json()["faults"][0].as_str().unwrap().contains("is altered"), "{}", outcome.text());
}

#[test]
fn what_cannot_be_looked_at_is_not_called_absent_either() {
    let Stage { engine, dir, a, b, layers, .. } = stage();
    let layer = b.join(path_of(&layers[1]));
    fs::set_permissions(&layer, Permissions::from_mode(0o000)).unwrap();
    let args = ["diff", "-f", "json", text(&a), text(&b), "--ref", "v1"];
    let outcome = run_as_ordinary_user(&args);
    let report = outcome.json();
    assert_eq!((outcome.status, states(&report)[3]), (2, ("layer", "unknown")), "{}", outcome.stderr);
    assert_eq!((&report["differences"], &report["summary"]["not_compared"]), (&json!([]), &json!(1)));
    fs::remove_file(&layer).unwrap();
    symlink("/etc/passwd", &layer).unwrap();
    let outcome = compare(&engine.root(), &b, &["app:v1"]);
    let report = outcome.json();
    assert_eq!((outcome.status, states(&report)[2]), (2, ("layer", "unknown")));
    assert_eq!(report["errors"][0]["path"], path_of(&layers[1]));
    // What leads to the image: nobody knows what is behind it.
    fs::write(b.join("index.json"), "garbage").unwrap();
    let outcome = compare(&a, &b, &["v1"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["differences"], &report["unknown"]), (2, &json!([]), &json!([])));
    assert!(states(&report).iter().all(|(_, state)| *state == "unknown"), "{report:#}");
    fs::write(a.join("index.json"), "garbage").unwrap();
    let outcome = compare(&a, &b, &["v1"]);
    assert_eq!((outcome.status, &outcome.json()["unknown"]), (2, &json!([])));
    drop(dir);
}

#[test]
fn a_name_that_means_several_or_another_image_is_said() {
    let mut layout = Layout::new();
    let (one, other) = (layout.image(&["one"]), layout.image(&["other"]));
    layout.list(MANIFEST, &one, Some("v1"));
    let sound = layout.outside().join("sound");
    copy(&layout.root(), &sound);
    let reference = format!("app:v1@{other}");
    let outcome = compare(&layout.root(), &sound, &[&reference]);
    let report = outcome.json();
    assert_eq!((outcome.status, report["faults"].as_array().unwrap().len()), (1, 2), "{report:#}");
    layout.list(MANIFEST, &other, Some("v1"));
    let outcome = compare(&layout.root(), &sound, &["v1"]);
    let fault = outcome.json()["faults"][0].as_str().unwrap().to_owned();
    assert!(fault.starts_with("v1 in a: the layout lists 2 manifests as v1"), "{fault}");
    let outcome = compare(&layout.root(), &sound, &["v2"]);
    assert_eq!((outcome.status, &outcome.json()["unknown"]), (1, &json!(["v2"])));
}

#[test]
fn layers_that_live_elsewhere_and_images_without_a_config_are_the_same_where_they_are() {
    let mut store = Store::new();
    let layer = store.layer("base");
    let old = store.schema1("old", "v1", &[layer]);
    store.tag("old", "v1", &old);
    for (registry, reference) in [(fixture::root("registry"), "formats:foreign"), (store.root(), "old:v1")] {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("layout");
        let exported = run(&["export", reference, text(&to), "-r", text(&registry)]);
        assert_eq!(exported.status, 0, "{}{}", exported.text(), exported.stderr);
        let outcome = compare(&registry, &to, &[reference]);
        assert_eq!((outcome.status, &outcome.json()["identical"]), (0, &json!(true)), "{}", outcome.text());
        assert!(states(&outcome.json()).iter().all(|(_, state)| *state == "equal"));
    }
}

#[test]
fn the_same_layers_packed_otherwise_are_told() {
    let mut layout = Layout::new();
    let image = layout.image(&["base", "app"]);
    layout.list(MANIFEST, &image, Some("v1"));
    let mut manifest: Value =
        serde_json::from_slice(&fs::read(layout.at(&path_of(&image))).unwrap()).unwrap();
    let plain = Layout::new();
    copy(&layout.root(), &plain.root());
    for layer in manifest["layers"].as_array_mut().unwrap() {
        let packed = fs::read(layout.at(&path_of(layer["digest"].as_str().unwrap()))).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*packed), &mut bytes).unwrap();
        layer["size"] = json!(bytes.len());
        layer["mediaType"] = json!("application/vnd.oci.image.layer.v1.tar");
        layer["digest"] = json!(plain.blob(bytes));
    }
    let mut plain = plain;
    let image = plain.blob(manifest.to_string());
    plain.list(MANIFEST, &image, Some("v1"));
    let outcome = compare(&layout.root(), &plain.root(), &["v1", "--deep"]);
    let report = outcome.json();
    assert_eq!(outcome.status, 1);
    assert_eq!(
        states(&report),
        [("manifest", "differs"), ("config", "equal"), ("layer", "equal"), ("layer", "equal")]
    );
    let table = run(&["diff", &layout.root_text(), &plain.root_text(), "--ref", "v1"]);
    let other = manifest_of(&layout.root());
    assert!(table.text().contains(&format!("* manifest {other} → {image}")), "{}", table.text());
    let warnings = report["warnings"].as_array().unwrap();
    assert!(
        warnings.iter().any(|text| text.as_str().unwrap().contains("2 of the layers are packed otherwise"))
    );
}

#[test]
fn layers_are_read_and_named_by_what_they_unpack_to() {
    let Stage { engine, a, file, layers, dir: _dir, .. } = stage();
    let root = engine.root();
    let outcome = compare(&root, &a, &["app:v1", "--deep"]);
    let report = outcome.json();
    assert_eq!(
        (outcome.status, &report["identical"], &report["compared"]),
        (0, &json!(true), &json!("bytes"))
    );
    let bytes: u64 = layers.iter().map(|layer| fs::metadata(a.join(path_of(layer))).unwrap().len()).sum();
    assert_eq!(report["summary"]["bytes_compared"], bytes);

    // Nobody who does not read them can tell.
    flip(&a.join(path_of(&layers[0])));
    engine.write(&file, "apq");
    let outcome = compare(&root, &a, &["app:v1"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["compared"]), (0, &json!("digests")));
    assert!(report["warnings"].to_string().contains("no layer was read"), "{report}");
    let table = run(&["diff", text(&root), text(&a), "--ref", "app:v1"]);
    let words = [": the same by digests\n", "no layer was read: --deep compares"];
    assert!(words.iter().all(|words| table.text().contains(words)), "{}", table.text());
    assert!(!table.text().contains("identical"), "{}", table.text());
    for jobs in ["1", "4"] {
        let outcome = compare(&root, &a, &["app:v1", "--deep", "-j", jobs]);
        let rows = rows(&outcome.json());
        assert_eq!((outcome.status, rows.len()), (1, 2));
        assert!(rows[0].starts_with(&format!("layer differs DiffID {}; in b: its bytes hash", layers[0])));
        assert!(rows[1].starts_with(&format!("layer differs DiffID {}; in a: it unpacks to", layers[1])));
    }
    let registry = fixture::root("registry");
    let outcome = compare(&registry, &registry, &["a:v1", "--deep"]);
    assert!(outcome.status == 2 && outcome.stderr.contains("different kinds"), "{}", outcome.stderr);
}

#[test]
fn what_an_engine_noted_of_a_registrys_blobs_counts() {
    let host = fixture::project().join("fixtures/host");
    let dir = tempfile::tempdir().unwrap();
    let (registry, engine) = (dir.path().join("registry"), dir.path().join("engine"));
    copy(&host.join("registry"), &registry);
    copy(&host.join("overlay2"), &engine);
    let resolved = run(&["resolve", "tool", "-f", "json", "-r", text(&registry)]).json();
    let hops = resolved["hops"].as_array().unwrap();
    let path = |kind: &str| hops.iter().find(|hop| hop["kind"] == kind).unwrap()["path"].as_str().unwrap();
    let v2 = registry.join("docker/registry/v2");
    let config = fs::read(v2.join(path("config"))).unwrap();
    // Without a config to state DiffIDs, the layers are known all the same.
    fs::write(v2.join(path("config")), "{").unwrap();
    let report = compare(&registry, &engine, &["tool"]).json();
    let said: Vec<&str> = states(&report).into_iter().map(|(_, state)| state).collect();
    assert_eq!(said, ["differs", "equal", "equal"], "{report:#}");
    // A config that states another than what was pulled is told.
    fs::write(v2.join(path("config")), config).unwrap();
    let of_engine = run(&["resolve", "tool", "-f", "json", "-r", text(&engine)]).json();
    let of_kind = |kind: &str| -> Vec<String> {
        let hops = of_engine["hops"].as_array().unwrap().iter().filter(|hop| hop["kind"] == kind);
        hops.map(|hop| hop["digest"].as_str().unwrap().to_owned()).collect()
    };
    let (diffs, blobs) = (of_kind("layer"), of_kind("origin"));
    let noted = engine.join("image/overlay2/distribution");
    let by_diff = noted.join(format!("v2metadata-by-diffid/sha256/{}", paths::hex(&diffs[1])));
    let list = fs::read_to_string(&by_diff).unwrap().replace(&blobs[1], &blobs[0]);
    fs::write(by_diff, list).unwrap();
    fs::write(noted.join(format!("diffid-by-digest/sha256/{}", paths::hex(&blobs[0]))), &diffs[1]).unwrap();
    let rows = rows(&compare(&registry, &engine, &["tool"]).json());
    assert!(rows[0].contains("diffid-by-digest in b says that it unpacks to"), "{rows:?}");
}

/// A layout that lists an index as `v1`, and the children of that.
fn of_artifacts(names: &[&str]) -> (Layout, Vec<String>) {
    let mut layout = Layout::new();
    let empty = layout.blob("{}");
    let empty = layout.descriptor("application/vnd.oci.empty.v1+json", &empty);
    let artifacts = names.iter().map(|name| {
        let layer = layout.descriptor("text/plain", &layout.blob(name));
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": empty, "layers": [layer] });
        layout.blob(manifest.to_string())
    });
    let artifacts: Vec<String> = artifacts.collect();
    let children: Vec<&str> = artifacts.iter().map(String::as_str).collect();
    let index = layout.index(MANIFEST, &children);
    layout.list(INDEX, &index, Some("v1"));
    (layout, artifacts)
}

#[test]
fn images_of_one_config_are_told_apart_by_their_manifests() {
    let names = ["one", "two", "three"];
    let (a, artifacts) = of_artifacts(&names);
    let (b, _) = of_artifacts(&names);
    let outcome = compare(&a.root(), &b.root(), &["v1"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["identical"]), (0, &json!(true)), "{report:#}");
    assert_eq!(states(&report).iter().filter(|hop| **hop == ("manifest", "equal")).count(), 3);
    for (lost, artifact) in names.iter().zip(&artifacts) {
        let (b, _) = of_artifacts(&names);
        fs::remove_file(b.at(&path_of(&sha256(lost.as_bytes())))).unwrap();
        for (one, other, change) in [(&a, &b, "only-in-a"), (&b, &a, "only-in-b")] {
            let outcome = compare(&one.root(), &other.root(), &["v1"]);
            let report = outcome.json();
            assert_eq!((outcome.status, rows(&report).len()), (1, 1), "{report:#}");
            assert!(rows(&report)[0].starts_with(&format!("layer {change} ")), "{report:#}");
        }
        // Without its manifest nothing leads to its layer; the config is that of others too.
        fs::remove_file(b.at(&path_of(artifact))).unwrap();
        for (one, other, change) in [(&a, &b, "only-in-a"), (&b, &a, "only-in-b")] {
            let report = compare(&one.root(), &other.root(), &["v1"]).json();
            assert_eq!(report["faults"], json!([]));
            let kind = |row: &String| row.split(" DiffID").next().unwrap().trim().to_owned();
            let kinds: BTreeSet<String> = rows(&report).iter().map(kind).collect();
            assert_eq!(kinds, [format!("layer {change}"), format!("manifest {change}")].into());
        }
    }
}

#[test]
fn a_part_that_nobody_can_look_up_makes_no_identical_image() {
    let (mut a, mut b) = (Layout::new(), Layout::new());
    for layout in [&mut a, &mut b] {
        let image = layout.image(&["base"]);
        let manifest = fs::read_to_string(layout.at(&path_of(&image))).unwrap();
        let layer = serde_json::from_str::<Value>(&manifest).unwrap()["layers"][0]["digest"].clone();
        let image = layout.blob(manifest.replace(layer.as_str().unwrap(), "blake3:abcd"));
        layout.list(MANIFEST, &image, Some("v1"));
    }
    let outcome = compare(&a.root(), &b.root(), &["v1"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["identical"]), (1, &json!(false)), "{report:#}");
    assert!(report["faults"][0].as_str().unwrap().contains("the layer blake3:abcd is "), "{report:#}");
}

//! `export`: what comes out is what went in, digest by digest, and other programs take it.

mod salvage;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::engine::Engine;
use crate::support::fixture::{self, TREES};
use crate::support::layout::{INDEX, Layout, MANIFEST, path_of};
use crate::support::paths;
use crate::support::run::{Outcome, run};

/// Exports with a report in JSON.
fn export(root: &Path, args: &[&str], to: &Path) -> Outcome {
    let (root, to) = (root.to_str().unwrap(), to.to_str().unwrap());
    run(&[&["export"], args, &[to, "--format", "json", "--root", root]].concat())
}

fn json_at(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Every blob of a layout, each hashed.
fn blobs(layout: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut blobs = BTreeMap::new();
    for algorithm in fs::read_dir(layout.join("blobs")).unwrap() {
        let algorithm = algorithm.unwrap();
        for blob in fs::read_dir(algorithm.path()).unwrap() {
            let blob = blob.unwrap();
            let name =
                format!("{}:{}", algorithm.file_name().to_str().unwrap(), blob.file_name().to_str().unwrap());
            let bytes = fs::read(blob.path()).unwrap();
            if let Some(hex) = name.strip_prefix("sha256:") {
                assert_eq!(paths::sha256(&bytes), format!("sha256:{hex}"));
            }
            blobs.insert(name, bytes);
        }
    }
    blobs
}

/// The names and digests that a layout lists.
fn listed(layout: &Path) -> BTreeSet<(Option<String>, String)> {
    let index = json_at(&layout.join("index.json"));
    let entries = index["manifests"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let name = entry["annotations"]["org.opencontainers.image.ref.name"].as_str().map(str::to_owned);
            (name, entry["digest"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn findings(layout: &Path) -> Value {
    run(&["verify", "--deep", "--notes", "--format", "json", "--root", layout.to_str().unwrap()]).json()["findings"].clone()
}

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("layout");
    (dir, to)
}

#[test]
fn all_of_a_sound_registry_comes_out_under_its_names() {
    for tree in TREES.into_iter().filter(|tree| ["registry", "alias", "uploads", "tagless"].contains(tree)) {
        let (_dir, to) = scratch();
        let outcome = export(&fixture::root(tree), &["--all"], &to);
        assert_eq!(outcome.status, 0, "{tree}: {}{}", outcome.text(), outcome.stderr);
        let named: BTreeSet<(String, String)> =
            listed(&to).into_iter().filter_map(|(name, digest)| Some((name?, digest))).collect();
        let tags = fixture::tags(tree).into_iter();
        let expected = tags.map(|(repository, tag, digest)| (format!("{repository}:{tag}"), digest));
        assert_eq!(named, expected.collect(), "{tree}");
        let blobs = blobs(&to);
        let report = outcome.json();
        assert_eq!(report["summary"]["blobs"], blobs.len(), "{tree}");
        let bytes: usize = blobs.values().map(Vec::len).sum();
        assert_eq!(report["summary"]["bytes"], bytes, "{tree}");
        // What a registry does not mind is all that is left to say.
        let errors = findings(&to);
        let codes: BTreeSet<&str> =
            errors.as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        assert!(codes.iter().all(|code| ["subject-missing"].contains(code)), "{tree}: {errors:#}");
    }
}

#[test]
fn a_layout_exported_from_a_layout_is_the_same() {
    let (_dir, to) = scratch();
    export(&fixture::root("registry"), &["--all"], &to);
    let again = to.with_file_name("again");
    assert_eq!(export(&to, &["--all"], &again).status, 0);
    assert_eq!(listed(&to), listed(&again));
    assert_eq!(blobs(&to), blobs(&again));
    let one = to.with_file_name("one");
    assert_eq!(export(&to, &["team/app/web:latest"], &one).status, 0);
    let (name, digest) = listed(&one).pop_first().unwrap();
    assert_eq!(name.as_deref(), Some("team/app/web:latest"));
    assert!(listed(&to).contains(&(name, digest)));
}

#[test]
fn one_image_comes_out_with_nothing_else() {
    let (_dir, to) = scratch();
    let outcome = export(&fixture::root("registry"), &["a:v1"], &to);
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    let resolved = fixture::ask_json("registry", &["resolve", "a:v1"]);
    let hops = resolved["hops"].as_array().unwrap().iter();
    let needed: BTreeSet<&str> = hops
        .filter(|hop| hop["path"].as_str().unwrap().starts_with("blobs/"))
        .map(|hop| hop["digest"].as_str().unwrap())
        .collect();
    assert_eq!(blobs(&to).keys().map(String::as_str).collect::<BTreeSet<_>>(), needed);
    assert_eq!(
        listed(&to),
        [(Some("v1".to_owned()), resolved["digest"].as_str().unwrap().to_owned())].into()
    );
}

/// Two images that share a layer.
fn stage() -> (Layout, String, String) {
    let mut layout = Layout::new();
    let good = layout.image(&["base", "good"]);
    let bad = layout.image(&["base", "bad"]);
    layout.list(MANIFEST, &good, Some("good"));
    layout.list(MANIFEST, &bad, Some("bad"));
    (layout, good, bad)
}

fn last_layer(layout: &Layout, image: &str) -> PathBuf {
    let manifest = json_at(&layout.at(&path_of(image)));
    layout.at(&path_of(manifest["layers"][1]["digest"].as_str().unwrap()))
}

#[test]
fn a_damaged_image_is_left_out_and_the_others_come_out_without_it() {
    for how in ["altered", "removed", "a directory"] {
        let (layout, good, bad) = stage();
        let layer = last_layer(&layout, &bad);
        fs::remove_file(&layer).unwrap();
        match how {
            "altered" => fs::write(&layer, "other bytes").unwrap(),
            "a directory" => fs::create_dir(&layer).unwrap(),
            _ => {}
        }
        let (dir, to) = scratch();
        let outcome = export(&layout.root(), &["bad"], &to);
        assert_eq!(outcome.status, 1, "{how}");
        let report = outcome.json();
        assert_eq!((&report["written"], &report["images"][0]["exported"]), (&json!(false), &json!(false)));
        assert!(report["images"][0]["detail"].as_str().unwrap().contains("sha256:"), "{how}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "{how}: nothing is left behind");

        let outcome = export(&layout.root(), &["--all"], &to);
        assert_eq!(outcome.status, 1, "{how}");
        assert_eq!(outcome.json()["summary"]["left_out"], 1);
        assert_eq!(listed(&to), [(Some("good".to_owned()), good)].into());
        assert_eq!(findings(&to), json!([]), "{how}");
        assert_eq!(blobs(&to).len(), 4, "{how}: what only the damaged image needs is not there");
    }
}

#[test]
fn an_altered_index_takes_its_sound_children_with_it_no_more_than_an_absent_one() {
    let mut layout = Layout::new();
    let child = layout.image(&["base"]);
    let index = layout.index(MANIFEST, &[&child]);
    layout.list(INDEX, &index, None);
    layout.list(MANIFEST, &child, None);
    let (_dir, sound) = scratch();
    assert_eq!(export(&layout.root(), &["--all"], &sound).status, 0);
    assert_eq!(listed(&sound), [(None, index.clone())].into());
    let path = layout.at(&path_of(&index));
    let altered = fs::read_to_string(&path).unwrap() + " ";
    fs::write(&path, altered).unwrap();
    let (_dir, to) = scratch();
    assert_eq!(export(&layout.root(), &["--all"], &to).status, 1);
    assert_eq!(listed(&to), [(None, child)].into());
}

#[test]
fn an_index_comes_out_with_the_children_that_are_there_and_not_without_any() {
    for (depth, gone) in [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (2, 3)] {
        let mut layout = Layout::new();
        let children = [layout.image(&["one"]), layout.image(&["two"])];
        let mut index = layout.index(MANIFEST, &[&children[0], &children[1]]);
        let inner = index.clone();
        if depth == 2 {
            index = layout.index(INDEX, &[&index]);
        }
        layout.list(INDEX, &index, Some("v1"));
        let missing = if gone == 3 { vec![&inner] } else { children.iter().take(gone).collect() };
        for digest in &missing {
            fs::remove_file(layout.at(&path_of(digest))).unwrap();
        }
        for args in [["v1"], ["--all"]] {
            let case = format!("{depth} deep, {gone} gone, {args:?}");
            let (_dir, to) = scratch();
            let outcome = export(&layout.root(), &args, &to);
            let report = outcome.json();
            assert_eq!(report["warnings"].as_array().unwrap().len(), missing.len(), "{case}: {report:#}");
            if gone >= 2 {
                assert_eq!((outcome.status, to.exists()), (1, false), "{case}: {report:#}");
                let why = report["images"][0]["detail"].as_str().unwrap();
                assert!(
                    why.contains("none of the manifests that the index lists is in the store"),
                    "{case}: {why}"
                );
                continue;
            }
            assert_eq!(outcome.status, 0, "{case}: {report:#}");
            assert_eq!(listed(&to), [(Some("v1".to_owned()), index.clone())].into(), "{case}");
            let out = blobs(&to);
            let is_out = |digest: &String| out.contains_key(digest);
            assert!(
                is_out(&inner) && !missing.iter().any(|gone| is_out(gone)) && is_out(&children[1]),
                "{case}"
            );
        }
    }
    // One that lists nothing lacks nothing.
    let mut layout = Layout::new();
    let index = layout.index(MANIFEST, &[]);
    layout.list(INDEX, &index, None);
    assert_eq!(export(&layout.root(), &["--all"], &scratch().1).status, 0);
}

#[test]
fn an_image_that_is_not_there_or_not_the_one_asked_for_is_not_exported() {
    let (layout, good, _) = stage();
    let (_dir, to) = scratch();
    let outcome = export(&layout.root(), &["god"], &to);
    assert_eq!((outcome.status, to.exists()), (1, false));
    assert!(outcome.text().contains("good"), "{}", outcome.text());
    let outcome = export(&layout.root(), &[&format!("app:bad@{good}")], &to);
    assert_eq!((outcome.status, to.exists()), (1, false));
    let outcome = export(&fixture::root("registry"), &["a:v9"], &to);
    assert_eq!((outcome.status, to.exists()), (1, false));
}

#[test]
fn nothing_is_written_inside_the_root_or_over_anything() {
    let (layout, ..) = stage();
    let (dir, to) = scratch();
    let before = blobs(&layout.root());
    for place in [layout.root(), layout.at("new"), layout.at("blobs/new")] {
        let outcome = export(&layout.root(), &["good"], &place);
        assert_eq!(outcome.status, 2, "{}", place.display());
    }
    assert_eq!(blobs(&layout.root()), before);
    fs::create_dir(&to).unwrap();
    fs::write(to.join("file"), "mine").unwrap();
    let outcome = export(&layout.root(), &["good"], &to);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains("it is not empty"), "{}", outcome.stderr);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(run(&["export", "good", "--root", &layout.root_text()]).status, 2);
    assert_eq!(run(&["export", "good", "--all", to.to_str().unwrap()]).status, 2);
}

#[test]
fn only_hard_links_share_the_file() {
    let (layout, good, _) = stage();
    let inode = |root: &Path| fs::metadata(root.join(path_of(&good))).unwrap().ino();
    for (args, shares, member) in
        [(&["good"][..], false, "hard_linked"), (&["good", "--hard-link"], true, "hard_linked")]
    {
        let to = layout.outside().join(if shares { "linked" } else { "copied" });
        let outcome = export(&layout.root(), args, &to);
        assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        assert_eq!(inode(&layout.root()) == inode(&to), shares);
        assert_eq!(outcome.json()["summary"][member], if shares { 4 } else { 0 });
    }
    // Landlock lets no file of the root be one that may be written to.
    let to = layout.outside().join("told");
    let args = ["export", "good", to.to_str().unwrap(), "--hard-link", "-v", "--root", &layout.root_text()];
    assert!(run(&args).stderr.contains("no sandbox: with --hard-link there can be none"));
    // A blob that is not what it should be is not left behind under either name.
    fs::write(last_layer(&layout, &good), "altered").unwrap();
    let to = layout.outside().join("again");
    assert_eq!(export(&layout.root(), &["good", "--hard-link"], &to).status, 1);
    assert_eq!(fs::read(last_layer(&layout, &good)).unwrap(), b"altered");
}

#[test]
fn an_engines_images_come_out_under_their_ids_with_every_layer_proved() {
    for driver in ["overlay2", "vfs"] {
        let root = fixture::project().join("fixtures/host").join(driver);
        let (_dir, to) = scratch();
        let outcome = export(&root, &["--all"], &to);
        assert_eq!(outcome.status, 0, "{}{}", outcome.text(), outcome.stderr);
        assert_eq!(findings(&to), json!([]), "{driver}");
        let blobs = blobs(&to);
        let inspected = format!("fixtures/recorded/host/{driver}-inspect.json");
        for image in json_at(&fixture::project().join(inspected)).as_array().unwrap() {
            let id = image["Id"].as_str().unwrap();
            assert!(blobs.contains_key(id), "{driver} {id}");
            for layer in image["RootFS"]["Layers"].as_array().unwrap() {
                assert!(blobs.contains_key(layer.as_str().unwrap()), "{driver} {layer}");
            }
            let names: BTreeSet<&str> =
                image["RepoTags"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            let manifests: BTreeSet<String> = listed(&to)
                .into_iter()
                .filter(|(_, digest)| {
                    let manifest: Value = serde_json::from_slice(&blobs[digest]).unwrap();
                    manifest["config"]["digest"] == id
                })
                .filter_map(|(name, _)| name)
                .collect();
            assert_eq!(manifests.iter().map(String::as_str).collect::<BTreeSet<_>>(), names);
        }
        let one = to.with_file_name("one");
        assert_eq!(export(&root, &["127.0.0.1:5000/team/app"], &one).status, 0);
        assert_eq!(listed(&one).pop_first().unwrap().0.as_deref(), Some("latest"));
        if is_there("umoci") && rustix::process::geteuid().is_root() {
            let bundle = to.with_file_name("bundle");
            must(
                "umoci",
                &["unpack", "--image", &format!("{}:latest", one.display()), bundle.to_str().unwrap()],
            );
            assert!(bundle.join("rootfs/srv/app/3").exists() && !bundle.join("rootfs/opt/old").exists());
        }
    }
}

#[test]
fn an_engines_image_with_a_changed_file_is_left_out() {
    let mut engine = Engine::new();
    engine.image(&["app:good"], &["base", "good"]);
    let (_, layers) = engine.image(&["app:bad"], &["base", "bad"]);
    engine.write(&format!("{}/etc/file", layers[1].files()), "dab");
    let (_dir, to) = scratch();
    let outcome = export(&engine.root(), &["--all"], &to);
    assert_eq!(outcome.status, 1);
    assert_eq!(listed(&to).len(), 1);
    assert_eq!(findings(&to), json!([]));
    let again = to.with_file_name("again");
    assert_eq!(export(&engine.root(), &["app:bad"], &again).status, 1);
    assert_eq!(export(&engine.root(), &[&layers[0].diff], &again).status, 1, "a layer is no image");
    assert!(!again.exists());
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

#[expect(clippy::print_stderr, reason = "whoever reads the log is to know what was not tested")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

fn must(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn skopeo_takes_what_was_exported_and_keeps_every_digest() {
    if !is_there("skopeo") {
        return skipped("there is no skopeo");
    }
    for (reference, tag) in [("tools/umoci:oci", ":oci"), ("a:v1", ""), ("multi/index:v1", ":v1")] {
        let (_dir, to) = scratch();
        assert_eq!(export(&fixture::root("registry"), &[reference], &to).status, 0);
        let copy = to.with_file_name("copy");
        // A directory keeps manifests of any format as they are.
        let (from, into) = (format!("oci:{}{tag}", to.display()), format!("dir:{}", copy.display()));
        must("skopeo", &["--insecure-policy", "copy", "-q", "--all", "--preserve-digests", &from, &into]);
        let digest = fixture::ask_json("registry", &["resolve", reference])["digest"].clone();
        let manifest = fs::read(copy.join("manifest.json")).unwrap();
        assert_eq!(paths::sha256(&manifest), digest.as_str().unwrap(), "{reference}");
    }
}

#[test]
fn umoci_unpacks_what_was_exported() {
    if !is_there("umoci") || !rustix::process::geteuid().is_root() {
        return skipped("there is no umoci, or it would need --rootless");
    }
    let (_dir, to) = scratch();
    assert_eq!(export(&fixture::root("registry"), &["tools/umoci:oci"], &to).status, 0);
    let bundle = to.with_file_name("bundle");
    must("umoci", &["unpack", "--image", &format!("{}:oci", to.display()), bundle.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(bundle.join("rootfs/opt/hello/hello")).unwrap(), "hello from umoci\n");
}

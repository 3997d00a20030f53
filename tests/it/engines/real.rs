//! `fixtures/host`: two engines that pulled from one registry, and what `docker` and `skopeo` said of the images.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::fixture::project;
use crate::support::run::{Outcome, run};

const DRIVERS: [&str; 2] = ["overlay2", "vfs"];

fn root(tree: &str) -> PathBuf {
    project().join("fixtures/host").join(tree)
}

fn ask(root: &Path, args: &[&str]) -> Outcome {
    run(&[args, &["--format", "json", "--root", root.to_str().unwrap()]].concat())
}

fn recorded(file: &str) -> Value {
    serde_json::from_str(&text(file)).unwrap()
}

fn text(file: &str) -> String {
    fs::read_to_string(project().join("fixtures/recorded/host").join(file)).unwrap()
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().map(|item| item.as_str().unwrap())
}

/// A copy that may be damaged, with the empty directories that Git does not keep.
fn copy(tree: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("docker");
    let status =
        std::process::Command::new("cp").args(["-a", root(tree).to_str().unwrap()]).arg(&to).status();
    assert!(status.unwrap().success());
    (dir, to)
}

/// What a resolved image says: the id, and of each layer the DiffID, the directory and the digests it came as.
fn layers(report: &Value) -> Vec<(String, Value, Vec<String>)> {
    let mut layers: Vec<(String, Value, Vec<String>)> = Vec::new();
    for hop in report["hops"].as_array().unwrap() {
        match hop["kind"].as_str().unwrap() {
            "layer" => {
                layers.push((hop["digest"].as_str().unwrap().to_owned(), hop["local"].clone(), Vec::new()));
            }
            "origin" => layers.last_mut().unwrap().2.push(hop["digest"].as_str().unwrap().to_owned()),
            _ => {}
        }
    }
    layers
}

#[test]
fn every_id_that_docker_prints_is_found_and_explained() {
    for driver in DRIVERS {
        let root = root(driver);
        for image in recorded(&format!("{driver}-inspect.json")).as_array().unwrap() {
            let id = image["Id"].as_str().unwrap();
            let short = &id["sha256:".len()..][..12];
            let names = strings(&image["RepoTags"]).chain(strings(&image["RepoDigests"]));
            for name in names.chain([id, short, &id["sha256:".len()..]]) {
                let outcome = ask(&root, &["resolve", name]);
                assert_eq!(outcome.status, 0, "{driver} {name}: {}", outcome.text());
                let report = outcome.json();
                assert_eq!(report["digest"], id, "{name}");
                let config =
                    report["hops"].as_array().unwrap().iter().find(|hop| hop["kind"] == "config").unwrap();
                assert_eq!(
                    config["platform"],
                    format!("{}/{}", image["Os"].as_str().unwrap(), image["Architecture"].as_str().unwrap())
                );
                let ours: Vec<String> = layers(&report).into_iter().map(|(diff, ..)| diff).collect();
                assert!(ours.iter().eq(strings(&image["RootFS"]["Layers"])), "{name}");
                // What docker calls the size is that of the layers.
                let bytes = report["total_size"].as_u64().unwrap() - config["size"].as_u64().unwrap();
                assert_eq!(bytes, image["Size"].as_u64().unwrap(), "{name}");
            }
            for layer in strings(&image["RootFS"]["Layers"]) {
                let outcome = ask(&root, &["resolve", layer]);
                let report = outcome.json();
                assert_eq!((outcome.status, &report["hops"][0]["kind"]), (0, &json!("layer")), "{layer}");
                assert!(report["warnings"][0].as_str().unwrap().contains("is the DiffID of a layer"));
            }
            // The directories that docker says the image is made of, the uppermost first.
            let data = &image["GraphDriver"]["Data"];
            if driver == "overlay2" {
                let lower = data["LowerDir"].as_str().into_iter().flat_map(|dirs| dirs.split(':'));
                let theirs: Vec<&str> = [data["UpperDir"].as_str().unwrap()]
                    .into_iter()
                    .chain(lower)
                    .map(|path| path.rsplit('/').nth(1).unwrap())
                    .collect();
                let report = ask(&root, &["resolve", id]).json();
                let ours: Vec<String> = layers(&report)
                    .into_iter()
                    .rev()
                    .map(|(_, local, _)| local["cache_id"].as_str().unwrap().to_owned())
                    .collect();
                assert_eq!(ours, theirs, "{id}");
                for cache_id in theirs {
                    let report = ask(&root, &["resolve", cache_id]).json();
                    assert!(report["warnings"][0].as_str().unwrap().contains("is the cache-id of a layer"));
                }
            }
        }
        let images = text(&format!("{driver}-images.txt"));
        for line in images.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let id = words[3];
            let mut names = vec![
                format!("{}@{}", words[0], words[2]),
                format!("{}:{}", words[0], words[1]),
                words[2].to_owned(),
            ];
            names.retain(|name| !name.contains("<none>"));
            for name in names {
                assert_eq!(ask(&root, &["resolve", &name]).json()["digest"], id, "{driver} {name}");
            }
        }
    }
}

#[test]
fn the_digests_that_skopeo_prints_lead_to_the_layers() {
    for driver in DRIVERS {
        let root = root(driver);
        for (name, inspected) in recorded("skopeo-inspect.json").as_object().unwrap() {
            let manifest = inspected["Digest"].as_str().unwrap();
            let resolved = ask(&root, &["resolve", &format!("127.0.0.1:5000/{name}")]);
            let is_there = resolved.status == 0;
            // Version 1 was removed while a container kept its layers.
            assert_eq!(is_there, !["team/app:v1", "team/app:v2"].contains(&name.as_str()), "{driver} {name}");
            for layer in strings(&inspected["Layers"]) {
                let report = ask(&root, &["resolve", layer]);
                assert_eq!(report.status, 0, "{driver} {layer}: {}", report.text());
                let report = report.json();
                assert!(layers(&report)[0].2.contains(&layer.to_owned()));
                assert!(
                    report["warnings"][0].as_str().unwrap().contains("is the compressed digest of a layer")
                );
            }
            if is_there {
                let by_digest = ask(&root, &["resolve", manifest]).json();
                let report = resolved.json();
                assert_eq!(by_digest["digest"], report["digest"]);
                let ours: Vec<Vec<String>> =
                    layers(&report).into_iter().map(|(.., origins)| origins).collect();
                assert!(
                    ours.iter()
                        .zip(strings(&inspected["Layers"]))
                        .all(|(ours, theirs)| ours.contains(&theirs.to_owned()))
                );
                assert_eq!(ours.len(), strings(&inspected["Layers"]).count());
            }
        }
    }
}

#[test]
fn every_layer_is_proved_and_one_flipped_byte_is_found() {
    for driver in DRIVERS {
        let outcome = ask(&root(driver), &["verify", "--deep", "--notes"]);
        let report = outcome.json();
        assert_eq!((outcome.status, &report["findings"]), (0, &json!([])), "{driver}");
        assert_eq!(report["summary"]["blobs"], 8);
        assert_eq!(
            report["summary"]["bytes_hashed"], report["summary"]["bytes"],
            "{driver}: every byte counts"
        );

        let (_dir, copy) = copy(driver);
        let resolved = ask(&copy, &["resolve", "127.0.0.1:5000/tool"]).json();
        let directory =
            resolved["hops"].as_array().unwrap().iter().find(|hop| hop["kind"] == "directory").unwrap();
        let directory = directory["path"].as_str().unwrap();
        let file = copy.join(directory).join("usr/share/tool/data");
        let mut bytes = fs::read(&file).unwrap();
        bytes[100] ^= 1;
        fs::write(&file, bytes).unwrap();
        assert_eq!(ask(&copy, &["verify"]).status, 0, "no name tells");
        let outcome = ask(&copy, &["verify", "--deep"]);
        let report = outcome.json();
        assert_eq!(outcome.status, 1);
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{report:#}");
        assert_eq!(
            (&findings[0]["code"], &findings[0]["path"]),
            (&json!("layer-content-mismatch"), &json!(directory))
        );
        assert_eq!(findings[0]["affects"], json!(["127.0.0.1:5000/tool:latest"]));
        let other = ask(&copy, &["verify", "--deep", "127.0.0.1:5000/team/app"]);
        assert_eq!(other.status, 0, "{}", other.text());
    }
}

#[test]
fn what_was_leaked_and_what_lost_its_tag_are_orphans_and_what_a_container_needs_is_not() {
    for driver in DRIVERS {
        let root = root(driver);
        let inspected = recorded(&format!("{driver}-inspect.json"));
        let dangling: Vec<&str> = inspected
            .as_array()
            .unwrap()
            .iter()
            .filter(|image| image["RepoTags"].as_array().unwrap().is_empty())
            .map(|image| image["Id"].as_str().unwrap())
            .collect();
        let report = ask(&root, &["orphans"]);
        assert_eq!(report.status, 0);
        let report = report.json();
        let objects = report["objects"].as_array().unwrap();
        let of =
            |kind: &str| -> Vec<&Value> { objects.iter().filter(|object| object["kind"] == kind).collect() };
        assert_eq!(
            of("image").iter().map(|object| object["digest"].as_str().unwrap()).collect::<Vec<_>>(),
            dangling
        );
        let layers = of("layer");
        assert_eq!(layers.len(), 1);
        let leaked =
            fs::read_to_string(root.join(layers[0]["path"].as_str().unwrap()).join("cache-id")).unwrap();
        let holds_leaked = ["diff/usr/share/leaked/about", "usr/share/leaked/about"].iter().any(|file| {
            root.join("overlay2").join(&leaked).join(file).exists()
                || root.join("vfs/dir").join(&leaked).join(file).exists()
        });
        assert!(holds_leaked);
        assert_eq!(objects.len(), 2, "{report:#}");
        // The container is the last to need a layer of the image that was removed.
        let refs = ask(&root, &["refs", "6e1718067b93"]).json();
        assert_eq!((&refs["uses"], &refs["linked_from"]), (&json!([]), &json!(["container keeper"])));
    }
}

#[test]
fn what_images_need_adds_up_to_what_is_there() {
    for driver in DRIVERS {
        let report = ask(&root(driver), &["du"]).json();
        let summary = &report["summary"];
        let parts = ["unique_total", "shared_total", "untagged", "unknown", "orphans"];
        let sum: u64 = parts.iter().map(|part| summary[part].as_u64().unwrap()).sum();
        assert_eq!(summary["total"], sum);
        assert_eq!((&summary["orphans"], &summary["untagged"]), (&json!(978), &json!(540)));
        let rows = report["rows"].as_array().unwrap();
        let unique: u64 = rows.iter().map(|row| row["unique"].as_u64().unwrap()).sum();
        assert_eq!(summary["unique_total"], unique);
    }
}

#[test]
fn the_layouts_of_skopeo_and_umoci_are_as_they_say() {
    let stat = recorded("umoci-stat.json");
    for (name, stat) in stat.as_object().unwrap() {
        let (layout, name) = name.split_once(':').unwrap();
        let root = root("layouts").join(layout);
        let verified = ask(&root, &["verify", "--deep"]);
        assert_eq!((verified.status, &verified.json()["findings"]), (0, &json!([])), "{layout}");
        let report = ask(&root, &["resolve", name]).json();
        assert_eq!(report["complete"], true);
        let hops = report["hops"].as_array().unwrap().iter();
        let ours: BTreeSet<(&str, u64)> = hops
            .filter(|hop| hop["kind"] == "layer")
            .map(|hop| (hop["digest"].as_str().unwrap(), hop["size"].as_u64().unwrap()))
            .collect();
        let theirs = stat["history"].as_array().unwrap().iter().filter(|entry| !entry["layer"].is_null());
        let theirs: BTreeSet<(&str, u64)> = theirs
            .map(|entry| {
                (entry["layer"]["digest"].as_str().unwrap(), entry["layer"]["size"].as_u64().unwrap())
            })
            .collect();
        assert_eq!(ours, theirs, "{layout}:{name}");
    }
}

#[test]
fn the_way_leads_from_a_tag_in_the_registry_to_the_directory_on_the_host() {
    let registry = ask(&root("registry"), &["resolve", "tool:latest"]).json();
    let blobs = registry["hops"].as_array().unwrap().iter().filter(|hop| hop["kind"] == "layer");
    let blobs: Vec<&str> = blobs.map(|hop| hop["digest"].as_str().unwrap()).collect();
    let engine = ask(&root("overlay2"), &["resolve", "127.0.0.1:5000/tool"]).json();
    let ours: Vec<Vec<String>> = layers(&engine).into_iter().map(|(.., origins)| origins).collect();
    assert_eq!(ours, blobs.iter().map(|blob| vec![(*blob).to_owned()]).collect::<Vec<_>>());
    // The config is the same file on both sides.
    let config = registry["hops"].as_array().unwrap().iter().find(|hop| hop["kind"] == "config").unwrap();
    assert_eq!(config["digest"], engine["digest"]);
}

/// What `diff --ref` says of an image on two sides: kind and state of each part.
fn compare(a: &Path, b: &Path, reference: &str) -> (i32, Vec<(String, String)>, Value) {
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());
    let outcome = run(&["diff", "--ref", reference, a, b, "--format", "json"]);
    let report = outcome.json();
    let text = |hop: &Value, member: &str| hop[member].as_str().unwrap().to_owned();
    let hops = report["hops"].as_array().unwrap().iter();
    let hops = hops.map(|hop| (text(hop, "kind"), text(hop, "state"))).collect();
    (outcome.status, hops, report)
}

#[test]
fn an_image_is_the_same_in_the_registry_and_on_the_hosts_that_pulled_it() {
    let equal = |kinds: &[&str]| -> Vec<(String, String)> {
        kinds.iter().map(|kind| ((*kind).to_owned(), "equal".to_owned())).collect()
    };
    for driver in DRIVERS {
        for name in ["127.0.0.1:5000/tool", "tool:latest"] {
            for (a, b) in [(root("registry"), root(driver)), (root(driver), root("registry"))] {
                let (status, hops, report) = compare(&a, &b, name);
                assert_eq!(
                    (status, hops),
                    (0, equal(&["config", "layer", "layer"])),
                    "{driver} {name}: {report:#}"
                );
                assert_eq!((&report["identical"], &report["compared"]), (&json!(true), &json!("digests")));
            }
        }
    }
    assert_eq!(compare(&root("overlay2"), &root("vfs"), "team/app:latest").0, 0);
    let (status, hops, _) = compare(&root("registry"), &root("layouts/skopeo"), "team/multi:v1");
    assert_eq!((status, hops.iter().all(|(_, state)| state == "equal")), (0, true));
}

#[test]
fn what_one_side_lacks_or_has_otherwise_is_told_layer_by_layer() {
    // The engine has one platform of the two.
    let (status, hops, report) = compare(&root("registry"), &root("overlay2"), "team/multi:v1");
    assert_eq!(status, 1);
    let said: Vec<&str> = hops.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!(said, ["equal", "equal", "equal", "only-in-a", "equal", "only-in-a"]);
    assert_eq!(report["summary"]["only_in_a"], 2);
    // skopeo wrote the config anew, for the same layers.
    let (status, hops, report) = compare(&root("registry"), &root("layouts/skopeo"), "team/app:v1");
    let said: Vec<&str> = hops.iter().take(3).map(|(_, state)| state.as_str()).collect();
    assert_eq!((status, said), (1, vec!["differs", "differs", "equal"]));
    assert_ne!(report["differences"][0]["digest_a"], report["differences"][0]["digest_b"]);
    // A layer whose directory is gone is not there.
    let (_dir, copy) = copy("overlay2");
    let resolved = ask(&copy, &["resolve", "tool"]).json();
    let directory =
        resolved["hops"].as_array().unwrap().iter().find(|hop| hop["kind"] == "directory").unwrap();
    fs::remove_dir_all(copy.join(directory["path"].as_str().unwrap())).unwrap();
    let (status, hops, _) = compare(&root("registry"), &copy, "tool");
    let said: Vec<&str> = hops.iter().map(|(_, state)| state.as_str()).collect();
    assert_eq!((status, said), (1, vec!["equal", "only-in-a", "equal"]));
    let (status, _, report) = compare(&root("registry"), &copy, "nothing");
    assert_eq!((status, &report["unknown"]), (1, &json!(["nothing"])));
}

#[test]
fn a_store_of_another_kind_is_compared_image_by_image() {
    let path = |tree: &str| root(tree).to_str().unwrap().to_owned();
    for (a, b) in [("overlay2", "vfs"), ("registry", "layouts/umoci"), ("layouts/skopeo", "overlay2")] {
        let outcome = run(&["diff", &path(a), &path(b)]);
        assert_eq!(outcome.status, 2);
        assert!(outcome.stderr.contains("name images with --ref"), "{}", outcome.stderr);
    }
    let inventory = run(&["inventory", &path("vfs")]);
    assert_eq!((inventory.status, inventory.stdout.is_empty()), (2, true));
    let donor = run(&["verify", "--donor", &path("vfs"), "--root", &path("registry")]);
    assert_eq!(donor.status, 2);
}

//! Which image a name or an id means in an engine.

use std::fs;

use serde_json::{Value, json};

use super::ask;
use crate::support::engine::{DRIVER, Engine, origin};
use crate::support::paths;

/// Status, digest and message of `resolve`.
fn resolved(engine: &Engine, name: &str) -> (i32, Value, Value) {
    let outcome = ask(engine, &["resolve", name]);
    let report = outcome.json();
    (outcome.status, report["digest"].clone(), report["message"].clone())
}

#[test]
fn a_tag_that_stands_for_another_image_than_the_digest_is_told() {
    let mut engine = Engine::new();
    let (one, _) = engine.image(&["app:v1"], &["one"]);
    let (two, _) = engine.image(&["app:v2"], &["two"]);
    let manifest = paths::sha256(b"the manifest of v2");
    engine.name(&format!("app@{manifest}"), &two);
    assert_eq!(resolved(&engine, &format!("app:v2@{manifest}")), (0, json!(two), json!(null)));
    let other = format!("app:v1@{manifest}");
    let (status, digest, message) = resolved(&engine, &other);
    assert_eq!((status, digest), (1, json!(two)));
    assert!(message.as_str().unwrap().contains(&one), "{message}");
    let verified = ask(&engine, &["verify", &other]);
    assert_eq!((verified.status, &verified.json()["findings"][0]["code"]), (1, &json!("reference-unknown")));
    let to = tempfile::tempdir().unwrap();
    let to = to.path().join("layout");
    assert_eq!(ask(&engine, &["export", &other, to.to_str().unwrap()]).status, 1);
    assert!(!to.exists());
    // An engine that pulls by digest drops the tag.
    assert_eq!(resolved(&engine, &format!("app:gone@{manifest}")).0, 0);
}

#[test]
fn a_digest_under_a_name_that_does_not_have_it_is_held_against_the_tag() {
    let mut engine = Engine::new();
    let (tool, layers) = engine.image(&["reg.example.com/tool:latest"], &["tool"]);
    let (app, _) = engine.image(&["reg.example.com/app:v1"], &["app"]);
    let manifest = paths::sha256(b"the manifest of app");
    engine.name(&format!("reg.example.com/app@{manifest}"), &app);
    for name in ["reg.example.com/tool:latest", "tool:latest"] {
        for digest in [&manifest, &app] {
            let (status, found, message) = resolved(&engine, &format!("{name}@{digest}"));
            assert_eq!((status, found), (1, json!(app)), "{name}@{digest}");
            assert!(message.as_str().unwrap().contains(&format!("{name} is {tool}")), "{message}");
        }
        assert_eq!(resolved(&engine, &format!("{name}@{tool}")), (0, json!(tool), json!(null)));
        let of_layer = resolved(&engine, &format!("{name}@{}", layers[0].chain));
        assert_eq!((of_layer.0, of_layer.1), (1, json!(layers[0].chain)));
    }
    // Without a tag, or of one that is gone, the digest is all there is.
    for name in ["tool", "tool:gone"] {
        assert_eq!(resolved(&engine, &format!("{name}@{manifest}")), (0, json!(app), json!(null)), "{name}");
    }
    let to = tempfile::tempdir().unwrap();
    let to = to.path().join("layout");
    let exported = ask(&engine, &["export", &format!("tool:latest@{manifest}"), to.to_str().unwrap()]);
    assert_eq!((exported.status, to.exists()), (1, false));
}

#[test]
fn a_tag_of_another_registry_does_not_speak_for_the_one_that_has_the_digest() {
    let mut engine = Engine::new();
    let (a, _) = engine.image(&["a.example.com/app:v1"], &["a"]);
    let (b, _) = engine.image(&["b.example.com/app:v1"], &["b"]);
    let manifest = |of: &str| paths::sha256(format!("the manifest of {of}").as_bytes());
    engine.name(&format!("a.example.com/app@{}", manifest("a")), &a);
    engine.name(&format!("b.example.com/app@{}", manifest("b")), &b);
    for (id, digest) in [(&a, manifest("a")), (&b, manifest("b")), (&a, a.clone()), (&b, b.clone())] {
        assert_eq!(resolved(&engine, &format!("app:v1@{digest}")), (0, json!(id), json!(null)));
    }
    // Of two registries that have the digest, it is the one that has the tag.
    engine.name(&format!("a.example.com/app@{}", manifest("b")), &b);
    let asked = format!("app:v1@{}", manifest("b"));
    assert_eq!(resolved(&engine, &asked), (0, json!(b), json!(null)));
    assert_eq!(ask(&engine, &["resolve", &asked]).json()["repository"], "b.example.com/app");
    let asked = format!("a.example.com/app:v1@{}", manifest("b"));
    assert_eq!((resolved(&engine, &asked).0, resolved(&engine, &asked).1), (1, json!(b)));
}

#[test]
fn only_what_looks_like_a_registrys_host_may_be_left_out() {
    let mut engine = Engine::new();
    let (other, _) = engine.image(&["bitnami/nginx:latest"], &["other"]);
    assert_eq!(resolved(&engine, "nginx").0, 1);
    assert_eq!(resolved(&engine, "docker.io/bitnami/nginx"), (0, json!(other), json!(null)));
    let (private, _) = engine.image(&["registry.example.com:5000/nginx:latest"], &["private"]);
    assert_eq!(resolved(&engine, "nginx"), (0, json!(private), json!(null)));
    let hint = ask(&engine, &["resolve", "nginx"]).json()["warnings"][0].clone();
    assert!(hint.as_str().unwrap().contains("of the registry registry.example.com:5000"), "{hint}");
    let (hub, _) = engine.image(&["nginx:latest"], &["of everyone"]);
    for name in ["nginx", "nginx:latest", "library/nginx", "docker.io/library/nginx", "index.docker.io/nginx"]
    {
        assert_eq!(resolved(&engine, name), (0, json!(hub), json!(null)), "{name}");
    }
    assert_eq!(resolved(&engine, "quay.io/nginx").0, 1, "another registry's is another image");
}

#[test]
fn an_image_of_several_names_goes_by_the_one_it_was_asked_by() {
    let mut engine = Engine::new();
    engine.image(&["alpha:x", "reg:5000/tool:v1"], &["tool"]);
    let report = ask(&engine, &["resolve", "tool:v1"]).json();
    assert_eq!((&report["repository"], &report["tag"]), (&json!("reg:5000/tool"), &json!("v1")));
    let to = tempfile::tempdir().unwrap();
    let to = to.path().join("layout");
    let exported = ask(&engine, &["export", "tool:v1", to.to_str().unwrap()]).json();
    assert_eq!(exported["images"][0]["tag"], "v1");
}

#[test]
fn names_that_cannot_be_read_are_no_whole_answer() {
    let mut engine = Engine::new();
    engine.image(&["app:v1"], &["base"]);
    let names = format!("{DRIVER}/repositories.json");
    let to = tempfile::tempdir().unwrap();
    let to = to.path().join("layout");
    let damages: [&dyn Fn(); 2] = [&|| engine.write(&names, "{"), &|| {
        fs::remove_file(engine.at(&names)).unwrap();
        std::os::unix::fs::symlink("elsewhere", engine.at(&names)).unwrap();
    }];
    for damage in damages {
        damage();
        for command in [&["ls"][..], &["du"], &["resolve", "app:v1"], &["orphans"]] {
            let outcome = ask(&engine, command);
            let report = outcome.json();
            assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)), "{command:?}");
            assert_eq!(report["errors"][0]["path"], names, "{command:?}");
        }
        assert_eq!(ask(&engine, &["export", "--all", to.to_str().unwrap()]).status, 2);
        let verified = ask(&engine, &["verify"]);
        assert_eq!((verified.status, verified.json()["findings"].as_array().unwrap().len()), (1, 1));
        let verified = ask(&engine, &["verify", "app:v1"]).json();
        assert_eq!(verified["findings"].as_array().unwrap().len(), 2, "the reason too: {verified:#}");
        for command in [&["resolve", "app:v1"], &["resolve", "0123"], &["ls", "app"], &["refs", "0123"]] {
            let message = ask(&engine, command).json()["message"].clone();
            assert!(message.as_str().unwrap().ends_with("as far as it could be read"), "{message}");
        }
        let _ = fs::remove_dir_all(&to);
    }
}

#[test]
fn a_layer_asked_for_by_its_own_id_is_held_against_its_name() {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base", "top"]);
    let top = &layers[1];
    for id in [&top.chain, &top.diff, &top.cache_id] {
        assert_eq!(resolved(&engine, id).0, 0, "{id}");
    }
    engine.write(&top.file("diff"), paths::sha256(b"another"));
    for id in [&top.chain, &top.cache_id] {
        assert_eq!(resolved(&engine, id).0, 1, "{id}");
        assert_eq!(ask(&engine, &["resolve", id]).json()["complete"], false, "{id}");
    }
    engine.write(&top.file("diff"), &top.diff);
    engine.write(&top.file("size"), "much");
    for name in [&top.chain, "app:v1"] {
        let message = resolved(&engine, name).2;
        assert!(message.as_str().unwrap().contains("size"), "{name}: {message}");
    }
}

#[test]
fn a_blob_of_which_one_map_knows_is_found() {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base"]);
    let blob = origin(&layers[0].diff);
    let list = format!("{DRIVER}/distribution/v2metadata-by-diffid/sha256/{}", paths::hex(&layers[0].diff));
    fs::remove_file(engine.at(&list)).unwrap();
    assert_eq!(resolved(&engine, &blob), (0, json!(layers[0].chain), json!(null)));
    // Of a layer that is gone, what it was is known.
    let diff = paths::sha256(b"gone");
    let map =
        format!("{DRIVER}/distribution/diffid-by-digest/sha256/{}", paths::hex(&paths::sha256(b"blob")));
    engine.write(&map, &diff);
    let (status, _, message) = resolved(&engine, &paths::sha256(b"blob"));
    assert!(status == 1 && message.as_str().unwrap().contains(&diff), "{message}");
}

#[test]
fn a_container_without_a_mount_is_told_as_a_user_of_its_image() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&["app:v1"], &["base"]);
    let container = engine.container("keeper", &id, &layers[0]);
    fs::remove_dir_all(engine.at(&format!("{DRIVER}/layerdb/mounts/{container}"))).unwrap();
    assert_eq!(ask(&engine, &["refs", &id]).json()["linked_from"], json!(["container keeper"]));
    // The candidates of what is ambiguous are ids.
    let (other, _) = engine.image(&[], &["other"]);
    let report = ask(&engine, &["refs", "sha256:"]);
    assert_eq!(report.status, 2, "no prefix: {other}");
}

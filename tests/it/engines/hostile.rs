//! Engines made to hurt whoever reads them: loops, bombs, names that lead elsewhere. A look ends, and hurts nobody.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::json;

use super::{ask, findings, orphans};
use crate::support::engine::{DRIVER, Engine, base64, content};
use crate::support::paths;
use crate::support::run::run;
use crate::support::tar;

#[test]
fn layers_that_are_each_others_parents_end_every_command() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&["app:v1"], &["base", "top"]);
    engine.container("keeper", &id, &layers[1]);
    engine.write(&layers[0].file("parent"), &layers[1].chain);
    let directory = layers[0].file("").trim_end_matches('/').to_owned();
    assert_eq!(findings(&engine, &["--deep"]), [("layer-mismatch".to_owned(), directory)]);
    assert_eq!(orphans(&engine), []);
    assert_eq!(ask(&engine, &["orphans"]).status, 2, "what stands on what is not known");
    for command in [&["du"][..], &["ls"], &["refs", &layers[0].diff], &["resolve", "app:v1"]] {
        assert!(ask(&engine, command).status < 2, "{command:?}");
    }
    assert_eq!(ask(&engine, &["resolve", "app:v1"]).json()["complete"], false);
}

#[test]
fn huge_and_deep_json_is_told_and_not_swallowed() {
    let mut engine = Engine::new();
    let (id, _) = engine.image(&["app:v1"], &["base"]);
    let deep = "[".repeat(1 << 20);
    for path in [content(&id), format!("{DRIVER}/repositories.json")] {
        let before = fs::read(engine.at(&path)).unwrap();
        engine.write(&path, &deep);
        assert_eq!(findings(&engine, &[]).len(), 1, "{path}: {:?}", findings(&engine, &[]));
        assert_eq!(orphans(&engine), [], "{path}");
        engine.write(&path, before);
    }
    let file = fs::File::create(engine.at(&content(&id))).unwrap();
    file.set_len(1 << 40).unwrap();
    assert_eq!(findings(&engine, &[])[0].0, "image-malformed");
    let names = fs::File::create(engine.at(&format!("{DRIVER}/repositories.json"))).unwrap();
    names.set_len(1 << 40).unwrap();
    let codes: Vec<String> = findings(&engine, &[]).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["image-malformed", "names-malformed"]);
}

#[test]
fn names_that_do_not_belong_to_their_repository_are_told() {
    let engine = Engine::new();
    for name in ["appé", "app", "app:", "app@", "ap", "é", ""] {
        let names = json!({ "Repositories": { "app": { name: paths::sha256(b"x") } } });
        engine.write(&format!("{DRIVER}/repositories.json"), names.to_string());
        let codes: Vec<String> = findings(&engine, &[]).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, ["names-malformed"], "{name}");
    }
}

#[test]
fn a_tar_split_bomb_or_a_name_that_leads_out_ends_in_a_finding() {
    let mut engine = Engine::new();
    let secret = engine.at("secret");
    fs::write(&secret, "of the host").unwrap();
    let (_, layers) = engine.image(&["app:v1"], &["base"]);
    let path = layers[0].file("tar-split.json.gz");
    let line = |name: &str, size: u64| {
        format!("{}\n", json!({ "type": 1, "name": name, "size": size, "position": 0 }))
    };
    let raw = |name: &[u8], size: u64| {
        format!("{}\n", json!({ "type": 1, "name_raw": base64(name), "size": size, "position": 0 }))
    };
    symlink("../../..", engine.at(&format!("{}/out", layers[0].files()))).unwrap();
    symlink("loop", engine.at(&format!("{}/loop", layers[0].files()))).unwrap();
    symlink("/dev/zero", engine.at(&format!("{}/zero", layers[0].files()))).unwrap();
    for (text, told) in [
        (line("../../../secret", 11), "the file is not there"),
        (line("/etc/passwd", 11), "the file is not there"),
        (line("out/secret", 11), "the file is not there"),
        (line("loop/x", 11), "its name leads through too many links"),
        (line("zero", 11), "it is a symbolic link"),
        (line("etc", 11), "it is a directory"),
        (raw(b"\xFF\x1b[2J", 1), "the file is not there"),
        (line("etc/file", 5), "4 bytes, where the archive held 5"),
        (r#"{"type": 2, "payload": "!"}"#.to_owned(), "no base64"),
        (r#"{"type": 7}"#.to_owned(), "an entry of type 7"),
        (r#"{"type": 1, "name": "x", "size": -1}"#.to_owned(), "a size of -1"),
        ("[".repeat(100_000), "line 1"),
        // Seventy mebibytes of one line, from seventy kilobytes.
        (format!("\"{}", " ".repeat(70 << 20)), "line 1"),
    ] {
        engine.write(&path, tar::gzip(text.as_bytes()));
        let report = ask(&engine, &["verify", "--deep"]);
        assert_eq!(report.status, 1, "{told}");
        let report = report.json();
        let finding = &report["findings"][0];
        assert_eq!(finding["code"], "layer-content-mismatch", "{told}");
        let detail = finding["detail"].as_str().unwrap();
        assert!(detail.contains(told), "{told}: {detail}");
    }
}

#[test]
fn files_behind_links_of_the_layer_itself_are_found() {
    let mut engine = Engine::new();
    let layer = engine.layer(None, &[("bin/tool", "a tool"), ("lib/code", "code")]);
    let files = engine.at(&layer.files());
    // As in images where /bin is a link to /usr/bin, by an absolute name and by a relative one.
    fs::create_dir_all(files.join("usr")).unwrap();
    fs::rename(files.join("bin"), files.join("usr/bin")).unwrap();
    symlink("/usr/bin", files.join("bin")).unwrap();
    fs::rename(files.join("lib"), files.join("usr/lib")).unwrap();
    symlink("usr/lib", files.join("lib")).unwrap();
    assert_eq!(findings(&engine, &["--deep"]), []);
}

#[test]
fn fifos_and_links_in_place_of_files_are_told_and_not_opened() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&["app:v1"], &["base"]);
    let path = content(&id);
    fs::remove_file(engine.at(&path)).unwrap();
    assert!(Command::new("mkfifo").arg(engine.at(&path)).status().unwrap().success());
    assert!(findings(&engine, &[]).contains(&("not-regular".to_owned(), path.clone())));
    assert_eq!(orphans(&engine), []);
    fs::remove_file(engine.at(&path)).unwrap();
    let mounts = engine.at(&format!("{DRIVER}/layerdb/mounts"));
    fs::remove_dir(&mounts).unwrap();
    symlink("/", &mounts).unwrap();
    assert!(
        findings(&engine, &[]).iter().any(|(code, path)| code == "not-regular" && path.ends_with("mounts"))
    );
    assert_eq!(orphans(&engine), [], "containers may be behind it");
    let tar_split = engine.at(&layers[0].file("tar-split.json.gz"));
    fs::remove_file(&tar_split).unwrap();
    symlink("/dev/zero", &tar_split).unwrap();
    assert_eq!(ask(&engine, &["verify", "--deep"]).status, 1);
}

#[test]
fn names_do_not_reach_a_terminal_as_they_are() {
    let mut engine = Engine::new();
    let (id, _) = engine.image(&["app:v1"], &["base"]);
    engine.name("app:\u{1b}[2J\u{202e}", &id);
    engine.name("app:x\ny", &id);
    let top = engine.image(&[], &["base"]).1[0].clone();
    engine.container("\u{1b}[2J", &id, &top);
    for command in [&["ls"][..], &["du"], &["orphans"], &["resolve", "app:v1"], &["refs", &id], &["verify"]] {
        let outcome = run(&[command, &["--root", &engine.root_text()]].concat());
        let shown = format!("{}{}", outcome.text(), outcome.stderr);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{command:?}: {shown}");
    }
    assert_eq!(paths::hex(&id).len(), 64);
}

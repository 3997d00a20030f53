//! What may not be read, or is none of an engine's: it is told, and never passed over.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};

use super::{ask, findings, orphans};
use crate::support::engine::{DRIVER, Engine, base64, content, origin};
use crate::support::paths;
use crate::support::run::{run, run_as_ordinary_user};
use crate::support::strace;
use crate::support::tar;

#[test]
fn a_directory_that_holds_no_engine_is_not_called_sound() {
    let dir = tempfile::tempdir().unwrap();
    // All that is left of one.
    fs::create_dir(dir.path().join("containers")).unwrap();
    let root = dir.path().to_str().unwrap();
    let to = dir.path().with_extension("layout");
    let of_docker =
        |args: &[&str]| run(&[args, &["--kind", "docker", "--root", root, "-f", "json"]].concat());
    let verified = of_docker(&["verify"]);
    assert_eq!(verified.status, 1);
    let report = verified.json();
    assert_eq!(report["findings"][0]["code"], "root-incomplete");
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    for command in
        [&["ls"][..], &["du"], &["orphans"], &["resolve", "app"], &["export", "--all", to.to_str().unwrap()]]
    {
        let outcome = of_docker(command);
        assert_eq!(
            (outcome.status, &outcome.json()["errors"][0]["path"]),
            (2, &json!("image")),
            "{command:?}"
        );
    }
    let _ = fs::remove_dir_all(to);
}

#[test]
fn a_driver_that_may_not_be_looked_at_is_named() {
    let mut engine = Engine::new();
    engine.image(&["app:v1"], &["base"]);
    fs::set_permissions(engine.at(DRIVER), Permissions::from_mode(0o000)).unwrap();
    let root = engine.root_text();
    let ask = |command: &str| run_as_ordinary_user(&[command, "-f", "json", "--root", &root]);
    let (verified, listed) = (ask("verify"), ask("ls"));
    fs::set_permissions(engine.at(DRIVER), Permissions::from_mode(0o755)).unwrap();
    let report = verified.json();
    assert_eq!((verified.status, &report["errors"][0]["path"]), (2, &json!(DRIVER)));
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!((listed.status, &listed.json()["errors"][0]["path"]), (2, &json!(DRIVER)));
}

#[test]
fn layers_of_a_driver_that_is_not_known_are_unread_and_neither_other_nor_absent() {
    let (mut known, mut unknown) = (Engine::new(), Engine::new());
    let texts = ["base", "top"];
    let (_, layers) = known.image(&["app:v1"], &texts);
    unknown.image(&["app:v1"], &texts);
    fs::rename(unknown.at("image/overlay2"), unknown.at("image/zfs")).unwrap();
    fs::rename(unknown.at("overlay2"), unknown.at("zfs")).unwrap();
    let chains = layers.iter().map(|layer| paths::hex(&layer.chain));
    let mut paths: Vec<String> = chains.map(|chain| format!("image/zfs/layerdb/sha256/{chain}")).collect();
    paths.sort_unstable();
    let errors = |report: &Value| -> Vec<String> {
        let errors = report["errors"].as_array().unwrap().iter();
        errors.map(|error| error["path"].as_str().unwrap().to_owned()).collect()
    };
    let (a, b) = (known.root_text(), unknown.root_text());
    let compared = run(&["diff", "--ref", "app:v1", "--deep", &a, &b, "-f", "json"]);
    let report = compared.json();
    let hops = report["hops"].as_array().unwrap().iter();
    let states: Vec<&str> = hops.map(|hop| hop["state"].as_str().unwrap()).collect();
    assert_eq!((compared.status, states), (2, vec!["equal", "unknown", "unknown"]), "{report:#}");
    assert_eq!(errors(&report), paths);
    let to = tempfile::tempdir().unwrap();
    let exported = ask(&unknown, &["export", "--all", to.path().join("layout").to_str().unwrap()]);
    assert_eq!((exported.status, errors(&exported.json())), (2, paths), "{}", exported.text());
    let detail = exported.json()["images"][0]["detail"].clone();
    assert!(detail.as_str().unwrap().contains("is unreadable: regfs does not know"), "{detail}");
}

#[test]
fn a_layer_that_does_not_let_its_directory_be_read_is_not_called_absent() {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base"]);
    let cache_id = layers[0].file("cache-id");
    fs::remove_file(engine.at(&cache_id)).unwrap();
    fs::create_dir(engine.at(&cache_id)).unwrap();
    let to = tempfile::tempdir().unwrap();
    let exported = ask(&engine, &["export", "--all", to.path().join("layout").to_str().unwrap()]);
    assert_eq!((exported.status, &exported.json()["errors"][0]["path"]), (2, &json!(cache_id)));
}

#[test]
fn maps_of_blobs_that_cannot_be_read_are_no_whole_answer() {
    type Damage<'a> = &'a dyn Fn(&Engine, &str);
    const MAPS: [&str; 2] = ["diffid-by-digest", "v2metadata-by-diffid"];
    let at = |engine: &Engine, map: &str| engine.at(&format!("{DRIVER}/distribution/{map}/sha256"));
    let forbidden = |engine: &Engine, map: &str| {
        fs::set_permissions(at(engine, map), Permissions::from_mode(0o000)).unwrap();
    };
    let link = |engine: &Engine, map: &str| {
        fs::remove_dir_all(at(engine, map)).unwrap();
        std::os::unix::fs::symlink("elsewhere", at(engine, map)).unwrap();
    };
    let file = |engine: &Engine, map: &str| {
        fs::remove_dir_all(at(engine, map)).unwrap();
        fs::write(at(engine, map), "").unwrap();
    };
    let files = |engine: &Engine, map: &str| {
        for entry in fs::read_dir(at(engine, map)).unwrap() {
            fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o000)).unwrap();
        }
    };
    let damages: [(Damage<'_>, &str); 4] =
        [(&forbidden, "unreadable"), (&link, "not-regular"), (&file, "not-regular"), (&files, "unreadable")];
    for (damage, code) in damages {
        let mut engine = Engine::new();
        let (_, layers) = engine.image(&["app:v1"], &["base"]);
        let blob = paths::hex(&origin(&layers[0].diff))[..12].to_owned();
        for map in MAPS {
            damage(&engine, map);
        }
        let root = engine.root_text();
        let ask = |args: &[&str]| run_as_ordinary_user(&[args, &["-f", "json", "--root", &root]].concat());
        let to = tempfile::tempdir().unwrap();
        fs::set_permissions(to.path(), Permissions::from_mode(0o777)).unwrap();
        let layout = to.path().join("layout");
        for args in [
            &["refs", &blob][..],
            &["resolve", &blob],
            &["verify", &blob],
            &["export", &blob, layout.to_str().unwrap()],
        ] {
            let outcome = ask(args);
            let report = outcome.json();
            assert_eq!(
                (outcome.status, &report["partial"]),
                (2, &json!(true)),
                "{code} {args:?}: {report:#}"
            );
            let told: Vec<&str> =
                report["errors"].as_array().unwrap().iter().map(|e| e["path"].as_str().unwrap()).collect();
            assert!(MAPS.iter().all(|map| told.iter().any(|path| path.contains(map))), "{args:?}: {told:?}");
        }
        let message = ask(&["refs", &blob]).json()["message"].clone();
        assert!(message.as_str().unwrap().ends_with("as far as it could be read"), "{message}");
        let verified = ask(&["verify"]).json();
        let codes: Vec<&Value> =
            verified["findings"].as_array().unwrap().iter().map(|finding| &finding["code"]).collect();
        assert_eq!(codes, [code, code], "{verified:#}");
        // What is found without them is a whole answer.
        assert_eq!(ask(&["refs", &layers[0].chain]).status, 0);
        for map in MAPS {
            let _ = fs::set_permissions(at(&engine, map), Permissions::from_mode(0o755));
        }
    }
}

#[test]
fn a_layer_of_which_the_diffid_cannot_be_read_is_not_called_gone() {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base"]);
    let diff = layers[0].file("diff");
    fs::remove_file(engine.at(&diff)).unwrap();
    fs::create_dir(engine.at(&diff)).unwrap();
    for command in ["refs", "resolve"] {
        let outcome = ask(&engine, &[command, &origin(&layers[0].diff)]);
        let report = outcome.json();
        assert_eq!((outcome.status, &report["errors"][0]["path"]), (2, &json!(diff)), "{report:#}");
        let message = report["message"].as_str().unwrap();
        assert!(message.contains(&layers[0].diff) && !message.contains("any more"), "{message}");
    }
}

#[test]
fn the_device_for_quotas_is_the_drivers_own() {
    let mut engine = Engine::new();
    engine.image(&["app:v1"], &["base"]);
    let device = engine.at("overlay2/backingFsBlockDev");
    // As good as a block device, which not everyone may make.
    assert!(Command::new("mkfifo").arg(&device).status().unwrap().success());
    assert_eq!(findings(&engine, &["--deep"]), []);
    let report = ask(&engine, &["orphans"]);
    assert_eq!((report.status, orphans(&engine)), (0, vec![]));
}

#[test]
fn an_image_without_its_config_does_not_pass_by_its_name() {
    let mut engine = Engine::new();
    let (id, _) = engine.image(&["app:v1"], &["base"]);
    engine.image(&["app:v2"], &["base", "top"]);
    fs::remove_file(engine.at(&content(&id))).unwrap();
    let report = ask(&engine, &["verify", "app:v1"]);
    assert_eq!((report.status, &report.json()["findings"][0]["code"]), (1, &json!("name-dangling")));
    assert_eq!(ask(&engine, &["verify", "app:v2"]).status, 0);
}

#[test]
fn an_archive_past_the_limit_is_given_up_and_named() {
    let mut engine = Engine::new();
    let layer = engine.layer(None, &[("file", "some bytes")]);
    assert_eq!(ask(&engine, &["verify", "--deep", "--deep-limit", "1MiB"]).status, 0);
    let report = ask(&engine, &["verify", "--deep", "--deep-limit", "1024"]);
    assert_eq!((report.status, &report.json()["findings"]), (2, &json!([])));
    assert_eq!(report.json()["errors"][0]["path"], layer.files());
    // Lines that stand for nothing count too.
    let lines = "{\"type\":2}\n".repeat(1 << 20);
    engine.write(&layer.file("tar-split.json.gz"), tar::gzip(lines.as_bytes()));
    let report = ask(&engine, &["verify", "--deep", "--deep-limit", "1MiB"]);
    assert_eq!((report.status, &report.json()["errors"][0]["path"]), (2, &json!(layer.files())));
}

#[test]
fn what_the_disk_refuses_is_unread_and_not_altered() {
    if !strace::is_at_hand() {
        return;
    }
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base"]);
    let root = engine.root_text();
    for path in [layers[0].file("tar-split.json.gz"), format!("{}/etc/file", layers[0].files())] {
        let whole = engine.at(&path);
        let trace = engine.at("../trace");
        let options = ["-P", whole.to_str().unwrap(), "-e", "trace=read", "-e", "inject=read:error=EIO"];
        let args = ["verify", "--deep", "-f", "json", "-r", &root];
        let report = strace::regfs(&options, &trace, &args);
        assert_eq!(report.status, 2, "{path}: {}", report.text());
        assert_eq!(report.json()["findings"], json!([]), "{path}");
        assert_eq!(report.json()["errors"][0]["path"], path);
    }
}

#[test]
fn links_and_names_once_are_what_the_size_of_a_layer_may_count() {
    let mut engine = Engine::new();
    let layer = engine.layer(None, &[("file", "some bytes")]);
    let files = engine.at(&layer.files());
    std::os::unix::fs::symlink("target", files.join("link")).unwrap();
    fs::hard_link(files.join("file"), files.join("name")).unwrap();
    for (size, found) in [("10", 0), ("16", 0), ("20", 1), ("26", 1)] {
        engine.write(&layer.file("size"), size);
        assert_eq!(findings(&engine, &["--deep"]).len(), found, "{size}");
        assert_eq!(ask(&engine, &["verify", "--deep"]).status, 0, "a warning");
    }
}

#[test]
fn a_config_too_large_to_hash_is_not_counted_as_hashed() {
    let mut engine = Engine::new();
    let (id, _) = engine.image(&["app:v1"], &["base"]);
    let before = ask(&engine, &["verify"]).json()["summary"].clone();
    let size = fs::metadata(engine.at(&content(&id))).unwrap().len();
    fs::File::create(engine.at(&content(&id))).unwrap().set_len(1 << 30).unwrap();
    let after = ask(&engine, &["verify"]).json()["summary"].clone();
    assert_eq!(after["bytes_hashed"].as_u64(), before["bytes_hashed"].as_u64().map(|bytes| bytes - size));
}

#[test]
fn what_a_fault_hurts_is_told_by_name_alone() {
    let mut engine = Engine::new();
    let (named, layers) = engine.image(&["b:1", "a:1"], &["base", "top"]);
    let (unnamed, _) = engine.image(&[], &["base", "other"]);
    engine.container("keeper", &named, &layers[0]);
    fs::remove_dir_all(engine.at(&layers[0].file(""))).unwrap();
    let finding = ask(&engine, &["verify"]).json()["findings"][0].clone();
    assert_eq!(finding["affects"], json!(["a:1", "b:1"]));
    let mut users = [named, unnamed];
    users.sort_unstable();
    assert_eq!(finding["referenced_by"], json!(users));
    assert!(finding["detail"].as_str().unwrap().contains("the container keeper"), "{finding:#}");
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["a:1"], &["base", "top"]);
    engine.write(&format!("{}/etc/file", layers[1].files()), "tap");
    let finding = ask(&engine, &["verify", "--deep"]).json()["findings"][0].clone();
    assert_eq!(
        (&finding["code"], &finding["digest"]),
        (&json!("layer-content-mismatch"), &json!(layers[1].chain))
    );
}

#[test]
fn an_image_of_very_many_layers_is_judged_in_time() {
    let mut engine = Engine::new();
    let ids: Vec<String> = (0..110_000).map(|number: u32| paths::sha256(&number.to_le_bytes())).collect();
    let config = json!({ "os": "linux", "rootfs": { "type": "layers", "diff_ids": ids } }).to_string();
    let id = paths::sha256(config.as_bytes());
    engine.write(&content(&id), config);
    engine.name("app:v1", &id);
    assert_eq!(ask(&engine, &["verify"]).json()["summary"]["errors"], 110_000);
}

#[test]
fn names_that_no_file_can_have_and_links_in_circles_are_told_at_once() {
    let mut engine = Engine::new();
    let (_, layers) = engine.image(&["app:v1"], &["base"]);
    std::os::unix::fs::symlink("loop", engine.at(&format!("{}/loop", layers[0].files()))).unwrap();
    let deep = vec!["d"; 1500].join("/");
    fs::create_dir_all(engine.at(&layers[0].files()).join(&deep)).unwrap();
    for (name, told) in [
        ("a/".repeat(10_000), "longer than that of any file"),
        ("a/".repeat(1 << 19), "longer than that of any file"),
        (format!("{}/x", "a".repeat(300)), "longer than that of any file"),
        (format!("{deep}/x"), "the file is not there"),
        ("loop/x".to_owned(), "through too many links"),
        ("../x".to_owned(), "the file is not there"),
        ("..".to_owned(), "a directory"),
    ] {
        let line = json!({ "type": 1, "name_raw": base64(name.as_bytes()), "size": 1 }).to_string();
        engine.write(&layers[0].file("tar-split.json.gz"), tar::gzip(format!("{line}\n").as_bytes()));
        let finding = ask(&engine, &["verify", "--deep"]).json()["findings"][0].clone();
        assert_eq!(finding["code"], "layer-content-mismatch");
        assert!(finding["detail"].as_str().unwrap().contains(told), "{told}: {finding:#}");
        assert!(finding["detail"].as_str().unwrap().len() < 200, "{finding:#}");
    }
}

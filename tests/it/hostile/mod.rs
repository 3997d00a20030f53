//! Stores and arguments that nobody means well with: no panic, no hang, the place named, the rest of the report there.

mod access;
mod manifests;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, Mode, inotify, mkfifoat};
use serde_json::Value;

use crate::support::damage::verdict::{codes_and_paths, findings};
use crate::support::images::Dialect;
use crate::support::listing::listing;
use crate::support::paths;
use crate::support::run::{Outcome, resolve, run, verify};
use crate::support::store::Store;

/// A sample with one altered blob: whatever else is wrong, that must still be found.
fn sample_with_control() -> (Store, String) {
    let mut store = Store::sample();
    let digest = store.blob("control");
    let path = paths::blob_data(&digest);
    store.write(&path, "altered");
    (store, format!("blob-digest-mismatch {path}"))
}

/// `code path` of every finding but notes and the control, which must be there.
#[track_caller]
fn others(report: &Value, control: &str) -> Vec<String> {
    let mut found = codes_and_paths(report);
    let at = found.iter().position(|found| found == control);
    found.remove(at.unwrap_or_else(|| panic!("the rest of the report is lost: {report:#}")));
    found
}

/// Strikes a sample and verifies it: the outcome, and what was found beside the control.
#[track_caller]
fn found_after(strike: impl FnOnce(&mut Store)) -> (Outcome, Vec<String>) {
    let (mut store, control) = sample_with_control();
    strike(&mut store);
    let before = listing(store.outside());
    let outcome = verify(&store, &[]);
    assert!(before == listing(store.outside()), "something has changed");
    let others = others(&outcome.json(), &control);
    (outcome, others)
}

#[test]
fn a_root_that_is_no_registry_is_refused_by_name() {
    let store = Store::sample();
    let plain = store.outside().join("plain");
    fs::create_dir(&plain).unwrap();
    fs::write(plain.join("file"), "text").unwrap();
    for root in [plain.clone(), plain.join("file"), plain.join("absent")] {
        for command in [&["verify"][..], &["resolve", "lib:v1"]] {
            let outcome = run(&[command, &["-r", root.to_str().unwrap()]].concat());
            assert_eq!(outcome.status, 2, "{root:?}");
            assert!(outcome.stderr.contains(root.to_str().unwrap()), "{}", outcome.stderr);
            assert_eq!(outcome.text(), "");
        }
    }
}

#[test]
fn an_empty_registry_is_incomplete_and_no_crash() {
    let store = Store::bare();
    let outcome = verify(&store, &[]);
    assert_eq!(outcome.status, 1);
    let report = outcome.json();
    let codes: Vec<_> = findings(&report).into_iter().map(|finding| &finding["code"]).collect();
    assert!(!codes.is_empty() && codes.iter().all(|code| **code == "root-incomplete"), "{codes:?}");
    assert_eq!(resolve(&store, &["lib:v1"]).status, 1);
}

#[test]
fn a_root_may_be_given_at_any_level_and_through_links() {
    let store = Store::sample();
    let odd = store.outside().join(OsStr::from_bytes(b"\xff root"));
    symlink(store.root(), &odd).unwrap();
    for root in [store.root(), store.root().join("docker/registry"), store.v2(), odd] {
        let args: [OsString; 4] = ["verify".into(), "--format=json".into(), "-r".into(), root.clone().into()];
        let outcome = run(&args);
        assert_eq!(outcome.status, 0, "{root:?}");
        assert_eq!(outcome.json()["summary"]["tags"], store.model.summary()["tags"], "{root:?}");
    }
}

#[test]
fn a_link_of_eight_gibibytes_is_malformed_and_not_read() {
    let path = paths::current_link("lib", "v1");
    let (outcome, found) =
        found_after(|store| File::create(store.at(&path)).unwrap().set_len(8 << 30).unwrap());
    assert_eq!((outcome.status, found), (1, vec![format!("link-malformed {path}")]));
}

#[test]
fn names_that_are_no_text_are_escaped_in_every_format() {
    let (mut store, control) = sample_with_control();
    let layer = store.layer("odd");
    let image = store.image("odd", Dialect::Oci, "amd64", &[layer]);
    store.tag("odd", "v1", &image);
    let tags = store.at("repositories/odd/_manifests/tags");
    for (from, to) in [("lib", &b"\xff\x1b[31mred\n\xe2\x80\xae"[..]), ("odd", b"\x01\x7f")] {
        let (from, to) = (store.at(&format!("repositories/{from}")), OsStr::from_bytes(to));
        if from.ends_with("odd") {
            fs::rename(tags.join("v1"), tags.join(to)).unwrap();
        } else {
            fs::rename(&from, from.with_file_name(to)).unwrap();
        }
    }
    let found = others(&verify(&store, &[]).json(), &control);
    let repository = r"name-invalid repositories/\xff";
    assert!(found.iter().any(|found| found.starts_with(repository)), "{found:?}");
    assert!(found.iter().any(|found| found.starts_with("name-invalid repositories/odd/")), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
    for format in ["table", "json", "ndjson"] {
        let outcome = run(&["verify", "-v", "-f", format, "-r", &store.root_text()]);
        for text in [outcome.text(), &outcome.stderr] {
            assert!(!text.contains(['\u{1b}', '\u{1}', '\u{7f}', '\u{202e}']), "{format}: {text:?}");
        }
    }
    // Names that are text: an inventory has the others in hex.
    store.write("repositories/\u{9b}31m\u{202e}\u{7f}", "");
    let outcome = run(&["inventory", &store.root_text()]);
    assert!(!outcome.text().contains(['\u{1b}', '\u{1}', '\u{7f}', '\u{9b}', '\u{202e}']));
    assert!(outcome.text().contains(r#""repositories/\u009b31m\u202e\u007f""#), "{}", outcome.text());
    let file = store.outside().join("inventory");
    fs::write(&file, &outcome.stdout).unwrap();
    assert_eq!(run(&["diff", &store.root_text(), file.to_str().unwrap()]).status, 0);
}

#[test]
fn three_hundred_levels_are_walked() {
    let deep = vec!["d"; 300].join("/");
    let (_, found) = found_after(|store| {
        let layer = store.layer("deep");
        let image = store.image(&deep, Dialect::Oci, "amd64", std::slice::from_ref(&layer));
        store.tag(&deep, "v1", &image);
        store.remove(&paths::layer_link(&deep, &layer.digest));
    });
    assert!(found.iter().any(|found| found.starts_with("reference-unlinked ")), "{found:?}");
    let name = format!("name-invalid {}", paths::repository(&deep));
    assert!(
        found.iter().all(|found| found.starts_with("reference-unlinked ") || *found == name),
        "{found:?}"
    );
}

#[test]
fn three_hundred_levels_below_a_blob_are_no_crash() {
    let (_, found) = found_after(|store| {
        store.write(&format!("blobs/{}/data", vec!["d"; 300].join("/")), "deep");
    });
    assert!(!found.is_empty() && found.iter().all(|found| found.contains(" blobs/d")), "{found:?}");
}

#[test]
fn symbolic_links_are_never_followed() {
    let (outcome, found) = found_after(|store| {
        symlink("/", store.at("repositories/world")).unwrap();
        symlink("..", store.at("repositories/team/loop")).unwrap();
        symlink(".", store.at("blobs/sha256/00-loop")).unwrap();
        symlink("/etc", store.at("lib")).unwrap();
    });
    assert_eq!(outcome.status, 1);
    let paths = ["blobs/sha256/00-loop", "lib", "repositories/team/loop", "repositories/world"];
    let mut found = found;
    found.sort_unstable();
    assert_eq!(found, paths.map(|path| format!("not-regular {path}")));
}

#[test]
fn fifos_and_sockets_in_odd_places_are_told() {
    let places =
        ["fifo", "blobs/fifo", "repositories/lib/_manifests/tags/fifo", "repositories/lib/_layers/fifo"];
    let (outcome, mut found) = found_after(|store| {
        for place in places {
            mkfifoat(CWD, store.at(place), Mode::from_raw_mode(0o644)).unwrap();
        }
        let short = store.outside().join("s");
        drop(UnixListener::bind(&short).unwrap());
        fs::rename(short, store.at("repositories/socket")).unwrap();
    });
    assert_eq!(outcome.status, 1);
    let mut expected: Vec<_> =
        places.iter().chain(&["repositories/socket"]).map(|path| format!("not-regular {path}")).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

/// Takes note of whoever opens one of some files.
struct Watch(OwnedFd);

impl Watch {
    fn over(store: &Store, paths: &[String]) -> Self {
        let watch = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
        for path in paths {
            inotify::add_watch(&watch, store.at(path), inotify::WatchFlags::OPEN).unwrap();
        }
        Self(watch)
    }

    /// Whether anything was opened since this was last asked.
    fn saw_any(&self) -> bool {
        let mut buffer = [const { MaybeUninit::uninit() }; 4096];
        let mut events = inotify::Reader::new(&self.0, &mut buffer);
        let mut any = false;
        while events.next().is_ok() {
            any = true;
        }
        any
    }
}

#[test]
fn no_command_opens_a_fifo_or_socket_wherever_it_stands() {
    let mut store = Store::sample();
    store.upload("lib", "00000000-0000-4000-8000-000000000000", "2026-11-26T00:00:00Z");
    let image = store.model.repos["team/app"].tags["v1"].current.clone();
    let [config, layer] = [0, 1].map(|at| store.model.edges(&image)[at].digest.clone());
    let lib = store.model.repos["lib"].tags["v1"].current.clone();
    let untouched = paths::blob_data(&image);
    let places = [
        "blobs/fifo".to_owned(),
        "repositories/lib/_manifests/tags/fifo".to_owned(),
        paths::blob_data(&config),
        paths::blob_data(&layer),
        paths::layer_link("team/app", &layer),
        paths::revision_link("lib", &lib),
        paths::current_link("lib", "windows"),
        paths::index_link("lib", "v1", &lib),
        format!("{}/startedat", paths::upload_dir("lib", "00000000-0000-4000-8000-000000000000")),
    ];
    for (number, place) in places.iter().enumerate() {
        let _ = fs::remove_file(store.at(place));
        if number % 4 == 1 {
            let short = store.outside().join("s");
            drop(UnixListener::bind(&short).unwrap());
            fs::rename(short, store.at(place)).unwrap();
        } else {
            mkfifoat(CWD, store.at(place), Mode::from_raw_mode(0o644)).unwrap();
        }
    }
    let watch = Watch::over(&store, &places);
    let control = Watch::over(&store, std::slice::from_ref(&untouched));
    let root = store.root_text();
    for args in [
        &["verify"][..],
        &["verify", "--deep", "team/app:v1", "lib:v1"],
        &["resolve", "team/app:v1"],
        &["resolve", "lib:windows"],
        &["ls"],
        &["ls", "team/app"],
        &["ls", "lib"],
        &["refs", &layer],
        &["history", "lib:v1"],
        &["orphans", "--policy", "tags"],
        &["gc-preview", "-m"],
        &["du"],
        &["uploads"],
    ] {
        run(&[args, &["-r", &root]].concat());
        assert!(!watch.saw_any(), "{args:?} opens what is no regular file");
    }
    run(&["diff", "--strict", &root, &root]);
    run(&["inventory", &root]);
    assert!(!watch.saw_any() && control.saw_any());
}

#[test]
fn a_repository_is_not_called_empty_for_a_link_that_was_not_opened() {
    let mut store = Store::new();
    let layer = store.layer("piped");
    let image = store.image("app", Dialect::Oci, "amd64", &[layer]);
    store.tag("app", "v1", &image);
    let link = paths::revision_link("app", &image);
    fs::remove_file(store.at(&link)).unwrap();
    mkfifoat(CWD, store.at(&link), Mode::from_raw_mode(0o644)).unwrap();
    let report = verify(&store, &[]).json();
    assert_eq!(findings(&report).len(), 1, "{report:#}");
    assert_eq!(codes_and_paths(&report), [format!("not-regular {link}")]);
}

#[test]
fn references_that_leave_the_root_or_are_none_are_refused() {
    let store = Store::sample();
    fs::create_dir_all(store.outside().join("etc/_manifests")).unwrap();
    for reference in [
        "../../etc:passwd",
        "/etc/passwd",
        "team/../lib:v1",
        "lib:../v1",
        "lib@sha256:../../v1",
        "lib@md5:d41d8cd98f00b204e9800998ecf8427e",
        "lib:",
        ":v1",
        "@",
        "",
        "lib:v1:v2",
        "lib\u{1b}[31m:v1",
    ] {
        for command in ["resolve", "verify"] {
            let outcome = run(&[command, "-r", &store.root_text(), "--", reference]);
            assert_ne!(outcome.status, 0, "{command} {reference:?}");
            let said = format!("{}{}", outcome.text(), outcome.stderr);
            assert!(!said.trim().is_empty() && !said.contains('\u{1b}'), "{command} {reference:?}: {said:?}");
        }
    }
}

#[test]
fn a_report_is_never_written_into_the_root() {
    let store = Store::sample();
    let before = listing(store.outside());
    let report = format!("json={}", store.at("report.json").display());
    let outcome = run(&["verify", "-r", &store.root_text(), "--report", &report]);
    assert_eq!(outcome.status, 2);
    assert!(before == listing(store.outside()), "something was written");
}

//! Lists of what nobody should have put there: nothing acts on a terminal, and what cannot be read is said.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::json;

use super::{column, json as run_json, list, texts};
use crate::support::paths;
use crate::support::run::{run, run_as_ordinary_user};
use crate::support::store::Store;

#[test]
fn names_from_a_root_do_not_act_on_a_terminal() {
    let mut store = Store::sample();
    let image = store.model.repos["lib"].tags["v1"].current.clone();
    let layer = store.model.edges(&image)[1].digest.clone();
    store.tag("lib", "\u{1b}[31mred\u{202e}", &image);
    store.link_revision("evil\u{1b}]0;x\u{7}", &image);
    store.upload("lib", "\u{1b}[2J", "\u{1b}[2J");
    let root = store.root_text();
    for format in ["table", "csv"] {
        for args in [&["ls"][..], &["ls", "lib"], &["refs", &layer], &["uploads"]] {
            let outcome = run(&[args, &["-f", format, "-r", &root]].concat());
            assert_eq!(outcome.status, 0, "{args:?}: {}", outcome.stderr);
            let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!outcome.text().contains(acts), "{args:?}: {:?}", outcome.text());
            assert!(outcome.text().contains("\\x1B"), "{args:?}: {}", outcome.text());
        }
    }
}

#[test]
fn what_is_no_directory_or_no_link_is_listed_as_such() {
    let store = Store::sample();
    symlink("v1", store.at(&paths::tag_dir("lib", "linked"))).unwrap();
    store.write(&paths::current_link("lib", "empty"), "");
    store.create_dir(&paths::tag_dir("lib", "bare"));
    store.write("repositories/lib/_manifests/tags/.DS_Store", "x");
    let report = run_json(&store, &["ls", "lib"]).json();
    let states: Vec<_> = list(&report["tags"]).iter().map(|tag| json!([tag["tag"], tag["state"]])).collect();
    assert_eq!(
        json!(states),
        json!([
            ["bare", "missing"],
            ["empty", "empty"],
            ["linked", "not-regular"],
            ["v1", "ok"],
            ["windows", "ok"]
        ])
    );
}

#[test]
fn what_is_not_followed_is_named_and_the_answer_is_partial() {
    let mut store = Store::sample();
    let orphan = store.blob("an orphan");
    let questions = [&["refs", &orphan][..], &["ls"], &["du"], &["uploads"]];
    for question in questions {
        let sure = run_json(&store, question);
        assert_eq!((&sure.json()["errors"], sure.status), (&json!([]), 0), "{question:?}");
    }
    symlink("lib", store.at("repositories/linked")).unwrap();
    for question in questions {
        let outcome = run_json(&store, question);
        let expected = json!([{"path": "repositories/linked", "reason": "it is a symbolic link, and regfs looks at none"}]);
        assert_eq!(outcome.json()["errors"], expected, "{question:?}");
        assert_eq!((&outcome.json()["partial"], outcome.status), (&json!(true), 2), "{question:?}");
    }
}

#[test]
fn what_cannot_be_read_is_named_and_the_answer_is_partial() {
    let store = Store::sample();
    let image = &store.model.repos["lib"].tags["v1"].current;
    let closed = [
        paths::blob_data(image),
        paths::current_link("lib", "windows"),
        "repositories/lib/_uploads".to_owned(),
    ];
    for path in &closed {
        fs::set_permissions(store.at(path), Permissions::from_mode(0o000)).unwrap();
    }
    let root = store.root_text();
    let commands: [(&[&str], &str); 5] = [
        (&["ls"], &closed[0]),
        (&["ls", "lib"], &closed[0]),
        (&["refs", image], &closed[0]),
        (&["history", "lib:windows"], &closed[1]),
        (&["uploads"], &closed[2]),
    ];
    for (args, path) in commands {
        let outcome = run_as_ordinary_user(&[args, &["-f", "json", "-r", &root]].concat());
        let report = outcome.json();
        assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)), "{args:?}");
        assert!(column(&report["errors"], "path").contains(&&json!(path)), "{args:?}: {}", report["errors"]);
    }
    let csv = run_as_ordinary_user(&["ls", "lib", "-f", "csv", "-r", &root]);
    assert_eq!(csv.status, 2);
    assert!(csv.stderr.contains(&closed[0]) && csv.stderr.contains("not the whole"), "{}", csv.stderr);
    let outcome = run_as_ordinary_user(&["cat", "lib:v1", "-r", &root]);
    assert_eq!((outcome.status, outcome.text()), (2, ""));
    for path in &closed {
        fs::set_permissions(store.at(path), Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn an_upload_that_cannot_be_read_is_not_judged() {
    let mut store = Store::new();
    let id = "0b1f7a52-53a0-4c4f-9d3e-5a1d0c9e8f01";
    store.upload("app", id, "2020-01-01T00:00:00Z");
    let started = format!("{}/startedat", paths::upload_dir("app", id));
    fs::set_permissions(store.at(&started), Permissions::from_mode(0o000)).unwrap();
    let outcome = run_as_ordinary_user(&["uploads", "-f", "json", "-r", &store.root_text()]);
    let report = outcome.json();
    let upload = &report["uploads"][0];
    assert_eq!(
        (outcome.status, &upload["purgeable"], &upload["never_purged"]),
        (2, &json!(null), &json!(null))
    );
    assert_eq!(report["summary"]["never_purged"], 0);
}

#[test]
fn a_bare_list_of_what_is_unknown_says_so_beside_it() {
    let store = Store::sample();
    let root = store.root_text();
    for args in [&["ls", "no/such"][..], &["refs", "0123456789"], &["history", "lib:v9"]] {
        let outcome = run(&[args, &["-f", "csv", "-r", &root]].concat());
        assert_eq!((outcome.status, outcome.text().lines().count()), (1, 1), "{args:?}");
        assert!(outcome.stderr.contains("no "), "{args:?}: {}", outcome.stderr);
    }
}

#[test]
fn an_empty_root_has_empty_lists() {
    let store = Store::bare();
    for (args, items) in [(&["ls"][..], "repositories"), (&["uploads"], "uploads")] {
        let outcome = run_json(&store, args);
        assert_eq!((outcome.status, &outcome.json()[items]), (0, &json!([])), "{args:?}");
        assert!(texts(&outcome.json()["warnings"]).is_empty());
    }
    assert_eq!(run_json(&store, &["ls", "app"]).status, 1);
    assert_eq!(run_json(&store, &["history", "app:v1"]).status, 1);
}

/// What takes the place of a directory, under which it cannot be looked into.
fn hide(store: &Store, path: &str, how: &str) {
    let place = store.at(path);
    match how {
        "refused" => fs::set_permissions(place, Permissions::from_mode(0o000)).unwrap(),
        "linked" => {
            fs::rename(&place, store.outside().join("aside")).unwrap();
            symlink(store.outside().join("aside"), place).unwrap();
        }
        _ => {
            fs::remove_dir_all(&place).unwrap();
            fs::write(place, "").unwrap();
        }
    }
}

#[test]
fn no_absence_is_stated_of_what_could_not_be_looked_into() {
    let questions: [(&[&str], &str, &[&str]); 5] = [
        (&["ls", "lib"], "repositories/lib/_manifests/tags", &["keeps no tags", "no tags,"]),
        (&["ls", "lib"], "repositories/lib/_manifests/revisions", &["no revisions,"]),
        (&["ls"], "repositories", &["no repositories;", "no repositories\n"]),
        (&["uploads"], "repositories/lib/_uploads", &["no unfinished uploads,"]),
        (&["history", "lib:v1"], "repositories/lib/_manifests/tags/v1", &["no revisions;", "no tag"]),
    ];
    for (question, path, denials) in questions {
        for how in ["refused", "linked", "a file"] {
            let store = Store::sample();
            store.create_dir("repositories/lib/_uploads");
            hide(&store, path, how);
            let outcome = run_as_ordinary_user(&[question, &["-r", &store.root_text()]].concat());
            if how == "refused" {
                fs::set_permissions(store.at(path), Permissions::from_mode(0o755)).unwrap();
            }
            let text = outcome.text();
            for denial in denials {
                assert!(!text.contains(denial), "{question:?}, {path} {how}: {text}");
            }
        }
    }
    // And it is, where all was seen.
    let store = Store::sample();
    store.remove("repositories/lib/_manifests/tags");
    let outcome = run(&["ls", "lib", "-r", &store.root_text()]);
    assert!(outcome.text().contains("keeps no tags on disk"), "{}", outcome.text());
    assert_eq!(outcome.status, 0);
}

#[test]
fn tags_that_are_symbolic_links_are_tags_that_are_kept() {
    let store = Store::sample();
    for (repo, place) in &store.model.repos {
        for tag in place.tags.keys() {
            let directory = store.at(&paths::tag_dir(repo, tag));
            fs::remove_dir_all(&directory).unwrap();
            symlink("elsewhere", directory).unwrap();
        }
    }
    for args in [&["verify"][..], &["ls"], &["refs", "0000"]] {
        let warnings = run_json(&store, args).json()["warnings"].to_string();
        assert!(!warnings.contains("no repository keeps a tag"), "{args:?}: {warnings}");
    }
}

//! What carries no meaning, and counts only if it is asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use filetime::FileTime;
use serde_json::json;
use walkdir::WalkDir;

use super::{copy, diff, diff_stores, differences, inventory};
use crate::support::paths;
use crate::support::store::Store;

type Strike<'a> = Box<dyn Fn(&mut Store) + 'a>;

/// A sample and a copy, with the same times.
fn two() -> (Store, Store) {
    let a = Store::sample();
    let b = copy(&a);
    for store in [&a, &b] {
        for entry in WalkDir::new(store.v2()) {
            let entry = entry.unwrap();
            filetime::set_file_mtime(entry.path(), FileTime::from_unix_time(1_700_000_000, 0)).unwrap();
        }
    }
    (a, b)
}

#[test]
fn each_thing_that_means_nothing_counts_when_it_is_asked_for() {
    let blob = |store: &Store| paths::blob_data(store.model.blobs.keys().next().unwrap());
    let hex = paths::hex(&paths::sha256(b"nothing")).to_owned();
    let upload = "00000000-0000-4000-8000-000000000000";
    let temporary = format!("blobs/sha256/{}/{hex}/data.1.tmp", &hex[..2]);
    let directory = format!("repositories/lib/_layers/sha256/{hex}");
    let strikes: [(Strike<'_>, Vec<String>); 5] = [
        (
            Box::new(|store| {
                let time = FileTime::from_unix_time(1_700_000_001, 0);
                filetime::set_file_mtime(store.at(&blob(store)), time).unwrap();
            }),
            vec![format!("differs blob {}", blob(&Store::sample()))],
        ),
        (
            Box::new(|store| {
                fs::set_permissions(store.at(&blob(store)), fs::Permissions::from_mode(0o600)).unwrap();
            }),
            vec![format!("differs blob {}", blob(&Store::sample()))],
        ),
        (
            Box::new(|store| store.upload("lib", upload, "2023-11-14T22:13:20Z")),
            ["data", "hashstates/sha256/0", "startedat"]
                .map(|file| format!("only-in-b upload repositories/lib/_uploads/{upload}/{file}"))
                .to_vec(),
        ),
        (
            Box::new(|store| store.write(&temporary, "half")),
            vec![
                format!("only-in-b other blobs/sha256/{}/{hex}", &hex[..2]),
                format!("only-in-b other {temporary}"),
            ],
        ),
        (Box::new(|store| store.create_dir(&directory)), vec![format!("only-in-b other {directory}")]),
    ];
    for (strike, expected) in strikes {
        let (a, mut b) = two();
        strike(&mut b);
        let outcome = diff_stores(&a, &b, &[]);
        assert_eq!((outcome.status, &outcome.json()["identical"]), (0, &json!(true)), "{expected:?}");
        let outcome = diff_stores(&a, &b, &["--strict"]);
        assert_eq!((differences(&outcome.json()), outcome.status), (expected.clone(), 1));
        let (list_a, list_b) = (inventory(&a, "a", &["--strict"]), inventory(&b, "b", &["--strict"]));
        assert_eq!(differences(&diff(&list_a, &list_b, &["--strict"]).json()), expected);
        assert_eq!(differences(&diff(&a.root_text(), &list_b, &["--strict"]).json()), expected);
        assert_eq!(diff(&list_a, &list_b, &[]).json()["identical"], true, "{expected:?}");
        assert_eq!(diff(&list_a, &b.root_text(), &[]).json()["identical"], true, "{expected:?}");
    }
}

#[test]
fn a_strict_comparison_says_what_differs_and_wants_a_strict_inventory() {
    let (a, b) = two();
    let path = paths::blob_data(a.model.blobs.keys().next().unwrap());
    filetime::set_file_mtime(b.at(&path), FileTime::from_unix_time(0, 0)).unwrap();
    fs::set_permissions(b.at(&path), fs::Permissions::from_mode(0o600)).unwrap();
    let report = diff_stores(&a, &b, &["--strict"]).json();
    assert_eq!(
        report["differences"][0]["detail"],
        "written 2023-11-14T22:13:20Z in a, 1970-01-01T00:00:00Z in b; mode 0644 in a, 0600 in b"
    );
    assert_eq!(report["differences"][0]["intact"], json!(null));
    let outcome = diff(&a.root_text(), &inventory(&b, "list", &[]), &["--strict"]);
    assert!(outcome.status == 2 && outcome.stderr.contains("without --strict"), "{}", outcome.stderr);
}

#[test]
fn a_link_whose_empty_directory_is_left_is_missing_and_the_answer_is_whole() {
    let (a, b) = two();
    let layer = a.model.repos["lib"].layers.iter().next().unwrap().clone();
    let directory = format!("repositories/lib/_layers/sha256/{}", paths::hex(&layer));
    fs::remove_file(b.at(&format!("{directory}/link"))).unwrap();
    let outcome = diff_stores(&a, &b, &["--strict"]);
    let expected = [format!("only-in-b other {directory}"), format!("only-in-a layer-link {directory}/link")];
    assert_eq!((differences(&outcome.json()), outcome.status), (expected.to_vec(), 1));
    assert_eq!(outcome.json()["partial"], false);
}

#[test]
fn what_is_not_readable_among_uploads_is_forgotten_without_strict() {
    let (a, mut b) = two();
    let upload = "00000000-0000-4000-8000-000000000000";
    b.upload("lib", upload, "2023-11-14T22:13:20Z");
    let data = b.at(&format!("repositories/lib/_uploads/{upload}/data"));
    fs::remove_file(&data).unwrap();
    std::os::unix::fs::symlink("nowhere", &data).unwrap();
    let list = inventory(&b, "b", &["--strict"]);
    assert_eq!(diff(&a.root_text(), &list, &["--strict"]).status, 2);
    let outcome = diff(&a.root_text(), &list, &[]);
    assert_eq!((outcome.status, &outcome.json()["identical"]), (0, &json!(true)));
}

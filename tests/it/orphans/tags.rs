//! What is said of tags that nothing comes of: what they should keep alive is listed, or about to be.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use std::sync::atomic::{AtomicUsize, Ordering};

use regfs::cancel::Cancel;
use regfs::progress::{Progress, Work};
use regfs::registry::reach::Policy;
use serde_json::{Value, json};

use super::{digests, orphans, unknown};
use crate::in_process::{orphans_by, session};
use crate::support::images::Dialect;
use crate::support::paths::{self, Digest};
use crate::support::run::{run, run_as_ordinary_user};
use crate::support::store::Store;

/// An image of one layer, by its text, with these tags.
fn image(store: &mut Store, repo: &str, text: &str, tags: &[&str]) -> Digest {
    let layer = store.layer(text);
    let image = store.image(repo, Dialect::Oci, "amd64", &[layer]);
    for tag in tags {
        store.tag(repo, tag, &image);
    }
    image
}

fn unlist(store: &Store, repo: &str, image: &str) {
    store.remove(paths::parent(&paths::revision_link(repo, image)));
}

/// The warnings that hold a word.
fn warnings<'a>(report: &'a Value, word: &str) -> Vec<&'a str> {
    let warnings = report["warnings"].as_array().expect("a list").iter().filter_map(Value::as_str);
    warnings.filter(|warning| warning.contains(word)).collect()
}

#[test]
fn a_tag_whose_image_is_listed_is_named() {
    let mut store = Store::new();
    let sound = image(&mut store, "app", "sound", &["v1"]);
    let late = image(&mut store, "b", "late", &["late"]);
    let early = image(&mut store, "a/b", "early", &["v2", "v1"]);
    let blob = store.blob("an orphan to no tag");
    let silent = orphans(&store, &[]).json();
    assert_eq!(digests(&silent, "blobs"), [blob].into());
    assert_eq!(silent["warnings"], json!([]));

    unlist(&store, "b", &late);
    unlist(&store, "a/b", &early);
    let outcome = orphans(&store, &[]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["partial"]), (0, &json!(false)), "it is a remark");
    for image in [&late, &early] {
        assert!(digests(&report, "blobs").is_superset(&store.model.needs(image)));
        let blobs = report["blobs"].as_array().unwrap();
        assert_eq!(blobs.iter().find(|blob| blob["digest"] == **image).unwrap()["kind"], "manifest");
    }
    assert!(!digests(&report, "blobs").contains(&sound));
    let [warning] = warnings(&report, "still point")[..] else { panic!("{:#}", report["warnings"]) };
    assert!(
        warning.starts_with("3 tags still point to") && warning.contains(": a/b:v1, a/b:v2, b:late."),
        "{warning}"
    );
    assert!(warning.contains("regfs explain tag-unknown-revision"), "{warning}");
    let table = run(&["orphans", "-r", &store.root_text()]);
    assert!(table.text().contains(&format!("note: {warning}\n")), "{}", table.text());

    store.remove(&paths::tag_dir("a/b", "v1"));
    store.remove(&paths::tag_dir("a/b", "v2"));
    let report = orphans(&store, &[]).json();
    let [warning] = warnings(&report, "still point")[..] else { panic!("{:#}", report["warnings"]) };
    assert!(warning.starts_with("1 tag still points to") && warning.contains(": b:late."), "{warning}");
}

#[test]
fn a_tag_whose_layer_links_are_listed_is_named_though_another_repository_has_the_image() {
    let mut store = Store::new();
    let shared = image(&mut store, "a", "shared", &["v1"]);
    let again = image(&mut store, "b", "shared", &["v1"]);
    assert_eq!(shared, again);
    unlist(&store, "b", &shared);
    let report = orphans(&store, &[]).json();
    assert_eq!(report["blobs"], json!([]));
    assert_eq!(report["layer_links"].as_array().unwrap().len(), 2);
    let [warning] = warnings(&report, "still point")[..] else { panic!("{:#}", report["warnings"]) };
    assert!(warning.starts_with("1 tag still points to") && warning.contains(": b:v1."), "{warning}");
}

#[test]
fn of_many_tags_the_first_few_are_named() {
    let mut store = Store::new();
    let tags: Vec<String> = (1..=7).map(|number| format!("v{number}")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let lost = image(&mut store, "app", "lost", &tags);
    unlist(&store, "app", &lost);
    let report = orphans(&store, &[]).json();
    let [warning] = warnings(&report, "still point")[..] else { panic!("{:#}", report["warnings"]) };
    assert!(warning.contains(": app:v1, app:v2, app:v3, app:v4, app:v5 and 2 more."), "{warning}");
}

#[test]
fn a_cache_fetches_again_what_a_tag_of_it_points_to() {
    let mut store = Store::new();
    let expired = image(&mut store, "app", "expired", &["v1"]);
    unlist(&store, "app", &expired);
    store.write("../../../scheduler-state.json", "{}");
    assert_eq!(warnings(&orphans(&store, &[]).json(), "still point"), [""; 0]);
}

/// An index needs no layer link, so that none is listed with it.
#[test]
fn a_tag_of_a_listed_index_is_named_though_its_children_are_alive() {
    let mut store = Store::new();
    let child = image(&mut store, "app", "child", &[]);
    let index = store.index("app", Dialect::Oci, &[(&child, "amd64")]);
    store.tag("app", "v1", &index);
    unlist(&store, "app", &index);
    let report = orphans(&store, &[]).json();
    assert_eq!(digests(&report, "blobs"), [index].into());
    let [warning] = warnings(&report, "still point")[..] else { panic!("{:#}", report["warnings"]) };
    assert!(warning.contains(": app:v1."), "{warning}");
}

#[test]
fn where_tags_cannot_be_read_nobody_says_that_none_points_to_what_is_listed() {
    let mut store = Store::new();
    image(&mut store, "app", "sound", &["v1"]);
    let tags = "repositories/app/_manifests/tags";
    let doubts = |store: &Store| {
        fs::set_permissions(store.at(tags), Permissions::from_mode(0o000)).unwrap();
        let outcome = run_as_ordinary_user(&["orphans", "-f", "json", "-r", &store.root_text()]);
        fs::set_permissions(store.at(tags), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(outcome.status, 0, "what is listed does not go by tags");
        let report = outcome.json();
        let doubts = warnings(&report, "could not be seen everywhere");
        assert_eq!(warnings(&report, tags), doubts);
        doubts.len()
    };
    store.blob("an orphan that is no manifest, so that no tag is looked at");
    assert_eq!(doubts(&store), 0);
    store.blob("\n {\"it\": \"may be one\"}");
    assert_eq!(doubts(&store), 1);
}

#[test]
fn a_damaged_link_of_a_tag_is_told_once_and_for_what_it_is() {
    let mut store = Store::new();
    image(&mut store, "a", "one", &["latest"]);
    let link = paths::current_link("a", "latest");
    for content in ["", "sha256:short"] {
        store.write(&link, content);
        let report = orphans(&store, &["--policy", "tags"]).json();
        assert_eq!(unknown(&report), [&link]);
        assert_eq!(warnings(&report, "alive"), [""; 0], "its repository is kept as a whole");
        assert_eq!(report["blobs"], json!([]));
    }
}

#[test]
fn by_tags_those_that_lead_nowhere_are_named_with_the_cause() {
    let mut store = Store::new();
    image(&mut store, "app", "sound", &["v1", "v2", "v3"]);
    let lost = image(&mut store, "lost", "lost", &["v1"]);
    store.remove(&paths::current_link("app", "v2"));
    let by_tags = || orphans(&store, &["--policy", "tags"]).json();
    let of = |report: &Value| -> Vec<String> {
        warnings(report, "nothing alive").into_iter().map(str::to_owned).collect()
    };
    let [linkless] = &of(&by_tags())[..] else { panic!() };
    assert!(
        linkless.starts_with(
            "1 tag keeps nothing alive, since it has no current/link, and no registry can resolve it: app:v2."
        ),
        "{linkless}"
    );
    assert!(linkless.ends_with("regfs explain tag-without-current"), "{linkless}");
    store.remove(&paths::current_link("app", "v3"));
    unlist(&store, "lost", &lost);
    let [linkless, unlisted] = &of(&by_tags())[..] else { panic!() };
    assert!(
        linkless.starts_with("2 tags keep nothing alive, since they have no current/link, and no registry can resolve them: app:v2, app:v3."),
        "{linkless}"
    );
    let beginning = "1 tag keeps nothing alive, since its repository does not list the manifest that it points to, and no registry can resolve it: lost:v1.";
    assert!(unlisted.starts_with(beginning), "{unlisted}");
    assert!(unlisted.ends_with("regfs explain tag-unknown-revision"), "{unlisted}");
}

#[test]
fn of_what_is_too_young_to_be_listed_no_tag_is_named() {
    let mut store = Store::new();
    let lost = image(&mut store, "app", "lost", &["v1"]);
    unlist(&store, "app", &lost);
    assert_eq!(warnings(&orphans(&store, &[]).json(), "still point").len(), 1);
    let young = orphans(&store, &["--min-age", "1d"]).json();
    assert_eq!(young["blobs"], json!([]));
    // The layer links are listed, whatever their age.
    assert_eq!(warnings(&young, "still point").len(), 1);
    store.remove("repositories/app/_layers");
    let young = orphans(&store, &["--min-age", "1d"]).json();
    assert_eq!(warnings(&young, "still point"), [""; 0]);
}

#[test]
fn where_a_database_has_the_tags_none_on_disk_is_named() {
    let mut store = Store::new();
    let lost = image(&mut store, "app", "lost", &["v1"]);
    unlist(&store, "app", &lost);
    store.write("../lockfiles/database-in-use", "");
    let alive = store.outside().join("alive");
    fs::write(&alive, "").unwrap();
    let report = orphans(&store, &["--alive", alive.to_str().unwrap()]).json();
    assert!(digests(&report, "blobs").contains(&lost));
    assert_eq!(warnings(&report, "still point"), [""; 0]);
}

/// What the walk did not come to may well be there.
#[test]
fn an_interrupted_run_calls_no_tag_lost_and_no_blob_absent() {
    let mut store = Store::new();
    image(&mut store, "app", "sound", &["v1", "v2"]);
    let opened = regfs::store::Store::open(Some(&store.v2())).unwrap();
    for policy in [Policy::Tags, Policy::Revisions] {
        let options = orphans_by(policy);
        for moments in 0..50 {
            let cancel = Cancel::never();
            let watch = EndsAfter { cancel: cancel.clone(), left: AtomicUsize::new(moments) };
            let report = regfs::commands::orphans::orphans(&session(&opened, 1, &cancel, &watch), &options);
            let report = serde_json::to_value(report.unwrap()).unwrap();
            assert_eq!(warnings(&report, "nothing alive"), [""; 0], "{policy:?} {moments}");
            assert_eq!(
                (&report["unknown"], &report["blobs"]),
                (&json!([]), &json!([])),
                "{policy:?} {moments}"
            );
            assert_eq!(report["partial"], cancel.is_cancelled(), "{policy:?} {moments}");
        }
    }
}

/// Interrupts a run once so much of it is done.
struct EndsAfter {
    cancel: Cancel,
    left: AtomicUsize,
}

impl Progress for EndsAfter {
    fn advance(&self, _: Work) {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            self.cancel.cancel();
        } else {
            self.left.store(left - 1, Ordering::Relaxed);
        }
    }
}

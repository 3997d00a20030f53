//! The options: what is wanted, what is told, and what the exit status says.

use std::fs;

use filetime::{FileTime, set_file_mtime};
use serde_json::{Value, json};

use super::{digests, orphans, pairs};
use crate::support::images::Dialect;
use crate::support::paths::{self, Digest};
use crate::support::run::run;
use crate::support::store::Store;

/// `app` with tags v1, v2, v3, moved in that order, and a blob that nothing names; the digests of v1, v2, v3.
fn stage() -> (Store, [Digest; 3], Digest) {
    let mut store = Store::new();
    let mut at = 1_600_000_000;
    let images = ["v1", "v2", "v3"].map(|tag| {
        let layer = store.layer(tag);
        let image = store.image("app", Dialect::Oci, "amd64", &[layer]);
        store.tag("app", tag, &image);
        at += 100;
        set_file_mtime(store.at(&paths::current_link("app", tag)), FileTime::from_unix_time(at, 0)).unwrap();
        image
    });
    let orphan = store.blob("an orphan");
    (store, images, orphan)
}

fn kind<'a>(report: &'a Value, digest: &str) -> &'a Value {
    let blobs = report["blobs"].as_array().unwrap();
    blobs.iter().find(|blob| blob["digest"] == digest).expect("it is listed")
}

#[test]
fn what_a_blob_is_and_where_it_stands_is_told() {
    let (mut store, [v1, ..], orphan) = stage();
    let linked = store.layer("linked only");
    store.link_layer("app", &linked.digest);
    let edges = store.model.edges(&v1);
    // As an API delete leaves it: the tag and the link are gone, the directory is not.
    store.remove(&paths::tag_dir("app", "v1"));
    fs::remove_file(store.at(&paths::revision_link("app", &v1))).unwrap();
    set_file_mtime(store.at(&paths::blob_data(&v1)), FileTime::from_unix_time(0, 0)).unwrap();
    let report = orphans(&store, &[]).json();
    assert_eq!(report["schema"], "regfs/orphans/v1");
    assert_eq!(report["policy"], "revisions");
    for (digest, of) in [
        (&v1, "manifest"),
        (&edges[0].digest, "config"),
        (&edges[1].digest, "layer"),
        (&linked.digest, "layer"),
        (&orphan, "unknown"),
    ] {
        let blob = kind(&report, digest);
        assert_eq!(blob["kind"], of);
        assert_eq!(blob["path"], paths::blob_data(digest));
        assert_eq!(blob["size"], store.model.blobs[digest].len());
    }
    assert_eq!(kind(&report, &v1)["modified"], "1970-01-01T00:00:00Z");
    assert_eq!(kind(&report, &linked.digest)["linked_from"], json!(["app"]));
    assert_eq!(report["blobs"].as_array().unwrap().len(), 5);
    let link = paths::layer_link("app", &linked.digest);
    let links = report["layer_links"].as_array().unwrap();
    assert!(links.iter().any(|it| it["path"] == *link), "{links:?}");
}

#[test]
fn the_directory_of_a_deleted_link_links_nothing() {
    let (mut store, ..) = stage();
    let layer = store.layer("deleted").digest;
    store.create_dir(paths::parent(&paths::layer_link("app", &layer)));
    let report = orphans(&store, &[]).json();
    assert_eq!(kind(&report, &layer)["linked_from"], json!([]));
    assert_eq!(kind(&report, &layer)["kind"], "unknown");
    assert_eq!(report["layer_links"], json!([]));
}

#[test]
fn keeping_the_newest_drops_the_tags_that_moved_longest_ago() {
    let (store, [v1, v2, _], orphan) = stage();
    let report = orphans(&store, &["--keep-newest", "1"]).json();
    assert_eq!(report["policy"], "tags");
    assert_eq!(report["dropped_tags"], json!(["app:v1", "app:v2"]));
    assert_eq!(digests(&report, "manifests"), [v1.clone(), v2.clone()].into());
    let mut gone: std::collections::BTreeSet<_> = [&v1, &v2].map(|it| store.model.needs(it)).concat_sets();
    let bytes: usize = gone.iter().map(|digest| store.model.blobs[digest].len()).sum();
    assert_eq!(report["summary"]["freed_bytes"], bytes, "the orphan was one before");
    gone.insert(orphan);
    assert_eq!(digests(&report, "blobs"), gone);
    let both = orphans(&store, &["--keep-newest", "1", "--without-tags", "v3"]).json();
    assert_eq!(both["dropped_tags"], json!(["app:v1", "app:v3"]));
    let none = orphans(&store, &["--keep-newest", "3"]).json();
    assert_eq!((&none["dropped_tags"], &none["summary"]["freed_blobs"]), (&json!([]), &json!(0)));
}

trait ConcatSets {
    fn concat_sets(self) -> std::collections::BTreeSet<Digest>;
}

impl<const N: usize> ConcatSets for [std::collections::BTreeSet<Digest>; N] {
    fn concat_sets(self) -> std::collections::BTreeSet<Digest> {
        self.into_iter().flatten().collect()
    }
}

#[test]
fn globs_match_the_tag_or_the_whole_name() {
    let (mut store, [v1, ..], _) = stage();
    for edge in store.model.edges(&v1) {
        store.link_layer("team/app", &edge.digest);
    }
    store.link_revision("team/app", &v1);
    store.tag("team/app", "v1", &v1);
    for (globs, dropped) in [
        (&["v1"][..], json!(["app:v1", "team/app:v1"])),
        (&["app:v1"], json!(["app:v1"])),
        (&["*app:v1"], json!(["app:v1", "team/app:v1"])),
        (&["v[23]", "team/*:*"], json!(["app:v2", "app:v3", "team/app:v1"])),
        (&["app"], json!([])),
    ] {
        let args: Vec<_> = globs.iter().flat_map(|glob| ["--without-tags", glob]).collect();
        let report = orphans(&store, &args).json();
        assert_eq!(report["dropped_tags"], dropped, "{globs:?}");
    }
    let kept = digests(&orphans(&store, &["--without-tags", "app:v1"]).json(), "blobs");
    assert!(!kept.contains(&v1), "another repository's tag keeps it");
}

#[test]
fn given_digests_are_alive_and_so_is_what_they_reach() {
    let (mut store, [v1, ..], orphan) = stage();
    let list = store.outside().join("alive.txt");
    let list_text = list.to_str().unwrap().to_owned();
    let layer = store.layer("unlisted");
    let image = store.image("other", Dialect::Oci, "amd64", &[layer]);
    fs::remove_file(store.at(&paths::revision_link("other", &image))).unwrap();
    fs::write(&list, format!("# from Harbor\n\n {image} \r\n{orphan}\n")).unwrap();
    let before = digests(&orphans(&store, &[]).json(), "blobs");
    assert!(before.is_superset(&store.model.needs(&image)));
    assert_eq!(digests(&orphans(&store, &["--alive", &list_text]).json(), "blobs"), [].into());
    // A revision that is given is kept in its repository.
    fs::write(&list, &v1).unwrap();
    let report = orphans(&store, &["--alive", &list_text, "--without-tags", "*"]).json();
    assert!(!pairs(&report, "manifests").contains(&("app".into(), v1.clone())));
    assert!(digests(&report, "layer_links").is_disjoint(&store.model.needs(&v1)));

    fs::write(&list, format!("{v1}\nteam/app:v1\n")).unwrap();
    let outcome = orphans(&store, &["--alive", &list_text]);
    assert_eq!(outcome.status, 2);
    assert!(outcome.stderr.contains(&format!("{list_text}:2: ")), "{}", outcome.stderr);
}

#[test]
fn judgement_is_refused_where_the_disk_does_not_tell_unless_somebody_vouches() {
    let (store, [_, _, v3], _) = stage();
    let list = store.outside().join("alive.txt");
    fs::write(&list, &v3).unwrap();
    let list = list.to_str().unwrap();
    let refused = |args: &[&str], word: &str| {
        let outcome = orphans(&store, args);
        assert_eq!(outcome.status, 2, "{args:?}");
        assert!(outcome.stdout.is_empty(), "{args:?}");
        for word in [word, "--alive"] {
            assert!(outcome.stderr.contains(word), "{word}: {}", outcome.stderr);
        }
        assert_eq!(orphans(&store, &[args, &["--alive", list]].concat()).status, 0, "{args:?}");
    };
    let cache = store.root().join("scheduler-state.json");
    fs::write(&cache, "{}").unwrap();
    refused(&["--policy", "tags"], "pull-through cache");
    assert_eq!(orphans(&store, &[]).status, 0);
    fs::remove_file(cache).unwrap();

    let database = store.root().join("docker/registry/lockfiles");
    fs::create_dir(&database).unwrap();
    fs::write(database.join("database-in-use"), "").unwrap();
    refused(&[], "GitLab");
    fs::remove_dir_all(database).unwrap();

    fs::remove_dir_all(store.at("repositories/app/_manifests/tags")).unwrap();
    refused(&["--policy", "tags"], "Harbor");
    refused(&["--keep-newest", "2"], "Harbor");
    assert_eq!(orphans(&store, &[]).status, 0);
    let contradiction = orphans(&store, &["--policy", "revisions", "--keep-newest", "2"]);
    assert!(contradiction.status == 2 && contradiction.stdout.is_empty());
}

#[test]
fn the_exit_status_says_what_was_asked() {
    let (store, _, orphan) = stage();
    let size = store.model.blobs[&orphan].len();
    let status = |args: &[&str]| orphans(&store, args).status;
    assert_eq!(status(&[]), 0);
    assert_eq!(status(&["--exit-code"]), 1);
    assert_eq!(status(&["--max-bytes", &size.to_string()]), 0);
    assert_eq!(status(&["--max-bytes", &(size - 1).to_string()]), 1);
    assert_eq!(status(&["--max-bytes", "1GiB", "--exit-code"]), 1);
    // A table warns of what is young; the other formats say the same tomorrow as today.
    let table = || run(&["orphans", "-r", &store.root_text()]).text().to_owned();
    assert!(table().contains("less than a day old"));
    let young = orphans(&store, &["--exit-code", "--min-age", "1d"]);
    assert_eq!(young.status, 0);
    assert_eq!(young.json()["summary"]["blobs_too_young"], 1);
    set_file_mtime(store.at(&paths::blob_data(&orphan)), FileTime::from_unix_time(1_600_000_000, 0)).unwrap();
    assert_eq!(status(&["--exit-code", "--min-age", "1d"]), 1);
    assert!(!table().contains("less than a day old"));
}

#[test]
fn every_format_tells_the_same() {
    let (store, _, orphan) = stage();
    let root = store.root_text();
    let of = |format| run(&["orphans", "-r", &root, "-f", format]);
    let directory = store.at(&paths::blob_dir(&orphan));
    let directory = directory.to_str().unwrap();
    assert_eq!(of("paths").text(), format!("{directory}\n"));
    assert_eq!(of("paths0").text(), format!("{directory}\0"));
    let csv = of("csv");
    let lines: Vec<_> = csv.text().lines().collect();
    assert_eq!(lines[0], "digest,size,kind,modified,linked_from,path");
    assert!(lines[1].starts_with(&format!("{orphan},9,unknown,20")) && lines.len() == 2, "{lines:?}");
    let table = of("table");
    for word in [&*orphan, "9 B", "total", "1 orphan", "less than a day old"] {
        assert!(table.text().contains(word), "{word}: {}", table.text());
    }
    let lines = of("ndjson");
    let kinds: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = kinds.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["begin", "blob", "summary"]);
}

//! Which part of two roots is compared, and how that is shown.

use std::fs;

use serde_json::{Value, json};

use super::{copy, copy_of_fixture, diff, diff_stores, differences};
use crate::support::fixture::project;
use crate::support::listing::listing;
use crate::support::paths;
use crate::support::run::{run, run_with};
use crate::support::store::Store;
use crate::support::strace;

/// A sample, and a copy with one of everything done to it.
fn struck() -> (Store, Store) {
    let a = copy_of_fixture("mirror");
    let b = copy_of_fixture("mirror");
    let blob = "blobs/sha256/bd/bd2283dde1600d73d6d34ebff3d646ac1af6dbe2df57b89d86438f3e21394e30/data";
    let mut bytes = fs::read(b.at(blob)).unwrap();
    bytes[7] ^= 1;
    b.write(blob, bytes);
    let cut = "blobs/sha256/e1/e1c99abf3a7fa77eb04a851c72d04d821ab5eda5f4859e9b5b9225602e9e3909/data";
    b.write(cut, &fs::read(b.at(cut)).unwrap()[..100]);
    let other = b.read(&paths::current_link("multi/index", "v1"));
    b.write(&paths::current_link("a", "v1"), other);
    b.remove("repositories/ours");
    b.write("repositories/theirs/_layers/x/link", "stray");
    b.write(&paths::layer_link("theirs/tool", &paths::sha256(b"x")), paths::sha256(b"x"));
    (a, b)
}

#[test]
fn what_a_person_sees() {
    let (a, b) = struck();
    let outcome = run(&["diff", &a.root_text(), &b.root_text()]);
    let shown = outcome.snapshot(&a.root()).replace(&b.root_text(), "[OTHER]");
    insta::assert_snapshot!(shown);
}

#[test]
fn what_a_program_sees() {
    let (a, b) = struck();
    let outcome = diff_stores(&a, &b, &[]);
    let shown = outcome.snapshot(&a.root()).replace(&b.root_text(), "[OTHER]");
    insta::assert_snapshot!(shown);
}

#[test]
fn the_founding_experiment_as_a_person_sees_it() {
    let fixtures = format!("{}/fixtures", project().display());
    let args = ["diff", "--ref", "a:v1", &format!("{fixtures}/registry"), &format!("{fixtures}/mirror")];
    insta::assert_snapshot!(run(&args).snapshot(project()));
}

#[test]
fn every_format_says_the_same() {
    let (a, b) = struck();
    let report = diff_stores(&a, &b, &[]).json();
    let of = |format: &str| run(&["diff", &a.root_text(), &b.root_text(), "-f", format]);
    let lines: Vec<Value> =
        of("ndjson").text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let items = |kind: &str| {
        let items = lines.iter().filter(|line| line["type"] == kind);
        Value::Array(items.map(|line| line["data"].clone()).collect())
    };
    assert_eq!(items("difference"), report["differences"]);
    assert_eq!(items("repository"), report["repositories"]);
    assert_eq!(lines.last().unwrap()["data"]["identical"], false);
    let csv = of("csv");
    assert_eq!(csv.text().lines().count(), 1 + report["differences"].as_array().unwrap().len());
    let paths = of("paths");
    assert_eq!(paths.status, 1);
    let mut count = 0;
    for path in paths.text().lines() {
        assert!(fs::metadata(path).unwrap().is_file(), "{path}");
        count += 1;
    }
    let differs = report["summary"]["differs"].as_u64().unwrap();
    assert_eq!(count, report["differences"].as_array().unwrap().len() as u64 + differs);
}

#[test]
fn one_repository_is_compared_with_the_blobs_that_it_links() {
    let (a, b) = struck();
    let report = diff_stores(&a, &b, &["--repo", "a"]).json();
    assert_eq!(
        differences(&report),
        [
            "differs blob blobs/sha256/bd/bd2283dde1600d73d6d34ebff3d646ac1af6dbe2df57b89d86438f3e21394e30/data".to_owned(),
            format!("differs tag {}", paths::current_link("a", "v1")),
        ]
    );
    let outcome = diff_stores(&a, &b, &["--repo", "a", "--repo", "nobody"]);
    assert_eq!((outcome.status, &outcome.json()["unknown"]), (1, &json!(["nobody"])));
    let only = diff_stores(&a, &b, &["--repo", "ours/tool"]).json();
    assert!(differences(&only).iter().all(|line| line.starts_with("only-in-a") || line.contains("bd2283")));
}

#[test]
fn sizes_alone_read_no_byte() {
    let (a, b) = struck();
    let report = diff_stores(&a, &b, &["--sizes-only"]).json();
    let blobs: Vec<_> = differences(&report).into_iter().filter(|line| line.contains(" blob ")).collect();
    assert_eq!(
        blobs,
        [
            "differs blob blobs/sha256/e1/e1c99abf3a7fa77eb04a851c72d04d821ab5eda5f4859e9b5b9225602e9e3909/data"
        ]
    );
    assert_eq!((&report["compared"], &report["summary"]["bytes_compared"]), (&json!("sizes"), &json!(0)));
    let row = report["differences"].as_array().unwrap().iter().find(|row| row["object"] == "blob").unwrap();
    assert_eq!((&row["digest_a"], &row["intact"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_same_root_twice_or_one_within_the_other_is_said() {
    let store = Store::sample();
    let root = store.root_text();
    let report = diff(&root, &store.v2().display().to_string(), &[]).json();
    assert_eq!(
        (&report["warnings"], &report["identical"]),
        (&json!(["a and b are the same root"]), &json!(true))
    );
    assert_eq!(&report["summary"]["bytes_compared"], 0, "one inode is not read twice");
    let inner = store.at("lost/docker/registry/v2");
    fs::create_dir_all(&inner).unwrap();
    let inner = inner.to_str().unwrap();
    assert_eq!(diff(&root, inner, &[]).json()["warnings"], json!(["b lies inside a"]));
    assert_eq!(diff(inner, &root, &[]).json()["warnings"], json!(["a lies inside b"]));
}

#[test]
fn hard_links_are_equal_without_being_read() {
    let a = Store::sample();
    let b = copy(&a);
    let mut bytes = 0;
    for (digest, content) in &a.model.blobs {
        let path = paths::blob_data(digest);
        if bytes == 0 {
            bytes = content.len();
            continue;
        }
        fs::remove_file(b.at(&path)).unwrap();
        fs::hard_link(a.at(&path), b.at(&path)).unwrap();
    }
    let report = diff_stores(&a, &b, &[]).json();
    assert_eq!((&report["identical"], &report["summary"]["bytes_compared"]), (&json!(true), &json!(bytes)));
}

#[test]
fn the_first_of_several_differences_in_a_large_blob_is_told_whoever_comes_upon_it() {
    const SIZE: u64 = 100 << 20;
    let (a, b) = (Store::new(), Store::new());
    let path = paths::blob_data(&paths::sha256(b"large"));
    for store in [&a, &b] {
        store.write(&path, "");
        fs::File::options().write(true).open(store.at(&path)).unwrap().set_len(SIZE).unwrap();
    }
    let equal = diff_stores(&a, &b, &[]).json();
    assert_eq!(equal["summary"]["bytes_compared"], SIZE);
    let file = fs::File::options().write(true).open(b.at(&path)).unwrap();
    // In several parts of the file, at the border of two, and at its end.
    for at in [SIZE - 1, 64 << 20, (48 << 20) + 12345] {
        std::os::unix::fs::FileExt::write_all_at(&file, b"x", at).unwrap();
        for jobs in ["1", "4"] {
            let report = diff_stores(&a, &b, &["-j", jobs]).json();
            assert_eq!(report["differences"][0]["offset"], at);
            assert_eq!(report["summary"]["bytes_compared"], at, "no more than is the same counts");
            assert_eq!(report["differences"][0]["intact"], "neither");
        }
    }
}

#[test]
fn nothing_is_written_under_either_root() {
    let (a, b) = struck();
    let before = (listing(&a.root()), listing(&b.root()));
    for more in [&[][..], &["--strict"], &["--ref", "a:v1"], &["--repo", "a", "--sizes-only"]] {
        diff_stores(&a, &b, more);
    }
    run(&["inventory", &a.root_text()]);
    run(&["inventory", &b.root_text(), "--strict", "--no-hash"]);
    for (args, inside) in
        [(vec!["diff", "--report"], &a), (vec!["diff", "--report"], &b), (vec!["verify", "--donor"], &b)]
    {
        let report = format!("json={}/report.json", inside.root_text());
        let (one, other) = (a.root_text(), b.root_text());
        let args = match args[0] {
            "diff" => vec!["diff", &one, &other, "--report", &report],
            _ => vec!["verify", "-r", &one, "--donor", &other, "--report", &report],
        };
        let outcome = run(&args);
        assert!(outcome.status == 2 && outcome.stderr.contains("inside the root"), "{}", outcome.stderr);
    }
    assert!(before == (listing(&a.root()), listing(&b.root())));
}

#[test]
fn an_option_that_would_count_for_nothing_is_refused() {
    let store = Store::sample();
    let root = store.root_text();
    for args in [&["diff", &root, &root, "--root", &root][..], &["inventory", &root, "-r", &root]] {
        let outcome = run(args);
        assert!(outcome.status == 2 && outcome.stderr.contains("leave --root out"), "{}", outcome.stderr);
    }
    // What the environment says is for other commands.
    assert_eq!(run_with(("REGFS_ROOT", "/nowhere"), &["diff", &root, &root]).status, 0);
    let outcome = run(&["diff", &root, &root, "--kind", "docker", "--ref", "app"]);
    assert!(outcome.status == 2 && outcome.stderr.contains("is no docker root"), "{}", outcome.stderr);
    assert_eq!(run(&["diff", &root, &root, "--kind", "registry"]).status, 0);
}

#[test]
fn nothing_is_written_into_a_registry_that_was_not_even_named() {
    let (a, b) = (Store::sample(), Store::sample());
    let inside = |name: &str| b.at(name).to_str().unwrap().to_owned();
    let before = listing(&b.root());
    let root = a.root_text();
    for args in [
        &["inventory", &root, "-o", &inside("list")][..],
        &["verify", "-r", &root, "--report", &format!("json={}", inside("blobs/report"))],
        &["verify", "-r", &root, "--checkpoint", &inside("checkpoint")],
        &["export", "-r", &root, "--all", &inside("layout")],
    ] {
        let outcome = run(args);
        assert!(outcome.status == 2 && outcome.stderr.contains("would lie inside"), "{}", outcome.stderr);
    }
    assert!(before == listing(&b.root()));
}

#[test]
fn a_file_is_taken_for_an_inventory_by_a_process_that_can_do_no_harm() {
    if !strace::is_at_hand() {
        return;
    }
    let store = Store::sample();
    let (root, list) = (store.root_text(), super::inventory(&store, "list", &[]));
    let trace = store.outside().join("trace");
    for args in [&["diff", &root, &list][..], &["verify", "-r", &root, "--donor", &list]] {
        assert_eq!(strace::regfs(&[], &trace, args).status, 0);
        let trace = fs::read_to_string(&trace).unwrap();
        let at = |what: &str| trace.lines().position(|line| line.contains(what));
        // Where the kernel has no Landlock, it is asked for all the same.
        let confined = at("landlock_restrict_self").or_else(|| at("landlock_create_ruleset")).unwrap();
        let read = trace.lines().position(|line| line.contains("read(") && line.contains("/list>")).unwrap();
        assert!(confined < read, "{args:?}");
    }
}

//! Where a preview is not certain, or the collector goes by what nobody should trust: it says so.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::{Value, json};

use super::{MODES, all, items, multi_platform, report_of, text};
use crate::support::images::Dialect;
use crate::support::paths;
use crate::support::run::{gc_preview, run, run_as_ordinary_user};
use crate::support::store::Store;

#[test]
fn what_could_not_be_looked_at_makes_the_preview_uncertain() {
    let (store, _) = multi_platform();
    let place = "repositories/app/_manifests/revisions/sha256";
    fs::set_permissions(store.at(place), Permissions::from_mode(0o000)).unwrap();
    let outcome = run_as_ordinary_user(&["gc-preview", "-f", "json", "-r", &store.root_text()]);
    fs::set_permissions(store.at(place), Permissions::from_mode(0o755)).unwrap();
    let report = report_of(&outcome);
    assert_eq!(outcome.status, 2);
    assert_eq!(report["errors"][0]["path"], place);
    assert!(report["warnings"].to_string().contains("not certain"));

    let (linked, _) = multi_platform();
    symlink(store.at("repositories/app"), linked.at("repositories/elsewhere")).unwrap();
    let outcome = gc_preview(&linked, "3");
    assert_eq!(outcome.status, 2);
    assert_eq!(report_of(&outcome)["errors"][0]["path"], "repositories/elsewhere");

    let (piped, [amd64, _]) = multi_platform();
    let link = paths::revision_link("app", &amd64);
    fs::remove_file(piped.at(&link)).unwrap();
    mkfifoat(CWD, piped.at(&link), Mode::from_raw_mode(0o644)).unwrap();
    let outcome = gc_preview(&piped, "2");
    assert_eq!(outcome.status, 2, "a collector waits at a named pipe");
    assert_eq!(report_of(&outcome)["errors"][0]["path"], link);
}

#[test]
fn a_preview_of_what_could_not_all_be_seen_says_so_first_and_promises_nothing() {
    let (store, _) = multi_platform();
    let sure = run(&["gc-preview", "-r", &store.root_text()]);
    assert!(sure.text().contains("no tag would break"), "{}", sure.text());
    let mut store = store;
    store.blob("an orphan, as it seems");
    symlink("app", store.at("repositories/elsewhere")).unwrap();
    let outcome = run(&["gc-preview", "-r", &store.root_text()]);
    let text = outcome.text();
    let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("no {word}: {text}"));
    assert_eq!(outcome.status, 2);
    assert!(at("PARTIAL") < at("BLOB") && at("the preview is not certain") < at("BLOB"), "{text}");
    assert!(!text.contains("no tag would break"), "{text}");
}

#[test]
fn what_ends_every_collector_is_told_rather_than_what_regfs_may_not_read() {
    let (mut store, [amd64, _]) = multi_platform();
    let layer = store.layer("another");
    let other = store.image("zapp", Dialect::Oci, "amd64", &[layer]);
    let link = paths::revision_link("zapp", &other);
    store.write(&link, "");
    let data = store.at(&paths::blob_data(&amd64));
    fs::set_permissions(&data, Permissions::from_mode(0o000)).unwrap();
    let root = store.root_text();
    let outcome = run_as_ordinary_user(&["gc-preview", "-f", "json", "--rules", "2", "-r", &root]);
    fs::set_permissions(&data, Permissions::from_mode(0o644)).unwrap();
    let report = report_of(&outcome);
    assert_eq!((outcome.status, &report["aborts"]["code"]), (2, &json!("link-empty")), "{report:#}");
}

#[test]
fn where_regfs_may_not_read_a_manifest_an_abort_is_no_sure_thing() {
    let (store, [amd64, _]) = multi_platform();
    let data = paths::blob_data(&amd64);
    for mode in MODES {
        let (rules, untagged) = (&mode[..1], &["-m"][..mode.len() - 1]);
        let root = store.root_text();
        let look = |format: &str| {
            let args = [&["gc-preview", "-f", format, "--rules", rules, "-r", &root], untagged].concat();
            fs::set_permissions(store.at(&data), Permissions::from_mode(0o000)).unwrap();
            let outcome = run_as_ordinary_user(&args);
            fs::set_permissions(store.at(&data), Permissions::from_mode(0o644)).unwrap();
            outcome
        };
        let report = report_of(&look("json"));
        assert_eq!(
            (&report["partial"], &report["errors"][0]["path"]),
            (&json!(true), &json!(data)),
            "{mode}"
        );
        if mode == "2m" {
            assert_eq!(report["aborts"], Value::Null, "it does not read what has no tag");
            continue;
        }
        assert_eq!(
            (&report["aborts"]["path"], &report["aborts"]["code"]),
            (&json!(data), &json!("unreadable"))
        );
        let reason = text(&report["aborts"]["reason"]);
        assert!(reason.contains("regfs could not read it") && reason.contains("another user"), "{reason}");
        let table = look("table");
        assert_eq!(table.status, 2);
        for word in ["MAY ABORT: ", "may abort\n", "regfs could not read it"] {
            assert!(table.text().contains(word), "{word}: {}", table.text());
        }
        assert!(
            !table.text().contains("would abort") && !table.text().contains("ABORTS"),
            "{}",
            table.text()
        );
    }
}

#[test]
fn a_manifest_that_is_not_what_its_name_says_is_followed_and_that_is_told() {
    let (mut store, [amd64, arm64]) = multi_platform();
    let (lost, other) = (store.model.edges(&amd64)[0].digest.clone(), store.blob("{}"));
    for mode in MODES {
        assert_eq!(report_of(&gc_preview(&store, mode))["warnings"], json!([]), "{mode}");
    }
    let altered = String::from_utf8(store.model.blobs[&amd64].clone()).unwrap().replace(&lost, &other);
    store.write(&paths::blob_data(&amd64), altered);
    let warnings = |store: &Store, mode: &str| {
        let report = report_of(&gc_preview(store, mode));
        if mode != "2m" {
            let gone = all(&report, "blobs", "digest");
            assert!(gone.contains(&&*lost) && !gone.contains(&&*other), "{mode}: it is followed");
        }
        items(&report, "warnings").iter().map(|warning| text(warning).to_owned()).collect::<Vec<_>>()
    };
    for mode in MODES {
        let warnings = warnings(&store, mode);
        if mode == "2m" {
            let [warning] = &warnings[..] else { panic!("{mode}: {warnings:?}") };
            let is_of_the_tag = warning.contains("does not resolve now") && warning.contains(": app:multi. ");
            assert!(is_of_the_tag, "it does not read what has no tag: {warning}");
            continue;
        }
        let [warning] = &warnings[..] else { panic!("{mode}: {warnings:?}") };
        assert!(warning.starts_with("1 manifest does not hash to its name"), "{warning}");
        assert!(warning.contains("reads it all the same") && warning.contains(&amd64), "{warning}");
    }
    let table = run(&["gc-preview", "-r", &store.root_text()]);
    assert!(table.text().contains("note: 1 manifest does not hash to its name"), "{}", table.text());

    let text = String::from_utf8(store.model.blobs[&arm64].clone()).unwrap();
    store.write(&paths::blob_data(&arm64), format!("{text} "));
    let [warning] = &warnings(&store, "3")[..] else { panic!() };
    assert!(warning.starts_with("2 manifests do not hash to their names"), "{warning}");
    let (first, second) = if amd64 < arm64 { (&amd64, &arm64) } else { (&arm64, &amd64) };
    assert!(warning.contains(&format!(": {first}, {second}. See")), "{warning}");
}

#[test]
fn what_would_go_and_is_needed_by_tags_that_do_not_resolve_is_told_in_a_warning() {
    let store = Store::sample();
    let warning = |store: &Store| {
        let report = report_of(&gc_preview(store, "3"));
        let warnings = items(&report, "warnings").iter().map(|warning| text(warning).to_owned());
        let warnings: Vec<String> = warnings.filter(|warning| warning.contains("not resolve now")).collect();
        assert!(warnings.len() <= 1, "{warnings:?}");
        (report, warnings.into_iter().next())
    };
    assert_eq!(warning(&store).1, None);
    let manifest = &store.model.repos["team/app"].tags["v1"].current;
    store.remove(&paths::revision_link("team/app", manifest));
    let (report, warned) = warning(&store);
    let mut needing: Vec<&str> =
        items(&report, "blobs").iter().flat_map(|blob| items(blob, "needed_by")).map(text).collect();
    needing.sort_unstable();
    needing.dedup();
    assert!(needing.contains(&"team/app:v1"), "{report:#}");
    assert_eq!(report["broken_tags"], json!([]));
    let warned = warned.unwrap();
    assert!(warned.contains(&needing.join(", ")) && warned.contains("regfs verify REF"), "{warned}");
    let table = run(&["gc-preview", "-r", &store.root_text()]);
    assert_eq!(table.status, 0);
    assert!(table.text().contains(&warned), "{}", table.text());
}

//! `du`: every byte of the store is told of once, and rows are what a naive reading of the model makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use walkdir::WalkDir;

use crate::properties::shapes;
use crate::support::damage;
use crate::support::paths::{self, Digest};
use crate::support::random::Rng;
use crate::support::run::{Outcome, run, run_as_ordinary_user, run_json, without_elapsed};
use crate::support::store::Store;

const BY: [&str; 4] = ["namespace", "repository", "tag", "blob"];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn du(store: &Store, more: &[&str]) -> Outcome {
    let root = store.root_text();
    run(&[&["du", "-f", "json", "-r", &root], more].concat())
}

fn rows(report: &Value) -> &[Value] {
    report["rows"].as_array().unwrap()
}

fn names(report: &Value) -> Vec<&str> {
    rows(report).iter().map(|row| row["name"].as_str().unwrap()).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

/// The bytes and number of the regular files `data` below a directory, if their path is as wanted.
fn data(top: &Path, wanted: fn(&[&str]) -> bool) -> (u64, u64) {
    let files = WalkDir::new(top)
        .follow_root_links(false)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|it| it.file_type().is_file());
    let data = files.filter(|it| it.file_name() == "data").filter(|it| {
        let path = it.path().strip_prefix(top).unwrap();
        wanted(&path.iter().map(|name| name.to_str().unwrap()).collect::<Vec<_>>())
    });
    data.fold((0, 0), |(bytes, count), it| (bytes + it.metadata().unwrap().len(), count + 1))
}

fn is_misplaced(path: &[&str]) -> bool {
    let is_placed = |algorithm, fan_out, hex: &str| {
        let length = match algorithm {
            "sha256" => 64,
            "sha384" => 96,
            "sha512" => 128,
            _ => 0,
        };
        hex.len() == length && hex.starts_with(fan_out)
    };
    !matches!(*path, [algorithm, fan_out, hex, _] if is_placed(algorithm, fan_out, hex))
}

/// What must add up in any report on any store.
#[track_caller]
fn adds_up(report: &Value, v2: &Path) {
    let summary = &report["summary"];
    let (bytes, blobs) = data(&v2.join("blobs"), |_| true);
    assert_eq!((number(&summary["total"]), number(&summary["blobs"])), (bytes, blobs), "{summary:#}");
    let parts = ["unique_total", "shared_total", "untagged", "unknown", "orphans"];
    assert_eq!(parts.iter().map(|part| number(&summary[part])).sum::<u64>(), bytes, "{summary:#}");
    let is_upload = |path: &[&str]| matches!(path, [.., "_uploads", _, _]);
    let uploads = data(&v2.join("repositories"), is_upload);
    assert_eq!((number(&summary["uploads"]), number(&summary["unfinished_uploads"])), uploads);

    let sum = |member: &str| rows(report).iter().map(|row| number(&row[member])).sum::<u64>();
    assert_eq!(number(&summary["rows"]), rows(report).len() as u64);
    assert_eq!(sum("unique"), number(&summary["unique_total"]));
    assert_eq!(sum("logical"), sum("unique") + sum("shared"));
    if report["by"] == "blob" {
        assert_eq!(sum("shared"), number(&summary["shared_total"]));
    } else {
        assert_eq!(sum("logical"), number(&summary["logical_total"]));
    }
}

/// Everything, by each owner's name: what the model says that it needs.
fn owners(store: &Store, by: &str) -> BTreeMap<String, BTreeSet<Digest>> {
    let mut owners: BTreeMap<String, BTreeSet<Digest>> = BTreeMap::new();
    for (name, repo) in &store.model.repos {
        if by == "tag" {
            for (tag, at) in &repo.tags {
                owners.insert(format!("{name}:{tag}"), store.model.needs(&at.current));
            }
            continue;
        }
        let owner = if by == "namespace" { name.split('/').next().unwrap() } else { name };
        let needs = repo.revisions.iter().flat_map(|digest| store.model.needs(digest));
        owners.entry(owner.to_owned()).or_default().extend(needs);
    }
    for needs in owners.values_mut() {
        needs.retain(|digest| store.model.blobs.contains_key(digest));
    }
    owners
}

fn bytes<'a>(store: &Store, digests: impl IntoIterator<Item = &'a Digest>) -> u64 {
    digests.into_iter().map(|digest| store.model.blobs[digest].len() as u64).sum()
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn rows_are_what_the_model_says(shape in shapes()) {
        let store = Store::sound(shape);
        let needed: BTreeSet<Digest> = owners(&store, "repository").into_values().flatten().collect();
        for by in ["namespace", "repository", "tag"] {
            let outcome = du(&store, &["--by", by]);
            let report = outcome.json();
            prop_assert_eq!(outcome.status, 0, "{}", outcome.stderr);
            adds_up(&report, &store.v2());
            let owners = owners(&store, by);
            prop_assert_eq!(names(&report), owners.keys().collect::<Vec<_>>());
            for (row, (name, needs)) in rows(&report).iter().zip(&owners) {
                let others = owners.iter().filter(|(other, _)| *other != name).flat_map(|(_, needs)| needs);
                let others: BTreeSet<_> = others.collect();
                let unique = bytes(&store, needs.iter().filter(|digest| !others.contains(digest)));
                let expected = (bytes(&store, needs), unique, needs.len() as u64);
                let row = (number(&row["logical"]), number(&row["unique"]), number(&row["blobs"]));
                prop_assert_eq!(row, expected, "{} {}", by, name);
            }
            let distinct: BTreeSet<_> = owners.values().flatten().cloned().collect();
            let summary = &report["summary"];
            prop_assert_eq!(number(&summary["untagged"]), bytes(&store, needed.difference(&distinct)));
            prop_assert_eq!(number(&summary["unknown"]), 0);
            let orphans = store.model.blobs.keys().filter(|digest| !needed.contains(*digest));
            prop_assert_eq!(number(&summary["orphans"]), bytes(&store, orphans));
        }
    }

    #[test]
    fn blobs_are_told_with_who_needs_them(shape in shapes()) {
        let store = Store::sound(shape);
        let report = du(&store, &["--by", "blob"]).json();
        adds_up(&report, &store.v2());
        let by_name = ["repository", "tag"].map(|by| owners(&store, by));
        let users = |owners: &BTreeMap<String, BTreeSet<Digest>>, digest: &str| {
            owners.values().filter(|needs| needs.contains(digest)).count() as u64
        };
        for row in rows(&report) {
            let digest = row["name"].as_str().unwrap();
            let [repositories, tags] = by_name.each_ref().map(|owners| users(owners, digest));
            prop_assert_eq!((number(&row["repositories"]), number(&row["tags"])), (repositories, tags));
            let size = store.model.blobs[digest].len() as u64;
            let unique = if repositories == 1 { size } else { 0 };
            prop_assert_eq!((number(&row["logical"]), number(&row["unique"])), (size, unique));
        }
        let needed: BTreeSet<_> = by_name[0].values().flatten().map(String::as_str).collect();
        prop_assert_eq!(names(&report), Vec::from_iter(needed));
    }

    #[test]
    fn naming_repositories_chooses_rows_and_changes_none(shape in shapes(), which in any::<prop::sample::Index>()) {
        let store = Store::sound(shape);
        let repos: Vec<&String> = store.model.repos.keys().collect();
        let repo = repos[which.index(repos.len())].as_str();
        for by in BY {
            let all = du(&store, &["--by", by]).json();
            let some = du(&store, &["--by", by, repo]).json();
            prop_assert_eq!(&without_elapsed(&all["summary"].to_string()), &without_elapsed(&some["summary"].to_string()));
            let needs = &owners(&store, "repository")[repo];
            let is_wanted = |name: &str| match by {
                "namespace" => repo.split('/').next() == Some(name),
                "repository" => name == repo,
                "tag" => name.split(':').next() == Some(repo),
                _ => needs.contains(name),
            };
            let wanted: Vec<_> = rows(&all).iter().filter(|row| is_wanted(row["name"].as_str().unwrap())).collect();
            prop_assert_eq!(rows(&some).iter().collect::<Vec<_>>(), wanted, "{} {}", by, repo);
        }
    }

    #[test]
    fn the_top_is_the_beginning_of_what_is_sorted(shape in shapes(), top in 0..6_usize, by in 0..BY.len()) {
        let store = Store::sound(shape);
        let (by, top_text) = (BY[by], top.to_string());
        let args = |more: &[&'static str]| [&["--by", by][..], more].concat();
        let by_name = du(&store, &args(&[])).json();
        for sort in ["logical", "unique", "shared", "blobs", "name"] {
            let sorted = du(&store, &args(&["--sort", sort])).json();
            let mut expected = rows(&by_name).to_vec();
            // Stable, hence by name among equals.
            if sort != "name" {
                expected.sort_by_key(|row| std::cmp::Reverse(number(&row[sort])));
            }
            prop_assert_eq!(rows(&sorted), &expected[..], "{}", sort);
            let cut = du(&store, &[&args(&["--sort", sort])[..], &["--top", &top_text]].concat()).json();
            prop_assert_eq!(rows(&cut), &expected[..top.min(expected.len())], "{}", sort);
            prop_assert_eq!(&cut["summary"]["unique_total"], &sorted["summary"]["unique_total"]);
        }
        let largest = du(&store, &[&args(&[])[..], &["--top", &top_text]].concat()).json();
        let mut expected = rows(&by_name).to_vec();
        expected.sort_by_key(|row| std::cmp::Reverse(number(&row["logical"])));
        expected.truncate(top);
        expected.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
        prop_assert_eq!(rows(&largest), &expected[..]);
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn totals_add_up_whatever_is_damaged(
        shape in shapes(), strikes in proptest::collection::vec(0..damage::ALL.len(), 1..4), by in 0..BY.len(),
    ) {
        let mut store = Store::sound(shape);
        for which in &strikes {
            // What a verb wants to strike may be gone by an earlier one: the store is no less damaged.
            let strike = || damage::ALL[*which](&mut store, &mut Rng::new(shape.seed));
            let _ = catch_unwind(AssertUnwindSafe(strike));
        }
        let outcome = du(&store, &["--by", BY[by]]);
        let report = outcome.json();
        let is_whole = report["errors"].as_array().unwrap().is_empty();
        prop_assert_eq!(outcome.status, if is_whole { 0 } else { 2 }, "{:?} {}", strikes, outcome.stderr);
        adds_up(&report, &store.v2());

        let orphans = run_json(&["orphans", "-f", "json", "-r", &store.root_text()]);
        let (misplaced, _) = data(&store.at("blobs"), is_misplaced);
        let listed = number(&orphans["summary"]["bytes"]) + misplaced;
        let counted = number(&report["summary"]["orphans"]);
        // `du` looks at each layer link; `orphans` only at those that nothing needs, and so may be certain alone.
        let is_certain = !report["warnings"].to_string().contains("lower bounds");
        prop_assert!(if is_certain { counted == listed } else { counted <= listed }, "{counted} {listed} {strikes:?}");
        if is_certain {
            prop_assert_eq!(number(&report["summary"]["unknown"]), 0);
            prop_assert!(orphans["unknown"].as_array().unwrap().is_empty(), "{}", orphans["unknown"]);
        }
    }
}

#[test]
fn totals_add_up_on_every_fixture() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for name in ["registry", "schema1", "alias", "uploads", "tagless", "collected", "cache", "real"] {
        let root = fixtures.join(name);
        for by in BY {
            let outcome = run(&["du", "-f", "json", "--by", by, "-r", root.to_str().unwrap()]);
            assert_eq!(outcome.status, 0, "{name}: {}", outcome.stderr);
            adds_up(&outcome.json(), &root.join("docker/registry/v2"));
        }
    }
}

#[test]
fn a_layer_named_by_another_algorithm_counts_as_the_blob_that_it_is_stored_as() {
    let mut store = Store::new();
    let layer = store.layer("content");
    let content = store.model.blobs[&layer.digest].clone();
    let alias = paths::sha512(&content);
    store.write(&paths::layer_link("app", &alias), &layer.digest);
    store.link_layer("app", &layer.digest);
    let config = store.config("app", "amd64", &[&layer.diff_id]);
    let described = |digest: &str| json!({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest, "size": content.len()});
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": store.descriptor("application/vnd.oci.image.config.v1+json", &config),
        "layers": [described(&alias), described(&layer.digest)],
    });
    let manifest = store.manifest("app", manifest.to_string());
    store.tag("app", "v1", &manifest);
    for by in ["repository", "tag"] {
        let report = du(&store, &["--by", by]).json();
        adds_up(&report, &store.v2());
        let all = bytes(&store, [&manifest, &config, &layer.digest]);
        assert_eq!((number(&rows(&report)[0]["logical"]), number(&rows(&report)[0]["blobs"])), (all, 3));
        assert_eq!(report["summary"]["total"], all);
    }
}

#[test]
fn what_a_damaged_manifest_may_need_is_no_orphan() {
    let store = Store::sample();
    let (repo, manifest) = ("team/app/nested", &store.model.repos["team/app/nested"].tags["v1"].current);
    let before = du(&store, &[]).json();
    let altered = [&store.model.blobs[manifest][..], b"\n"].concat();
    store.write(&paths::blob_data(manifest), altered);
    let outcome = du(&store, &[]);
    let report = outcome.json();
    assert_eq!(outcome.status, 0, "the bytes could be read");
    adds_up(&report, &store.v2());
    assert_eq!(report["summary"]["orphans"], before["summary"]["orphans"]);
    let config = &store.model.edges(manifest)[0].digest;
    assert_eq!(number(&report["summary"]["unknown"]), bytes(&store, [config]), "the layer is used elsewhere");
    let warning = report["warnings"].to_string();
    assert!(warning.contains(&paths::blob_data(manifest)) && warning.contains("lower bounds"), "{warning}");
    let row = rows(&report).iter().find(|row| row["name"] == repo).unwrap();
    assert_eq!(row["blobs"], 1, "the manifest itself is needed all the same");
    let table = run(&["du", "-r", &store.root_text()]);
    assert!(table.text().contains("(unknown)"), "{}", table.text());
}

#[test]
fn what_cannot_be_read_makes_the_answer_partial() {
    let store = Store::sample();
    let manifest = &store.model.repos["lib"].tags["v1"].current;
    let closed = [paths::blob_data(manifest), "repositories/team/app/_layers/sha256".to_owned()];
    for path in &closed {
        let path = store.at(path);
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
        let outcome = run_as_ordinary_user(&["du", "-f", "json", "-r", &store.root_text()]);
        fs::set_permissions(&path, mode).unwrap();
        let report = outcome.json();
        assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)));
        assert_eq!(
            report["summary"]["orphans"].as_u64().unwrap() == 0,
            path.ends_with("sha256"),
            "{report:#}"
        );
        adds_up(&report, &store.v2());
    }
}

#[test]
fn a_tag_that_leads_nowhere_needs_nothing_and_is_said() {
    let mut store = Store::sample();
    let orphan = paths::sha256(b"an orphan");
    store.tag("lib", "lost", &orphan);
    store.create_dir(&paths::tag_dir("lib", "bare"));
    let report = du(&store, &["--by", "tag", "lib"]).json();
    adds_up(&du(&store, &["--by", "tag"]).json(), &store.v2());
    assert_eq!(names(&report), ["lib:lost", "lib:v1", "lib:windows"]);
    assert_eq!((&rows(&report)[0]["logical"], &rows(&report)[0]["blobs"]), (&json!(0), &json!(0)));
    assert!(report["warnings"][0].as_str().unwrap().starts_with("1 of the tags"), "{}", report["warnings"]);
}

#[test]
fn an_unknown_repository_is_an_answer_with_near_names() {
    let store = Store::sample();
    let outcome = du(&store, &["lib", "team/ap"]);
    let report = outcome.json();
    assert_eq!(outcome.status, 1);
    assert_eq!(report["message"], "there is no repository team/ap");
    assert!(report["suggestions"].as_array().unwrap().contains(&json!("team/app")), "{report:#}");
    assert_eq!((&report["rows"], &report["summary"]), (&json!([]), &json!(null)));
    let table = run(&["du", "team/ap", "-r", &store.root_text()]);
    assert!(table.text().contains("did you mean team/app"), "{}", table.text());
    let stream = run(&["du", "team/ap", "-f", "ndjson", "-r", &store.root_text()]);
    assert_eq!(stream.text().lines().filter(|line| line.contains(r#""type":"summary""#)).count(), 1);
    assert_eq!(du(&store, &["registry.example.com/lib"]).json()["rows"][0]["name"], "lib");
}

#[test]
fn names_from_a_root_do_not_act_on_a_terminal() {
    let mut store = Store::sample();
    let image = store.model.repos["lib"].tags["v1"].current.clone();
    store.tag("lib", "\u{1b}[31mred\u{202e}", &image);
    store.link_revision("evil\u{1b}]0;x\u{7}/b", &image);
    for format in ["table", "csv", "json", "ndjson"] {
        for by in ["namespace", "repository", "tag"] {
            let outcome = run(&["du", "--by", by, "-f", format, "-r", &store.root_text()]);
            assert_eq!(outcome.status, 0, "{by}: {}", outcome.stderr);
            let acts =
                |c: char| (c.is_control() && c != '\n') || (c == '\u{202e}' && !format.contains("json"));
            assert!(!outcome.text().contains(acts), "{by} {format}: {:?}", outcome.text());
        }
    }
    assert_eq!(names(&du(&store, &["--by", "namespace"]).json())[0], "evil\u{1b}]0;x\u{7}");
}

#[test]
fn an_empty_root_needs_nothing() {
    let store = Store::new();
    for by in BY {
        let report = du(&store, &["--by", by]).json();
        adds_up(&report, &store.v2());
        assert_eq!((&report["rows"], &report["summary"]["dedupe_ratio"]), (&json!([]), &json!(null)));
    }
}

#[test]
fn the_table_tells_shares_rests_and_totals() {
    let store = Store::sample();
    let root = store.root_text();
    let table = run(&["du", "--top", "2", "-r", &root]);
    insta::assert_snapshot!(table.text(), @"
    REPOSITORY  TAGS  BLOBS  LOGICAL   UNIQUE  SHARED  OF TOTAL
    team/app       4     18  5.1 KiB  4.7 KiB   412 B     72.8%  ███████▎
    lib            2      6  1.7 KiB  1.3 KiB   412 B     24.6%  ██▌
    (1 other)      -      -    671 B    585 B       -         -
    (orphans)      -      2      9 B      9 B     0 B      0.1%  ▏
    total          -     25  7.0 KiB  6.6 KiB   412 B         -
    (uploads)      -      -     10 B        -       -         -

    3 repositories, 7.0 KiB on disk; dedupe ratio 1.07: 7.5 KiB needed by repositories, stored in 7.0 KiB
    ");
    let alone = run(&["du", "--by", "namespace", "lib", "-r", &root]);
    insta::assert_snapshot!(alone.text(), @"
    NAMESPACE  REPOSITORIES  TAGS  BLOBS  LOGICAL   UNIQUE  SHARED  OF TOTAL
    lib                   1     2      6  1.7 KiB  1.3 KiB   412 B     24.6%  ██▌
    (1 other)             -     -      -  5.7 KiB  5.3 KiB       -         -
    (orphans)             -     -      2      9 B      9 B     0 B      0.1%  ▏
    total                 -     -     25  7.0 KiB  6.6 KiB   412 B         -
    (uploads)             -     -      -     10 B        -       -         -

    2 namespaces, 7.0 KiB on disk; dedupe ratio 1.06: 7.4 KiB needed by namespaces, stored in 7.0 KiB
    ");
    let blobs = run(&["du", "--by", "blob", "--top", "3", "-f", "csv", "-r", &root]);
    let lines: Vec<&str> = blobs.text().lines().collect();
    assert_eq!(lines[0], "name,kind,logical,unique,shared,blobs,repositories,tags");
    assert_eq!(lines.len(), 4);
}

#[test]
fn a_table_of_many_rows_shows_the_largest_and_adds_up_the_others() {
    let mut store = Store::new();
    for number in 0..60 {
        let manifest = store.artifact(&format!("r{number:02}"), &paths::sha256(b""), &"x".repeat(number));
        store.tag(&format!("r{number:02}"), "v1", &manifest);
    }
    let table = run(&["du", "-r", &store.root_text()]);
    assert!(table.text().contains("r59") && !table.text().contains("r01"), "{}", table.text());
    assert!(table.text().contains("(10 others)"), "{}", table.text());
    let all = run(&["du", "--top", "60", "-r", &store.root_text()]);
    assert!(all.text().contains("r01") && !all.text().contains("others"), "{}", all.text());
}

#[test]
fn the_report_does_not_depend_on_jobs() {
    let store = Store::sample();
    for by in BY {
        let [one, four] = ["1", "4"].map(|jobs| du(&store, &["--by", by, "--jobs", jobs]));
        assert_eq!(without_elapsed(one.text()), without_elapsed(four.text()));
    }
}

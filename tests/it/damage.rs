//! One test per way in which a store goes wrong: a sound store, one damage, exactly its finding.

use serde_json::{Value, json};

use crate::support::damage::{
    Expected, Verb, blobs, links, manifests, names, notes, references, special, verdict,
};
use crate::support::images::Dialect;
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::run::{run, run_json, verify};
use crate::support::store::Store;

/// Places in the sample that each damage strikes.
const STRIKES: u64 = 6;

#[track_caller]
fn finds_exactly_what(verb: Verb) {
    let mut struck = 0;
    for seed in 0..STRIKES {
        let mut store = Store::sample();
        let Some(damage) = verb(&mut store, &mut Rng::new(seed)) else { continue };
        struck += 1;
        if let Err(faults) = verdict::judge(&store, &damage) {
            panic!("strike {seed}: {damage:#?}\n{faults}");
        }
    }
    assert!(struck > 0, "the sample has nothing to strike");
}

macro_rules! each_is_found_alone {
    ($($behaviour:ident: $verb:path;)*) => { $(
        #[test]
        fn $behaviour() {
            finds_exactly_what($verb);
        }
    )* };
}

each_is_found_alone! {
    a_flipped_bit_is_an_altered_blob: blobs::flip_a_bit;
    a_blob_that_has_grown_is_altered: blobs::append;
    an_emptied_blob_is_told_as_empty: blobs::empty;
    a_blob_shorter_than_its_descriptor_is_truncated: blobs::truncate;
    a_blob_in_another_fan_out_is_misplaced_not_missing: blobs::move_to_another_fan_out;
    a_data_file_in_a_fan_out_is_misplaced: blobs::drop_data_into_a_fan_out;
    an_emptied_link_hurts_the_tags_behind_it: links::empty;
    a_link_that_is_not_exactly_a_digest_is_malformed: links::malform;
    a_link_to_another_digest_than_its_path_is_a_mismatch: links::point_elsewhere;
    a_revision_that_names_a_layer_misleads_collectors: links::point_to_a_layer;
    a_removed_config_or_layer_is_missing_once_for_all_its_users: references::remove_a_blob;
    a_removed_manifest_leaves_its_revisions_dangling: references::remove_a_manifest;
    a_tag_without_its_revision_points_to_the_unknown: references::unlink_a_tagged_revision;
    a_layer_without_its_link_is_unlinked: references::unlink_a_layer;
    a_child_without_its_revision_is_unlinked: references::unlink_a_child;
    a_child_without_revision_and_blob_is_missing: references::remove_a_child;
    a_current_digest_that_its_index_forgot_is_told: references::forget_in_index;
    a_tag_without_current_is_told: references::remove_current;
    a_repository_that_lost_its_tags_is_told: references::remove_tags;
    a_repository_that_lost_its_layer_links_is_incomplete: references::remove_layers;
    a_manifest_that_is_no_json_is_malformed: manifests::garbage;
    a_manifest_of_unknown_type_is_malformed: manifests::unknown_type;
    a_manifest_without_schema_version_is_malformed: manifests::without_schema_version;
    a_manifest_whose_manifests_is_a_text_is_malformed: manifests::manifests_of_a_wrong_type;
    a_manifest_past_four_mebibytes_is_malformed: manifests::past_four_mebibytes;
    a_descriptor_of_the_wrong_size_is_told: manifests::wrong_size;
    a_wrong_diff_id_is_told_by_a_deep_look: manifests::wrong_diff_id;
    a_config_that_is_no_json_does_not_match: manifests::config_is_no_json;
    a_config_short_of_a_diff_id_does_not_match: manifests::config_lacks_a_diff_id;
    a_manifest_that_is_image_and_index_is_ambiguous: manifests::image_and_index_at_once;
    a_child_of_another_type_than_described_is_ambiguous: manifests::child_of_another_type;
    a_schema_1_manifest_is_told: manifests::schema1;
    a_digest_of_an_unknown_algorithm_is_told: manifests::unknown_algorithm;
    a_layer_linked_under_another_algorithm_is_an_alias: manifests::alias_of_a_layer;
    a_data_that_is_no_regular_file_is_told: special::data;
    a_link_that_is_no_regular_file_is_told: special::link;
    a_directory_that_is_a_symbolic_link_hides_no_absence: special::directory_is_a_link;
    a_directory_that_is_a_file_hides_no_absence: special::directory_is_a_file;
    a_file_without_a_place_is_stray: names::stray_file;
    a_repository_of_invalid_name_is_told: names::invalid_repository;
    a_tag_of_invalid_name_is_told: names::invalid_tag;
    an_old_upload_is_stale: names::stale_upload;
    an_upload_without_start_is_malformed: names::upload_without_start;
    an_upload_of_unreadable_start_is_malformed: names::upload_with_an_unreadable_start;
    an_upload_whose_id_is_no_uuid_is_malformed: names::upload_with_an_odd_id;
    an_empty_directory_is_a_note: notes::empty_directory;
    a_temporary_file_is_a_note: notes::temporary_file;
    a_blob_directory_without_data_is_a_note: notes::blob_without_data;
    an_index_entry_without_revision_is_a_note: notes::dangling_index_entry;
    a_layer_link_without_blob_is_a_note: notes::dangling_layer_link;
    a_missing_subject_is_a_note: notes::missing_subject;
    a_repository_without_revisions_is_a_note: notes::empty_repository;
}

#[test]
fn the_sample_itself_is_clean() {
    let store = Store::sample();
    let outcome = verify(&store, &["--deep"]);
    let report = outcome.json();
    assert_eq!(report["findings"], json!([]));
    assert_eq!(outcome.status, 0);
    assert_eq!(verdict::faults_of_report(&report, &outcome), [""; 0]);
    for (member, expected) in store.model.summary().as_object().unwrap() {
        assert_eq!(report["summary"][member], *expected, "{member}");
    }
}

/// The exit status of `verify` on the sample, struck by `verb`.
fn status_of(verb: Verb, args: &[&str]) -> i32 {
    let mut store = Store::sample();
    verb(&mut store, &mut Rng::new(3)).unwrap();
    verify(&store, args).status
}

#[test]
fn fail_on_sets_what_is_bad_enough() {
    let threshold = ["error", "warning", "note", "never"];
    for (verb, statuses) in [
        (blobs::flip_a_bit as Verb, [1, 1, 1, 0]),
        (names::stale_upload, [0, 1, 1, 0]),
        (notes::dangling_layer_link, [0, 0, 1, 0]),
    ] {
        for (level, expected) in threshold.into_iter().zip(statuses) {
            assert_eq!(status_of(verb, &["--fail-on", level]), expected, "--fail-on {level}");
        }
    }
}

#[test]
fn notes_are_counted_and_listed_only_when_asked_for() {
    let mut store = Store::sample();
    notes::dangling_layer_link(&mut store, &mut Rng::new(1)).unwrap();
    let report = run_json(&["verify", "-f", "json", "-r", &store.root_text()]);
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["summary"]["notes"], 1);
}

#[test]
fn the_age_at_which_an_upload_is_stale_can_be_set() {
    let mut store = Store::sample();
    let day = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let started = day.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    store.upload("lib", "7d1f3a50-1111-4222-8333-444455556666", &started);
    assert_eq!(verify(&store, &[]).json()["findings"], json!([]));
    assert_eq!(verify(&store, &["--upload-age", "1d12h"]).json()["findings"], json!([]));
    let report = verify(&store, &["--upload-age", "23h"]).json();
    assert_eq!(report["summary"]["warnings"], 1);
    assert_eq!(report["findings"][0]["code"], "upload-stale");
}

#[test]
fn without_hashing_a_layer_is_trusted_and_a_manifest_is_not() {
    let mut store = Store::new();
    let layer = store.layer("text");
    let image = store.image("a", Dialect::Oci, "amd64", std::slice::from_ref(&layer));
    store.tag("a", "v1", &image);
    for (digest, status) in [(&layer.digest, 0), (&image, 1)] {
        let content = store.model.blobs[digest].clone();
        let mut wrong = content.clone();
        *wrong.last_mut().unwrap() ^= 1;
        store.write(&paths::blob_data(digest), wrong);
        assert_eq!(verify(&store, &["--no-hash"]).status, status);
        store.write(&paths::blob_data(digest), content);
    }
}

#[test]
fn a_mismatch_tells_what_the_bytes_hash_to() {
    let mut store = Store::sample();
    let digest = store.blob("right");
    store.write(&paths::blob_data(&digest), "wrong");
    let report = verify(&store, &[]).json();
    let detail = report["findings"][0]["detail"].as_str().unwrap();
    assert!(detail.contains(&paths::sha256(b"wrong")), "{detail}");
}

#[test]
fn an_alias_whose_bytes_do_not_hash_to_it_is_an_error() {
    let mut store = Store::sample();
    let layer = store.layer("aliased");
    let alias = paths::sha512(b"something else");
    store.link_layer("lib", &layer.digest);
    store.write(&paths::layer_link("lib", &alias), &layer.digest);
    let outcome = verify(&store, &[]);
    assert_eq!(outcome.status, 1);
    let report = outcome.json();
    let errors: Vec<_> =
        verdict::findings(&report).into_iter().filter(|finding| finding["severity"] == "error").collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let code = errors[0]["code"].as_str().unwrap();
    assert!(["link-mismatch", "blob-digest-mismatch"].contains(&code), "{code}");
}

#[test]
fn a_first_component_that_parses_as_a_domain_is_a_valid_name() {
    let mut store = Store::sample();
    for repo in ["Foo/bar", "registry.example.com/app"] {
        let layer = store.layer("text");
        let image = store.image(repo, Dialect::Oci, "amd64", &[layer]);
        store.tag(repo, "v1", &image);
    }
    assert_eq!(verify(&store, &[]).json()["findings"], json!([]));
}

#[test]
fn a_root_with_half_of_its_directories_is_incomplete() {
    for (removed, seen) in [("blobs", "repositories"), ("repositories", "blobs")] {
        let store = Store::bare();
        store.create_dir(seen);
        let outcome = verify(&store, &[]);
        let report = outcome.json();
        let findings: Vec<_> =
            verdict::findings(&report).into_iter().filter(|finding| finding["severity"] != "note").collect();
        let expected = Expected::error("root-incomplete", removed).affects_nothing();
        assert_eq!(verdict::faults_of_findings(&findings, &[expected]), [""; 0]);
        assert_eq!(outcome.status, 1);
    }
}

#[test]
fn a_reference_to_nothing_is_unknown() {
    let store = Store::sample();
    let unknown = format!("lib@{}", paths::sha256(b"no such revision"));
    for reference in ["no/such:v1", "lib:no-such-tag", &unknown] {
        let outcome = verify(&store, &[reference]);
        let report = outcome.json();
        let codes: Vec<_> = verdict::findings(&report).into_iter().map(|finding| &finding["code"]).collect();
        assert_eq!(codes, [&json!("reference-unknown")], "{reference}");
        assert_eq!(outcome.status, 1, "{reference}");
    }
}

#[test]
fn a_look_at_some_references_sees_what_they_reach_and_nothing_else() {
    let mut store = Store::sample();
    let layer = store.layer("of one image alone");
    let image = store.image("lib", Dialect::Oci, "amd64", std::slice::from_ref(&layer));
    store.tag("lib", "struck", &image);
    store.write(&paths::blob_data(&layer.digest), "altered");
    let clean = verify(&store, &["lib:v1", "team/app:multi"]);
    assert_eq!((clean.status, &clean.json()["findings"]), (0, &json!([])));
    let outcome = verify(&store, &["lib:v1", "lib:struck"]);
    let report = outcome.json();
    assert_eq!(outcome.status, 1);
    let path = paths::blob_data(&layer.digest);
    assert_eq!(verdict::codes_and_paths(&report), [format!("blob-digest-mismatch {path}")]);
    assert_eq!(report["findings"][0]["affects"], Value::from(vec!["lib:struck"]));
}

#[test]
fn a_pull_through_cache_may_miss_layers_and_layer_links() {
    let mut store = Store::sample();
    store.write("../../../scheduler-state.json", "{}");
    references::remove_a_blob(&mut store, &mut Rng::new(2)).unwrap();
    let outcome = verify(&store, &[]);
    assert_eq!(outcome.status, 0);
    assert_eq!(verdict::codes_and_paths(&outcome.json()), [""; 0]);

    let mut store = Store::new();
    let layer = store.layer("cached");
    let image = store.image("library/app", Dialect::Oci, "amd64", &[layer]);
    store.tag("library/app", "v1", &image);
    store.remove("repositories/library/app/_layers");
    let found = || verdict::codes_and_paths(&verify(&store, &[]).json());
    assert!(found().contains(&"repository-incomplete repositories/library/app".to_owned()), "{:?}", found());
    store.write("../../../scheduler-state.json", "{}");
    assert_eq!(found(), [""; 0]);
}

#[test]
fn what_a_pull_through_cache_forgot_is_a_note() {
    for (verb, code) in [
        (references::remove_a_manifest as Verb, "revision-dangling"),
        (references::unlink_a_tagged_revision, "tag-unknown-revision"),
    ] {
        let struck = |is_cache: bool| {
            let mut store = Store::sample();
            if is_cache {
                store.write("../../../scheduler-state.json", "{}");
            }
            verb(&mut store, &mut Rng::new(2)).unwrap();
            let outcome = verify(&store, &[]);
            let findings = outcome.json()["findings"].as_array().unwrap().clone();
            let of_code = findings.into_iter().filter(|finding| finding["code"] == code);
            (outcome.status, of_code.map(|finding| finding["severity"].clone()).collect::<Vec<_>>())
        };
        let (status, severities) = struck(true);
        assert!(status == 0 && !severities.is_empty(), "{code}: {severities:?}");
        assert!(severities.iter().all(|severity| severity == "note"), "{code}: {severities:?}");
        let (status, severities) = struck(false);
        assert!(
            status == 1 && severities.iter().all(|severity| severity == "error"),
            "{code}: {severities:?}"
        );
    }
}

#[test]
fn a_blobs_directory_under_another_fan_out_is_misplaced_whatever_else_is_in_it() {
    let store = Store::new();
    let digest = paths::sha256(b"moved");
    let hex = paths::hex(&digest);
    let directory = format!("blobs/sha256/{}/{hex}", if hex.starts_with("00") { "ff" } else { "00" });
    let found = || verdict::codes_and_paths(&verify(&store, &[]).json());
    store.create_dir(&directory);
    assert_eq!(found(), [format!("blob-misplaced {directory}")]);
    store.write(&format!("{directory}/data.tmp"), "");
    assert_eq!(found(), [format!("blob-misplaced {directory}")]);
    store.write(&format!("{directory}/data"), "moved");
    let found = found();
    assert!(found.contains(&format!("blob-misplaced {directory}/data")), "{found:?}");
    assert!(!found.contains(&format!("blob-misplaced {directory}")), "{found:?}");
}

#[test]
fn of_two_aliases_only_the_false_one_is_a_mismatch() {
    let mut store = Store::sample();
    let (right, wrong) = (store.layer("right"), store.layer("wrong"));
    let alias = paths::sha512(&store.model.blobs[&right.digest]);
    for (repo, layer) in [("lib", &right), ("team/app", &wrong)] {
        store.link_layer(repo, &layer.digest);
        store.write(&paths::layer_link(repo, &alias), &layer.digest);
    }
    let found = verdict::codes_and_paths(&verify(&store, &[]).json());
    let expected = [
        format!("layer-alias {}", paths::layer_link("lib", &alias)),
        format!("link-mismatch {}", paths::layer_link("team/app", &alias)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_missing_revision_that_is_somebodys_layer_is_told_alone() {
    let mut store = Store::sample();
    let inner = store.model.repos["lib"].tags["v1"].current.clone();
    store.link_layer("lib", &inner);
    let layer = store.descriptor("application/vnd.oci.image.manifest.v1+json", &inner);
    let config = store.blob("{}");
    store.link_layer("lib", &config);
    let config = store.descriptor("application/vnd.oci.empty.v1+json", &config);
    let outer = json!({ "schemaVersion": 2, "config": config, "layers": [layer] }).to_string();
    let outer = store.manifest("lib", outer);
    store.tag("lib", "outer", &outer);
    store.remove(&paths::blob_dir(&inner));
    let report = verify(&store, &[]).json();
    let link = paths::revision_link("lib", &inner);
    assert_eq!(verdict::codes_and_paths(&report), [format!("revision-dangling {link}")]);
    let finding = verdict::findings(&report).into_iter().find(|f| f["code"] == "revision-dangling").unwrap();
    assert_eq!(finding["affects"], json!(["lib:outer", "lib:v1"]));
}

#[test]
fn an_encrypted_layer_has_no_diff_id_to_compare() {
    let mut store = Store::new();
    let cipher = store.blob("ciphertext");
    store.link_layer("a", &cipher);
    let config = store.config("a", "amd64", &[&paths::sha256(b"plaintext")]);
    let layer = store.descriptor("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", &cipher);
    let config = store.descriptor("application/vnd.oci.image.config.v1+json", &config);
    let image = json!({ "schemaVersion": 2, "config": config, "layers": [layer] }).to_string();
    let image = store.manifest("a", image);
    store.tag("a", "v1", &image);
    assert_eq!(verify(&store, &["--deep"]).json()["findings"], json!([]));
}

#[test]
fn more_bytes_than_there_are_numbers_are_no_crash() {
    let store = Store::new();
    for name in 0..3 {
        let path = paths::blob_data(&format!("sha256:{name:064x}"));
        store.write(&path, "");
        let file = std::fs::OpenOptions::new().write(true).open(store.at(&path)).unwrap();
        // Only file systems in memory take a file of that size.
        if file.set_len(i64::MAX.unsigned_abs()).is_err() {
            return;
        }
    }
    let outcome = verify(&store, &["--no-hash"]);
    assert_eq!((outcome.status, &outcome.json()["summary"]["bytes"]), (0, &json!(u64::MAX)));
    let root = store.root_text();
    for command in ["orphans", "gc-preview", "du"] {
        let json = run_json(&[command, "-r", &root, "-f", "json"]);
        assert!(command == "du" || json["summary"]["bytes"] == u64::MAX, "{command}: {json:#}");
        assert_eq!(run(&[command, "-r", &root]).stderr, "", "{command}");
    }
}

#[test]
fn another_size_than_stated_is_told_with_whether_the_bytes_were_hashed() {
    const UNHASHED: &str = "; its bytes were not hashed";
    let told = |store: &Store, more: &[&str]| -> Vec<bool> {
        let report = verify(store, more).json();
        let findings = report["findings"].as_array().unwrap().iter();
        let wrong = findings.filter(|finding| finding["code"] == "size-mismatch");
        wrong.map(|finding| finding["detail"].as_str().unwrap().ends_with(UNHASHED)).collect()
    };
    let mut cut = 0;
    for (seed, verb) in (0..STRIKES).flat_map(|seed| [(seed, blobs::truncate as Verb), (seed, blobs::empty)])
    {
        let mut store = Store::sample();
        verb(&mut store, &mut Rng::new(seed)).unwrap();
        assert!(told(&store, &[]).is_empty(), "strike {seed}");
        let told = told(&store, &["--no-hash"]);
        assert!(told.iter().all(|told| *told), "strike {seed}: {told:?}");
        cut += told.len();
    }
    assert!(cut > 0, "no layer was struck");
    for seed in 0..STRIKES {
        let mut store = Store::sample();
        let damage = manifests::wrong_size(&mut store, &mut Rng::new(seed)).unwrap();
        assert_eq!(told(&store, &[]), [false], "{damage:?}");
        let findings = verify(&store, &["--no-hash"]).json()["findings"].clone();
        let [finding] = &findings.as_array().unwrap()[..] else { panic!("{findings}") };
        // A config is hashed all the same.
        let manifest = store.read(&paths::blob_data(finding["referenced_by"][0].as_str().unwrap()));
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        let is_config = finding["digest"] == manifest["config"]["digest"];
        assert_eq!(told(&store, &["--no-hash"]), [!is_config], "{damage:?}");
    }
}

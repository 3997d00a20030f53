//! `refs`: every chain from a tag down to a blob.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use proptest::prelude::*;
use rustix::fs::{CWD, Mode, mkfifoat};
use serde_json::{Value, json};

use super::{column, config, fixture, json as run_json, list, texts};
use crate::properties::shapes;
use crate::support::images::{Dialect, OCI_INDEX};
use crate::support::model::{Model, Role};
use crate::support::paths::{self, Digest};
use crate::support::run::{run, run_as_ordinary_user};
use crate::support::store::Store;

type Use = (String, Option<String>, Vec<Digest>, &'static str);

/// Every chain that ends at `wanted`, by following everything from the top.
fn uses(model: &Model, wanted: &str) -> BTreeSet<Use> {
    let mut uses = BTreeSet::new();
    for (name, repo) in &model.repos {
        let named: BTreeSet<Digest> = repo
            .revisions
            .iter()
            .flat_map(|digest| model.edges(digest))
            .filter(|edge| edge.role == Role::Child)
            .map(|edge| edge.digest)
            .collect();
        let tagged: BTreeSet<&Digest> = repo.tags.values().map(|tag| &tag.current).collect();
        let tags = repo.tags.iter().map(|(tag, at)| (Some(tag.clone()), at.current.clone()));
        let tops = repo.revisions.iter().filter(|d| !tagged.contains(d) && !named.contains(*d));
        for (tag, root) in tags.chain(tops.map(|digest| (None, digest.clone()))) {
            if root == wanted {
                uses.insert((name.clone(), tag.clone(), vec![root.clone()], "manifest"));
            }
            let mut todo = vec![vec![root]];
            while let Some(chain) = todo.pop() {
                let last = chain.last().unwrap();
                let subject = subject(model, last).map(|digest| ("subject", digest));
                let edges = model.edges(last).into_iter().map(|edge| (role(edge.role), edge.digest));
                for (role, digest) in edges.chain(subject) {
                    let longer = [&chain[..], std::slice::from_ref(&digest)].concat();
                    if digest == wanted {
                        uses.insert((name.clone(), tag.clone(), longer.clone(), role));
                    }
                    if role == "child" {
                        todo.push(longer);
                    }
                }
            }
        }
    }
    uses
}

fn subject(model: &Model, digest: &str) -> Option<Digest> {
    let manifest: Value = serde_json::from_slice(model.blobs.get(digest)?).ok()?;
    manifest["subject"]["digest"].as_str().map(str::to_owned)
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Child => "child",
        Role::Config => "config",
        Role::Layer => "layer",
    }
}

fn expected(model: &Model, digest: &str) -> Value {
    let uses = uses(model, digest).into_iter().map(|(repository, tag, chain, role)| {
        json!({ "repository": repository, "tag": tag, "chain": chain, "role": role })
    });
    Value::Array(uses.collect())
}

/// So that order does not matter: a test of it stands by itself.
fn set(uses: &Value) -> BTreeSet<String> {
    list(uses).iter().map(Value::to_string).collect()
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn the_uses_of_every_blob_are_all_the_chains_that_end_at_it(shape in shapes()) {
        let store = Store::sound(shape);
        for digest in store.model.blobs.keys() {
            let outcome = run_json(&store, &["refs", digest]);
            let report = outcome.json();
            prop_assert_eq!(outcome.status, 0, "{}", report);
            prop_assert_eq!(set(&report["uses"]), set(&expected(&store.model, digest)), "{}", digest);
            prop_assert_eq!(list(&report["uses"]).len(), list(&expected(&store.model, digest)).len());
            prop_assert_eq!(&report["size"], store.model.blobs[digest].len());
            prop_assert_eq!(&report["path"], &paths::blob_data(digest));
            let linked: Vec<&String> =
                store.model.repos.iter().filter(|(_, repo)| repo.layers.contains(digest)).map(|(name, _)| name).collect();
            prop_assert_eq!(texts(&report["linked_from"]), linked);
        }
    }
}

#[test]
fn uses_are_sorted_by_repository_then_tag_then_chain() {
    let store = Store::sample();
    let base = store.model.edges(&store.model.repos["team/app"].tags["v1"].current)[1].digest.clone();
    let report = run_json(&store, &["refs", &base]).json();
    let keys: Vec<_> = list(&report["uses"])
        .iter()
        .map(|item| (item["repository"].to_string(), item["tag"].as_str(), item["chain"].to_string()))
        .collect();
    assert!(keys.len() > 3 && keys.is_sorted(), "{report:#}");
}

#[test]
fn any_unique_beginning_of_a_digest_will_do() {
    let store = Store::sample();
    let digest = &store.model.repos["lib"].tags["v1"].current;
    let whole = run_json(&store, &["refs", digest]);
    assert_eq!(whole.json()["uses"][0]["tag"], "v1");
    for beginning in [&digest[..19], &digest[7..23], paths::hex(digest)] {
        assert_eq!(run_json(&store, &["refs", beginning]).text(), whole.text(), "{beginning}");
    }
}

#[test]
fn a_beginning_of_several_lists_them_and_of_none_is_unknown() {
    let mut store = Store::new();
    let mut seen = std::collections::BTreeMap::new();
    let twins = (0..).find_map(|number| {
        let text = format!("blob {number}");
        let digest = paths::sha256(text.as_bytes());
        seen.insert(digest[..11].to_owned(), text.clone()).map(|other| [other, text])
    });
    let mut twins = twins.unwrap().map(|text| store.blob(text));
    twins.sort();
    for command in ["refs", "cat"] {
        let root = store.root_text();
        let outcome = run(&[command, &twins[0][7..11], "-r", &root]);
        assert_eq!(outcome.status, 1, "{command}");
        let said = [outcome.text(), &outcome.stderr].concat();
        assert!(twins.iter().all(|twin| said.contains(twin)), "{command}: {said}");
    }
    let report = run_json(&store, &["refs", &twins[0][7..11]]).json();
    assert_eq!(report["candidates"], json!(twins));
    assert_eq!((&report["digest"], &report["uses"]), (&Value::Null, &json!([])));
    let nobody = "0123".repeat(16);
    let outcome = run_json(&store, &["refs", &format!("sha256:{nobody}")]);
    assert_eq!((outcome.status, &outcome.json()["digest"]), (1, &Value::Null));
}

#[test]
fn an_orphan_has_no_use_and_a_missing_blob_has_its_users() {
    let mut store = Store::sample();
    let orphan = store.blob("nobody needs this");
    let outcome = run_json(&store, &["refs", &orphan]);
    assert_eq!((outcome.status, &outcome.json()["uses"]), (0, &json!([])));
    let layer = store.model.edges(&store.model.repos["lib"].tags["v1"].current)[1].digest.clone();
    store.remove(&paths::blob_dir(&layer));
    let outcome = run_json(&store, &["refs", &layer]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["size"]), (0, &Value::Null));
    assert_eq!(set(&report["uses"]), set(&expected(&store.model, &layer)));
    // What only a layer link knows.
    let linked = paths::sha256(b"never stored");
    store.link_layer("lib", &linked);
    assert_eq!(run_json(&store, &["refs", &linked]).json()["linked_from"], json!(["lib"]));
}

#[test]
fn a_blob_behind_a_link_of_another_algorithm_has_the_users_of_that_name() {
    let ls = fixture("alias", &["ls", "app"], 0);
    let reference = list(&ls["tags"]).iter().find(|tag| tag["tag"] == "sha512-reference").unwrap();
    let root = format!("{}/fixtures/alias", env!("CARGO_MANIFEST_DIR"));
    let manifest = run(&["cat", "app:sha512-reference", "-r", &root]).json();
    let alias = manifest["layers"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|layer| layer["digest"].as_str())
        .find(|digest| digest.starts_with("sha512:"))
        .unwrap();
    let link = format!("{root}/docker/registry/v2/{}", paths::layer_link("app", alias));
    let blob = fs::read_to_string(link).unwrap();
    let report = fixture("alias", &["refs", &blob], 0);
    let chains = column(&report["uses"], "chain");
    assert!(chains.contains(&&json!([reference["digest"], alias])), "{report:#}");
    assert_eq!(report["linked_from"], json!(["app"]));
}

#[test]
fn a_manifest_that_cannot_be_trusted_makes_the_answer_partial() {
    let store = Store::sample();
    let manifest = &store.model.repos["lib"].tags["v1"].current;
    let layer = &store.model.edges(manifest)[1].digest;
    let before = list(&run_json(&store, &["refs", layer]).json()["uses"]).len();
    let mut bytes = store.model.blobs[manifest].clone();
    bytes.push(b' ');
    store.write(&paths::blob_data(manifest), bytes);
    let outcome = run_json(&store, &["refs", layer]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)));
    assert_eq!(report["errors"][0]["path"], paths::blob_data(manifest));
    assert_eq!(report["unknown"], report["errors"]);
    for args in [&["refs", layer][..], &["refs", manifest], &["refs", layer, "-f", "csv"]] {
        let told = run(&[args, &["-r", &store.root_text()]].concat());
        assert_eq!(told.status, 2);
        let told = format!("{}{}", told.text(), told.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        let why = format!("{}: its bytes do not hash to its name, but to", paths::blob_data(manifest));
        assert!(told.contains(&why) && told.contains("it is not followed"), "{told}");
        assert!(!told.contains("cannot read") && !told.contains("could not be read"), "{told}");
    }
    assert_eq!(list(&report["uses"]).len(), before - 1);
}

#[test]
fn more_chains_than_can_be_listed_are_cut_and_it_is_said() {
    let mut store = Store::new();
    let layer = store.layer("at the bottom");
    let mut level = vec![store.image("app", Dialect::Oci, "amd64", std::slice::from_ref(&layer))];
    // Each level doubles the chains, since both of its indexes name both below.
    for number in 0..16 {
        level = ["one", "two"]
            .iter()
            .map(|name| {
                let children: Vec<_> =
                    level.iter().map(|digest| store.descriptor(OCI_INDEX, digest)).collect();
                let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children,
                    "annotations": { "name": format!("{name} of level {number}") } });
                store.manifest("app", index.to_string())
            })
            .collect();
    }
    store.tag("app", "v1", &level[0]);
    let outcome = run_json(&store, &["refs", &layer.digest]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)));
    assert_eq!((&report["summary"]["tags"], &report["summary"]["repositories"]), (&json!(1), &json!(1)));
    assert!((1_000..=10_000).contains(&list(&report["uses"]).len()));
    assert!(texts(&report["warnings"])[0].contains("more ways"), "{:#}", report["warnings"]);
    assert_eq!(run_json(&store, &["refs", &layer.digest, "-j", "1"]).text(), outcome.text());
    // The size of such an image is a matter of its few blobs.
    assert_eq!(run_json(&store, &["ls", "app"]).status, 0);
}

#[test]
fn tags_are_counted_though_there_are_more_than_can_be_listed() {
    let mut store = Store::new();
    let base = store.layer("base");
    let image = store.image("app", Dialect::Oci, "amd64", std::slice::from_ref(&base));
    store.link_revision("app", &image);
    for number in 0..10_001 {
        store.write(&paths::current_link("app", &format!("v{number}")), &image);
    }
    let outcome = run_json(&store, &["refs", &base.digest]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)));
    assert_eq!(report["summary"], json!({ "uses": 10_000, "repositories": 1, "tags": 10_001 }));
    let table = run(&["refs", &base.digest, "-r", &store.root_text()]);
    assert!(table.text().contains("used by 10001 tags in 1 repository"), "{}", table.text());
    assert!(table.text().contains("PARTIAL: not every way down to it is listed"), "{}", table.text());
}

#[test]
fn a_layer_link_that_cannot_be_looked_at_is_neither_there_nor_absent() {
    let linked = paths::sha256(b"never stored");
    let link = paths::layer_link("lib", &linked);
    let question = ["refs", &linked];
    let asked = |store: &Store| {
        let root = store.root_text();
        let json = run_as_ordinary_user(&[&question[..], &["-f", "json", "-r", &root]].concat());
        let table = run_as_ordinary_user(&[&question[..], &["-r", &root]].concat());
        assert!(!table.text().contains("nothing names it"), "{}", table.text());
        assert!(!table.text().contains("nothing uses it"), "{}", table.text());
        json
    };
    for make in [
        (|path: &Path| mkfifoat(CWD, path, Mode::from_raw_mode(0o644)).unwrap()) as fn(&Path),
        |path| fs::create_dir(path).unwrap(),
        |path| symlink("elsewhere", path).unwrap(),
    ] {
        let store = Store::sample();
        store.create_dir(paths::parent(&link));
        make(&store.at(&link));
        let outcome = asked(&store);
        let report = outcome.json();
        assert_eq!((outcome.status, &report["linked_from"]), (2, &json!([])), "{report:#}");
        assert_eq!(report["errors"][0]["path"], link);
    }
    let mut store = Store::sample();
    store.link_layer("lib", &linked);
    let layers = store.at("repositories/lib/_layers");
    fs::set_permissions(&layers, fs::Permissions::from_mode(0o000)).unwrap();
    let outcome = asked(&store);
    fs::set_permissions(&layers, fs::Permissions::from_mode(0o755)).unwrap();
    let report = outcome.json();
    assert_eq!((outcome.status, &report["partial"]), (2, &json!(true)), "{report:#}");
    assert!(report["message"].as_str().unwrap().contains("nothing that could be read"), "{report:#}");
}

#[test]
fn a_blob_that_is_no_file_is_not_called_missing() {
    let store = Store::sample();
    let layer = store.model.edges(&store.model.repos["lib"].tags["v1"].current)[1].digest.clone();
    let data = paths::blob_data(&layer);
    fs::remove_file(store.at(&data)).unwrap();
    mkfifoat(CWD, store.at(&data), Mode::from_raw_mode(0o644)).unwrap();
    let table = run(&["refs", &layer, "-r", &store.root_text()]);
    assert_eq!(table.status, 2);
    assert!(table.text().contains("could not be looked at: used by"), "{}", table.text());
    assert!(!table.text().contains("missing"), "{}", table.text());
}

#[test]
fn a_link_by_another_algorithm_that_cannot_be_read_is_told() {
    let mut store = Store::new();
    let (layer, other) = (store.layer("aliased"), store.layer("other"));
    let alias = paths::sha512(&store.model.blobs[&layer.digest]);
    let link = paths::layer_link("app", &alias);
    store.write(&link, &layer.digest);
    let config = store.config("app", "amd64", &[&layer.diff_id]);
    let mut described = layer.descriptor();
    described["digest"] = json!(alias);
    let config = store.descriptor("application/vnd.oci.image.config.v1+json", &config);
    let manifest = json!({ "schemaVersion": 2, "config": config, "layers": [described] });
    let manifest = store.manifest("app", manifest.to_string());
    store.tag("app", "v1", &manifest);
    for question in [&["refs", &layer.digest][..], &["refs", &other.digest], &["ls"]] {
        assert_eq!(run_json(&store, question).status, 0, "{question:?}");
    }
    fs::remove_file(store.at(&link)).unwrap();
    symlink("elsewhere", store.at(&link)).unwrap();
    for question in [&["refs", &layer.digest][..], &["refs", &other.digest], &["ls"]] {
        let outcome = run_json(&store, question);
        let report = outcome.json();
        assert_eq!((outcome.status, &report["errors"][0]["path"]), (2, &json!(link)), "{question:?}");
    }
}

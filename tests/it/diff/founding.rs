//! The experiment that this program was made for: one image in two registries, brought there by different programs and
//! in other company. `fixtures/registry` was filled by plain HTTP, `fixtures/mirror` from it by skopeo.

use std::fs;

use serde_json::{Value, json};

use super::{copy_of_fixture, diff, diff_stores, differences};
use crate::support::fixture;
use crate::support::paths;
use crate::support::store::Store;

const IMAGE: &str = "a:v1";

fn states(report: &Value) -> Vec<(String, String)> {
    let hops = report["hops"].as_array().unwrap().iter();
    let text = |hop: &Value, member: &str| hop[member].as_str().unwrap().to_owned();
    hops.map(|hop| (text(hop, "kind"), text(hop, "state"))).collect()
}

fn two() -> (Store, Store) {
    (copy_of_fixture("registry"), copy_of_fixture("mirror"))
}

#[test]
fn the_same_image_in_two_registries_is_identical_hop_by_hop() {
    let root = |tree| fixture::root(tree).to_str().unwrap().to_owned();
    let outcome = diff(&root("registry"), &root("mirror"), &["--ref", IMAGE, "--ref", "multi/index:v1"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["identical"]), (0, &json!(true)));
    let states = states(&report);
    assert!(states.iter().all(|(_, state)| state == "equal"), "{states:?}");
    let kinds: Vec<_> = states.iter().take(9).map(|(kind, _)| &**kind).collect();
    assert_eq!(
        kinds,
        ["tag", "revision", "manifest", "config", "layer-link", "layer", "layer-link", "layer", "layer-link"]
    );
    // The index, four images that share a base layer, and an attestation.
    assert_eq!(states.len(), 9 + 3 + (4 * 8 - 3 * 2) + 6);
    let whole = diff(&root("registry"), &root("mirror"), &[]).json();
    assert_eq!((&whole["identical"], whole["summary"]["differs"].as_u64()), (&json!(false), Some(0)));
}

#[test]
fn one_flipped_bit_is_one_difference() {
    let (a, b) = two();
    let layer = "sha256:bd2283dde1600d73d6d34ebff3d646ac1af6dbe2df57b89d86438f3e21394e30";
    let path = paths::blob_data(layer);
    let mut bytes = fs::read(b.at(&path)).unwrap();
    bytes[99] ^= 4;
    b.write(&path, bytes);
    let outcome = diff_stores(&a, &b, &["--ref", IMAGE]);
    let report = outcome.json();
    assert_eq!(differences(&report), [format!("differs blob {path}")]);
    let row = &report["differences"][0];
    assert_eq!((&row["offset"], &row["intact"], &row["digest_a"]), (&json!(99), &json!("a"), &json!(layer)));
    assert_eq!(outcome.status, 1);
    assert_eq!(states(&report).iter().filter(|(_, state)| state != "equal").count(), 1);
}

#[test]
fn one_moved_tag_is_one_difference() {
    let (a, b) = two();
    let path = paths::current_link(IMAGE.split(':').next().unwrap(), "v1");
    let other = fs::read_to_string(a.at(&paths::current_link("a/b", "v1"))).unwrap();
    a.write(&path, &other);
    let report = diff_stores(&a, &b, &["--ref", IMAGE]).json();
    let differs: Vec<&Value> =
        report["differences"].as_array().unwrap().iter().filter(|row| row["change"] == "differs").collect();
    let [row] = differs[..] else { panic!("{report}") };
    assert_eq!((&row["object"], &row["tag"]), (&json!("tag"), &json!("v1")));
    assert_eq!((&row["digest_a"], &row["path"]), (&json!(other), &json!(path)));
    // The image that it was moved to is not the other registry's; what both have is not missing.
    let rest = differences(&report);
    assert!(rest.len() > 1 && !rest.iter().any(|line| line.contains("only-in-b")), "{rest:?}");
    // A tag that moved to what both have is nothing but a tag that moved.
    let (a, b) = (copy_of_fixture("registry"), copy_of_fixture("registry"));
    let older = a.read(&paths::current_link("team/app/web", "1.0"));
    b.write(&paths::current_link("team/app/web", "3.0"), older);
    let report = diff_stores(&a, &b, &["--ref", "team/app/web:3.0"]).json();
    let path = paths::current_link("team/app/web", "3.0");
    assert_eq!(differences(&report), [format!("differs tag {path}")]);
}

#[test]
fn one_missing_link_is_one_difference() {
    let (a, b) = two();
    let path =
        paths::layer_link("a", "sha256:21511ced91b8444fc1a4d199dc0e0776c1337f7399d13a92f023404ac452eb0f");
    for (strike, change) in [(&b, "only-in-a"), (&a, "only-in-b")] {
        let link = strike.read(&path);
        strike.remove(&path);
        let outcome = diff_stores(&a, &b, &["--ref", IMAGE]);
        assert_eq!(differences(&outcome.json()), [format!("{change} layer-link {path}")]);
        assert_eq!(outcome.status, 1);
        strike.write(&path, link);
    }
}

#[test]
fn a_manifest_that_cannot_be_followed_on_one_side_hides_nothing() {
    let (a, b) = two();
    let path = paths::blob_data("sha256:a1a6a7d06e2a822a9b323ee60569a3f93962d66714d2487e57536a265ce90891");
    b.write(&path, "{");
    let report = diff_stores(&a, &b, &["--ref", IMAGE]).json();
    assert_eq!(differences(&report), [format!("differs blob {path}")]);
    assert_eq!(states(&report).len(), 9);
}

#[test]
fn an_inventory_will_do_for_one_side() {
    let (a, b) = two();
    let list = super::inventory(&b, "list.ndjson", &[]);
    let outcome = diff(&a.root_text(), &list, &["--ref", IMAGE]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["identical"]), (0, &json!(true)));
    assert_eq!(states(&report).len(), 9);
    let refused = diff(&list, &list, &["--ref", IMAGE]);
    assert!(refused.status == 2 && refused.stderr.contains("needs a root"), "{}", refused.stderr);
}

#[test]
fn an_image_that_neither_has_is_no_identical_image() {
    let (a, b) = two();
    let outcome = diff_stores(&a, &b, &["--ref", "a:v7"]);
    let report = outcome.json();
    assert_eq!((outcome.status, &report["unknown"]), (1, &json!(["a:v7"])));
    assert_eq!(&report["identical"], &json!(false));
    let one = diff_stores(&a, &b, &["--ref", "a-b:_layers"]).json();
    assert_eq!(&one["unknown"], &json!([]));
    assert!(differences(&one).iter().all(|line| line.starts_with("only-in-a")), "{one}");
}

//! Manifests made to break a parser.

use serde_json::{Value, json};

use super::found_after;
use crate::support::images::{self, Dialect};
use crate::support::paths::{self, Digest};
use crate::support::store::Store;

/// Pushes manifest bytes as `lib:hostile`.
fn push(store: &mut Store, manifest: impl Into<Vec<u8>>) -> Digest {
    let digest = store.manifest("lib", manifest);
    store.tag("lib", "hostile", &digest);
    digest
}

#[test]
fn a_manifest_of_five_mebibytes_or_endless_brackets_is_malformed() {
    let brackets = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let inside = format!(r#"{{"schemaVersion":2,"annotations":{brackets}}}"#);
    for manifest in [vec![b' '; 5 << 20], brackets.clone().into_bytes(), inside.into_bytes()] {
        let path = paths::blob_data(&paths::sha256(&manifest));
        let (outcome, found) = found_after(|store| {
            push(store, manifest);
        });
        assert_eq!((outcome.status, found), (1, vec![format!("manifest-malformed {path}")]));
    }
}

#[test]
fn endless_brackets_in_a_config_are_no_crash() {
    let (outcome, found) = found_after(|store| {
        let config = store.blob("[".repeat(200_000));
        store.link_layer("lib", &config);
        let config = store.descriptor(images::OCI_CONFIG, &config);
        push(store, manifest(&config, &[]).to_string());
    });
    assert_eq!(outcome.status, 1, "the control is an error");
    assert!(found.len() == 1 && found[0].starts_with("config-mismatch "), "{found:?}");
}

fn manifest(config: &Value, layers: &[Value]) -> Value {
    json!({ "schemaVersion": 2, "mediaType": images::OCI_MANIFEST, "config": config, "layers": layers })
}

/// Pushes an image of one fresh layer, its manifest's text first passed through `edit`; the paths of both.
fn push_edited(store: &mut Store, edit: impl FnOnce(&str, &str) -> String) -> [String; 2] {
    let layer = store.layer("hostile");
    store.link_layer("lib", &layer.digest);
    let config = store.config("lib", "hostile", &[&layer.diff_id]);
    let text = manifest(&store.descriptor(images::OCI_CONFIG, &config), &[layer.descriptor()]).to_string();
    let digest = push(store, edit(&text, &layer.digest));
    [paths::blob_data(&digest), paths::blob_data(&layer.digest)]
}

#[test]
fn sizes_that_no_blob_has_are_told_where_they_stand() {
    for size in ["-1", "9223372036854775807", "18446744073709551616", "1e300", "0.5", "\"12\""] {
        let mut places = Vec::new();
        let (_, found) = found_after(|store| {
            places.extend(push_edited(store, |text, layer| {
                // The members of a descriptor stand in the order of the alphabet, so that its size is last.
                let before =
                    text.find(layer).unwrap() + text[text.find(layer).unwrap()..].find("size").unwrap();
                let end = before + text[before..].find('}').unwrap();
                format!("{}size\":{size}{}", &text[..before], &text[end..])
            }));
        });
        let expected = |found: &String| {
            let codes = ["size-mismatch", "manifest-malformed"].iter();
            codes
                .zip([&places; 2])
                .any(|(code, places)| places.iter().any(|path| *found == format!("{code} {path}")))
        };
        assert!(found.len() == 1 && found.iter().all(expected), "size {size}: {found:?}");
    }
}

#[test]
fn digests_that_are_none_are_told_at_the_manifest() {
    for digest in
        ["", "sha256:", "sha256:abc", "../../../../etc/passwd", "sha256:../../../../etc/passwd", "\\u0000"]
    {
        let mut place = String::new();
        let (outcome, found) = found_after(|store| {
            [place, _] = push_edited(store, |text, layer| text.replace(layer, digest));
        });
        assert_eq!(outcome.status, 1);
        assert!(found.len() == 1 && found[0].ends_with(&*place), "{digest:?}: {found:?}");
    }
}

#[test]
fn duplicate_keys_are_no_crash_and_blamed_on_nothing_else() {
    let mut place = String::new();
    let (_, found) = found_after(|store| {
        [place, _] =
            push_edited(store, |text, _| text.replacen('{', r#"{"schemaVersion":2,"layers":[],"#, 1));
    });
    assert!(
        found.iter().all(|found| found.ends_with(&place) || found.starts_with("config-mismatch")),
        "{found:?}"
    );
}

#[test]
fn a_layer_listed_twice_is_fine() {
    let (_, found) = found_after(|store| {
        let layer = store.layer("twice");
        let image = store.image("lib", Dialect::Oci, "amd64", &[layer.clone(), layer]);
        store.tag("lib", "twice", &image);
    });
    assert_eq!(found, [""; 0]);
}

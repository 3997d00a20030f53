//! Manifests and configs that hash to their names, and are wrong all the same. Each is pushed under a tag of its own.

use serde_json::{Value, json};

use super::{Damage, Expected};
use crate::support::images::{self, Dialect, Layer};
use crate::support::paths::{self, Digest};
use crate::support::random::Rng;
use crate::support::store::Store;

const TAG: &str = "damaged";

fn push(store: &mut Store, repo: &str, manifest: impl Into<Vec<u8>>) -> Digest {
    let digest = store.manifest(repo, manifest);
    store.tag(repo, TAG, &digest);
    digest
}

fn malformed(store: &mut Store, rng: &mut Rng, manifest: impl Into<Vec<u8>>) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let digest = push(store, &repo, manifest);
    let found = Expected::error("manifest-malformed", paths::blob_data(&digest)).digest(&digest);
    Damage::one(found.affects_tag(&repo, TAG).blocks(&["2", "2m", "3", "3m"]))
}

pub(crate) fn garbage(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    malformed(store, rng, &b"\x00\xff{ not JSON"[..])
}

pub(crate) fn unknown_type(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let manifest =
        json!({ "schemaVersion": 2, "mediaType": "application/vnd.oci.artifact.manifest.v1+json" });
    malformed(store, rng, manifest.to_string())
}

pub(crate) fn without_schema_version(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    malformed(store, rng, "{}")
}

/// Makes real registries panic.
pub(crate) fn manifests_of_a_wrong_type(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    malformed(store, rng, r#"{"schemaVersion":2,"manifests":"text"}"#)
}

pub(crate) fn past_four_mebibytes(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let padding = json!({ "padding": "x".repeat(4 << 20) });
    let index = json!({ "schemaVersion": 2, "manifests": [], "annotations": padding });
    malformed(store, rng, index.to_string())
}

/// A fresh config and layer, linked, that no other image shares.
fn parts(store: &mut Store, repo: &str) -> (Digest, Layer) {
    let layer = store.layer("a layer of the damaged image alone");
    store.link_layer(repo, &layer.digest);
    let config = store.config(repo, "damaged", &[&layer.diff_id]);
    (config, layer)
}

fn image(store: &Store, config: &str, layers: &[Value]) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": images::OCI_MANIFEST,
        "config": store.descriptor(images::OCI_CONFIG, config),
        "layers": layers,
    })
}

pub(crate) fn wrong_size(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let (config, layer) = parts(store, &repo);
    let mut manifest = image(store, &config, &[layer.descriptor()]);
    let at = if rng.chance(50) { "config" } else { "layers" };
    let descriptor = if at == "config" { &mut manifest[at] } else { &mut manifest[at][0] };
    descriptor["size"] = (descriptor["size"].as_u64().unwrap() + 1).into();
    let struck = descriptor["digest"].as_str().unwrap().to_owned();
    let digest = push(store, &repo, manifest.to_string());
    let found = Expected::error("size-mismatch", paths::blob_data(&struck));
    Damage::one(found.or_path(paths::blob_data(&digest)).affects_tag(&repo, TAG).blocks(&[]))
}

pub(crate) fn wrong_diff_id(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let (_, layer) = parts(store, &repo);
    let config = store.config(&repo, "damaged", &[&paths::sha256(b"another layer")]);
    let manifest = image(store, &config, &[layer.descriptor()]);
    push(store, &repo, manifest.to_string());
    let found = Expected::error("diff-id-mismatch", paths::blob_data(&layer.digest))
        .or_path(paths::blob_data(&config))
        .affects_tag(&repo, TAG);
    Some(Damage { findings: vec![found], args: vec!["--deep"] })
}

fn wrong_config(store: &mut Store, repo: &str, config: &str, layer: &Layer) -> Option<Damage> {
    let manifest = image(store, config, &[layer.descriptor()]);
    push(store, repo, manifest.to_string());
    let found = Expected::warning("config-mismatch", paths::blob_data(config)).digest(config);
    Damage::one(found.affects_tag(repo, TAG).blocks(&[]))
}

pub(crate) fn config_is_no_json(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let (_, layer) = parts(store, &repo);
    let config = store.blob("{ not a config");
    store.link_layer(&repo, &config);
    wrong_config(store, &repo, &config, &layer)
}

pub(crate) fn config_lacks_a_diff_id(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let (_, layer) = parts(store, &repo);
    let config = store.config(&repo, "damaged", &[]);
    wrong_config(store, &repo, &config, &layer)
}

pub(crate) fn image_and_index_at_once(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let (config, layer) = parts(store, &repo);
    let child = store.image(&repo, Dialect::Oci, "amd64", std::slice::from_ref(&layer));
    let mut manifest = image(store, &config, &[layer.descriptor()]);
    manifest["manifests"] = json!([store.descriptor(images::OCI_MANIFEST, &child)]);
    let digest = push(store, &repo, manifest.to_string());
    let found = Expected::warning("manifest-ambiguous", paths::blob_data(&digest)).digest(&digest);
    Damage::one(found.affects_tag(&repo, TAG))
}

pub(crate) fn child_of_another_type(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let (config, layer) = parts(store, &repo);
    let child = image(store, &config, &[layer.descriptor()]).to_string();
    let child = store.manifest(&repo, child);
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let index = json!({
        "schemaVersion": 2,
        "mediaType": images::OCI_INDEX,
        "manifests": [store.descriptor(docker, &child)],
    });
    let digest = push(store, &repo, index.to_string());
    let found = Expected::warning("manifest-ambiguous", paths::blob_data(&child));
    Damage::one(found.or_path(paths::blob_data(&digest)).affects_tag(&repo, TAG).blocks(&[]))
}

pub(crate) fn schema1(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let layer = store.layer("a layer of the damaged image alone");
    // Old images name one empty layer over and over.
    let digest = store.schema1(&repo, TAG, &[layer.clone(), layer]);
    store.tag(&repo, TAG, &digest);
    let found = Expected::warning("manifest-schema1", paths::blob_data(&digest)).digest(&digest);
    Damage::one(found.affects_tag(&repo, TAG).blocks(&["3", "3m"]))
}

pub(crate) fn unknown_algorithm(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let (config, layer) = parts(store, &repo);
    let mut descriptor = layer.descriptor();
    let named = format!("blake3:{}", paths::hex(&layer.digest));
    descriptor["digest"] = named.as_str().into();
    let manifest = image(store, &config, &[descriptor]);
    let digest = push(store, &repo, manifest.to_string());
    let found = Expected::warning("algorithm-unsupported", paths::blob_data(&digest));
    Damage::one(found.or_path(paths::blob_data(&named)).affects_tag(&repo, TAG))
}

/// A layer pushed by its sha512: stored under its sha256, linked under both, named by the manifest as it was pushed.
pub(crate) fn alias_of_a_layer(store: &mut Store, rng: &mut Rng) -> Option<Damage> {
    let repo = store.some_repo(rng)?;
    let (config, layer) = parts(store, &repo);
    let alias = paths::sha512(&store.model.blobs[&layer.digest]);
    store.write(&paths::layer_link(&repo, &alias), &layer.digest);
    let mut descriptor = layer.descriptor();
    descriptor["digest"] = alias.as_str().into();
    let manifest = image(store, &config, &[descriptor]);
    push(store, &repo, manifest.to_string());
    let found = Expected::warning("layer-alias", paths::layer_link(&repo, &alias)).of(&repo);
    Damage::one(found.affects_tag(&repo, TAG))
}

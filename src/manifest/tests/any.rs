//! Manifests as registries hold them, and as JSON in more than one guise.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::digest::{Algorithm, Digest};
use crate::manifest::*;

pub(super) fn any_name() -> impl Strategy<Value = Name> {
    prop_oneof![
        8 => any::<u8>().prop_map(|byte| Name::Known(Digest::new(Algorithm::Sha256, &[byte; 32]).unwrap())),
        1 => any::<u8>().prop_map(|byte| Name::Known(Digest::new(Algorithm::Sha512, &[byte; 64]).unwrap())),
        1 => "[a-rt-z0-9]{1,5}(\\+b3)?:[a-zA-Z0-9=_-]{1,9}".prop_map(|text| Name::Unsupported(text.into())),
    ]
}

pub(super) fn any_platform() -> impl Strategy<Value = Platform> {
    ("[a-z]{1,8}", "[a-z0-9]{1,8}", option::of("v[1-9]"), option::of("[0-9.]{1,9}")).prop_map(
        |(os, architecture, variant, os_version)| Platform {
            os: os.into(),
            architecture: architecture.into(),
            variant: variant.map(Into::into),
            os_version: os_version.map(Into::into),
        },
    )
}

pub(super) fn any_descriptor(media_types: &'static [&'static str]) -> impl Strategy<Value = Descriptor> {
    (
        option::weighted(0.9, proptest::sample::select(media_types)),
        any_name(),
        option::weighted(0.9, any::<i64>()),
        any::<bool>(),
        option::of(any_platform()),
        option::of("application/[a-z]{1,8}"),
    )
        .prop_map(|(media_type, digest, size, urls, platform, artifact_type)| Descriptor {
            media_type: media_type.map(Into::into),
            digest,
            size,
            urls,
            platform,
            artifact_type: artifact_type.map(Into::into),
            ref_name: None,
            image_name: None,
        })
}

pub(super) fn any_manifest() -> impl Strategy<Value = Manifest> {
    use media_type::{DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, SCHEMA1};
    let config = any_descriptor(&[media_type::OCI_CONFIG, media_type::DOCKER_CONFIG]);
    let layer = any_descriptor(&[media_type::OCI_LAYER_GZIP, media_type::DOCKER_FOREIGN_LAYER]);
    let child = any_descriptor(&[OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX]);
    let subject = option::of(any_descriptor(&[OCI_MANIFEST, OCI_INDEX]));
    let about = (subject, option::of("application/[a-z.]{1,8}"));
    let parts = (config, vec(layer, 0..6), vec(child, 0..6), about);
    (0..3_usize, 0..3_usize, parts).prop_map(|(kind, stated, (config, layers, children, about))| {
        let (subject, artifact_type) = about;
        let base =
            Manifest { subject, artifact_type: artifact_type.map(Into::into), ..Manifest::new(Kind::Image) };
        let (media_types, manifest) = match kind {
            0 => (
                [None, Some(DOCKER_MANIFEST), Some(OCI_MANIFEST)],
                Manifest { config: Some(config), layers, ..base },
            ),
            1 => {
                ([None, Some(DOCKER_LIST), Some(OCI_INDEX)], Manifest { kind: Kind::Index, children, ..base })
            }
            _ => {
                let layers = layers.into_iter().map(|layer| Descriptor {
                    media_type: Some(media_type::SCHEMA1_LAYER.into()),
                    digest: layer.digest,
                    size: None,
                    urls: false,
                    platform: None,
                    artifact_type: None,
                    ref_name: None,
                    image_name: None,
                });
                let layers = layers.collect();
                ([None, Some(SCHEMA1), None], Manifest { kind: Kind::Schema1, layers, ..base })
            }
        };
        Manifest { media_type: media_types[stated].map(Into::into), ..manifest }
    })
}

pub(super) fn render_descriptor(descriptor: &Descriptor) -> Value {
    let mut value = json!({"digest": descriptor.digest.to_string(), "annotations": {"a": "b"}});
    if let Some(media_type) = &descriptor.media_type {
        value["mediaType"] = json!(media_type);
    }
    if let Some(size) = descriptor.size {
        value["size"] = json!(size);
    }
    if descriptor.urls {
        value["urls"] = json!(["https://example.com/layer"]);
    }
    if let Some(platform) = &descriptor.platform {
        value["platform"] = json!({"os": platform.os, "architecture": platform.architecture});
        if let Some(variant) = &platform.variant {
            value["platform"]["variant"] = json!(variant);
        }
        if let Some(os_version) = &platform.os_version {
            value["platform"]["os.version"] = json!(os_version);
            value["platform"]["os.features"] = json!(["win32k"]);
        }
    }
    if let Some(artifact_type) = &descriptor.artifact_type {
        value["artifactType"] = json!(artifact_type);
    }
    value
}

pub(super) fn render(manifest: &Manifest) -> Value {
    let list = |list: &[Descriptor]| list.iter().map(render_descriptor).collect::<Vec<_>>();
    let mut value = json!({"schemaVersion": 2, "annotations": {"key": "value"}});
    match manifest.kind {
        Kind::Image => value["layers"] = json!(list(&manifest.layers)),
        Kind::Index => value["manifests"] = json!(list(&manifest.children)),
        Kind::Schema1 => {
            let sums = manifest.layers.iter().map(|layer| json!({"blobSum": layer.digest.to_string()}));
            value = json!({
                "schemaVersion": 1, "name": "a/b", "tag": "c", "architecture": "amd64",
                "fsLayers": sums.collect::<Vec<_>>(), "history": [{"v1Compatibility": "{}"}],
                "signatures": [{"header": {}, "signature": "", "protected": ""}],
            });
        }
    }
    if let Some(config) = &manifest.config {
        value["config"] = render_descriptor(config);
    }
    if let Some(subject) = &manifest.subject {
        value["subject"] = render_descriptor(subject);
    }
    if let Some(media_type) = &manifest.media_type {
        value["mediaType"] = json!(media_type);
    }
    if let Some(artifact_type) = &manifest.artifact_type {
        value["artifactType"] = json!(artifact_type);
    }
    value
}

/// The same document to Go: keys in another case, and members that nobody knows.
pub(super) fn disguise(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(disguise).collect(),
        Value::Object(members) => {
            let unknown = [("x-unknown".to_owned(), json!({"digest": [1.5e300, null]}))];
            let known = members.iter().map(|(key, value)| (key.to_uppercase(), disguise(value)));
            known.chain(unknown).collect()
        }
        leaf => leaf.clone(),
    }
}

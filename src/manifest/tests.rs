use oci_spec::image::{ImageIndex, ImageManifest};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::digest::{Algorithm, Digest};

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn any_name() -> impl Strategy<Value = Name> {
    prop_oneof![
        8 => any::<u8>().prop_map(|byte| Name::Known(Digest::new(Algorithm::Sha256, &[byte; 32]).unwrap())),
        1 => any::<u8>().prop_map(|byte| Name::Known(Digest::new(Algorithm::Sha512, &[byte; 64]).unwrap())),
        1 => "[a-rt-z0-9]{1,5}(\\+b3)?:[a-zA-Z0-9=_-]{1,9}".prop_map(|text| Name::Unsupported(text.into())),
    ]
}

fn any_platform() -> impl Strategy<Value = Platform> {
    ("[a-z]{1,8}", "[a-z0-9]{1,8}", option::of("v[1-9]"), option::of("[0-9.]{1,9}")).prop_map(
        |(os, architecture, variant, os_version)| Platform {
            os: os.into(),
            architecture: architecture.into(),
            variant: variant.map(Into::into),
            os_version: os_version.map(Into::into),
        },
    )
}

fn any_descriptor(media_types: &'static [&'static str]) -> impl Strategy<Value = Descriptor> {
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

fn any_manifest() -> impl Strategy<Value = Manifest> {
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

fn render_descriptor(descriptor: &Descriptor) -> Value {
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

fn render(manifest: &Manifest) -> Value {
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
fn disguise(value: &Value) -> Value {
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

fn without_annotations(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(without_annotations).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| *key != "annotations");
            kept.map(|(key, value)| (key.clone(), without_annotations(value))).collect()
        }
        leaf => leaf.clone(),
    }
}

fn summary(descriptor: &oci_spec::image::Descriptor) -> (String, String, u64) {
    (descriptor.digest().to_string(), descriptor.media_type().to_string(), descriptor.size())
}

fn own_summary(descriptor: &Descriptor) -> (String, String, u64) {
    let media_type = descriptor.media_type.as_deref().unwrap().to_owned();
    (descriptor.digest.to_string(), media_type, descriptor.size.unwrap().try_into().unwrap())
}

fn read(document: &str) -> Manifest {
    parse(document.as_bytes()).unwrap_or_else(|error| panic!("{document}: {error}"))
}

fn refusal(document: &str) -> String {
    parse(document.as_bytes()).expect_err(document).to_string()
}

fn image(layers: &str) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","config":{{"digest":"sha256:{HEX}"}},"layers":{layers}}}"#,
        media_type::OCI_MANIFEST
    )
}

proptest! {
    #[test]
    fn a_manifest_is_what_was_rendered(manifest in any_manifest()) {
        let value = render(&manifest);
        prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(manifest.clone()));
        prop_assert_eq!(parse(&serde_json::to_vec_pretty(&value).unwrap()), Ok(manifest));
    }

    #[test]
    fn case_and_unknown_members_do_not_matter(manifest in any_manifest()) {
        // Annotations are strings throughout, and must stay so.
        let value = disguise(&without_annotations(&render(&manifest)));
        prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(manifest));
    }

    #[test]
    fn references_are_the_lists_in_order(manifest in any_manifest()) {
        let of = |role| manifest.references().filter(move |(is, _)| *is == role).map(|(_, descriptor)| descriptor);
        prop_assert!(of(Role::Config).eq(&manifest.config));
        prop_assert!(of(Role::Layer).eq(&manifest.layers));
        prop_assert!(of(Role::Child).eq(&manifest.children));
        prop_assert!(of(Role::Subject).eq(&manifest.subject));
        prop_assert!(manifest.references().map(|(role, _)| role).is_sorted());
    }

    #[test]
    fn oci_spec_reads_the_same(
        config in any_descriptor(&[media_type::OCI_CONFIG]),
        layers in vec(any_descriptor(&[media_type::OCI_LAYER_ZSTD, media_type::OCI_FOREIGN_LAYER]), 0..5),
        children in vec(any_descriptor(&[media_type::OCI_MANIFEST, media_type::OCI_INDEX]), 0..5),
    ) {
        let valid = |descriptor: &Descriptor| Descriptor {
            media_type: descriptor.media_type.clone().or(Some(media_type::OCI_LAYER.into())),
            digest: descriptor.digest.known().map_or_else(|| format!("sha256:{HEX}").parse().map(Name::Known).unwrap(), Name::Known),
            size: Some(descriptor.size.map_or(0, |size| size & i64::MAX)),
            ..descriptor.clone()
        };
        let list = |list: &[Descriptor]| list.iter().map(|d| render_descriptor(&valid(d))).collect::<Vec<_>>();

        let image = json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST,
            "config": render_descriptor(&valid(&config)), "layers": list(&layers),
        }).to_string();
        let (ours, theirs) = (read(&image), ImageManifest::from_reader(image.as_bytes()).unwrap());
        prop_assert_eq!(own_summary(ours.config.as_ref().unwrap()), summary(theirs.config()));
        prop_assert!(ours.layers.iter().map(own_summary).eq(theirs.layers().iter().map(summary)));

        let index = json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": list(&children),
        }).to_string();
        let (ours, theirs) = (read(&index), ImageIndex::from_reader(index.as_bytes()).unwrap());
        prop_assert!(ours.children.iter().map(own_summary).eq(theirs.manifests().iter().map(summary)));
        for (ours, theirs) in ours.children.iter().zip(theirs.manifests()) {
            let theirs = theirs.platform().as_ref().map(|p| (p.os().to_string(), p.architecture().to_string()));
            let ours = ours.platform.as_ref().map(|p| (p.os.to_string(), p.architecture.to_string()));
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn parsing_is_total(bytes in any::<Vec<u8>>()) {
        let _ = parse(&bytes);
    }

    #[test]
    fn what_a_mutation_leaves_parses_as_json_or_is_refused_in_one_clean_line(
        manifest in any_manifest(),
        edits in vec((any::<proptest::sample::Index>(), any::<Option<u8>>(), 0..3_u8), 1..4),
        tokens in vec((any::<proptest::sample::Index>(), proptest::sample::select(&[
            "null", "[]", "{}", "1", "1.5", "\"\"", ",", ":", "\\ud800", "\"layers\":5,", "\"manifests\":[{}],",
        ][..])), 0..3),
    ) {
        let mut document = render(&manifest).to_string().into_bytes();
        for (at, token) in tokens {
            let at = at.index(document.len());
            document.splice(at..at, token.bytes());
        }
        for (at, byte, how) in edits {
            let at = at.index(document.len());
            match how {
                0 => document[at] = byte.unwrap_or(b'"'),
                1 => document.insert(at, byte.unwrap_or(b'{')),
                _ => drop(document.remove(at)),
            }
        }
        match parse(&document) {
            Ok(manifest) => {
                let text = String::from_utf8_lossy(&document);
                prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
                let names = manifest.references().map(|(_, descriptor)| descriptor.digest.to_string());
                for name in names {
                    prop_assert_ne!(Digest::parse(name.as_bytes()), Err(crate::digest::ParseDigestError::Format));
                }
            }
            Err(error) => {
                let line = error.to_string();
                prop_assert!(line.len() < 2000 && !line.contains(char::is_control), "{}", line);
            }
        }
    }
}

#[test]
fn the_type_is_that_of_the_registry() {
    let kind = |members: &str| parse(format!("{{{members}}}").as_bytes()).map(|manifest| manifest.kind);
    assert_eq!(kind(r#""schemaVersion":2"#), Ok(Kind::Image));
    assert_eq!(kind(r#""schemaVersion":2,"mediaType":null,"manifests":null"#), Ok(Kind::Image));
    assert_eq!(kind(r#""schemaVersion":2,"mediaType":"","manifests":[]"#), Ok(Kind::Index));
    assert_eq!(kind(r#""schemaVersion":2,"schemaVersion":1"#), Ok(Kind::Schema1));
    assert_eq!(kind(r#""schemaVersion":1,"mediaType":"anything""#), Ok(Kind::Schema1));
    assert_eq!(kind(r#""schemaVersion":1,"schemaversion":2,"SchemaVersion":null"#), Ok(Kind::Image));
    for (members, error) in [
        ("", "unrecognized manifest schema version 0"),
        (r#""schemaVersion":-3"#, "unrecognized manifest schema version -3"),
        (r#""schemaVersion":2.0"#, "schemaVersion is not a 64-bit integer"),
        (r#""schemaVersion":"2""#, "schemaVersion is not a 64-bit integer"),
        (r#""schemaVersion":2,"mediaType":["x"]"#, "mediaType is not a string"),
        (
            r#""schemaVersion":2,"mediaType":"application/vnd.oci.artifact.manifest.v1+json""#,
            "unrecognized manifest content type application/vnd.oci.artifact.manifest.v1+json",
        ),
        (
            r#""schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v1+json""#,
            "unrecognized manifest content type application/vnd.docker.distribution.manifest.v1+json",
        ),
    ] {
        assert_eq!(kind(members).unwrap_err().to_string(), error, "{members}");
    }
    assert_eq!(refusal("null"), "unrecognized manifest schema version 0");
    assert_eq!(refusal("[]"), "the document is not an object");
    assert!(refusal("").starts_with("not JSON"));
}

#[test]
fn a_manifest_without_a_media_type_must_do_as_an_index_first() {
    assert_eq!(refusal(r#"{"schemaVersion":2,"manifests":"str"}"#), "manifests is not an array");
    assert_eq!(refusal(r#"{"schemaVersion":2,"manifests":null,"layers":5}"#), "layers is not an array");
    assert_eq!(read(r#"{"schemaVersion":2,"manifests":[],"layers":5}"#).kind, Kind::Index);
}

#[test]
fn what_the_type_of_the_manifest_does_not_have_may_be_anything() {
    let with =
        |media_type: &str, rest: &str| format!(r#"{{"schemaVersion":2,"mediaType":"{media_type}",{rest}}}"#);
    for media_type in [media_type::DOCKER_LIST, media_type::OCI_INDEX] {
        read(&with(media_type, r#""layers":5,"config":"x","subject":7,"artifactType":{}"#));
        refusal(&with(media_type, r#""manifests":5"#));
    }
    for media_type in [media_type::DOCKER_MANIFEST, media_type::OCI_MANIFEST] {
        read(&with(media_type, r#""manifests":5,"fsLayers":true,"subject":{"digest":5}"#));
        refusal(&with(media_type, r#""layers":5"#));
        refusal(&with(media_type, r#""config":[]"#));
    }
    read(&with(media_type::DOCKER_MANIFEST, r#""annotations":5"#));
    refusal(&with(media_type::OCI_MANIFEST, r#""annotations":{"a":5}"#));
    refusal(&with(media_type::OCI_INDEX, r#""annotations":[]"#));
}

#[test]
fn every_field_that_the_registry_decodes_must_be_of_its_type() {
    for (layer, error) in [
        (r#"{"size":1.5}"#, "layers[1].size is not a 64-bit integer"),
        (r#"{"size":1e3}"#, "layers[1].size is not a 64-bit integer"),
        (r#"{"size":9223372036854775808}"#, "layers[1].size is not a 64-bit integer"),
        (r#"{"size":"1"}"#, "layers[1].size is not a 64-bit integer"),
        (r#"{"digest":null,"Digest":[]}"#, "layers[1].Digest is not a string"),
        (r#"{"mediaType":1}"#, "layers[1].mediaType is not a string"),
        (r#"{"artifactType":1}"#, "layers[1].artifactType is not a string"),
        (r#"{"urls":"https://example.com"}"#, "layers[1].urls is not an array"),
        (r#"{"urls":["a",5]}"#, "layers[1].urls[1] is not a string"),
        (r#"{"annotations":{"a":5}}"#, "layers[1].annotations is not an object of strings"),
        (r#"{"platform":"linux"}"#, "layers[1].platform is not an object"),
        (r#"{"platform":{"os":5}}"#, "layers[1].platform.os is not a string"),
        (r#"{"platform":{"os.features":5}}"#, "layers[1].platform.os.features is not an array"),
        ("\"x\"", "layers[1] is not an object"),
    ] {
        assert_eq!(refusal(&image(&format!("[{{}},{layer}]"))), error);
    }
    for members in [
        r#""fsLayers":[{"blobSum":5}]"#,
        r#""history":{}"#,
        r#""history":[{"v1Compatibility":{}}]"#,
        r#""name":5"#,
        r#""tag":5"#,
        r#""architecture":5"#,
    ] {
        refusal(&format!(r#"{{"schemaVersion":1,{members}}}"#));
    }
}

#[test]
fn nulls_say_nothing() {
    let descriptor = format!(
        r#"{{"digest":"sha256:{HEX}","size":null,"mediaType":null,"urls":null,"annotations":null,"platform":null}}"#
    );
    let manifest = read(&image(&format!("[{descriptor}]")));
    assert_eq!(manifest.layers, [manifest.config.unwrap()]);
    assert_eq!(read(&image("null")).layers, []);
    let empty_platform = image(&format!(r#"[{{"digest":"sha256:{HEX}","platform":{{}}}}]"#));
    assert_eq!(read(&empty_platform).layers[0].platform, None);
}

#[test]
fn the_last_of_several_keys_wins_and_objects_are_merged() {
    let document = format!(
        r#"{{"schemaVersion":2,"config":{{"digest":"a:b","size":5}},"layers":[{{}},{{}}],
            "CONFIG":{{"digest":"sha256:{HEX}"}},"config":{{"SIZE":null,"digest":null}},"config":null,"layers":[]}}"#
    );
    let manifest = read(&document);
    let config = manifest.config.as_ref().unwrap();
    assert_eq!((config.digest.to_string(), config.size), (format!("sha256:{HEX}"), Some(5)));
    assert_eq!(manifest.fault(), None);
}

#[test]
fn a_negative_size_is_kept() {
    let manifest = read(&image(&format!(r#"[{{"digest":"sha256:{HEX}","size":-1}}]"#)));
    assert_eq!(manifest.layers[0].size, Some(-1));
}

#[test]
fn a_reference_that_names_nothing_is_a_fault_and_left_out() {
    let good = format!(r#"{{"digest":"sha256:{HEX}"}}"#);
    for (bad, fault) in [
        ("null", "layers[1] has no digest"),
        ("{}", "layers[1] has no digest"),
        (r#"{"digest":"sha256:abc"}"#, "the digest of layers[1] is none: invalid checksum digest length"),
        (r#"{"digest":"../../etc"}"#, "the digest of layers[1] is none: invalid checksum digest format"),
    ] {
        let manifest = read(&image(&format!("[{good},{bad},{good},{{}}]")));
        assert_eq!(manifest.fault().unwrap().to_string(), fault);
        assert_eq!(manifest.layers.len(), 2);
    }
    assert_eq!(read(r#"{"schemaVersion":2}"#).fault().unwrap().to_string(), "config has no digest");
    assert_eq!(read(&image(&format!("[{good}]"))).fault(), None);
    assert_eq!(
        read(r#"{"schemaVersion":1,"fsLayers":[{"blobSum":""}]}"#).fault().unwrap().to_string(),
        "fsLayers[0] has no digest"
    );
    assert_eq!(
        read(r#"{"schemaVersion":2,"manifests":[{}]}"#).fault().unwrap().to_string(),
        "manifests[0] has no digest"
    );
    let subject = read(r#"{"schemaVersion":2,"manifests":[],"subject":{"digest":"x"}}"#);
    assert_eq!((subject.fault(), subject.subject.as_ref()), (None, None));
}

#[test]
fn an_algorithm_that_nobody_knows_is_no_fault() {
    let manifest = read(&image(r#"[{"digest":"blake3:abc"}]"#));
    assert_eq!(manifest.fault(), None);
    assert_eq!(manifest.layers[0].digest, Name::Unsupported("blake3:abc".into()));
}

#[test]
fn a_manifest_that_is_two_things_is_ambiguous() {
    let ambiguity = |media_type: &str, members: &str| {
        read(&format!(r#"{{"schemaVersion":2,"mediaType":"{media_type}",{members}}}"#)).ambiguous
    };
    let (index, image) = (media_type::OCI_INDEX, media_type::DOCKER_MANIFEST);
    assert_eq!(ambiguity(index, r#""manifests":[],"layers":[]"#), Some(Ambiguity::IndexWithLayers));
    assert_eq!(ambiguity(index, r#""config":{}"#), Some(Ambiguity::IndexWithConfig));
    assert_eq!(ambiguity(index, r#""manifests":[],"layers":null,"config":null"#), None);
    assert_eq!(ambiguity(image, r#""manifests":[]"#), Some(Ambiguity::ImageWithManifests));
    assert_eq!(ambiguity(image, r#""manifests":null,"layers":[]"#), None);
    let untyped = read(r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#);
    assert_eq!(untyped.ambiguous, Some(Ambiguity::IndexWithLayers));
}

#[test]
fn the_effective_media_type_is_what_the_registry_serves() {
    assert_eq!(read(r#"{"schemaVersion":2}"#).effective_media_type(), media_type::OCI_MANIFEST);
    assert_eq!(read(r#"{"schemaVersion":2,"manifests":[]}"#).effective_media_type(), media_type::OCI_INDEX);
    assert_eq!(read(r#"{"schemaVersion":1}"#).effective_media_type(), media_type::SCHEMA1_SIGNED);
    let docker = format!(r#"{{"schemaVersion":2,"mediaType":"{}"}}"#, media_type::DOCKER_LIST);
    assert_eq!(read(&docker).effective_media_type(), media_type::DOCKER_LIST);
}

#[test]
fn a_layer_is_external_if_foreign_and_somewhere() {
    let external = |media_type: &str, urls: &str| {
        read(&image(&format!(r#"[{{"mediaType":"{media_type}","digest":"sha256:{HEX}","urls":{urls}}}]"#)))
            .layers[0]
            .is_external()
    };
    assert!(external(media_type::DOCKER_FOREIGN_LAYER, r#"["https://example.com"]"#));
    assert!(external(media_type::OCI_FOREIGN_LAYER_ZSTD, r#"["https://example.com"]"#));
    assert!(!external(media_type::OCI_FOREIGN_LAYER_GZIP, "[]"));
    assert!(!external(media_type::OCI_LAYER_GZIP, r#"["https://example.com"]"#));
}

#[test]
fn depth_is_limited_as_in_go() {
    let nested =
        |depth: usize| format!(r#"{{"schemaVersion":2,"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(read(&nested(9_999)).kind, Kind::Image);
    assert_eq!(refusal(&nested(10_000)), "nested deeper than 10000 levels");
    assert_eq!(refusal(&"[".repeat(200_000)), "nested deeper than 10000 levels");
}

#[test]
fn a_manifest_may_be_four_mebibytes_and_no_more() {
    let mut document = image("[]").into_bytes();
    document.resize(4 * 1024 * 1024, b' ');
    assert!(parse(&document).is_ok());
    document.push(b' ');
    assert_eq!(parse(&document).unwrap_err().to_string(), "larger than 4194304 bytes");
}

#[test]
fn a_million_layers_that_name_nothing_are_not_kept() {
    let layers = format!("[{}{{}}]", "{},".repeat(1_390_000));
    let manifest = read(&image(&layers));
    assert_eq!(manifest.layers.capacity(), 0);
    assert_eq!(manifest.fault().unwrap().to_string(), "layers[0] has no digest");
}

#[test]
fn forty_thousand_children_are_read() {
    let child = format!(r#"{{"digest":"sha256:{HEX}","size":1}}"#);
    let document =
        format!(r#"{{"schemaVersion":2,"manifests":[{}{child}]}}"#, format!("{child},").repeat(39_999));
    assert_eq!(read(&document).children.len(), 40_000);
}

#[test]
fn a_type_or_platform_of_megabytes_is_cut_since_an_answer_may_repeat_it() {
    let long = "é".repeat(1 << 20);
    let platform = json!({ "os": long, "architecture": long, "variant": long, "os.version": long });
    let child = json!({ "digest": format!("sha256:{HEX}"), "mediaType": long, "artifactType": long,
        "platform": platform, "annotations": { "org.opencontainers.image.ref.name": "n".repeat(300) } });
    let index = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "artifactType": long, "manifests": [child] });
    let index = parse_up_to(index.to_string().as_bytes(), 64 << 20).unwrap();
    let child = &index.children[0];
    let platform = child.platform.as_ref().unwrap();
    let cut = format!("{}…", "é".repeat(127));
    for text in [
        index.artifact_type.as_deref(),
        child.media_type.as_deref(),
        child.artifact_type.as_deref(),
        Some(&*platform.os),
        Some(&*platform.architecture),
        platform.variant.as_deref(),
        platform.os_version.as_deref(),
    ] {
        assert_eq!(text, Some(&*cut));
    }
    assert_eq!(child.ref_name.as_deref().map(str::len), Some(300), "a name is as long as it is");
    let config = json!({ "os": long, "architecture": "x".repeat(255) });
    let config = config::parse(config.to_string().as_bytes()).unwrap();
    assert_eq!(config.os.as_deref(), Some(&*cut));
    assert_eq!(config.architecture.as_deref().map(str::len), Some(255));
}

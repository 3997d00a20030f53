mod any;
mod properties;

use serde_json::json;

use super::*;

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

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

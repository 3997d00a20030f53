//! What holds of every manifest.

use oci_spec::image::{ImageIndex, ImageManifest};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::any::{any_descriptor, any_manifest, disguise, render, render_descriptor};
use super::{HEX, read};
use crate::digest::Digest;
use crate::manifest::*;

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

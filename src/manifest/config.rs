//! Image configs, as far as they can be held against their manifest and their layers.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::descriptor::{set, stated};
use super::error::DocumentError;
use super::json::{self, Fault};
use crate::digest::{Digest, ParseDigestError};

/// The most bytes of a config that are read.
pub const MAX_CONFIG: u64 = 16 * 1024 * 1024;

/// What an image config says. Members that are not here are not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// The operating system.
    pub os: Option<Box<str>>,
    /// The architecture by Go's names.
    pub architecture: Option<Box<str>>,
    /// The variant of the architecture.
    pub variant: Option<Box<str>>,
    /// When the image was made, as stated.
    pub created: Option<Box<str>>,
    /// The digests of the layers' uncompressed tar archives, from the base up.
    pub diff_ids: Vec<Digest>,
}

/// Why bytes are not an image config.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The document cannot be read at all.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// An entry of `rootfs.diff_ids` is no digest that can be checked.
    #[error("rootfs.diff_ids[{index}]: {why}")]
    DiffId {
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        why: ParseDigestError,
    },
}

/// Parses an image config by the rules of Go's `encoding/json`, which every client reads it with.
///
/// # Errors
/// When it is not such a document, or a `diff_id` is no digest.
pub fn parse(bytes: &[u8]) -> Result<ImageConfig, ConfigError> {
    let text = json::text(bytes, MAX_CONFIG)?;
    let root = json::root(&text)?;
    let (mut os, mut architecture) = (Cow::default(), Cow::default());
    let (mut variant, mut created) = (Cow::default(), Cow::default());
    let mut diff_ids = Ok(Vec::new());
    json::members(root, |key, value| match key {
        "os" => set(&mut os, value),
        "architecture" => set(&mut architecture, value),
        "variant" => set(&mut variant, value),
        "created" => set(&mut created, value),
        "rootfs" => read_rootfs(value, &mut diff_ids),
        _ => Ok(()),
    })
    .map_err(DocumentError::from)?;
    Ok(ImageConfig {
        os: stated(os),
        architecture: stated(architecture),
        variant: stated(variant),
        created: stated(created),
        diff_ids: diff_ids?,
    })
}

fn read_rootfs(value: &RawValue, diff_ids: &mut Result<Vec<Digest>, ConfigError>) -> Result<(), Fault> {
    json::members(value, |key, value| match key {
        "type" => json::string(value).map(drop),
        "diff_ids" => {
            *diff_ids = Ok(Vec::new());
            json::elements(value, |index, element| {
                let text = json::string(element)?.unwrap_or_default();
                match (Digest::parse(text.as_bytes()), &mut *diff_ids) {
                    (Ok(digest), Ok(known)) => known.push(digest),
                    (Err(why), Ok(_)) => *diff_ids = Err(ConfigError::DiffId { index, why }),
                    (_, Err(_)) => {}
                }
                Ok(())
            })
        }
        _ => Ok(()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::Algorithm;

    fn text(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err().to_string()
    }

    proptest! {
        #[test]
        fn diff_ids_keep_their_order_and_repeats(ids in proptest::collection::vec(any::<[u8; 1]>(), 0..20)) {
            let ids: Vec<_> = ids.iter().map(|id| Digest::new(Algorithm::Sha256, &[id[0]; 32]).unwrap()).collect();
            let document = serde_json::json!({
                "architecture": "arm", "os": "linux", "variant": "v7", "created": "2024-01-01T00:00:00Z",
                "rootfs": {"type": "layers", "diff_ids": ids}, "config": {"Env": ["A=b"]}, "history": [{}],
            });
            let config = parse(document.to_string().as_bytes()).unwrap();
            prop_assert_eq!(config.diff_ids, ids);
            prop_assert_eq!(config.architecture.as_deref(), Some("arm"));
            prop_assert_eq!(config.os.as_deref(), Some("linux"));
            prop_assert_eq!(config.variant.as_deref(), Some("v7"));
            prop_assert_eq!(config.created.as_deref(), Some("2024-01-01T00:00:00Z"));
        }

        #[test]
        fn parsing_is_total(bytes in any::<Vec<u8>>()) {
            let _ = parse(&bytes);
        }
    }

    #[test]
    fn an_empty_config_has_no_layers() {
        assert_eq!(parse(b"{}"), Ok(ImageConfig::default()));
        assert_eq!(parse(br#"{"rootfs": null}"#), Ok(ImageConfig::default()));
    }

    #[test]
    fn a_diff_id_that_is_no_digest_is_named() {
        assert_eq!(
            text(br#"{"rootfs": {"diff_ids": [null]}}"#),
            "rootfs.diff_ids[0]: invalid checksum digest format"
        );
        assert_eq!(
            text(br#"{"rootfs": {"diff_ids": ["a:b", ""]}}"#),
            "rootfs.diff_ids[0]: unsupported digest algorithm"
        );
        assert_eq!(text(br#"{"rootfs": {"diff_ids": [5]}}"#), "rootfs.diff_ids[0] is not a string");
        assert_eq!(text(br#"{"rootfs": []}"#), "rootfs is not an object");
        assert!(text(b"").starts_with("not JSON: "));
    }

    #[test]
    fn a_config_may_be_sixteen_mebibytes_and_no_more() {
        let mut document = vec![b' '; 16 * 1024 * 1024];
        document[..2].copy_from_slice(b"{}");
        assert_eq!(parse(&document), Ok(ImageConfig::default()));
        document.push(b' ');
        assert_eq!(text(&document), "larger than 16777216 bytes");
    }
}

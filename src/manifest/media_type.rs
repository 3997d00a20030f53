//! The media types that the registry and this crate act on.
//!
//! The Docker ones are those of `manifest/schema1`, `schema2` and `manifestlist` of distribution; the OCI ones those
//! of image-spec's `media-types.md`. A media type is compared byte for byte, as the registry does.

/// A Docker image manifest (schema 2).
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// A Docker manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// An OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// An OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// A Docker schema 1 manifest without its signatures.
pub const SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+json";
/// A signed Docker schema 1 manifest: what the registry serves every schema 1 manifest as.
pub const SCHEMA1_SIGNED: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// A layer of a schema 1 manifest, which itself does not say so.
pub const SCHEMA1_LAYER: &str = "application/vnd.docker.container.image.rootfs.diff+x-gtar";
/// A Docker layer, compressed with gzip.
pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/// A Docker layer, not compressed.
pub const DOCKER_LAYER_TAR: &str = "application/vnd.docker.image.rootfs.diff.tar";
/// A Docker layer that is fetched from a URL, compressed with gzip.
pub const DOCKER_FOREIGN_LAYER: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
/// An OCI layer, not compressed.
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// An OCI layer, compressed with gzip.
pub const OCI_LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// An OCI layer, compressed with zstd.
pub const OCI_LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
/// An OCI layer that may live elsewhere, not compressed.
pub const OCI_FOREIGN_LAYER: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar";
/// An OCI layer that may live elsewhere, compressed with gzip.
pub const OCI_FOREIGN_LAYER_GZIP: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
/// An OCI layer that may live elsewhere, compressed with zstd.
pub const OCI_FOREIGN_LAYER_ZSTD: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";

/// A Docker image configuration.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// An OCI image configuration.
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// A manifest list or an image index: a manifest whose references are manifests.
pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, DOCKER_LIST | OCI_INDEX)
}

/// An image manifest: a config and layers. An artifact has this type too.
pub fn is_image(media_type: &str) -> bool {
    matches!(media_type, DOCKER_MANIFEST | OCI_MANIFEST)
}

/// A schema 1 manifest.
pub fn is_schema1(media_type: &str) -> bool {
    matches!(media_type, SCHEMA1 | SCHEMA1_SIGNED)
}

/// Any manifest that a registry of some version can read.
pub fn is_manifest(media_type: &str) -> bool {
    is_index(media_type) || is_image(media_type) || is_schema1(media_type)
}

/// A configuration that has `rootfs.diff_ids`; that of an artifact or a plugin need not.
pub fn is_image_config(media_type: &str) -> bool {
    matches!(media_type, DOCKER_CONFIG | OCI_CONFIG)
}

/// A layer that may live elsewhere, if its descriptor has URLs.
pub fn is_foreign_layer(media_type: &str) -> bool {
    matches!(
        media_type,
        DOCKER_FOREIGN_LAYER | OCI_FOREIGN_LAYER | OCI_FOREIGN_LAYER_GZIP | OCI_FOREIGN_LAYER_ZSTD
    )
}

/// A layer of an OCI type, foreign ones included.
pub fn is_oci_layer(media_type: &str) -> bool {
    matches!(
        media_type,
        OCI_LAYER
            | OCI_LAYER_GZIP
            | OCI_LAYER_ZSTD
            | OCI_FOREIGN_LAYER
            | OCI_FOREIGN_LAYER_GZIP
            | OCI_FOREIGN_LAYER_ZSTD
    )
}

/// A file system layer of any type: what a `diff_id` is the digest of, once unpacked.
pub fn is_layer(media_type: &str) -> bool {
    is_oci_layer(media_type)
        || matches!(media_type, SCHEMA1_LAYER | DOCKER_LAYER | DOCKER_LAYER_TAR | DOCKER_FOREIGN_LAYER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_manifest_do_not_overlap() {
        for media_type in [DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX, SCHEMA1, SCHEMA1_SIGNED] {
            let kinds = [is_index(media_type), is_image(media_type), is_schema1(media_type)];
            assert_eq!(kinds.iter().filter(|&&is| is).count(), 1, "{media_type}");
            assert!(!is_layer(media_type) && !is_image_config(media_type), "{media_type}");
        }
    }

    #[test]
    fn every_foreign_layer_is_a_layer() {
        for media_type in
            [DOCKER_FOREIGN_LAYER, OCI_FOREIGN_LAYER, OCI_FOREIGN_LAYER_GZIP, OCI_FOREIGN_LAYER_ZSTD]
        {
            assert!(is_foreign_layer(media_type) && is_layer(media_type), "{media_type}");
            let own = media_type.replace(".foreign", "").replace(".nondistributable", "");
            assert!(!is_foreign_layer(&own) && is_layer(&own), "{own}");
        }
    }

    #[test]
    fn media_types_are_compared_exactly() {
        assert!(!is_image(&OCI_MANIFEST.to_uppercase()));
        assert!(!is_image(&format!("{OCI_MANIFEST}; charset=utf-8")));
        assert!(is_manifest(SCHEMA1) && !is_manifest("application/vnd.oci.artifact.manifest.v1+json"));
    }
}

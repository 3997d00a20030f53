//! Our manifest parser against that of the `oci-spec` crate, on every manifest that a registry stored for us.

use std::collections::BTreeSet;
use std::fs;

use oci_spec::image::{ImageIndex, ImageManifest};
use regfs::manifest::{self, Descriptor, Kind, media_type};
use walkdir::WalkDir;

use crate::support::fixture::{self, TREES};
use crate::support::paths;

/// What two parsers must agree on, of a config, layer, child or subject.
#[derive(Debug, PartialEq, Eq)]
struct Reference {
    media_type: String,
    digest: String,
    size: u64,
    urls: bool,
    platform: Option<(String, String, Option<String>)>,
}

impl From<&Descriptor> for Reference {
    fn from(ours: &Descriptor) -> Self {
        let platform = ours.platform.as_ref();
        Self {
            media_type: ours.media_type.as_deref().unwrap().to_owned(),
            digest: ours.digest.to_string(),
            size: ours.size.unwrap().try_into().unwrap(),
            urls: ours.urls,
            platform: platform.map(|platform| {
                let variant = platform.variant.as_deref().map(str::to_owned);
                (platform.os.to_string(), platform.architecture.to_string(), variant)
            }),
        }
    }
}

impl From<&oci_spec::image::Descriptor> for Reference {
    fn from(theirs: &oci_spec::image::Descriptor) -> Self {
        let platform = theirs.platform().as_ref();
        Self {
            media_type: theirs.media_type().to_string(),
            digest: theirs.digest().to_string(),
            size: theirs.size(),
            urls: theirs.urls().as_ref().is_some_and(|urls| !urls.is_empty()),
            platform: platform.map(|platform| {
                (platform.os().to_string(), platform.architecture().to_string(), platform.variant().clone())
            }),
        }
    }
}

fn references<'a, D: 'a>(descriptors: impl IntoIterator<Item = &'a D>) -> Vec<Reference>
where
    Reference: From<&'a D>,
{
    descriptors.into_iter().map(Reference::from).collect()
}

/// The bytes of each manifest with a revision link, once.
fn manifests() -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let mut manifests = Vec::new();
    for v2 in TREES.map(fixture::v2) {
        for entry in WalkDir::new(v2.join("repositories")).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            if path.ends_with("link") && path.iter().any(|name| name == "revisions") {
                let digest = fs::read_to_string(path).unwrap();
                if seen.insert(digest.clone()) {
                    manifests.push(fs::read(v2.join(paths::blob_data(&digest))).unwrap());
                }
            }
        }
    }
    manifests
}

#[test]
fn the_crate_of_the_specification_reads_manifests_as_we_do() {
    let (mut images, mut indexes) = (0, 0);
    for bytes in manifests() {
        let ours = manifest::parse(&bytes).unwrap();
        match ours.kind {
            Kind::Image => {
                let theirs = ImageManifest::from_reader(&bytes[..]).unwrap();
                assert_eq!(references(&ours.config), references([theirs.config()]));
                assert_eq!(references(&ours.layers), references(theirs.layers()));
                assert_eq!(references(&ours.subject), references(theirs.subject()));
                let stated = theirs.media_type().as_ref().map(ToString::to_string);
                assert_eq!(ours.media_type.as_deref(), stated.as_deref());
                images += 1;
            }
            Kind::Index => {
                let theirs = ImageIndex::from_reader(&bytes[..]).unwrap();
                assert_eq!(references(&ours.children), references(theirs.manifests()));
                assert_eq!(references(&ours.subject), references(theirs.subject()));
                let stated = theirs.media_type().as_ref().map(ToString::to_string);
                assert_eq!(ours.media_type.as_deref(), stated.as_deref());
                indexes += 1;
            }
            Kind::Schema1 => assert!(ours.media_type.as_deref().is_none_or(media_type::is_schema1)),
        }
    }
    assert!(images > 30 && indexes > 5, "{images} images, {indexes} indexes");
}

//! Manifests: bytes in, values out, and no I/O.
//!
//! A manifest is read as the registry reads it, so that what fails here is what the registry fails on. The model is
//! `manifestStore.Get` of distribution's `registry/storage/manifeststore.go`, which decides by `schemaVersion` and
//! `mediaType` alone, and the structs that it then decodes into: `manifest/schema1`, `schema2`, `manifestlist`,
//! `ocischema`. Where 2.8 and 3.x differ, 3.x is followed: it also checks the `annotations` of an OCI index. Schema
//! 1 is 2.x's, which reads the payload alone, the signatures being made anew (`signedmanifesthandler.go`, since 2.5).
//!
//! [`parse`] never takes memory beyond a small multiple of the document, however it is made.

mod descriptor;
mod error;
mod json;
mod platform;

pub mod config;
pub mod media_type;

pub use config::{ImageConfig, MAX_CONFIG};
pub use descriptor::{Descriptor, Name};
pub use error::{DocumentError, ManifestError};
pub use platform::{ParsePlatformError, Platform};

use std::borrow::Cow;
use std::fmt;

use serde_json::value::RawValue;

use descriptor::{Draft, set, stated};
use json::{Fault, Member};

/// The most bytes of a manifest that the registry reads (`maxBlobGetSize` of `registry/storage/blobstore.go`).
pub const MAX_MANIFEST: u64 = 4 * 1024 * 1024;

/// What a manifest is to the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A config and layers.
    Image,
    /// Other manifests.
    Index,
    /// Layers, and nothing else that is stored: Docker's first format, which 3.x cannot read.
    Schema1,
}

/// What a reference is to the manifest that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The config of an image.
    Config,
    /// A layer of an image.
    Layer,
    /// A manifest of an index.
    Child,
    /// What the manifest is about. The registry does not look at it, and it need not exist.
    Subject,
}

/// Why a manifest can be taken for two things. The registry goes by the media type; it refuses such an OCI manifest
/// when it is pushed (`validateManifest`, `validateIndex` of `manifest/ocischema`), but not when it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ambiguity {
    /// An image that also has `manifests`.
    #[error("an image manifest that also has \"manifests\"")]
    ImageWithManifests,
    /// An index that also has `layers`.
    #[error("an index that also has \"layers\"")]
    IndexWithLayers,
    /// An index that also has a `config`, though no `layers`.
    #[error("an index that also has a \"config\"")]
    IndexWithConfig,
}

/// A manifest, as far as it refers to anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What it is.
    pub kind: Kind,
    /// The media type that it states, if any.
    pub media_type: Option<Box<str>>,
    /// The type of the artifact, if it states one.
    pub artifact_type: Option<Box<str>>,
    /// The config of an image.
    pub config: Option<Descriptor>,
    /// The layers of an image, as stated, repeats included. Those of schema 1 are `fsLayers`, and have no size.
    pub layers: Vec<Descriptor>,
    /// The manifests of an index, as stated, repeats included.
    pub children: Vec<Descriptor>,
    /// What it is about; none where it is not a sound descriptor, since no registry looks at it.
    pub subject: Option<Descriptor>,
    /// Why it can be taken for something else.
    pub ambiguous: Option<Ambiguity>,
    fault: Option<ManifestError>,
}

impl Manifest {
    /// The media type that the registry serves it as.
    pub fn effective_media_type(&self) -> &str {
        self.media_type.as_deref().unwrap_or(match self.kind {
            Kind::Image => media_type::OCI_MANIFEST,
            Kind::Index => media_type::OCI_INDEX,
            Kind::Schema1 => media_type::SCHEMA1_SIGNED,
        })
    }

    /// What it says that it is: the type that it states, else that of its config, as the referrers API gives it.
    pub fn type_of_artifact(&self) -> Option<&str> {
        let of_config = self.config.as_ref().and_then(|config| config.media_type.as_deref());
        self.artifact_type.as_deref().or(of_config)
    }

    /// A reference that names nothing, its digest absent or malformed: the manifest is malformed then, though the
    /// registry parses it, to which a digest is any string until it is used. Such references are left out of the
    /// others. No client could have pushed the manifest, and none can do anything with it.
    pub const fn fault(&self) -> Option<&ManifestError> {
        self.fault.as_ref()
    }

    /// What it refers to, in the order of the registry's `References()`; then its subject, which is not among those.
    pub fn references(&self) -> impl Iterator<Item = (Role, &Descriptor)> {
        let config = self.config.iter().map(|config| (Role::Config, config));
        let layers = self.layers.iter().map(|layer| (Role::Layer, layer));
        let children = self.children.iter().map(|child| (Role::Child, child));
        let subject = self.subject.iter().map(|subject| (Role::Subject, subject));
        config.chain(layers).chain(children).chain(subject)
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            media_type: None,
            artifact_type: None,
            config: None,
            layers: Vec::new(),
            children: Vec::new(),
            subject: None,
            ambiguous: None,
            fault: None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "config",
            Self::Layer => "layer",
            Self::Child => "manifest",
            Self::Subject => "subject",
        })
    }
}

/// Parses a manifest.
///
/// # Errors
/// When no registry could parse it: 3.x cannot parse [`Kind::Schema1`] either. One without a media type that fails
/// as an index makes the registry panic rather than fail, `{"schemaVersion":2,"manifests":""}` for one.
pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    parse_up_to(bytes, MAX_MANIFEST)
}

/// As [`parse`], of a document that no registry serves, hence of another size.
///
/// # Errors
/// As [`parse`].
pub fn parse_up_to(bytes: &[u8], limit: u64) -> Result<Manifest, ManifestError> {
    let text = json::text(bytes, limit)?;
    let members = &*json::object(&text, &MEMBERS)?;
    let head = Head::read(members).map_err(DocumentError::from)?;
    let manifest = match (head.schema_version, &*head.media_type) {
        (1, _) => read_schema1(members),
        (2, media_type::DOCKER_MANIFEST) => read_image(members, false),
        (2, media_type::OCI_MANIFEST) => read_image(members, true),
        (2, media_type::DOCKER_LIST) => read_index(members, false),
        (2, media_type::OCI_INDEX) => read_index(members, true),
        (2, "") => match read_index(members, true) {
            Ok(_) if !head.manifests => read_image(members, true),
            index => index,
        },
        (2, _) => return Err(ManifestError::UnknownMediaType(head.media_type.into_owned())),
        (version, _) => return Err(ManifestError::UnknownSchemaVersion(version)),
    };
    let manifest = manifest.map_err(DocumentError::from)?;
    Ok(head.complete(manifest))
}

/// The members that any kind of manifest is read for.
const MEMBERS: [&str; 13] = [
    "schemaVersion",
    "mediaType",
    "config",
    "layers",
    "manifests",
    "annotations",
    "subject",
    "artifactType",
    "fsLayers",
    "history",
    "name",
    "tag",
    "architecture",
];

/// What is looked at before the type of the manifest is known, and what the registry does not look at.
#[derive(Default)]
struct Head<'a> {
    schema_version: i64,
    media_type: Cow<'a, str>,
    config: bool,
    layers: bool,
    manifests: bool,
    artifact_type: Option<&'a RawValue>,
    subject: Option<&'a RawValue>,
}

impl<'a> Head<'a> {
    fn read(members: &[Member<'a>]) -> Result<Self, Fault> {
        let mut head = Self::default();
        json::each(members, |key, value| {
            match key {
                "schemaVersion" => head.schema_version = json::integer(value)?.unwrap_or(head.schema_version),
                "mediaType" => set(&mut head.media_type, value)?,
                "config" => head.config = !json::is_null(value),
                "layers" => head.layers = !json::is_null(value),
                "manifests" => head.manifests = !json::is_null(value),
                "artifactType" => head.artifact_type = Some(value),
                "subject" => head.subject = Some(value),
                _ => {}
            }
            Ok(())
        })?;
        Ok(head)
    }

    fn complete(self, manifest: Manifest) -> Manifest {
        let ambiguous = match manifest.kind {
            Kind::Image if self.manifests => Some(Ambiguity::ImageWithManifests),
            Kind::Index if self.layers => Some(Ambiguity::IndexWithLayers),
            Kind::Index if self.config => Some(Ambiguity::IndexWithConfig),
            _ => None,
        };
        let artifact_type = self.artifact_type.and_then(|value| json::string(value).ok().flatten());
        let subject = self.subject.and_then(|value| {
            let mut draft = Draft::default();
            draft.read(value).ok()?;
            draft.finish(String::new).ok()
        });
        Manifest {
            media_type: stated(self.media_type),
            artifact_type: artifact_type.and_then(stated),
            subject,
            ambiguous,
            ..manifest
        }
    }
}

/// `schema2.Manifest`, or `ocischema.Manifest`, which also has annotations.
fn read_image(members: &[Member<'_>], oci: bool) -> Result<Manifest, Fault> {
    let mut image = Manifest::new(Kind::Image);
    let mut config = Draft::default();
    json::each(members, |key, value| match key {
        "config" => config.read(value),
        "layers" => {
            (image.layers, image.fault) = read_list(value, "layers", Draft::read)?;
            Ok(())
        }
        "annotations" if oci => json::string_map(value),
        _ => Ok(()),
    })?;
    match config.finish(|| "config".into()) {
        Ok(config) => image.config = Some(config),
        Err(fault) => image.fault = Some(fault),
    }
    Ok(image)
}

/// `manifestlist.ManifestList`, or `ocischema.ImageIndex`, which also has annotations.
fn read_index(members: &[Member<'_>], oci: bool) -> Result<Manifest, Fault> {
    let mut index = Manifest::new(Kind::Index);
    json::each(members, |key, value| match key {
        "manifests" => {
            (index.children, index.fault) = read_list(value, "manifests", Draft::read)?;
            Ok(())
        }
        "annotations" if oci => json::string_map(value),
        _ => Ok(()),
    })?;
    Ok(index)
}

/// `schema1.Manifest`.
fn read_schema1(members: &[Member<'_>]) -> Result<Manifest, Fault> {
    let mut manifest = Manifest::new(Kind::Schema1);
    json::each(members, |key, value| match key {
        "fsLayers" => {
            (manifest.layers, manifest.fault) = read_list(value, "fsLayers", |draft, value| {
                draft.media_type = media_type::SCHEMA1_LAYER.into();
                json::members(value, |key, value| match key {
                    "blobsum" => set(&mut draft.digest, value),
                    _ => Ok(()),
                })
            })?;
            Ok(())
        }
        "name" | "tag" | "architecture" => json::string(value).map(drop),
        "history" => json::elements(value, |_, entry| {
            json::members(entry, |key, value| match key {
                "v1compatibility" => json::string(value).map(drop),
                _ => Ok(()),
            })
        }),
        _ => Ok(()),
    })?;
    Ok(manifest)
}

/// The descriptors of a list that name something, and the first that does not.
type List = (Vec<Descriptor>, Option<ManifestError>);

fn read_list<'a>(
    value: &'a RawValue,
    name: &str,
    read: impl Fn(&mut Draft<'a>, &'a RawValue) -> Result<(), Fault>,
) -> Result<List, Fault> {
    let (mut list, mut first_fault) = (Vec::new(), None);
    json::elements(value, |index, element| {
        let mut draft = Draft::default();
        read(&mut draft, element)?;
        match draft.finish(|| format!("{name}[{index}]")) {
            Ok(descriptor) => list.push(descriptor),
            // The others are not kept: there may be two million of them.
            Err(fault) => drop(first_fault.get_or_insert(fault)),
        }
        Ok(())
    })?;
    Ok((list, first_fault))
}

#[cfg(test)]
mod tests;

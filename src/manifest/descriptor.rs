//! Descriptors: how a manifest names what it needs.

use std::borrow::Cow;
use std::fmt;

use serde_json::value::RawValue;

use super::error::ManifestError;
use super::json::{self, Fault};
use super::media_type;
use super::platform::Platform;
use crate::digest::{Digest, ParseDigestError};

/// A reference to a blob or a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// The media type of what is referred to, as stated.
    pub media_type: Option<Box<str>>,
    /// What is referred to.
    pub digest: Name,
    /// Its size in bytes, as stated: Go takes a negative one, which then no blob has.
    pub size: Option<i64>,
    /// Whether there is at least one URL to fetch it from.
    pub urls: bool,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// The type of the artifact that it is.
    pub artifact_type: Option<Box<str>>,
    /// The name that an image layout gives it: the annotation `org.opencontainers.image.ref.name`.
    pub ref_name: Option<Box<str>>,
    /// The whole name that containerd and `docker save` give it: the annotation `io.containerd.image.name`.
    pub image_name: Option<Box<str>>,
}

impl Descriptor {
    /// A layer that lives elsewhere by design: of a foreign type, and with a URL. The registry does not look for its
    /// blob when the manifest is pushed (`schema2manifesthandler.go`, `ocimanifesthandler.go`).
    pub fn is_external(&self) -> bool {
        self.urls && self.media_type.as_deref().is_some_and(media_type::is_foreign_layer)
    }
}

/// A well-formed digest. A malformed one is no name: see [`Manifest::fault`](super::Manifest::fault).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// Of an algorithm that can be checked.
    Known(Digest),
    /// Of another: the registry cannot serve it either.
    Unsupported(Box<str>),
}

impl Name {
    /// The digest, if it can be checked.
    pub const fn known(&self) -> Option<Digest> {
        match self {
            Self::Known(digest) => Some(*digest),
            Self::Unsupported(_) => None,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(digest) => fmt::Display::fmt(digest, f),
            Self::Unsupported(text) => f.write_str(text),
        }
    }
}

/// The members of a descriptor as Go collects them, none of them checked: `v1.Descriptor` of image-spec, which
/// distribution 3.x uses everywhere and whose `artifactType` and `data` 2.8 does not know. `data`, and the `features`
/// of a platform in a Docker list, are not looked at here: nothing writes them in another type.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    pub(super) media_type: Cow<'a, str>,
    pub(super) digest: Cow<'a, str>,
    size: Option<i64>,
    urls: bool,
    platform: Option<Platform>,
    artifact_type: Cow<'a, str>,
    ref_name: Cow<'a, str>,
    image_name: Cow<'a, str>,
}

impl<'a> Draft<'a> {
    /// Reads a value into what is already there, as a repeated key does.
    pub(super) fn read(&mut self, value: &'a RawValue) -> Result<(), Fault> {
        json::members(value, |key, value| {
            match key {
                "mediatype" => set(&mut self.media_type, value)?,
                "digest" => set(&mut self.digest, value)?,
                "size" => self.size = json::integer(value)?.or(self.size),
                "urls" => self.urls = json::strings(value)?,
                "annotations" => {
                    json::string_map(value)?;
                    json::members(value, |key, value| match key {
                        "org.opencontainers.image.ref.name" => set(&mut self.ref_name, value),
                        "io.containerd.image.name" => set(&mut self.image_name, value),
                        _ => Ok(()),
                    })?;
                }
                "platform" => self.platform = read_platform(value)?,
                "artifacttype" => set(&mut self.artifact_type, value)?,
                _ => {}
            }
            Ok(())
        })
    }

    /// The descriptor, if it names anything; `at` is where it stands.
    pub(super) fn finish(self, at: impl FnOnce() -> String) -> Result<Descriptor, ManifestError> {
        if self.digest.is_empty() {
            return Err(ManifestError::NoDigest { at: at() });
        }
        let digest = match Digest::parse(self.digest.as_bytes()) {
            Ok(digest) => Name::Known(digest),
            Err(ParseDigestError::Algorithm) => Name::Unsupported(self.digest.into()),
            Err(why) => return Err(ManifestError::BadDigest { at: at(), why }),
        };
        Ok(Descriptor {
            media_type: stated(self.media_type),
            digest,
            size: self.size,
            urls: self.urls,
            platform: self.platform,
            artifact_type: stated(self.artifact_type),
            ref_name: named(self.ref_name),
            image_name: named(self.image_name),
        })
    }
}

/// Reads a string member: null leaves what is there.
pub(super) fn set<'a>(place: &mut Cow<'a, str>, value: &'a RawValue) -> Result<(), Fault> {
    if let Some(text) = json::string(value)? {
        *place = text;
    }
    Ok(())
}

/// The most bytes that are kept of a type or of a part of a platform. None that means anything is longer, and an answer
/// may repeat one a hundred thousand times.
const MAX_STATED: usize = 255;

/// Go does not tell an empty string from none. One that is too long is cut: it still is none of those that are known.
pub(super) fn stated(text: Cow<'_, str>) -> Option<Box<str>> {
    (!text.is_empty()).then(|| cut(text))
}

fn cut(text: Cow<'_, str>) -> Box<str> {
    if text.len() <= MAX_STATED {
        return text.into();
    }
    let (end, _) = text.char_indices().rev().find(|(at, _)| *at <= MAX_STATED).unwrap_or_default();
    format!("{}…", &text[..end]).into()
}

/// A name, which is as long as it is.
fn named(text: Cow<'_, str>) -> Option<Box<str>> {
    (!text.is_empty()).then(|| text.into())
}

/// `v1.Platform` of image-spec: one that says nothing is none.
fn read_platform(value: &RawValue) -> Result<Option<Platform>, Fault> {
    let (mut os, mut architecture) = (Cow::default(), Cow::default());
    let (mut variant, mut os_version) = (Cow::default(), Cow::default());
    json::members(value, |key, value| match key {
        "os" => set(&mut os, value),
        "architecture" => set(&mut architecture, value),
        "variant" => set(&mut variant, value),
        "os.version" => set(&mut os_version, value),
        "os.features" => json::strings(value).map(drop),
        _ => Ok(()),
    })?;
    let says_something = !os.is_empty() || !architecture.is_empty();
    Ok(says_something.then(|| Platform {
        os: cut(os),
        architecture: cut(architecture),
        variant: stated(variant),
        os_version: stated(os_version),
    }))
}

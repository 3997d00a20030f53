//! `oci-layout` and `index.json`: what a layout says of itself, and what it lists.

use serde_json::Value;

use crate::manifest::{self, Descriptor, Kind, media_type};
use crate::path::StorePath;
use crate::store::{ReadError, Stat, Store};

/// The most bytes of `oci-layout` that are read; a real one has thirty.
const MAX_LAYOUT: u64 = 64 * 1024;

/// The most bytes of `index.json` that are read: some two hundred thousand names.
const MAX_INDEX: u64 = 64 * 1024 * 1024;

/// The version of the layout that is known.
const VERSION: &str = "1.0.0";

/// The index, and what is wrong with the two files.
#[derive(Debug, Default)]
pub struct Index {
    /// What is listed, in its order.
    pub entries: Vec<Entry>,
    /// What the file system says of `index.json`, if it could be read.
    pub stat: Option<Stat>,
    /// What is wrong with `oci-layout` or `index.json`, by path.
    pub faults: Vec<Fault>,
    /// Whether what the layout lists is known.
    pub is_known: bool,
}

/// One descriptor of `index.json`.
#[derive(Debug)]
pub struct Entry {
    /// The descriptor, its names among the annotations.
    pub descriptor: Descriptor,
}

/// What is wrong with one of the two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub path: StorePath,
    /// Why it could not be read, or else what it lacks, in a line.
    pub why: Result<String, ReadError>,
}

impl Entry {
    /// The name that a person calls it by: the tag, else the whole name.
    pub fn name(&self) -> Option<&str> {
        self.descriptor.ref_name.as_deref().or(self.descriptor.image_name.as_deref())
    }

    /// Whether it is to be read as a manifest. A layout may list anything.
    pub fn is_manifest(&self) -> bool {
        self.descriptor.media_type.as_deref().is_none_or(media_type::is_manifest)
    }
}

/// Where the names are.
pub fn path() -> StorePath {
    "index.json".into()
}

/// Reads both files.
pub fn read(store: &Store) -> Index {
    let mut index = Index::default();
    if let Err(why) = version(store) {
        index.faults.push(Fault { path: "oci-layout".into(), why });
    }
    match entries(store) {
        Ok((entries, stat, fault)) => {
            index.is_known = fault.is_none();
            index.faults.extend(fault.map(|why| Fault { path: path(), why: Ok(why) }));
            (index.entries, index.stat) = (entries, Some(stat));
        }
        Err(why) => index.faults.push(Fault { path: path(), why }),
    }
    index
}

fn absent(error: ReadError) -> Result<String, ReadError> {
    match error {
        ReadError::Absent => Ok("it does not exist".to_owned()),
        error => Err(error),
    }
}

/// Holds `oci-layout` against what it must say.
fn version(store: &Store) -> Result<(), Result<String, ReadError>> {
    let content = store.read(&"oci-layout".into(), MAX_LAYOUT).map_err(absent)?;
    if content.truncated {
        return Err(Ok(format!("it is larger than {MAX_LAYOUT} bytes")));
    }
    let value: Value =
        serde_json::from_slice(&content.bytes).map_err(|error| Ok(format!("not JSON: {error}")))?;
    match value.get("imageLayoutVersion").and_then(Value::as_str) {
        Some(VERSION) => Ok(()),
        Some(other) => Err(Ok(format!("imageLayoutVersion is {other:?}, where {VERSION} is known"))),
        None => Err(Ok("it states no imageLayoutVersion".to_owned())),
    }
}

type Listed = (Vec<Entry>, Stat, Option<String>);

fn entries(store: &Store) -> Result<Listed, Result<String, ReadError>> {
    let content = store.read(&path(), MAX_INDEX).map_err(absent)?;
    if content.truncated {
        return Err(Ok(format!("it is larger than {MAX_INDEX} bytes")));
    }
    let index = manifest::parse_up_to(&content.bytes, MAX_INDEX).map_err(|error| Ok(error.to_string()))?;
    if index.kind != Kind::Index {
        return Err(Ok("it is no index".to_owned()));
    }
    let fault = index.fault().map(ToString::to_string);
    let entries = index.children.into_iter().map(|descriptor| Entry { descriptor }).collect();
    Ok((entries, content.stat, fault))
}

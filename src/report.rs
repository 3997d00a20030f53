//! What commands answer: plain sorted data, one file a command, serialized as the JSON contract says.
//!
//! A member that does not apply is `null`, a list with nothing in it `[]`; digests are `algorithm:hex`, sizes integers
//! in bytes. A report knows the exit status that it implies, and nothing of how it is shown.

pub mod diff;
pub mod du;
pub mod explain;
pub mod export;
pub mod gc_preview;
pub mod history;
pub mod ls;
pub mod orphans;
pub mod refs;
pub mod resolve;
pub mod uploads;
pub mod verify;

use std::fmt;
use std::io;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::exit::Exit;
use crate::kind::Kind;
use crate::path::StorePath;
use crate::registry::inventory::{Inventory, Opaque};
use crate::store::Store;

/// The members that every report begins with.
#[derive(Clone, Debug, Serialize)]
pub struct Head {
    /// `regfs/<command>/v1`.
    pub schema: &'static str,
    /// The version of regfs.
    pub version: &'static str,
    /// The directory that paths are relative to (of a registry `v2`), so that it and a `path` make a path that opens;
    /// `None` where no store was asked for.
    pub root: Option<String>,
    /// Of what kind the store is; `None` where no store was asked for.
    pub kind: Option<Kind>,
    /// Whether the answer is not whole: interrupted, or something could not be read.
    pub partial: bool,
    /// Why it is not, for tables, if it was not interrupted and nothing was unreadable.
    #[serde(skip)]
    pub why_partial: Option<&'static str>,
    /// What could not be read.
    pub errors: Vec<ErrorItem>,
    /// What a reader must know to take the answer rightly, in sentences.
    pub warnings: Vec<String>,
}

/// What every command answers. The whole serializes to one object; item by item it makes a stream of lines.
pub trait Report: Serialize {
    /// The members that it begins with.
    fn head(&self) -> &Head;

    /// The exit status that it implies.
    fn exit(&self) -> Exit;

    /// Hands over what its lists hold, one by one, except those of the head.
    ///
    /// # Errors
    /// Those of the sink.
    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()>;

    /// The files that it is about, for the formats `paths` and `paths0`; none unless a command has them.
    fn files(&self) -> Vec<StorePath> {
        Vec::new()
    }

    /// What the format `csv` shows: the kinds of item that are its lines, and the members that are its columns; nothing
    /// unless a command has that format.
    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&[], &[])
    }

    /// What could not be believed, which makes the answer less than whole; nothing unless a command tells of that.
    fn unknown(&self) -> &[ErrorItem] {
        &[]
    }

    /// Why the answer is bad, in a line, where it says that.
    fn message(&self) -> Option<&str> {
        None
    }

    /// What ends a stream: the summary's members, and those of the report that are no lists.
    fn summary(&self) -> impl Serialize;
}

/// Takes the items of a report.
pub trait ItemSink {
    /// Takes one; `kind` says what it is, in the singular.
    ///
    /// # Errors
    /// When it cannot be passed on.
    fn item(&mut self, kind: &'static str, item: &impl Serialize) -> io::Result<()>;
}

/// The name of a repository or tag as it is shown: one text for all the items that mention it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(Arc<str>);

/// A near name as a line of a stream.
#[derive(Serialize)]
struct Suggestion<'a> {
    name: &'a str,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ErrorItem {
    /// What.
    pub path: StorePath,
    /// Why, in the system's words.
    pub reason: String,
}

impl From<String> for Label {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Label {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Head {
    /// The head of a report on a store.
    pub fn new(schema: &'static str, store: &Store) -> Self {
        let root = crate::path::text_of(store.path().as_os_str().as_encoded_bytes());
        Self { root: Some(root), kind: Some(store.kind()), ..Self::rootless(schema) }
    }

    /// The head of a report that no store was asked for.
    pub const fn rootless(schema: &'static str) -> Self {
        Self {
            schema,
            version: env!("CARGO_PKG_VERSION"),
            root: None,
            kind: None,
            partial: false,
            why_partial: None,
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Whether images are in repositories, as a registry's are.
    pub fn has_repositories(&self) -> bool {
        self.kind.is_none_or(|kind| kind == Kind::Registry)
    }

    /// Takes over what an inventory could not look at.
    pub fn note_unreadable(&mut self, inventory: &Inventory) {
        for (path, why) in &inventory.opaque {
            if let Opaque::Unreadable(reason) = why {
                self.errors.push(ErrorItem { path: path.clone(), reason: reason.to_string() });
            }
        }
        self.partial |= inventory.interrupted || !self.errors.is_empty();
    }

    /// Takes over what an inventory passed by because regfs follows no link and opens no special file: what stands
    /// behind it would belong to the answer.
    pub fn note_not_followed(&mut self, inventory: &Inventory) {
        for (path, why) in &inventory.opaque {
            if let Opaque::NotRegular(kind) = why {
                let reason = format!("it is {}, and regfs looks at none", kind.with_article());
                self.errors.push(ErrorItem { path: path.clone(), reason });
            }
        }
        self.partial |= !self.errors.is_empty();
    }

    /// [`Exit::NoAnswer`] for a partial report, else good.
    pub const fn exit(&self) -> Exit {
        if self.partial { Exit::NoAnswer } else { Exit::Good }
    }
}

//! What one side of a comparison is: a root, or what an inventory file says of one.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::Options;
use super::images::Images;
use crate::cli;
use crate::kind::Kind;
use crate::path::text_of;
use crate::registry::contents::Contents;
use crate::registry::contents::file::{self, FileError, ListedRoot};
use crate::registry::remarks;
use crate::session::Run;
use crate::store::Store;

/// What a user named, open for reading: a root, or a file that should be an inventory. The process can be confined before
/// any byte of it is believed to be one.
#[derive(Debug)]
pub enum Named {
    /// A root.
    Root {
        /// What the user named.
        named: PathBuf,
        /// The root.
        store: Store,
    },
    /// A file.
    File {
        /// Its name.
        name: String,
        /// It.
        file: File,
    },
}

/// One side.
#[derive(Debug)]
pub enum Source<'a> {
    /// A root.
    Root(&'a Store),
    /// A root as an inventory file describes it.
    Listed {
        /// The file's name.
        name: &'a str,
        /// What it says.
        listed: Box<ListedRoot>,
    },
}

/// Why a file is no side.
#[derive(Debug, thiserror::Error)]
#[error("{name} {why}")]
pub struct SourceError {
    /// The file's name.
    pub name: String,
    /// What is wrong with it.
    pub why: FileError,
}

impl Named {
    /// Opens a root, of one kind if one is named, or a file; `-` is standard input.
    ///
    /// # Errors
    /// When there is neither.
    pub fn open(path: &Path, kind: Option<Kind>) -> anyhow::Result<Self> {
        let is_stdin = path == Path::new("-");
        // What is not there is asked for as a root: the error says what was tried.
        if !is_stdin && (path.is_dir() || !path.exists()) {
            let is_there = path.exists();
            let store = Store::open_as(Some(path), kind).map_err(|error| {
                if is_there {
                    anyhow::Error::new(error)
                } else {
                    anyhow!("{error}; or a file that `regfs inventory` wrote")
                }
            })?;
            return Ok(Self::Root { named: path.to_owned(), store });
        }
        let name = text_of(path.as_os_str().as_encoded_bytes());
        let opened = if is_stdin {
            io::stdin().as_fd().try_clone_to_owned().map(File::from)
        } else {
            File::open(path)
        };
        match opened {
            Ok(file) => Ok(Self::File { name, file }),
            Err(error) => Err(SourceError { name, why: error.into() }.into()),
        }
    }

    /// The root, and what the user named it, if it is one.
    pub fn root(&self) -> Option<(&Path, &Store)> {
        match self {
            Self::Root { named, store } => Some((named, store)),
            Self::File { .. } => None,
        }
    }

    /// Reads a file. `strict`: what carries no meaning counts too.
    ///
    /// # Errors
    /// When it is no inventory.
    pub fn read(&self, strict: bool) -> Result<Source<'_>, SourceError> {
        let (name, file) = match self {
            Self::Root { store, .. } => return Ok(Source::Root(store)),
            Self::File { name, file } => (name, file),
        };
        let mut listed = file::read(file).map_err(|why| SourceError { name: name.clone(), why })?;
        if !strict {
            let named_any = !listed.contents.inventory.opaque.is_empty();
            listed.contents.forget_what_carries_no_meaning();
            // It is whole but for what is forgotten.
            listed.partial &= !(named_any && listed.contents.inventory.opaque.is_empty());
        }
        Ok(Source::Listed { name, listed: Box::new(listed) })
    }
}

impl<'a> Source<'a> {
    /// The root, if it is one.
    pub fn store(&self) -> Option<&'a Store> {
        match self {
            Self::Root(store) => Some(store),
            Self::Listed { .. } => None,
        }
    }

    /// How it is called in the report.
    pub fn name(&self) -> String {
        match self {
            Self::Root(store) => text_of(store.path().as_os_str().as_encoded_bytes()),
            Self::Listed { name, .. } => (*name).to_owned(),
        }
    }

    /// What an inventory file says.
    pub fn listed(&self) -> Option<&ListedRoot> {
        match self {
            Self::Root(_) => None,
            Self::Listed { listed, .. } => Some(listed),
        }
    }

    /// Whether bytes can be compared with it.
    pub(super) fn has_bytes(&self) -> bool {
        self.listed().is_none_or(|listed| listed.contents.is_hashed)
    }

    /// Looks at what a root holds; of images alone, if only they are asked for. Of an inventory file all is known.
    pub(super) fn look(&self, images: Option<&Images>, options: &Options, run: Run<'_>) -> Seen<'_> {
        match (self, images) {
            (Self::Root(store), None) => {
                Seen::Now(Contents::of_root(store, options.strict, run.cancel, run.progress).into())
            }
            (Self::Root(store), Some(images)) => {
                Seen::Now(Contents::of_files(store, &images.paths, options.strict).into())
            }
            (Self::Listed { listed, .. }, _) => Seen::Before(&listed.contents),
        }
    }
}

/// What one side holds.
pub(super) enum Seen<'a> {
    Now(Box<Contents>),
    Before(&'a Contents),
}

impl Deref for Seen<'_> {
    type Target = Contents;

    fn deref(&self) -> &Contents {
        match self {
            Self::Now(contents) => contents,
            Self::Before(contents) => contents,
        }
    }
}

/// Refuses what cannot be had of an inventory file.
pub(super) fn check(sides: [&Source<'_>; 2], options: &Options) -> Result<(), clap::Error> {
    let is_root = |source: &&Source<'_>| source.store().is_some();
    if !options.references.is_empty() && !sides.iter().any(is_root) {
        return Err(cli::usage("an inventory holds no manifest to follow: --ref needs a root on one side"));
    }
    for source in sides {
        if let Source::Listed { name, listed } = source
            && options.strict
            && !listed.strict
        {
            return Err(cli::usage(&format!(
                "{name} was made without --strict, and knows no times and modes"
            )));
        }
    }
    Ok(())
}

/// What a reader must know of the sides to take the answer rightly.
pub(super) fn warnings(sides: [&Source<'_>; 2], options: &Options) -> Vec<String> {
    let mut warnings = Vec::new();
    if let [Some(a), Some(b)] = sides.map(Source::store) {
        warnings.extend(nesting([a, b], ["a", "b"]));
    }
    for (source, side) in sides.into_iter().zip(["a", "b"]) {
        match source {
            Source::Root(store) => {
                let remarks = remarks::of_surroundings(store);
                warnings.extend(remarks.into_iter().map(|remark| format!("{side}: {remark}")));
            }
            Source::Listed { listed, .. } => {
                if !listed.contents.is_hashed && !options.sizes_only {
                    let text = "the inventory was made with --no-hash: sizes are compared, and no bytes";
                    warnings.push(format!("{side}: {text}"));
                }
                warnings.extend(listed.warnings.iter().map(|warning| format!("{side}: {warning}")));
            }
        }
    }
    warnings
}

/// Whether two roots are one, or one lies inside the other, in a sentence.
pub fn nesting(stores: [&Store; 2], [one, other]: [&str; 2]) -> Option<String> {
    let [Ok(a), Ok(b)] = stores.map(|store| store.path().canonicalize()) else { return None };
    if a == b {
        Some(format!("{one} and {other} are the same root"))
    } else if a.starts_with(&b) {
        Some(format!("{one} lies inside {other}"))
    } else if b.starts_with(&a) {
        Some(format!("{other} lies inside {one}"))
    } else {
        None
    }
}

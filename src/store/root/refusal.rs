//! Why there is no store to open, and what a person can do about it.

use std::path::PathBuf;

use crate::kind::Kind;

/// A store that was not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its directory.
    pub path: PathBuf,
    /// Its kind.
    pub kind: Kind,
}

/// Why there is no store to open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path named does not lead to a store, or to one of another kind than was named.
    #[error(
        "{} is no {}: {reason}\n  tried: {}{}\n  hint: {}",
        path.display(), called(*kind), list(tried), told(found.as_deref()), hint(*kind, found.as_deref(), nearby)
    )]
    NotARoot {
        /// What the user named.
        path: PathBuf,
        /// The kind that the user named.
        kind: Option<Kind>,
        /// What is wrong with it.
        reason: String,
        /// Where the store was looked for.
        tried: Vec<PathBuf>,
        /// What is there instead.
        found: Option<Box<Root>>,
        /// Stores that stand above the path, or deeper below it.
        nearby: Vec<Root>,
    },
    /// Nothing was named, and no usual place holds a registry.
    #[error(
        "no {} found\n  tried: {}\n  hint: name one with --root PATH, or set REGFS_ROOT",
        called(*kind),
        list(tried)
    )]
    NoneFound {
        /// The kind that the user named.
        kind: Option<Kind>,
        /// The directories that were looked at.
        tried: Vec<PathBuf>,
    },
    /// The root is there and cannot be opened.
    #[error("cannot open {}: {reason}\n  hint: regfs only reads; run it as a user who may list this directory", path.display())]
    Refused {
        /// The store's directory.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// What is looked for.
fn called(kind: Option<Kind>) -> String {
    kind.map_or_else(|| "root that regfs knows".to_owned(), |kind| format!("{kind} root"))
}

fn told(found: Option<&Root>) -> String {
    let line = |Root { path, kind }: &Root| format!("\n  found: {}, {}", kind.with_article(), path.display());
    found.map(line).unwrap_or_default()
}

fn hint(kind: Option<Kind>, found: Option<&Root>, nearby: &[Root]) -> String {
    if let Some(Root { kind, .. }) = found {
        return format!("leave --kind out, or say --kind {kind}");
    }
    if !nearby.is_empty() {
        let one = |root: &Root| {
            let path = root.path.display();
            // Only what is not as one would think is worth a word.
            let is_expected = root.kind == kind.unwrap_or(Kind::Registry);
            if is_expected { path.to_string() } else { format!("{path} ({})", root.kind.with_article()) }
        };
        return format!("did you mean {}?", nearby.iter().map(one).collect::<Vec<_>>().join(", "));
    }
    let what = match kind {
        None => {
            "name the directory that holds docker/registry/v2 (the registry's `rootdirectory`), a Docker engine's data \
             root or an image layout"
        }
        Some(Kind::Registry) => {
            "name the directory that holds docker/registry/v2 (the registry's `rootdirectory`)"
        }
        Some(Kind::Docker) => "name the engine's data root, which holds image/<driver>/ (`docker info`)",
        Some(Kind::Oci) => "name the directory that holds oci-layout and index.json",
        Some(Kind::Containerd) => "name containerd's root, which holds io.containerd.content.v1.content",
    };
    what.to_owned()
}

//! Finding a store from whatever a user names, and recognising of what kind it is.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use walkdir::WalkDir;

use crate::kind::Kind;

/// Where containerd keeps content, below its own root and that of a Docker engine which runs it.
const CONTENT: [&str; 2] =
    ["io.containerd.content.v1.content", "containerd/daemon/io.containerd.content.v1.content"];

/// What the root's surroundings tell.
#[derive(Debug)]
pub(super) struct Location {
    pub(super) top: PathBuf,
    pub(super) kind: Kind,
    pub(super) pull_through_cache: bool,
    pub(super) database_in_use: bool,
}

/// Why there is no store to open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path named does not lead to a store.
    #[error("{} is no {}: {reason}\n  tried: {}\n  hint: {}", path.display(), called(*kind), list(tried), hint(*kind, nearby))]
    NotARoot {
        /// What the user named.
        path: PathBuf,
        /// The kind that the user named.
        kind: Option<Kind>,
        /// What is wrong with it.
        reason: String,
        /// Where the store was looked for.
        tried: Vec<PathBuf>,
        /// Registries that stand deeper below the path.
        nearby: Vec<PathBuf>,
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

fn hint(kind: Option<Kind>, nearby: &[PathBuf]) -> String {
    if !nearby.is_empty() {
        return format!("did you mean {}?", list(nearby));
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

/// Where stores of a kind are when nobody says otherwise: distribution, Debian's package, Harbor.
const fn usual(kind: Option<Kind>) -> &'static [&'static str] {
    match kind {
        None | Some(Kind::Registry) => &["/var/lib/registry", "/var/lib/docker-registry", "/data/registry"],
        Some(Kind::Docker) => &["/var/lib/docker"],
        Some(Kind::Oci) => &[],
        Some(Kind::Containerd) => &["/var/lib/containerd", "/var/lib/docker"],
    }
}

/// Registries a few levels below a directory, as volumes and backups are mounted: a look around, not a search.
fn nearby(path: &Path) -> Vec<PathBuf> {
    const DEPTH: usize = 6;
    const ENTRIES: usize = 20_000;
    const SHOWN: usize = 3;
    let entries = WalkDir::new(path).max_depth(DEPTH).sort_by_file_name().into_iter().take(ENTRIES);
    let directories = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_dir());
    let registries = directories.filter(|entry| entry.path().ends_with("docker/registry/v2"));
    registries.filter_map(|entry| entry.path().ancestors().nth(3).map(Path::to_owned)).take(SHOWN).collect()
}

/// Finds and opens a store, of the kind that the user named if one was.
pub(super) fn find(path: Option<&Path>, kind: Option<Kind>) -> Result<(OwnedFd, Location), OpenError> {
    if let Some(path) = path {
        let (top, kind) = below(path, kind)?;
        return open(top, kind);
    }
    let usual: Vec<PathBuf> = usual(kind).iter().copied().map(PathBuf::from).collect();
    let current = PathBuf::from(".");
    // Nobody named the current directory: it is the store if it looks like one.
    let here = candidates(&current, kind).into_iter().find(|(top, kind)| is_root(top, *kind));
    if let Some((top, kind)) = here.or_else(|| usual.iter().find_map(|path| below(path, kind).ok())) {
        return open(top, kind);
    }
    Err(OpenError::NoneFound { kind, tried: std::iter::once(current).chain(usual).collect() })
}

/// The store that `path` leads to. Links on this way are followed: it is the user's, not the store's.
fn below(path: &Path, kind: Option<Kind>) -> Result<(PathBuf, Kind), OpenError> {
    let candidates = candidates(path, kind);
    if let Some((top, kind)) = candidates.iter().find(|(top, candidate)| match kind {
        // Whoever names the kind is believed: that something is missing is then for `verify` to say.
        Some(Kind::Oci | Kind::Docker) => top.is_dir(),
        _ => is_root(top, *candidate),
    }) {
        return Ok((top.clone(), *kind));
    }
    if let Some(refused) = candidates.iter().find_map(|(top, _)| refused_on_the_way(path, top)) {
        return Err(refused);
    }
    let reason = match std::fs::metadata(path) {
        Err(error) => crate::store::ReadError::from(error).to_string(),
        Ok(metadata) if !metadata.is_dir() => "it is not a directory".to_owned(),
        Ok(_) => match (std::fs::read_dir(path), kind) {
            (Err(error), _) => crate::store::ReadError::from(error).to_string(),
            (Ok(_), Some(Kind::Containerd)) => "it holds no content store".to_owned(),
            (Ok(_), None) => {
                "it holds neither docker/registry/v2 nor blobs/ or repositories/, no image/<driver> and no oci-layout"
                    .to_owned()
            }
            (Ok(_), _) => "it holds neither docker/registry/v2 nor blobs/ or repositories/".to_owned(),
        },
    };
    let nearby = nearby(path);
    let mut tried: Vec<PathBuf> = Vec::new();
    for (candidate, of) in candidates {
        let is_shown = kind.is_some() || of == Kind::Registry;
        if is_shown && !tried.contains(&candidate) {
            tried.push(candidate);
        }
    }
    Err(OpenError::NotARoot { path: path.to_owned(), kind, reason, tried, nearby })
}

/// Why a candidate below `path` cannot even be looked at, if that is so: the directory that keeps it from us.
fn refused_on_the_way(path: &Path, top: &Path) -> Option<OpenError> {
    let error = std::fs::metadata(top).err().filter(|error| error.kind() == ErrorKind::PermissionDenied)?;
    let mut above = top.ancestors().skip(1).take_while(|above| above.starts_with(path));
    let closed = above.find(|above| std::fs::metadata(above).is_ok())?;
    Some(OpenError::Refused {
        path: closed.to_owned(),
        reason: crate::store::ReadError::from(error).to_string(),
    })
}

/// Where a store may be, and of which kind: a bare directory of blobs comes last, since other kinds have one too.
fn candidates(path: &Path, kind: Option<Kind>) -> Vec<(PathBuf, Kind)> {
    let registries = ["docker/registry/v2", "registry/v2", "v2"].map(|v2| (path.join(v2), Kind::Registry));
    let content = CONTENT.map(|content| (path.join(content), Kind::Containerd));
    let itself = [Kind::Oci, Kind::Docker].map(|kind| (path.to_owned(), kind));
    let bare = [Kind::Containerd, Kind::Registry].map(|kind| (path.to_owned(), kind));
    let mut all: Vec<(PathBuf, Kind)> =
        registries.into_iter().chain(itself).chain(content).chain(bare).collect();
    all.retain(|(_, candidate)| kind.is_none_or(|kind| kind == *candidate));
    all
}

/// A directory named `docker/registry/v2` is a root even if it is empty; any other is one by what it holds.
fn is_root(path: &Path, kind: Kind) -> bool {
    let holds = |name: &str| exists(&path.join(name));
    path.is_dir()
        && match kind {
            Kind::Registry => ends_as_registry(path) || holds("blobs") || holds("repositories"),
            Kind::Oci => holds("oci-layout") || (holds("index.json") && !holds("repositories")),
            Kind::Docker => is_engine(path),
            Kind::Containerd => {
                path.ends_with(CONTENT[0]) || (holds("blobs") && holds("ingest") && !holds("repositories"))
            }
        }
}

/// Whether a directory keeps a graphdriver's images: an engine has at least one driver.
fn is_engine(path: &Path) -> bool {
    let drivers = std::fs::read_dir(path.join("image")).into_iter().flatten().take(100).flatten();
    drivers.map(|driver| driver.path()).any(|driver| {
        // One that may not be looked at is told later.
        let may_exist = |path: PathBuf| match path.symlink_metadata() {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::PermissionDenied,
        };
        ["imagedb", "layerdb", "repositories.json"].iter().any(|name| may_exist(driver.join(name)))
    })
}

fn ends_as_registry(path: &Path) -> bool {
    std::path::absolute(path).is_ok_and(|path| path.ends_with("docker/registry/v2"))
        || path.canonicalize().is_ok_and(|path| path.ends_with("docker/registry/v2"))
}

/// Whether anything stands there, a dangling link too.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn open(top: PathBuf, kind: Kind) -> Result<(OwnedFd, Location), OpenError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = match openat(CWD, &top, flags, Mode::empty()) {
        Ok(root) => root,
        Err(errno) => {
            let reason = crate::store::ReadError::from(errno).to_string();
            return Err(OpenError::Refused { path: top, reason });
        }
    };
    let beside = |levels: usize, name: &str| {
        let holder =
            top.canonicalize().ok().and_then(|path| path.ancestors().nth(levels).map(Path::to_owned));
        holder.is_some_and(|holder| holder.join(name).is_file())
    };
    let is_registry = kind == Kind::Registry;
    let pull_through_cache = is_registry && ends_as_registry(&top) && beside(3, "scheduler-state.json");
    let database_in_use = is_registry && beside(1, "lockfiles/database-in-use");
    Ok((root, Location { top, kind, pull_through_cache, database_in_use }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_found_from_every_level() {
        let dir = tempfile::tempdir().unwrap();
        let v2 = dir.path().join("docker/registry/v2");
        std::fs::create_dir_all(&v2).unwrap();
        for level in ["", "docker", "docker/registry", "docker/registry/v2"] {
            let (_, location) = find(Some(&dir.path().join(level)), None).unwrap();
            assert_eq!(location.top.canonicalize().unwrap(), v2.canonicalize().unwrap(), "{level}");
            assert!(!location.pull_through_cache && !location.database_in_use);
        }
    }

    #[test]
    fn a_registry_further_down_is_pointed_out() {
        let dir = tempfile::tempdir().unwrap();
        let backup = dir.path().join("backup/monday");
        std::fs::create_dir_all(backup.join("docker/registry/v2")).unwrap();
        let error = find(Some(dir.path()), None).unwrap_err().to_string();
        assert!(error.contains(&format!("did you mean {}?", backup.display())), "{error}");
    }

    #[test]
    fn a_bare_directory_is_a_root_by_what_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let error = find(Some(dir.path()), None).unwrap_err().to_string();
        assert!(error.contains("is no root that regfs knows") && error.contains("tried"), "{error}");
        std::fs::create_dir(dir.path().join("repositories")).unwrap();
        assert_eq!(find(Some(dir.path()), None).unwrap().1.top, dir.path());
    }

    #[test]
    fn caches_and_databases_are_told_by_what_stands_beside() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("docker/registry/v2")).unwrap();
        std::fs::create_dir_all(dir.path().join("docker/registry/lockfiles")).unwrap();
        std::fs::write(dir.path().join("scheduler-state.json"), "{}").unwrap();
        std::fs::write(dir.path().join("docker/registry/lockfiles/database-in-use"), "").unwrap();
        let (_, location) = find(Some(&dir.path().join("docker/registry/v2")), None).unwrap();
        assert!(location.pull_through_cache && location.database_in_use);
    }

    /// Makes a directory with these files and directories (those end with `/`), and tells what it is taken for.
    fn kind_of(entries: &[&str]) -> Option<(Kind, PathBuf)> {
        let dir = tempfile::tempdir().unwrap();
        for entry in entries {
            let path = dir.path().join(entry);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            if entry.ends_with('/') {
                std::fs::create_dir_all(path).unwrap();
            } else {
                std::fs::write(path, "{}").unwrap();
            }
        }
        let (_, location) = find(Some(dir.path()), None).ok()?;
        Some((location.kind, location.top.strip_prefix(dir.path()).unwrap().to_owned()))
    }

    #[test]
    fn each_kind_is_told_by_what_it_holds() {
        for (entries, kind, top) in [
            (&["docker/registry/v2/"][..], Kind::Registry, "docker/registry/v2"),
            (&["blobs/"], Kind::Registry, ""),
            (&["blobs/", "repositories/", "index.json"], Kind::Registry, ""),
            (&["blobs/", "oci-layout"], Kind::Oci, ""),
            (&["blobs/", "index.json"], Kind::Oci, ""),
            (&["oci-layout"], Kind::Oci, ""),
            (&["image/overlay2/repositories.json", "overlay2/"], Kind::Docker, ""),
            (&["image/vfs/layerdb/"], Kind::Docker, ""),
            (&["io.containerd.content.v1.content/blobs/"], Kind::Containerd, CONTENT[0]),
            (&["containerd/daemon/io.containerd.content.v1.content/"], Kind::Containerd, CONTENT[1]),
            (&["blobs/", "ingest/"], Kind::Containerd, ""),
            // An engine that kept its graphdriver's images when it went over to containerd's store.
            (&["image/overlay2/imagedb/", CONTENT[1]], Kind::Docker, ""),
        ] {
            assert_eq!(kind_of(entries), Some((kind, top.into())), "{entries:?}");
        }
        assert_eq!(kind_of(&["image/notes.txt", "overlay2/"]), None);
    }

    #[test]
    fn a_directory_that_nobody_named_is_taken_for_what_it_holds_alone() {
        // The tests run in the directory of the sources.
        for kind in [Kind::Oci, Kind::Docker, Kind::Containerd] {
            match find(None, Some(kind)) {
                Ok((_, location)) => assert_ne!(location.top, Path::new("."), "{kind}"),
                Err(error) => {
                    assert!(error.to_string().contains(&format!("no {kind} root found")), "{error}");
                }
            }
        }
    }

    #[test]
    fn a_kind_that_is_named_is_believed() {
        let dir = tempfile::tempdir().unwrap();
        for kind in [Kind::Oci, Kind::Docker] {
            assert_eq!(find(Some(dir.path()), Some(kind)).unwrap().1.kind, kind);
        }
        let error = find(Some(dir.path()), Some(Kind::Containerd)).unwrap_err().to_string();
        assert!(error.contains("is no containerd root: it holds no content store"), "{error}");
        std::fs::create_dir(dir.path().join("blobs")).unwrap();
        std::fs::write(dir.path().join("oci-layout"), "{}").unwrap();
        assert_eq!(find(Some(dir.path()), Some(Kind::Registry)).unwrap().1.kind, Kind::Registry);
    }
}

//! Finding a store from whatever a user names, and recognising of what kind it is.

mod nearby;
mod refusal;
mod signs;

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};

use crate::kind::Kind;
use nearby::nearby;
pub use refusal::OpenError;
use refusal::Root;
use signs::{ends_as_registry, is_like, is_marked, is_sure};

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

/// Where stores of a kind are when nobody says otherwise: distribution, Debian's package, Harbor.
const fn usual(kind: Option<Kind>) -> &'static [&'static str] {
    match kind {
        None | Some(Kind::Registry) => &["/var/lib/registry", "/var/lib/docker-registry", "/data/registry"],
        Some(Kind::Docker) => &["/var/lib/docker"],
        Some(Kind::Oci) => &[],
        Some(Kind::Containerd) => &["/var/lib/containerd", "/var/lib/docker"],
    }
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
    let here = recognise(&current, kind).filter(|(top, kind)| is_sure(top, *kind) || is_bare(top, *kind));
    if let Some((top, kind)) = here.or_else(|| usual.iter().find_map(|path| below(path, kind).ok())) {
        return open(top, kind);
    }
    if sure(&current, None).is_some() {
        // Of another kind than was named.
        below(&current, kind)?;
    }
    Err(OpenError::NoneFound { kind, tried: std::iter::once(current).chain(usual).collect() })
}

/// The store that `path` leads to, and its kind. Links on this way are followed: it is the user's, not the store's.
fn below(path: &Path, kind: Option<Kind>) -> Result<(PathBuf, Kind), OpenError> {
    if let Some(found) = recognise(path, kind) {
        return Ok(found);
    }
    let candidates = candidates(path, kind);
    let on_the_way = candidates.iter().find_map(|(top, _)| refused_on_the_way(path, top));
    if let Some(refused) = on_the_way.or_else(|| unlisted(path, kind)) {
        return Err(refused);
    }
    let listed = std::fs::metadata(path).and_then(|metadata| {
        if metadata.is_dir() { std::fs::read_dir(path).map(|_| true) } else { Ok(false) }
    });
    let found = sure(path, None).map(|(top, kind)| Box::new(Root { path: top, kind }));
    let reason = match listed {
        Ok(true) if found.is_some() => "it is of another kind".to_owned(),
        Err(error) => crate::store::ReadError::from(error).to_string(),
        Ok(false) => "it is not a directory".to_owned(),
        Ok(true) => format!("it holds {}", signs::wanted(kind)),
    };
    let mut tried: Vec<PathBuf> = Vec::new();
    for (candidate, of) in candidates {
        let is_shown = kind.is_some() || of == Kind::Registry;
        if is_shown && !tried.contains(&candidate) {
            tried.push(candidate);
        }
    }
    let nearby = if found.is_some() { Vec::new() } else { nearby(path, kind) };
    Err(OpenError::NotARoot { path: path.to_owned(), kind, reason, tried, found, nearby })
}

/// The store at or below a path, as far as one can be recognised. A kind that the user names is believed where not all
/// of it is left, for `verify` to say what is missing; but not where there clearly is a store of another kind.
fn recognise(path: &Path, kind: Option<Kind>) -> Option<(PathBuf, Kind)> {
    let found = sure(path, kind);
    let doubtful = || {
        let mut candidates = candidates(path, kind).into_iter();
        match kind {
            Some(_) if sure(path, None).is_some_and(|(top, kind)| is_marked(&top, kind)) => None,
            Some(_) => candidates.find(|(top, kind)| is_like(top, *kind)),
            None => candidates.find(|(top, kind)| is_bare(top, *kind)),
        }
    };
    found.or_else(doubtful)
}

/// The first place at or below a path that can only be a store of that kind, or of any.
fn sure(path: &Path, kind: Option<Kind>) -> Option<(PathBuf, Kind)> {
    candidates(path, kind).into_iter().find(|(top, kind)| is_sure(top, *kind))
}

/// Whether a directory is taken for a registry's `v2`, though nobody says so and there is nothing but blobs in it.
fn is_bare(path: &Path, kind: Kind) -> bool {
    kind == Kind::Registry && is_like(path, kind)
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

/// Why nobody can tell what is in a directory, if that is so: it may not be listed, or that by which an engine is known.
fn unlisted(path: &Path, kind: Option<Kind>) -> Option<OpenError> {
    let image = kind.is_none_or(|kind| kind == Kind::Docker).then(|| path.join("image"));
    std::iter::once(path.to_owned()).chain(image).find_map(|path| {
        let error = std::fs::read_dir(&path).err()?;
        let is_refused = error.kind() == ErrorKind::PermissionDenied;
        is_refused
            .then(|| OpenError::Refused { path, reason: crate::store::ReadError::from(error).to_string() })
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

    /// What a directory with these files and directories (those end with `/`) is taken for.
    fn kind_of(entries: &[&str]) -> Option<(Kind, PathBuf)> {
        let dir = directory(entries);
        let (_, location) = find(Some(dir.path()), None).ok()?;
        Some((location.kind, location.top.strip_prefix(dir.path()).unwrap().to_owned()))
    }

    fn directory(entries: &[&str]) -> tempfile::TempDir {
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
        dir
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
    fn a_kind_that_is_named_is_believed_of_what_is_left_of_a_store() {
        for (entries, kind) in [
            (&["blobs/"][..], Kind::Oci),
            (&["blobs/"], Kind::Containerd),
            (&["blobs/"], Kind::Registry),
            (&["image/"], Kind::Docker),
            (&["containers/", "overlay2/"], Kind::Docker),
            // What is there besides may be anybody's, and a directory of blobs is a registry's if somebody says so.
            (&["blobs/", "index.json"], Kind::Registry),
            (&["blobs/", "ingest/"], Kind::Registry),
            (&["blobs/", "ingest/"], Kind::Oci),
            // What is surely of that kind may be of others as well.
            (&["blobs/", "repositories/", "oci-layout"], Kind::Registry),
            (&["blobs/", "repositories/", "oci-layout"], Kind::Oci),
        ] {
            let dir = directory(entries);
            let (_, location) = find(Some(dir.path()), Some(kind)).unwrap();
            assert_eq!((location.kind, location.top.as_path()), (kind, dir.path()), "{entries:?}");
        }
    }

    #[test]
    fn a_kind_that_is_named_is_not_believed_of_anything_else() {
        for kind in Kind::ALL {
            let error = find(Some(directory(&["notes/"]).path()), Some(kind)).unwrap_err().to_string();
            assert!(error.contains(&format!("is no {kind} root: it holds n")), "{error}");
            assert!(error.contains("hint: name "), "{error}");
        }
        for (entries, is) in [
            (&["docker/registry/v2/"][..], Kind::Registry),
            (&["blobs/", "repositories/"], Kind::Registry),
            (&["blobs/", "oci-layout"], Kind::Oci),
            (&["image/overlay2/layerdb/", "containers/"], Kind::Docker),
            (&["io.containerd.content.v1.content/blobs/"], Kind::Containerd),
        ] {
            let dir = directory(entries);
            for kind in Kind::ALL.into_iter().filter(|kind| *kind != is) {
                let error = find(Some(dir.path()), Some(kind)).unwrap_err().to_string();
                assert!(error.contains(&format!("is no {kind} root: it is of another kind")), "{error}");
                let found = format!("found: {}, {}", is.with_article(), dir.path().display());
                assert!(error.contains(&found), "{error}");
                assert!(error.contains(&format!("hint: leave --kind out, or say --kind {is}")), "{error}");
            }
        }
    }

    #[test]
    fn stores_near_a_path_are_pointed_out_with_what_they_are() {
        let dir = directory(&[
            "a/oci-layout",
            "b/image/vfs/imagedb/",
            "c/io.containerd.content.v1.content/",
            "d/docker/registry/v2/",
            "e/repositories/deep/down/",
        ]);
        let hint = |at: &str, kind| {
            let error = find(Some(&dir.path().join(at)), kind).unwrap_err().to_string();
            let hint = error.split("hint: ").nth(1).unwrap().to_owned();
            hint.replace(&format!("{}/", dir.path().display()), "")
        };
        let content = format!("c/{}", CONTENT[0]);
        let all = [
            "a (an OCI image layout)",
            "b (a Docker engine's data root)",
            &format!("{content} (a containerd content store)"),
        ];
        assert_eq!(hint("", None), format!("did you mean {}?", all.join(", ")));
        for (kind, path) in
            [(Kind::Oci, "a"), (Kind::Docker, "b"), (Kind::Containerd, &content), (Kind::Registry, "d")]
        {
            assert_eq!(hint("", Some(kind)), format!("did you mean {path}?"));
        }
        assert_eq!(hint("e/repositories/deep", None), "did you mean e?");
    }
}

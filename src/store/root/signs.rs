//! By what a store is known, kind by kind.

use std::io::ErrorKind;
use std::path::Path;

use super::CONTENT;
use crate::kind::Kind;

/// Whether a directory can only be a store of that kind. One named `docker/registry/v2` is a root even if it is empty; any
/// other is one by what it holds.
pub(super) fn is_sure(path: &Path, kind: Kind) -> bool {
    let holds = |name: &str| exists(&path.join(name));
    path.is_dir()
        && match kind {
            Kind::Registry => ends_as_registry(path) || holds("repositories"),
            Kind::Oci => holds("oci-layout") || (holds("index.json") && !holds("repositories")),
            Kind::Docker => is_engine(path),
            Kind::Containerd => {
                path.ends_with(CONTENT[0]) || (holds("blobs") && holds("ingest") && !holds("repositories"))
            }
        }
}

/// Whether a store that can only be of that kind bears the mark of it, which no store of another kind has: more than a list
/// or a directory of a name that may be anybody's.
pub(super) fn is_marked(path: &Path, kind: Kind) -> bool {
    match kind {
        Kind::Oci => exists(&path.join("oci-layout")),
        Kind::Containerd => path.ends_with(CONTENT[0]),
        Kind::Registry | Kind::Docker => true,
    }
}

/// Whether a directory may be what is left of a store of that kind, if somebody says that it is.
pub(super) fn is_like(path: &Path, kind: Kind) -> bool {
    let signs: &[&str] = match kind {
        Kind::Registry | Kind::Oci | Kind::Containerd => &["blobs"],
        Kind::Docker => {
            &["image", "containers", "overlay2", "fuse-overlayfs", "vfs", "aufs", "btrfs", "engine-id"]
        }
    };
    path.is_dir() && (is_sure(path, kind) || signs.iter().any(|name| exists(&path.join(name))))
}

/// What a directory does not hold, if it is no store of that kind or of any.
pub(super) const fn wanted(kind: Option<Kind>) -> &'static str {
    match kind {
        None => "neither docker/registry/v2 nor blobs/ or repositories/, no image/<driver> and no oci-layout",
        Some(Kind::Registry) => "neither docker/registry/v2 nor blobs/ or repositories/",
        Some(Kind::Docker) => "no image/<driver>",
        Some(Kind::Oci) => "neither oci-layout nor index.json",
        Some(Kind::Containerd) => "no content store",
    }
}

/// Whether a directory keeps a graphdriver's images: an engine has at least one driver.
fn is_engine(path: &Path) -> bool {
    let drivers = std::fs::read_dir(path.join("image")).into_iter().flatten().take(100).flatten();
    drivers.map(|driver| driver.path()).any(|driver| {
        // One that may not be looked at is told later.
        let may_exist = |path: std::path::PathBuf| match path.symlink_metadata() {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::PermissionDenied,
        };
        ["imagedb", "layerdb", "repositories.json"].iter().any(|name| may_exist(driver.join(name)))
    })
}

pub(super) fn ends_as_registry(path: &Path) -> bool {
    std::path::absolute(path).is_ok_and(|path| path.ends_with("docker/registry/v2"))
        || path.canonicalize().is_ok_and(|path| path.ends_with("docker/registry/v2"))
}

/// Whether anything stands there, a dangling link too.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

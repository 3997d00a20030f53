//! The one thing that regfs writes beside reports: an OCI image layout, at a place that is no part of the store.
//!
//! All is written into a directory beside that place, which is renamed to it when everything is there: whoever looks
//! sees the whole layout or none. What is not finished removes itself, unless the process is killed.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, ioctl_ficlone, linkat};
use tempfile::TempDir;

use crate::digest::{Algorithm, Digest};
use crate::kind::Shelf;

/// A layout in the making.
#[derive(Debug)]
pub struct Destination {
    place: PathBuf,
    making: TempDir,
}

impl Destination {
    /// Begins a layout at `place`, which must not exist, or be an empty directory.
    ///
    /// # Errors
    /// When the place is taken, lies inside one of the roots, or cannot be written to.
    pub fn begin(place: &Path, roots: &[PathBuf]) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write to {}", place.display());
        let resolved = resolve(place).with_context(cannot)?;
        if let Some(root) = root_around(&resolved, roots) {
            bail!("{}: it would lie inside {}, where regfs only reads", cannot(), root.display());
        }
        let parent = resolved.parent().with_context(cannot)?;
        if resolved.symlink_metadata().is_ok() {
            if is_mount_point(&resolved, parent).with_context(cannot)? {
                let within = resolved.join("images");
                bail!(
                    "{}: another file system is mounted there, and no directory can take its place\n  \
                     hint: name a directory in it, such as {}",
                    cannot(),
                    within.display()
                );
            }
            let mut entries = fs::read_dir(&resolved).with_context(cannot)?;
            if entries.next().is_some() {
                bail!("{}: it is not empty\n  hint: name a directory that does not exist yet", cannot());
            }
        }
        let name = resolved.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let making = tempfile::Builder::new()
            .prefix(&format!(".{name}.regfs-"))
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(parent)
            .with_context(cannot)?;
        let destination = Self { place: resolved, making };
        for algorithm in Algorithm::ALL {
            // Most layouts have one alone, but a registry's layers may be named by another.
            let directory = Shelf::Flat.directory(algorithm, "");
            fs::create_dir_all(destination.making.path().join(directory.as_path())).with_context(cannot)?;
        }
        Ok(destination)
    }

    /// Where the layout will be.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Where it is made until then, beside that place.
    pub fn making(&self) -> &Path {
        self.making.path()
    }

    fn blob(&self, digest: Digest) -> PathBuf {
        self.making.path().join(Shelf::Flat.path(digest).as_path())
    }

    /// A new file for a blob, open for reading too.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self, digest: Digest) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.blob(digest))
    }

    /// A new file for a blob that shares the extents of another; none where the file systems cannot do that.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn reflink(&self, digest: Digest, of: &File) -> io::Result<Option<File>> {
        let file = self.create(digest)?;
        if ioctl_ficlone(&file, of).is_ok() {
            return Ok(Some(file));
        }
        drop(file);
        self.remove(digest)?;
        Ok(None)
    }

    /// Gives a file the name of a blob besides those it has; false where it lies in another file system.
    ///
    /// # Errors
    /// When the system refuses for another reason.
    pub fn hard_link(&self, digest: Digest, of: &File) -> io::Result<bool> {
        // By its descriptor: a name may mean another file by now.
        let opened = format!("/proc/self/fd/{}", of.as_raw_fd());
        match linkat(CWD, opened, CWD, self.blob(digest), AtFlags::SYMLINK_FOLLOW) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::XDEV | rustix::io::Errno::PERM | rustix::io::Errno::MLINK) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a blob away again.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(&self, digest: Digest) -> io::Result<()> {
        match fs::remove_file(self.blob(digest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes what the layout says of itself, and puts it in its place.
    ///
    /// # Errors
    /// When the system refuses: then nothing is left, but for a layout that is in its place and may not be after a crash,
    /// which the error then says.
    pub fn finish(self, index: &[u8]) -> anyhow::Result<()> {
        let place = self.place.clone();
        self.put(index).context("cannot put the layout in its place")?;
        let parent = place.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all());
        parent.with_context(|| {
            format!(
                "{} is written, but the system does not say that it would outlast a crash",
                place.display()
            )
        })
    }

    fn put(self, index: &[u8]) -> io::Result<()> {
        let making = self.making.path();
        for algorithm in Algorithm::ALL {
            // Fails, as it should, where there is something in it.
            if algorithm != Algorithm::Sha256 {
                let _ = fs::remove_dir(making.join(Shelf::Flat.directory(algorithm, "").as_path()));
            }
        }
        write(&making.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        write(&making.join("index.json"), index)?;
        // One call for all files, which need not be on disk one after another.
        rustix::fs::syncfs(File::open(making)?)?;
        fs::rename(making, &self.place)?;
        // It no longer is where it would be removed.
        let _ = self.making.keep();
        Ok(())
    }
}

/// Whether something else is mounted on a directory, or it is a subvolume: then it cannot be renamed to, empty or not.
fn is_mount_point(directory: &Path, parent: &Path) -> io::Result<bool> {
    let statx = rustix::fs::statx(CWD, directory, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS);
    // A directory of the same file system may be mounted too, which kernels tell from 5.8 on.
    let is_root = statx.is_ok_and(|statx| statx.stx_attributes.contains(StatxAttributes::MOUNT_ROOT));
    Ok(is_root || directory.symlink_metadata()?.dev() != parent.metadata()?.dev())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)
}

/// Where something that is written to `path` ends up, which need not exist; its directory must.
///
/// # Errors
/// When it has none.
pub fn resolve(path: &Path) -> io::Result<PathBuf> {
    if let Ok(path) = path.canonicalize() {
        return Ok(path);
    }
    let path = std::path::absolute(path)?;
    if path.is_symlink() {
        return Err(io::Error::other("it is a symbolic link to nothing"));
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok(parent.canonicalize()?.join(name)),
        _ => Err(io::ErrorKind::InvalidFilename.into()),
    }
}

/// The root that a resolved place would lie in: one of these, or that of any other registry.
pub fn root_around<'a>(place: &'a Path, roots: &'a [PathBuf]) -> Option<&'a Path> {
    let named = roots.iter().find(|root| place.starts_with(root)).map(PathBuf::as_path);
    named.or_else(|| place.ancestors().find(|above| above.ends_with("docker/registry/v2")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_taken_or_inside_a_root_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let root = dir.path().canonicalize().unwrap().join("root");
        fs::create_dir(&root).unwrap();
        fs::write(at("file"), "").unwrap();
        fs::create_dir_all(at("full/of")).unwrap();
        std::os::unix::fs::symlink(&root, at("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("dangling")).unwrap();
        let roots = [root.clone()];
        fs::create_dir_all(at("other/docker/registry/v2")).unwrap();
        let other = "other/docker/registry/v2/new";
        for place in
            ["root", "root/new", "link/new", "full", "file", "dangling", "no/such", "full/../root/x", other]
        {
            assert!(Destination::begin(&at(place), &roots).is_err(), "{place}");
        }
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    }

    #[test]
    fn a_place_where_something_is_mounted_is_refused_before_anything_is_written() {
        for place in ["/proc", "/dev/shm"].map(Path::new).iter().filter(|place| place.is_dir()) {
            let error = format!("{:#}", Destination::begin(place, &[]).unwrap_err());
            assert!(error.contains("mounted there") && error.contains("/images"), "{error}");
        }
    }

    #[test]
    fn what_is_not_finished_leaves_nothing_and_what_is_finished_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("empty")).unwrap();
        for place in ["new", "empty"] {
            let place = dir.path().join(place);
            let before = fs::read_dir(dir.path()).unwrap().count();
            drop(Destination::begin(&place, &[]).unwrap());
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), before);
            Destination::begin(&place, &[]).unwrap().finish(b"{}").unwrap();
            let mut names: Vec<_> =
                fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            assert_eq!(names, ["blobs", "index.json", "oci-layout"]);
            assert!(
                fs::read_dir(dir.path()).unwrap().all(|e| !e
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .contains("regfs"))
            );
        }
    }
}

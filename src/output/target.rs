//! A file of the program's own: never inside a root, and whole or not there at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use rustix::fs::Access;

use crate::cli;
use crate::destination::{resolve, root_around};
use crate::sandbox::Needs;
use crate::store::Store;

/// A file that is written in one piece or not at all.
pub struct Target {
    path: PathBuf,
    how: How,
}

enum How {
    /// A temporary file beside it is renamed to it.
    Replace,
    /// It is a device, a pipe or a descriptor, and written as it is.
    Direct,
}

impl Target {
    /// A file for what a store holds: not inside of it.
    ///
    /// # Errors
    /// As [`Outputs::open`](super::Outputs::open); `what` is to be written.
    pub fn open_outside(
        path: &Path,
        what: &str,
        named: Option<&Path>,
        store: &Store,
    ) -> anyhow::Result<Self> {
        Self::open(path, what, &roots(named, store))
    }

    pub(super) fn open(named: &Path, what: &str, roots: &[PathBuf]) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write the {what} {}", named.display());
        let descriptor = is_descriptor(named);
        // A pipe has a descriptor, and no path that it could be resolved to.
        let path = resolve(named).or_else(|error| if descriptor { Ok(named.to_owned()) } else { Err(error) });
        let path = path.with_context(cannot)?;
        refuse_inside(named, &path, what, roots)?;
        let (path, how) = match fs::metadata(&path) {
            _ if descriptor => (named.to_owned(), How::Direct),
            Ok(metadata) if metadata.is_dir() => bail!("{}: it is a directory", cannot()),
            Ok(metadata) if !metadata.is_file() => (path, How::Direct),
            _ => (path, How::Replace),
        };
        let target = Self { path, how };
        match target.how {
            How::Direct => rustix::fs::access(&target.path, Access::WRITE_OK).with_context(cannot)?,
            // Dropped at once, so that a run that is killed leaves nothing behind.
            How::Replace => drop(target.temporary().with_context(cannot)?),
        }
        Ok(target)
    }

    /// Writes what `render` writes.
    ///
    /// # Errors
    /// Those of the file system, and those of `render`.
    pub fn write(&self, render: impl Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self.how {
            How::Direct => {
                let file = OpenOptions::new().append(true).open(&self.path)?;
                buffered(&file, render)
            }
            How::Replace => {
                let file = self.temporary()?;
                buffered(file.as_file(), render)?;
                file.persist(&self.path)?;
                Ok(())
            }
        }
    }

    /// A file beside the target, with the target's mode or that of any new file.
    fn temporary(&self) -> io::Result<tempfile::NamedTempFile> {
        let mode = fs::metadata(&self.path).map_or(0o666, |metadata| metadata.permissions().mode() & 0o777);
        tempfile::Builder::new()
            .prefix(".regfs-")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(self.directory())
    }

    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// Where it is written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file that it replaces, unless it is a device or the like.
    pub(super) fn replaces(&self) -> Option<&Path> {
        matches!(self.how, How::Replace).then_some(&*self.path)
    }

    /// Whether it may be a terminal: any such device counts as one, since none else minds.
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self.how, How::Direct)
            && fs::metadata(&self.path).is_ok_and(|metadata| metadata.file_type().is_char_device())
    }

    /// What writing it takes.
    pub fn add_to(&self, needs: &mut Needs<'_>) {
        match self.how {
            How::Replace => needs.replace_in.push(self.directory().to_owned()),
            How::Direct => needs.write.push(self.path.clone()),
        }
    }
}

fn buffered(file: &File, render: impl Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    render(&mut out)?;
    out.flush()
}

/// Whether the path names a descriptor of this process, say by a shell's `>(…)`: what stands there is not ours to
/// replace.
fn is_descriptor(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"]
        .iter()
        .any(|descriptors| path.starts_with(descriptors))
}

/// Where a file of the program's own is to be written, which must not lie inside the root.
///
/// # Errors
/// When it would, as a usage error; when its directory does not exist.
pub fn place_outside(
    path: &Path,
    what: &str,
    named: Option<&Path>,
    store: &Store,
) -> anyhow::Result<PathBuf> {
    let place = resolve(path).with_context(|| format!("cannot write the {what} {}", path.display()))?;
    refuse_inside(path, &place, what, &roots(named, store))?;
    Ok(place)
}

fn refuse_inside(named: &Path, place: &Path, what: &str, roots: &[PathBuf]) -> anyhow::Result<()> {
    if root_around(place, roots).is_some() {
        let named = named.display();
        let why = format!("the {what} {named} would lie inside the root, where regfs only reads");
        return Err(cli::usage(&why).into());
    }
    Ok(())
}

/// The directories that nothing may be written into.
pub fn roots(named: Option<&Path>, store: &Store) -> Vec<PathBuf> {
    let v2 = store.path().canonicalize().ok();
    let named = match named {
        Some(root) => root.canonicalize().ok(),
        None => v2
            .as_ref()
            .filter(|v2| v2.ends_with("docker/registry/v2"))
            .and_then(|v2| v2.ancestors().nth(3).map(Path::to_owned)),
    };
    v2.into_iter().chain(named).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn open(path: &Path, roots: &[PathBuf]) -> anyhow::Result<Target> {
        Target::open(path, "report", roots)
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_report_replaces_what_was_there_only_once_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let target = open(&path, &[]).unwrap();
        assert_eq!(names(dir.path()), ["report.json"]);
        let failed = target.write(|out| out.write_all(b"half").and(Err(io::Error::other("no more"))));
        assert!(failed.is_err());
        assert_eq!((fs::read_to_string(&path).unwrap(), names(dir.path()).len()), ("old".into(), 1));
        target.write(|out| out.write_all(b"new")).unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap(), names(dir.path()).len()), ("new".into(), 1));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_link_is_followed_to_the_file_that_it_names() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        open(&link, &[]).unwrap().write(|out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }

    #[test]
    fn a_report_inside_the_root_is_a_usage_error_by_whatever_way_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("root");
        fs::create_dir_all(root.join("blobs")).unwrap();
        fs::write(root.join("data"), "").unwrap();
        symlink(&root, dir.path().join("other")).unwrap();
        symlink(root.join("data"), dir.path().join("file")).unwrap();
        let data = File::open(root.join("data")).unwrap();
        let descriptor = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&data));
        for name in ["root/new", "root/data", "root/blobs/../new", "other/new", "file", &descriptor] {
            let error = open(&dir.path().join(name), std::slice::from_ref(&root)).err().unwrap();
            assert!(
                error.downcast_ref::<clap::Error>().is_some_and(|error| error.exit_code() == 2),
                "{name}"
            );
        }
        assert!(open(&dir.path().join("root.json"), &[root]).is_ok());
    }

    #[test]
    fn devices_are_written_as_they_are() {
        let target = open(Path::new("/dev/null"), &[]).unwrap();
        target.write(|out| out.write_all(b"gone")).unwrap();
        assert!(!Path::new("/dev/null").is_file());
        let full = open(Path::new("/dev/full"), &[]).unwrap();
        assert_eq!(full.write(|out| out.write_all(b"x")).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn what_cannot_be_written_is_told_before_the_work_begins() {
        let dir = tempfile::tempdir().unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        for name in ["", "none/report", "dangling", "/dev/fd/9999"] {
            let error = open(&dir.path().join(name), &[]).err().map(|error| format!("{error:#}")).unwrap();
            assert!(error.starts_with("cannot write the report "), "{name}: {error}");
        }
    }
}

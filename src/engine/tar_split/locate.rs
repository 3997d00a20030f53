//! Where a file of an archive is: below the layer's directory, wherever links of the layer itself lead. They are read,
//! and never left to the system to follow.

use super::{AssembleError, Assembly, shown};
use crate::path::StorePath;
use crate::store::{FileKind, ReadError, StoreFile};

/// The longest name of a file, and the longest of one component of it, that Linux takes.
const LONGEST: (usize, usize) = (4096, 255);

/// How many symbolic links a name may lead through, as many as Linux allows.
const LINKS: usize = 40;

const NOT_THERE: &str = "the file is not there";

impl Assembly<'_> {
    /// Opens a file by its name in the archive.
    pub(super) fn open(&self, name: &[u8]) -> Result<(StorePath, StoreFile), AssembleError> {
        let bad = |why: &str| AssembleError::File { name: shown(name), why: why.to_owned() };
        let parts = parts(name);
        if name.len() > LONGEST.0 || parts.iter().any(|part| part.len() > LONGEST.1) {
            return Err(bad("its name is longer than that of any file"));
        }
        if !parts.is_empty() && !parts.iter().any(|part| part == b"..") {
            let plain: Vec<&[u8]> = parts.iter().rev().map(Vec::as_slice).collect();
            let path = self.files.join(plain.join(&b'/'));
            // A link on the way is told by the first, or by the second where the system knows no better.
            match self.store.file(&path) {
                Err(ReadError::NotRegular(FileKind::Symlink) | ReadError::Absent) => {}
                result => return judge(name, path, result),
            }
        }
        let path = self.walk(name, parts)?;
        let result = self.store.file(&path);
        judge(name, path, result)
    }

    /// Follows a name component by component, the last one of `todo` first.
    fn walk(&self, name: &[u8], mut todo: Vec<Vec<u8>>) -> Result<StorePath, AssembleError> {
        let bad = |why: &str| AssembleError::File { name: shown(name), why: why.to_owned() };
        let mut at = self.files.clone();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            if self.cancel.is_cancelled() {
                return Err(AssembleError::Interrupted);
            }
            if part == b".." {
                // Above its root there is nothing in an image's tree but the root.
                if at != *self.files {
                    at = at.parent().unwrap_or_default();
                }
                continue;
            }
            let path = at.join(&part);
            if todo.is_empty() {
                return Ok(path);
            }
            match self.store.stat(&path) {
                Ok(stat) if stat.kind == FileKind::Directory => at = path,
                Ok(stat) if stat.kind == FileKind::Symlink => {
                    links += 1;
                    if links > LINKS {
                        return Err(bad("its name leads through too many links"));
                    }
                    let target = self.store.link_target(&path);
                    let target = target.map_err(|error| AssembleError::Unread { path, error })?;
                    if target.starts_with(b"/") {
                        at = self.files.clone();
                    }
                    todo.extend(parts(&target));
                }
                Ok(_) | Err(ReadError::Absent) => return Err(bad(NOT_THERE)),
                Err(error) => return Err(AssembleError::Unread { path, error }),
            }
        }
        Ok(at)
    }
}

fn judge(
    name: &[u8],
    path: StorePath,
    result: Result<StoreFile, ReadError>,
) -> Result<(StorePath, StoreFile), AssembleError> {
    let bad = |why: String| AssembleError::File { name: shown(name), why };
    match result {
        Ok(opened) => Ok((path, opened)),
        Err(ReadError::Absent) => Err(bad(NOT_THERE.to_owned())),
        Err(error @ ReadError::NotRegular(_)) => Err(bad(error.to_string())),
        Err(error @ ReadError::Refused(_)) => Err(AssembleError::Unread { path, error }),
    }
}

/// The components of a name, the first one last.
fn parts(name: &[u8]) -> Vec<Vec<u8>> {
    let parts = name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    let mut parts: Vec<Vec<u8>> = parts.map(<[u8]>::to_vec).collect();
    parts.reverse();
    parts
}

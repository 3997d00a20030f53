//! How many bytes stand below a directory.

use std::collections::BTreeSet;

use crate::path::StorePath;
use crate::progress::Work;
use crate::session::Session;
use crate::store::{FileKind, ReadError, Stat};

/// The bytes of the regular files below a directory, as they say, each name counted; and what could not be looked at.
pub fn of(session: &Session<'_>, path: &StorePath, unread: &mut Vec<(StorePath, ReadError)>) -> u64 {
    let mut bytes = 0_u64;
    each(session, path, unread, |stat| {
        if stat.kind == FileKind::File {
            bytes = bytes.saturating_add(stat.size);
        }
    });
    bytes
}

/// The bytes below a directory as moby's `directory.Size` counts them: each file once, whatever its names, and links with
/// the length of what they say.
pub fn as_engines_count(
    session: &Session<'_>,
    path: &StorePath,
    unread: &mut Vec<(StorePath, ReadError)>,
) -> u64 {
    let mut bytes = 0_u64;
    let mut met = BTreeSet::new();
    each(session, path, unread, |stat| {
        if stat.size > 0 && met.insert(stat.identity) {
            bytes = bytes.saturating_add(stat.size);
        }
    });
    bytes
}

/// Looks at everything below a directory that is none itself.
fn each(
    session: &Session<'_>,
    path: &StorePath,
    unread: &mut Vec<(StorePath, ReadError)>,
    mut take: impl FnMut(Stat),
) {
    let mut todo = vec![path.clone()];
    while let Some(path) = todo.pop() {
        if session.cancel.is_cancelled() {
            break;
        }
        let dir = match session.store.dir(&path) {
            Ok(dir) => dir,
            Err(ReadError::Absent) => continue,
            Err(error) => {
                unread.push((path, error));
                continue;
            }
        };
        match dir.entries() {
            Ok(entries) => {
                for entry in entries.iter() {
                    if entry.kind == FileKind::Directory {
                        todo.push(path.join(entry.name));
                        continue;
                    }
                    match dir.stat(entry.name) {
                        Ok(stat) => take(stat),
                        Err(ReadError::Absent) => {}
                        Err(error) => unread.push((path.join(entry.name), error)),
                    }
                    session.progress.advance(Work::FILE);
                }
            }
            Err(error) => unread.push((path, error)),
        }
    }
}

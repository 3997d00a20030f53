//! How many bytes stand below a directory.

use crate::path::StorePath;
use crate::progress::Work;
use crate::session::Session;
use crate::store::{FileKind, ReadError};

/// The bytes of the regular files below a directory, as they say, each name counted; and what could not be looked at.
pub fn of(session: &Session<'_>, path: &StorePath, unread: &mut Vec<(StorePath, ReadError)>) -> u64 {
    let mut bytes = 0_u64;
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
                    match entry.kind {
                        FileKind::Directory => todo.push(path.join(entry.name)),
                        FileKind::File => {
                            let size = dir.stat(entry.name).map_or(0, |stat| stat.size);
                            bytes = bytes.saturating_add(size);
                            session.progress.advance(Work::FILE);
                        }
                        _ => {}
                    }
                }
            }
            Err(error) => unread.push((path, error)),
        }
    }
    bytes
}

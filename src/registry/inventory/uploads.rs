//! Unfinished uploads: the state that a push leaves when it is under way or abandoned.

use rayon::Scope;

use crate::path::text_of;
use crate::registry::layout::Place;
use crate::store::{Dir, FileKind, ReadError};

use super::Upload;
use super::link::LINK_CAP;
use super::walk::{Task, Walker};

impl Upload {
    /// When it began, in seconds since 1970, as the registry's purge reads it (`purgeuploads.go`).
    ///
    /// # Errors
    /// Why the purge passes it over: its id is no UUID, or `startedat` is absent or no RFC 3339 time.
    pub fn started(&self) -> Result<i64, &'static str> {
        if !is_uuid(&self.id) {
            return Err("its id is no UUID");
        }
        let text = self.started_at.as_deref().ok_or("it has no startedat")?;
        let text = std::str::from_utf8(text).ok().filter(|text| text.as_bytes().get(10) == Some(&b'T'));
        let time = text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        time.map(jiff::Timestamp::as_second).ok_or("its startedat is no RFC 3339 time")
    }
}

/// Hex digits in groups of 8, 4, 4, 4 and 12.
fn is_uuid(id: &[u8]) -> bool {
    id.len() == 36
        && id.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl Walker<'_> {
    /// Looks at one directory below `_uploads`.
    pub(super) fn upload<'s>(&'s self, scope: &Scope<'s>, task: &Task) {
        if self.stops() {
            return;
        }
        let mut upload = Upload { id: task.path.name().into(), ..Upload::default() };
        match self.upload_parts(scope, task, &mut upload) {
            Ok(()) => {}
            // A push that came to its end.
            Err(ReadError::Absent) => return self.refused(task.path.clone(), ReadError::Absent),
            Err(error) => self.refused(task.path.clone(), error),
        }
        upload.hash_states.sort();
        if let Some(repository) = task.repository {
            self.builder().upload(repository, upload);
        }
    }

    fn upload_parts<'s>(
        &'s self,
        scope: &Scope<'s>,
        task: &Task,
        upload: &mut Upload,
    ) -> Result<(), ReadError> {
        let dir = self.store.dir(&task.path)?;
        for entry in dir.entries()?.iter() {
            let child = task.child(entry.name);
            let path = child.path.clone();
            let looked_at = match (child.place, entry.kind) {
                (Place::UploadData, FileKind::File) => {
                    dir.stat(entry.name).map(|stat| upload.size = Some(stat.size))
                }
                (Place::StartedAt, FileKind::File) => dir
                    .read(entry.name, LINK_CAP)
                    .map(|content| upload.started_at = Some(content.bytes.into())),
                (Place::HashStates, FileKind::Directory) => {
                    dir.dir(entry.name).and_then(|states| self.hash_states(scope, &child, &states, upload))
                }
                _ => {
                    self.entry(scope, child, &entry);
                    Ok(())
                }
            };
            if let Err(error) = looked_at {
                self.refused(path, error);
            }
            if let Ok(stat) = dir.stat(entry.name) {
                upload.modified = upload.modified.max(stat.modified);
            }
        }
        if upload.modified == 0 {
            // With nothing in it, it is as old as the directory.
            upload.modified = dir.stat(b".")?.modified;
        }
        Ok(())
    }

    fn hash_states<'s>(
        &'s self,
        scope: &Scope<'s>,
        task: &Task,
        dir: &Dir<'_>,
        upload: &mut Upload,
    ) -> Result<(), ReadError> {
        for algorithm in dir.entries()?.iter() {
            let child = task.child(algorithm.name);
            if algorithm.kind != FileKind::Directory {
                self.entry(scope, child, &algorithm);
                continue;
            }
            for offset in dir.dir(algorithm.name)?.entries()?.iter() {
                let state = child.child(offset.name);
                match (state.place, offset.kind, text_of(offset.name).parse()) {
                    (Place::HashState, FileKind::File, Ok(offset)) => {
                        upload.hash_states.push((text_of(algorithm.name).into(), offset));
                    }
                    _ => self.entry(scope, state, &offset),
                }
            }
        }
        Ok(())
    }
}

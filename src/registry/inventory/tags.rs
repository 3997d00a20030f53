//! Tags, where nothing is asked of them but what they point to.

use rayon::Scope;

use crate::progress::Work;
use crate::store::{Dir, FileKind};

use super::builder::RawLink;
use super::link::{SHORT_LINK, parse_link_bytes};
use super::walk::{Task, Walker};
use super::{Depth, View};

impl View {
    /// Whether a tag is passed by but for `current/link`, as a collector does.
    pub(super) fn takes_only_current(self) -> bool {
        self.depth == Depth::Nested && !self.history
    }
}

impl Walker<'_> {
    /// Looks at the tags `names` in the directory of `task`: those whose link is sound are not listed.
    pub(super) fn tags<'s>(&'s self, scope: &Scope<'s>, task: &Task, names: &[Box<[u8]>]) {
        if self.stops() {
            return;
        }
        let dir = match self.store.dir(&task.path) {
            Ok(dir) => dir,
            Err(error) => return self.refused(task.path.clone(), error),
        };
        let mut sound = Vec::new();
        for name in names {
            match current(&dir, name) {
                Some((link, moved)) => sound.push((name, link, moved)),
                None => self.descend(scope, task.child(name)),
            }
        }
        self.progress.advance(Work { files: names.len() as u64, bytes: 0 });
        let Some(repository) = task.repository else { return };
        let mut builder = self.builder();
        for (name, link, moved) in sound {
            let tag = builder.tag(repository, name.clone());
            builder.tag_link(repository, tag, link, moved);
        }
    }
}

/// What a tag's link holds, if it is a digest, and when it was written.
fn current(tags: &Dir<'_>, name: &[u8]) -> Option<(RawLink, i64)> {
    let current = tags.dir_beneath(&[name, b"/current"].concat()).ok()?;
    let stat = current.stat(b"link").ok().filter(|stat| stat.kind == FileKind::File)?;
    let mut buffer = [0; SHORT_LINK];
    let length = current.read_into(b"link", &mut buffer).ok()?;
    match parse_link_bytes(&buffer[..length]) {
        link @ RawLink::Names(_) => Some((link, stat.modified)),
        _ => None,
    }
}

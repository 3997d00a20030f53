//! What a directory holds: all names in one piece, since a store has millions of small directories.

use super::FileKind;

/// The entries of a directory, in no particular order.
#[derive(Debug, Default)]
pub struct Listing {
    names: Vec<u8>,
    /// Where each name ends, and what it is.
    entries: Vec<(usize, FileKind)>,
}

/// One entry of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its name, without a slash.
    pub name: &'a [u8],
    /// What it is.
    pub kind: FileKind,
}

impl Listing {
    /// The entries.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut start = 0;
        self.entries.iter().map(move |&(end, kind)| {
            let name = &self.names[start..end];
            start = end;
            Entry { name, kind }
        })
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn push(&mut self, name: &[u8], kind: FileKind) {
        self.names.extend_from_slice(name);
        self.entries.push((self.names.len(), kind));
    }

    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.entries.clear();
    }
}

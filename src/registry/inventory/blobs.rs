//! The blobs of a store by the number of their digest: every manifest asks for each of its parts, so asking is cheap.

use super::{Blob, DigestId};

/// Blobs, in the order of their digests.
#[derive(Debug, Default)]
pub struct Blobs {
    /// By number. Digests are numbered in their own order, and nearly all of a store's are blobs.
    by_number: Vec<Option<Blob>>,
    length: usize,
}

impl Blobs {
    /// The blob of that digest.
    pub fn get(&self, digest: DigestId) -> Option<&Blob> {
        self.by_number.get(digest.index())?.as_ref()
    }

    /// Whether there is a blob of that digest.
    pub fn contains(&self, digest: DigestId) -> bool {
        self.get(digest).is_some()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (DigestId, Blob)> {
        (0..).zip(&self.by_number).filter_map(|(number, blob)| Some((DigestId(number), (*blob)?)))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }
}

impl FromIterator<(DigestId, Blob)> for Blobs {
    fn from_iter<T: IntoIterator<Item = (DigestId, Blob)>>(blobs: T) -> Self {
        let mut table = Self::default();
        for (digest, blob) in blobs {
            if table.by_number.len() <= digest.index() {
                table.by_number.resize(digest.index() + 1, None);
            }
            if table.by_number[digest.index()].replace(blob).is_none() {
                table.length += 1;
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blobs_are_a_sorted_map(entries in prop::collection::vec((0..40_u32, any::<u64>()), 0..40)) {
            let blob = |size| Blob { size, modified: 0 };
            let blobs: Blobs = entries.iter().map(|&(number, size)| (DigestId(number), blob(size))).collect();
            let map: BTreeMap<DigestId, Blob> =
                entries.iter().map(|&(number, size)| (DigestId(number), blob(size))).collect();
            prop_assert_eq!(blobs.len(), map.len());
            prop_assert_eq!(blobs.is_empty(), map.is_empty());
            prop_assert!(blobs.iter().eq(map.iter().map(|(digest, blob)| (*digest, *blob))));
            for number in 0..41 {
                prop_assert_eq!(blobs.get(DigestId(number)), map.get(&DigestId(number)));
                prop_assert_eq!(blobs.contains(DigestId(number)), map.contains_key(&DigestId(number)));
            }
        }
    }
}

//! Interned digests: thirty-two bytes each, and a number.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher as _};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use rayon::prelude::*;

use crate::digest::{Algorithm, Digest};

/// A digest's number in one inventory: the same in every walk of the same store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DigestId(pub(in crate::registry) u32);

/// The first bytes of a digest: all that a SHA-256 has.
type Head = [u8; Algorithm::Sha256.size()];

/// Interned digests.
#[derive(Debug, Default)]
pub struct Digests {
    /// By number.
    heads: Vec<Head>,
    /// Those that are no SHA-256, by number: few, if any.
    others: BTreeMap<u32, Digest>,
    numbers: HashTable<u32>,
    /// Seeded, as names come from whoever pushes.
    state: RandomState,
}

impl DigestId {
    /// The number as an index: below [`Digests::len`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Digests {
    /// The digest of that number.
    pub fn get(&self, id: DigestId) -> Digest {
        let other = if self.others.is_empty() { None } else { self.others.get(&id.0) };
        other.copied().unwrap_or_else(|| Digest::sha256(self.heads[id.index()]))
    }

    /// Every digest, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = Digest> {
        (0..self.heads.len()).map(|index| self.get(number(index)))
    }

    /// The number of a digest, if the inventory knows it.
    pub fn find(&self, digest: Digest) -> Option<DigestId> {
        let found =
            self.numbers.find(self.hash(&digest.head()), |&known| self.get(DigestId(known)) == digest);
        found.copied().map(DigestId)
    }

    /// The number of a digest, which is made known.
    pub fn intern(&mut self, digest: Digest) -> DigestId {
        if let Some(known) = self.find(digest) {
            return known;
        }
        let new = number(self.heads.len());
        let head = digest.head();
        let hash = self.hash(&head);
        self.heads.push(head);
        if digest.algorithm() != Algorithm::Sha256 {
            self.others.insert(new.0, digest);
        }
        let Self { heads, numbers, state, .. } = self;
        numbers.insert_unique(hash, new.0, |&known| hash_of(state, &heads[known as usize]));
        new
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Numbers the digests in their own order; the new number of each old one.
    pub(super) fn sort(&mut self) -> Vec<DigestId> {
        let mut order: Vec<u32> = (0..number(self.heads.len()).0).collect();
        order.par_sort_unstable_by(|&a, &b| {
            let (one, other) = (&self.heads[a as usize], &self.heads[b as usize]);
            if self.others.is_empty() {
                one.cmp(other)
            } else {
                self.get(DigestId(a)).cmp(&self.get(DigestId(b)))
            }
        });
        let mut new = vec![DigestId(0); order.len()];
        for (position, &old) in order.iter().enumerate() {
            new[old as usize] = number(position);
        }
        self.heads = order.iter().map(|&old| self.heads[old as usize]).collect();
        let others = std::mem::take(&mut self.others);
        self.others = others.into_iter().map(|(old, digest)| (new[old as usize].0, digest)).collect();
        self.numbers.iter_mut().for_each(|known| *known = new[*known as usize].0);
        new
    }

    fn hash(&self, head: &Head) -> u64 {
        hash_of(&self.state, head)
    }
}

fn hash_of(state: &RandomState, head: &Head) -> u64 {
    let mut hasher = state.build_hasher();
    hasher.write(head);
    hasher.finish()
}

/// Four thousand million digests would need 130 GiB of names before this could matter.
fn number(index: usize) -> DigestId {
    DigestId(u32::try_from(index).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Few different bytes, so that digests share what they begin with, whatever their algorithm.
    fn digests() -> impl Strategy<Value = Vec<Digest>> {
        let digest = (0..3_usize, 0..4_u8, 0..4_u8).prop_map(|(algorithm, first, last)| {
            let algorithm = Algorithm::ALL[algorithm];
            let mut bytes = [first; 64];
            bytes[algorithm.size() - 1] = last;
            Digest::new(algorithm, &bytes[..algorithm.size()]).unwrap()
        });
        prop::collection::vec(digest, 0..60)
    }

    proptest! {
        #[test]
        fn each_digest_has_one_number_and_sorting_orders_them(names in digests()) {
            let mut digests = Digests::default();
            let numbers: Vec<DigestId> = names.iter().map(|digest| digests.intern(*digest)).collect();
            let distinct: BTreeSet<Digest> = names.iter().copied().collect();
            prop_assert_eq!(digests.len(), distinct.len());
            let new = digests.sort();
            prop_assert!(digests.iter().eq(distinct));
            for (digest, old) in names.iter().zip(numbers) {
                prop_assert_eq!(digests.get(new[old.index()]), *digest);
                prop_assert_eq!(digests.find(*digest), Some(new[old.index()]));
                prop_assert_eq!(digests.intern(*digest), new[old.index()]);
            }
        }
    }
}

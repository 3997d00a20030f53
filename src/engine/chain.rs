//! ChainIDs: the name of a layer on top of all that is below it (image-spec, `config.md`).

use crate::digest::{Algorithm, Digest};
use crate::hash;

/// The ChainID of a layer on top of another.
pub fn above(parent: Option<Digest>, diff_id: Digest) -> Digest {
    match parent {
        None => diff_id,
        Some(parent) => hash::digest(Algorithm::Sha256, format!("{parent} {diff_id}").as_bytes()),
    }
}

/// The ChainID of each layer of an image, from the base up.
pub fn chain_ids(diff_ids: &[Digest]) -> Vec<Digest> {
    let mut below = None;
    let chain = diff_ids.iter().map(|diff_id| {
        let chain = above(below, *diff_id);
        below = Some(chain);
        chain
    });
    chain.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_prefix_of_the_layers_has_a_prefix_of_the_chain(bytes in prop::collection::vec(any::<[u8; 32]>(), 0..8), at in 0..8_usize) {
            let ids: Vec<Digest> = bytes.into_iter().map(Digest::sha256).collect();
            let at = at.min(ids.len());
            let all = chain_ids(&ids);
            prop_assert_eq!(all.len(), ids.len());
            prop_assert_eq!(chain_ids(&ids[..at]), &all[..at]);
            prop_assert!(ids.is_empty() || all[0] == ids[0]);
        }
    }

    /// A layer of a real engine and the one that it stands on.
    #[test]
    fn the_chain_is_that_of_an_engine() {
        let digest = |hex: &str| format!("sha256:{hex}").parse::<Digest>().unwrap();
        let base = digest("9d5c93ca9f67c51b7750a70b4f39c96b87cf440e30b1346e19164fd774ebb6cb");
        let text = format!("{base} {base}");
        assert_eq!(above(Some(base), base), hash::digest(Algorithm::Sha256, text.as_bytes()));
        assert_eq!(above(None, base), base);
    }
}

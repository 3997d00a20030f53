//! Digesting bytes: of a stream as it is, of many streams at once ([`sha256`]), and ([`unpack`]) of what a compressed
//! layer unpacks to.
//!
//! Bytes come in as slices, whatever they were read from and however they were cut.

mod gzip;
pub mod sha256;
pub mod unpack;
mod zstd;

use sha2::Digest as _;
use sha2::{Sha256, Sha384, Sha512};

use crate::digest::{Algorithm, Digest};

/// Computes one digest over a stream of bytes.
#[derive(Clone, Debug)]
pub struct Hasher(State);

#[derive(Clone, Debug)]
enum State {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// A hasher that has seen nothing yet.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
            Algorithm::Sha384 => State::Sha384(Sha384::new()),
            Algorithm::Sha512 => State::Sha512(Sha512::new()),
        })
    }

    /// The algorithm of the digest to come.
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            State::Sha256(_) => Algorithm::Sha256,
            State::Sha384(_) => Algorithm::Sha384,
            State::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// Takes the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(hasher) => hasher.update(bytes),
            State::Sha384(hasher) => hasher.update(bytes),
            State::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of all that was taken.
    pub fn finish(self) -> Digest {
        let algorithm = self.algorithm();
        let digest = match self.0 {
            State::Sha256(hasher) => Digest::new(algorithm, &hasher.finalize()),
            State::Sha384(hasher) => Digest::new(algorithm, &hasher.finalize()),
            State::Sha512(hasher) => Digest::new(algorithm, &hasher.finalize()),
        };
        digest.unwrap_or_else(|| unreachable!("the type of the output says how long it is"))
    }
}

/// The digest of bytes that are all at hand.
pub fn digest(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The one-block example of FIPS 180, as NIST publishes its digests.
    #[test]
    fn digests_are_those_of_the_standard() {
        for (algorithm, hex) in [
            (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                Algorithm::Sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                 8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                Algorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            assert_eq!(digest(algorithm, b"abc").to_string(), format!("{algorithm}:{hex}"));
        }
    }

    proptest! {
        #[test]
        fn how_the_stream_is_cut_does_not_matter(
            chunks in proptest::collection::vec(any::<Vec<u8>>(), 0..8),
            which in 0..3usize,
        ) {
            let mut hasher = Hasher::new(Algorithm::ALL[which]);
            for chunk in &chunks {
                hasher.update(chunk);
            }
            prop_assert_eq!(hasher.finish(), digest(Algorithm::ALL[which], &chunks.concat()));
        }
    }
}

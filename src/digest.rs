//! Content digests: the names of everything a registry stores.
//!
//! A digest is parsed as strictly as the registry parses it (`digest.Parse` of `opencontainers/go-digest`): no
//! white space, lower-case hex, the exact length. What fails here fails on the server with HTTP 500.

mod prefix;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

pub use prefix::{ParsePrefixError, Prefix};

/// A hash algorithm whose digests regfs can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// SHA-256, the registry's canonical algorithm.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// Every algorithm, in the order in which their directories sort.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in digests and in paths.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The size of a digest in bytes; its hex form is twice as long.
    pub const fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The algorithm of that name.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().as_bytes() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A content digest of a known algorithm. Digests order by algorithm, then by bytes, which is the order of their
/// text and of their paths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest {
    algorithm: Algorithm,
    /// The first `algorithm.size()` bytes; the rest is zero, so that the derived comparisons hold.
    bytes: [u8; 64],
}

/// Why a text is not a digest that regfs can check. The texts are those of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDigestError {
    /// Empty, without a colon, upper-case hex, or a character that no digest has.
    #[error("invalid checksum digest format")]
    Format,
    /// The hex part is too long or too short: a trailing newline, most often.
    #[error("invalid checksum digest length")]
    Length,
    /// Well formed, but of an algorithm that regfs and the registry do not know.
    #[error("unsupported digest algorithm")]
    Algorithm,
}

impl Digest {
    /// A digest from the raw output of `algorithm`; `None` if that is not [`Algorithm::size`] bytes long.
    pub fn new(algorithm: Algorithm, output: &[u8]) -> Option<Self> {
        let mut bytes = [0; 64];
        bytes
            .get_mut(..algorithm.size())
            .filter(|place| place.len() == output.len())?
            .copy_from_slice(output);
        Some(Self { algorithm, bytes })
    }

    /// The SHA-256 of these bytes.
    pub const fn sha256(output: [u8; Algorithm::Sha256.size()]) -> Self {
        let mut bytes = [0; 64];
        bytes.split_at_mut(output.len()).0.copy_from_slice(&output);
        Self { algorithm: Algorithm::Sha256, bytes }
    }

    /// A digest from its lower-case hex form, as in a directory's name.
    pub fn from_hex(algorithm: Algorithm, hex: &[u8]) -> Option<Self> {
        if hex.len() != 2 * algorithm.size() {
            return None;
        }
        let mut bytes = [0; 64];
        let mut wrong = 0;
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
            wrong |= high | low;
            *byte = high << 4 | low & 15;
        }
        (wrong & NO_NIBBLE == 0).then_some(Self { algorithm, bytes })
    }

    /// Parses the content of a link file or a descriptor's `digest`: nothing may stand around it.
    ///
    /// # Errors
    /// What the registry's own parser says of it.
    pub fn parse(text: &[u8]) -> Result<Self, ParseDigestError> {
        let colon = text.iter().position(|&byte| byte == b':').ok_or(ParseDigestError::Format)?;
        let (name, encoded) = (&text[..colon], &text[colon + 1..]);
        let Some(algorithm) = Algorithm::from_name(name) else {
            let well_formed = is_algorithm_name(name) && is_encoded(encoded);
            return Err(if well_formed { ParseDigestError::Algorithm } else { ParseDigestError::Format });
        };
        match Self::from_hex(algorithm, encoded) {
            Some(digest) => Ok(digest),
            None if encoded.len() != 2 * algorithm.size() && !encoded.is_empty() => {
                Err(ParseDigestError::Length)
            }
            None => Err(ParseDigestError::Format),
        }
    }

    /// The algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The raw bytes, [`Algorithm::size`] of them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.size()]
    }

    /// The first bytes: as many as a SHA-256 has.
    pub(crate) const fn head(&self) -> [u8; Algorithm::Sha256.size()] {
        const SIZE: usize = Algorithm::Sha256.size();
        let mut head = [0; SIZE];
        head.copy_from_slice(self.bytes.split_at(SIZE).0);
        head
    }

    /// The lower-case hex part.
    pub fn hex(&self) -> String {
        self.write_hex(&mut [0; 128]).iter().copied().map(char::from).collect()
    }

    /// Writes the lower-case hex part, and returns what was written.
    pub fn write_hex<'a>(&self, place: &'a mut [u8; 128]) -> &'a [u8] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for (pair, byte) in place.chunks_exact_mut(2).zip(self.bytes()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        &place[..2 * self.algorithm.size()]
    }
}

/// What stands in [`NIBBLES`] for a character that is no lower-case hex digit.
const NO_NIBBLE: u8 = 0x80;

/// The value of each character as a hex digit: millions of names are read.
const NIBBLES: [u8; 256] = {
    let mut values = [NO_NIBBLE; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// `[a-z0-9]+(?:[.+_-][a-z0-9]+)*`
fn is_algorithm_name(name: &[u8]) -> bool {
    name.split(|byte| b".+_-".contains(byte))
        .all(|part| !part.is_empty() && part.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// `[a-zA-Z0-9=_-]+`
fn is_encoded(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|b| b.is_ascii_alphanumeric() || b"=_-".contains(b))
}

impl std::hash::Hash for Digest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes[..32].hash(state);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text.as_bytes())
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_digest() -> impl Strategy<Value = Digest> {
        (0..3usize, any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(|(which, low, high)| {
            let algorithm = Algorithm::ALL[which];
            let bytes = [low, high].concat();
            Digest::new(algorithm, &bytes[..algorithm.size()]).unwrap()
        })
    }

    proptest! {
        #[test]
        fn parsing_undoes_display(digest in any_digest()) {
            prop_assert_eq!(Digest::parse(digest.to_string().as_bytes()), Ok(digest));
        }

        #[test]
        fn order_is_that_of_the_text(a in any_digest(), b in any_digest()) {
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }

        #[test]
        fn only_the_exact_text_parses(digest in any_digest(), extra in 0u8.., at in 0usize..140) {
            let mut text = digest.to_string().into_bytes();
            text.insert(at.min(text.len()), extra);
            prop_assert!(Digest::parse(&text).is_err());
        }

        #[test]
        fn parsing_is_total(text in any::<Vec<u8>>()) {
            let _ = Digest::parse(&text);
        }
    }

    #[test]
    fn errors_are_those_of_the_registry() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for (text, error) in [
            (String::new(), ParseDigestError::Format),
            (hex.into(), ParseDigestError::Format),
            ("sha256:".into(), ParseDigestError::Format),
            (format!("sha256:{}", hex.to_uppercase()), ParseDigestError::Format),
            (format!("sha256:{hex}\n"), ParseDigestError::Length),
            (format!("sha256:{}", &hex[1..]), ParseDigestError::Length),
            (format!("md5:{}", &hex[..32]), ParseDigestError::Algorithm),
            (format!("tarsum.v1+sha256:{hex}"), ParseDigestError::Algorithm),
            (format!("SHA256:{hex}"), ParseDigestError::Format),
        ] {
            assert_eq!(text.parse::<Digest>(), Err(error), "{text:?}");
        }
    }
}

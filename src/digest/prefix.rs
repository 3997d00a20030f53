//! The beginning of a digest: what a person copies from a table or types.

use std::fmt;
use std::str::FromStr;

use super::{Algorithm, Digest};

/// How few hex digits begin a digest: in a small store one may tell enough.
const FEWEST: usize = 1;

/// The beginning of a digest's hex form, or all of it, perhaps with the algorithm before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    algorithm: Option<Algorithm>,
    hex: Box<str>,
}

/// Why a text begins no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a digest, such as sha256:0123…, or its first hex digits")]
pub struct ParsePrefixError;

impl Prefix {
    /// The algorithms that it may be of.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        let fits = |algorithm: &Algorithm| {
            self.algorithm.is_none_or(|own| own == *algorithm) && self.hex.len() <= 2 * algorithm.size()
        };
        Algorithm::ALL.into_iter().filter(fits)
    }

    /// Whether the algorithm is written.
    pub const fn has_algorithm(&self) -> bool {
        self.algorithm.is_some()
    }

    /// The hex digits.
    pub fn hex(&self) -> &str {
        &self.hex
    }

    /// The digest, if this is all of one.
    pub fn whole(&self) -> Option<Digest> {
        Digest::from_hex(self.algorithm?, self.hex.as_bytes())
    }

    /// Whether a digest begins like this.
    pub fn matches(&self, digest: &Digest) -> bool {
        self.algorithm.is_none_or(|algorithm| algorithm == digest.algorithm())
            && digest.hex().starts_with(&*self.hex)
    }
}

impl FromStr for Prefix {
    type Err = ParsePrefixError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (algorithm, hex) = match text.split_once(':') {
            Some((name, hex)) => (Some(Algorithm::from_name(name.as_bytes()).ok_or(ParsePrefixError)?), hex),
            None => (None, text),
        };
        let longest = 2 * algorithm.unwrap_or(Algorithm::Sha512).size();
        let sound = (FEWEST..=longest).contains(&hex.len())
            && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if sound { Ok(Self { algorithm, hex: hex.into() }) } else { Err(ParsePrefixError) }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(algorithm) = self.algorithm {
            write!(f, "{algorithm}:")?;
        }
        f.write_str(&self.hex)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_digest_begins_with_each_of_its_prefixes(bytes: [u8; 32], other: [u8; 32], length in 1..=64_usize) {
            let [digest, other] = [bytes, other].map(|bytes| Digest::new(Algorithm::Sha256, &bytes).unwrap());
            let hex = &digest.hex()[..length];
            for text in [hex.to_owned(), format!("sha256:{hex}")] {
                let prefix: Prefix = text.parse().unwrap();
                prop_assert!(prefix.matches(&digest));
                prop_assert_eq!(prefix.matches(&other), other.hex().starts_with(hex));
                prop_assert_eq!(prefix.to_string(), text);
            }
            let whole: Prefix = digest.to_string().parse().unwrap();
            prop_assert_eq!(whole.whole(), Some(digest));
            let another: Prefix = format!("sha512:{hex}").parse().unwrap();
            prop_assert!(!another.matches(&digest));
        }
    }

    #[test]
    fn what_begins_no_digest_is_refused() {
        let long = "a".repeat(65);
        for text in ["", "ABCD", "sha256:", "md5:abcd", "xyz", "abcg", "v1.0", &format!("sha256:{long}")] {
            assert_eq!(text.parse::<Prefix>(), Err(ParsePrefixError), "{text}");
        }
    }
}

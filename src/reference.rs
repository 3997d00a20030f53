//! Names of images: repository names, tags and references, by the registry's grammar.
//!
//! The types exist only by parsing, so a value of theirs holds no `..`, no empty component and no control character
//! and is safe to join to a path. Grammar: `distribution/reference`, `regexp.go`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::digest::{Algorithm, Digest, ParseDigestError, Prefix};

/// A repository's name, such as `team/app`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RepoName(Box<str>);

/// A tag, such as `v1.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Tag(Box<str>);

/// What a user names: `repo`, `repo:tag`, `repo@digest` or `repo:tag@digest`, perhaps with a registry's host before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As it was written: not every store names images by this grammar.
    pub text: String,
    /// The name as written, host and all, if a repository can have it.
    pub whole: Option<RepoName>,
    /// The name behind what may be a registry's host, and that host.
    pub behind_host: Option<(String, RepoName)>,
    /// The tag, if one is written.
    pub tag: Option<Tag>,
    /// The digest, if one is written.
    pub digest: Option<Digest>,
    /// What is written where a digest should be, if it only begins one: [`Reference::asked`] alone lets it pass.
    pub beginning: Option<Prefix>,
}

/// Why a text names no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The repository part does not fit the grammar.
    #[error(
        "{0:?} is no repository name: lower-case letters, digits and single separators (. _ __ -), in components joined by /"
    )]
    Repository(String),
    /// The tag does not fit the grammar.
    #[error("{0:?} is no tag: at most 128 letters, digits, _ . and -, and neither . nor - first")]
    Tag(String),
    /// What follows `@` is no digest.
    #[error("{0:?} is no digest: {1}")]
    Digest(String, #[source] ParseDigestError),
    /// What follows `@` is only the beginning of one.
    #[error("{0} only begins a digest, and behind @ it must be whole: write all of its {1} hex digits")]
    Beginning(Prefix, usize),
    /// What follows `@` has all the hex digits of one, and no algorithm before them.
    #[error("{0} lacks its algorithm: write {1}:{0}")]
    NoAlgorithm(Prefix, Algorithm),
}

/// The longest repository name, in bytes.
const LONGEST_NAME: usize = 255;

impl ReferenceError {
    /// Of what begins a digest and is none.
    fn beginning(prefix: Prefix) -> Self {
        let digits = |algorithm: Algorithm| 2 * algorithm.size();
        let fewest = prefix.algorithms().map(digits).min().unwrap_or_default();
        let own = prefix.algorithms().find(|algorithm| digits(*algorithm) == prefix.hex().len());
        match own {
            Some(algorithm) => Self::NoAlgorithm(prefix, algorithm),
            // Nobody writes more digits than the usual digest has, and means to write more.
            None if !prefix.has_algorithm() && prefix.hex().len() > digits(Algorithm::Sha256) => {
                Self::Digest(prefix.to_string(), ParseDigestError::Length)
            }
            None => Self::Beginning(prefix, fewest),
        }
    }
}

impl RepoName {
    /// Parses a name as distribution 3 does: only what follows a leading domain-like component counts against 255 bytes.
    ///
    /// # Errors
    /// When the grammar rejects it.
    pub fn parse(name: &str) -> Result<Self, ReferenceError> {
        let path = match name.split_once('/') {
            Some((first, rest)) if is_domain(first) && !rest.is_empty() => rest,
            _ => name,
        };
        if path.len() <= LONGEST_NAME && path.split('/').all(is_path_component) {
            Ok(Self(name.into()))
        } else {
            Err(ReferenceError::Repository(name.into()))
        }
    }

    /// Whether distribution 2.8 takes it too: there the whole name counts against 255 bytes.
    pub fn fits_v2(&self) -> bool {
        self.0.len() <= LONGEST_NAME
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Tag {
    /// Parses a tag: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`.
    ///
    /// # Errors
    /// When the grammar rejects it.
    pub fn parse(tag: &str) -> Result<Self, ReferenceError> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fits = tag.len() <= 128
            && tag.bytes().next().is_some_and(word)
            && tag.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-');
        if fits { Ok(Self(tag.into())) } else { Err(ReferenceError::Tag(tag.into())) }
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `[a-zA-Z0-9]` or `[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]`, joined with dots; a port cannot stand in a directory's name.
fn is_domain(text: &str) -> bool {
    text.split('.').all(|part| {
        let bytes = part.as_bytes();
        bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
            && bytes.first().is_some_and(|&b| b != b'-')
            && bytes.last().is_some_and(|&b| b != b'-')
    })
}

/// `[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*`
fn is_path_component(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut rest = text.as_bytes();
    loop {
        let letters = rest.iter().take_while(|&&byte| word(byte)).count();
        if letters == 0 {
            return false;
        }
        rest = &rest[letters..];
        let separator = match rest {
            [] => return true,
            [b'_', b'_', ..] => 2,
            [b'.' | b'_', ..] => 1,
            [b'-', ..] => rest.iter().take_while(|&&byte| byte == b'-').count(),
            _ => return false,
        };
        rest = &rest[separator..];
    }
}

/// Docker's rule for a leading component that is a host: it holds a dot or a port, or is `localhost`.
pub(crate) fn looks_like_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "0"));
    let port_is_number = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    is_domain(host) && port_is_number && (text.contains(['.', ':']) || host == "localhost")
}

impl Reference {
    /// The repository as it was written, host and all.
    pub fn repository(&self) -> &str {
        let named = self.text.split('@').next().unwrap_or_default();
        let without_tag = self.tag.as_ref().and_then(|tag| named.strip_suffix(tag.as_str()));
        without_tag.and_then(|named| named.strip_suffix(':')).unwrap_or(named)
    }

    /// Parses what somebody asks for: it may hold the beginning of a digest, so that the whole can be told.
    ///
    /// # Errors
    /// When no reference begins like this.
    pub fn asked(text: &str) -> Result<Self, ReferenceError> {
        let Some((named, Ok(beginning))) = text.split_once('@').map(|(named, rest)| (named, rest.parse()))
        else {
            return text.parse();
        };
        match text.parse() {
            Err(ReferenceError::Beginning(..) | ReferenceError::NoAlgorithm(..)) => {}
            parsed => return parsed,
        }
        let reference: Self = named.parse()?;
        Ok(Self { text: text.to_owned(), beginning: Some(beginning), ..reference })
    }

    /// Why a beginning of a digest will not do, if one is written.
    pub fn refusal(&self) -> Option<ReferenceError> {
        self.beginning.clone().map(ReferenceError::beginning)
    }

    /// The digest that is asked for or the tag; `latest` where neither is written.
    pub fn tag_or_latest(&self) -> Option<Tag> {
        match (&self.tag, self.digest) {
            (Some(tag), _) => Some(tag.clone()),
            (None, Some(_)) => None,
            (None, None) => Some(Tag("latest".into())),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (named, digest) = match text.split_once('@') {
            Some((named, digest)) => {
                let parsed = digest.parse().map_err(|error| match digest.parse() {
                    Ok(prefix) => ReferenceError::beginning(prefix),
                    Err(_) => ReferenceError::Digest(digest.into(), error),
                })?;
                (named, Some(parsed))
            }
            None => (text, None),
        };
        let last = named.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match named[last..].find(':') {
            Some(colon) => (&named[..last + colon], Some(Tag::parse(&named[last + colon + 1..])?)),
            None => (named, None),
        };
        let whole = RepoName::parse(name);
        let behind_host = match name.split_once('/') {
            Some((host, rest)) if looks_like_host(host) => {
                RepoName::parse(rest).ok().map(|rest| (host.to_owned(), rest))
            }
            _ => None,
        };
        if let (Err(error), None) = (&whole, &behind_host) {
            return Err(error.clone());
        }
        Ok(Self { text: text.to_owned(), whole: whole.ok(), behind_host, tag, digest, beginning: None })
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The reference without its host.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.whole.as_ref().or(self.behind_host.as_ref().map(|(_, name)| name)) {
            write!(f, "{name}")?;
        }
        if let Some(tag) = self.tag_or_latest() {
            write!(f, ":{tag}")?;
        }
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAME: &str = "[a-z0-9]{1,8}((\\.|_|__|-{1,3}|/)[a-z0-9]{1,8}){0,5}";

    proptest! {
        #[test]
        fn parsing_undoes_display(
            name in NAME,
            tag in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
            hex in proptest::option::of("[0-9a-f]{64}"),
        ) {
            let text = hex.map_or(format!("{name}:{tag}"), |hex| format!("{name}:{tag}@sha256:{hex}"));
            prop_assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }

        #[test]
        fn what_parses_stays_below_the_root(text in "[a-zA-Z0-9./_:@-]{0,40}|\\PC{0,20}") {
            if let Ok(reference) = text.parse::<Reference>() {
                for name in reference.whole.iter().chain(reference.behind_host.iter().map(|(_, name)| name)) {
                    for component in name.as_str().split('/') {
                        prop_assert!(!component.is_empty() && !component.starts_with(['.', '_']), "{}", name);
                    }
                }
            }
        }
    }

    #[test]
    fn grammar_is_that_of_the_registry() {
        for good in ["a", "a/b", "a__b", "a---b", "a.b_c", "Foo/bar", "my.host/x", "0/1/2"] {
            assert!(RepoName::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["", "Foo", "a//b", "/a", "a/", "a..b", "_a", "a_", "a___b", "..", "../../etc", "a b", "a/B", "é"]
        {
            assert!(RepoName::parse(bad).is_err(), "{bad}");
        }
        assert!(RepoName::parse(&"a".repeat(256)).is_err());
        let long = RepoName::parse(&format!("host/{}", "a".repeat(255))).unwrap();
        assert!(!long.fits_v2());
        assert!(Tag::parse(&"t".repeat(129)).is_err());
        assert!(Tag::parse(".DS_Store").is_err());
    }

    #[test]
    fn a_host_may_stand_first() {
        let reference: Reference = "registry.example.com:5000/team/app:v1".parse().unwrap();
        assert_eq!(reference.whole, None);
        assert_eq!(reference.repository(), "registry.example.com:5000/team/app");
        assert_eq!(reference.behind_host.unwrap().1.as_str(), "team/app");
        let reference: Reference = "localhost/app".parse().unwrap();
        assert_eq!(reference.repository(), "localhost/app");
        assert_eq!(reference.whole.unwrap().as_str(), "localhost/app");
        assert_eq!(reference.behind_host.unwrap().1.as_str(), "app");
        let reference: Reference = "team/app".parse().unwrap();
        assert_eq!(reference.behind_host, None);
        assert_eq!(reference.tag_or_latest().unwrap().as_str(), "latest");
    }
}

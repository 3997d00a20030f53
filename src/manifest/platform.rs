//! The platform that an index states for a child, and the one that `--platform` asks for.

use std::fmt;
use std::str::FromStr;

use crate::few::first_few;

/// What an image runs on, as in the `platform` of a descriptor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// The operating system, `linux`.
    pub os: Box<str>,
    /// The architecture by Go's names, `amd64`.
    pub architecture: Box<str>,
    /// The variant of the architecture, `v8`.
    pub variant: Option<Box<str>>,
    /// The version of the operating system, for Windows.
    pub os_version: Option<Box<str>>,
}

/// Why a text is not `os/arch[/variant]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a platform is os/architecture or os/architecture/variant, such as linux/arm64 or linux/arm/v7")]
pub struct ParsePlatformError;

impl Platform {
    /// Whether this is what `wanted` asks for, whatever the version of the system. A variant that `wanted` leaves
    /// open may be any; those that every machine of an architecture has (`arm64/v8`, `amd64/v1`) may be left out
    /// on either side.
    pub fn matches(&self, wanted: &Self) -> bool {
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && (wanted.variant.is_none() || self.own_variant() == wanted.own_variant())
    }

    /// Whether it is one that something runs on: `BuildKit` gives attestations the platform `unknown/unknown`.
    pub fn is_known(&self) -> bool {
        &*self.os != "unknown"
    }

    /// What is said of an image that is not for this one: for which it is.
    pub fn not_among(&self, offered: &[String]) -> String {
        if offered.is_empty() {
            return format!("the image is not for {self}: it states no platform");
        }
        format!("the image is not for {self}, but for {}", Self::first_few(offered))
    }

    /// The platforms that there are, as far as a line has room for them.
    pub fn first_few(offered: &[String]) -> String {
        const TOLD: usize = 8;
        first_few(offered, TOLD)
    }

    fn own_variant(&self) -> Option<&str> {
        let variant = self.variant.as_deref();
        match (&*self.architecture, variant) {
            ("arm64", Some("v8" | "8")) | ("amd64", Some("v1")) => None,
            ("arm", None | Some("7")) => Some("v7"),
            _ => variant,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

impl FromStr for Platform {
    type Err = ParsePlatformError;

    /// Case does not matter, and the names that `uname -m` gives are understood.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.to_ascii_lowercase();
        let mut parts = lower.split('/').map(|part| {
            let sound =
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
            sound.then_some(part).ok_or(ParsePlatformError)
        });
        let os = parts.next().ok_or(ParsePlatformError)??;
        let architecture = match parts.next().ok_or(ParsePlatformError)?? {
            "x86_64" | "x86-64" => "amd64",
            "aarch64" => "arm64",
            "i386" | "i686" => "386",
            other => other,
        };
        let variant = parts.next().transpose()?;
        if parts.next().is_some() {
            return Err(ParsePlatformError);
        }
        Ok(Self {
            os: os.into(),
            architecture: architecture.into(),
            variant: variant.map(Into::into),
            os_version: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    proptest! {
        #[test]
        fn display_undoes_parsing(text in "[a-z0-9_.-]{1,8}/(arm|amd64|s390x|riscv64)(/[a-z0-9.-]{1,4})?") {
            prop_assert_eq!(platform(&text).to_string(), text);
        }

        #[test]
        fn a_platform_matches_itself_with_and_without_its_variant(
            text in "[a-z]{1,8}/(arm|arm64|amd64|riscv64)",
            variant in "v[1-9]",
        ) {
            let full = platform(&format!("{text}/{variant}"));
            prop_assert!(full.matches(&full));
            prop_assert!(full.matches(&platform(&text)));
            let other = platform(&format!("other{text}"));
            prop_assert!(!full.matches(&other));
        }

        #[test]
        fn parsing_is_total(text in any::<String>()) {
            let _ = text.parse::<Platform>();
        }
    }

    #[test]
    fn a_variant_that_goes_without_saying_may_be_left_out() {
        assert!(platform("linux/arm64").matches(&platform("linux/arm64/v8")));
        assert!(platform("linux/arm").matches(&platform("linux/arm/v7")));
        assert!(!platform("linux/arm/v6").matches(&platform("linux/arm/v7")));
        assert!(!platform("linux/amd64").matches(&platform("linux/amd64/v3")));
    }

    #[test]
    fn other_names_and_case_are_understood_and_the_rest_refused() {
        assert_eq!(platform("Linux/x86_64"), platform("linux/amd64"));
        assert_eq!(platform("linux/aarch64"), platform("linux/arm64"));
        for text in ["", "linux", "linux/", "/amd64", "linux/arm/", "linux/arm/v7/x", "linux/am d64"] {
            assert_eq!(text.parse::<Platform>(), Err(ParsePlatformError), "{text:?}");
        }
    }
}

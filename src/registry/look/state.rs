//! How well something is where it should be, and what a look at it showed. No I/O.

use serde::Serialize;

use crate::digest::{Algorithm, Digest};
use crate::hash;
use crate::store::Stat;

/// How well something is where it should be. The order is that of how bad it is: of two, the worse is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be, as far as was looked.
    Ok,
    /// A layer that lives elsewhere by design.
    External,
    /// The size is not the one that its descriptor states.
    SizeMismatch,
    /// The bytes are there, but the repository has no link to them: a pull gets 404.
    Unlinked,
    /// A manifest or config whose bytes do not hash to its name.
    Altered,
    /// A manifest that does not parse, or a link that is not exactly the digest that it should be.
    Malformed,
    /// No bytes where there should be some.
    Empty,
    /// Something else than a regular file, or behind something else than a directory.
    NotRegular,
    /// The operating system refused.
    Unreadable,
    /// Nothing is there.
    Missing,
}

/// What a look at a path showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// How well it is there.
    pub state: State,
    /// Its size in bytes, if it is a regular file.
    pub size: Option<u64>,
    /// When its bytes last changed, in seconds since 1970, if it is a regular file.
    pub modified: Option<i64>,
    /// What is wrong, in a line, where the state does not say it all.
    pub detail: Option<String>,
}

impl State {
    /// Whether nothing is wrong.
    pub const fn is_sound(self) -> bool {
        matches!(self, Self::Ok | Self::External)
    }

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::External => "external",
            Self::SizeMismatch => "size-mismatch",
            Self::Unlinked => "unlinked",
            Self::Altered => "altered",
            Self::Malformed => "malformed",
            Self::Empty => "empty",
            Self::NotRegular => "not-regular",
            Self::Unreadable => "unreadable",
            Self::Missing => "missing",
        }
    }
}

impl Look {
    /// Nothing was looked at, and nothing is wrong.
    pub const FINE: Self = Self { state: State::Ok, size: None, modified: None, detail: None };

    pub(super) fn good(stat: Stat) -> Self {
        Self { state: State::Ok, size: Some(stat.size), modified: Some(stat.modified), detail: None }
    }

    pub(super) fn of_blob(stat: Stat, digest: Digest) -> Self {
        let mut look = Self::good(stat);
        if stat.size == 0 && !is_of_nothing(digest) {
            look.worsen(State::Empty, None);
        }
        look
    }

    pub(super) const fn bad(state: State, detail: Option<String>) -> Self {
        Self { state, size: None, modified: None, detail }
    }

    /// Compares the size, if it is known, with the one that a descriptor states, if it does.
    pub fn compare_size(&mut self, expected: Option<i64>) {
        if let (Some(size), Some(expected)) = (self.size, expected)
            && i128::from(size) != i128::from(expected)
        {
            let detail = format!("{size} bytes, and {expected} are expected");
            self.worsen(State::SizeMismatch, Some(detail));
        }
    }

    /// Takes over a state that is worse, and what is said of it.
    pub fn worsen(&mut self, state: State, detail: Option<String>) {
        if state > self.state {
            self.state = state;
            self.detail = detail;
        }
    }
}

/// Whether a digest is that of no bytes at all.
fn is_of_nothing(digest: Digest) -> bool {
    Algorithm::ALL.into_iter().any(|algorithm| hash::digest(algorithm, b"") == digest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATES: [State; 10] = [
        State::Ok,
        State::External,
        State::SizeMismatch,
        State::Unlinked,
        State::Altered,
        State::Malformed,
        State::Empty,
        State::NotRegular,
        State::Unreadable,
        State::Missing,
    ];

    #[test]
    fn states_are_told_by_the_name_that_they_serialize_to() {
        for state in STATES {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
            assert_eq!(state.is_sound(), state <= State::External);
        }
    }

    proptest! {
        #[test]
        fn the_worse_of_two_states_is_kept_with_what_is_said_of_it(a in 0..10usize, b in 0..10usize) {
            let mut look = Look::bad(STATES[a], Some("a".into()));
            look.worsen(STATES[b], Some("b".into()));
            prop_assert_eq!(look.state, STATES[a.max(b)]);
            prop_assert_eq!(look.detail.as_deref(), Some(if b > a { "b" } else { "a" }));
        }
    }
}

//! The exit status, the same in every command and format.

/// What a run has to say to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: the answer is good.
    Good,
    /// 1: the answer is bad: a finding, a difference, an incomplete or unknown image, a threshold passed.
    Bad,
    /// 2: no answer, or not the whole answer: bad usage, no such root, something unreadable, interrupted.
    NoAnswer,
}

impl Exit {
    /// The worse of two: 2 beats 1 beats 0.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        self.max(other)
    }

    /// [`Exit::Bad`] if `bad`, else [`Exit::Good`].
    pub const fn bad_if(bad: bool) -> Self {
        if bad { Self::Bad } else { Self::Good }
    }

    /// The number that the process exits with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Bad => 1,
            Self::NoAnswer => 2,
        }
    }
}

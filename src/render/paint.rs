//! Colours, where there are any, and words that carry one.

use std::fmt;

use clap::builder::styling::{AnsiColor, Style};

use crate::finding::Severity;

/// What a word is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Doubtful,
    Harmless,
    Strong,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Doubtful => AnsiColor::Yellow.on_default().bold(),
            Self::Harmless => AnsiColor::Cyan.on_default(),
            Self::Strong => Style::new().bold(),
        }
    }

    /// A severity's tone.
    pub(super) const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Doubtful,
            Severity::Note => Self::Harmless,
        }
    }
}

/// Shows a text in a tone, if colour is wanted.
pub(super) struct Painted<T>(pub(super) bool, pub(super) Tone, pub(super) T);

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(color, tone, text) = self;
        if !color {
            return text.fmt(f);
        }
        let style = tone.style();
        write!(f, "{style}")?;
        text.fmt(f)?;
        write!(f, "{style:#}")
    }
}

//! Running text: wrapped at words, counted, listed.

use std::fmt::{self, Display};
use std::io::{self, Write};

use super::escape;
use super::paint::Tone;
use crate::manifest::media_type;
use crate::registry::look::State;
use crate::report::Head;
use crate::units::Size;

/// Writes a paragraph, each line of it indented by so many spaces; without a width it is one line. A word that is too
/// long stands alone, unbroken, so that it can be copied.
pub(super) fn paragraph(
    out: &mut dyn Write,
    text: &str,
    indent: usize,
    width: Option<usize>,
) -> io::Result<()> {
    led(out, &" ".repeat(indent), text, indent, width)
}

/// Writes a paragraph of which the first line begins with something that takes the place of its indent.
pub(super) fn led(
    out: &mut dyn Write,
    lead: &str,
    text: &str,
    indent: usize,
    width: Option<usize>,
) -> io::Result<()> {
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(20));
    write!(out, "{lead}")?;
    let mut used = None;
    for word in text.split(' ') {
        let length = columns(word);
        used = match used {
            None => {
                write!(out, "{word}")?;
                Some(length)
            }
            Some(used) if used > 0 && used + 1 + length > room => {
                write!(out, "\n{:indent$}{word}", "")?;
                Some(length)
            }
            Some(used) => {
                write!(out, " {word}")?;
                Some(used + 1 + length)
            }
        };
    }
    writeln!(out)
}

/// The columns that a word takes; one in colour has escapes that take none.
fn columns(word: &str) -> usize {
    let mut parts = word.split('\u{1B}');
    let plain = parts.next().map_or(0, |before| before.chars().count());
    plain
        + parts.map(|part| part.split_once('m').map_or(0, |(_, after)| after.chars().count())).sum::<usize>()
}

/// A number and its noun: `1 tag`, `2 tags`, `no tags`.
pub(super) struct Count(pub(super) u64, pub(super) &'static str);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, noun) = *self;
        let plural = noun.strip_suffix('y').map_or_else(|| format!("{noun}s"), |stem| format!("{stem}ies"));
        match number {
            0 => write!(f, "no {plural}"),
            1 => write!(f, "1 {noun}"),
            _ => write!(f, "{number} {plural}"),
        }
    }
}

/// A number of things that were found, and their noun: that there are none is not said where not all could be read.
pub(super) fn found(number: u64, noun: &'static str, head: &Head) -> String {
    let count = Count(number, noun);
    if number == 0 && head.partial { format!("{count} could be read") } else { count.to_string() }
}

/// The first few of a list, and how many more there are.
pub(super) fn first_few<T: Display>(all: &[T], few: usize) -> String {
    let shown: Vec<String> = all.iter().take(few).map(ToString::to_string).collect();
    let shown = shown.join(", ");
    match all.len().saturating_sub(few) {
        0 => shown,
        more => format!("{shown} +{more} more"),
    }
}

/// A text that may come from the store; `-` for none.
pub(super) fn safe(text: Option<&impl ToString>) -> String {
    text.map_or_else(|| "-".into(), |text| escape::text(&text.to_string()).into_owned())
}

/// A size; `-` for none.
pub(super) fn size(size: Option<u64>) -> String {
    size.map_or_else(|| "-".into(), |size| Size(size).to_string())
}

/// What an image's state is to the reader.
pub(super) const fn state_tone(state: State) -> Tone {
    match state {
        State::Ok => Tone::Good,
        State::External => Tone::Harmless,
        _ => Tone::Bad,
    }
}

/// A manifest's media type in two words.
pub(super) fn type_name(media_type: &str) -> String {
    match media_type {
        media_type::DOCKER_MANIFEST => "docker image".into(),
        media_type::DOCKER_LIST => "docker list".into(),
        media_type::OCI_MANIFEST => "oci image".into(),
        media_type::OCI_INDEX => "oci index".into(),
        media_type if media_type::is_schema1(media_type) => "schema 1".into(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::paint::{Painted, Tone};
    use super::*;

    fn wrapped(text: &str, indent: usize, width: Option<usize>) -> String {
        let mut out = Vec::new();
        paragraph(&mut out, text, indent, width).unwrap();
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn wrapping_moves_words_and_changes_none(
            words in proptest::collection::vec("[a-z/]{1,12}", 1..30), indent in 0..8_usize, width in 30..120_usize,
        ) {
            let text = words.join(" ");
            let shown = wrapped(&text, indent, Some(width));
            prop_assert!(shown.lines().all(|line| line.len() <= width && !line.ends_with(' ')), "{shown}");
            prop_assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), words);
            prop_assert_eq!(wrapped(&text, indent, None).lines().count(), 1);
        }

        #[test]
        fn colour_takes_no_room(words in proptest::collection::vec("[a-z/]{1,12}", 1..30), width in 30..120_usize) {
            let text = words.join(" ");
            let plain = wrapped(&text, 0, Some(width));
            let painted: Vec<_> = words.iter().map(|word| Painted(true, Tone::Bad, word).to_string()).collect();
            let shown = wrapped(&painted.join(" "), 0, Some(width));
            let breaks = |text: &str| text.lines().map(|line| line.split(' ').count()).collect::<Vec<_>>();
            prop_assert_eq!(breaks(&shown), breaks(&plain));
        }
    }

    #[test]
    fn counts_and_lists_read_as_english() {
        let counts = [Count(0, "error"), Count(1, "tag"), Count(2, "repository")];
        assert_eq!(counts.map(|count| count.to_string()), ["no errors", "1 tag", "2 repositories"]);
        assert_eq!(first_few(&["a", "b", "c"], 3), "a, b, c");
        assert_eq!(first_few(&["a", "b", "c", "d"], 2), "a, b +2 more");
    }
}

//! JSON that is safe on a terminal.
//!
//! A name from a root may hold what acts on a terminal, and JSON asks only for the first 32 characters to be escaped.
//! Here the rest of them are as well, as `\u` and four digits, which any reader takes for the same text.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::is_safe;

/// Writes a value over several lines, indented.
///
/// # Errors
/// Those of the sink.
pub fn object(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Safe(PrettyFormatter::new())))?)
}

/// Writes a value as one line.
///
/// # Errors
/// Those of the sink.
pub fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Safe(CompactFormatter)))?;
    out.write_all(b"\n")
}

/// A formatter whose texts are safe on a terminal.
struct Safe<F>(F);

impl<F: Formatter> Formatter for Safe<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly every text is one of these.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| !is_safe(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One text as an object holds it, and as a line does.
    fn written(text: &str) -> [String; 2] {
        let [mut one, mut other] = [Vec::new(), Vec::new()];
        object(&text, &mut one).unwrap();
        line(&text, &mut other).unwrap();
        assert_eq!(other.pop(), Some(b'\n'));
        [one, other].map(|bytes| String::from_utf8(bytes).unwrap())
    }

    proptest! {
        #[test]
        fn texts_are_safe_and_the_same_to_a_reader(text in any::<String>()) {
            for written in written(&text) {
                prop_assert!(written.chars().all(is_safe), "{written}");
                prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), &*text);
            }
        }
    }

    #[test]
    fn what_acts_on_a_terminal_is_escaped_and_letters_are_not() {
        for written in written("a\u{9B}31m\u{202E}\u{7F}\u{E0041}\u{1B}\"äж") {
            assert_eq!(written, r#""a\u009b31m\u202e\u007f\udb40\udc41\u001b\"äж""#);
        }
    }
}

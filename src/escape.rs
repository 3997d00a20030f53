//! Keeps bytes from a root, and from the command line, from acting on a terminal.
//!
//! Escape sequences, other control characters, characters that reorder or hide text, and whatever a terminal does not
//! print become `\xNN` or `\u{…}`. Everything else stays as it is, a backslash too.

pub mod json;

use std::borrow::Cow;
use std::fmt::Write;

/// A text that is safe in a line of a terminal.
pub fn text(text: &str) -> Cow<'_, str> {
    escape(text, is_safe)
}

/// A text of several lines that is safe on a terminal.
pub fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| c == '\n' || is_safe(c))
}

fn escape(text: &str, safe: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&safe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if safe(c) {
            escaped.push(c);
        } else {
            // Writing to a string does not fail.
            let _ = match u32::from(c) {
                code @ 0..=0x7F => write!(escaped, "\\x{code:02X}"),
                code => write!(escaped, "\\u{{{code:X}}}"),
            };
        }
    }
    Cow::Owned(escaped)
}

/// Whether a character shows itself and does nothing else.
pub fn is_safe(c: char) -> bool {
    match c {
        ' '..='~' => true,
        // Soft hyphen, marks and overrides of direction, zero-width characters.
        '\u{00AD}'
        | '\u{061C}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' => false,
        // The standard library escapes what Unicode calls unprintable, and marks that combine with what is before.
        _ => c.escape_debug().len() == 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_that_acts_on_a_terminal_gets_through(given in any::<String>()) {
            let shown = text(&given);
            prop_assert!(shown.chars().all(is_safe), "{shown:?}");
            prop_assert!(!shown.contains(char::is_control), "{shown:?}");
            prop_assert_eq!(text(&shown), shown.clone());
            let lines_of = lines(&given);
            prop_assert_eq!(lines_of.matches('\n').count(), given.matches('\n').count());
            prop_assert_eq!(lines_of.replace('\n', "\\x0A"), shown);
        }

        #[test]
        fn printable_ascii_and_letters_stay_as_they_are(given in "[ -~äßéñжλ中日]{0,40}") {
            prop_assert_eq!(text(&given), given.as_str());
        }
    }

    #[test]
    fn what_moves_hides_or_reorders_text_is_shown_as_its_code() {
        let bidi =
            "\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}\u{200E}\u{200F}\u{61C}";
        let hidden =
            "\0\u{7}\u{8}\t\n\r\u{1B}\u{7F}\u{80}\u{9B}\u{AD}\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}";
        let odd = "\u{301}\u{2028}\u{2029}\u{E000}\u{FE0F}\u{E0041}\u{FFFF}";
        for c in [bidi, hidden, odd].concat().chars() {
            let shown = text(&c.to_string()).into_owned();
            assert!(shown.starts_with(['\\']) && shown.is_ascii(), "{c:?}: {shown}");
        }
        assert_eq!(text("a\u{1B}[31mb\u{202E}c"), "a\\x1B[31mb\\u{202E}c");
    }
}

//! One document for a person at a terminal: JSON laid out, other text as it is, and nothing that is neither.

use std::fmt::Write;

use serde::de::IgnoredAny;

use super::escape;

/// The text as a terminal may show it; none if it is binary.
pub fn document(text: &str) -> Option<String> {
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    if let Some(json) = is_json.then(|| laid_out(text)).flatten() {
        return Some(escape::lines(&json).into_owned());
    }
    let is_binary = text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    if is_binary { None } else { Some(text_lines(text)) }
}

/// Tabs and line ends act on a terminal harmlessly.
fn text_lines(text: &str) -> String {
    text.split('\t')
        .map(|part| escape::lines(&part.replace("\r\n", "\n")).into_owned())
        .collect::<Vec<_>>()
        .join("\t")
}

/// Documents that grow more than this, by their nesting, are not laid out.
const MOST: usize = 16;

/// Sound JSON with a member or element a line. Only white space changes: numbers, escapes, the order of members and
/// repeated ones stay as they are. None if it is made to fill a terminal with blanks.
fn laid_out(json: &str) -> Option<String> {
    let most = (MOST * json.len()).max(1 << 16);
    let mut out = String::with_capacity(2 * json.len());
    let mut depth = 0;
    let (mut in_string, mut escaped, mut just_opened) = (false, false, false);
    for c in json.chars() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(c, '}' | ']');
        if closes {
            depth -= 1;
        }
        if just_opened != closes {
            line(&mut out, depth);
        }
        if out.len() > most {
            return None;
        }
        just_opened = matches!(c, '{' | '[');
        out.push(c);
        match c {
            '{' | '[' => depth += 1,
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            '"' => in_string = true,
            _ => {}
        }
    }
    out.push('\n');
    Some(out)
}

fn line(out: &mut String, depth: usize) {
    // Writing to a string does not fail.
    let _ = write!(out, "\n{:1$}", "", 2 * depth);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~\\\\\"é]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-z\"\\\\,:{}]{0,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_is_laid_out_as_any_program_would(value in value()) {
            let pretty = serde_json::to_string_pretty(&value).unwrap() + "\n";
            prop_assert_eq!(document(&value.to_string()), Some(pretty.clone()));
            prop_assert_eq!(document(&pretty), Some(pretty));
        }

        #[test]
        fn nothing_shown_acts_on_a_terminal(text in any::<String>()) {
            if let Some(shown) = document(&text) {
                prop_assert!(shown.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'), "{shown:?}");
            }
        }
    }

    #[test]
    fn numbers_order_and_repeats_stay_as_they_are() {
        let given = r#"{"b":1.0e5,"a":12345678901234567890123,"b":"\u001b"}"#;
        let shown = "{\n  \"b\": 1.0e5,\n  \"a\": 12345678901234567890123,\n  \"b\": \"\\u001b\"\n}\n";
        assert_eq!(document(given).as_deref(), Some(shown));
        assert_eq!(document(&json!("\u{202E}").to_string()).as_deref(), Some("\"\\u{202E}\"\n"));
    }

    #[test]
    fn deep_nesting_does_not_fill_the_terminal() {
        let deep = ["[".repeat(200_000), "]".repeat(200_000)].concat();
        assert_eq!(document(&deep), Some(deep));
    }

    #[test]
    fn text_is_shown_and_what_is_binary_is_not() {
        assert_eq!(document("a\tb\r\nc\n").as_deref(), Some("a\tb\nc\n"));
        assert_eq!(document("a\u{1B}[31m"), None);
        assert_eq!(document("a\0"), None);
    }
}

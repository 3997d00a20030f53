//! JSON as Go's `encoding/json` reads it into a struct, since that is how the registry reads a manifest.
//!
//! The rules are those of `src/encoding/json/decode.go` and `scanner.go`: keys match without regard to case, the
//! last of several wins, `null` leaves what is there, a number must be of the field's type, invalid UTF-8 becomes
//! U+FFFD, members that nobody asks for are skipped, and nothing may nest deeper than 10,000 levels. Nothing here
//! recurses with the depth of the document, nor builds a tree of it: values stay slices of the text until someone
//! reads them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::DocumentError;

/// `maxNestingDepth` of Go's scanner.
const MAX_DEPTH: usize = 10_000;

/// A value that is not of the type that its field needs.
#[derive(Debug)]
pub(super) struct Fault {
    /// Where, `layers[3].size`; empty for the document itself.
    at: String,
    expected: &'static str,
}

impl Fault {
    const fn new(expected: &'static str) -> Self {
        Self { at: String::new(), expected }
    }

    fn inside(self, parent: &str) -> Self {
        let separator = if self.at.is_empty() || self.at.starts_with('[') { "" } else { "." };
        Self { at: format!("{parent}{separator}{}", self.at), ..self }
    }
}

impl From<Fault> for DocumentError {
    fn from(Fault { at, expected }: Fault) -> Self {
        let at = if at.is_empty() { "the document".into() } else { at };
        Self::WrongType { at, expected }
    }
}

/// The text of a document of at most `limit` bytes, invalid UTF-8 replaced.
pub(super) fn text(bytes: &[u8], limit: u64) -> Result<Cow<'_, str>, DocumentError> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(DocumentError::TooLarge { limit });
    }
    if is_too_deep(bytes) {
        return Err(DocumentError::TooDeep);
    }
    // The first is much faster, and nearly always enough.
    Ok(std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed))
}

/// The one value of the text, its syntax checked to the end.
pub(super) fn root(text: &str) -> Result<&RawValue, DocumentError> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let why = error.to_string();
        let why = why.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&why).to_owned();
        DocumentError::NotJson { line, column, why }
    })
}

fn is_too_deep(bytes: &[u8]) -> bool {
    // Counting is much faster than following, and nearly always enough.
    let opening = |byte: &&u8| matches!(byte, b'[' | b'{');
    if bytes.iter().filter(opening).count() <= MAX_DEPTH {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

pub(super) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

/// A Go `string`; `None` for null.
pub(super) fn string(value: &RawValue) -> Result<Option<Cow<'_, str>>, Fault> {
    if is_null(value) {
        return Ok(None);
    }
    // Nearly every string is what stands between its quotes.
    let quoted = value.get().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Some(plain) = quoted.filter(|text| !text.contains('\\')) {
        return Ok(Some(Cow::Borrowed(plain)));
    }
    let text: Text<'_> = serde_json::from_str(value.get()).map_err(|_| Fault::new("a string"))?;
    Ok(Some(text.0))
}

/// A Go `int64`, or `int` on any machine that a registry runs on; `None` for null. Go takes `-0` and refuses `1.0`
/// and `1e3`.
pub(super) fn integer(value: &RawValue) -> Result<Option<i64>, Fault> {
    if is_null(value) {
        return Ok(None);
    }
    value.get().parse().map(Some).map_err(|_| Fault::new("a 64-bit integer"))
}

/// A Go `[]string`, whose elements nobody keeps: whether there are any.
pub(super) fn strings(value: &RawValue) -> Result<bool, Fault> {
    let mut any = false;
    elements(value, |_, element| {
        any = true;
        string(element).map(drop)
    })?;
    Ok(any)
}

/// A Go `map[string]string`, which nobody keeps.
pub(super) fn string_map(value: &RawValue) -> Result<(), Fault> {
    // The fault must not name the member: its key may be anything.
    members(value, |_, member| string(member).map(drop)).map_err(|_| Fault::new("an object of strings"))
}

/// A member of a document: its name as given by who asks for it, and its value.
pub(super) type Member<'a> = (&'static str, &'a RawValue);

/// Those members of a document that somebody asks for, in its own order, its syntax checked to the end; null has none.
/// The document is gone through once.
pub(super) fn object<'a>(
    text: &'a str,
    wanted: &'static [&'static str],
) -> Result<Vec<Member<'a>>, DocumentError> {
    let mut found = Vec::new();
    let mut has_control = false;
    let each = |key: &str, value| {
        // Serde reads a key as bytes, to which a control character is as good as its escape; to JSON it is not.
        has_control |= key.contains(char::is_control);
        found.extend(wanted.iter().find(|name| name.eq_ignore_ascii_case(key)).map(|name| (*name, value)));
        Ok(())
    };
    let mut fault = None;
    let mut document = serde_json::Deserializer::from_str(text);
    let result = document.deserialize_map(Members { each, fault: &mut fault });
    match result.and_then(|()| document.end()) {
        Ok(()) if has_control => root(text).map(|_| found),
        Ok(()) => Ok(found),
        Err(_) if is_null(root(text)?) => Ok(Vec::new()),
        Err(_) => Err(Fault::new("an object").into()),
    }
}

/// Calls `each` with the members of a document.
pub(super) fn each<'a>(
    members: &[Member<'a>],
    mut each: impl FnMut(&str, &'a RawValue) -> Result<(), Fault>,
) -> Result<(), Fault> {
    members.iter().try_for_each(|(name, value)| each(name, value).map_err(|fault| fault.inside(name)))
}

/// Calls `each` with the members of an object, the keys in lower case; null has none.
pub(super) fn members<'a>(
    value: &'a RawValue,
    each: impl FnMut(&str, &'a RawValue) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut fault = Some(Fault::new("an object"));
    if is_null(value) {
        return Ok(());
    }
    let visitor = Members { each, fault: &mut fault };
    serde_json::Deserializer::from_str(value.get()).deserialize_map(visitor).map_err(|_| take(&mut fault))
}

/// Calls `each` with the elements of an array; null has none.
pub(super) fn elements<'a>(
    value: &'a RawValue,
    each: impl FnMut(usize, &'a RawValue) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut fault = Some(Fault::new("an array"));
    if is_null(value) {
        return Ok(());
    }
    let visitor = Elements { each, fault: &mut fault };
    serde_json::Deserializer::from_str(value.get()).deserialize_seq(visitor).map_err(|_| take(&mut fault))
}

/// Go's `foldName`, into `folded`: beside ASCII, two characters match a letter of another case.
fn fold(key: &str, folded: &mut String) {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        _ => c.to_ascii_lowercase(),
    };
    folded.clear();
    folded.extend(key.chars().map(fold));
}

/// The visitors leave their fault here, since an error of serde's is mere text.
type Slot<'f> = &'f mut Option<Fault>;

fn take(fault: Slot<'_>) -> Fault {
    fault.take().unwrap_or(Fault::new("readable"))
}

fn leave<E: serde::de::Error>(slot: Slot<'_>, fault: Fault) -> E {
    *slot = Some(fault);
    E::custom("")
}

struct Members<'f, F> {
    each: F,
    fault: Slot<'f>,
}

impl<'a, F: FnMut(&str, &'a RawValue) -> Result<(), Fault>> Visitor<'a> for Members<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut folded = String::new();
        while let Some((Text(key), value)) = map.next_entry::<Text<'a>, &'a RawValue>()? {
            fold(&key, &mut folded);
            let outcome = (self.each)(&folded, value);
            outcome.map_err(|fault| leave(self.fault, fault.inside(&key)))?;
        }
        Ok(())
    }
}

struct Elements<'f, F> {
    each: F,
    fault: Slot<'f>,
}

impl<'a, F: FnMut(usize, &'a RawValue) -> Result<(), Fault>> Visitor<'a> for Elements<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = seq.next_element()? {
            let outcome = (self.each)(index, value);
            outcome.map_err(|fault| leave(self.fault, fault.inside(&format!("[{index}]"))))?;
            index += 1;
        }
        Ok(())
    }
}

/// A string read as bytes, since `serde_json` refuses the lone surrogates that Go replaces.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Text(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<T>(document: &str, read: impl FnOnce(&RawValue) -> Result<T, Fault>) -> Result<T, String> {
        let text = text(document.as_bytes(), 1 << 20).map_err(|error| error.to_string())?;
        let root = root(&text).map_err(|error| error.to_string())?;
        read(root).map_err(|fault| DocumentError::from(fault).to_string())
    }

    /// As [`string`], whatever the value borrows from.
    fn owned(value: &RawValue) -> Result<Option<String>, Fault> {
        Ok(string(value)?.map(Cow::into_owned))
    }

    proptest! {
        #[test]
        fn every_64_bit_integer_is_one(number in any::<i64>()) {
            prop_assert_eq!(read(&number.to_string(), integer), Ok(Some(number)));
        }

        #[test]
        fn strings_survive(text in any::<String>()) {
            let document = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(read(&document, owned), Ok(Some(text)));
        }

        #[test]
        fn depth_counts_brackets_outside_strings(depth in 9_990..10_010_usize, quoted in 0..20_usize) {
            let brackets = "[".repeat(quoted);
            let document = format!("{}\"\\\"{brackets}\"{}", "[".repeat(depth), "]".repeat(depth));
            prop_assert_eq!(text(document.as_bytes(), 1 << 20).is_ok(), depth <= MAX_DEPTH);
            if depth <= MAX_DEPTH {
                prop_assert!(root(&document).is_ok());
            }
        }
    }

    #[test]
    fn numbers_are_those_that_go_puts_into_an_int64() {
        assert_eq!(read("-0", integer), Ok(Some(0)));
        assert_eq!(read("null", integer), Ok(None));
        for document in ["1.5", "1.0", "1e3", "-0.0", "9223372036854775808", "\"1\"", "true", "[]", "{}"] {
            assert_eq!(
                read(document, integer).unwrap_err(),
                "the document is not a 64-bit integer",
                "{document}"
            );
        }
    }

    #[test]
    fn keys_match_without_regard_to_case() {
        let mut keys = Vec::new();
        let document = "{\"mediaType\": 1, \"MEDIATYPE\": 2, \"layer\u{17f}\": 3, \"\\u212a\": 4, \"É\": 5}";
        let each = |key: &str, value: &RawValue| {
            keys.push((key.to_owned(), integer(value)?));
            Ok(())
        };
        read(document, |root| members(root, each)).unwrap();
        let expected = [("mediatype", 1), ("mediatype", 2), ("layers", 3), ("k", 4), ("É", 5)];
        assert_eq!(keys, expected.map(|(key, value)| (key.to_owned(), Some(value))));
    }

    #[test]
    fn a_document_gives_what_is_asked_for_in_its_own_order() {
        let wanted = |document: &'static str| {
            let members = object(document, &["layers", "mediaType"])?;
            Ok::<_, DocumentError>(
                members.into_iter().map(|(name, value)| (name, value.get())).collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            wanted(r#" {"MEDIATYPE": 1, "other": [], "layer\u017f": {}, "mediaType": "x"} "#),
            Ok(vec![("mediaType", "1"), ("layers", "{}"), ("mediaType", "\"x\"")])
        );
        assert_eq!(wanted("null"), Ok(Vec::new()));
        let text = |document| wanted(document).unwrap_err().to_string();
        assert_eq!(text("[]"), "the document is not an object");
        assert_eq!(text("{} {}"), "not JSON: trailing characters at line 1, column 4");
        assert_eq!(text("{\"layers\": [}"), "not JSON: expected value at line 1, column 13");
        assert_eq!(text("{\"other\": 01}"), "not JSON: invalid number at line 1, column 12");
        assert_eq!(wanted("{\"\\n\": 1}"), Ok(Vec::new()));
        assert!(text("{\"\n\": 1}").starts_with("not JSON: control character"), "{}", text("{\"\n\": 1}"));
    }

    #[test]
    fn a_fault_names_its_place() {
        let read = |document| {
            read(document, |root| {
                members(root, |_, layers| {
                    elements(layers, |_, layer| members(layer, |_, value| owned(value).map(drop)))
                })
            })
        };
        assert_eq!(
            read(r#"{"layers": [{}, null, {"digest": 5}]}"#).unwrap_err(),
            "layers[2].digest is not a string"
        );
        assert_eq!(read(r#"{"layers": [{}, 5]}"#).unwrap_err(), "layers[1] is not an object");
        assert_eq!(read(r#"{"layers": {}}"#).unwrap_err(), "layers is not an array");
        assert_eq!(read("[]").unwrap_err(), "the document is not an object");
        assert_eq!(read("null"), Ok(()));
    }

    #[test]
    fn a_map_does_not_name_the_key_of_its_fault() {
        assert_eq!(read(r#"{"a": "b", "c": null}"#, string_map), Ok(()));
        assert_eq!(
            read(r#"{"\u001b[2J": 5}"#, string_map).unwrap_err(),
            "the document is not an object of strings"
        );
    }

    #[test]
    fn lone_surrogates_and_bad_bytes_become_replacement_characters() {
        assert!(read(r#""\ud800x""#, owned).unwrap().unwrap().ends_with("\u{fffd}x"));
        let bytes = text(b"\"\xff\"", 100).unwrap();
        assert_eq!(owned(root(&bytes).unwrap()).unwrap().unwrap(), "\u{fffd}");
        assert!(root(&text(b"\xff", 100).unwrap()).is_err());
    }

    #[test]
    fn syntax_errors_have_a_place() {
        assert_eq!(read("{\n  \"a\": }", owned).unwrap_err(), "not JSON: expected value at line 2, column 8");
        for document in
            ["", " ", "{} {}", "[1,]", "{\"a\" 1}", "nul", "01", "\"\n\"", "\u{feff}{}", r#""\x""#]
        {
            assert!(read(document, owned).unwrap_err().starts_with("not JSON: "), "{document:?}");
        }
    }

    #[test]
    fn limits_are_inclusive() {
        assert!(text(b"1234", 4).is_ok());
        assert_eq!(text(b"12345", 4).unwrap_err(), DocumentError::TooLarge { limit: 4 });
    }
}

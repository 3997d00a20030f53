//! Sizes, durations and times: as people write them on a command line, and as tables show them.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// Why a text is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a size is an integer, bare for bytes or with one of B KiB MiB GiB TiB kB MB GB TB, such as 16GiB")]
pub struct ParseSizeError;

/// Why a text is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a size with its unit, above 0, for each second, such as 200MiB/s")]
pub struct ParseRateError;

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a duration is made of integers with s m h d w, such as 7d or 1d12h")]
pub struct ParseDurationError;

const SIZES: [(&str, u64); 10] = [
    ("", 1),
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];

/// Bytes from an integer with an optional unit.
///
/// # Errors
/// When it is something else, or too large for 64 bits.
pub fn parse_size(text: &str) -> Result<u64, ParseSizeError> {
    let (number, unit) = split_number(text).ok_or(ParseSizeError)?;
    let (_, factor) = SIZES.iter().find(|(name, _)| *name == unit).ok_or(ParseSizeError)?;
    number.checked_mul(*factor).ok_or(ParseSizeError)
}

/// Bytes a second from a size with a unit, with or without `/s`.
///
/// # Errors
/// When it is something else, nothing at all, or too large for 64 bits.
pub fn parse_rate(text: &str) -> Result<u64, ParseRateError> {
    let size = text.strip_suffix("/s").unwrap_or(text);
    // Whoever writes 200 hardly means bytes.
    let has_unit = size.ends_with('B');
    parse_size(size).ok().filter(|&size| has_unit && size > 0).ok_or(ParseRateError)
}

/// A duration from integers with units, which add up.
///
/// # Errors
/// When it is something else, or too large for 64 bits of seconds.
pub fn parse_duration(text: &str) -> Result<Duration, ParseDurationError> {
    let mut seconds = 0_u64;
    let mut rest = text;
    loop {
        let (number, units) = split_number(rest).ok_or(ParseDurationError)?;
        let unit = match units.as_bytes().first() {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 60 * 60,
            Some(b'd') => 24 * 60 * 60,
            Some(b'w') => 7 * 24 * 60 * 60,
            _ => return Err(ParseDurationError),
        };
        let more = number.checked_mul(unit).and_then(|more| seconds.checked_add(more));
        seconds = more.ok_or(ParseDurationError)?;
        rest = &units[1..];
        if rest.is_empty() {
            return Ok(Duration::from_secs(seconds));
        }
    }
}

/// The integer at the beginning and what follows it.
fn split_number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Shows bytes in binary units with one decimal: `57.0 KiB`.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if self.0 < 1 << 10 {
            return f.pad(&format!("{} B", self.0));
        }
        // Tenths of a unit, rounded; in 128 bits nothing overflows, and no float is near a boundary.
        let tenths = |power: u32| (u128::from(self.0) * 10 + (1 << (10 * power - 1))) >> (10 * power);
        let (mut power, mut unit) = (1, UNITS[0]);
        for (next, name) in (2..).zip(&UNITS[1..]) {
            if tenths(power) < 10_240 {
                break;
            }
            (power, unit) = (next, name);
        }
        let tenths = tenths(power);
        f.pad(&format!("{}.{} {unit}", tenths / 10, tenths % 10))
    }
}

/// Shows how long something took: `0.12 s`, `3m 12s`, `2h 5m`.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed(pub f64);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = Duration::try_from_secs_f64(self.0).unwrap_or_default().as_secs();
        match whole {
            0..10 => write!(f, "{:.2} s", self.0.max(0.0)),
            10..60 => write!(f, "{whole} s"),
            60..3600 => write!(f, "{}m {}s", whole / 60, whole % 60),
            _ => write!(f, "{}h {}m", whole / 3600, whole / 60 % 60),
        }
    }
}

/// Shows how long ago something was, in its largest unit and the next: `45s`, `3h 5m`, `12d 4h`; nothing of the future.
#[derive(Clone, Copy, Debug)]
pub struct Age(pub i64);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.max(0);
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        match seconds {
            0..60 => write!(f, "{seconds}s"),
            60..3600 => write!(f, "{minutes}m"),
            3600..86_400 => write!(f, "{hours}h {}m", minutes % 60),
            _ if days < 100 => write!(f, "{days}d {}h", hours % 24),
            _ => write!(f, "{days}d"),
        }
    }
}

/// A time in RFC 3339, in UTC, to the second; `None` for one that no calendar has.
pub fn time(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds).ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_size_is_its_number_times_its_unit(number in 0..1_u64 << 20, unit in 0..SIZES.len()) {
            let (name, factor) = SIZES[unit];
            prop_assert_eq!(parse_size(&format!("{number}{name}")), Ok(number * factor));
        }

        #[test]
        fn a_shown_size_is_right_to_a_twentieth_of_its_unit(bytes: u64) {
            let shown = Size(bytes).to_string();
            let (number, unit) = shown.split_once(' ').unwrap();
            let powers = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
            let power = powers.iter().position(|name| *name == unit).unwrap();
            let unit = 1024_f64.powi(i32::try_from(power).unwrap());
            let number: f64 = number.parse().unwrap();
            #[expect(clippy::cast_precision_loss, reason = "a twentieth of a unit is far coarser than f64")]
            let exact = bytes as f64 / unit;
            prop_assert!((number - exact).abs() <= 0.050_001, "{shown}");
            prop_assert!(number < 1024.0 && (power == 0 || number >= 1.0), "{shown}");
        }

        #[test]
        fn a_duration_is_the_sum_of_its_parts(parts in proptest::collection::vec((0..1000_u64, 0..5_usize), 1..5)) {
            let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800)];
            let written: Vec<_> = parts.iter().map(|&(n, unit)| format!("{n}{}", units[unit].0)).collect();
            let seconds = parts.iter().map(|&(n, unit)| n * units[unit].1).sum();
            prop_assert_eq!(parse_duration(&written.concat()), Ok(Duration::from_secs(seconds)));
        }

        #[test]
        fn no_text_makes_a_parser_panic(text in "\\PC{0,12}|[0-9]{0,25}[A-Za-z]{0,3}") {
            let _ = (parse_size(&text), parse_duration(&text));
        }

        #[test]
        fn a_shown_time_parses_back(seconds in -62_000_000_000_i64..253_000_000_000) {
            let shown = time(seconds).unwrap();
            prop_assert!(shown.ends_with('Z'), "{shown}");
            prop_assert_eq!(shown.parse::<Timestamp>().unwrap().as_second(), seconds);
        }
    }

    #[test]
    fn what_is_no_size_or_duration_is_refused() {
        for text in ["", "B", "-1", "1.5GiB", "1 GiB", "1gib", "1K", "99999999999999999999", "99999999999TiB"]
        {
            assert_eq!(parse_size(text), Err(ParseSizeError), "{text}");
        }
        for text in ["", "7", "d", "1d12", "1.5h", "-1d", "1y", "1 d", "99999999999999999w", "1é"] {
            assert_eq!(parse_duration(text), Err(ParseDurationError), "{text}");
        }
        assert_eq!(time(i64::MAX), None);
    }

    #[test]
    fn ages_are_told_in_two_units() {
        for (seconds, shown) in [
            (-5, "0s"),
            (59, "59s"),
            (3599, "59m"),
            (11_100, "3h 5m"),
            (1_051_200, "12d 4h"),
            (8_640_000, "100d"),
        ] {
            assert_eq!(Age(seconds).to_string(), shown);
        }
    }

    #[test]
    fn durations_of_runs_read_well() {
        for (seconds, shown) in [(0.04, "0.04 s"), (59.9, "59 s"), (192.0, "3m 12s"), (7_530.0, "2h 5m")] {
            assert_eq!(Elapsed(seconds).to_string(), shown);
        }
    }
}

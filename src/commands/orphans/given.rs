//! Digests that somebody vouches for: say an export of a registry's database.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};

use crate::digest::{Digest, ParseDigestError};
use crate::path::text_of;

/// The longest line that is read, in bytes; a digest has at most 135.
const LONGEST: u64 = 4096;

/// Reads the digests of a file, `-` being standard input: one a line, but for blank lines and those that begin with `#`.
///
/// # Errors
/// When the file cannot be read, or a line is no digest.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Digest>> {
    let cannot = || format!("cannot read {}", path.display());
    if path == Path::new("-") {
        return parse(path, io::stdin().lock());
    }
    let file = File::open(path).with_context(cannot)?;
    parse(path, BufReader::new(file))
}

fn parse(path: &Path, mut from: impl BufRead) -> anyhow::Result<Vec<Digest>> {
    let (mut digests, mut line, mut number) = (Vec::new(), Vec::new(), 0_u64);
    loop {
        line.clear();
        number += 1;
        let place = || format!("{}:{number}", path.display());
        let length = from.by_ref().take(LONGEST).read_until(b'\n', &mut line).with_context(place)?;
        if length == 0 {
            return Ok(digests);
        }
        let text = line.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            if length as u64 == LONGEST && !line.ends_with(b"\n") {
                from.skip_until(b'\n').with_context(place)?;
            }
            continue;
        }
        match Digest::parse(text) {
            Ok(digest) => digests.push(digest),
            // A good digest, of an algorithm that nothing is listed by.
            Err(ParseDigestError::Algorithm) => {}
            Err(error) => {
                let shown = text_of(&text[..text.len().min(100)]);
                bail!("{}: {error}: {shown:?} is not algorithm:hex", place());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Result<Vec<String>, String> {
        let digests = parse(Path::new("alive.txt"), text).map_err(|error| format!("{error:#}"))?;
        Ok(digests.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn blanks_and_comments_are_passed_over_and_anything_else_must_be_a_digest() {
        let digest = format!("sha256:{}", "0f".repeat(32));
        let long = "#".repeat(10_000);
        let text = format!("# digests\n\n  {digest}\t\r\n \n{long}\n{digest}");
        assert_eq!(of(text.as_bytes()), Ok(vec![digest.clone(), digest.clone()]));
        for (wrong, at) in [("sha256:0f", 1), ("\n\nteam/app", 3), ("#\n\u{1B}[31m", 2)] {
            let error = of(wrong.as_bytes()).unwrap_err();
            assert!(error.starts_with(&format!("alive.txt:{at}: ")), "{error}");
        }
        assert!(of(format!("{digest} {digest}").as_bytes()).is_err());
    }
}

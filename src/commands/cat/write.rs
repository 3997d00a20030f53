//! Writing a blob out: as it is stored, hashed on the way; for a person at a terminal, laid out if it is JSON.

use std::io::{self, Write};

use crate::cancel::Cancel;
use crate::hash::Hasher;
use crate::manifest::MAX_CONFIG;
use crate::store::{ReadError, Store};

use super::{Blob, CatError};

/// How many bytes are read at a time.
const CHUNK: usize = 256 * 1024;

/// How the writing ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// All of it, and the bytes are what the name promises.
    Whole,
    /// All of it, and the bytes are not.
    Altered(String),
    /// Nothing: it is not for a terminal.
    Binary,
    /// Some of it, before the run was interrupted.
    Interrupted,
}

/// What is done to a document before a terminal shows it.
pub type Layout<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Writes the blob out. With a `layout`, which a terminal asks for, it is text in that layout or is not written.
///
/// # Errors
/// When the blob cannot be read; the inner error when it cannot be written.
pub fn write(
    store: &Store,
    blob: &Blob,
    layout: Option<Layout<'_>>,
    cancel: &Cancel,
    out: &mut dyn Write,
) -> Result<io::Result<Written>, CatError> {
    let file = store.file(&blob.path).map_err(|error| refused(blob, &error))?;
    let mut hasher = Hasher::new(blob.digest.algorithm());
    if let Some(layout) = layout {
        if file.stat.size > MAX_CONFIG {
            return Ok(Ok(Written::Binary));
        }
        let content = file.read(MAX_CONFIG).map_err(|error| refused(blob, &error))?;
        let text = std::str::from_utf8(&content.bytes).ok().filter(|_| !content.truncated).and_then(layout);
        let Some(text) = text else { return Ok(Ok(Written::Binary)) };
        hasher.update(&content.bytes);
        return Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush()).map(|()| compare(blob, hasher)));
    }
    let mut chunk = vec![0; CHUNK];
    loop {
        if cancel.is_cancelled() {
            return Ok(Ok(Written::Interrupted));
        }
        let read = match file.read_some(&mut chunk) {
            Ok(0) => return Ok(out.flush().map(|()| compare(blob, hasher))),
            Ok(read) => read,
            Err(error) => return Err(refused(blob, &error)),
        };
        hasher.update(&chunk[..read]);
        if let Err(error) = out.write_all(&chunk[..read]) {
            return Ok(Err(error));
        }
    }
}

fn compare(blob: &Blob, hasher: Hasher) -> Written {
    let computed = hasher.finish();
    if computed == blob.digest {
        return Written::Whole;
    }
    Written::Altered(format!("{}: its bytes hash to {computed}", blob.path))
}

fn refused(blob: &Blob, error: &ReadError) -> CatError {
    let path = blob.path.clone();
    match error {
        ReadError::Refused(reason) => CatError::Unreadable { path, reason: reason.to_string() },
        ReadError::Absent => CatError::unknown(format!("{} is missing: {path} does not exist", blob.digest)),
        ReadError::NotRegular(kind) => {
            CatError::unknown(format!("{path} is {}, not a regular file", kind.with_article()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Algorithm;
    use crate::hash;
    use crate::registry::layout;

    /// What is written of a blob of these bytes, and how that ended.
    fn written(bytes: &[u8], layout: Option<Layout<'_>>, cancel: &Cancel) -> (Vec<u8>, Written) {
        let root = tempfile::tempdir().unwrap();
        let digest = hash::digest(Algorithm::Sha256, bytes);
        let path = layout::blob_data(digest);
        let file = root.path().join(path.as_path());
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
        let store = Store::open(Some(root.path())).unwrap();
        let mut out = Vec::new();
        let blob = Blob { path, digest, hint: None, warning: None };
        let written = write(&store, &blob, layout, cancel, &mut out).unwrap().unwrap();
        (out, written)
    }

    #[test]
    fn a_terminal_gets_what_the_layout_makes_of_text_and_nothing_of_what_it_refuses() {
        let shout = |text: &str| (!text.contains('!')).then(|| text.to_uppercase());
        let layout: Option<Layout<'_>> = Some(&shout);
        let cancel = Cancel::never();
        assert_eq!(written(b"text", layout, &cancel), (b"TEXT".to_vec(), Written::Whole));
        assert_eq!(written(b"text!", layout, &cancel), (Vec::new(), Written::Binary));
        assert_eq!(written(b"\xFF", layout, &cancel), (Vec::new(), Written::Binary));
        assert_eq!(written(b"\xFF", None, &cancel), (b"\xFF".to_vec(), Written::Whole));
        let large = vec![b'a'; usize::try_from(MAX_CONFIG).unwrap() + 1];
        assert_eq!(written(&large, layout, &cancel), (Vec::new(), Written::Binary));
    }

    #[test]
    fn an_interrupted_run_does_not_end_well() {
        let cancel = Cancel::never();
        cancel.cancel();
        assert_eq!(written(b"text", None, &cancel), (Vec::new(), Written::Interrupted));
    }
}

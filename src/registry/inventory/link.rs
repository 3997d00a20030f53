//! Reading a `link` file as the registry reads it: nothing is trimmed. And listing where links are.

use crate::digest::{Digest, ParseDigestError};
use crate::path::{StorePath, text_of};
use crate::store::{Content, FileKind, Listing, ReadError, Store};

use super::builder::RawLink;

/// The longest link that is read, in bytes; a real one has at most 135.
pub const LINK_CAP: u64 = 4096;

/// More bytes than any sound link has.
pub(super) const SHORT_LINK: usize = 256;

/// How many bytes of a malformed link are shown.
const SHOWN: usize = 100;

/// Reads one link, as the walk does.
///
/// # Errors
/// When it cannot be read; the inner error when it holds no digest that regfs can check.
pub fn read_link(store: &Store, path: &StorePath) -> Result<Result<Digest, ParseDigestError>, ReadError> {
    Ok(Digest::parse(&store.read(path, LINK_CAP)?.bytes))
}

/// Lists a directory. That there is none is not said of what is something else.
///
/// # Errors
/// When it is absent, no directory, or refused.
pub(in crate::registry) fn entries(store: &Store, path: &StorePath) -> Result<Listing, ReadError> {
    let list = || store.dir(path).and_then(|dir| dir.entries());
    match list() {
        // Asked for a directory, the system says of a symbolic link and of a file alike that it is none.
        Err(ReadError::Absent) => match store.stat(path)?.kind {
            FileKind::Directory => list(),
            kind => Err(ReadError::NotRegular(kind)),
        },
        listed => listed,
    }
}

/// What a link holds.
pub(in crate::registry) fn parse_link(content: &Content) -> RawLink {
    if content.truncated {
        let size = content.stat.size;
        return RawLink::Malformed(format!("it has {size} bytes; a link holds one digest and nothing else"));
    }
    parse_link_bytes(&content.bytes)
}

/// What a link of these bytes holds.
pub(super) fn parse_link_bytes(bytes: &[u8]) -> RawLink {
    match Digest::parse(bytes) {
        Ok(digest) => RawLink::Names(digest),
        Err(_) if bytes.is_empty() => RawLink::Empty,
        Err(ParseDigestError::Algorithm) => RawLink::Unsupported(quoted(bytes)),
        Err(error) => RawLink::Malformed(format!("{error}: it holds {}", quoted(bytes))),
    }
}

/// Bytes as they stand in a sentence, cut to a line.
fn quoted(bytes: &[u8]) -> String {
    let text = format!("{:?}", text_of(&bytes[..bytes.len().min(SHOWN)]));
    if bytes.len() > SHOWN { format!("{text}… ({} bytes)", bytes.len()) } else { text }
}

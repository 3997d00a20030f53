//! The content of a link: a digest is exactly its own text, and nothing else is one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regfs::digest::{Digest, Prefix};

fuzz_target!(|data: &[u8]| {
    if let Ok(digest) = Digest::parse(data) {
        assert_eq!(digest.to_string().as_bytes(), data);
        assert_eq!(Digest::from_hex(digest.algorithm(), digest.hex().as_bytes()), Some(digest));
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = text.parse::<Prefix>();
    }
});

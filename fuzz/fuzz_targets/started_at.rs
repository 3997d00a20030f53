//! `startedat` of an unfinished upload, and ids that may be UUIDs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regfs::registry::inventory::Upload;

fuzz_target!(|data: &[u8]| {
    let good = b"0b1f7a52-53a0-4c4f-9d3e-5a1d0c9e8f01";
    for (id, started_at) in [(&good[..], data), (data, &b"2026-01-02T03:04:05Z"[..])] {
        let upload = Upload { id: id.into(), started_at: Some(started_at.into()), ..Upload::default() };
        if let Err(why) = upload.started() {
            assert!(!why.is_empty());
        }
    }
});

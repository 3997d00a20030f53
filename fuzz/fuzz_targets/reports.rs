//! Reports that `merge` is given: whatever is read is written as it was, and merges with itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regfs::report::verify::VerifyReport;
use regfs::report::verify::merged::{Named, merge};

fuzz_target!(|data: &[u8]| {
    let Ok(report) = VerifyReport::read(data) else { return };
    let written = serde_json::to_vec(&report).expect("a report can be written");
    let again = VerifyReport::read(&written).expect("and read");
    assert_eq!(serde_json::to_vec(&again).expect("again"), written);
    let parts = [report, again].map(|report| Named { name: "a".into(), report });
    let _ = merge(parts.into(), None);
});

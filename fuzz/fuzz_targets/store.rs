//! A small store from bytes, damaged, and every command on it: none panics or hangs, every report is JSON and a table, and
//! what a naive look at the disk finds wrong with blobs and links is found.

#![no_main]

mod builder;
mod commands;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    images: Vec<builder::Image>,
    damages: Vec<builder::Damage>,
}

fuzz_target!(|input: Input| {
    let store = builder::Store::build(&input.images, &input.damages);
    let findings = commands::run_all(&store);
    for wrong in store.wrong() {
        assert!(findings.contains(&wrong), "not found: {wrong:?} in {findings:?}");
    }
});

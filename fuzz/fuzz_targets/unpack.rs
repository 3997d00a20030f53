//! Layers of any bytes, cut in any way: the same answer, within the limit.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regfs::digest::Algorithm;
use regfs::hash::unpack::Unpacker;

const LIMIT: u64 = 1 << 20;

fuzz_target!(|input: (u8, &[u8])| {
    let (cut, data) = input;
    let unpack = |chunk: usize| {
        let mut unpacker = Unpacker::new(Algorithm::Sha256, LIMIT);
        data.chunks(chunk.max(1)).for_each(|chunk| unpacker.update(chunk));
        unpacker.finish()
    };
    let (whole, cut) = (unpack(data.len()), unpack(usize::from(cut)));
    match (&whole, &cut) {
        (Ok(a), Ok(b)) => {
            assert_eq!(a, b);
            assert!(a.bytes <= LIMIT);
        }
        (Err(_), Err(_)) => {}
        _ => panic!("{whole:?} in one piece, {cut:?} in several"),
    }
});

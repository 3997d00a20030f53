//! Unpacking against compressors that are not regfs's, and against damage.

use std::io::Write;

use flate2::write::GzEncoder;
use proptest::prelude::*;
use proptest::sample::Index;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;
use crate::hash::digest;

const NO_LIMIT: u64 = u64::MAX;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn compress(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    match compression {
        Compression::None => bytes.to_vec(),
        Compression::Gzip => gzip(bytes),
        Compression::Zstd => zstd(bytes),
    }
}

fn unpack(packed: &[u8], limit: u64) -> Result<Unpacked, UnpackError> {
    unpack_chunks(packed.chunks(64 * 1024), limit)
}

fn unpack_chunks<'a>(chunks: impl Iterator<Item = &'a [u8]>, limit: u64) -> Result<Unpacked, UnpackError> {
    let mut unpacker = Unpacker::new(Algorithm::Sha256, limit);
    chunks.for_each(|chunk| unpacker.update(chunk));
    unpacker.finish()
}

fn unpacked(compression: Compression, bytes: &[u8]) -> Unpacked {
    Unpacked { digest: digest(Algorithm::Sha256, bytes), bytes: bytes.len() as u64, compression }
}

/// Bytes that compress in part, up to a few blocks of them; they never begin like a compressed stream.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let run = (any::<u8>(), 1usize..100_000).prop_map(|(byte, times)| vec![byte; times]);
    let noise = any::<Vec<u8>>();
    let repeated = (any::<[u8; 5]>(), 1usize..3000).prop_map(|(bytes, times)| bytes.repeat(times));
    proptest::collection::vec(prop_oneof![run, noise, repeated], 0..6).prop_map(|parts| {
        let mut bytes = b"tar".to_vec();
        bytes.extend(parts.concat());
        bytes
    })
}

fn any_compression() -> impl Strategy<Value = Compression> {
    prop_oneof![Just(Compression::None), Just(Compression::Gzip), Just(Compression::Zstd)]
}

fn compressed() -> impl Strategy<Value = Compression> {
    prop_oneof![Just(Compression::Gzip), Just(Compression::Zstd)]
}

/// A frame of the `zstd` program at its highest level: 20 lines `layer <n>`.
const BY_ZSTD: &[u8] =
    b"\x28\xb5\x2f\xfd\x04\x88\xdd\x01\x00\x62\xc2\x08\x10\xc0\xb7\x18\x9e\x84\xed\xff\xd7\x2d\xb2\xbb\
    \xb7\x1f\x55\x4f\x08\x54\x26\x0e\xef\x7a\x8e\xdf\xf6\xb5\x08\xab\x89\x67\x34\x30\xe4\x8c\x12\x13\
    \xa8\x10\x88\xaf\x1b\xd0\x17\x03\x10\x1c\x7d\xd1\x08\x8a\x0b\x50\x08\x01\x49\x01\x38\xed\x32\x0f";

fn lines() -> Vec<u8> {
    (1..=20).flat_map(|n| format!("layer {n}\n").into_bytes()).collect()
}

/// `blocks` blocks of 128 KiB of zeros, four bytes each; the last flag is not set.
fn zstd_zeros(blocks: usize) -> Vec<u8> {
    // No content size, no checksum, a window of 128 KiB.
    let mut packed = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    let header = (128u32 << 10) << 3 | 1 << 1;
    for _ in 0..blocks {
        packed.extend(&header.to_le_bytes()[..3]);
        packed.push(0);
    }
    packed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_digest_is_that_of_the_content(
        compression in any_compression(),
        content in content(),
        cuts in proptest::collection::vec(any::<Index>(), 0..8),
    ) {
        let packed = compress(compression, &content);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(packed.len() + 1)).collect();
        cuts.extend([0, packed.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|cut| &packed[cut[0]..cut[1]]);
        prop_assert_eq!(unpack_chunks(chunks, NO_LIMIT), Ok(unpacked(compression, &content)));
        prop_assert_eq!(unpack_chunks(packed.chunks(1), NO_LIMIT), Ok(unpacked(compression, &content)));
    }

    #[test]
    fn members_and_frames_join(compression in compressed(), parts in proptest::collection::vec(content(), 1..4)) {
        let packed: Vec<u8> = parts.iter().flat_map(|part| compress(compression, part)).collect();
        prop_assert_eq!(unpack(&packed, NO_LIMIT), Ok(unpacked(compression, &parts.concat())));
    }

    #[test]
    fn skippable_frames_add_nothing(content in content(), skipped in any::<Vec<u8>>(), kind in 0x50u8..=0x5f) {
        let mut skippable = vec![kind, 0x2a, 0x4d, 0x18];
        skippable.extend(u32::try_from(skipped.len()).unwrap().to_le_bytes());
        skippable.extend(skipped);
        let frame = zstd(&content);
        let expected = Ok(unpacked(Compression::Zstd, &content));
        prop_assert_eq!(unpack(&[&skippable[..], &frame].concat(), NO_LIMIT), expected.clone());
        prop_assert_eq!(unpack(&[&frame[..], &skippable].concat(), NO_LIMIT), expected);
        skippable.pop();
        prop_assert!(unpack(&[&frame[..], &skippable].concat(), NO_LIMIT).is_err());
    }

    #[test]
    fn a_stream_cut_short_is_broken(compression in compressed(), content in content(), at in any::<Index>()) {
        let packed = compress(compression, &content);
        // Shorter than its magic number it is no compressed stream at all.
        let at = 4 + at.index(packed.len() - 4);
        let result = unpack(&packed[..at], NO_LIMIT);
        let is_broken = matches!(&result, Err(UnpackError::Broken { at: end, .. }) if *end <= at as u64);
        prop_assert!(is_broken, "{:?}", result);
    }

    #[test]
    fn what_follows_the_stream_is_not_ignored(
        compression in compressed(),
        content in content(),
        rest in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 1..40),
    ) {
        let packed = compress(compression, &content);
        prop_assume!(!rest.starts_with(&[0x1f, 0x8b]) && !zstd::begins(&rest));
        let result = unpack(&[packed, rest].concat(), NO_LIMIT);
        let is_broken = matches!(result, Err(UnpackError::Broken { .. }));
        prop_assert!(is_broken, "{:?}", result);
    }

    #[test]
    fn the_limit_is_exact(compression in any_compression(), content in content()) {
        let packed = compress(compression, &content);
        let limit = content.len() as u64;
        prop_assert_eq!(unpack(&packed, limit), Ok(unpacked(compression, &content)));
        prop_assert_eq!(unpack(&packed, limit - 1), Err(UnpackError::PastLimit { limit: limit - 1 }));
    }

    #[test]
    fn damage_never_passes_unseen(
        compression in compressed(),
        content in content(),
        flips in proptest::collection::vec((any::<Index>(), 1u8..), 1..4),
    ) {
        let mut packed = compress(compression, &content);
        for (at, mask) in flips {
            let at = at.index(packed.len());
            packed[at] ^= mask;
        }
        // Not all that is in a head matters; the content is covered by a checksum in both formats.
        if let Ok(result) = unpack(&packed, 1 << 24)
            && result.compression == compression
        {
            prop_assert_eq!(result, unpacked(compression, &content));
        }
    }

    #[test]
    fn any_bytes_after_a_magic_number_are_survived(
        magic in prop_oneof![Just(vec![0x1f, 0x8b, 0x08, 0]), Just(vec![0x28, 0xb5, 0x2f, 0xfd])],
        bytes in any::<Vec<u8>>(),
    ) {
        let _ = unpack(&[magic, bytes].concat(), 1 << 24);
    }
}

#[test]
fn the_zstd_program_and_this_agree() {
    assert_eq!(unpack(BY_ZSTD, NO_LIMIT), Ok(unpacked(Compression::Zstd, &lines())));
}

#[test]
fn short_streams_are_plain() {
    for bytes in [&b""[..], b"\x1f", b"\x1f\x8b", b"\x28\xb5\x2f", b"\0\0\0\0\0"] {
        assert_eq!(unpack(bytes, NO_LIMIT), Ok(unpacked(Compression::None, bytes)));
    }
}

#[test]
fn bombs_are_stopped_at_the_limit() {
    const LIMIT: u64 = 1 << 20;
    for packed in [gzip(&vec![0; 256 << 20]), zstd_zeros(8 << 10)] {
        let mut unpacker = Unpacker::new(Algorithm::Sha256, LIMIT);
        unpacker.update(&packed);
        assert!(unpacker.sink.bytes <= LIMIT);
        assert!(matches!(unpacker.state, State::Failed(_)), "nothing is left to decode with");
        assert_eq!(unpacker.finish(), Err(UnpackError::PastLimit { limit: LIMIT }));
    }
}

#[test]
fn a_frame_that_says_it_is_past_the_limit_is_not_waited_for() {
    // One segment of 64 MiB, of which nothing comes.
    let mut packed = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000];
    packed.extend((64u32 << 20).to_le_bytes());
    assert_eq!(unpack(&packed, 1 << 20), Err(UnpackError::PastLimit { limit: 1 << 20 }));
}

#[test]
fn windows_past_128_mib_and_dictionaries_are_not_supported() {
    let window = |descriptor| vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, descriptor, 0x01, 0x00, 0x00];
    // An empty last block behind each: 10 + 17 bits, then an eighth more.
    assert_eq!(unpack(&window(17 << 3), NO_LIMIT), Ok(unpacked(Compression::Zstd, b"")));
    let dictionary = vec![0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x38, 0x07, 0x01, 0x00, 0x00];
    for packed in [window(17 << 3 | 1), dictionary] {
        let result = unpack(&packed, NO_LIMIT);
        assert!(matches!(result, Err(UnpackError::Unsupported { .. })), "{result:?}");
    }
}

#[test]
fn other_algorithms_hash_the_same_bytes() {
    let mut unpacker = Unpacker::new(Algorithm::Sha512, NO_LIMIT);
    unpacker.update(&gzip(b"content"));
    assert_eq!(unpacker.finish().unwrap().digest, digest(Algorithm::Sha512, b"content"));
}

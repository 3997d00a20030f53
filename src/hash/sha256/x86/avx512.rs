//! AVX-512: sixteen messages, a word of each in every vector.

use core::arch::x86_64::{
    __m512i, _mm_set_epi8, _mm512_add_epi32, _mm512_broadcast_i32x4, _mm512_ror_epi32, _mm512_set1_epi32,
    _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_shuffle_i32x4, _mm512_srli_epi32,
    _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64,
};

use super::{bytes64, to_words16, words16};
use crate::hash::sha256::Block;
use crate::hash::sha256::rounds::compressed;

/// Truth tables for `_mm512_ternarylogic_epi32`.
const XOR: i32 = 0x96;
const CHOOSE: i32 = 0xca;
const MAJORITY: i32 = 0xe8;

#[expect(clippy::needless_range_loop, reason = "it indexes what every lane has, not the list of lanes")]
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn lanes(states: &mut [[u32; 16]; 8], blocks: &[&[Block]; 16], count: usize) {
    let big_endian =
        _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
    let mut vectors = [_mm512_setzero_si512(); 8];
    for word in 0..8 {
        vectors[word] = words16(&states[word]);
    }
    for at in 0..count {
        let mut words = [_mm512_setzero_si512(); 16];
        for lane in 0..16 {
            words[lane] = bytes64(&blocks[lane][at]);
        }
        words = transposed(&words);
        for word in &mut words {
            *word = _mm512_shuffle_epi8(*word, big_endian);
        }
        vectors = compressed!(vectors, words);
    }
    for word in 0..8 {
        states[word] = to_words16(vectors[word]);
    }
}

/// A block of each message in, a word of all messages out: pairs of words, of double words, then of quarters.
#[inline]
#[target_feature(enable = "avx512f")]
fn transposed(rows: &[__m512i; 16]) -> [__m512i; 16] {
    let mut pairs = *rows;
    for i in 0..8 {
        pairs[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    let mut fours = pairs;
    for i in 0..4 {
        fours[4 * i] = _mm512_unpacklo_epi64(pairs[4 * i], pairs[4 * i + 2]);
        fours[4 * i + 1] = _mm512_unpackhi_epi64(pairs[4 * i], pairs[4 * i + 2]);
        fours[4 * i + 2] = _mm512_unpacklo_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
        fours[4 * i + 3] = _mm512_unpackhi_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
    }
    let mut eights = fours;
    for i in 0..4 {
        eights[i] = _mm512_shuffle_i32x4(fours[i], fours[4 + i], 0x88);
        eights[4 + i] = _mm512_shuffle_i32x4(fours[i], fours[4 + i], 0xdd);
        eights[8 + i] = _mm512_shuffle_i32x4(fours[8 + i], fours[12 + i], 0x88);
        eights[12 + i] = _mm512_shuffle_i32x4(fours[8 + i], fours[12 + i], 0xdd);
    }
    let mut columns = eights;
    for i in 0..4 {
        columns[i] = _mm512_shuffle_i32x4(eights[i], eights[8 + i], 0x88);
        columns[8 + i] = _mm512_shuffle_i32x4(eights[i], eights[8 + i], 0xdd);
        columns[4 + i] = _mm512_shuffle_i32x4(eights[4 + i], eights[12 + i], 0x88);
        columns[12 + i] = _mm512_shuffle_i32x4(eights[4 + i], eights[12 + i], 0xdd);
    }
    columns
}

macro_rules! functions {
    ($($name:ident($($word:ident),*) = $value:expr;)*) => {
        $(
            #[inline]
            #[target_feature(enable = "avx512f")]
            fn $name($($word: __m512i),*) -> __m512i {
                $value
            }
        )*
    };
}

functions! {
    add(a, b) = _mm512_add_epi32(a, b);
    choose(e, f, g) = _mm512_ternarylogic_epi32::<CHOOSE>(e, f, g);
    majority(a, b, c) = _mm512_ternarylogic_epi32::<MAJORITY>(a, b, c);
    xor(a, b, c) = _mm512_ternarylogic_epi32::<XOR>(a, b, c);
    big_sigma0(x) = xor(_mm512_ror_epi32(x, 2), _mm512_ror_epi32(x, 13), _mm512_ror_epi32(x, 22));
    big_sigma1(x) = xor(_mm512_ror_epi32(x, 6), _mm512_ror_epi32(x, 11), _mm512_ror_epi32(x, 25));
    small_sigma0(x) = xor(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3));
    small_sigma1(x) = xor(_mm512_ror_epi32(x, 17), _mm512_ror_epi32(x, 19), _mm512_srli_epi32(x, 10));
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(word: u32) -> __m512i {
    _mm512_set1_epi32(word.cast_signed())
}

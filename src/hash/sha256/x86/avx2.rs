//! AVX2: eight messages, a word of each in every vector.

use core::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set_epi8,
    _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srli_epi32,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
    _mm256_xor_si256,
};

use super::{bytes32, to_words8, words8};
use crate::hash::sha256::Block;
use crate::hash::sha256::rounds::compressed;

#[expect(clippy::needless_range_loop, reason = "it indexes what every lane has, not the list of lanes")]
#[target_feature(enable = "avx2")]
pub(super) fn lanes(states: &mut [[u32; 8]; 8], blocks: &[&[Block]; 8], count: usize) {
    let big_endian = _mm256_set_epi8(
        12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1,
        2, 3,
    );
    let mut vectors = [_mm256_setzero_si256(); 8];
    for word in 0..8 {
        vectors[word] = words8(&states[word]);
    }
    for at in 0..count {
        let mut words = [_mm256_setzero_si256(); 16];
        for half in 0..2 {
            let mut rows = [_mm256_setzero_si256(); 8];
            for lane in 0..8 {
                rows[lane] = bytes32(&blocks[lane][at].as_chunks().0[half]);
            }
            let columns = transposed(&rows);
            for word in 0..8 {
                words[8 * half + word] = _mm256_shuffle_epi8(columns[word], big_endian);
            }
        }
        vectors = compressed!(vectors, words);
    }
    for word in 0..8 {
        states[word] = to_words8(vectors[word]);
    }
}

/// Half a block of each message in, a word of all messages out: pairs of words, of double words, then of halves.
#[inline]
#[target_feature(enable = "avx2")]
fn transposed(rows: &[__m256i; 8]) -> [__m256i; 8] {
    let mut pairs = *rows;
    for i in 0..4 {
        pairs[2 * i] = _mm256_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    let mut fours = pairs;
    for i in 0..2 {
        fours[4 * i] = _mm256_unpacklo_epi64(pairs[4 * i], pairs[4 * i + 2]);
        fours[4 * i + 1] = _mm256_unpackhi_epi64(pairs[4 * i], pairs[4 * i + 2]);
        fours[4 * i + 2] = _mm256_unpacklo_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
        fours[4 * i + 3] = _mm256_unpackhi_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
    }
    let mut columns = fours;
    for i in 0..4 {
        columns[i] = _mm256_permute2x128_si256(fours[i], fours[4 + i], 0x20);
        columns[4 + i] = _mm256_permute2x128_si256(fours[i], fours[4 + i], 0x31);
    }
    columns
}

/// There is no rotation before AVX-512: two shifts do it.
macro_rules! rotated {
    ($x:ident, $by:literal) => {
        _mm256_or_si256(_mm256_srli_epi32($x, $by), _mm256_slli_epi32($x, 32 - $by))
    };
}

macro_rules! functions {
    ($($name:ident($($word:ident),*) = $value:expr;)*) => {
        $(
            #[inline]
            #[target_feature(enable = "avx2")]
            fn $name($($word: __m256i),*) -> __m256i {
                $value
            }
        )*
    };
}

functions! {
    add(a, b) = _mm256_add_epi32(a, b);
    choose(e, f, g) = _mm256_xor_si256(g, _mm256_and_si256(e, _mm256_xor_si256(f, g)));
    majority(a, b, c) = _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)));
    xor(a, b, c) = _mm256_xor_si256(a, _mm256_xor_si256(b, c));
    big_sigma0(x) = xor(rotated!(x, 2), rotated!(x, 13), rotated!(x, 22));
    big_sigma1(x) = xor(rotated!(x, 6), rotated!(x, 11), rotated!(x, 25));
    small_sigma0(x) = xor(rotated!(x, 7), rotated!(x, 18), _mm256_srli_epi32(x, 3));
    small_sigma1(x) = xor(rotated!(x, 17), rotated!(x, 19), _mm256_srli_epi32(x, 10));
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(word: u32) -> __m256i {
    _mm256_set1_epi32(word.cast_signed())
}

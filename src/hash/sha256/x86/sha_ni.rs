//! SHA-NI: two rounds an instruction, for one message or several interleaved.

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_set_epi8, _mm_setzero_si128,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
};

use super::{bytes16, to_words4, words4};
use crate::hash::sha256::Block;
use crate::hash::sha256::rounds::K;

#[expect(clippy::needless_range_loop, reason = "it indexes what every lane has, not the list of lanes")]
#[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
pub(super) fn streams<const N: usize>(states: &mut [[u32; 8]; N], blocks: &[&[Block]; N], count: usize) {
    let big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    let zero = _mm_setzero_si128();
    let (constants, _) = K.as_chunks::<4>();
    // The instructions want the eight words as ABEF and CDGH.
    let mut abef = [zero; N];
    let mut cdgh = [zero; N];
    for lane in 0..N {
        let [dcba, hgfe] = halves(&states[lane]);
        let cdab = _mm_shuffle_epi32(dcba, 0xb1);
        let efgh = _mm_shuffle_epi32(hgfe, 0x1b);
        abef[lane] = _mm_alignr_epi8(cdab, efgh, 8);
        cdgh[lane] = _mm_blend_epi16(efgh, cdab, 0xf0);
    }
    for at in 0..count {
        let before = (abef, cdgh);
        let mut words = [[zero; N]; 4];
        // Four rounds with the words at hand: two instructions for each message, whose messages do not wait for each other.
        macro_rules! four_rounds {
            ($quarter:expr, $lane:ident, $words:expr) => {
                let sum = _mm_add_epi32($words, words4(&constants[$quarter]));
                cdgh[$lane] = _mm_sha256rnds2_epu32(cdgh[$lane], abef[$lane], sum);
                let sum = _mm_shuffle_epi32(sum, 0x0e);
                abef[$lane] = _mm_sha256rnds2_epu32(abef[$lane], cdgh[$lane], sum);
            };
        }
        for quarter in 0..4 {
            for lane in 0..N {
                let (quarters, _) = blocks[lane][at].as_chunks::<16>();
                words[quarter][lane] = _mm_shuffle_epi8(bytes16(&quarters[quarter]), big_endian);
                four_rounds!(quarter, lane, words[quarter][lane]);
            }
        }
        macro_rules! scheduled_rounds {
            ($quarter:literal, $w0:literal $w1:literal $w2:literal $w3:literal) => {
                for lane in 0..N {
                    let [w0, w1] = [words[$w0][lane], words[$w1][lane]];
                    let [w2, w3] = [words[$w2][lane], words[$w3][lane]];
                    let next = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
                    let next = _mm_sha256msg2_epu32(next, w3);
                    words[$w0][lane] = next;
                    four_rounds!($quarter, lane, next);
                }
            };
        }
        scheduled_rounds!(4, 0 1 2 3);
        scheduled_rounds!(5, 1 2 3 0);
        scheduled_rounds!(6, 2 3 0 1);
        scheduled_rounds!(7, 3 0 1 2);
        scheduled_rounds!(8, 0 1 2 3);
        scheduled_rounds!(9, 1 2 3 0);
        scheduled_rounds!(10, 2 3 0 1);
        scheduled_rounds!(11, 3 0 1 2);
        scheduled_rounds!(12, 0 1 2 3);
        scheduled_rounds!(13, 1 2 3 0);
        scheduled_rounds!(14, 2 3 0 1);
        scheduled_rounds!(15, 3 0 1 2);
        for lane in 0..N {
            abef[lane] = _mm_add_epi32(abef[lane], before.0[lane]);
            cdgh[lane] = _mm_add_epi32(cdgh[lane], before.1[lane]);
        }
    }
    for lane in 0..N {
        let feba = _mm_shuffle_epi32(abef[lane], 0x1b);
        let dchg = _mm_shuffle_epi32(cdgh[lane], 0xb1);
        let (low, _) = states[lane].as_chunks_mut::<4>();
        low[0] = to_words4(_mm_blend_epi16(feba, dchg, 0xf0));
        low[1] = to_words4(_mm_alignr_epi8(dchg, feba, 8));
    }
}

#[inline]
#[target_feature(enable = "sse2")]
fn halves(state: &[u32; 8]) -> [__m128i; 2] {
    let (halves, _) = state.as_chunks::<4>();
    [words4(&halves[0]), words4(&halves[1])]
}

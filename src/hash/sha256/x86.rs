//! The instructions of x86-64. All of regfs's unsafe code is in this file: what calls functions that only some CPUs can
//! run, and what turns arrays into vectors. The kernels below it are safe code.

mod avx2;
mod avx512;
mod sha_ni;

use core::arch::x86_64::{__m128i, __m256i, __m512i};
use core::mem::transmute;

use super::Block;

/// Proof that the CPU hashes with instructions made for it (SHA-NI).
#[derive(Clone, Copy, Debug)]
pub(super) struct ShaNi(());

/// Proof that the CPU computes with eight words at once (AVX2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

/// Proof that the CPU computes with sixteen words at once (AVX-512).
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx512(());

#[expect(clippy::unused_self, reason = "that there is a value is all that is needed of it")]
impl ShaNi {
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("sse4.1")
            && is_x86_feature_detected!("ssse3");
        has.then_some(Self(()))
    }

    /// Adds `count` blocks of each message to its state. Two interleaved fill a pipeline that one leaves half empty.
    #[expect(unsafe_code, reason = "the kernel is compiled for a CPU with SHA-NI")]
    pub(super) fn streams<const N: usize>(
        self,
        states: &mut [[u32; 8]; N],
        blocks: &[&[Block]; N],
        count: usize,
    ) {
        // SAFETY: `self` exists only where `detect` found every feature that the kernel is compiled for.
        unsafe { sha_ni::streams(states, blocks, count) }
    }
}

#[expect(clippy::unused_self, reason = "that there is a value is all that is needed of it")]
impl Avx2 {
    pub(super) const LANES: usize = 8;

    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Adds `count` blocks of each message to its state; `states[word][message]`.
    #[expect(unsafe_code, reason = "the kernel is compiled for a CPU with AVX2")]
    pub(super) fn lanes(self, states: &mut [[u32; 8]; 8], blocks: &[&[Block]; 8], count: usize) {
        // SAFETY: `self` exists only where `detect` found every feature that the kernel is compiled for.
        unsafe { avx2::lanes(states, blocks, count) }
    }
}

#[expect(clippy::unused_self, reason = "that there is a value is all that is needed of it")]
impl Avx512 {
    pub(super) const LANES: usize = 16;

    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        has.then_some(Self(()))
    }

    /// Adds `count` blocks of each message to its state; `states[word][message]`.
    #[expect(unsafe_code, reason = "the kernel is compiled for a CPU with AVX-512")]
    pub(super) fn lanes(self, states: &mut [[u32; 16]; 8], blocks: &[&[Block]; 16], count: usize) {
        // SAFETY: `self` exists only where `detect` found every feature that the kernel is compiled for.
        unsafe { avx512::lanes(states, blocks, count) }
    }
}

/// Arrays as vectors and back: same size, and every pattern of bits is a value of both.
macro_rules! conversions {
    ($feature:literal, $vector:ty, $words:literal, $bytes:literal, $of_words:ident, $to_words:ident, $of_bytes:ident) => {
        #[inline]
        #[target_feature(enable = $feature)]
        #[expect(unsafe_code, reason = "the language has no safe conversion")]
        fn $of_words(words: &[u32; $words]) -> $vector {
            // SAFETY: both are plain bits, of the same size: the compiler checks that.
            unsafe { transmute::<[u32; $words], $vector>(*words) }
        }

        #[inline]
        #[target_feature(enable = $feature)]
        #[expect(unsafe_code, reason = "the language has no safe conversion")]
        fn $to_words(vector: $vector) -> [u32; $words] {
            // SAFETY: both are plain bits, of the same size: the compiler checks that.
            unsafe { transmute::<$vector, [u32; $words]>(vector) }
        }

        #[inline]
        #[target_feature(enable = $feature)]
        #[expect(unsafe_code, reason = "the language has no safe conversion")]
        fn $of_bytes(bytes: &[u8; $bytes]) -> $vector {
            // SAFETY: both are plain bits, of the same size: the compiler checks that.
            unsafe { transmute::<[u8; $bytes], $vector>(*bytes) }
        }
    };
}

conversions!("sse2", __m128i, 4, 16, words4, to_words4, bytes16);
conversions!("avx2", __m256i, 8, 32, words8, to_words8, bytes32);
conversions!("avx512f", __m512i, 16, 64, words16, to_words16, bytes64);

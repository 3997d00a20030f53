//! The compression function in plain Rust: for one message, and for several side by side.
//!
//! One message is what a CPU without instructions for it is left with. Several tell, where no such instruction can be
//! run (under Miri, on other CPUs), that lanes are dealt out rightly.

use super::Block;
use super::rounds::compressed;

type Words<const N: usize> = [u32; N];

/// Adds `count` blocks of each of `N` messages to their states; `states[word][message]`.
#[expect(clippy::needless_range_loop, reason = "it indexes what every lane has, not the list of lanes")]
pub(super) fn lanes<const N: usize>(states: &mut [Words<N>; 8], blocks: &[&[Block]; N], count: usize) {
    for at in 0..count {
        let words: [Words<N>; 16] = std::array::from_fn(|word| {
            std::array::from_fn(|lane| u32::from_be_bytes(blocks[lane][at].as_chunks().0[word]))
        });
        *states = compressed!(*states, words);
    }
}

/// Adds blocks of one message to its state.
pub(super) fn single(state: &mut [u32; 8], blocks: &[Block]) {
    // The crate knows the instructions of other CPUs. On x86-64 it would use those that this form does without; in a
    // build for debugging, where it alone is optimised, that is as well.
    if cfg!(not(miri)) && cfg!(any(not(target_arch = "x86_64"), debug_assertions)) {
        sha2::block_api::compress256(state, blocks);
    } else {
        let mut states = state.map(|word| [word]);
        lanes::<1>(&mut states, &[blocks], blocks.len());
        *state = states.map(|[word]| word);
    }
}

#[inline]
fn each<const N: usize>(word: impl FnMut(usize) -> u32) -> Words<N> {
    std::array::from_fn(word)
}

#[inline]
fn splat<const N: usize>(word: u32) -> Words<N> {
    [word; N]
}

#[inline]
fn add<const N: usize>(a: Words<N>, b: Words<N>) -> Words<N> {
    each(|lane| a[lane].wrapping_add(b[lane]))
}

#[inline]
fn choose<const N: usize>(e: Words<N>, f: Words<N>, g: Words<N>) -> Words<N> {
    each(|lane| g[lane] ^ (e[lane] & (f[lane] ^ g[lane])))
}

#[inline]
fn majority<const N: usize>(a: Words<N>, b: Words<N>, c: Words<N>) -> Words<N> {
    each(|lane| (a[lane] & b[lane]) | (c[lane] & (a[lane] | b[lane])))
}

#[inline]
fn big_sigma0<const N: usize>(x: Words<N>) -> Words<N> {
    x.map(|x| x.rotate_right(2) ^ x.rotate_right(13) ^ x.rotate_right(22))
}

#[inline]
fn big_sigma1<const N: usize>(x: Words<N>) -> Words<N> {
    x.map(|x| x.rotate_right(6) ^ x.rotate_right(11) ^ x.rotate_right(25))
}

#[inline]
fn small_sigma0<const N: usize>(x: Words<N>) -> Words<N> {
    x.map(|x| x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3))
}

#[inline]
fn small_sigma1<const N: usize>(x: Words<N>) -> Words<N> {
    x.map(|x| x.rotate_right(17) ^ x.rotate_right(19) ^ (x >> 10))
}

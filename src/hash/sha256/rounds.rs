//! The compression function of FIPS 180-4, section 6.2.2, written once for words of any width.

/// The state before the first block: section 5.3.3.
pub(super) const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The constants of the 64 rounds: section 4.2.2.
#[rustfmt::skip]
pub(super) static K: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// The state after one more block: `compressed!(state, words)` of eight and of sixteen words, whose type is the
/// caller's: one lane of it or sixteen. It calls the caller's functions `add`, `splat`, `choose`, `majority` and the
/// four sigmas.
macro_rules! compressed {
    ($state:expr, $words:expr) => {{
        let before = $state;
        let mut words = $words;
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = before;
        // Each round shifts the eight words by one place. Renaming them instead costs nothing.
        macro_rules! round {
            ($k:expr, $at:literal, $then:ident,
                                 $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
                let word = add(words[$at], splat($k[$at]));
                let sum = add(add($h, word), add(big_sigma1($e), choose($e, $f, $g)));
                $d = add($d, sum);
                $h = add(sum, add(big_sigma0($a), majority($a, $b, $c)));
                $then!($at);
            };
        }
        // The word that takes part sixteen rounds later.
        macro_rules! schedule {
            ($at:literal) => {
                let next = add(words[$at], small_sigma0(words[($at + 1) % 16]));
                let next = add(next, add(words[($at + 9) % 16], small_sigma1(words[($at + 14) % 16])));
                words[$at] = next;
            };
        }
        macro_rules! nothing {
            ($at:literal) => {};
        }
        macro_rules! sixteen_rounds {
                                ($k:expr, $then:ident) => {
                                    round!($k, 0, $then, a b c d e f g h);
                                    round!($k, 1, $then, h a b c d e f g);
                                    round!($k, 2, $then, g h a b c d e f);
                                    round!($k, 3, $then, f g h a b c d e);
                                    round!($k, 4, $then, e f g h a b c d);
                                    round!($k, 5, $then, d e f g h a b c);
                                    round!($k, 6, $then, c d e f g h a b);
                                    round!($k, 7, $then, b c d e f g h a);
                                    round!($k, 8, $then, a b c d e f g h);
                                    round!($k, 9, $then, h a b c d e f g);
                                    round!($k, 10, $then, g h a b c d e f);
                                    round!($k, 11, $then, f g h a b c d e);
                                    round!($k, 12, $then, e f g h a b c d);
                                    round!($k, 13, $then, d e f g h a b c);
                                    round!($k, 14, $then, c d e f g h a b);
                                    round!($k, 15, $then, b c d e f g h a);
                                };
                            }
        let (constants, _) = crate::hash::sha256::rounds::K.as_chunks::<16>();
        for k in &constants[..3] {
            sixteen_rounds!(k, schedule);
        }
        sixteen_rounds!(constants[3], nothing);
        let [a0, b0, c0, d0, e0, f0, g0, h0] = before;
        [add(a0, a), add(b0, b), add(c0, c), add(d0, d), add(e0, e), add(f0, f), add(g0, g), add(h0, h)]
    }};
}

pub(super) use compressed;

//! Every backend that the CPU has, against the vectors of the standard and against the `sha2` crate.

use proptest::prelude::*;
use sha2::Digest as _;
use sha2::Sha256;

use super::*;
use crate::digest::Digest;

/// An engine of each backend, and of lanes in plain code, with lanes taken from `enough` messages on.
fn engines(enough: usize) -> Vec<(String, Engine)> {
    let portable = Engine {
        backend: Backend::Portable,
        lanes: Some(Lanes::Portable),
        single: Single::Portable,
        costs: Costs::new(1.0, None, Some((0.5, Lanes::PORTABLE))),
    };
    let mut engines = vec![("lanes of plain code".to_owned(), portable)];
    if !cfg!(miri) {
        engines.extend(
            Backend::ALL
                .into_iter()
                .filter_map(Engine::of)
                .map(|engine| (engine.backend().to_string(), engine)),
        );
    }
    for (_, engine) in &mut engines {
        engine.costs.enough = enough;
    }
    engines
}

fn expected(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes without a period that blocks or lanes share.
fn bytes(seed: usize, length: usize) -> Vec<u8> {
    let mut state = seed as u64 ^ 0x9e37_79b9;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// The examples that NIST publishes with FIPS 180-4: of no, of one, of two blocks, and of a million letters.
#[test]
fn digests_are_those_of_the_standard() {
    let million = vec![b'a'; if cfg!(miri) { 0 } else { 1_000_000 }];
    let last = if cfg!(miri) {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    } else {
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    };
    let vectors: [(&[u8], &str); 5] = [
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (
            b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs\
              mnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
        ),
        (&million, last),
    ];
    let messages = vectors.map(|(message, _)| message);
    for (name, engine) in engines(1) {
        for (digest, (_, hex)) in engine.digests(&messages).iter().zip(vectors) {
            assert_eq!(Digest::sha256(*digest).to_string(), format!("sha256:{hex}"), "{name}");
        }
    }
}

/// Each length fills the last block to another byte; the padding needs a block of its own from 56 on.
#[test]
fn every_length_around_the_edges_of_blocks_is_hashed_rightly() {
    let lengths = if cfg!(miri) { 54..66 } else { 0..400 };
    let messages: Vec<Vec<u8>> = lengths.map(|length| bytes(length, length)).collect();
    let slices: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    for enough in [1, 2, 7, usize::MAX] {
        for (name, engine) in engines(enough) {
            for (message, digest) in messages.iter().zip(engine.digests(&slices)) {
                assert_eq!(
                    digest,
                    expected(message),
                    "{name}, lanes from {enough} on, {} bytes",
                    message.len()
                );
            }
        }
    }
}

/// A message as a reader feeds it: so many bytes at a time, whatever the engine does with the others meanwhile.
struct Fed<'a> {
    message: Message,
    rest: &'a [u8],
    at_a_time: usize,
}

impl Borrow<Message> for Fed<'_> {
    fn borrow(&self) -> &Message {
        &self.message
    }
}

impl BorrowMut<Message> for Fed<'_> {
    fn borrow_mut(&mut self) -> &mut Message {
        &mut self.message
    }
}

impl Fed<'_> {
    fn feed(&mut self) {
        while self.message.is_dry() && !self.message.has_ended() {
            let space = self.message.space();
            let count = self.at_a_time.min(self.rest.len()).min(space.len());
            let (now, later) = self.rest.split_at(count);
            space[..count].copy_from_slice(now);
            self.message.took(count);
            self.rest = later;
            if count == 0 {
                self.message.end();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 64 }, failure_persistence: None, ..ProptestConfig::default() })]

    /// Lanes fill and empty at any time, with messages of any length: hence every mix of live and idle lanes, and every
    /// change from lanes to pairs and back within a message.
    #[test]
    fn every_mix_of_messages_is_hashed_rightly(
        shapes in proptest::collection::vec((0usize..700, 1usize..300), 1..if cfg!(miri) { 6 } else { 40 }),
        enough in 1usize..20,
        most in 1usize..20,
        room in 1usize..256,
    ) {
        let messages: Vec<Vec<u8>> = shapes.iter().enumerate().map(|(seed, (length, _))| bytes(seed, *length)).collect();
        for (name, engine) in engines(enough) {
            let mut waiting = messages.iter().zip(&shapes).enumerate();
            let mut live: Vec<(usize, Fed<'_>)> = Vec::new();
            let mut digests = vec![None; messages.len()];
            loop {
                while live.len() < most {
                    let Some((index, (bytes, (_, at_a_time)))) = waiting.next() else { break };
                    live.push((index, Fed { message: Message::new(room), rest: bytes, at_a_time: *at_a_time }));
                }
                if live.is_empty() {
                    break;
                }
                for (_, fed) in &mut live {
                    fed.feed();
                }
                let mut group: Vec<&mut Message> = live.iter_mut().map(|(_, fed)| &mut fed.message).collect();
                engine.advance(&mut group);
                live.retain(|(index, fed)| {
                    digests[*index] = fed.message.digest();
                    digests[*index].is_none()
                });
            }
            for (message, digest) in messages.iter().zip(digests) {
                prop_assert_eq!(digest, Some(expected(message)), "{}", name);
            }
        }
    }
}

#[test]
fn a_message_is_hashed_alone_only_if_all_else_would_wait_for_it() {
    // Sixteen lanes twice as fast as a pair, and a pair a little faster than one: 0.5, 1 and 1.2 ns a block.
    let costs = Costs::new(1.2, Some(1.0), Some((0.5, 16)));
    assert_eq!(costs.enough, 9);
    assert_eq!(costs.pace(100, 100, 2), Pace::Alone);
    // By two threads, all else takes 0.25 ns a block, the message 8 in a lane and 2 in a pair; it may take twice as long.
    for (left, pace) in [(399, Pace::Alone), (401, Pace::Pair), (1599, Pace::Pair), (1601, Pace::Lane)] {
        assert_eq!(costs.pace(100, left, 2), pace, "{left}");
    }
    // Where lanes are slower than what else there is, none is used.
    let costs = Costs::new(0.4, Some(0.3), Some((0.5, 16)));
    assert_eq!((costs.enough, costs.pace(1, 1000, 1)), (usize::MAX, Pace::Pair));
    let costs = Costs::new(2.0, None, None);
    assert_eq!((costs.enough, costs.pace(1, 1000, 1)), (usize::MAX, Pace::Alone));
}

#[test]
#[cfg_attr(miri, ignore = "measures")]
fn names_of_backends_are_read_as_they_are_written() {
    for backend in Backend::ALL {
        assert_eq!(backend.to_string().parse(), Ok(backend));
    }
    assert_eq!("AVX512".parse::<Backend>(), Err(UnknownBackend));
    assert!(Backend::Portable.is_available() && Engine::fastest().backend().is_available());
}

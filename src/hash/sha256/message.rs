//! A message on its way through the engine: what was hashed of it, and what is at hand to be hashed next.

use std::fmt;

use super::Block;
use super::rounds::INITIAL;

/// Room behind what is read: for the rest of a block before it, and the padding behind it.
const MARGIN: usize = 3 * size_of::<Block>();

/// A message of which bytes come in, in pieces, and whole blocks go out to be hashed.
///
/// Its owner fills [`Message::space`] and says how much that was, or that the message has ended; the engine takes the
/// blocks. The last of them hold the padding that FIPS 180-4, section 5.1.1, asks for, so that the end of a message is
/// nothing special to the engine.
pub struct Message {
    state: [u32; 8],
    /// How many bytes came in.
    length: u64,
    buffer: Box<[u8]>,
    /// What is at hand is `buffer[start..end]`.
    start: usize,
    end: usize,
    has_ended: bool,
}

impl Message {
    /// An empty message, with room for that many bytes at a time.
    pub fn new(room: usize) -> Self {
        let buffer = vec![0; room.next_multiple_of(size_of::<Block>()) + MARGIN].into_boxed_slice();
        Self { state: INITIAL, length: 0, buffer, start: 0, end: 0, has_ended: false }
    }

    /// Makes it an empty message again, and keeps the room.
    pub const fn restart(&mut self) {
        self.state = INITIAL;
        self.length = 0;
        self.start = 0;
        self.end = 0;
        self.has_ended = false;
    }

    /// How many bytes came in.
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Where the next bytes go: all of the room if there is no whole block at hand.
    pub fn space(&mut self) -> &mut [u8] {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        // One block of the margin may be filled by a rest; two are for the padding.
        let limit = self.buffer.len() - MARGIN + self.end % size_of::<Block>();
        self.buffer.get_mut(self.end..limit).unwrap_or_default()
    }

    /// That many bytes were put at the beginning of the space.
    pub fn took(&mut self, count: usize) {
        debug_assert!(!self.has_ended && self.end + count <= self.buffer.len() - 2 * size_of::<Block>());
        self.end += count;
        self.length += count as u64;
    }

    /// No more bytes will come.
    pub fn end(&mut self) {
        const LENGTH: usize = size_of::<u64>();
        debug_assert!(!self.has_ended);
        self.has_ended = true;
        let end = (self.end - self.start + 1 + LENGTH).next_multiple_of(size_of::<Block>()) + self.start;
        let padding = &mut self.buffer[self.end..end];
        padding.fill(0);
        padding[0] = 0x80;
        let bits = self.length.wrapping_mul(8).to_be_bytes();
        self.buffer[end - LENGTH..end].copy_from_slice(&bits);
        self.end = end;
    }

    /// Whether no more bytes will come.
    pub const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether there is less than a block to hash.
    pub const fn is_dry(&self) -> bool {
        self.end - self.start < size_of::<Block>()
    }

    /// The digest, once the message has ended and all of it is hashed.
    pub fn digest(&self) -> Option<[u8; 32]> {
        (self.has_ended && self.is_dry()).then(|| {
            let mut digest = [0; 32];
            for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.state) {
                *bytes = word.to_be_bytes();
            }
            digest
        })
    }

    /// The whole blocks at hand.
    pub(super) fn blocks(&self) -> &[Block] {
        self.buffer[self.start..self.end].as_chunks().0
    }

    pub(super) const fn state(&self) -> &[u32; 8] {
        &self.state
    }

    /// That many of the blocks were hashed, to this state.
    pub(super) const fn hashed(&mut self, blocks: usize, state: [u32; 8]) {
        self.start += blocks * size_of::<Block>();
        self.state = state;
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_hand = self.end - self.start;
        write!(f, "Message({} bytes, {at_hand} at hand, ended: {})", self.length, self.has_ended)
    }
}

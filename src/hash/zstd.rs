//! Zstandard as a push decoder: frames and skippable frames one after another.
//!
//! The decoder underneath pulls from a reader and loses its place if that runs dry. So the input is gathered until
//! a whole header or a whole block is there (128 KiB at most), and then decoded in one go. See RFC 8878, section 3.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::unpack::{Sink, UnpackError};

/// The largest window accepted, that of `zstd --long=27`: what the `zstd` program unpacks without being told to.
/// It is what one stream can make this decoder allocate, give or take a block.
const MAX_WINDOW: u64 = 128 << 20;

/// The largest block.
const MAX_BLOCK: usize = 128 << 10;

/// The magic number at the head of a frame.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether a stream that begins so is Zstandard; a skippable frame may come first.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(&MAGIC) || is_skippable(head)
}

fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

pub(super) struct Zstd {
    decoder: FrameDecoder,
    /// The part of the current unit (a header, or a block with what follows it) that has come.
    unit: Vec<u8>,
    /// Inside a frame the next unit is a block, outside it is a header.
    frame: Option<Frame>,
    /// What is left of a skippable frame.
    skip: usize,
    out: Box<[u8]>,
    /// Where the current unit begins in the stream.
    at: u64,
}

#[derive(Clone, Copy)]
struct Frame {
    checksum: bool,
    content_size: Option<u64>,
    /// How many bytes had come out before this frame.
    start: u64,
}

impl Zstd {
    pub(super) fn new() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        let out = vec![0; 64 * 1024].into_boxed_slice();
        Self { decoder, unit: Vec::new(), frame: None, skip: 0, out, at: 0 }
    }

    pub(super) fn update(&mut self, mut input: &[u8], sink: &mut Sink) -> Result<(), UnpackError> {
        while !input.is_empty() {
            let wanted = if self.skip > 0 { self.skip } else { self.unit_size()? - self.unit.len() };
            let (taken, rest) = input.split_at(wanted.min(input.len()));
            input = rest;
            if self.skip > 0 {
                self.skip -= taken.len();
                self.at += taken.len() as u64;
                continue;
            }
            self.unit.extend_from_slice(taken);
            // With more of a unit at hand, it may turn out to be longer.
            if self.unit.len() == self.unit_size()? {
                match self.frame {
                    None => self.header(sink)?,
                    Some(frame) => self.block(frame, sink)?,
                }
                self.at += self.unit.len() as u64;
                self.unit.clear();
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), UnpackError> {
        if self.frame.is_some() || self.skip > 0 || !self.unit.is_empty() {
            return Err(self.broken("the stream ends inside a Zstandard frame"));
        }
        Ok(())
    }

    /// The size of the current unit, as far as its bytes so far tell it.
    fn unit_size(&self) -> Result<usize, UnpackError> {
        let Some(frame) = self.frame else {
            return match self.unit[..] {
                [_, _, _, _, ..] if is_skippable(&self.unit) => Ok(8),
                [_, _, _, _, descriptor, ..] => Ok(header_size(descriptor)),
                // The magic number and the descriptor.
                _ => Ok(5),
            };
        };
        let &[a, b, c, ..] = &self.unit[..] else { return Ok(3) };
        let header = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
        let size = header >> 3;
        if size > MAX_BLOCK {
            return Err(self.broken("a block larger than 128 KiB"));
        }
        let content = match header >> 1 & 3 {
            0 | 2 => size,
            // One byte, `size` times.
            1 => 1,
            _ => return Err(self.broken("a block of the reserved type")),
        };
        let last = header & 1 == 1;
        Ok(3 + content + if last && frame.checksum { 4 } else { 0 })
    }

    fn header(&mut self, sink: &Sink) -> Result<(), UnpackError> {
        if is_skippable(&self.unit) {
            let size = [self.unit[4], self.unit[5], self.unit[6], self.unit[7]];
            self.skip = u32::from_le_bytes(size) as usize;
            return Ok(());
        }
        if self.unit[..4] != MAGIC {
            return Err(self.broken("neither a Zstandard frame nor the end"));
        }
        let descriptor = self.unit[4];
        if descriptor & 0x08 != 0 {
            return Err(self.broken("a reserved bit of a frame header is set"));
        }
        self.decoder.reset(&self.unit[..]).map_err(|error| match error {
            FrameDecoderError::WindowSizeTooBig { .. } | FrameDecoderError::DictNotProvided { .. } => {
                UnpackError::Unsupported { what: error.to_string() }
            }
            _ => self.broken(&error.to_string()),
        })?;
        let content_size = (content_size_length(descriptor) > 0).then(|| self.decoder.content_size());
        // Such a frame may come out in one piece at its end: past the limit there is no point in waiting for it.
        sink.check_room(content_size.unwrap_or(0))?;
        self.frame = Some(Frame { checksum: descriptor & 0x04 != 0, content_size, start: sink.bytes() });
        Ok(())
    }

    fn block(&mut self, frame: Frame, sink: &mut Sink) -> Result<(), UnpackError> {
        // The decoder guards its invariants with assertions. One that a hostile stream gets to is to cost this
        // stream, not the run; the decoder is not used again.
        let finished = catch_unwind(AssertUnwindSafe(|| {
            self.decoder.decode_blocks(&self.unit[..], BlockDecodingStrategy::UptoBlocks(1))
        }));
        let finished = match finished {
            Ok(Ok(finished)) => finished,
            Ok(Err(error)) => return Err(self.broken(&error.to_string())),
            Err(_) => return Err(self.broken("a block that the decoder gave up on")),
        };
        loop {
            let made = self.decoder.read(&mut self.out).map_err(|error| self.broken(&error.to_string()))?;
            if made == 0 {
                break;
            }
            sink.write(&self.out[..made])?;
        }
        if finished {
            if frame.content_size.is_some_and(|size| size != sink.bytes() - frame.start) {
                return Err(self.broken("a frame is not of the size that its header says"));
            }
            if frame.checksum
                && self.decoder.get_checksum_from_data() != self.decoder.get_calculated_checksum()
            {
                return Err(self.broken("a frame does not match its checksum"));
            }
            self.frame = None;
        }
        Ok(())
    }

    fn broken(&self, what: &str) -> UnpackError {
        UnpackError::Broken { what: what.to_owned(), at: self.at }
    }
}

/// The size of a frame header, magic number included, by its descriptor.
fn header_size(descriptor: u8) -> usize {
    let window = usize::from(descriptor & 0x20 == 0);
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    5 + window + dictionary + content_size_length(descriptor)
}

/// How long the content size in a frame header is; 0 if it has none.
fn content_size_length(descriptor: u8) -> usize {
    match descriptor >> 6 {
        0 => usize::from(descriptor & 0x20 != 0),
        flag => 1 << flag,
    }
}

//! Zstandard around an inventory file, frame by frame.

use std::error::Error;
use std::io::{self, BufRead, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// How many bytes make a frame: with more, little more would be saved.
const FRAME: usize = 1 << 20;

/// The largest window accepted, that of `zstd --long=27`.
const MAX_WINDOW: u64 = 128 << 20;

/// What a stream may unpack to: this much, and so many times what is packed. An inventory is full of digests, and comes
/// to a few times its packed size.
const MAX_UNPACKED: u64 = 64 << 20;
const MAX_RATIO: u64 = 200;

/// Writes frames of what is written to it. What has not filled one is written by [`Packer::finish`].
pub struct Packer<W> {
    out: W,
    frame: Vec<u8>,
}

impl<W: Write> Packer<W> {
    /// Packs what goes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, frame: Vec::with_capacity(FRAME) }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self) -> io::Result<()> {
        self.write_frame()?;
        self.out.flush()
    }

    fn write_frame(&mut self) -> io::Result<()> {
        let packed = compress_to_vec(&*self.frame, CompressionLevel::Fastest);
        self.frame.clear();
        self.out.write_all(&packed)
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.frame.len() >= FRAME {
            self.write_frame()?;
        }
        let taken = bytes.len().min(FRAME - self.frame.len());
        self.frame.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a stream that begins so is Zstandard; a skippable frame may come first.
pub(super) fn is_packed(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Reads what frames hold.
pub(super) struct Unpacked<R> {
    source: Counted<R>,
    decoder: FrameDecoder,
    is_within: bool,
    /// How many bytes it gave.
    given: u64,
}

/// Counts the bytes that are read.
struct Counted<R> {
    source: R,
    count: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> Unpacked<R> {
    pub(super) fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self { source: Counted { source, count: 0 }, decoder, is_within: false, given: 0 }
    }

    /// Goes on to the next frame; false at the end of the stream.
    fn begin(&mut self) -> io::Result<bool> {
        if self.source.source.fill_buf()?.is_empty() {
            return Ok(false);
        }
        match self.decoder.reset(&mut self.source) {
            Ok(()) => {
                self.is_within = true;
                Ok(true)
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                io::copy(&mut (&mut self.source).take(length.into()), &mut io::sink())?;
                Ok(true)
            }
            Err(error) => Err(failure(error)),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        self.is_within = false;
        let (stated, computed) =
            (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
        match (stated, computed) {
            (Some(stated), Some(computed)) if stated != computed => {
                Err(io::Error::other("a checksum does not match"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = if self.is_within { self.decoder.read(buffer)? } else { 0 };
            if count > 0 || buffer.is_empty() {
                self.given += count as u64;
                if self.given > MAX_UNPACKED.saturating_add(self.source.count.saturating_mul(MAX_RATIO)) {
                    return Err(io::Error::other("it unpacks to far more than an inventory would"));
                }
                return Ok(count);
            }
            if !self.is_within {
                if !self.begin()? {
                    return Ok(0);
                }
            } else if self.decoder.is_finished() {
                self.end()?;
            } else {
                let Self { source, decoder, .. } = self;
                // Damaged input has made such decoders panic before.
                let decoded = catch_unwind(AssertUnwindSafe(|| {
                    decoder.decode_blocks(source, BlockDecodingStrategy::UptoBlocks(1))
                }));
                match decoded {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return Err(failure(error)),
                    Err(_) => return Err(io::Error::other("it is no sound Zstandard")),
                }
            }
        }
    }
}

/// What a decoder's error is to a reader: of kind [`io::ErrorKind::UnexpectedEof`] where the stream ends too early.
fn failure(error: FrameDecoderError) -> io::Error {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
        {
            return io::ErrorKind::UnexpectedEof.into();
        }
        cause = error.source();
    }
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut packer = Packer::new(&mut out);
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap();
        out
    }

    fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Unpacked::new(packed).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn a_small_stream_does_not_unpack_without_end() {
        let packed = pack(&vec![b'x'; 2 * FRAME]).repeat(40);
        assert!((packed.len() as u64) < MAX_UNPACKED / MAX_RATIO / 2);
        let error = unpack(&packed).unwrap_err();
        assert_eq!(error.to_string(), "it unpacks to far more than an inventory would");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn unpacking_undoes_packing(
            line in proptest::collection::vec(any::<u8>(), 1..300), times in 0..9000_usize, cut in any::<usize>(),
        ) {
            let bytes = line.repeat(times);
            let packed = pack(&bytes);
            prop_assert!(is_packed(&packed));
            prop_assert_eq!(unpack(&packed).unwrap(), &*bytes);
            // Another program's skippable frame, and a second stream behind the first.
            let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], &*packed, &*packed].concat();
            prop_assert_eq!(unpack(&skipped).unwrap(), bytes.repeat(2));
            let cut = cut % packed.len();
            match unpack(&packed[..cut]) {
                Ok(part) => prop_assert!(part.len() < bytes.len() || bytes.is_empty()),
                Err(error) => prop_assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{}", error),
            }
        }
    }
}

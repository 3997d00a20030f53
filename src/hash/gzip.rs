//! Gzip as a push decoder: members one after another, and nothing else.
//!
//! Go's `compress/gzip`, with which container runtimes unpack, takes any number of members and fails on whatever
//! else follows one, zero padding included. So does this.

use flate2::{Decompress, FlushDecompress, Status};

use super::unpack::{Sink, UnpackError};

/// The largest window that deflate has, in bits.
const WINDOW_BITS: u8 = 15;

pub(super) struct Gzip {
    member: Decompress,
    out: Box<[u8]>,
    at: u64,
}

impl Gzip {
    pub(super) fn new() -> Self {
        let out = vec![0; 64 * 1024].into_boxed_slice();
        Self { member: Decompress::new_gzip(WINDOW_BITS), out, at: 0 }
    }

    pub(super) fn update(&mut self, mut input: &[u8], sink: &mut Sink) -> Result<(), UnpackError> {
        while !input.is_empty() {
            input = self.advance(input, sink)?;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), UnpackError> {
        // The count starts again with each member.
        if self.member.total_in() > 0 {
            return Err(self.broken("the stream ends inside a gzip member"));
        }
        Ok(())
    }

    /// Decodes until the input is used up and all that came of it is out, or to the end of a member; returns the
    /// rest of the input.
    fn advance<'a>(&mut self, mut input: &'a [u8], sink: &mut Sink) -> Result<&'a [u8], UnpackError> {
        loop {
            let (taken, made) = (self.member.total_in(), self.member.total_out());
            let status = self.member.decompress(input, &mut self.out, FlushDecompress::None);
            let status = status.map_err(|error| {
                let reason = error.message().unwrap_or("not a gzip stream").to_owned();
                self.broken(&reason)
            })?;
            // Neither is longer than the slice given for it.
            let taken = usize::try_from(self.member.total_in() - taken).unwrap_or(input.len());
            let made = usize::try_from(self.member.total_out() - made).unwrap_or(self.out.len());
            self.at += taken as u64;
            input = &input[taken..];
            sink.write(&self.out[..made])?;
            if status == Status::StreamEnd {
                self.member.reset(true);
                return Ok(input);
            }
            if input.is_empty() && made < self.out.len() {
                return Ok(input);
            }
            if taken == 0 && made == 0 {
                return Err(self.broken("the decoder makes no progress"));
            }
        }
    }

    fn broken(&self, what: &str) -> UnpackError {
        UnpackError::Broken { what: what.to_owned(), at: self.at }
    }
}

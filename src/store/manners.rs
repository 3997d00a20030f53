//! How gently files are read, for the sake of those who use the host meanwhile.

use std::io::IoSliceMut;
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::{Errno, ReadWriteFlags, preadv2, retry_on_intr};

use crate::cancel::Cancel;

/// Tells `preadv2` to read where the last read ended.
pub(super) const HERE: u64 = u64::MAX;

/// `RWF_DONTCACHE` (Linux 6.14): what the read brings into the page cache leaves it again, and what was there stays.
const DONT_CACHE: ReadWriteFlags = ReadWriteFlags::from_bits_retain(0x80);

/// How long a reader that has to wait sleeps until it asks whether the run was ended.
const NAP: Duration = Duration::from_millis(50);

/// How gently files are read. By default, as fast as can be.
#[derive(Debug, Default)]
pub struct Manners {
    rate: Option<Rate>,
    /// The most bytes that one call asks for, if there is a bound.
    most: Option<NonZeroUsize>,
    leaves_cache: bool,
    /// The kernel or the file system turned out not to know how to leave the page cache alone.
    cannot_leave_cache: AtomicBool,
}

/// So many bytes a second, for all readers together.
#[derive(Debug)]
struct Rate {
    bytes_a_second: u64,
    cancel: Cancel,
    /// Until when what was read so far takes at this rate.
    paid_until: Mutex<Instant>,
}

impl Manners {
    /// No more than so many bytes a second, until the run is ended; and whether to leave the page cache as it is.
    pub fn new(bytes_a_second: Option<u64>, leaves_cache: bool, cancel: &Cancel) -> Self {
        let rate = bytes_a_second.map(|bytes_a_second| Rate {
            bytes_a_second: bytes_a_second.max(1),
            cancel: cancel.clone(),
            paid_until: Mutex::new(Instant::now()),
        });
        // So small that reading flows rather than comes in gusts, and not so small that calls cost more than bytes.
        let most =
            bytes_a_second.map(|bytes| usize::try_from(bytes / 8).unwrap_or(usize::MAX).max(16 * 1024));
        let most = most.and_then(NonZeroUsize::new);
        Self { rate, most, leaves_cache, cannot_leave_cache: AtomicBool::new(false) }
    }

    /// In pieces of at most so many bytes, as a network's file system may hand over any file.
    pub fn in_pieces(most: NonZeroUsize) -> Self {
        Self { most: Some(most), ..Self::default() }
    }

    /// Whether the page cache was to be left as it is, and could not be.
    pub fn failed_to_leave_cache(&self) -> bool {
        self.cannot_leave_cache.load(Ordering::Relaxed)
    }

    /// Whether what is read is forgotten again. Larger reads are then cheaper by far.
    pub(crate) fn leaves_cache(&self) -> bool {
        self.leaves_cache && !self.failed_to_leave_cache()
    }

    /// Reads from a place in a file, or [`HERE`].
    pub(super) fn read(
        &self,
        file: impl AsFd,
        buffer: &mut [u8],
        at: u64,
        flags: ReadWriteFlags,
    ) -> Result<usize, Errno> {
        let file = file.as_fd();
        let count = self.most.map_or(buffer.len(), |most| most.get().min(buffer.len()));
        let buffer = &mut buffer[..count];
        let mut read = |flags| {
            let mut buffers = [IoSliceMut::new(buffer)];
            retry_on_intr(|| preadv2(file, &mut buffers, at, flags))
        };
        let count = if self.leaves_cache() {
            match read(flags | DONT_CACHE) {
                // Nobody can tell the two flags' refusals apart: that of the other one will come again.
                Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => {
                    let count = read(flags)?;
                    self.cannot_leave_cache.store(true, Ordering::Relaxed);
                    count
                }
                result => result?,
            }
        } else {
            read(flags)?
        };
        if let Some(rate) = &self.rate {
            rate.pay(count as u64);
        }
        Ok(count)
    }
}

impl Rate {
    /// Waits for as long as reading so many bytes takes at this rate, or until the run is ended.
    fn pay(&self, bytes: u64) {
        let nanoseconds = u128::from(bytes) * 1_000_000_000 / u128::from(self.bytes_a_second);
        let time = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        let until = {
            let mut paid_until = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
            let begin = Instant::now().max(*paid_until);
            *paid_until = begin.checked_add(time).unwrap_or(begin);
            *paid_until
        };
        while !self.cancel.is_cancelled() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(NAP));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn readers_together_keep_to_the_rate_and_do_not_outlast_the_run() {
        let cancel = Cancel::never();
        let manners = Manners::new(Some(1_000_000), false, &cancel);
        let begin = Instant::now();
        let read = |count: usize| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&vec![b'x'; count]).unwrap();
            let mut buffer = vec![0; count];
            assert_eq!(manners.read(&file, &mut buffer, 0, ReadWriteFlags::empty()), Ok(count));
            assert!(buffer.iter().all(|&byte| byte == b'x'));
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| read(50_000));
            }
        });
        assert!(begin.elapsed() >= Duration::from_millis(200), "{:?}", begin.elapsed());
        cancel.cancel();
        let begin = Instant::now();
        for _ in 0..80 {
            read(125_000);
        }
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }

    #[test]
    fn whatever_the_kernel_knows_of_caches_the_bytes_are_the_same() {
        let manners = Manners::new(None, true, &Cancel::never());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"some bytes").unwrap();
        let mut buffer = [0; 100];
        assert_eq!(manners.read(&file, &mut buffer, 5, ReadWriteFlags::empty()), Ok(5));
        assert_eq!(&buffer[..5], b"bytes");
    }
}

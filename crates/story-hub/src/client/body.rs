//! A body that must keep up a least rate: a limit on silence alone would let a server send a byte
//! now and then for ever.

use std::io::{self, Read};
use std::time::{Duration, Instant};

/// Fails where fewer than `rate` bytes a second came over a `window`.
pub(super) struct Paced<R> {
    inner: R,
    rate: u64,
    window: Duration,
    /// When the window began, and the bytes since.
    start: Instant,
    bytes: u64,
}

impl<R> Paced<R> {
    pub fn new(inner: R, rate: u64, window: Duration) -> Self {
        Self { inner, rate, window, start: Instant::now(), bytes: 0 }
    }
}

impl<R: Read> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        let elapsed = self.start.elapsed();
        if count == 0 || elapsed < self.window {
            return Ok(count);
        }
        if (self.bytes as f64) < self.rate as f64 * elapsed.as_secs_f64() {
            let (bytes, rate) = (self.bytes, self.rate);
            let problem = format!(
                "too slow: {bytes} bytes in {:.1} s, at least {rate} a second are waited for",
                elapsed.as_secs_f64()
            );
            return Err(io::Error::new(io::ErrorKind::TimedOut, problem));
        }
        (self.start, self.bytes) = (Instant::now(), 0);
        Ok(count)
    }
}

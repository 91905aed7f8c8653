//! SHA-256 (FIPS 180-4): what names weights and features, and what shows that bytes are whole.

use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN, digest};
use std::io::{self, Write};

/// Bytes of a digest.
pub const LENGTH: usize = SHA256_OUTPUT_LEN;

/// The digest of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; LENGTH] {
    let mut out = [0; LENGTH];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hands bytes on and takes their digest: of what was meant to be written, whatever the disk makes
/// of it.
pub struct Sha256Writer<W> {
    inner: W,
    context: Context,
}

impl<W: Write> Sha256Writer<W> {
    /// Hands on to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, context: Context::new(&SHA256) }
    }

    /// Flushes, and gives the digest of all bytes in hexadecimal digits.
    ///
    /// # Errors
    /// Those of flushing.
    pub fn finish(mut self) -> io::Result<String> {
        self.inner.flush()?;
        Ok(hex(self.context.finish().as_ref()))
    }
}

impl<W: Write> Write for Sha256Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.context.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_abc_is_the_standard_s() {
        assert_eq!(
            hex(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_is_written_piece_by_piece_has_the_digest_of_the_whole() -> io::Result<()> {
        let mut writer = Sha256Writer::new(Vec::new());
        writer.write_all(b"a")?;
        writer.write_all(b"bc")?;
        assert_eq!(writer.inner, b"abc");
        assert_eq!(writer.finish()?, hex(&sha256(b"abc")));
        Ok(())
    }
}

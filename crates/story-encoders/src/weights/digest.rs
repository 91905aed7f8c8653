//! SHA-256 (FIPS 180-4): what names weights and features, and what shows that bytes are whole.

use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

/// Bytes of a digest.
pub(crate) const LENGTH: usize = SHA256_OUTPUT_LEN;

/// The digest of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; LENGTH] {
    let mut out = [0; LENGTH];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
}

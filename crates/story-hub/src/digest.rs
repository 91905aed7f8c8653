//! What the Hub announces of a file's content, and whether bytes are those: the SHA-256 of large
//! files (FIPS 180-4), git's blob id (SHA-1 over `blob LENGTH\0` and the bytes) of small ones.

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use std::io::{self, Read};

/// Hexadecimal digits of a SHA-256.
const SHA256_DIGITS: usize = 64;
/// Hexadecimal digits of a SHA-1.
const SHA1_DIGITS: usize = 40;

/// A digest, by its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Digest {
    /// Of the bytes.
    Sha256(String),
    /// Of git's blob.
    Git(String),
}

impl Digest {
    /// What a string of digits is, told by its length; `None` where it is no digest.
    pub fn of_text(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let text = text.to_ascii_lowercase();
        match text.len() {
            SHA256_DIGITS => Some(Self::Sha256(text)),
            SHA1_DIGITS => Some(Self::Git(text)),
            _ => None,
        }
    }

    /// The digits.
    pub fn text(&self) -> &str {
        match self {
            Self::Sha256(text) | Self::Git(text) => text,
        }
    }

    /// What it is called in messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "SHA-256",
            Self::Git(_) => "git blob's SHA-1",
        }
    }

    /// The digest of the same kind of `length` bytes.
    pub fn of(&self, content: impl Read, length: u64) -> io::Result<String> {
        match self {
            Self::Sha256(_) => finish(Context::new(&SHA256), content),
            Self::Git(_) => {
                let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
                context.update(format!("blob {length}\0").as_bytes());
                finish(context, content)
            }
        }
    }
}

fn finish(mut context: Context, mut content: impl Read) -> io::Result<String> {
    const PIECE: usize = 1 << 20;
    let mut buffer = vec![0; PIECE];
    loop {
        match content.read(&mut buffer)? {
            0 => break,
            count => context.update(&buffer[..count]),
        }
    }
    Ok(hex(context.finish().as_ref()))
}

/// Lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_standard_s() {
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let git = "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f";
        for (text, kind) in [(sha256, "SHA-256"), (git, "git blob's SHA-1")] {
            let digest = Digest::of_text(&text.to_uppercase()).expect("a digest");
            assert_eq!(digest.name(), kind);
            assert_eq!(digest.of(b"abc".as_slice(), 3).expect("bytes"), text);
        }
        assert_eq!(Digest::of_text("x"), None);
        assert_eq!(Digest::of_text(&sha256.replace('b', "g")), None);
    }
}

//! A quick hash for the short keys of the text metrics: words and packed n-grams.
//!
//! Multiply and fold, eight bytes a step. The standard library's resists crafted keys, which cost
//! time here and no more: a text metric reads its caller's own texts.

use crate::random::GOLDEN;
use std::hash::{BuildHasherDefault, Hasher};

/// State of [`Mixer`] for a `HashMap`.
pub(crate) type BuildMixer = BuildHasherDefault<Mixer>;

/// The hash of the bytes so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, bits: u64) {
        // The constant after the exclusive or keeps a run of zeros from standing still.
        let product = u128::from(self.0 ^ bits).wrapping_add(1) * u128::from(GOLDEN);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            // The length tells an end from zeros; a whole chunk overwrites it.
            word[7] = chunk.len() as u8;
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    fn write_u128(&mut self, key: u128) {
        self.mix(key as u64);
        self.mix((key >> 64) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    #[test]
    fn close_keys_have_hashes_apart() {
        let build = BuildMixer::default();
        let keys = (0..50_u128).flat_map(|a| (0..50).map(move |b| a << 32 | b << 96));
        let hashes: Vec<u64> = keys.map(|key| build.hash_one(key)).collect();
        // Both ends count: hash maps take the low bits for the place and the high ones for a tag.
        for end in [|hash: u64| hash & 0xFFFF, |hash: u64| hash >> 48] {
            let different: HashSet<u64> = hashes.iter().map(|&hash| end(hash)).collect();
            assert!(different.len() > 2_300, "{}", different.len());
        }
        assert_ne!(build.hash_one("ab"), build.hash_one("ba"));
        assert_ne!(build.hash_one("a"), build.hash_one("a\0"));
    }
}

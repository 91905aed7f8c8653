//! N-grams of length 1 to 4 as numbers, their document frequencies, and tf-idf vectors.
//!
//! An n-gram is one `u128`: four word numbers of 32 bits, each plus one so that 0 means "no word".
//! The packing is exact (no two n-grams share a key) and sorts shorter n-grams before longer ones.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Longest n-gram.
pub(super) const ORDERS: usize = 4;
/// Bits of a packed word.
const WORD_BITS: u32 = 32;

/// The different n-grams of one text with their counts, in ascending order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counts {
    ngrams: Vec<(u128, u32)>,
    /// Word pairs of the text.
    pairs: usize,
}

impl Counts {
    pub(super) fn of(words: &[u32]) -> Self {
        let mut keys = Vec::with_capacity(ORDERS * words.len());
        for start in 0..words.len() {
            let mut key = 0;
            for &word in words[start..].iter().take(ORDERS) {
                key = key << WORD_BITS | (u128::from(word) + 1);
                keys.push(key);
            }
        }
        keys.sort_unstable();
        Self {
            ngrams: keys
                .chunk_by(|a, b| a == b)
                .map(|run| (run[0], run.len() as u32))
                .collect(),
            pairs: words.len().saturating_sub(1),
        }
    }
}

/// In how many documents each n-gram occurs.
#[derive(Debug)]
pub(super) struct DocumentFrequency {
    documents: f64,
    counts: HashMap<u128, u32, BuildHasherDefault<Mixer>>,
}

impl DocumentFrequency {
    pub(super) fn new(documents: usize) -> Self {
        Self {
            documents: documents as f64,
            counts: HashMap::default(),
        }
    }

    /// Counts one document, the references of one caption.
    pub(super) fn add(&mut self, references: &[Counts]) {
        let mut keys: Vec<u128> = references
            .iter()
            .flat_map(|reference| reference.ngrams.iter().map(|&(key, _)| key))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *self.counts.entry(key).or_default() += 1;
        }
    }

    /// The tf-idf vector of a text; an n-gram of no document weighs like one of a single document.
    pub(super) fn vector(&self, counts: &Counts) -> Vector {
        let log_documents = self.documents.ln();
        let mut norms = [0.0; ORDERS];
        let weights = counts
            .ngrams
            .iter()
            .map(|&(key, count)| {
                let documents = self.counts.get(&key).copied().unwrap_or(0).max(1);
                let weight = f64::from(count) * (log_documents - f64::from(documents).ln());
                norms[order(key)] += weight * weight;
                (key, weight)
            })
            .collect();
        Vector {
            weights,
            norms: norms.map(f64::sqrt),
            pairs: counts.pairs,
        }
    }
}

/// A tf-idf vector for each n-gram length.
#[derive(Debug)]
pub(super) struct Vector {
    /// All lengths in one list, in ascending order of the packed n-gram.
    weights: Vec<(u128, f64)>,
    norms: [f64; ORDERS],
    pairs: usize,
}

impl Vector {
    /// Number of word pairs of the text.
    pub(super) fn pairs(&self) -> usize {
        self.pairs
    }

    /// Mean over lengths of `limit(own, other) * other / norms`, summed over common n-grams. A
    /// length of which one side has no weight adds 0.
    pub(super) fn cosine(&self, other: &Self, limit: impl Fn(f64, f64) -> f64) -> f64 {
        let mut products = [0.0; ORDERS];
        let mut others = other.weights.iter().peekable();
        for &(key, weight) in &self.weights {
            while others.next_if(|(other, _)| *other < key).is_some() {}
            if let Some((_, other)) = others.next_if(|(other, _)| *other == key) {
                products[order(key)] += limit(weight, *other) * other;
            }
        }
        let mut sum = 0.0;
        for n in 0..ORDERS {
            let norm = self.norms[n] * other.norms[n];
            if norm > 0.0 {
                sum += products[n] / norm;
            }
        }
        sum / ORDERS as f64
    }
}

/// Length of a packed n-gram, less one.
fn order(key: u128) -> usize {
    ((u128::BITS - 1 - key.leading_zeros()) / WORD_BITS) as usize
}

/// A hash of packed n-grams: each half times an odd constant, folded. The standard library's
/// resists crafted keys, which cannot be crafted here: word numbers follow the order of appearance.
#[derive(Debug, Default)]
pub(crate) struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u128(u128::from(byte));
        }
    }

    fn write_u128(&mut self, key: u128) {
        // The fractional parts of the golden ratio and of the square root of 2, both odd.
        const GOLDEN: u128 = 0x9E37_79B9_7F4A_7C15;
        const ROOT: u128 = 0x6A09_E667_F3BC_C909;
        let low = (key & u128::from(u64::MAX)) ^ u128::from(self.0);
        let mixed = (low * GOLDEN) ^ ((key >> 64) * ROOT).rotate_left(64);
        let product = ((mixed >> 64) ^ (mixed & u128::from(u64::MAX))) * GOLDEN;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ngrams_are_packed_without_collision_and_sorted_by_length() {
        let counts = Counts::of(&[0, 1, 0, 1, 0]);
        let lengths: Vec<_> = counts.ngrams.iter().map(|&(key, _)| order(key)).collect();
        assert!(lengths.is_sorted());
        // a, b; ab, ba; aba, bab; abab, baba.
        assert_eq!(lengths, [0, 0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(counts.ngrams.iter().map(|&(_, n)| n).sum::<u32>(), 14);
        assert_eq!((counts.pairs, Counts::of(&[]).pairs), (4, 0));
        assert_ne!(Counts::of(&[u32::MAX, 0]), Counts::of(&[0, u32::MAX]));
    }

    #[test]
    fn an_ngram_of_every_document_weighs_nothing() {
        let mut frequency = DocumentFrequency::new(2);
        frequency.add(&[Counts::of(&[0, 1]), Counts::of(&[0, 2])]);
        frequency.add(&[Counts::of(&[0, 3])]);
        let vector = frequency.vector(&Counts::of(&[0, 1, 9]));
        let ln2 = 2.0_f64.ln();
        let words: Vec<_> = vector.weights[..3].iter().map(|&(_, w)| w).collect();
        assert_eq!(words, [0.0, ln2, ln2]);
    }
}

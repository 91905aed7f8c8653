//! Counts of n-grams of length 1 to 4, their document frequencies, and tf-idf vectors.

use crate::hash::BuildMixer;
use crate::ngrams::{LONGEST, append, length, sorted_counts};
use std::collections::HashMap;

/// The different n-grams of one text with their counts, in ascending order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counts {
    ngrams: Vec<(u128, u64)>,
    /// Word pairs of the text.
    pairs: usize,
}

impl Counts {
    pub(super) fn of(words: &[u32]) -> Self {
        let mut keys = Vec::with_capacity(LONGEST * words.len());
        for start in 0..words.len() {
            let mut key = 0;
            for &word in words[start..].iter().take(LONGEST) {
                key = append(key, word);
                keys.push(key);
            }
        }
        Self { ngrams: sorted_counts(keys), pairs: words.len().saturating_sub(1) }
    }
}

/// In how many documents each n-gram occurs.
#[derive(Debug)]
pub(super) struct DocumentFrequency {
    documents: f64,
    counts: HashMap<u128, u32, BuildMixer>,
}

impl DocumentFrequency {
    /// Of all documents, the references of one caption each.
    pub(super) fn of(documents: &[Vec<Counts>]) -> Self {
        let mut frequency = Self::new(documents.len());
        documents.iter().for_each(|document| frequency.add(document));
        frequency
    }

    fn new(documents: usize) -> Self {
        Self { documents: documents as f64, counts: HashMap::default() }
    }

    /// Counts one document, the references of one caption.
    fn add(&mut self, references: &[Counts]) {
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
        let mut norms = [0.0; LONGEST];
        let weights = counts
            .ngrams
            .iter()
            .map(|&(key, count)| {
                let documents = self.counts.get(&key).copied().unwrap_or(0).max(1);
                let weight = count as f64 * (log_documents - f64::from(documents).ln());
                norms[order(key)] += weight * weight;
                (key, weight)
            })
            .collect();
        Vector { weights, norms: norms.map(f64::sqrt), pairs: counts.pairs }
    }
}

/// A tf-idf vector for each n-gram length.
#[derive(Debug)]
pub(super) struct Vector {
    /// All lengths in one list, in ascending order of the packed n-gram.
    weights: Vec<(u128, f64)>,
    norms: [f64; LONGEST],
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
        let mut products = [0.0; LONGEST];
        let mut others = other.weights.iter().peekable();
        for &(key, weight) in &self.weights {
            while others.next_if(|(other, _)| *other < key).is_some() {}
            if let Some((_, other)) = others.next_if(|(other, _)| *other == key) {
                products[order(key)] += limit(weight, *other) * other;
            }
        }
        let mut sum = 0.0;
        for n in 0..LONGEST {
            let norm = self.norms[n] * other.norms[n];
            if norm > 0.0 {
                sum += products[n] / norm;
            }
        }
        sum / LONGEST as f64
    }
}

/// Place of an n-gram's length in the arrays.
fn order(ngram: u128) -> usize {
    length(ngram) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lengths_are_counted() {
        let counts = Counts::of(&[0, 1, 0, 1, 0]);
        let lengths: Vec<_> = counts.ngrams.iter().map(|&(key, _)| length(key)).collect();
        // a, b; ab, ba; aba, bab; abab, baba.
        assert_eq!(lengths, [1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(counts.ngrams.iter().map(|&(_, n)| n).sum::<u64>(), 14);
        assert_eq!((counts.pairs, Counts::of(&[]).pairs), (4, 0));
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

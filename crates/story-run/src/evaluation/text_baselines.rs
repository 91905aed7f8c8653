//! Texts that need no model: what a trained one must beat.

use std::collections::{BTreeMap, HashMap};

/// The text that the training targets have most often; the first in the alphabet among equals.
pub fn most_frequent<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for text in texts.filter(|text| !text.is_empty()) {
        *counts.entry(text).or_default() += 1;
    }
    // max_by_key keeps the last among equals, so the order is turned round.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(text, _)| text.to_string())
}

/// Finds the training window whose context is most like a given one, by the cosine of TF-IDF
/// vectors: term frequency times ln((1 + N) / (1 + df)) + 1, the smoothed form of Salton and
/// Buckley (1988) that scikit-learn uses.
pub struct NearestContext {
    /// Term to the documents that have it, with the document's normalised weight.
    index: HashMap<String, Vec<(usize, f64)>>,
    inverse_frequency: HashMap<String, f64>,
}

impl NearestContext {
    /// An index over the training windows' contexts.
    pub fn new(contexts: &[String]) -> Self {
        let counted: Vec<BTreeMap<String, f64>> = contexts.iter().map(|c| term_counts(c)).collect();
        let mut document_frequency: HashMap<String, u64> = HashMap::new();
        for term in counted.iter().flat_map(BTreeMap::keys) {
            *document_frequency.entry(term.clone()).or_default() += 1;
        }
        let all = contexts.len() as f64;
        let inverse_frequency: HashMap<String, f64> = document_frequency
            .into_iter()
            .map(|(term, df)| (term, ((1.0 + all) / (1.0 + df as f64)).ln() + 1.0))
            .collect();
        let mut index: HashMap<String, Vec<(usize, f64)>> = HashMap::new();
        for (document, counts) in counted.into_iter().enumerate() {
            for (term, weight) in weigh(counts, &inverse_frequency) {
                index.entry(term).or_default().push((document, weight));
            }
        }
        Self { index, inverse_frequency }
    }

    /// The index of the nearest context; the first among equals. `None` where no word is shared.
    pub fn nearest(&self, context: &str) -> Option<usize> {
        let mut similarity: BTreeMap<usize, f64> = BTreeMap::new();
        for (term, weight) in weigh(term_counts(context), &self.inverse_frequency) {
            for (document, other) in self.index.get(&term).into_iter().flatten() {
                *similarity.entry(*document).or_default() += weight * other;
            }
        }
        similarity
            .into_iter()
            .rev()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(document, _)| document)
    }
}

/// Words in lower case with their counts, in the order of the alphabet.
fn term_counts(text: &str) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1.0;
    }
    counts
}

/// TF-IDF weights of length 1; terms that training has not seen are left out.
fn weigh(
    counts: BTreeMap<String, f64>,
    inverse_frequency: &HashMap<String, f64>,
) -> Vec<(String, f64)> {
    let mut weights: Vec<(String, f64)> = counts
        .into_iter()
        .filter_map(|(term, count)| {
            let weight = count * inverse_frequency.get(&term)?;
            Some((term, weight))
        })
        .collect();
    let norm = weights.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
    if norm > 0.0 {
        weights.iter_mut().for_each(|(_, weight)| *weight /= norm);
    }
    weights
}

/// Token frequencies of the training targets with add-one smoothing: the teacher-forced baseline
/// that knows words and no context.
pub struct Unigram {
    /// -ln p by id.
    nll: Vec<f64>,
    /// Ids from frequent to rare.
    rank: Vec<usize>,
}

impl Unigram {
    /// Counts `tokens`, the ids that a model would have to predict, over a vocabulary of `size`.
    pub fn new(tokens: impl Iterator<Item = u32>, size: usize) -> Self {
        let mut counts = vec![1u64; size];
        for token in tokens {
            if let Some(count) = counts.get_mut(token as usize) {
                *count += 1;
            }
        }
        let all: u64 = counts.iter().sum();
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by_key(|id| (std::cmp::Reverse(counts[*id]), *id));
        let mut rank = vec![0; size];
        for (place, id) in order.into_iter().enumerate() {
            rank[id] = place;
        }
        Self { nll: counts.iter().map(|c| -(*c as f64 / all as f64).ln()).collect(), rank }
    }

    /// -ln p of a token and its place among the most frequent, from 0.
    pub fn score(&self, token: u32) -> (f64, usize) {
        (self.nll[token as usize], self.rank[token as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_text_wins_and_ties_go_by_the_alphabet() {
        assert_eq!(most_frequent(["b", "a", "b", ""].into_iter()), Some("b".into()));
        assert_eq!(most_frequent(["b", "a"].into_iter()), Some("a".into()));
        assert_eq!(most_frequent([""].into_iter()), None);
    }

    #[test]
    fn the_nearest_context_shares_the_rarest_words() {
        let contexts = ["the cat sat on the mat", "the dog ran to the sea", "the cat ran home"]
            .map(String::from);
        let index = NearestContext::new(&contexts);
        assert_eq!(index.nearest("a dog by the sea"), Some(1));
        assert_eq!(index.nearest("the mat"), Some(0));
        assert_eq!(index.nearest("zebra"), None);
    }

    #[test]
    fn unigram_probabilities_sum_to_one() {
        let unigram = Unigram::new([3, 3, 1].into_iter(), 5);
        let sum: f64 = (0..5).map(|t| (-unigram.score(t).0).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        assert_eq!(unigram.score(3).1, 0);
        assert_eq!(unigram.score(1).1, 1);
    }
}

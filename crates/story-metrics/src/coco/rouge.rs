//! ROUGE-L of the COCO caption evaluation (Lin 2004), which is not that of [`crate::rouge`]:
//!
//! ```text
//! P = max over references of LCS / tokens of the candidate
//! R = max over references of LCS / tokens of the reference
//! score = (1 + beta^2) * P * R / (R + beta^2 * P),  beta = 1.2
//! ```
//! The best precision and the best recall may come from different references. Range 0..=1, higher
//! is better; the corpus score is the mean over captions.
//!
//! The original takes an empty text for one empty token: an empty candidate scores 0 against any
//! words, and 1 against an empty reference.

use super::captions::Captions;
use crate::metric::{Direction, Metric, Range, VERSION};
use crate::rouge::longest_common_subsequence;
use crate::statistic::{MeanStats, Statistic};
use crate::tokenize::Interner;

/// Weight of recall against precision.
pub const BETA: f64 = 1.2;

/// ROUGE-L of one caption, 0..=1.
pub fn coco_rouge_l(captions: &Captions) -> f64 {
    let nothing = [String::new()];
    let tokens = captions.references.iter().map(Vec::len).sum::<usize>();
    let mut interner = Interner::with_capacity(1 + captions.candidate.len() + tokens);
    let candidate = interner.numbers(or(&captions.candidate, &nothing));
    let references: Vec<_> = captions
        .references
        .iter()
        .map(|reference| interner.numbers(or(reference, &nothing)))
        .collect();
    let different = interner.len();
    let (mut precision, mut recall) = (0.0_f64, 0.0_f64);
    for reference in &references {
        let common = longest_common_subsequence(&candidate, reference, different) as f64;
        precision = precision.max(common / candidate.len() as f64);
        recall = recall.max(common / reference.len() as f64);
    }
    if precision == 0.0 || recall == 0.0 {
        return 0.0;
    }
    let weight = BETA * BETA;
    (1.0 + weight) * precision * recall / (recall + weight * precision)
}

/// The tokens, or those that stand for none.
fn or<'a>(tokens: &'a [String], nothing: &'a [String]) -> &'a [String] {
    if tokens.is_empty() { nothing } else { tokens }
}

/// Mean ROUGE-L of the COCO caption evaluation, read one caption at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CocoRougeL {
    stats: MeanStats,
}

impl CocoRougeL {
    /// Reads one caption and returns its own score, for a bootstrap.
    pub fn add(&mut self, captions: &Captions) -> MeanStats {
        let mut stats = MeanStats::of(Some(coco_rouge_l(captions)));
        stats.missing = u64::from(captions.missing);
        self.stats.merge(&stats);
        stats
    }

    /// Adds the corpus of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.stats.merge(&other.stats);
    }

    /// The sums so far.
    pub fn stats(&self) -> &MeanStats {
        &self.stats
    }
}

impl Metric for CocoRougeL {
    fn name(&self) -> String {
        "coco-rouge-l".to_string()
    }

    fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }

    fn range(&self) -> Range {
        Range::FRACTION
    }

    fn signature(&self) -> String {
        format!("beta:{BETA}|refs:max-p,max-r|agg:mean|case:lc|tok:coco-ptb|{VERSION}")
    }

    fn score(&self) -> Option<f64> {
        self.stats.score()
    }

    fn count(&self) -> u64 {
        self.stats.units()
    }

    fn missing(&self) -> u64 {
        self.stats.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(candidate: &str, references: &[&str]) -> f64 {
        coco_rouge_l(&Captions::new(Some(candidate), references).expect("a reference"))
    }

    #[test]
    fn precision_and_recall_may_come_from_different_references() {
        // Precision 2/4 from the first, recall 1/1 from the second.
        let expected = 2.44 * 0.5 / (1.0 + 1.44 * 0.5);
        let found = score("a b c d", &["a b x x x x x x", "d"]);
        assert!((found - expected).abs() < 1e-12, "{found}");
    }

    #[test]
    fn empty_texts_are_one_empty_token() {
        assert_eq!((score("", &["a"]), score("a", &[""])), (0.0, 0.0));
        assert_eq!((score("", &[""]), score("!", &["a", "..."])), (1.0, 1.0));
    }
}

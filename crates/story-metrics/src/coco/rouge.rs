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
use crate::error::Result;
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::rouge::longest_common_subsequence;
use crate::signature::Signature;
use crate::statistic::{MeanStats, Statistic};
use crate::texts::{Reads, Segment, TextEntry, TextMetric};
use crate::tokenize::Interner;

/// Weight of recall against precision.
pub const BETA: f64 = 1.2;

/// COCO's ROUGE-L in the list of metrics.
pub static COCO_ROUGE_L: TextEntry<CocoRougeL> = TextEntry {
    name: "coco-rouge-l",
    summary: "ROUGE-L of the COCO caption evaluation, as pycocoevalcap",
    reads: Reads::EachText,
    scores: &[Score { info: INFO, of: MeanStats::score }],
    build: |_| Ok(CocoRougeL::default()),
};

const INFO: MetricInfo = MetricInfo::new(
    "coco-rouge-l",
    "COCO ROUGE-L",
    "longest common subsequence, weighted towards recall, on COCO's tokens",
    HigherIsBetter,
    Range::FRACTION,
)
.needs(&[Need::References])
.on_request();

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
}

impl Metric for CocoRougeL {
    type Stats = MeanStats;

    fn info(&self) -> &'static MetricInfo {
        &COCO_ROUGE_L.scores[0].info
    }

    fn signature(&self) -> Signature {
        Signature::of([
            ("beta", &BETA),
            ("refs", &"max-p,max-r"),
            ("agg", &"mean"),
            ("case", &"lc"),
            ("tok", &"coco-ptb"),
        ])
        .versioned()
    }

    fn stats(&self) -> &MeanStats {
        &self.stats
    }
}

impl TextMetric for CocoRougeL {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<MeanStats>> {
        segments.iter().map(|text| Ok(self.add(text.captions()?))).collect()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
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

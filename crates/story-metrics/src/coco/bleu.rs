//! BLEU-1 to BLEU-4 of the COCO caption evaluation. The counts are those of Papineni et al. 2002;
//! the score has no smoothing but two constants that keep its quotients defined:
//!
//! ```text
//! BLEU-N = BP * (product over n = 1..N of (matches_n + 1e-15) / (ngrams_n + 1e-9)) ^ (1/N)
//! BP     = 1 if ratio >= 1, else exp(1 - 1 / ratio),  ratio = (len + 1e-15) / (ref_len + 1e-9)
//! ```
//! Range 0..=1, higher is better; a perfect text scores a little less than 1 for the constants'
//! sake. With several references a match may come from any, and the length is that of the reference
//! closest to the candidate (the shorter of two equally close).

use super::captions::{Captions, words};
use crate::bleu::{BleuConfig, BleuStats, MAX_ORDER};
use crate::error::Result;
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::signature::Signature;
use crate::statistic::Statistic;
use crate::texts::{Reads, Segment, TextEntry, TextMetric};

/// Added to every count in a numerator.
const TINY: f64 = 1e-15;
/// Added to every count in a denominator.
const SMALL: f64 = 1e-9;

/// COCO's BLEU-1 to BLEU-4 in the list of metrics.
pub static COCO_BLEU: TextEntry<CocoBleu> = TextEntry {
    name: "coco-bleu",
    summary: "BLEU-1 to BLEU-4 of the COCO caption evaluation, as pycocoevalcap",
    reads: Reads::EachText,
    scores: &[
        Score { info: info("coco-bleu-1", "COCO BLEU-1"), of: |stats| coco_bleu(stats, 1) },
        Score { info: info("coco-bleu-2", "COCO BLEU-2"), of: |stats| coco_bleu(stats, 2) },
        Score { info: info("coco-bleu-3", "COCO BLEU-3"), of: |stats| coco_bleu(stats, 3) },
        Score { info: info("coco-bleu-4", "COCO BLEU-4"), of: |stats| coco_bleu(stats, 4) },
    ],
    build: |_| Ok(CocoBleu::default()),
};

const fn info(id: &'static str, name: &'static str) -> MetricInfo {
    let summary = "common n-grams of the whole corpus, on COCO's tokens";
    MetricInfo::new(id, name, summary, HigherIsBetter, Range::FRACTION)
        .needs(&[Need::References])
        .on_request()
}

/// BLEU-`order` of a corpus, or of one caption, from its counts; 0..=1. `None` if nothing was
/// counted. The order is clamped to 1 to [`MAX_ORDER`].
pub fn coco_bleu(stats: &BleuStats, order: usize) -> Option<f64> {
    if stats.segments == 0 {
        return None;
    }
    let order = order.clamp(1, MAX_ORDER);
    let product: f64 = (0..order)
        .map(|n| (stats.matches[n] as f64 + TINY) / (stats.totals[n] as f64 + SMALL))
        .product();
    let ratio = (stats.hyp_len as f64 + TINY) / (stats.ref_len as f64 + SMALL);
    let penalty = if ratio < 1.0 { (1.0 - 1.0 / ratio).exp() } else { 1.0 };
    Some(product.powf(1.0 / order as f64) * penalty)
}

/// Corpus BLEU of the COCO caption evaluation, read one caption at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct CocoBleu {
    order: usize,
    stats: BleuStats,
}

impl Default for CocoBleu {
    fn default() -> Self {
        Self { order: MAX_ORDER, stats: BleuStats::default() }
    }
}

impl CocoBleu {
    /// An empty corpus for BLEU-`order`.
    ///
    /// # Errors
    /// If the order is not 1 to [`MAX_ORDER`].
    pub fn new(order: usize) -> Result<Self> {
        let order = BleuConfig::with_order(order)?.order;
        Ok(Self { order, ..Self::default() })
    }

    /// Reads one caption and returns its own counts, for [`coco_bleu`] or a bootstrap.
    pub fn add(&mut self, captions: &Captions) -> BleuStats {
        let candidate: Vec<_> = words(&captions.candidate).collect();
        let references: Vec<Vec<_>> =
            captions.references.iter().map(|reference| words(reference).collect()).collect();
        let mut stats = BleuStats::of_tokens(&candidate, &references)
            .expect("invariant: captions are made with a reference");
        stats.missing = u64::from(captions.missing);
        self.stats.merge(&stats);
        stats
    }

    /// Adds the corpus of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.stats.merge(&other.stats);
    }
}

impl Metric for CocoBleu {
    type Stats = BleuStats;

    fn info(&self) -> &'static MetricInfo {
        &COCO_BLEU.scores[self.order - 1].info
    }

    fn signature(&self) -> Signature {
        Signature::of([
            ("refs", &"closest"),
            ("case", &"lc"),
            ("tok", &"coco-ptb"),
            ("smooth", &"1e-15,1e-9"),
        ])
        .versioned()
    }

    fn stats(&self) -> &BleuStats {
        &self.stats
    }

    fn score(&self) -> Option<f64> {
        coco_bleu(&self.stats, self.order)
    }
}

impl TextMetric for CocoBleu {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<BleuStats>> {
        segments.iter().map(|text| Ok(self.add(text.captions()?))).collect()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_undefined_and_an_empty_answer_is_zero() {
        let mut bleu = CocoBleu::default();
        assert_eq!(bleu.score(), None);
        let missing = Captions::new(None, &["a dog runs home"]).expect("a reference");
        bleu.add(&missing);
        assert_eq!((bleu.score(), bleu.count(), bleu.missing()), (Some(0.0), 1, 1));
        assert!(CocoBleu::new(5).is_err() && CocoBleu::new(0).is_err());
        assert!(Captions::new(Some("a"), &[] as &[&str]).is_err());
    }

    #[test]
    fn counted_by_hand() {
        // 3 of 4 words, 1 of 3 pairs; as long as the reference.
        let mut bleu = CocoBleu::new(2).expect("2 is an order");
        let captions = Captions::new(Some("A dog, sleeps here."), &["a dog runs here"]);
        bleu.add(&captions.expect("a reference"));
        let expected = (0.75_f64 / 3.0).sqrt();
        assert!((bleu.score().expect("one caption") - expected).abs() < 1e-8);
    }
}

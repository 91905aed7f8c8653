//! Self-BLEU (Zhu et al. 2018, "Texygen: A Benchmarking Platform for Text Generation Models", arXiv
//! 1802.01886): how alike the texts of one model are. Each text is scored by BLEU with all others as
//! its references, and the mean is taken.
//!
//! ```text
//! self-BLEU-N = mean over texts of BP * exp( (1/N) * sum over n = 1..N of ln p_n )
//! p_n         = n-grams of the text that another text has, clipped at its highest count in one
//!               other text / n-grams of the text; 0.1 instead of 0 matches, 1 instead of 0 n-grams
//! BP          = 1 if the text is longer than the closest other length, else exp(1 - other / length)
//! ```
//! The smoothing is NLTK's `method1`, which Texygen uses; a text that shares no word with any other
//! scores 0. Range 0..=1; a model that always says the same has 1. Tokens are those of `13a` in
//! lower case.
//!
//! All texts are used, not a sample: for every n-gram the two highest counts and the text of the
//! highest are enough to know the highest count among the others, so the work grows with the
//! number of tokens and 10,000 texts take a fraction of a second.

use crate::bleu::{BleuConfig, MAX_ORDER};
use crate::error::Result;
use crate::hash::BuildMixer;
use crate::metric::Direction::CloserToReference;
use crate::metric::{Metric, MetricInfo, Range, Score};
use crate::signature::Signature;
use crate::statistic::{Counted, MeanStats, Statistic};
use crate::texts::{Reads, Segment, TextEntry, TextMetric};
use crate::tokenize::tokenize_13a;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Matches of an order without any (Chen and Cherry 2014, method 1, as in NLTK).
const EPSILON: f64 = 0.1;

/// Self-BLEU-4 in the list of metrics.
pub static SELF_BLEU: TextEntry<SelfBleu> = TextEntry {
    name: "self-bleu",
    summary: "How alike the candidates are; needs no references",
    reads: Reads::AllTogether,
    scores: &[Score { info: ORDERS[3], of: SelfBleuStats::score }],
    build: |_| SelfBleu::new(MAX_ORDER),
};

/// Self-BLEU-1 to self-BLEU-4.
const ORDERS: &[MetricInfo; MAX_ORDER] = &[
    order("self-bleu-1", "Self-BLEU-1"),
    order("self-bleu-2", "Self-BLEU-2"),
    order("self-bleu-3", "Self-BLEU-3"),
    order("self-bleu-4", "Self-BLEU-4"),
];

/// Low self-BLEU is variety; the texts that people wrote have one of their own.
const fn order(id: &'static str, name: &'static str) -> MetricInfo {
    let summary = "BLEU of each text against all others";
    MetricInfo::new(id, name, summary, CloserToReference, Range::FRACTION).on_request()
}

/// The texts of a model, as tokens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SelfBleuStats {
    /// Tokens of each text.
    texts: Vec<Vec<String>>,
    /// Missing texts, which are only counted.
    missing: u64,
}

/// An n-gram's highest count in one text, that text, and the highest count in any other.
#[derive(Debug, Clone, Copy, Default)]
struct Highest {
    count: u32,
    text: usize,
    elsewhere: u32,
}

impl SelfBleuStats {
    /// Keeps one text. A missing one (`None`) is only counted.
    pub fn add(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.texts.push(tokenize_13a(&text.to_lowercase())),
            None => self.missing += 1,
        }
    }

    /// The BLEU of each text against all others, in order of reading; none if there are fewer than
    /// two texts. The order is clamped to 1 to [`MAX_ORDER`].
    pub fn scores(&self, order: usize) -> Vec<f64> {
        if self.texts.len() < 2 {
            return Vec::new();
        }
        let order = order.clamp(1, MAX_ORDER);
        let mut precisions = vec![[0.0; MAX_ORDER]; self.texts.len()];
        for n in 1..=order {
            for (text, precision) in self.precisions(n).into_iter().enumerate() {
                precisions[text][n - 1] = precision;
            }
        }
        let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
        for text in &self.texts {
            *lengths.entry(text.len()).or_default() += 1;
        }
        self.texts
            .iter()
            .zip(precisions)
            .map(|(text, precisions)| {
                let precisions = &precisions[..order];
                if precisions[0] == 0.0 {
                    return 0.0;
                }
                let mean_log = precisions.iter().map(|p| p.ln()).sum::<f64>() / order as f64;
                brevity_penalty(text.len(), closest(&lengths, text.len())) * mean_log.exp()
            })
            .collect()
    }

    /// Clipped precision of n-grams of one length for each text; 0 where no word matches.
    fn precisions(&self, n: usize) -> Vec<f64> {
        let mut highest: HashMap<&[String], Highest, BuildMixer> = HashMap::default();
        let mut counts = Vec::with_capacity(self.texts.len());
        for (number, text) in self.texts.iter().enumerate() {
            let mut own: HashMap<&[String], u32, BuildMixer> = HashMap::default();
            for ngram in text.windows(n) {
                *own.entry(ngram).or_default() += 1;
            }
            for (&ngram, &count) in &own {
                highest.entry(ngram).or_default().see(number, count);
            }
            counts.push(own);
        }
        counts
            .iter()
            .enumerate()
            .map(|(number, own)| {
                let total: u32 = own.values().sum();
                let matches: u32 = own
                    .iter()
                    .map(|(ngram, &count)| count.min(highest[ngram].outside(number)))
                    .sum();
                let matches = match matches {
                    0 if n == 1 => return 0.0,
                    0 => EPSILON,
                    some => f64::from(some),
                };
                matches / f64::from(total.max(1))
            })
            .collect()
    }
}

impl Highest {
    fn see(&mut self, text: usize, count: u32) {
        if count > self.count {
            self.elsewhere = self.count;
            (self.count, self.text) = (count, text);
        } else {
            self.elsewhere = self.elsewhere.max(count);
        }
    }

    /// The highest count in any text but one.
    fn outside(&self, text: usize) -> u32 {
        if text == self.text { self.elsewhere } else { self.count }
    }
}

/// The length of another text closest to this one; the shorter of two equally close.
fn closest(lengths: &BTreeMap<usize, usize>, length: usize) -> usize {
    if lengths.get(&length).is_some_and(|&texts| texts > 1) {
        return length;
    }
    let below = lengths.range(..length).next_back().map(|(&other, _)| other);
    let above = lengths.range(length + 1..).next().map(|(&other, _)| other);
    below
        .into_iter()
        .chain(above)
        .min_by_key(|other| (other.abs_diff(length), *other))
        .unwrap_or(length)
}

fn brevity_penalty(length: usize, reference: usize) -> f64 {
    match length {
        _ if length > reference => 1.0,
        0 => 0.0,
        _ => (1.0 - reference as f64 / length as f64).exp(),
    }
}

impl Statistic for SelfBleuStats {
    fn merge(&mut self, other: &Self) {
        self.texts.extend(other.texts.iter().cloned());
        self.missing += other.missing;
    }

    /// Self-BLEU-4.
    fn score(&self) -> Option<f64> {
        mean(self.scores(MAX_ORDER))
    }
}

impl Counted for SelfBleuStats {
    fn units(&self) -> u64 {
        self.texts.len() as u64 + self.missing
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

fn mean(scores: Vec<f64>) -> Option<f64> {
    let mut mean = MeanStats::default();
    scores.into_iter().for_each(|score| mean.push(Some(score)));
    mean.score()
}

/// Self-BLEU of texts that are read one at a time. Undefined for fewer than two texts.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfBleu {
    order: usize,
    stats: SelfBleuStats,
}

impl SelfBleu {
    /// No texts yet, for n-grams of length 1 to `order`.
    ///
    /// # Errors
    /// If the order is not 1 to [`MAX_ORDER`].
    pub fn new(order: usize) -> Result<Self> {
        Ok(Self { order: BleuConfig::with_order(order)?.order, stats: SelfBleuStats::default() })
    }

    /// Reads one text. A missing one (`None`) is only counted.
    pub fn add(&mut self, text: Option<&str>) {
        self.stats.add(text);
    }

    /// Adds the texts of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.stats.merge(&other.stats);
    }
}

impl Metric for SelfBleu {
    type Stats = SelfBleuStats;

    fn info(&self) -> &'static MetricInfo {
        &ORDERS[self.order - 1]
    }

    fn signature(&self) -> Signature {
        Signature::of([
            ("refs", &"all-others"),
            ("smooth", &format_args!("nltk-1[{EPSILON}]")),
            ("agg", &"mean"),
            ("case", &"lc"),
            ("tok", &"13a"),
        ])
        .versioned()
    }

    fn stats(&self) -> &SelfBleuStats {
        &self.stats
    }

    fn score(&self) -> Option<f64> {
        mean(self.stats.scores(self.order))
    }
}

impl TextMetric for SelfBleu {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<SelfBleuStats>> {
        segments.iter().for_each(|text| self.add(text.candidate));
        Vec::new()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_texts_score_one_and_foreign_texts_zero() {
        let mut texts = SelfBleu::new(4).expect("4 is an order");
        assert_eq!(texts.score(), None);
        texts.add(Some("the fox ran home today"));
        assert_eq!(texts.score(), None, "one text has no others");
        texts.add(Some("The fox ran home today"));
        texts.add(None);
        assert_eq!((texts.score(), texts.count(), texts.missing()), (Some(1.0), 3, 1));
        texts.add(Some("entirely different"));
        texts.add(Some(""));
        assert_eq!(texts.score(), Some(0.5));
        assert!(SelfBleu::new(5).is_err());
    }

    #[test]
    fn matches_are_clipped_at_the_highest_count_in_one_other_text() {
        let mut texts = SelfBleuStats::default();
        for text in ["a a a b", "a a c d", "a b e f"] {
            texts.add(Some(text));
        }
        // a: at most 2 elsewhere; b: 1.
        assert_eq!(texts.scores(1)[0], 0.75);
        assert_eq!(texts.scores(1)[1], 0.5);
    }
}

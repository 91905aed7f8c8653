//! BLEU-1 to BLEU-4 (Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation of Machine
//! Translation"), equal to sacreBLEU's (Post 2018, arXiv 1804.08771).
//!
//! ```text
//! BLEU-N = 100 * BP * exp( (1/N) * sum over n = 1..N of ln p_n )
//! p_n    = clipped n-gram matches / n-grams of the hypotheses      (sums over the whole corpus)
//! BP     = 1 if the hypotheses are longer than the references, else exp(1 - ref_len / hyp_len)
//! ```
//! Range 0..=100, higher is better. With several references a match may come from any of them, and
//! the length is that of the reference closest to the hypothesis (the shorter of two equally close).
//! Smoothing after Chen and Cherry 2014 ("A Systematic Comparison of Smoothing Techniques for
//! Sentence-Level BLEU"). A corpus score is computed from summed counts, not averaged sentences.

mod config;

pub use config::{BleuConfig, Casing, DEFAULT_ADD_K, DEFAULT_FLOOR, Orders, Smoothing};

use crate::error::{MetricError, Result};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::ngrams::NgramCounts;
use crate::signature::Signature;
use crate::statistic::{Counted, Statistic};
use crate::texts::{Reads, ReferenceCount, Segment, TextEntry, TextMetric};
use crate::tokenize::{Interner, tokenize_13a};
use serde::{Deserialize, Serialize};

/// The longest n-grams that are counted.
pub const MAX_ORDER: usize = 4;

/// BLEU-1 to BLEU-4.
const ORDERS: &[MetricInfo; MAX_ORDER] = &[
    order("bleu-1", "BLEU-1").on_request(),
    order("bleu-2", "BLEU-2").on_request(),
    order("bleu-3", "BLEU-3").on_request(),
    order("bleu-4", "BLEU-4"),
];

const fn order(id: &'static str, name: &'static str) -> MetricInfo {
    let summary = "common n-grams of the whole corpus";
    MetricInfo::new(id, name, summary, HigherIsBetter, Range::POINTS)
        .digits(2)
        .needs(&[Need::References])
}

/// BLEU-4 in the list of metrics.
pub static BLEU: TextEntry<Bleu> = TextEntry {
    name: "bleu",
    summary: "Corpus BLEU-4, 0 to 100, as sacreBLEU",
    reads: Reads::EachText,
    scores: &[Score { info: ORDERS[3], of: BleuStats::score }],
    build: |options| Bleu::new(BleuConfig { casing: options.casing, ..BleuConfig::default() }),
};

/// The counts of one or many hypotheses, from which BLEU of every order follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BleuStats {
    /// Clipped matches of n-grams of length 1 to 4.
    pub matches: [u64; MAX_ORDER],
    /// N-grams of the hypotheses of length 1 to 4.
    pub totals: [u64; MAX_ORDER],
    /// Tokens of the hypotheses.
    pub hyp_len: u64,
    /// Tokens of the closest references.
    pub ref_len: u64,
    /// Hypotheses, missing ones included.
    pub segments: u64,
    /// Hypotheses that were missing; each counts as an empty one.
    pub missing: u64,
}

impl BleuStats {
    /// Counts one hypothesis against its references. Both are tokenised with `13a`.
    ///
    /// A missing hypothesis (`None`) counts as an empty one, and is counted.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn of<R: AsRef<str>>(
        hypothesis: Option<&str>,
        references: &[R],
        casing: Casing,
    ) -> Result<Self> {
        let hyp_tokens = tokens(hypothesis.unwrap_or(""), casing);
        let ref_tokens: Vec<_> =
            references.iter().map(|text| tokens(text.as_ref(), casing)).collect();
        let mut stats = Self::of_tokens(&hyp_tokens, &ref_tokens)?;
        stats.missing = u64::from(hypothesis.is_none());
        Ok(stats)
    }

    /// Counts one hypothesis that is tokenised already.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn of_tokens<T: AsRef<str>>(hypothesis: &[T], references: &[Vec<T>]) -> Result<Self> {
        let hyp_len = hypothesis.len();
        let ref_len = references
            .iter()
            .map(Vec::len)
            .min_by_key(|&length| (length.abs_diff(hyp_len), length))
            .ok_or(MetricError::NoReference { metric: "bleu" })?;
        let mut stats = Self {
            hyp_len: hyp_len as u64,
            ref_len: ref_len as u64,
            segments: 1,
            ..Self::default()
        };

        let tokens = hyp_len + references.iter().map(Vec::len).sum::<usize>();
        let mut interner = Interner::with_capacity(tokens);
        let hypothesis = interner.numbers(hypothesis);
        let references: Vec<_> = references.iter().map(|tokens| interner.numbers(tokens)).collect();
        for n in 1..=MAX_ORDER {
            let references: Vec<_> =
                references.iter().map(|tokens| NgramCounts::of(tokens, n)).collect();
            for &(ngram, count) in NgramCounts::of(&hypothesis, n).iter() {
                let allowed =
                    references.iter().map(|reference| reference.count(ngram)).max().unwrap_or(0);
                stats.totals[n - 1] += count;
                stats.matches[n - 1] += count.min(allowed);
            }
        }
        Ok(stats)
    }

    /// Brevity penalty, 0..=1.
    pub fn brevity_penalty(&self) -> f64 {
        if self.hyp_len >= self.ref_len {
            1.0
        } else if self.hyp_len == 0 {
            0.0
        } else {
            (1.0 - self.ref_len as f64 / self.hyp_len as f64).exp()
        }
    }

    /// BLEU in 0..=100 at the given settings; `None` if nothing was counted.
    ///
    /// A corpus without a single matching word scores 0 whatever the smoothing. Settings that
    /// [`BleuConfig::checked`] refuses do not panic: the order is clamped, and a smoothing value
    /// that leaves no number gives `None`.
    pub fn bleu(&self, config: &BleuConfig) -> Option<f64> {
        if self.segments == 0 {
            return None;
        }
        let order = config.order.clamp(1, MAX_ORDER);
        if self.matches[..order].iter().all(|&count| count == 0) {
            return Some(0.0);
        }
        let mut precisions = [0.0; MAX_ORDER];
        let mut orders_in_mean = order;
        let mut exp_divisor = 1.0;
        for n in 1..=order {
            let added = match config.smoothing {
                Smoothing::AddK(k) if n > 1 => k,
                _ => 0.0,
            };
            let matches = self.matches[n - 1] as f64 + added;
            let total = self.totals[n - 1] as f64 + added;
            if total == 0.0 {
                break;
            }
            if config.orders == Orders::Effective {
                orders_in_mean = n;
            }
            precisions[n - 1] = match config.smoothing {
                _ if matches > 0.0 => matches / total,
                Smoothing::Exp => {
                    exp_divisor *= 2.0;
                    1.0 / (exp_divisor * total)
                }
                Smoothing::Floor(value) => value / total,
                Smoothing::None | Smoothing::AddK(_) => 0.0,
            };
        }
        let precisions = &precisions[..orders_in_mean];
        // ln(1) is exactly 0, so that equal texts score exactly 100; ln(0) makes the score 0.
        let mean_log = precisions.iter().map(|p| p.ln()).sum::<f64>() / orders_in_mean as f64;
        Some(100.0 * self.brevity_penalty() * mean_log.exp()).filter(|score| !score.is_nan())
    }
}

impl Statistic for BleuStats {
    fn merge(&mut self, other: &Self) {
        for n in 0..MAX_ORDER {
            self.matches[n] += other.matches[n];
            self.totals[n] += other.totals[n];
        }
        self.hyp_len += other.hyp_len;
        self.ref_len += other.ref_len;
        self.segments += other.segments;
        self.missing += other.missing;
    }

    fn score(&self) -> Option<f64> {
        self.bleu(&BleuConfig::default())
    }
}

impl Counted for BleuStats {
    fn units(&self) -> u64 {
        self.segments
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

/// Corpus BLEU that reads one hypothesis at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bleu {
    config: BleuConfig,
    stats: BleuStats,
    references: ReferenceCount,
}

impl Bleu {
    /// An empty corpus.
    ///
    /// # Errors
    /// Those of [`BleuConfig::checked`].
    pub fn new(config: BleuConfig) -> Result<Self> {
        Ok(Self { config: config.checked()?, ..Self::default() })
    }

    /// Reads one hypothesis and returns its own counts, for a bootstrap.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn add<R: AsRef<str>>(
        &mut self,
        hypothesis: Option<&str>,
        references: &[R],
    ) -> Result<BleuStats> {
        let stats = BleuStats::of(hypothesis, references, self.config.casing)?;
        self.stats.merge(&stats);
        self.references.add(references.len());
        Ok(stats)
    }

    /// Adds the corpus of another shard that was read with the same settings.
    pub fn merge(&mut self, other: &Self) {
        self.stats.merge(&other.stats);
        self.references.merge(other.references);
    }
}

impl Metric for Bleu {
    type Stats = BleuStats;

    fn info(&self) -> &'static MetricInfo {
        &ORDERS[self.config.order - 1]
    }

    /// As sacreBLEU prints it; orders below 4, which it does not tell apart, are added.
    fn signature(&self) -> Signature {
        let settings = Signature::of([
            ("nrefs", &self.references),
            ("case", &self.config.casing.short()),
            ("eff", &self.config.orders.effective()),
            ("tok", &"13a"),
            ("smooth", &self.config.smoothing),
        ]);
        match self.config.order {
            MAX_ORDER => settings,
            order => settings.with("order", order),
        }
        .versioned()
    }

    fn stats(&self) -> &BleuStats {
        &self.stats
    }

    fn score(&self) -> Option<f64> {
        self.stats.bleu(&self.config)
    }
}

impl TextMetric for Bleu {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<BleuStats>> {
        segments.iter().map(|text| self.add(text.candidate, text.references)).collect()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

/// BLEU of a single sentence in 0..=100: that of [`BleuConfig::default`] over the orders that the
/// hypothesis is long enough for (sacreBLEU's `sentence_bleu`).
///
/// # Errors
/// If there is no reference.
pub fn sentence_bleu<R: AsRef<str>>(hypothesis: &str, references: &[R]) -> Result<f64> {
    let config = BleuConfig { orders: Orders::Effective, ..BleuConfig::default() };
    let stats = BleuStats::of(Some(hypothesis), references, config.casing)?;
    Ok(stats.bleu(&config).unwrap_or(0.0))
}

fn tokens(text: &str, casing: Casing) -> Vec<String> {
    match casing {
        Casing::Mixed => tokenize_13a(text),
        Casing::Lower => tokenize_13a(&text.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_follow_the_paper() {
        // Papineni et al. 2002, section 2.1: clipped unigram precision 2/7.
        let stats = BleuStats::of(
            Some("the the the the the the the"),
            &["The cat is on the mat", "There is a cat on the mat"],
            Casing::Lower,
        );
        let stats = stats.expect("references are given");
        assert_eq!((stats.matches[0], stats.totals[0]), (2, 7));
        assert_eq!((stats.hyp_len, stats.ref_len), (7, 7));
    }

    #[test]
    fn nothing_is_undefined_and_an_empty_answer_is_zero() {
        let mut bleu = Bleu::default();
        assert_eq!(bleu.score(), None);
        bleu.add(Some(""), &["a dog runs home"]).expect("a reference is given");
        bleu.add(None, &["a dog runs home"]).expect("a reference is given");
        assert_eq!((bleu.score(), bleu.count(), bleu.missing()), (Some(0.0), 2, 1));
        assert!(bleu.add(Some("a"), &[] as &[&str]).is_err());
        assert_eq!(bleu.count(), 2, "a refused segment leaves nothing behind");
    }

    #[test]
    fn the_signature_tells_all_settings() {
        let floor =
            BleuConfig { smoothing: Smoothing::Floor(DEFAULT_FLOOR), ..BleuConfig::default() };
        let mut bleu = Bleu::new(floor).expect("the settings are valid");
        bleu.add(Some("a"), &["a"]).expect("a reference is given");
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "nrefs:1|case:mixed|eff:no|tok:13a|smooth:floor[0.10]|version:story-metrics-{version}"
        );
        assert_eq!(bleu.signature().to_string(), expected);
        bleu.add(Some("a"), &["a", "b"]).expect("references are given");
        assert_eq!(bleu.signature().get("nrefs"), Some("var"));
        let two = BleuConfig::with_order(2).and_then(Bleu::new).expect("2 is an order");
        assert!(two.signature().get("order") == Some("2") && two.name() == "bleu-2");
        assert!(BleuConfig::with_order(5).is_err() && BleuConfig::with_order(0).is_err());
        for value in [-1.0, f64::NAN, f64::INFINITY] {
            let config = BleuConfig { smoothing: Smoothing::AddK(value), ..BleuConfig::default() };
            assert!(Bleu::new(config).is_err(), "{value}");
        }
    }
}

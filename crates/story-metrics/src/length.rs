//! How long texts are beside their references: a model that stops too early, or never, shows here.
//!
//! ```text
//! length ratio = tokens of the hypotheses / tokens of the closest references        (>= 0)
//! ```
//! Best near 1, which the references have themselves. Tokens are those of `13a`; of several references
//! the one of the closest length counts, as in BLEU.

use crate::error::{MetricError, Result};
use crate::metric::Direction::CloserToReference;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::signature::Signature;
use crate::statistic::{Counted, Statistic};
use crate::texts::{Reads, Segment, TextEntry, TextMetric};
use crate::tokenize::tokenize_13a;
use serde::{Deserialize, Serialize};

/// The length of texts in the list of metrics.
pub static LENGTH_RATIO: TextEntry<LengthRatio> = TextEntry {
    name: "length-ratio",
    summary: "Words of the candidates over words of the closest references",
    reads: Reads::EachText,
    scores: &[Score { info: LENGTH, of: LengthRatio::score }],
    build: |_| Ok(LengthRatio::default()),
};

const LENGTH: MetricInfo = MetricInfo::new(
    "length-ratio",
    "Length ratio",
    "words over words of the closest reference",
    CloserToReference,
    Range::POSITIVE,
)
.digits(2)
.needs(&[Need::References]);

/// Tokens of hypotheses against tokens of references.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LengthRatio {
    /// Tokens of the hypotheses.
    pub hyp_len: u64,
    /// Tokens of the closest references.
    pub ref_len: u64,
    /// Texts, missing ones included.
    pub n: u64,
    /// Missing texts; each is of length 0.
    pub missing: u64,
}

impl LengthRatio {
    /// Reads one text, with BLEU's choice of the closest reference, and returns its own counts, for a
    /// bootstrap.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn add<R: AsRef<str>>(
        &mut self,
        hypothesis: Option<&str>,
        references: &[R],
    ) -> Result<Self> {
        let hyp_len = tokenize_13a(hypothesis.unwrap_or("")).len();
        let ref_len = references
            .iter()
            .map(|text| tokenize_13a(text.as_ref()).len())
            .min_by_key(|&length| (length.abs_diff(hyp_len), length))
            .ok_or(MetricError::NoReference { metric: "length-ratio" })?;
        let unit = Self {
            hyp_len: hyp_len as u64,
            ref_len: ref_len as u64,
            n: 1,
            missing: u64::from(hypothesis.is_none()),
        };
        Statistic::merge(self, &unit);
        Ok(unit)
    }

    /// Tokens of the hypotheses over tokens of the references, at least 0, best near 1; `None` without
    /// the latter.
    pub fn score(&self) -> Option<f64> {
        (self.ref_len > 0).then(|| self.hyp_len as f64 / self.ref_len as f64)
    }
}

impl Statistic for LengthRatio {
    fn merge(&mut self, other: &Self) {
        self.hyp_len += other.hyp_len;
        self.ref_len += other.ref_len;
        self.n += other.n;
        self.missing += other.missing;
    }

    fn score(&self) -> Option<f64> {
        self.score()
    }
}

impl Counted for LengthRatio {
    fn units(&self) -> u64 {
        self.n
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

impl Metric for LengthRatio {
    type Stats = Self;

    fn info(&self) -> &'static MetricInfo {
        &LENGTH_RATIO.scores[0].info
    }

    fn signature(&self) -> Signature {
        Signature::of([("agg", &"corpus"), ("refs", &"closest"), ("tok", &"13a")]).versioned()
    }

    fn stats(&self) -> &Self {
        self
    }
}

impl TextMetric for LengthRatio {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<Self>> {
        segments.iter().map(|text| self.add(text.candidate, text.references)).collect()
    }

    fn join(&mut self, other: &Self) {
        Statistic::merge(self, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_ratio_is_of_sums() {
        let mut ratio = LengthRatio::default();
        assert_eq!(ratio.score(), None);
        ratio.add(Some("a b c"), &["a b", "a b c d e f"]).expect("references are given");
        ratio.add(None, &["a b c d"]).expect("a reference is given");
        assert_eq!(ratio.score(), Some(3.0 / 6.0));
        assert_eq!(ratio.missing, 1);
        assert!(ratio.add(Some("a"), &[] as &[&str]).is_err());
    }
}

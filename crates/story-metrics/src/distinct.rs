//! How varied texts are, and how long: numbers that show a model which always says the same.
//!
//! ```text
//! distinct-n      = different n-grams / n-grams, over all texts                        (0..=1)
//! distinct texts  = different texts / texts                                            (0..=1)
//! repetition-n    = mean over texts of 1 - different n-grams / n-grams within the text (0..=1)
//! length ratio    = tokens of the hypotheses / tokens of the closest references        (>= 0)
//! ```
//! distinct-n: Li et al. 2016, "A Diversity-Promoting Objective Function for Neural Conversation
//! Models". Repetition: seq-rep-n of Welleck et al. 2020, "Neural Text Generation with Unlikelihood
//! Training". Distinct-n falls with the amount of text: compare only corpora of equal size, with
//! the references' own value beside them. Tokens are those of `13a` in lower case.

use crate::error::{MetricError, Result};
use crate::metric::{Direction, Measurement, Metric, Range, VERSION};
use crate::statistic::{MeanStats, Statistic};
use crate::tokenize::tokenize_13a;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Longest n-grams whose variety is counted.
pub const MAX_DISTINCT: usize = 4;
/// Length of the n-grams whose repetition within a text is counted, as in the paper.
pub const REPETITION_N: usize = 4;

/// Variety and length of a corpus of texts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DiversityStats {
    /// Different n-grams of length 1 to 4, tokens joined by a space.
    different: [BTreeSet<String>; MAX_DISTINCT],
    /// N-grams of length 1 to 4.
    totals: [u64; MAX_DISTINCT],
    /// Different texts, as tokens joined by a space.
    texts: BTreeSet<String>,
    /// Texts, missing ones not included.
    n: u64,
    /// Missing texts.
    missing: u64,
    /// Repetition of each text; one of fewer than [`REPETITION_N`] tokens has none.
    repetition: MeanStats,
}

impl DiversityStats {
    /// Reads one text. A missing one (`None`) is only counted.
    pub fn add(&mut self, text: Option<&str>) {
        let Some(text) = text else {
            self.missing += 1;
            return;
        };
        let tokens = tokenize_13a(&text.to_lowercase());
        self.n += 1;
        self.texts.insert(tokens.join(" "));
        for n in 1..=MAX_DISTINCT {
            for ngram in tokens.windows(n) {
                self.totals[n - 1] += 1;
                self.different[n - 1].insert(ngram.join(" "));
            }
        }
        let ngrams = tokens.windows(REPETITION_N);
        let total = ngrams.len();
        let different = ngrams.collect::<BTreeSet<_>>().len();
        self.repetition
            .push((total > 0).then(|| 1.0 - different as f64 / total as f64));
    }

    /// distinct-n, 0..=1, for `n` of 1 to [`MAX_DISTINCT`]; `None` without any n-gram.
    ///
    /// # Errors
    /// If `n` is out of range.
    pub fn distinct(&self, n: usize) -> Result<Option<f64>> {
        if !(1..=MAX_DISTINCT).contains(&n) {
            return Err(MetricError::Setting {
                setting: "distinct n",
                expected: "1 to 4",
                found: n.to_string(),
            });
        }
        Ok(fraction(
            self.different[n - 1].len() as u64,
            self.totals[n - 1],
        ))
    }

    /// Number of different texts.
    pub fn different_texts(&self) -> u64 {
        self.texts.len() as u64
    }

    /// Different texts over texts, 0..=1, best near the references' own; `None` without any text.
    pub fn distinct_texts(&self) -> Option<f64> {
        fraction(self.different_texts(), self.n)
    }

    /// Mean share of n-grams that occurred before in the same text, 0..=1, lower is better; `None`
    /// if every text is shorter than [`REPETITION_N`] tokens.
    pub fn repetition(&self) -> Option<f64> {
        self.repetition.score()
    }

    /// `distinct-1` to `distinct-4`, `distinct-texts` and `repetition-4` as rows of a table.
    pub fn measurements(&self) -> Vec<Measurement> {
        let row = |name: String, value, direction| Measurement {
            name,
            value,
            n: self.n + self.missing,
            missing: self.missing,
            direction,
            range: Range::FRACTION,
            signature: format!("agg:corpus|case:lc|tok:13a|{VERSION}"),
        };
        let mut rows: Vec<_> = (1..=MAX_DISTINCT)
            .map(|n| {
                let value = fraction(self.different[n - 1].len() as u64, self.totals[n - 1]);
                row(format!("distinct-{n}"), value, Direction::CloserToReference)
            })
            .collect();
        rows.push(row(
            "distinct-texts".to_string(),
            self.distinct_texts(),
            Direction::CloserToReference,
        ));
        rows.push(Measurement {
            signature: format!(
                "agg:mean|case:lc|tok:13a|short:{}|{VERSION}",
                self.repetition.undefined
            ),
            ..row(
                format!("repetition-{REPETITION_N}"),
                self.repetition(),
                Direction::LowerIsBetter,
            )
        });
        rows
    }
}

impl Statistic for DiversityStats {
    fn merge(&mut self, other: &Self) {
        for n in 0..MAX_DISTINCT {
            self.different[n].extend(other.different[n].iter().cloned());
            self.totals[n] += other.totals[n];
        }
        self.texts.extend(other.texts.iter().cloned());
        self.n += other.n;
        self.missing += other.missing;
        self.repetition.merge(&other.repetition);
    }

    /// distinct-2.
    fn score(&self) -> Option<f64> {
        fraction(self.different[1].len() as u64, self.totals[1])
    }
}

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
    /// Reads one text, with BLEU's choice of the closest reference.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn add<R: AsRef<str>>(&mut self, hypothesis: Option<&str>, references: &[R]) -> Result<()> {
        let hyp_len = tokenize_13a(hypothesis.unwrap_or("")).len();
        let ref_len = references
            .iter()
            .map(|text| tokenize_13a(text.as_ref()).len())
            .min_by_key(|&length| (length.abs_diff(hyp_len), length))
            .ok_or(MetricError::NoReference {
                metric: "length-ratio",
            })?;
        self.merge(&Self {
            hyp_len: hyp_len as u64,
            ref_len: ref_len as u64,
            n: 1,
            missing: u64::from(hypothesis.is_none()),
        });
        Ok(())
    }

    /// Tokens of the hypotheses over tokens of the references, at least 0, best near 1; `None` without
    /// the latter.
    pub fn score(&self) -> Option<f64> {
        fraction(self.hyp_len, self.ref_len)
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

impl Metric for LengthRatio {
    fn name(&self) -> String {
        "length-ratio".to_string()
    }

    fn direction(&self) -> Direction {
        Direction::CloserToReference
    }

    fn range(&self) -> Range {
        Range::POSITIVE
    }

    fn signature(&self) -> String {
        format!("agg:corpus|refs:closest|tok:13a|{VERSION}")
    }

    fn score(&self) -> Option<f64> {
        self.score()
    }

    fn count(&self) -> u64 {
        self.n
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        let mut texts = DiversityStats::default();
        assert_eq!(
            (
                texts.distinct(1),
                texts.distinct_texts(),
                texts.repetition()
            ),
            (Ok(None), None, None)
        );
        // 8 unigrams: a b c d e . "a b c d e" has no repetition; "a a a a a" repeats its 4-gram.
        texts.add(Some("a b c d e"));
        texts.add(Some("A a a a a"));
        texts.add(Some("a b c d e"));
        texts.add(Some("b"));
        texts.add(None);
        assert_eq!(texts.distinct(1), Ok(Some(5.0 / 16.0)));
        assert_eq!(texts.distinct(2), Ok(Some(5.0 / 12.0)));
        assert_eq!(
            (texts.different_texts(), texts.distinct_texts()),
            (3, Some(0.75))
        );
        assert_eq!(texts.repetition(), Some((0.0 + 0.5 + 0.0) / 3.0));
        assert!(texts.distinct(0).is_err() && texts.distinct(5).is_err());
        let rows = texts.measurements();
        assert_eq!(rows.len(), 6);
        assert!(rows.iter().all(|row| row.n == 5 && row.missing == 1));
    }

    #[test]
    fn the_length_ratio_is_of_sums() {
        let mut ratio = LengthRatio::default();
        assert_eq!(ratio.score(), None);
        ratio
            .add(Some("a b c"), &["a b", "a b c d e f"])
            .expect("references are given");
        ratio.add(None, &["a b c d"]).expect("a reference is given");
        assert_eq!(ratio.score(), Some(3.0 / 6.0));
        assert_eq!(ratio.missing, 1);
        assert!(ratio.add(Some("a"), &[] as &[&str]).is_err());
    }
}

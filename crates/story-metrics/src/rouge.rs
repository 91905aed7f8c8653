//! ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum (Lin 2004, "ROUGE: A Package for Automatic Evaluation of
//! Summaries"), equal to the Python package `rouge-score` without stemming.
//!
//! ```text
//! ROUGE-N:  precision = common n-grams / n-grams of the hypothesis,  recall = .. / of the reference
//! ROUGE-L:  the same with the length of the longest common subsequence over the numbers of tokens
//! F1 = 2 * precision * recall / (precision + recall)
//! ```
//! Range 0..=1, higher is better. With several references the one of the highest F1 counts. The
//! corpus score is the mean over texts.

mod lcs;
mod summary;

pub(crate) use lcs::longest_common_subsequence;

use crate::error::{MetricError, Result};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::ngrams::NgramCounts;
use crate::signature::Signature;
use crate::statistic::{Counted, Statistic};
use crate::texts::{Reads, Segment, TextEntry, TextMetric, TextOptions};
use crate::tokenize::{Interner, split_rouge};
use serde::{Deserialize, Serialize};
use summary::rouge_lsum;

/// About how many bytes a token takes with its blank, for the first size of a table.
const BYTES_A_TOKEN: usize = 5;

/// ROUGE-1 in the list of metrics.
pub static ROUGE_1: TextEntry<Rouge> = entry(
    "rouge-1",
    "Common words, F1, as rouge-score without stemming",
    &[score(info("rouge-1", "ROUGE-1", "common words").on_request())],
    |_| Ok(Rouge::new(RougeKind::Rouge1)),
);

/// ROUGE-2 in the list of metrics.
pub static ROUGE_2: TextEntry<Rouge> = entry(
    "rouge-2",
    "Common pairs of words, F1, as rouge-score",
    &[score(info("rouge-2", "ROUGE-2", "common pairs of words").on_request())],
    |_| Ok(Rouge::new(RougeKind::Rouge2)),
);

/// ROUGE-L in the list of metrics.
pub static ROUGE_L: TextEntry<Rouge> = entry(
    "rouge-l",
    "Longest common subsequence, F1, as rouge-score",
    &[score(info("rouge-l", "ROUGE-L", "longest common subsequence of words"))],
    |_| Ok(Rouge::new(RougeKind::RougeL)),
);

/// ROUGE-Lsum in the list of metrics.
pub static ROUGE_LSUM: TextEntry<Rouge> = entry(
    "rouge-lsum",
    "ROUGE-L over sentences, one a line, as rouge-score",
    &[score(
        info("rouge-lsum", "ROUGE-Lsum", "longest common subsequences of sentences").on_request(),
    )],
    |_| Ok(Rouge::new(RougeKind::RougeLsum)),
);

type Build = fn(&TextOptions) -> Result<Rouge>;

const fn entry(
    name: &'static str,
    summary: &'static str,
    scores: &'static [Score<RougeStats>],
    build: Build,
) -> TextEntry<Rouge> {
    TextEntry { name, summary, reads: Reads::EachText, scores, build }
}

const fn score(info: MetricInfo) -> Score<RougeStats> {
    Score { info, of: RougeStats::score }
}

const fn info(id: &'static str, name: &'static str, summary: &'static str) -> MetricInfo {
    MetricInfo::new(id, name, summary, HigherIsBetter, Range::FRACTION).needs(&[Need::References])
}

/// Which member of the ROUGE family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RougeKind {
    /// Common words.
    #[serde(rename = "rouge-1")]
    Rouge1,
    /// Common pairs of words.
    #[serde(rename = "rouge-2")]
    Rouge2,
    /// Longest common subsequence of words.
    #[serde(rename = "rouge-l")]
    RougeL,
    /// Union of longest common subsequences over sentences, one a line.
    #[serde(rename = "rouge-lsum")]
    RougeLsum,
}

impl RougeKind {
    /// `rouge-1`, `rouge-2`, `rouge-l` or `rouge-lsum`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rouge1 => "rouge-1",
            Self::Rouge2 => "rouge-2",
            Self::RougeL => "rouge-l",
            Self::RougeLsum => "rouge-lsum",
        }
    }
}

/// Precision, recall and F1 of one text, each 0..=1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RougeScore {
    /// Share of the hypothesis that is in the reference.
    pub precision: f64,
    /// Share of the reference that is in the hypothesis.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

impl RougeScore {
    fn from_counts(common: u64, hypothesis: u64, reference: u64) -> Self {
        let precision = common as f64 / hypothesis.max(1) as f64;
        let recall = common as f64 / reference.max(1) as f64;
        let f1 = if common == 0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
        Self { precision, recall, f1 }
    }
}

/// ROUGE of one text against its references; an empty text scores 0.
///
/// # Errors
/// If there is no reference, or, for ROUGE-Lsum alone, if a text of several sentences has one of many
/// thousands of words.
pub fn rouge<R: AsRef<str>>(
    kind: RougeKind,
    hypothesis: &str,
    references: &[R],
) -> Result<RougeScore> {
    let hypothesis = hypothesis.to_lowercase();
    let references: Vec<_> = references.iter().map(|text| text.as_ref().to_lowercase()).collect();
    let bytes = hypothesis.len() + references.iter().map(String::len).sum::<usize>();
    let mut interner = Interner::with_capacity(bytes / BYTES_A_TOKEN);
    let hypothesis = sentences(kind, &hypothesis, &mut interner);
    let references: Vec<_> =
        references.iter().map(|text| sentences(kind, text, &mut interner)).collect();
    let different = interner.len();
    references
        .iter()
        .map(|reference| match kind {
            RougeKind::Rouge1 => Ok(rouge_n(&hypothesis[0], &reference[0], 1)),
            RougeKind::Rouge2 => Ok(rouge_n(&hypothesis[0], &reference[0], 2)),
            RougeKind::RougeL => Ok(rouge_l(&hypothesis[0], &reference[0], different)),
            RougeKind::RougeLsum => rouge_lsum(&hypothesis, reference, different),
        })
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        // The first of equally good references, as in the original.
        .reduce(|best, next| if next.f1 > best.f1 { next } else { best })
        .ok_or(MetricError::NoReference { metric: kind.name() })
}

/// The sentences of a text in lower case, as numbers of tokens: its lines for ROUGE-Lsum; for the
/// others, which know no sentences, a text is one.
fn sentences<'a>(kind: RougeKind, lower: &'a str, interner: &mut Interner<'a>) -> Vec<Vec<u32>> {
    let mut numbers = |text| split_rouge(text).map(|token| interner.number(token)).collect();
    match kind {
        RougeKind::RougeLsum => lower.split('\n').map(numbers).collect(),
        _ => vec![numbers(lower)],
    }
}

fn rouge_n(hypothesis: &[u32], reference: &[u32], n: usize) -> RougeScore {
    let in_reference = NgramCounts::of(reference, n);
    let common = NgramCounts::of(hypothesis, n)
        .iter()
        .map(|&(ngram, count)| count.min(in_reference.count(ngram)))
        .sum();
    let ngrams = |tokens: &[u32]| (tokens.len() + 1).saturating_sub(n) as u64;
    RougeScore::from_counts(common, ngrams(hypothesis), ngrams(reference))
}

fn rouge_l(hypothesis: &[u32], reference: &[u32], different: usize) -> RougeScore {
    let common = longest_common_subsequence(hypothesis, reference, different);
    RougeScore::from_counts(common, hypothesis.len() as u64, reference.len() as u64)
}

/// Sums of precision, recall and F1 over texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RougeStats {
    /// Sum of precisions.
    pub precision: f64,
    /// Sum of recalls.
    pub recall: f64,
    /// Sum of F1.
    pub f1: f64,
    /// Texts, missing ones included.
    pub n: u64,
    /// Texts that were missing; each scores 0.
    pub missing: u64,
}

impl RougeStats {
    /// One text. A missing one (`None`) scores 0, and is counted.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn of<R: AsRef<str>>(
        kind: RougeKind,
        hypothesis: Option<&str>,
        references: &[R],
    ) -> Result<Self> {
        let RougeScore { precision, recall, f1 } =
            rouge(kind, hypothesis.unwrap_or(""), references)?;
        Ok(Self { precision, recall, f1, n: 1, missing: u64::from(hypothesis.is_none()) })
    }

    /// Mean precision, recall and F1, each 0..=1; `None` if nothing was read.
    pub fn mean(&self) -> Option<RougeScore> {
        let n = self.n as f64;
        (self.n > 0).then(|| RougeScore {
            precision: self.precision / n,
            recall: self.recall / n,
            f1: self.f1 / n,
        })
    }
}

impl Statistic for RougeStats {
    fn merge(&mut self, other: &Self) {
        self.precision += other.precision;
        self.recall += other.recall;
        self.f1 += other.f1;
        self.n += other.n;
        self.missing += other.missing;
    }

    /// Mean F1.
    fn score(&self) -> Option<f64> {
        self.mean().map(|mean| mean.f1)
    }
}

impl Counted for RougeStats {
    fn units(&self) -> u64 {
        self.n
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

/// ROUGE of a corpus that is read one text at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Rouge {
    kind: RougeKind,
    stats: RougeStats,
}

impl Rouge {
    /// An empty corpus.
    pub fn new(kind: RougeKind) -> Self {
        Self { kind, stats: RougeStats::default() }
    }

    /// Reads one text and returns its own scores, for a bootstrap.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn add<R: AsRef<str>>(
        &mut self,
        hypothesis: Option<&str>,
        references: &[R],
    ) -> Result<RougeStats> {
        let stats = RougeStats::of(self.kind, hypothesis, references)?;
        self.stats.merge(&stats);
        Ok(stats)
    }

    /// Adds the corpus of another shard of the same kind.
    pub fn merge(&mut self, other: &Self) {
        self.stats.merge(&other.stats);
    }
}

impl Metric for Rouge {
    type Stats = RougeStats;

    fn info(&self) -> &'static MetricInfo {
        let entry = match self.kind {
            RougeKind::Rouge1 => &ROUGE_1,
            RougeKind::Rouge2 => &ROUGE_2,
            RougeKind::RougeL => &ROUGE_L,
            RougeKind::RougeLsum => &ROUGE_LSUM,
        };
        &entry.scores[0].info
    }

    fn signature(&self) -> Signature {
        Signature::of([
            ("type", &self.kind.name()),
            ("score", &"f1"),
            ("refs", &"max"),
            ("agg", &"mean"),
            ("case", &"lc"),
            ("tok", &"rouge"),
            ("stem", &"no"),
        ])
        .versioned()
    }

    fn stats(&self) -> &RougeStats {
        &self.stats
    }
}

impl TextMetric for Rouge {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<RougeStats>> {
        segments.iter().map(|text| self.add(text.candidate, text.references)).collect()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_follow_the_paper() {
        // Lin 2004, section 3.1: ROUGE-L sees order, ROUGE-1 does not.
        let reference = ["police killed the gunman"];
        let f1 = |kind, text| rouge(kind, text, &reference).expect("a reference is given").f1;
        assert_eq!(f1(RougeKind::RougeL, "police kill the gunman"), 0.75);
        assert_eq!(f1(RougeKind::RougeL, "the gunman kill police"), 0.5);
        assert_eq!(f1(RougeKind::Rouge1, "the gunman kill police"), 0.75);
    }

    #[test]
    fn empty_is_zero_missing_is_counted_and_nothing_is_undefined() {
        let mut rouge = Rouge::new(RougeKind::RougeL);
        assert_eq!(rouge.score(), None);
        rouge.add(None, &["a b"]).expect("a reference is given");
        rouge.add(Some(""), &[""]).expect("a reference is given");
        rouge.add(Some("a b"), &["a b"]).expect("a reference is given");
        assert_eq!((rouge.score(), rouge.count(), rouge.missing()), (Some(1.0 / 3.0), 3, 1));
        assert!(rouge.add(Some("a"), &[] as &[&str]).is_err());
    }

    #[test]
    fn the_first_of_equally_good_references_counts() {
        // Both have an F1 of 1/3, with precision and recall the other way round.
        let references = ["a x", "a b x x x x x x"];
        let score = rouge(RougeKind::Rouge1, "a b c d", &references).expect("references are given");
        assert_eq!((score.precision, score.recall), (0.25, 0.5));
    }
}

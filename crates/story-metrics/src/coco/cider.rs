//! CIDEr and CIDEr-D (Vedantam, Zitnick and Parikh 2015, "CIDEr: Consensus-based Image Description
//! Evaluation", arXiv 1411.5726): cosines of tf-idf vectors of n-grams, n = 1..4.
//!
//! ```text
//! g_n(text)[w] = count of w in text * (ln N - ln max(1, df_w))
//!     N: captions;  df_w: captions of which any reference contains w
//! CIDEr   = 10 * mean over n, references of  g(c) . g(r) / (|g(c)| |g(r)|)
//! CIDEr-D = 10 * mean over n, references of  exp(-(l_c - l_r)^2 / (2 * 6^2))
//!                                            * min(g(c), g(r)) . g(r) / (|g(c)| |g(r)|)
//! ```
//! Range 0..=10, higher is better; the corpus score is the mean over captions. `l` is the number of
//! word pairs (words less one), as in the authors' code. CIDEr-D is what `pycocoevalcap` and the
//! COCO server call CIDEr; the plain form has neither clipping nor length penalty. Both carry the
//! factor 10 of the authors' code.
//!
//! The document frequencies need all references, so the score is computed when it is asked for; the
//! statistic keeps the captions as numbered words and merges with that of another shard. A corpus
//! of one caption scores 0, since every n-gram of it is in every document.

use super::captions::{Captions, words};
use super::tfidf::{Counts, DocumentFrequency, Vector};
use crate::metric::{Direction, Metric, Range, VERSION};
use crate::statistic::{MeanStats, Statistic};
use crate::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Standard deviation of CIDEr-D's length penalty, in words.
pub const SIGMA: f64 = 6.0;
/// Factor of the authors' code.
const SCALE: f64 = 10.0;

/// Which of the two scores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CiderKind {
    /// Plain CIDEr.
    #[serde(rename = "cider")]
    Plain,
    /// CIDEr-D: clipped counts and a length penalty, so that repeating words does not pay.
    #[default]
    #[serde(rename = "cider-d")]
    Defended,
}

impl CiderKind {
    /// `cider` or `cider-d`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "cider",
            Self::Defended => "cider-d",
        }
    }
}

/// The captions of a corpus, their words numbered in order of appearance.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Record>", into = "Vec<Record>")]
pub struct CiderStats {
    words: Vocabulary,
    segments: Vec<Segment>,
}

/// One caption as numbers.
#[derive(Debug, Clone, Default)]
struct Segment {
    candidate: Vec<u32>,
    references: Vec<Vec<u32>>,
    missing: bool,
}

/// One caption as words, the form in which statistics are saved.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    candidate: Vec<String>,
    references: Vec<Vec<String>>,
    missing: bool,
}

impl CiderStats {
    /// Keeps one caption.
    pub fn add(&mut self, captions: &Captions) {
        let segment = Segment {
            candidate: self.words.numbers(words(&captions.candidate)),
            references: captions
                .references
                .iter()
                .map(|reference| self.words.numbers(words(reference)))
                .collect(),
            missing: captions.missing,
        };
        self.segments.push(segment);
    }

    /// Captions kept, missing candidates included.
    pub fn len(&self) -> usize {
        self.segments.len()
    }

    /// Whether no caption was kept.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Captions whose candidate was missing.
    pub fn missing(&self) -> u64 {
        self.segments.iter().filter(|s| s.missing).count() as u64
    }

    /// The score of each caption in order of reading, 0..=10, with the document frequencies of the
    /// whole corpus. For a bootstrap, wrap each in [`MeanStats::of`].
    pub fn scores(&self, kind: CiderKind) -> Vec<f64> {
        let references: Vec<Vec<Counts>> = self
            .segments
            .iter()
            .map(|segment| segment.references.iter().map(|r| Counts::of(r)).collect())
            .collect();
        let mut frequency = DocumentFrequency::new(self.segments.len());
        for document in &references {
            frequency.add(document);
        }
        self.segments
            .iter()
            .zip(&references)
            .map(|(segment, references)| {
                let candidate = frequency.vector(&Counts::of(&segment.candidate));
                let sum: f64 = references
                    .iter()
                    .map(|reference| similarity(kind, &candidate, &frequency.vector(reference)))
                    .sum();
                SCALE * sum / references.len().max(1) as f64
            })
            .collect()
    }

    /// Mean of [`CiderStats::scores`]; `None` without captions.
    pub fn mean(&self, kind: CiderKind) -> Option<f64> {
        mean(&self.scores(kind))
    }

    fn text(&self, numbers: &[u32]) -> Vec<String> {
        numbers.iter().map(|&number| self.words.word(number).to_string()).collect()
    }
}

impl Statistic for CiderStats {
    fn merge(&mut self, other: &Self) {
        let map = self.words.translation(&other.words);
        let mapped = |numbers: &Vec<u32>| numbers.iter().map(|&n| map[n as usize]).collect();
        self.segments.extend(other.segments.iter().map(|segment| Segment {
            candidate: mapped(&segment.candidate),
            references: segment.references.iter().map(mapped).collect(),
            missing: segment.missing,
        }));
    }

    /// CIDEr-D.
    fn score(&self) -> Option<f64> {
        self.mean(CiderKind::Defended)
    }
}

impl From<Vec<Record>> for CiderStats {
    fn from(records: Vec<Record>) -> Self {
        let mut stats = Self::default();
        for Record { candidate, references, missing } in records {
            stats.add(&Captions { candidate, references, missing });
        }
        stats
    }
}

impl From<CiderStats> for Vec<Record> {
    fn from(stats: CiderStats) -> Self {
        let record = |segment: &Segment| Record {
            candidate: stats.text(&segment.candidate),
            references: segment.references.iter().map(|r| stats.text(r)).collect(),
            missing: segment.missing,
        };
        stats.segments.iter().map(record).collect()
    }
}

fn mean(scores: &[f64]) -> Option<f64> {
    let mut mean = MeanStats::default();
    scores.iter().for_each(|&score| mean.push(Some(score)));
    mean.score()
}

/// Mean over n-gram lengths of one candidate's likeness to one reference, 0..=1.
fn similarity(kind: CiderKind, candidate: &Vector, reference: &Vector) -> f64 {
    match kind {
        CiderKind::Plain => candidate.cosine(reference, |own, _| own),
        CiderKind::Defended => {
            let apart = candidate.pairs() as f64 - reference.pairs() as f64;
            let penalty = (-apart * apart / (2.0 * SIGMA * SIGMA)).exp();
            penalty * candidate.cosine(reference, f64::min)
        }
    }
}

/// CIDEr or CIDEr-D of a corpus that is read one caption at a time.
#[derive(Debug, Clone, Default)]
pub struct Cider {
    kind: CiderKind,
    stats: CiderStats,
    /// The scores of `stats`, once they were asked for.
    scores: OnceLock<Vec<f64>>,
}

impl Cider {
    /// An empty corpus.
    pub fn new(kind: CiderKind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// Reads one caption.
    pub fn add(&mut self, captions: &Captions) {
        self.stats.add(captions);
        self.scores.take();
    }

    /// Adds the corpus of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.merge_stats(&other.stats);
    }

    /// Adds captions that were kept elsewhere, for example read from a file.
    pub fn merge_stats(&mut self, other: &CiderStats) {
        self.stats.merge(other);
        self.scores.take();
    }

    /// The score of each caption in order of reading, see [`CiderStats::scores`]; they are computed once
    /// for all who ask, until a caption is added.
    pub fn scores(&self) -> Vec<f64> {
        self.kept_scores().to_vec()
    }

    fn kept_scores(&self) -> &[f64] {
        self.scores.get_or_init(|| self.stats.scores(self.kind))
    }

    /// The captions so far.
    pub fn stats(&self) -> &CiderStats {
        &self.stats
    }
}

impl Metric for Cider {
    fn name(&self) -> String {
        self.kind.name().to_string()
    }

    fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }

    fn range(&self) -> Range {
        Range { low: Some(0.0), high: Some(SCALE), unit: "" }
    }

    fn signature(&self) -> String {
        let defence = match self.kind {
            CiderKind::Plain => String::new(),
            CiderKind::Defended => format!("|clip:yes|sigma:{SIGMA}"),
        };
        format!("n:4|df:references{defence}|scale:10|agg:mean|case:lc|tok:coco-ptb|{VERSION}")
    }

    fn score(&self) -> Option<f64> {
        mean(self.kept_scores())
    }

    fn count(&self) -> u64 {
        self.stats.len() as u64
    }

    fn missing(&self) -> u64 {
        self.stats.missing()
    }
}

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
//! of one caption scores 0, since every n-gram of it is in every document. For the same reason the
//! score of the same captions changes with the number of captions beside them: to compare corpora of
//! different sizes, count the frequencies in one set of documents ([`CiderDocuments`]).

use super::captions::{Captions, words};
use super::documents::CiderDocuments;
use super::tfidf::{Counts, DocumentFrequency, Vector};
use crate::error::Result;
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::signature::Signature;
use crate::statistic::{MeanStats, Statistic};
use crate::texts::{self, Reads, TextEntry, TextMetric};
use crate::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// Standard deviation of CIDEr-D's length penalty, in words.
pub const SIGMA: f64 = 6.0;
/// Factor of the authors' code.
const SCALE: f64 = 10.0;

/// Plain CIDEr in the list of metrics.
pub static CIDER: TextEntry<Cider> = TextEntry {
    name: "cider",
    summary: "Plain CIDEr, 0 to 10",
    reads: Reads::EachAmongAll,
    scores: &[Score { info: info("cider", "CIDEr").on_request(), of: MeanStats::score }],
    build: |options| Ok(Cider::with(CiderKind::Plain, options.documents.clone())),
};

/// CIDEr-D in the list of metrics.
pub static CIDER_D: TextEntry<Cider> = TextEntry {
    name: "cider-d",
    summary: "CIDEr-D, 0 to 10: what pycocoevalcap calls CIDEr",
    reads: Reads::EachAmongAll,
    scores: &[Score { info: info("cider-d", "CIDEr-D"), of: MeanStats::score }],
    build: |options| Ok(Cider::with(CiderKind::Defended, options.documents.clone())),
};

const fn info(id: &'static str, name: &'static str) -> MetricInfo {
    let range = Range { low: Some(0.0), high: Some(SCALE), unit: "" };
    let summary = "common n-grams, those of few references above all";
    MetricInfo::new(id, name, summary, HigherIsBetter, range)
        .needs(&[Need::References, Need::DocumentFrequencies])
}

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
        let references = self.reference_counts();
        self.scores_by(kind, &references, &DocumentFrequency::of(&references))
    }

    /// The different n-grams of each caption's references.
    fn reference_counts(&self) -> Vec<Vec<Counts>> {
        let counts = |segment: &Segment| segment.references.iter().map(|r| Counts::of(r)).collect();
        self.segments.iter().map(counts).collect()
    }

    /// The score of each caption by document frequencies whose words have the numbers of this corpus.
    fn scores_by(
        &self,
        kind: CiderKind,
        references: &[Vec<Counts>],
        frequency: &DocumentFrequency,
    ) -> Vec<f64> {
        self.segments
            .iter()
            .zip(references)
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
        self.sum(&self.scores(kind)).score()
    }

    /// The statistic of each caption from its score.
    fn units<'a>(&'a self, scores: &'a [f64]) -> impl Iterator<Item = MeanStats> + 'a {
        let unit = |(segment, &score): (&Segment, &f64)| MeanStats {
            missing: u64::from(segment.missing),
            ..MeanStats::of(Some(score))
        };
        self.segments.iter().zip(scores).map(unit)
    }

    fn sum(&self, scores: &[f64]) -> MeanStats {
        let mut sum = MeanStats::default();
        self.units(scores).for_each(|unit| sum.merge(&unit));
        sum
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
    captions: CiderStats,
    /// Where n-grams are counted beside the captions' own references.
    documents: Option<Arc<CiderDocuments>>,
    /// What follows from the captions, once it was asked for.
    kept: OnceLock<Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    scores: Vec<f64>,
    mean: MeanStats,
}

impl Cider {
    /// An empty corpus.
    pub fn new(kind: CiderKind) -> Self {
        Self::with(kind, None)
    }

    /// An empty corpus whose document frequencies are those of other documents; `None` for those of
    /// its own references.
    pub fn with(kind: CiderKind, documents: Option<Arc<CiderDocuments>>) -> Self {
        let mut cider = Self { kind, ..Self::default() };
        if let Some(documents) = &documents {
            // Words of the documents keep their numbers: further ones are numbered behind them.
            cider.captions.words = documents.words().clone();
        }
        Self { documents, ..cider }
    }

    /// Reads one caption.
    pub fn add(&mut self, captions: &Captions) {
        self.captions.add(captions);
        self.kept.take();
    }

    /// Adds the corpus of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.merge_stats(&other.captions);
    }

    /// Adds captions that were kept elsewhere, for example read from a file.
    pub fn merge_stats(&mut self, other: &CiderStats) {
        self.captions.merge(other);
        self.kept.take();
    }

    /// The score of each caption in order of reading, see [`CiderStats::scores`]; they are computed once
    /// for all who ask, until a caption is added.
    pub fn scores(&self) -> &[f64] {
        &self.kept().scores
    }

    fn kept(&self) -> &Kept {
        self.kept.get_or_init(|| {
            let scores = match &self.documents {
                None => self.captions.scores(self.kind),
                Some(documents) => {
                    let references = self.captions.reference_counts();
                    self.captions.scores_by(self.kind, &references, documents.frequency())
                }
            };
            Kept { mean: self.captions.sum(&scores), scores }
        })
    }
}

impl Metric for Cider {
    type Stats = MeanStats;

    fn info(&self) -> &'static MetricInfo {
        match self.kind {
            CiderKind::Plain => &CIDER.scores[0].info,
            CiderKind::Defended => &CIDER_D.scores[0].info,
        }
    }

    fn signature(&self) -> Signature {
        let settings = Signature::of([("n", &4)]);
        let settings = match &self.documents {
            None => settings.with("df", "references"),
            Some(documents) => settings.with("df", format_args!("{}-documents", documents.len())),
        };
        let settings = match self.kind {
            CiderKind::Plain => settings,
            CiderKind::Defended => settings.with("clip", "yes").with("sigma", SIGMA),
        };
        let rest = Signature::of([
            ("scale", &SCALE),
            ("agg", &"mean"),
            ("case", &"lc"),
            ("tok", &"coco-ptb"),
        ]);
        settings.and(rest).versioned()
    }

    fn stats(&self) -> &MeanStats {
        &self.kept().mean
    }
}

impl TextMetric for Cider {
    fn read(&mut self, segments: &[texts::Segment<'_>]) -> Vec<Result<MeanStats>> {
        let first = self.captions.len();
        let read: Vec<Result<()>> = segments
            .iter()
            .map(|text| text.captions().map(|captions| self.add(captions)))
            .collect();
        let mut own = self.captions.units(&self.kept().scores).skip(first);
        let unit = |read: Result<()>| read.map(|()| own.next().unwrap_or_default());
        read.into_iter().map(unit).collect()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

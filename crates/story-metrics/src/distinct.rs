//! How varied texts are: numbers that show a model which always says the same.
//!
//! ```text
//! distinct-n      = different n-grams / n-grams, over all texts                        (0..=1)
//! distinct texts  = different texts / texts                                            (0..=1)
//! repetition-n    = mean over texts of 1 - different n-grams / n-grams within the text (0..=1)
//! ```
//! distinct-n: Li et al. 2016, "A Diversity-Promoting Objective Function for Neural Conversation
//! Models". Repetition: seq-rep-n of Welleck et al. 2020, "Neural Text Generation with Unlikelihood
//! Training". Distinct-n falls with the amount of text: compare only corpora of equal size, with
//! the references' own value beside them. Tokens are those of `13a` in lower case.

use crate::error::{MetricError, Result};
use crate::hash::BuildMixer;
use crate::metric::Direction::{CloserToReference, LowerIsBetter};
use crate::metric::{Measurement, Metric, MetricInfo, Range, Score};
use crate::ngrams::{LONGEST, packed, unpack};
use crate::signature::Signature;
use crate::statistic::{Counted, MeanStats, Statistic};
use crate::texts::{Reads, Segment, TextEntry, TextMetric};
use crate::tokenize::tokenize_13a;
use crate::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};

/// Longest n-grams whose variety is counted.
pub const MAX_DISTINCT: usize = 4;
/// Length of the n-grams whose repetition within a text is counted, as in the paper.
pub const REPETITION_N: usize = 4;

/// The variety of texts in the list of metrics.
pub static DISTINCT: TextEntry<DiversityStats> = TextEntry {
    name: "distinct",
    summary: "Variety: distinct-1 to -4, different texts, repetition; needs no references",
    reads: Reads::AllTogether,
    scores: &[
        Score { info: distinct("distinct-1", "Distinct-1"), of: |stats| stats.share(1) },
        Score { info: distinct("distinct-2", "Distinct-2"), of: |stats| stats.share(2) },
        Score { info: distinct("distinct-3", "Distinct-3"), of: |stats| stats.share(3) },
        Score { info: distinct("distinct-4", "Distinct-4"), of: |stats| stats.share(4) },
        Score { info: DISTINCT_TEXTS, of: DiversityStats::distinct_texts },
        Score { info: REPETITION, of: DiversityStats::repetition },
    ],
    build: |_| Ok(DiversityStats::default()),
};

const fn distinct(id: &'static str, name: &'static str) -> MetricInfo {
    let summary = "different n-grams over n-grams of all texts";
    MetricInfo::new(id, name, summary, CloserToReference, Range::FRACTION).on_request()
}

const DISTINCT_TEXTS: MetricInfo = MetricInfo::new(
    "distinct-texts",
    "Distinct",
    "different texts over texts",
    CloserToReference,
    Range::FRACTION,
);

const REPETITION: MetricInfo = MetricInfo::new(
    "repetition-4",
    "Repetition-4",
    "share of n-grams that occurred before in the same text",
    LowerIsBetter,
    Range::FRACTION,
)
.on_request();

/// Variety of a corpus of texts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Record", into = "Record")]
pub struct DiversityStats {
    words: Vocabulary,
    /// Different n-grams of length 1 to 4, packed without collision.
    different: [HashSet<u128, BuildMixer>; MAX_DISTINCT],
    /// N-grams of length 1 to 4.
    totals: [u64; MAX_DISTINCT],
    /// Different texts, as numbered tokens.
    texts: HashSet<Box<[u32]>, BuildMixer>,
    /// Texts, missing ones not included.
    n: u64,
    /// Missing texts.
    missing: u64,
    /// Repetition of each text; one of fewer than [`REPETITION_N`] tokens has none.
    repetition: MeanStats,
}

/// The same with words instead of numbers, the form in which statistics are saved and compared.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    /// Tokens joined by a space, which no token holds.
    different: [BTreeSet<String>; MAX_DISTINCT],
    totals: [u64; MAX_DISTINCT],
    texts: BTreeSet<String>,
    n: u64,
    missing: u64,
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
        let tokens = self.words.numbers(tokens.iter().map(String::as_str));
        for n in 1..=MAX_DISTINCT {
            self.totals[n - 1] += tokens.windows(n).len() as u64;
            self.different[n - 1].extend(tokens.windows(n).map(packed));
        }
        let mut ngrams: Vec<u128> = tokens.windows(REPETITION_N).map(packed).collect();
        let total = ngrams.len();
        ngrams.sort_unstable();
        ngrams.dedup();
        self.repetition.push((total > 0).then(|| 1.0 - ngrams.len() as f64 / total as f64));
        self.n += 1;
        self.texts.insert(tokens.into());
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
        Ok(self.share(n))
    }

    /// distinct-n for an `n` that is known to be in range.
    fn share(&self, n: usize) -> Option<f64> {
        fraction(self.different[n - 1].len() as u64, self.totals[n - 1])
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
        DISTINCT.scores.iter().map(|score| score.measured(self)).collect()
    }
}

impl Statistic for DiversityStats {
    fn merge(&mut self, other: &Self) {
        let here = self.words.translation(&other.words);
        let translated =
            |words: &[u32]| -> Vec<u32> { words.iter().map(|&word| here[word as usize]).collect() };
        for n in 0..MAX_DISTINCT {
            let others = other.different[n].iter();
            self.different[n].extend(others.map(|&ngram| packed(&translated(&unpack(ngram)))));
            self.totals[n] += other.totals[n];
        }
        self.texts.extend(other.texts.iter().map(|text| translated(text).into()));
        self.n += other.n;
        self.missing += other.missing;
        self.repetition.merge(&other.repetition);
    }

    /// distinct-2.
    fn score(&self) -> Option<f64> {
        self.share(2)
    }
}

impl Counted for DiversityStats {
    fn units(&self) -> u64 {
        self.n + self.missing
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

impl Metric for DiversityStats {
    type Stats = Self;

    /// distinct-2.
    fn info(&self) -> &'static MetricInfo {
        &DISTINCT.scores[1].info
    }

    fn signature(&self) -> Signature {
        Signature::of([("agg", &"corpus"), ("case", &"lc"), ("tok", &"13a")]).versioned()
    }

    fn stats(&self) -> &Self {
        self
    }
}

impl TextMetric for DiversityStats {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<Self>> {
        segments.iter().for_each(|text| self.add(text.candidate));
        Vec::new()
    }

    fn join(&mut self, other: &Self) {
        Statistic::merge(self, other);
    }

    fn signature_of(&self, info: &MetricInfo) -> Signature {
        if info.id != REPETITION.id {
            return self.signature();
        }
        Signature::of([
            ("agg", &"mean"),
            ("case", &"lc"),
            ("tok", &"13a"),
            ("short", &self.repetition.undefined),
        ])
        .versioned()
    }
}

impl PartialEq for DiversityStats {
    fn eq(&self, other: &Self) -> bool {
        Record::of(self) == Record::of(other)
    }
}

impl Record {
    fn of(stats: &DiversityStats) -> Self {
        let joined = |words: &[u32]| -> String {
            let words: Vec<&str> = words.iter().map(|&word| stats.words.word(word)).collect();
            words.join(" ")
        };
        let ngrams = |ngrams: &HashSet<u128, BuildMixer>| {
            ngrams.iter().map(|&ngram| joined(&unpack(ngram))).collect()
        };
        Self {
            different: stats.different.each_ref().map(ngrams),
            totals: stats.totals,
            texts: stats.texts.iter().map(|text| joined(text)).collect(),
            n: stats.n,
            missing: stats.missing,
            repetition: stats.repetition,
        }
    }
}

impl From<DiversityStats> for Record {
    fn from(stats: DiversityStats) -> Self {
        Self::of(&stats)
    }
}

impl From<Record> for DiversityStats {
    fn from(record: Record) -> Self {
        let mut words = Vocabulary::default();
        let mut numbers =
            |text: &String| words.numbers(text.split(' ').filter(|word| !word.is_empty()));
        // A file may hold anything; longer n-grams than this crate writes cannot be packed.
        let mut ngram = |text: &String| {
            let words = numbers(text);
            packed(&words[..words.len().min(LONGEST)])
        };
        let different = record.different.each_ref();
        let different = different.map(|ngrams| ngrams.iter().map(&mut ngram).collect());
        Self {
            different,
            totals: record.totals,
            texts: record.texts.iter().map(|text| numbers(text).into()).collect(),
            n: record.n,
            missing: record.missing,
            repetition: record.repetition,
            words,
        }
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
            (texts.distinct(1), texts.distinct_texts(), texts.repetition()),
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
        assert_eq!((texts.different_texts(), texts.distinct_texts()), (3, Some(0.75)));
        assert_eq!(texts.repetition(), Some((0.0 + 0.5 + 0.0) / 3.0));
        assert!(texts.distinct(0).is_err() && texts.distinct(5).is_err());
        let rows = texts.measurements();
        assert_eq!(rows.len(), 6);
        assert!(rows.iter().all(|row| row.n == 5 && row.missing == 1));
    }

    #[test]
    fn saved_and_merged_statistics_are_those_of_all_texts() {
        let texts = ["a b c d e", "e d c b a b", "", "a b c d e", "x"];
        let read = |texts: &[&str]| {
            let mut stats = DiversityStats::default();
            texts.iter().for_each(|text| stats.add(Some(text)));
            stats
        };
        let all = read(&texts);
        // The second shard meets the words in another order, so that its numbers differ.
        let mut merged = read(&texts[1..]);
        merged.merge(&read(&texts[..1]));
        assert_eq!(merged, all);
        assert_ne!(read(&texts[1..]), all);
        let saved = serde_json::to_string(&all).expect("plain data");
        assert!(saved.contains("\"a b c d\""), "{saved}");
        let opened: DiversityStats = serde_json::from_str(&saved).expect("what was saved");
        assert_eq!(opened, all);
        assert_eq!(opened.different_texts(), 4);
    }
}

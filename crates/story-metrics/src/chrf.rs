//! chrF and chrF++ (Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation"; 2017,
//! "chrF++: words helping character n-grams"), equal to sacreBLEU's.
//!
//! ```text
//! P, R = mean over orders of common n-grams / n-grams of the hypothesis, of the reference
//! chrF = 100 * (1 + beta^2) P R / (beta^2 P + R)      beta 2; (sums over the whole corpus)
//! ```
//! Orders are 1 to 6 of characters, white space left out, and for chrF++ 1 and 2 of words too. An order
//! of which a side has no n-gram does not enter the mean. Words are parted at white space, and from one
//! punctuation mark at their end or else at their beginning.
//!
//! Range 0..=100, higher is better. Of several references the one of the highest score counts. A corpus
//! score is computed from summed counts, not averaged sentences.

use crate::bleu::Casing;
use crate::error::{MetricError, Result};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::ngrams::NgramCounts;
use crate::signature::Signature;
use crate::statistic::{Counted, Statistic};
use crate::texts::{Reads, ReferenceCount, Segment, TextEntry, TextMetric};
use crate::tokenize::{Interner, is_space};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Longest n-grams of characters.
pub const CHAR_ORDER: usize = 6;
/// Longest n-grams of words, in chrF++.
pub const WORD_ORDER: usize = 2;
/// Weight of recall against precision.
pub const BETA: f64 = 2.0;
/// Orders of characters, then those of words.
const ORDERS: usize = CHAR_ORDER + WORD_ORDER;

/// chrF in the list of metrics.
pub static CHRF: TextEntry<Chrf> = TextEntry {
    name: "chrf",
    summary: "chrF (chrF2): common runs of characters, 0 to 100, as sacreBLEU",
    reads: Reads::EachText,
    scores: &[Score { info: info("chrf", "chrF"), of: ChrfStats::score }],
    build: |options| Ok(Chrf::new(ChrfKind::Characters, options.casing)),
};

/// chrF++ in the list of metrics.
pub static CHRF_PLUS_PLUS: TextEntry<Chrf> = TextEntry {
    name: "chrf++",
    summary: "chrF++ (chrF2++): chrF with words and pairs of words, 0 to 100, as sacreBLEU",
    reads: Reads::EachText,
    scores: &[Score { info: info("chrf++", "chrF++"), of: ChrfStats::score }],
    build: |options| Ok(Chrf::new(ChrfKind::CharactersAndWords, options.casing)),
};

const fn info(id: &'static str, name: &'static str) -> MetricInfo {
    let summary = "common runs of characters, weighted towards recall";
    MetricInfo::new(id, name, summary, HigherIsBetter, Range::POINTS)
        .digits(2)
        .needs(&[Need::References])
}

/// Which of the two scores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChrfKind {
    /// chrF.
    #[default]
    #[serde(rename = "chrf")]
    Characters,
    /// chrF++.
    #[serde(rename = "chrf++")]
    CharactersAndWords,
}

/// The counts of one or many hypotheses, each against its best reference. Characters' orders stand
/// first, then those of words, which chrF leaves at 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChrfStats {
    /// N-grams of the hypotheses; 0 where the reference has none of that order.
    pub hypothesis: [u64; ORDERS],
    /// N-grams of the references.
    pub reference: [u64; ORDERS],
    /// Common ones.
    pub matches: [u64; ORDERS],
    /// Hypotheses, missing ones included.
    pub segments: u64,
    /// Hypotheses that were missing; each counts as an empty one.
    pub missing: u64,
}

impl ChrfStats {
    /// Counts one hypothesis against its references. A missing one (`None`) counts as an empty one, and
    /// is counted.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn of<R: AsRef<str>>(
        kind: ChrfKind,
        hypothesis: Option<&str>,
        references: &[R],
        casing: Casing,
    ) -> Result<Self> {
        let cased = |text| match casing {
            Casing::Mixed => Cow::Borrowed(text),
            Casing::Lower => Cow::Owned(str::to_lowercase(text)),
        };
        let hypothesis_text = cased(hypothesis.unwrap_or(""));
        let characters = character_ngrams(&hypothesis_text);
        let mut best: Option<(f64, Self)> = None;
        for reference in references {
            let reference = cased(reference.as_ref());
            let mut stats = Self { segments: 1, ..Self::default() };
            stats.count_characters(&characters, &character_ngrams(&reference));
            if kind == ChrfKind::CharactersAndWords {
                stats.count_words(&hypothesis_text, &reference);
            }
            let score = stats.f_score();
            // The first of equally good references, as in the original.
            if best.is_none_or(|(best, _)| score > best) {
                best = Some((score, stats));
            }
        }
        let (_, stats) = best.ok_or(MetricError::NoReference { metric: "chrf" })?;
        Ok(Self { missing: u64::from(hypothesis.is_none()), ..stats })
    }

    fn count_characters(&mut self, hypothesis: &[u128], reference: &[u128]) {
        for n in 1..=CHAR_ORDER {
            let ngrams = |runs: &[u128]| (runs.len() + 1).saturating_sub(n) as u64;
            let common = common_runs(hypothesis, reference, n);
            self.count(n - 1, ngrams(hypothesis), ngrams(reference), common);
        }
    }

    fn count_words(&mut self, hypothesis: &str, reference: &str) {
        let (hypothesis, reference) = (words(hypothesis), words(reference));
        let mut interner = Interner::with_capacity(hypothesis.len() + reference.len());
        let (hypothesis, reference) = (interner.numbers(&hypothesis), interner.numbers(&reference));
        for n in 1..=WORD_ORDER {
            let in_reference = NgramCounts::of(&reference, n);
            let common = NgramCounts::of(&hypothesis, n)
                .iter()
                .map(|&(ngram, count)| count.min(in_reference.count(ngram)))
                .sum();
            let ngrams = |words: &[u32]| words.windows(n).len() as u64;
            self.count(CHAR_ORDER + n - 1, ngrams(&hypothesis), ngrams(&reference), common);
        }
    }

    fn count(&mut self, order: usize, hypothesis: u64, reference: u64, common: u64) {
        self.hypothesis[order] = if reference == 0 { 0 } else { hypothesis };
        self.reference[order] = reference;
        self.matches[order] = common;
    }

    fn f_score(&self) -> f64 {
        let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
        for order in 0..ORDERS {
            let (hypothesis, reference) = (self.hypothesis[order], self.reference[order]);
            if hypothesis > 0 && reference > 0 {
                precision += self.matches[order] as f64 / hypothesis as f64;
                recall += self.matches[order] as f64 / reference as f64;
                orders += 1.0;
            }
        }
        if precision + recall == 0.0 {
            return 0.0;
        }
        let (precision, recall) = (precision / orders, recall / orders);
        let weight = BETA * BETA;
        100.0 * ((1.0 + weight) * precision * recall / (weight * precision + recall))
    }
}

impl Statistic for ChrfStats {
    fn merge(&mut self, other: &Self) {
        for order in 0..ORDERS {
            self.hypothesis[order] += other.hypothesis[order];
            self.reference[order] += other.reference[order];
            self.matches[order] += other.matches[order];
        }
        self.segments += other.segments;
        self.missing += other.missing;
    }

    fn score(&self) -> Option<f64> {
        (self.segments > 0).then(|| self.f_score())
    }
}

impl Counted for ChrfStats {
    fn units(&self) -> u64 {
        self.segments
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

/// chrF or chrF++ of a corpus that is read one hypothesis at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chrf {
    kind: ChrfKind,
    casing: Casing,
    stats: ChrfStats,
    references: ReferenceCount,
}

impl Chrf {
    /// An empty corpus.
    pub fn new(kind: ChrfKind, casing: Casing) -> Self {
        Self { kind, casing, ..Self::default() }
    }

    /// Reads one hypothesis and returns its own counts, for a bootstrap.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn add<R: AsRef<str>>(
        &mut self,
        hypothesis: Option<&str>,
        references: &[R],
    ) -> Result<ChrfStats> {
        let stats = ChrfStats::of(self.kind, hypothesis, references, self.casing)?;
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

impl Metric for Chrf {
    type Stats = ChrfStats;

    fn info(&self) -> &'static MetricInfo {
        match self.kind {
            ChrfKind::Characters => &CHRF.scores[0].info,
            ChrfKind::CharactersAndWords => &CHRF_PLUS_PLUS.scores[0].info,
        }
    }

    /// As sacreBLEU prints it.
    fn signature(&self) -> Signature {
        let word_order = match self.kind {
            ChrfKind::Characters => 0,
            ChrfKind::CharactersAndWords => WORD_ORDER,
        };
        Signature::of([
            ("nrefs", &self.references),
            ("case", &self.casing.short()),
            ("eff", &"yes"),
            ("nc", &CHAR_ORDER),
            ("nw", &word_order),
            ("space", &"no"),
        ])
        .versioned()
    }

    fn stats(&self) -> &ChrfStats {
        &self.stats
    }
}

impl TextMetric for Chrf {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<ChrfStats>> {
        segments.iter().map(|text| self.add(text.candidate, text.references)).collect()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

/// Bits of a character in a packed run: a code point plus one, so that 0 means "no character".
const CHARACTER_BITS: u32 = 21;

/// The run of up to [`CHAR_ORDER`] characters from each place of a text on, white space left out, packed
/// with the first character on top, in ascending order. The runs of `n` characters are the beginnings
/// of these, so that one sorted list has those of every order.
fn character_ngrams(text: &str) -> Vec<u128> {
    const FIRST: u32 = CHARACTER_BITS * (CHAR_ORDER as u32 - 1);
    let mut following = 0;
    let characters = text.chars().rev().filter(|&character| !is_space(character));
    let mut runs: Vec<u128> = characters
        .map(|character| {
            following = (u128::from(character) + 1) << FIRST | following >> CHARACTER_BITS;
            following
        })
        .collect();
    runs.sort_unstable();
    runs
}

/// How many runs of `n` characters two texts have in common, each counted as often as in both.
fn common_runs(first: &[u128], second: &[u128], n: usize) -> u64 {
    let rest = CHARACTER_BITS * (CHAR_ORDER - n) as u32;
    let (mut first, mut second) = (first.iter().peekable(), second.iter().peekable());
    let mut common = 0;
    while let (Some(&&a), Some(&&b)) = (first.peek(), second.peek()) {
        let (a, b) = (a >> rest, b >> rest);
        if a <= b {
            first.next();
        }
        if b <= a {
            second.next();
        }
        let whole = a & ((1 << CHARACTER_BITS) - 1) != 0;
        common += u64::from(a == b && whole);
    }
    common
}

/// Words between white space, parted from one punctuation mark at their end or else their beginning.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        let mut characters = word.char_indices();
        let (first, last) = (characters.next(), characters.next_back());
        match (first, last) {
            (_, Some((at, mark))) if mark.is_ascii_punctuation() => {
                words.extend([&word[..at], &word[at..]]);
            }
            (Some((_, mark)), Some(_)) if mark.is_ascii_punctuation() => {
                words.extend([&word[..1], &word[1..]]);
            }
            _ => words.push(word),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_as_often_as_in_both_texts() {
        let common = |a, b, n| common_runs(&character_ngrams(a), &character_ngrams(b), n);
        // aba: a, b, a, ab, ba, aba; abab has one more b, ab and bab.
        assert_eq!([1, 2, 3, 4].map(|n| common("aba", "ab ab", n)), [3, 2, 1, 0]);
        // The same end is no longer run.
        assert_eq!([1, 2, 3].map(|n| common("xab", "yab", n)), [2, 1, 0]);
        assert_eq!(common("", "a", 1), 0);
        let last = char::MAX.to_string().repeat(7);
        assert_eq!(common(&last, &last, 6), 2);
    }

    #[test]
    fn one_mark_is_parted_from_a_word() {
        assert_eq!(
            words("(hi) 'no' a, ... ! don't «x»"),
            ["(hi", ")", "'no", "'", "a", ",", "..", ".", "!", "don't", "«x»"]
        );
        assert_eq!(words("(é é) \u{a0}"), ["(", "é", "é", ")"]);
    }

    #[test]
    fn empty_is_zero_missing_is_counted_and_nothing_is_undefined() {
        let mut chrf = Chrf::default();
        assert_eq!(chrf.score(), None);
        chrf.add(None, &["a b"]).expect("a reference is given");
        chrf.add(Some(""), &["", "a"]).expect("references are given");
        assert_eq!((chrf.score(), chrf.count(), chrf.missing()), (Some(0.0), 2, 1));
        assert!(chrf.add(Some("a"), &[] as &[&str]).is_err());
        assert_eq!(chrf.count(), 2, "a refused text leaves nothing behind");
        let mut equal = Chrf::new(ChrfKind::CharactersAndWords, Casing::Lower);
        equal.add(Some("A fox"), &["a FOX"]).expect("a reference is given");
        assert_eq!((equal.score(), equal.name()), (Some(100.0), "chrf++"));
    }
}

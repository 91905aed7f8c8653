//! METEOR as NLTK computes it (Banerjee and Lavie 2005, "METEOR: An Automatic Metric for MT
//! Evaluation with Improved Correlation with Human Judgments"; the parameters of Lavie and Agarwal
//! 2007), equal to `nltk.translate.meteor_score.meteor_score`.
//!
//! ```text
//! P = m / words of the hypothesis,  R = m / words of the reference,  m matched words
//! F = P R / (alpha P + (1 - alpha) R)
//! METEOR = F (1 - gamma (chunks / m)^beta)          alpha 0.9, beta 3, gamma 0.5
//! ```
//! A chunk is a run of matches that are neighbours on both sides. Words match if they are equal, then
//! by Porter's stem, then by WordNet's synonyms. The order of matching is NLTK's: each stage goes
//! through the hypothesis from its end and takes the last free reference word; synonyms are
//! looked up of stems, not of words. So it is not the alignment with the fewest chunks.
//!
//! Range 0..=1 (equal texts of n words score `1 - 0.5 / n^3`), higher is better. Of several
//! references the best counts. The corpus score is the mean over texts.

use crate::error::{MetricError, Result};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::signature::Signature;
use crate::statistic::{MeanStats, Statistic};
use crate::stem::porter_stem;
use crate::texts::{Reads, Segment, TextEntry, TextMetric};
use crate::tokenize::is_space;
use crate::wordnet::WordNet;
use std::collections::HashMap;
use std::sync::Arc;

/// Weight of precision in the harmonic mean; recall has the rest.
const ALPHA: f64 = 0.9;
/// Exponent of the fragmentation.
const BETA: f64 = 3.0;
/// Largest penalty.
const GAMMA: f64 = 0.5;

/// NLTK's METEOR in the list of metrics.
pub static METEOR: TextEntry<NltkMeteor> = TextEntry {
    name: "meteor",
    summary: "METEOR as NLTK computes it, on words between blanks",
    reads: Reads::EachText,
    scores: &[Score { info: INFO, of: MeanStats::score }],
    build: |options| Ok(NltkMeteor::new(options.wordnet.clone())),
};

const INFO: MetricInfo = MetricInfo::new(
    "meteor",
    "METEOR",
    "words that match by themselves, their stems, and with WordNet by synonyms, in runs",
    HigherIsBetter,
    Range::FRACTION,
)
.needs(&[Need::References]);

/// METEOR of one tokenised text against its references, 0..=1; an empty text scores 0. Words are
/// lower-cased. Without WordNet the third stage, synonyms, is left out.
///
/// # Errors
/// If there is no reference.
pub fn nltk_meteor<S: AsRef<str>>(
    hypothesis: &[S],
    references: &[Vec<S>],
    wordnet: Option<&WordNet>,
) -> Result<f64> {
    let hypothesis = lower(hypothesis);
    references
        .iter()
        .map(|reference| against_one(&hypothesis, &lower(reference), wordnet))
        .reduce(f64::max)
        .ok_or(MetricError::NoReference { metric: "meteor" })
}

/// A word and its position in the text.
type Placed = (usize, String);

fn lower<S: AsRef<str>>(words: &[S]) -> Vec<Placed> {
    let words = words.iter().map(|word| word.as_ref().to_lowercase());
    words.enumerate().collect()
}

fn against_one(hypothesis: &[Placed], reference: &[Placed], wordnet: Option<&WordNet>) -> f64 {
    let mut left = (hypothesis.to_vec(), reference.to_vec());
    let mut matches = match_words(&mut left.0, &mut left.1, |_| Vec::new());
    for (_, word) in left.0.iter_mut().chain(&mut left.1) {
        *word = porter_stem(word);
    }
    matches.extend(match_words(&mut left.0, &mut left.1, |_| Vec::new()));
    if let Some(wordnet) = wordnet {
        let synonyms = |word: &str| wordnet.synonyms(word);
        matches.extend(match_words(&mut left.0, &mut left.1, synonyms));
    }
    if matches.is_empty() {
        return 0.0;
    }
    matches.sort_unstable();
    let m = matches.len() as f64;
    let precision = m / hypothesis.len() as f64;
    let recall = m / reference.len() as f64;
    let mean = precision * recall / (ALPHA * precision + (1.0 - ALPHA) * recall);
    let fragmentation = count_chunks(&matches) as f64 / m;
    mean * (1.0 - GAMMA * fragmentation.powf(BETA))
}

/// One stage: pairs words of the hypothesis with equal words or synonyms of the reference, both from
/// the end, and leaves what found no partner.
fn match_words<'w>(
    hypothesis: &mut Vec<Placed>,
    reference: &mut Vec<Placed>,
    synonyms: impl Fn(&str) -> Vec<&'w str>,
) -> Vec<(usize, usize)> {
    // Positions of each word in rising order, so that the last is the next to be taken.
    let mut free: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, word) in reference.iter() {
        free.entry(word).or_default().push(*at);
    }
    let mut matches = Vec::new();
    for (at, word) in hypothesis.iter().rev() {
        let last = |word: &str| Some(*free.get(word)?.last()?);
        let equal = last(word).map(|place| (place, word.as_str()));
        let partner = synonyms(word)
            .into_iter()
            .filter_map(|synonym| Some((last(synonym)?, synonym)))
            .chain(equal)
            .max();
        if let Some((place, word)) = partner {
            free.get_mut(word).and_then(Vec::pop);
            matches.push((*at, place));
        }
    }
    let taken: (Vec<usize>, Vec<usize>) = matches.iter().copied().unzip();
    drop_taken(hypothesis, taken.0);
    drop_taken(reference, taken.1);
    matches
}

fn drop_taken(words: &mut Vec<Placed>, mut taken: Vec<usize>) {
    taken.sort_unstable();
    words.retain(|(at, _)| taken.binary_search(at).is_err());
}

/// Runs of matches that are neighbours on both sides; the matches are sorted.
fn count_chunks(matches: &[(usize, usize)]) -> usize {
    let breaks =
        matches.windows(2).filter(|pair| (pair[0].0 + 1, pair[0].1 + 1) != pair[1]).count();
    breaks + usize::from(!matches.is_empty())
}

/// NLTK's METEOR of a corpus that is read one text at a time.
#[derive(Debug, Clone, Default)]
pub struct NltkMeteor {
    wordnet: Option<Arc<WordNet>>,
    stats: MeanStats,
}

impl NltkMeteor {
    /// An empty corpus. Without WordNet words match by themselves and by their stems alone, which
    /// gives lower values; the signature says so.
    pub fn new(wordnet: Option<Arc<WordNet>>) -> Self {
        Self { wordnet, stats: MeanStats::default() }
    }

    /// Reads one text, whose words are what stands between white space, and returns its own score,
    /// for a bootstrap. A missing text (`None`) scores 0, and is counted.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn add<R: AsRef<str>>(
        &mut self,
        hypothesis: Option<&str>,
        references: &[R],
    ) -> Result<MeanStats> {
        let words = |text| split_words(text).collect::<Vec<&str>>();
        let references: Vec<_> = references.iter().map(|text| words(text.as_ref())).collect();
        let hypothesis = hypothesis.map(words);
        let score = nltk_meteor(
            hypothesis.as_deref().unwrap_or_default(),
            &references,
            self.wordnet.as_deref(),
        )?;
        let stats = match hypothesis {
            Some(_) => MeanStats::of(Some(score)),
            None => MeanStats::missing(Some(0.0)),
        };
        self.stats.merge(&stats);
        Ok(stats)
    }

    /// Adds the corpus of another shard, read with the same WordNet or also without.
    pub fn merge(&mut self, other: &Self) {
        self.stats.merge(&other.stats);
    }
}

impl Metric for NltkMeteor {
    type Stats = MeanStats;

    fn info(&self) -> &'static MetricInfo {
        &METEOR.scores[0].info
    }

    fn signature(&self) -> Signature {
        let stages = match self.wordnet {
            Some(_) => "exact,porter,wordnet",
            None => "exact,porter",
        };
        Signature::of([
            ("type", &"meteor-nltk"),
            ("stages", &stages),
            ("alpha", &ALPHA),
            ("beta", &BETA),
            ("gamma", &GAMMA),
            ("refs", &"max"),
            ("agg", &"mean"),
            ("case", &"lc"),
            ("tok", &"space"),
        ])
        .versioned()
    }

    fn stats(&self) -> &MeanStats {
        &self.stats
    }
}

impl TextMetric for NltkMeteor {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<MeanStats>> {
        segments.iter().map(|text| self.add(text.candidate, text.references)).collect()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

/// Words as Python's `str.split` parts them.
fn split_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(hypothesis: &str, reference: &str) -> f64 {
        let split = |text: &str| text.split_whitespace().map(str::to_string).collect::<Vec<_>>();
        nltk_meteor(&split(hypothesis), &[split(reference)], None).expect("a reference is given")
    }

    #[test]
    fn words_are_parted_where_python_parts_them() {
        let mut meteor = NltkMeteor::default();
        let stats = meteor.add(Some("a\u{1f}red\u{1c}fox\u{a0}"), &["a red fox"]);
        let same = meteor.add(Some("a red fox"), &["a red fox"]);
        assert_eq!(stats, same);
    }

    #[test]
    fn scores_follow_the_formula() {
        // Three equal words in one chunk.
        assert!((score("the fox ran", "The fox ran") - (1.0 - 0.5 / 27.0)).abs() < 1e-12);
        // Two matches in two chunks, one by its stem: P = R = 1, penalty 0.5.
        assert!((score("runs fox", "fox running") - 0.5).abs() < 1e-12);
        assert_eq!(score("a", "b"), 0.0);
    }

    #[test]
    fn the_last_free_word_is_taken() {
        // The second "a" of the reference, so the matches cross: two chunks.
        let crossed = score("a b", "a b a");
        let (precision, recall) = (1.0, 2.0 / 3.0);
        let mean = precision * recall / (ALPHA * precision + (1.0 - ALPHA) * recall);
        assert!((crossed - mean * (1.0 - GAMMA)).abs() < 1e-12);
    }

    #[test]
    fn empty_is_zero_missing_is_counted_and_nothing_is_undefined() {
        let mut meteor = NltkMeteor::default();
        assert_eq!(meteor.score(), None);
        meteor.add(None, &["a b"]).expect("a reference is given");
        meteor.add(Some(""), &["", "a"]).expect("references are given");
        meteor.add(Some("a"), &["b", "a"]).expect("references are given");
        assert_eq!((meteor.count(), meteor.missing()), (3, 1));
        assert_eq!(meteor.score(), Some(0.5 / 3.0));
        assert!(meteor.add(Some("a"), &[] as &[&str]).is_err());
        assert_eq!(meteor.count(), 3, "a refused text leaves nothing behind");
        assert_eq!(meteor.signature().get("stages"), Some("exact,porter"));
    }
}

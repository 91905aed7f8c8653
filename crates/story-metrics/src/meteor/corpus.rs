//! METEOR 1.5 of a corpus (Denkowski and Lavie 2014, "Meteor Universal: Language Specific Translation
//! Evaluation for Any Target Language"), equal to the published `meteor-1.5.jar` for English.
//!
//! ```text
//! P, R   = sum over stages of w * (delta * matched content + (1 - delta) * matched function words)
//!          / (delta * content + (1 - delta) * function words)     of the hypothesis, the reference
//! F      = P R / (alpha P + (1 - alpha) R)
//! METEOR = F (1 - gamma (chunks / m)^beta)            m = mean of the matched words of both sides
//! alpha 0.85, beta 0.2, gamma 0.6, delta 0.75; w: exact 1, stem 0.6, synonym 0.8, paraphrase 0.6
//! ```
//! Range 0..=1, higher is better. Of several references the one of the highest score counts. The
//! corpus score follows from summed counts, it is not the mean over segments.

use super::align::{Alignment, align};
use super::data::MeteorData;
use super::lexicon::Lexicon;
use super::matches::{Match, MeteorStage, Prepared, find_matches};
use super::stats::{ALPHA, BETA, DELTA, GAMMA, MeteorStats};
use super::words::MeteorWords;
use crate::error::{MetricError, Result};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range, Score};
use crate::signature::Signature;
use crate::statistic::Statistic;
use crate::texts::{Reads, Segment, TextEntry, TextMetric};
use std::sync::Arc;

/// Words of a text for which partners are searched: the work grows with the product of both lengths.
/// Words behind find none, and count in the length. The original has no such limit.
pub const MAX_SEARCHED_WORDS: usize = 2048;

/// METEOR 1.5 in the list of metrics.
pub static METEOR_15: TextEntry<Meteor> = TextEntry {
    name: "meteor-1.5",
    summary: "METEOR 1.5 as its jar computes it with -norm; needs METEOR's own data",
    reads: Reads::EachText,
    scores: &[Score { info: info("meteor-1.5", "METEOR 1.5"), of: MeteorStats::score }],
    build: |options| Ok(Meteor::new(options.meteor()?, MeteorWords::Normalized)),
};

/// METEOR 1.5 on COCO's tokens in the list of metrics.
pub static COCO_METEOR: TextEntry<Meteor> = TextEntry {
    name: "coco-meteor",
    summary: "METEOR 1.5 on COCO's tokens, as caption papers report it; needs METEOR's own data",
    reads: Reads::EachText,
    scores: &[Score { info: info("coco-meteor", "COCO METEOR"), of: MeteorStats::score }],
    build: |options| Ok(Meteor::new(options.meteor()?, MeteorWords::Coco)),
};

const fn info(id: &'static str, name: &'static str) -> MetricInfo {
    let summary = "words that match by themselves, stems, synonyms and paraphrases, in runs";
    MetricInfo::new(id, name, summary, HigherIsBetter, Range::FRACTION)
        .needs(&[Need::References, Need::DataFiles])
        .on_request()
}

/// METEOR 1.5 of a corpus that is read one text at a time.
#[derive(Debug, Clone)]
pub struct Meteor {
    data: Arc<MeteorData>,
    words: MeteorWords,
    lexicon: Lexicon,
    stats: MeteorStats,
}

impl Meteor {
    /// An empty corpus, scored with all stages that the data was read for.
    pub fn new(data: Arc<MeteorData>, words: MeteorWords) -> Self {
        Self { data, words, lexicon: Lexicon::default(), stats: MeteorStats::default() }
    }

    /// Reads one text and returns its own counts, for a bootstrap. A missing text (`None`) counts as an
    /// empty one, and is counted.
    ///
    /// # Errors
    /// If there is no reference, or a word is not among those that the data was read for.
    pub fn add<R: AsRef<str>>(
        &mut self,
        hypothesis: Option<&str>,
        references: &[R],
    ) -> Result<MeteorStats> {
        self.lexicon.make_room();
        let prepared = self.prepare(hypothesis.unwrap_or(""))?;
        let mut best: Option<(f64, MeteorStats)> = None;
        for text in references {
            let reference = self.prepare(text.as_ref())?;
            let stats = self.against_one(&prepared, &reference);
            let score = stats.meteor();
            // The first of equally good references, as in the original.
            if best.is_none_or(|(best, _)| score > best) {
                best = Some((score, stats));
            }
        }
        let (_, mut stats) = best.ok_or(MetricError::NoReference { metric: "meteor-1.5" })?;
        stats.missing = u64::from(hypothesis.is_none());
        self.stats.merge(&stats);
        Ok(stats)
    }

    /// Adds the corpus of another shard, read with the same data.
    pub fn merge(&mut self, other: &Self) {
        self.stats.merge(&other.stats);
    }

    fn prepare(&mut self, text: &str) -> Result<Prepared> {
        let words = self.words.of(text, &self.data.abbreviations);
        let ids = words.iter().map(|word| self.lexicon.id(word, &self.data));
        Ok(Prepared::new(
            ids.collect::<Result<_>>()?,
            &self.lexicon,
            &self.data.paraphrases,
            MAX_SEARCHED_WORDS,
        ))
    }

    fn against_one(&self, hypothesis: &Prepared, reference: &Prepared) -> MeteorStats {
        let alignment = if hypothesis.words == reference.words {
            identity(hypothesis.words.len())
        } else {
            let limit = MAX_SEARCHED_WORDS;
            let matches = find_matches(hypothesis, reference, &self.lexicon, &self.data, limit);
            align(hypothesis.words.len().min(limit), &matches)
        };
        let function = |prepared: &Prepared| -> Vec<bool> {
            let words = prepared.words.iter().map(|&id| self.lexicon.word(id));
            words.map(|word| word.is_function_word).collect()
        };
        MeteorStats::of(&alignment, &function(hypothesis), &function(reference))
    }
}

/// Equal texts need no search.
fn identity(words: usize) -> Alignment {
    let matches = (0..words).map(|at| Match::of_words(MeteorStage::Exact, at, at));
    Alignment { matches: matches.collect(), chunks: u64::from(words > 0) }
}

impl Metric for Meteor {
    type Stats = MeteorStats;

    fn info(&self) -> &'static MetricInfo {
        match self.words {
            MeteorWords::Normalized | MeteorWords::Lower => &METEOR_15.scores[0].info,
            MeteorWords::Coco => &COCO_METEOR.scores[0].info,
        }
    }

    fn signature(&self) -> Signature {
        let stages = match self.data.last {
            MeteorStage::Exact => "exact",
            MeteorStage::Stem => "exact,stem",
            MeteorStage::Synonym => "exact,stem,synonym",
            MeteorStage::Paraphrase => "exact,stem,synonym,paraphrase",
        };
        let tok = match self.words {
            MeteorWords::Normalized => "norm",
            MeteorWords::Lower => "space",
            MeteorWords::Coco => "coco-ptb,norm",
        };
        Signature::of([
            ("type", &"meteor-1.5"),
            ("lang", &"en"),
            ("stages", &stages),
            ("alpha", &ALPHA),
            ("beta", &BETA),
            ("gamma", &GAMMA),
            ("delta", &DELTA),
            ("refs", &"max"),
            ("agg", &"counts"),
            ("case", &"lc"),
            ("tok", &tok),
        ])
        .versioned()
    }

    fn stats(&self) -> &MeteorStats {
        &self.stats
    }
}

impl TextMetric for Meteor {
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<MeteorStats>> {
        segments.iter().map(|text| self.add(text.candidate, text.references)).collect()
    }

    fn join(&mut self, other: &Self) {
        self.merge(other);
    }
}

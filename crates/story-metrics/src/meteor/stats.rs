//! The counts behind METEOR 1.5 and its formula.

use super::align::Alignment;
use super::matches::MeteorStage;
use crate::statistic::{Counted, Statistic};
use serde::{Deserialize, Serialize};

/// Weight of precision in the harmonic mean; recall has the rest.
pub(super) const ALPHA: f64 = 0.85;
/// Exponent of the fragmentation.
pub(super) const BETA: f64 = 0.2;
/// Largest penalty.
pub(super) const GAMMA: f64 = 0.6;
/// Weight of content words; function words have the rest.
pub(super) const DELTA: f64 = 0.75;

/// The stages in the order of their counts.
pub(super) const STAGES: [MeteorStage; 4] =
    [MeteorStage::Exact, MeteorStage::Stem, MeteorStage::Synonym, MeteorStage::Paraphrase];

/// What a matched word counts.
fn stage_weight(stage: MeteorStage) -> f64 {
    match stage {
        MeteorStage::Exact => 1.0,
        MeteorStage::Stem | MeteorStage::Paraphrase => 0.6,
        MeteorStage::Synonym => 0.8,
    }
}

/// Words of one side: content and function words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordCounts {
    /// All words that are no function words.
    pub content: u64,
    /// Words that carry grammar rather than meaning, and punctuation.
    pub function: u64,
}

impl WordCounts {
    fn add(&mut self, other: Self) {
        self.content += other.content;
        self.function += other.function;
    }

    pub(super) fn count(&mut self, function_words: &[bool]) {
        let function = function_words.iter().filter(|&&function| function).count() as u64;
        self.function += function;
        self.content += function_words.len() as u64 - function;
    }

    fn total(self) -> u64 {
        self.content + self.function
    }

    fn weighted(self) -> f64 {
        DELTA * self.content as f64 + (1.0 - DELTA) * self.function as f64
    }
}

/// Words of one side and those of them that are matched, by stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideCounts {
    /// All words.
    pub words: WordCounts,
    /// Matched words of each stage: exact, stem, synonym, paraphrase.
    pub matched: [WordCounts; 4],
}

impl SideCounts {
    /// Matched words of all stages.
    pub fn total_matched(&self) -> u64 {
        self.matched.iter().map(|stage| stage.total()).sum()
    }

    fn add(&mut self, other: &Self) {
        self.words.add(other.words);
        for (stage, other) in self.matched.iter_mut().zip(other.matched) {
            stage.add(other);
        }
    }

    /// Precision of the hypothesis, recall of the reference.
    fn share(&self) -> f64 {
        let stages = self.matched.iter().zip(STAGES);
        let matched: f64 =
            stages.map(|(words, stage)| stage_weight(stage) * words.weighted()).sum();
        matched / self.words.weighted()
    }
}

/// The counts of one or many hypotheses, each against its best reference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeteorStats {
    /// Words of the hypotheses.
    pub hypothesis: SideCounts,
    /// Words of the references.
    pub reference: SideCounts,
    /// Runs of matches that are neighbours on both sides. A hypothesis that is matched as a whole in
    /// one run has no break and counts none.
    pub chunks: u64,
    /// Hypotheses, missing ones included.
    pub segments: u64,
    /// Hypotheses that were missing; each counts as an empty one.
    pub missing: u64,
}

impl MeteorStats {
    /// The counts of one alignment; for each word whether it is a function word.
    pub(super) fn of(alignment: &Alignment, hypothesis: &[bool], reference: &[bool]) -> Self {
        let mut stats = Self { segments: 1, ..Self::default() };
        stats.hypothesis.words.count(hypothesis);
        stats.reference.words.count(reference);
        for used in &alignment.matches {
            let stage = used.stage as usize;
            stats.hypothesis.matched[stage].count(&hypothesis[used.hyp()]);
            stats.reference.matched[stage].count(&reference[used.reference()]);
        }
        let sides = [&stats.hypothesis, &stats.reference];
        let whole = sides.iter().all(|side| side.total_matched() == side.words.total());
        let unbroken = whole && alignment.chunks == 1;
        stats.chunks = if unbroken { 0 } else { alignment.chunks };
        stats
    }

    /// METEOR in 0..=1; 0 if nothing matches.
    pub(super) fn meteor(&self) -> f64 {
        let matched = self.hypothesis.total_matched() + self.reference.total_matched();
        if matched == 0 {
            return 0.0;
        }
        let (precision, recall) = (self.hypothesis.share(), self.reference.share());
        let mean = precision * recall / (ALPHA * precision + (1.0 - ALPHA) * recall);
        let fragmentation = self.chunks as f64 / (matched as f64 / 2.0);
        mean * (1.0 - GAMMA * fragmentation.powf(BETA))
    }
}

impl Statistic for MeteorStats {
    fn merge(&mut self, other: &Self) {
        self.hypothesis.add(&other.hypothesis);
        self.reference.add(&other.reference);
        self.chunks += other.chunks;
        self.segments += other.segments;
        self.missing += other.missing;
    }

    fn score(&self) -> Option<f64> {
        (self.segments > 0).then(|| self.meteor())
    }
}

impl Counted for MeteorStats {
    fn units(&self) -> u64 {
        self.segments
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

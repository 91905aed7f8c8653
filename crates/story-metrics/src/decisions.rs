//! Scored yes-or-no decisions: area under the ROC curve and average precision over all thresholds,
//! and the confusion counts at one.
//!
//! ```text
//! ROC AUC = (pairs whose positive scores higher + half of those that tie) / pairs
//!           of a positive and a negative                      (0..=1, higher is better, chance .5)
//! AP      = sum over thresholds of (R_n - R_{n-1}) P_n        (0..=1, higher is better, chance is
//!           the share of positives)
//! ```
//! with precision P and recall R of "positive from this score up" and one threshold a distinct
//! score: tied units are decided together, so their order does not matter. Equal to scikit-learn's
//! `roc_auc_score` and `average_precision_score`, without interpolation. (AUC: Hanley and McNeil
//! 1982, "The Meaning and Use of the Area under a ROC Curve".)
//!
//! Scores may be any finite numbers; probabilities have [`crate::calibration`] besides. With one
//! class only, AUC is `None`; without positives AP is `None` (scikit-learn warns and gives 0).

use crate::classification::Confusion;
use crate::error::{MetricError, Result};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Measurement, MetricInfo, Range, Score};
use crate::score_counts::ScoreCounts;
use crate::signature::Signature;
use crate::statistic::Statistic;
use serde::{Deserialize, Serialize};

/// Area under the ROC curve in the list of metrics.
pub static ROC_AUC: Score<DecisionStats> = Score {
    info: MetricInfo::new(
        "roc-auc",
        "ROC-AUC",
        "how often a positive scores higher than a negative",
        HigherIsBetter,
        Range::FRACTION,
    ),
    of: DecisionStats::roc_auc,
};

/// Average precision in the list of metrics.
pub static AVERAGE_PRECISION: Score<DecisionStats> = Score {
    info: MetricInfo::new(
        "average-precision",
        "Average precision",
        "mean precision over thresholds, weighted by the recall gained",
        HigherIsBetter,
        Range::FRACTION,
    ),
    of: DecisionStats::average_precision,
};

/// The true class of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// What is looked for: picture and text belong together.
    Positive,
    /// Anything else.
    Negative,
}

impl Truth {
    /// One unit as `[positives, negatives]`.
    fn counts(self) -> [u64; 2] {
        match self {
            Self::Positive => [1, 0],
            Self::Negative => [0, 1],
        }
    }
}

/// Counts of positives and negatives by score, of one or many units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionStats {
    scores: ScoreCounts,
    /// Positives and negatives without a score.
    missing: [u64; 2],
}

/// One point of a ROC or precision-recall curve: everything from `threshold` up is called positive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DecisionPoint {
    /// Lowest score that is called positive.
    pub threshold: f64,
    /// Positives among those.
    pub true_positives: u64,
    /// Negatives among those.
    pub false_positives: u64,
}

impl DecisionStats {
    /// One unit; a higher score means "positive". A missing score (`None`) is wrong at every
    /// threshold: a positive is never found, a negative is always called positive.
    ///
    /// # Errors
    /// If the score is NaN or infinite.
    pub fn of(score: Option<f64>, truth: Truth) -> Result<Self> {
        let mut unit = Self::default();
        match score {
            None => unit.missing = truth.counts(),
            Some(score) => unit.scores.add("score of a decision", score, truth.counts())?,
        }
        Ok(unit)
    }

    /// All units of a shard at once.
    ///
    /// # Errors
    /// If the lengths differ, or a score is NaN or infinite.
    pub fn of_all(scores: &[f64], truths: &[Truth]) -> Result<Self> {
        crate::error::same_length("scores of decisions", truths.len(), scores.len())?;
        let mut all = Self::default();
        for (&score, truth) in scores.iter().zip(truths) {
            all.scores.add("score of a decision", score, truth.counts())?;
        }
        Ok(all)
    }

    /// Positives, missing ones included.
    pub fn positives(&self) -> u64 {
        self.scores.total()[0] + self.missing[0]
    }

    /// Negatives, missing ones included.
    pub fn negatives(&self) -> u64 {
        self.scores.total()[1] + self.missing[1]
    }

    /// Units, missing ones included.
    pub fn units(&self) -> u64 {
        self.positives() + self.negatives()
    }

    /// Units without a score.
    pub fn missing(&self) -> u64 {
        self.missing.iter().sum()
    }

    /// Share of positives, which is the average precision of a random order; `None` without units.
    pub fn base_rate(&self) -> Option<f64> {
        (self.units() > 0).then(|| self.positives() as f64 / self.units() as f64)
    }

    /// The curve, one point a distinct score from the highest down. Negatives without a score are
    /// false positives of every point.
    pub fn points(&self) -> Vec<DecisionPoint> {
        let (mut true_positives, mut false_positives) = (0, self.missing[1]);
        let points = self.scores.descending().map(|(threshold, units)| {
            true_positives += units[0];
            false_positives += units[1];
            DecisionPoint { threshold, true_positives, false_positives }
        });
        points.collect()
    }

    /// Area under the ROC curve, 0..=1; `None` unless both classes occur.
    pub fn roc_auc(&self) -> Option<f64> {
        let pairs = self.positives() as f64 * self.negatives() as f64;
        // Each negative with the positives above it, and half of those beside it.
        let mut above = 0_u64;
        let mut won = 0.0;
        for (_, [positives, negatives]) in self.scores.descending() {
            won += negatives as f64 * (above as f64 + positives as f64 / 2.0);
            above += positives;
        }
        (pairs > 0.0).then(|| won / pairs)
    }

    /// Average precision, 0..=1; `None` without positives.
    pub fn average_precision(&self) -> Option<f64> {
        let positives = self.positives();
        let (mut sum, mut found) = (0.0, 0);
        for point in self.points() {
            let called = point.true_positives + point.false_positives;
            let precision = point.true_positives as f64 / called as f64;
            sum += (point.true_positives - found) as f64 * precision;
            found = point.true_positives;
        }
        (positives > 0).then(|| sum / positives as f64)
    }

    /// Confusion counts of two classes, 0 = negative and 1 = positive, where scores of at least
    /// `threshold` are called positive. `precision(1)`, `recall(1)` and `f1(1)` of it are those of
    /// the positive class.
    ///
    /// # Errors
    /// If the threshold is NaN.
    pub fn confusion(&self, threshold: f64) -> Result<Confusion> {
        if threshold.is_nan() {
            return Err(MetricError::Setting {
                setting: "threshold",
                expected: "a number",
                found: threshold.to_string(),
            });
        }
        let mut counts = [[0; 2]; 2];
        for (score, [positives, negatives]) in self.scores.descending() {
            let called = usize::from(score >= threshold);
            counts[0][called] += negatives;
            counts[1][called] += positives;
        }
        Ok(Confusion::of_two(counts, [self.missing[1], self.missing[0]]))
    }

    /// `roc-auc` and `average-precision` as rows of a table.
    pub fn measurements(&self) -> Vec<Measurement> {
        let signature = Signature::of([
            ("positives", &self.positives()),
            ("ties", &"one-threshold"),
            ("interpolation", &"none"),
            ("missing", &"wrong"),
        ])
        .versioned();
        let units = (self.units(), self.missing());
        let row = |score: &Score<Self>| {
            score.info.measurement((score.of)(self), units, signature.clone())
        };
        [&ROC_AUC, &AVERAGE_PRECISION].map(row).into()
    }
}

impl Statistic for DecisionStats {
    fn merge(&mut self, other: &Self) {
        self.scores.merge(&other.scores);
        self.missing[0] += other.missing[0];
        self.missing[1] += other.missing[1];
    }

    /// Area under the ROC curve.
    fn score(&self) -> Option<f64> {
        self.roc_auc()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{Negative, Positive};

    fn stats(units: &[(f64, Truth)]) -> DecisionStats {
        let (scores, truths): (Vec<_>, Vec<_>) = units.iter().copied().unzip();
        DecisionStats::of_all(&scores, &truths).expect("finite")
    }

    #[test]
    fn counted_by_hand() {
        let stats = stats(&[
            (0.9, Positive),
            (0.8, Negative),
            (0.5, Positive),
            (0.5, Negative),
            (0.1, Negative),
        ]);
        // Pairs won: .9 beats 3, .5 beats 1 and ties with 1.
        assert_eq!(stats.roc_auc(), Some(4.5 / 6.0));
        // Half of the positives at precision 1, the other half at 2 of 4.
        assert_eq!(stats.average_precision(), Some(0.5 + 0.5 * 0.5));
        let confusion = stats.confusion(0.5).expect("a number");
        assert_eq!(confusion.precision(1), Some(0.5));
        assert_eq!((confusion.recall(1), confusion.accuracy()), (Some(1.0), Some(0.6)));
        assert_eq!(stats.base_rate(), Some(0.4));
        assert_eq!(stats.points().len(), 4);
    }

    #[test]
    fn constant_scores_are_at_chance_and_one_class_is_undefined() {
        let constant = stats(&[(0.3, Positive), (0.3, Negative), (0.3, Negative)]);
        assert_eq!(constant.roc_auc(), Some(0.5));
        assert_eq!(constant.average_precision(), constant.base_rate());
        let positives = stats(&[(0.3, Positive), (0.4, Positive)]);
        assert_eq!((positives.roc_auc(), positives.average_precision()), (None, Some(1.0)));
        let negatives = stats(&[(0.3, Negative)]);
        assert_eq!((negatives.roc_auc(), negatives.average_precision()), (None, None));
        let none = DecisionStats::default();
        assert!(none.measurements().iter().all(|row| row.value.is_none()));
        assert_eq!(none.confusion(0.5).expect("a number").accuracy(), None);
    }

    #[test]
    fn a_missing_score_is_wrong_at_every_threshold() {
        let mut all = stats(&[(0.9, Positive), (0.1, Negative)]);
        assert_eq!(all.roc_auc(), Some(1.0));
        all.merge(&DecisionStats::of(None, Positive).expect("missing"));
        all.merge(&DecisionStats::of(None, Negative).expect("missing"));
        assert_eq!(all.roc_auc(), Some(1.0 / 4.0));
        assert_eq!(all.average_precision(), Some(0.5 * 0.5));
        assert_eq!((all.units(), all.missing()), (4, 2));
        let confusion = all.confusion(0.5).expect("a number");
        assert_eq!((confusion.accuracy(), confusion.missing()), (Some(0.5), 2));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(DecisionStats::of(Some(f64::NAN), Positive).is_err());
        assert!(DecisionStats::of(Some(f64::INFINITY), Negative).is_err());
        assert!(DecisionStats::of_all(&[0.5], &[]).is_err());
        assert!(DecisionStats::default().confusion(f64::NAN).is_err());
    }
}

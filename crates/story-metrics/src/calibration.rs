//! Whether predicted probabilities mean what they say: Brier score, log loss, expected calibration
//! error and the rows of a reliability diagram.
//!
//! ```text
//! Brier    = mean of (p - y)^2                     (0..=1, lower is better)
//! log loss = mean of -ln(probability of the truth) (>= 0, lower is better, in nats)
//! ECE      = sum over bins of share of units |share of positives - mean p|   (0..=1, lower is better)
//! ```
//! with y = 1 for a positive and 0 for a negative. Bins are `BINS` equal parts of 0..=1, each with
//! its upper edge, the first with 0 as well (scikit-learn's `calibration_curve(strategy="uniform")`;
//! Guo et al. 2017, "On Calibration of Modern Neural Networks"). Log loss clips probabilities to
//! `eps..=1-eps` with `eps` = 2^-52, as scikit-learn's `log_loss` does, so that a certain error costs
//! 36 nats instead of infinitely many. (Brier 1950, "Verification of Forecasts Expressed in Terms of
//! Probability".)
//!
//! A low ECE alone proves little: predicting the share of positives for every unit has an ECE of 0.
//! For more than two classes give the probability of the answer, and whether it was right as truth.

use crate::decisions::Truth;
use crate::error::{MetricError, Result};
use crate::metric::Direction::LowerIsBetter;
use crate::metric::{Measurement, MetricInfo, Range};
use crate::signature::Signature;
use crate::statistic::{Counted, MeanStats, Statistic};
use serde::{Deserialize, Serialize};

/// The Brier score in the list of metrics.
pub static BRIER: MetricInfo = MetricInfo::new(
    "brier",
    "Brier",
    "mean squared distance of a probability from the truth",
    LowerIsBetter,
    Range::FRACTION,
);
/// Log loss in the list of metrics.
pub static LOG_LOSS: MetricInfo = MetricInfo::new(
    "log-loss",
    "Log loss",
    "mean negative log probability of the truth, in nats",
    LowerIsBetter,
    Range::POSITIVE,
);
/// Expected calibration error in the list of metrics.
pub static ECE: MetricInfo = MetricInfo::new(
    "ece",
    "ECE",
    "mean distance of probabilities from shares, in bins",
    LowerIsBetter,
    Range::FRACTION,
);

/// Sums over units, and over the units of each of `BINS` bins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationStats<const BINS: usize = 10> {
    brier: MeanStats,
    log_loss: MeanStats,
    /// As many as `BINS`, or none before the first unit.
    bins: Vec<Bin>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Bin {
    units: u64,
    positives: u64,
    /// Sum of probabilities.
    probability: f64,
}

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityRow {
    /// Lower edge.
    pub low: f64,
    /// Upper edge, which belongs to the bin.
    pub high: f64,
    /// Units in the bin.
    pub units: u64,
    /// Mean predicted probability; `None` in an empty bin.
    pub mean_probability: Option<f64>,
    /// Share of positives; `None` in an empty bin. Equal to the above in perfect calibration.
    pub positive_share: Option<f64>,
}

impl<const BINS: usize> CalibrationStats<BINS> {
    /// One unit with the predicted probability that it is positive. A missing prediction (`None`)
    /// enters the Brier score with the worst value, 1; it has no log loss and no bin, and is counted.
    ///
    /// # Errors
    /// If the probability is NaN or outside of 0..=1.
    pub fn of(probability: Option<f64>, truth: Truth) -> Result<Self> {
        const { assert!(BINS > 0, "there is at least one bin") };
        let Some(p) = probability else {
            return Ok(Self {
                brier: MeanStats::missing(Some(1.0)),
                log_loss: MeanStats::missing(None),
                bins: Vec::new(),
            });
        };
        if !(0.0..=1.0).contains(&p) {
            return Err(MetricError::Value {
                what: "probability",
                expected: "a number of 0..=1",
                found: p.to_string(),
            });
        }
        let (y, of_truth) = match truth {
            Truth::Positive => (1.0, p),
            Truth::Negative => (0.0, 1.0 - p),
        };
        let clipped = of_truth.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        let mut bins = vec![Bin::default(); BINS];
        bins[bin::<BINS>(p)] =
            Bin { units: 1, positives: u64::from(truth == Truth::Positive), probability: p };
        Ok(Self {
            brier: MeanStats::of(Some((p - y).powi(2))),
            log_loss: MeanStats::of(Some(-clipped.ln())),
            bins,
        })
    }

    /// Units, missing ones included.
    pub fn units(&self) -> u64 {
        self.brier.units()
    }

    /// Units without a prediction.
    pub fn missing(&self) -> u64 {
        self.brier.missing
    }

    /// Brier score, 0..=1; `None` without units.
    pub fn brier(&self) -> Option<f64> {
        self.brier.score()
    }

    /// Log loss in nats; `None` without predictions.
    pub fn log_loss(&self) -> Option<f64> {
        self.log_loss.score()
    }

    /// Expected calibration error, 0..=1; `None` without predictions.
    pub fn expected_calibration_error(&self) -> Option<f64> {
        let units: u64 = self.bins.iter().map(|bin| bin.units).sum();
        // In a bin, units |positives / units - probability / units| is the difference of the sums.
        let gaps = self.bins.iter().map(|bin| (bin.positives as f64 - bin.probability).abs());
        let sum: f64 = gaps.sum();
        (units > 0).then(|| sum / units as f64)
    }

    /// The rows of a reliability diagram, one a bin, empty ones included.
    pub fn rows(&self) -> Vec<ReliabilityRow> {
        let row = |at: usize| {
            let bin = self.bins.get(at).copied().unwrap_or_default();
            let mean = |sum: f64| (bin.units > 0).then(|| sum / bin.units as f64);
            ReliabilityRow {
                low: edge::<BINS>(at),
                high: edge::<BINS>(at + 1),
                units: bin.units,
                mean_probability: mean(bin.probability),
                positive_share: mean(bin.positives as f64),
            }
        };
        (0..BINS).map(row).collect()
    }

    /// `brier`, `log-loss` and `ece` as rows of a table.
    pub fn measurements(&self) -> Vec<Measurement> {
        let units = (self.units(), self.missing());
        let row = |info: &MetricInfo, value, settings: Signature| {
            info.measurement(value, units, settings.versioned())
        };
        let brier = Signature::of([("agg", &"mean"), ("missing", &"1")]);
        let log_loss = Signature::of([
            ("agg", &"mean"),
            ("base", &"e"),
            ("clip", &"2^-52"),
            ("missing", &"left-out"),
        ]);
        let ece = Signature::of([
            ("bins", &BINS),
            ("width", &"equal"),
            ("edge", &"upper"),
            ("missing", &"left-out"),
        ]);
        vec![
            row(&BRIER, self.brier(), brier),
            row(&LOG_LOSS, self.log_loss(), log_loss),
            row(&ECE, self.expected_calibration_error(), ece),
        ]
    }
}

impl<const BINS: usize> Statistic for CalibrationStats<BINS> {
    fn merge(&mut self, other: &Self) {
        self.brier.merge(&other.brier);
        self.log_loss.merge(&other.log_loss);
        if self.bins.is_empty() {
            self.bins.clone_from(&other.bins);
            return;
        }
        for (bin, other) in self.bins.iter_mut().zip(&other.bins) {
            bin.units += other.units;
            bin.positives += other.positives;
            bin.probability += other.probability;
        }
    }

    /// Brier score.
    fn score(&self) -> Option<f64> {
        self.brier()
    }
}

/// The lower edge of a bin, as NumPy's `linspace` rounds it; exactly 1 behind the last.
fn edge<const BINS: usize>(at: usize) -> f64 {
    if at == BINS { 1.0 } else { at as f64 * (1.0 / BINS as f64) }
}

/// The bin of a probability: the number of inner edges below it.
fn bin<const BINS: usize>(probability: f64) -> usize {
    (1..BINS).take_while(|&at| edge::<BINS>(at) < probability).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{Negative, Positive};

    fn stats<const BINS: usize>(units: &[(f64, Truth)]) -> CalibrationStats<BINS> {
        let mut sum = CalibrationStats::default();
        for &(probability, truth) in units {
            sum.merge(&CalibrationStats::of(Some(probability), truth).expect("a probability"));
        }
        sum
    }

    #[test]
    fn counted_by_hand() {
        let stats = stats::<2>(&[(0.25, Negative), (0.5, Positive), (0.75, Positive)]);
        assert_eq!(stats.brier(), Some((0.0625 + 0.25 + 0.0625) / 3.0));
        // .5 is the upper edge of the first bin: |1 - .75| and |1 - .75|.
        assert_eq!(stats.expected_calibration_error(), Some(0.5 / 3.0));
        let expected = -(0.75_f64.ln() + 0.5_f64.ln() + 0.75_f64.ln()) / 3.0;
        assert!((stats.log_loss().expect("units") - expected).abs() < 1e-12);
        let rows = stats.rows();
        assert_eq!((rows[0].low, rows[0].high, rows[0].units), (0.0, 0.5, 2));
        assert_eq!((rows[1].mean_probability, rows[1].positive_share), (Some(0.75), Some(1.0)));
    }

    #[test]
    fn certain_answers_and_the_base_rate() {
        let right = stats::<10>(&[(1.0, Positive), (0.0, Negative)]);
        assert_eq!((right.brier(), right.expected_calibration_error()), (Some(0.0), Some(0.0)));
        let wrong = stats::<10>(&[(0.0, Positive)]);
        assert_eq!(wrong.brier(), Some(1.0));
        assert!((wrong.log_loss().expect("a unit") - 36.04).abs() < 0.01);
        let base =
            stats::<10>(&[(0.25, Positive), (0.25, Negative), (0.25, Negative), (0.25, Negative)]);
        assert_eq!(base.expected_calibration_error(), Some(0.0));
    }

    #[test]
    fn missing_none_and_nonsense() {
        let none = CalibrationStats::<10>::default();
        assert!(none.measurements().iter().all(|row| row.value.is_none()));
        assert!(none.rows().len() == 10 && none.rows().iter().all(|row| row.units == 0));
        let mut missing = CalibrationStats::<10>::of(None, Positive).expect("missing");
        assert_eq!((missing.brier(), missing.log_loss()), (Some(1.0), None));
        missing.merge(&stats(&[(1.0, Positive)]));
        assert_eq!((missing.brier(), missing.missing(), missing.units()), (Some(0.5), 1, 2));
        for wrong in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            assert!(CalibrationStats::<10>::of(Some(wrong), Positive).is_err());
        }
    }
}

//! From logits to probabilities that can be believed, and from probabilities to a decision; both
//! chosen on validation examples.

use serde::{Deserialize, Serialize};

/// 1 / (1 + exp(-x)).
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks"):
/// p = sigmoid(logit / T) with the T that makes the validation labels likeliest. The order of
/// examples does not change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Temperature(f64);

impl Temperature {
    /// Leaves logits as they are.
    pub const NONE: Self = Self(1.0);

    /// Fits T in [1/20, 20] by golden-section search over its logarithm; [`Self::NONE`] without
    /// examples.
    pub fn fit(logits: &[f64], labels: &[f32]) -> Self {
        if logits.is_empty() {
            return Self::NONE;
        }
        const WIDEST: f64 = 20.0;
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        let loss = |log: f64| {
            let pairs = logits.iter().zip(labels);
            let losses = pairs.map(|(logit, label)| {
                let scaled = logit / log.exp();
                let signed = if *label == 1.0 { -scaled } else { scaled };
                signed.max(0.0) + (-signed.abs()).exp().ln_1p()
            });
            losses.sum::<f64>()
        };
        let (mut low, mut high) = (-WIDEST.ln(), WIDEST.ln());
        while high - low > 1e-6 {
            let (left, right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
            if loss(left) <= loss(right) {
                high = right;
            } else {
                low = left;
            }
        }
        Self(((low + high) / 2.0).exp())
    }

    /// T.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The probability of a match.
    pub fn probability(self, logit: f64) -> f64 {
        sigmoid(logit / self.0)
    }
}

/// From where on a score means a match.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold(f64);

impl Threshold {
    /// The threshold with the best balanced accuracy (mean of the shares of right decisions among
    /// matches and among the others) on `scores`; the middle between two scores, and among equals
    /// the middle one. One half where there are not both classes.
    pub fn fit(scores: &[f64], labels: &[f32]) -> Self {
        const HALF: f64 = 0.5;
        let mut sorted: Vec<(f64, bool)> =
            scores.iter().zip(labels).map(|(score, label)| (*score, *label == 1.0)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let matches = sorted.iter().filter(|(_, label)| *label).count();
        let others = sorted.len() - matches;
        if matches == 0 || others == 0 {
            return Self(HALF);
        }
        // Below the first score everything is a match; each score passed decides one more.
        let (mut kept, mut refused) = (matches, 0usize);
        let mut best = (HALF, vec![]);
        for (place, (score, label)) in sorted.iter().enumerate() {
            if *label {
                kept -= 1;
            } else {
                refused += 1;
            }
            let Some((next, _)) = sorted.get(place + 1) else {
                break;
            };
            if next == score {
                continue;
            }
            let accuracy = (kept as f64 / matches as f64 + refused as f64 / others as f64) / 2.0;
            let middle = (score + next) / 2.0;
            if accuracy > best.0 + 1e-12 {
                best = (accuracy, vec![middle]);
            } else if accuracy >= best.0 - 1e-12 {
                best.1.push(middle);
            }
        }
        Self(best.1.get(best.1.len() / 2).copied().unwrap_or(HALF))
    }

    /// The threshold below which at most the share `lost` of the matches lie, 0 to 1: the middle
    /// between the last of those and the next score of a match. One half without a match.
    pub fn keeping(scores: &[f64], labels: &[f32], lost: f64) -> Self {
        const HALF: f64 = 0.5;
        let matches = scores.iter().zip(labels).filter(|(_, label)| **label == 1.0);
        let mut matches: Vec<f64> = matches.map(|(score, _)| *score).collect();
        matches.sort_by(f64::total_cmp);
        let below = (lost * matches.len() as f64).floor() as usize;
        match (below.checked_sub(1).and_then(|at| matches.get(at)), matches.get(below)) {
            (Some(last), Some(next)) => Self((last + next) / 2.0),
            (None, Some(first)) => Self(*first),
            (Some(last), None) => Self(*last),
            (None, None) => Self(HALF),
        }
    }

    /// The value.
    pub fn value(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temperature_undoes_a_scale() {
        // Of ten examples with logit ln 4, eight match: what calibrated logits say.
        let labels: Vec<f32> = (0..10).map(|i| if i < 8 { 1.0 } else { 0.0 }).collect();
        let honest = Temperature::fit(&[4f64.ln(); 10], &labels);
        assert!((honest.value() - 1.0).abs() < 1e-4, "{honest:?}");
        let bold = Temperature::fit(&[3.0 * 4f64.ln(); 10], &labels);
        assert!((bold.value() - 3.0).abs() < 1e-3, "{bold:?}");
        assert!((bold.probability(3.0 * 4f64.ln()) - 0.8).abs() < 1e-4);
        assert_eq!(Temperature::fit(&[], &[]), Temperature::NONE);
    }

    #[test]
    fn the_threshold_loses_no_more_matches_than_it_may() {
        let scores: Vec<f64> = (0..20).map(|at| f64::from(at) / 20.0).collect();
        let (matches, lost) = (vec![1.0f32; 20], |share| {
            let threshold = Threshold::keeping(&scores, &[1.0; 20], share).value();
            scores.iter().filter(|score| **score < threshold).count()
        });
        assert_eq!([0.0, 0.04, 0.1, 0.5, 1.0].map(lost), [0, 0, 2, 10, 19]);
        let others = Threshold::keeping(&scores, &vec![0.0; matches.len()], 0.1);
        assert_eq!(others.value(), 0.5, "no match");
    }

    #[test]
    fn the_threshold_parts_the_classes_best() {
        let threshold = Threshold::fit(&[0.1, 0.3, 0.6, 0.9], &[0.0, 0.0, 1.0, 1.0]);
        assert!((threshold.value() - 0.45).abs() < 1e-12);
        // Three of four others lie below .2; the classes are weighed alike.
        let skewed = Threshold::fit(&[0.1, 0.1, 0.1, 0.8, 0.7], &[0.0, 0.0, 0.0, 0.0, 1.0]);
        assert!((skewed.value() - 0.4).abs() < 1e-12, "{skewed:?}");
        assert_eq!(Threshold::fit(&[0.2, 0.3], &[1.0, 1.0]).value(), 0.5);
        assert_eq!(Threshold::fit(&[0.3, 0.3], &[1.0, 0.0]).value(), 0.5);
    }
}

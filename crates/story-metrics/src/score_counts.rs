//! Counts of right and wrong units at each score: what every measure of a ranking follows from,
//! exact under ties and mergeable.

use crate::error::{MetricError, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts `[right, wrong]` by score, in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ScoreCounts {
    by_score: BTreeMap<i64, [u64; 2]>,
}

impl ScoreCounts {
    /// Adds units with one score. Any finite number is a score.
    pub(crate) fn add(&mut self, what: &'static str, score: f64, units: [u64; 2]) -> Result<()> {
        if !score.is_finite() {
            return Err(MetricError::Value {
                what,
                expected: "a finite number",
                found: score.to_string(),
            });
        }
        self.add_key(key(score), units);
        Ok(())
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (&key, &units) in &other.by_score {
            self.add_key(key, units);
        }
    }

    /// Scores and counts from the highest score down.
    pub(crate) fn descending(&self) -> impl Iterator<Item = (f64, [u64; 2])> {
        let scores = self.by_score.iter().rev();
        scores.map(|(&key, &units)| (score(key), units))
    }

    /// All units together.
    pub(crate) fn total(&self) -> [u64; 2] {
        self.by_score
            .values()
            .fold([0, 0], |[right, wrong], units| [right + units[0], wrong + units[1]])
    }

    fn add_key(&mut self, key: i64, [right, wrong]: [u64; 2]) {
        let counts = self.by_score.entry(key).or_default();
        counts[0] += right;
        counts[1] += wrong;
    }
}

/// The bits of a finite score as a whole number of the same order; 0 and -0 are one score.
fn key(score: f64) -> i64 {
    fold((score + 0.0).to_bits() as i64)
}

fn score(key: i64) -> f64 {
    f64::from_bits(fold(key) as u64)
}

/// Turns the order of negative numbers around; its own inverse (compare `f64::total_cmp`).
fn fold(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_order_and_value() {
        let scores = [f64::MIN, -2.5, -1e-300, 0.0, 5e-324, 0.1, 0.1 + 1e-16, f64::MAX];
        for pair in scores.windows(2) {
            assert_eq!(key(pair[0]).cmp(&key(pair[1])), pair[0].total_cmp(&pair[1]), "{pair:?}");
        }
        assert!(scores.iter().all(|&value| score(key(value)).to_bits() == value.to_bits()));
        assert_eq!(key(-0.0), key(0.0));
    }

    #[test]
    fn ties_share_a_count_and_nonsense_is_refused() {
        let mut counts = ScoreCounts::default();
        for (score, units) in [(0.5, [1, 0]), (-1.0, [0, 1]), (0.5, [0, 2])] {
            counts.add("score", score, units).expect("finite");
        }
        let listed: Vec<_> = counts.descending().collect();
        assert_eq!(listed, [(0.5, [1, 2]), (-1.0, [0, 1])]);
        assert_eq!(counts.total(), [1, 3]);
        for wrong in [f64::NAN, f64::INFINITY] {
            let error = counts.add("score", wrong, [1, 0]).expect_err("not finite");
            assert!(error.to_string().contains(&wrong.to_string()), "{error}");
        }
    }
}

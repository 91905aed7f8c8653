//! A score with the range in which it would lie on other stories, and what two such say together.

use crate::metric::Direction;
use serde::{Deserialize, Serialize};

/// A score with its bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The score of all units; `None` if undefined.
    pub estimate: Option<f64>,
    /// Lower end; `None` with fewer than two clusters, or if the score of every resample is
    /// undefined.
    pub lower: Option<f64>,
    /// Upper end; `None` as above.
    pub upper: Option<f64>,
    /// Share of resampled scores within the interval.
    pub level: f64,
    /// Units.
    pub units: u64,
    /// Clusters that were drawn from.
    pub clusters: u64,
    /// Number of resamples.
    pub resamples: u32,
    /// Resamples whose score is undefined; they do not enter the quantiles.
    pub undefined: u32,
    /// Seed of the draws.
    pub seed: u64,
}

impl Interval {
    /// Whether this score is better than another and the intervals do not touch. `false` where an
    /// interval is missing, and for a direction that has no better.
    pub fn clearly_better_than(&self, other: &Self, direction: Direction) -> bool {
        match direction {
            Direction::HigherIsBetter => self.lies_above(other),
            Direction::LowerIsBetter => other.lies_above(self),
            Direction::CloserToReference => false,
        }
    }

    /// Whether the intervals have no point in common. `false` where one is missing.
    pub fn is_apart_from(&self, other: &Self) -> bool {
        self.lies_above(other) || other.lies_above(self)
    }

    fn lies_above(&self, other: &Self) -> bool {
        matches!((self.lower, other.upper), (Some(lower), Some(upper)) if lower > upper)
    }
}

/// The difference of two systems' scores, first minus second, on the same units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedInterval {
    /// Score of the first system.
    pub first: Option<f64>,
    /// Score of the second system.
    pub second: Option<f64>,
    /// The difference with its interval.
    pub difference: Interval,
    /// Share of resamples in which the first system scores higher, 0..=1; `None` as the interval. No
    /// p value: for that see [`crate::randomisation`].
    pub share_above: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(lower: f64, upper: f64) -> Interval {
        Interval {
            estimate: Some((lower + upper) / 2.0),
            lower: Some(lower),
            upper: Some(upper),
            level: 0.95,
            units: 10,
            clusters: 5,
            resamples: 100,
            undefined: 0,
            seed: 0,
        }
    }

    #[test]
    fn intervals_that_share_a_point_touch() {
        let (low, high) = (between(0.0, 1.0), between(1.5, 2.0));
        assert!(low.is_apart_from(&high) && high.is_apart_from(&low));
        assert!(!low.is_apart_from(&between(1.0, 2.0)));
        let unknown = Interval { lower: None, upper: None, ..high };
        assert!(!low.is_apart_from(&unknown) && !unknown.is_apart_from(&low));
    }

    #[test]
    fn better_depends_on_the_direction() {
        let (low, high) = (between(0.0, 1.0), between(1.5, 2.0));
        assert!(high.clearly_better_than(&low, Direction::HigherIsBetter));
        assert!(!low.clearly_better_than(&high, Direction::HigherIsBetter));
        assert!(low.clearly_better_than(&high, Direction::LowerIsBetter));
        assert!(!high.clearly_better_than(&low, Direction::LowerIsBetter));
        assert!(!high.clearly_better_than(&low, Direction::CloserToReference));
    }
}

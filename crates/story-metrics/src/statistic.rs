//! Sufficient statistics: what a metric keeps instead of scores, so that units can be read one by
//! one, shards can be merged, and a bootstrap can score any resample without reading texts again.

use serde::{Deserialize, Serialize};

/// A sum over units from which a score follows.
///
/// `merge` is commutative and associative (up to the rounding of floating-point sums), and the
/// default value is its neutral element: merging the statistics of two shards gives the statistics
/// of both together.
pub trait Statistic: Clone + Default {
    /// Adds the units of another statistic to this one.
    fn merge(&mut self, other: &Self);
    /// The score at the metric's default settings; `None` where it is undefined.
    fn score(&self) -> Option<f64>;
}

/// A statistic that knows how many units it was made from.
pub trait Counted: Statistic {
    /// Units read, missing answers included.
    fn units(&self) -> u64;
    /// Units whose answer was missing.
    fn missing(&self) -> u64;
}

/// The mean of one value a unit: `sum / n`.
///
/// A unit whose value is undefined (a cosine with a zero vector, the PSNR of two equal pictures)
/// does not enter the mean, and is counted. A missing answer enters with the value that the caller
/// gives it and is counted too, see [`MeanStats::missing`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MeanStats {
    /// Sum of the defined values.
    pub sum: f64,
    /// Number of defined values.
    pub n: u64,
    /// Units whose value is undefined.
    pub undefined: u64,
    /// Units whose answer was missing; those that were given a value are in `n` as well.
    pub missing: u64,
}

impl MeanStats {
    /// One unit. `None`, NaN and infinities are undefined.
    pub fn of(value: Option<f64>) -> Self {
        match value {
            Some(value) if value.is_finite() => Self { sum: value, n: 1, ..Self::default() },
            _ => Self { undefined: 1, ..Self::default() },
        }
    }

    /// One unit whose answer is missing: it enters the mean with the worst value where there is
    /// one (0 for a similarity), and is only counted where there is none.
    pub fn missing(worst: Option<f64>) -> Self {
        Self { missing: 1, ..Self::of(worst) }
    }

    /// Adds one unit.
    pub fn push(&mut self, value: Option<f64>) {
        self.merge(&Self::of(value));
    }
}

impl Statistic for MeanStats {
    fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.n += other.n;
        self.undefined += other.undefined;
        self.missing += other.missing;
    }

    fn score(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64)
    }
}

impl Counted for MeanStats {
    /// All units, whether or not their value is defined.
    fn units(&self) -> u64 {
        self.n + self.undefined
    }

    fn missing(&self) -> u64 {
        self.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_mean_is_undefined_and_undefined_units_do_not_move_it() {
        let mut mean = MeanStats::default();
        assert_eq!(mean.score(), None);
        mean.push(None);
        mean.push(Some(f64::NAN));
        mean.push(Some(f64::INFINITY));
        assert_eq!((mean.score(), mean.undefined, mean.units()), (None, 3, 3));
        mean.push(Some(1.0));
        mean.push(Some(2.0));
        assert_eq!((mean.score(), mean.n, mean.units()), (Some(1.5), 2, 5));
    }

    #[test]
    fn a_missing_answer_lowers_the_mean_where_it_has_a_worst_value() {
        let mut mean = MeanStats::of(Some(1.0));
        mean.merge(&MeanStats::missing(Some(0.0)));
        assert_eq!((mean.score(), mean.missing), (Some(0.5), 1));
        mean.merge(&MeanStats::missing(None));
        assert_eq!((mean.score(), mean.missing, mean.undefined), (Some(0.5), 2, 1));
    }
}

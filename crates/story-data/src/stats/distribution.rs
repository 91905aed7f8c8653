//! The distribution of a whole-number quantity, gathered one value at a time.
//!
//! Exact: it keeps how often each value occurred, so that adding in any order gives the same
//! summary. Quantiles interpolate linearly between order statistics (Hyndman and Fan 1996, type 7,
//! the default of R and NumPy).

use serde::Serialize;
use std::collections::BTreeMap;

/// A histogram has at most so many bins.
const BINS: u64 = 24;

/// Counts of values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    counts: BTreeMap<u64, u64>,
}

/// What [`Counts`] amount to; in the unit of the values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Distribution {
    /// How many values.
    pub n: u64,
    /// Their sum.
    pub sum: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Smallest.
    pub min: u64,
    /// First quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
    /// Largest.
    pub max: u64,
    /// Bins of equal width from `min` up, without gaps.
    pub histogram: Vec<Bin>,
}

/// A bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bin {
    /// Smallest value in it.
    pub from: u64,
    /// Largest value in it.
    pub to: u64,
    /// How many values lie in it.
    pub count: u64,
}

impl Counts {
    /// Adds one value.
    pub fn add(&mut self, value: u64) {
        *self.counts.entry(value).or_insert(0) += 1;
    }

    /// The summary; `None` where no value was added.
    pub fn distribution(&self) -> Option<Distribution> {
        let (&min, _) = self.counts.first_key_value()?;
        let (&max, _) = self.counts.last_key_value()?;
        let n: u64 = self.counts.values().sum();
        let sum = self
            .counts
            .iter()
            .fold(0u64, |sum, (value, count)| sum.saturating_add(value.saturating_mul(*count)));
        Some(Distribution {
            n,
            sum,
            mean: sum as f64 / n as f64,
            min,
            q1: self.quantile(n, 0.25),
            median: self.quantile(n, 0.5),
            q3: self.quantile(n, 0.75),
            max,
            histogram: self.histogram(min, max),
        })
    }

    fn quantile(&self, n: u64, share: f64) -> f64 {
        let rank = (n - 1) as f64 * share;
        let below = self.at(rank.floor() as u64) as f64;
        let above = self.at(rank.ceil() as u64) as f64;
        below + (above - below) * rank.fract()
    }

    /// The value at this rank, counted from 0, in ascending order.
    fn at(&self, rank: u64) -> u64 {
        let mut passed = 0;
        let mut last = 0;
        for (&value, &count) in &self.counts {
            last = value;
            passed += count;
            if passed > rank {
                break;
            }
        }
        last
    }

    fn histogram(&self, min: u64, max: u64) -> Vec<Bin> {
        let width = (max - min) / BINS + 1;
        let mut bins: Vec<Bin> = (0..=(max - min) / width)
            .map(|index| min + index * width)
            .map(|from| Bin { from, to: from.saturating_add(width - 1), count: 0 })
            .collect();
        for (&value, &count) in &self.counts {
            bins[((value - min) / width) as usize].count += count;
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Option<Distribution> {
        let mut counts = Counts::default();
        values.iter().for_each(|value| counts.add(*value));
        counts.distribution()
    }

    #[test]
    fn quartiles_interpolate() {
        let d = of(&[7, 1, 3, 5, 5, 20]).expect("values");
        assert_eq!((d.n, d.sum, d.min, d.max), (6, 41, 1, 20));
        assert_eq!((d.q1, d.median, d.q3), (3.5, 5.0, 6.5));
        assert!((d.mean - 41.0 / 6.0).abs() < 1e-12);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn bins_hold_every_value_once() {
        for values in [vec![4], vec![0, u64::MAX], (0..1000).collect(), vec![5, 28, 29]] {
            let bins = of(&values).expect("values").histogram;
            assert!(bins.len() as u64 <= BINS + 1);
            let total: u64 = bins.iter().map(|bin| bin.count).sum();
            assert_eq!(total as usize, values.len());
            for pair in bins.windows(2) {
                assert_eq!(pair[0].to + 1, pair[1].from);
            }
        }
    }
}

//! The rank of the right answer among candidates, honest about ties.
//!
//! A scorer that gives every candidate the same score knows nothing, yet sorting would put the
//! right answer wherever it happened to stand, often first. Here tied candidates are thought of as
//! being in random order, and each quantity is its expected value over these orders:
//! ```text
//! b = candidates scored higher than the target, t = others scored the same
//! rank = b + 1 + t/2        hit@k = clamp((k - b) / (t + 1), 0, 1)
//! reciprocal rank = mean of 1/(b+1), ..., 1/(b+t+1)
//! ```
//! so that constant scores give exactly chance (see [`chance_hit`], [`chance_reciprocal`]).

use crate::error::{MetricError, Result, all_finite};
use serde::Serialize;

/// Where the target stands in a pool of candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rank {
    better: u64,
    tied: u64,
    pool: u64,
}

impl Rank {
    /// The rank of a target with so many `better` candidates and so many others `tied` with it, in
    /// a pool of so many candidates with the target.
    ///
    /// # Errors
    /// If they do not fit into the pool.
    pub fn new(better: u64, tied: u64, pool: u64) -> Result<Self> {
        if better.checked_add(tied).is_some_and(|others| others < pool) {
            return Ok(Self { better, tied, pool });
        }
        Err(MetricError::Value {
            what: "rank",
            expected: "fewer better and tied candidates than the pool has",
            found: format!("{better} better and {tied} tied of {pool}"),
        })
    }

    /// Ranks the candidate `target` by scores, higher is better.
    ///
    /// # Errors
    /// If a score is NaN or infinite, or `target` is not a candidate.
    pub fn of(scores: &[f32], target: usize) -> Result<Self> {
        let Some(&score) = scores.get(target) else {
            return Err(MetricError::Index {
                what: "target among candidates",
                index: target,
                length: scores.len(),
            });
        };
        all_finite("scores of candidates", scores)?;
        let (mut better, mut same) = (0, 0);
        for &other in scores {
            better += u64::from(other > score);
            same += u64::from(other == score);
        }
        Ok(Self { better, tied: same - 1, pool: scores.len() as u64 })
    }

    /// Number of candidates, the target included; at least 1.
    pub fn pool(self) -> u64 {
        self.pool
    }

    /// Expected rank, 1 is best.
    pub fn expected(self) -> f64 {
        self.doubled() as f64 / 2.0
    }

    /// Twice the expected rank, which is always a whole number.
    pub(crate) fn doubled(self) -> u64 {
        (self.better + 1).saturating_mul(2).saturating_add(self.tied)
    }

    /// Probability that the target is among the first `k`, 0..=1.
    pub fn hit(self, k: u64) -> f64 {
        let places = k.saturating_sub(self.better).min(self.tied + 1);
        places as f64 / (self.tied + 1) as f64
    }

    /// Expected reciprocal rank, in 0..=1.
    pub fn reciprocal(self) -> f64 {
        harmonic_between(self.better, self.better + self.tied + 1) / (self.tied + 1) as f64
    }
}

/// hit@k of a random order of `pool` candidates: `min(k, pool) / pool`. 0 for an empty pool.
pub fn chance_hit(k: u64, pool: u64) -> f64 {
    k.min(pool) as f64 / pool.max(1) as f64
}

/// Expected reciprocal rank of a random order of `pool` candidates: `H_pool / pool`. 0 for an empty
/// pool.
pub fn chance_reciprocal(pool: u64) -> f64 {
    harmonic_between(0, pool) / pool.max(1) as f64
}

/// Above this many terms a harmonic sum is taken from its expansion.
const LONG_SUM: u64 = 100_000;
/// Euler's constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// `1/(after+1) + ... + 1/to`.
fn harmonic_between(after: u64, to: u64) -> f64 {
    if to - after > LONG_SUM {
        return harmonic(to) - harmonic(after);
    }
    // From the smallest term up, for accuracy.
    (after..to).rev().map(|rank| 1.0 / (rank + 1) as f64).sum()
}

/// `1 + 1/2 + ... + 1/n`; for long sums `ln n + gamma + 1/(2n) - 1/(12n^2)`, whose error is below
/// `1/(120 n^4)`.
fn harmonic(n: u64) -> f64 {
    if n <= LONG_SUM {
        return harmonic_between(0, n);
    }
    let n = n as f64;
    n.ln() + EULER_GAMMA + 1.0 / (2.0 * n) - 1.0 / (12.0 * n * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_as_a_random_order() {
        let rank = Rank::of(&[0.9, 0.5, 0.5, 0.5, 0.1], 2).expect("finite scores");
        assert_eq!(rank, Rank { better: 1, tied: 2, pool: 5 });
        assert_eq!(rank.expected(), 3.0);
        assert_eq!(
            (rank.hit(1), rank.hit(2), rank.hit(4), rank.hit(9)),
            (0.0, 1.0 / 3.0, 1.0, 1.0)
        );
        assert!((rank.reciprocal() - (0.5 + 1.0 / 3.0 + 0.25) / 3.0).abs() < 1e-15);
    }

    #[test]
    fn constant_scores_give_chance() {
        for pool in 1..20_u64 {
            let scores = vec![0.25; pool as usize];
            let rank = Rank::of(&scores, 0).expect("finite scores");
            for k in [0, 1, 5, 10] {
                assert_eq!(rank.hit(k), chance_hit(k, pool));
            }
            assert_eq!(rank.reciprocal(), chance_reciprocal(pool));
            assert_eq!(rank.expected(), (pool + 1) as f64 / 2.0);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Rank::of(&[], 0).is_err());
        assert!(Rank::of(&[0.1], 1).is_err());
        assert!(Rank::of(&[0.1, f32::NAN], 0).is_err());
        assert!(Rank::new(0, 0, 0).is_err() && Rank::new(2, 1, 3).is_err());
        assert!(Rank::new(u64::MAX, 1, u64::MAX).is_err());
    }

    #[test]
    fn long_sums_equal_their_terms() {
        let exact: f64 = (1..=300_000_u64).rev().map(|rank| 1.0 / rank as f64).sum();
        assert!((harmonic(300_000) - exact).abs() < 1e-12);
        assert!(chance_reciprocal(u64::MAX) > 0.0);
        let last = Rank::new(0, u64::MAX - 1, u64::MAX).expect("they fit");
        assert!(last.reciprocal() > 0.0 && last.expected() > 1.0 && last.hit(1) > 0.0);
    }
}

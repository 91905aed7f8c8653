//! Finding the right item in a pool: R@1, R@5, R@10, mean reciprocal rank, median and mean rank,
//! each beside what a random order would reach.
//!
//! ```text
//! R@k = queries whose target is among the first k / queries     (0..=1, higher is better)
//! MRR = mean of 1 / rank                                        (0..=1, higher is better)
//! chance: R@k = mean of min(k, n)/n,  MRR = mean of H_n/n       over pools of n candidates
//! ```
//! Ties count as a random order (see [`crate::rank`]). Pools may differ in size from query to query;
//! chance then is the mean over queries. MRR: Voorhees 1999, "The TREC-8 Question Answering Track
//! Report".

use crate::error::{MetricError, Result};
use crate::metric::Direction::{HigherIsBetter, LowerIsBetter};
use crate::metric::{Measurement, MetricInfo, Range};
use crate::rank::{Rank, chance_hit, chance_reciprocal};
use crate::signature::Signature;
use crate::statistic::Statistic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `k` of R@k.
pub const RECALL_AT: [u64; 3] = [1, 5, 10];

/// R@k at each of [`RECALL_AT`], in the list of metrics.
pub static RECALL: &[MetricInfo; 3] =
    &[recall("r@1", "R@1"), recall("r@5", "R@5"), recall("r@10", "R@10")];
/// Mean reciprocal rank in the list of metrics.
pub static MRR: MetricInfo =
    MetricInfo::new("mrr", "MRR", "mean of 1 / rank", HigherIsBetter, Range::FRACTION);
/// Median rank in the list of metrics.
pub static MEDIAN_RANK: MetricInfo = MetricInfo::new(
    "median-rank",
    "Median rank",
    "where half of the targets stand at the latest",
    LowerIsBetter,
    Range::FROM_ONE,
)
.digits(1);
/// Mean rank in the list of metrics.
pub static MEAN_RANK: MetricInfo = MetricInfo::new(
    "mean-rank",
    "Mean rank",
    "where the targets stand on average",
    LowerIsBetter,
    Range::FROM_ONE,
)
.digits(1)
.on_request();

const fn recall(id: &'static str, name: &'static str) -> MetricInfo {
    let summary = "queries whose target is among the first k";
    MetricInfo::new(id, name, summary, HigherIsBetter, Range::FRACTION)
}

/// Sums over queries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RetrievalStats {
    /// Sum of hits at each of [`RECALL_AT`].
    hits: [f64; 3],
    /// Sum of what a random order would hit.
    chance_hits: [f64; 3],
    /// Sum of reciprocal ranks.
    reciprocal: f64,
    /// Sum of a random order's reciprocal ranks.
    chance_reciprocal: f64,
    /// How many queries have this rank, doubled so that half ranks of ties are whole numbers.
    doubled_ranks: BTreeMap<u64, u64>,
    /// Sum of pool sizes.
    candidates: u64,
    /// Smallest and largest pool.
    pools: Option<(u64, u64)>,
    /// Queries, missing ones included.
    queries: u64,
    /// Queries without an answer.
    missing: u64,
}

impl RetrievalStats {
    /// One query that ranks the candidate `target` by similarity, higher is better.
    ///
    /// # Errors
    /// Those of [`Rank::of`].
    pub fn of(similarities: &[f32], target: usize) -> Result<Self> {
        Ok(Self::of_rank(Rank::of(similarities, target)?))
    }

    /// One query whose target has this rank.
    pub fn of_rank(rank: Rank) -> Self {
        Self {
            hits: RECALL_AT.map(|k| rank.hit(k)),
            reciprocal: rank.reciprocal(),
            doubled_ranks: BTreeMap::from([(rank.doubled(), 1)]),
            ..Self::pool(rank.pool())
        }
    }

    /// One query that was not answered, over a pool of so many candidates: no hit, reciprocal rank
    /// 0, the last rank.
    ///
    /// # Errors
    /// If the pool is empty.
    pub fn missing(pool: usize) -> Result<Self> {
        if pool == 0 {
            return Err(MetricError::Value {
                what: "retrieval pool",
                expected: "at least the target",
                found: "an empty pool".to_string(),
            });
        }
        let pool = pool as u64;
        Ok(Self {
            doubled_ranks: BTreeMap::from([(pool.saturating_mul(2), 1)]),
            missing: 1,
            ..Self::pool(pool)
        })
    }

    fn pool(pool: u64) -> Self {
        Self {
            chance_hits: RECALL_AT.map(|k| chance_hit(k, pool)),
            chance_reciprocal: chance_reciprocal(pool),
            candidates: pool,
            pools: Some((pool, pool)),
            queries: 1,
            ..Self::default()
        }
    }

    /// R@k, 0..=1, for a `k` of [`RECALL_AT`]; `None` for another `k` or without queries.
    pub fn recall(&self, k: u64) -> Option<f64> {
        self.mean(self.hits[position(k)?])
    }

    /// R@k of a random order, 0..=1.
    pub fn chance_recall(&self, k: u64) -> Option<f64> {
        self.mean(self.chance_hits[position(k)?])
    }

    /// Mean reciprocal rank, 0..=1.
    pub fn mrr(&self) -> Option<f64> {
        self.mean(self.reciprocal)
    }

    /// Mean reciprocal rank of a random order, 0..=1.
    pub fn chance_mrr(&self) -> Option<f64> {
        self.mean(self.chance_reciprocal)
    }

    /// Median rank, 1 is best; the mean of the middle two for an even number of queries.
    pub fn median_rank(&self) -> Option<f64> {
        let last = self.queries.checked_sub(1)?;
        let doubled =
            self.doubled_rank_at(last / 2)? as f64 + self.doubled_rank_at(self.queries / 2)? as f64;
        Some(doubled / 4.0)
    }

    /// Mean rank, 1 is best.
    pub fn mean_rank(&self) -> Option<f64> {
        let doubled: f64 =
            self.doubled_ranks.iter().map(|(&rank, &queries)| rank as f64 * queries as f64).sum();
        self.mean(doubled / 2.0)
    }

    /// Mean rank of a random order, the mean of `(n + 1) / 2`; for pools of one size its median too.
    pub fn chance_mean_rank(&self) -> Option<f64> {
        self.mean((self.candidates as f64 + self.queries as f64) / 2.0)
    }

    /// Smallest and largest number of candidates.
    pub fn pool_range(&self) -> Option<(u64, u64)> {
        self.pools
    }

    /// Queries, missing ones included.
    pub fn queries(&self) -> u64 {
        self.queries
    }

    /// All scores as rows of a table, with the value of a random order beside each.
    pub fn rows(&self) -> Vec<RetrievalRow> {
        let pool = match self.pools {
            None => "0".to_string(),
            Some((low, high)) if low == high => low.to_string(),
            Some((low, high)) => format!("{low}-{high}"),
        };
        let signature = Signature::of([("pool", &pool), ("ties", &"expected")]).versioned();
        let units = (self.queries, self.missing);
        let row = |info: &MetricInfo, value, chance| RetrievalRow {
            measurement: info.measurement(value, units, signature.clone()),
            chance,
        };
        let recalls = RECALL_AT.iter().zip(RECALL);
        let recalls = recalls.map(|(&k, info)| row(info, self.recall(k), self.chance_recall(k)));
        let mut rows: Vec<_> = recalls.collect();
        rows.push(row(&MRR, self.mrr(), self.chance_mrr()));
        let one_size = self.pools.is_some_and(|(low, high)| low == high);
        let chance_median = self.chance_mean_rank().filter(|_| one_size);
        rows.push(row(&MEDIAN_RANK, self.median_rank(), chance_median));
        rows.push(row(&MEAN_RANK, self.mean_rank(), self.chance_mean_rank()));
        rows
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        (self.queries > 0).then(|| sum / self.queries as f64)
    }

    /// The doubled rank at a position of the sorted ranks.
    fn doubled_rank_at(&self, position: u64) -> Option<u64> {
        let mut before = 0;
        self.doubled_ranks.iter().find_map(|(&rank, &queries)| {
            before += queries;
            (position < before).then_some(rank)
        })
    }
}

/// A score and what a random order would reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetrievalRow {
    /// The score.
    #[serde(flatten)]
    pub measurement: Measurement,
    /// The expected score of a random order; `None` where there is no single value (the median
    /// rank over pools of several sizes).
    pub chance: Option<f64>,
}

impl Statistic for RetrievalStats {
    fn merge(&mut self, other: &Self) {
        for at in 0..RECALL_AT.len() {
            self.hits[at] += other.hits[at];
            self.chance_hits[at] += other.chance_hits[at];
        }
        self.reciprocal += other.reciprocal;
        self.chance_reciprocal += other.chance_reciprocal;
        for (&rank, &queries) in &other.doubled_ranks {
            *self.doubled_ranks.entry(rank).or_default() += queries;
        }
        self.candidates += other.candidates;
        self.pools = match (self.pools, other.pools) {
            (Some((low, high)), Some((other_low, other_high))) => {
                Some((low.min(other_low), high.max(other_high)))
            }
            (one, other) => one.or(other),
        };
        self.queries += other.queries;
        self.missing += other.missing;
    }

    /// Mean reciprocal rank.
    fn score(&self) -> Option<f64> {
        self.mrr()
    }
}

fn position(k: u64) -> Option<usize> {
    RECALL_AT.iter().position(|&at| at == k)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(stats: &[RetrievalStats]) -> RetrievalStats {
        let mut sum = RetrievalStats::default();
        stats.iter().for_each(|stats| sum.merge(stats));
        sum
    }

    #[test]
    fn counted_by_hand() {
        let stats = merged(&[
            RetrievalStats::of(&[0.9, 0.1, 0.2], 0).expect("finite"), // rank 1 of 3
            RetrievalStats::of(&[0.9, 0.1, 0.2, 0.3], 1).expect("finite"), // rank 4 of 4
            RetrievalStats::of(&[0.9, 0.9], 1).expect("finite"),      // rank 1.5 of 2
            RetrievalStats::missing(11).expect("a pool"),
        ]);
        assert_eq!(stats.recall(1), Some(1.5 / 4.0));
        assert_eq!(stats.recall(5), Some(3.0 / 4.0));
        assert_eq!(stats.mrr(), Some((1.0 + 0.25 + 0.75 + 0.0) / 4.0));
        assert_eq!(stats.median_rank(), Some((1.5 + 4.0) / 2.0));
        assert_eq!(stats.mean_rank(), Some((1.0 + 4.0 + 1.5 + 11.0) / 4.0));
        assert_eq!(stats.chance_recall(1), Some((1.0 / 3.0 + 0.25 + 0.5 + 1.0 / 11.0) / 4.0));
        assert_eq!(stats.chance_mean_rank(), Some((2.0 + 2.5 + 1.5 + 6.0) / 4.0));
        assert_eq!(stats.pool_range(), Some((2, 11)));
        assert_eq!((stats.queries(), stats.missing, stats.recall(7)), (4, 1, None));
    }

    #[test]
    fn constant_similarities_are_at_chance_over_pools_of_any_size() {
        let pools = [3, 7, 40, 1];
        let stats: Vec<_> = pools
            .iter()
            .map(|&n| RetrievalStats::of(&vec![0.0; n], n - 1).expect("finite"))
            .collect();
        let stats = merged(&stats);
        for k in RECALL_AT {
            assert_eq!(stats.recall(k), stats.chance_recall(k));
        }
        assert_eq!(
            (stats.mrr(), stats.mean_rank()),
            (stats.chance_mrr(), stats.chance_mean_rank())
        );
    }

    #[test]
    fn no_query_is_undefined_and_nonsense_is_refused() {
        let none = RetrievalStats::default();
        assert!(
            none.rows().iter().all(|row| row.measurement.value.is_none() && row.chance.is_none())
        );
        assert!(RetrievalStats::of(&[f32::NAN, 1.0], 1).is_err());
        assert!(RetrievalStats::of(&[], 0).is_err());
        assert!(RetrievalStats::missing(0).is_err());
    }
}

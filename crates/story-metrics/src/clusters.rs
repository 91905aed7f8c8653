//! Units grouped by what they have in common, such as their story: what the bootstrap draws from.

use crate::error::{MetricError, Result};
use crate::statistic::Statistic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Statistics of units, merged by cluster and kept in the order of the clusters' keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clusters<S> {
    by_key: BTreeMap<String, Cluster<S>>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Cluster<S> {
    stats: S,
    units: u64,
}

impl<S> Default for Clusters<S> {
    fn default() -> Self {
        Self { by_key: BTreeMap::new() }
    }
}

impl<S: Statistic> Clusters<S> {
    /// Adds one unit to the cluster of this key, such as the id of its story.
    pub fn add(&mut self, key: &str, unit: &S) {
        self.add_units(key, unit, 1);
    }

    /// Adds the units of another shard.
    pub fn merge(&mut self, other: &Self) {
        for (key, cluster) in &other.by_key {
            self.add_units(key, &cluster.stats, cluster.units);
        }
    }

    /// The statistics of all units together.
    pub fn total(&self) -> S {
        let mut total = S::default();
        self.by_key.values().for_each(|cluster| total.merge(&cluster.stats));
        total
    }

    /// Number of clusters.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there is no unit.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Number of units.
    pub fn units(&self) -> u64 {
        self.by_key.values().map(|cluster| cluster.units).sum()
    }

    fn add_units(&mut self, key: &str, stats: &S, units: u64) {
        if let Some(cluster) = self.by_key.get_mut(key) {
            cluster.stats.merge(stats);
            cluster.units += units;
        } else {
            self.by_key.insert(key.to_string(), Cluster { stats: stats.clone(), units });
        }
    }

    /// Errors unless both hold the same clusters with equally many units.
    pub(crate) fn check_same_units(&self, other: &Self) -> Result<()> {
        for key in self.by_key.keys().chain(other.by_key.keys()) {
            let (first, second) = (self.units_of(key), other.units_of(key));
            if first != second {
                return Err(MetricError::Unpaired { cluster: key.clone(), first, second });
            }
        }
        Ok(())
    }

    /// The statistics of each cluster, in the order of the keys.
    pub(crate) fn stats(&self) -> Vec<&S> {
        self.by_key.values().map(|cluster| &cluster.stats).collect()
    }

    fn units_of(&self, key: &str) -> u64 {
        self.by_key.get(key).map_or(0, |cluster| cluster.units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistic::MeanStats;

    #[test]
    fn shards_add_up_to_the_whole() {
        let mut whole = Clusters::default();
        let mut shards = [Clusters::default(), Clusters::default()];
        assert!(whole.is_empty());
        for at in 0..12 {
            let unit = MeanStats::of(Some(f64::from(at)));
            let key = format!("story-{}", at % 5);
            whole.add(&key, &unit);
            shards[at as usize % 2].add(&key, &unit);
        }
        let [mut first, second] = shards;
        assert!(first.check_same_units(&second).is_err());
        first.merge(&second);
        assert_eq!(first, whole);
        assert_eq!((whole.len(), whole.units(), whole.total().score()), (5, 12, Some(5.5)));
    }
}

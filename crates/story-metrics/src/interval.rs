//! A score with the range in which it would lie on other stories, and the difference of two such.
//! Whether two systems differ is told by the difference: intervals of the same stories may overlap
//! where every story agrees.

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

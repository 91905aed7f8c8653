//! How much a score would differ on other stories: the percentile bootstrap by cluster (Efron and
//! Tibshirani 1993, "An Introduction to the Bootstrap", chapters 13 and 16; for text metrics Koehn
//! 2004, "Statistical Significance Tests for Machine Translation Evaluation").
//!
//! Texts of one story resemble each other, so whole stories (clusters) are drawn, with replacement,
//! as many as there are; their statistics are merged and scored; the interval reaches from the
//! `(1 - level) / 2` quantile of the resampled scores to the `1 - (1 - level) / 2` quantile, with
//! linear interpolation between order statistics. With few clusters it is too narrow, and with one
//! it says nothing and is `None`.
//!
//! The paired form scores two systems on the same resamples and gives the interval of the
//! difference, which is narrower than the two intervals suggest.

use crate::clusters::Clusters;
use crate::error::{MetricError, Result};
use crate::interval::{Interval, PairedInterval};
use crate::random::SplitMix64;
use crate::signature::Signature;
use crate::statistic::Statistic;
use serde::{Deserialize, Serialize};

/// Clusters below which a percentile interval covers clearly less than its level.
pub const FEW_CLUSTERS: u64 = 30;

/// A warning that belongs beside the intervals of so few clusters, named by `what` (`stories`, `lines`);
/// `None` from [`FEW_CLUSTERS`] on, and below two, where there are no intervals.
///
/// ```
/// use story_metrics::bootstrap::few_clusters;
///
/// assert!(few_clusters(10, "stories").is_some_and(|note| note.starts_with("10 stories")));
/// assert_eq!((few_clusters(30, "stories"), few_clusters(1, "stories")), (None, None));
/// ```
pub fn few_clusters(clusters: u64, what: &str) -> Option<String> {
    (2..FEW_CLUSTERS).contains(&clusters).then(|| {
        format!(
            "{clusters} {what} are few: below {FEW_CLUSTERS} a bootstrap interval covers less than it \
             says (at 10 one of 95 % holds the true value in 82 to 92 % of cases)"
        )
    })
}

/// Settings of a bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapConfig {
    /// Number of resamples, at least 1.
    pub resamples: u32,
    /// Share of resampled scores within the interval, above 0 and below 1.
    pub level: f64,
    /// Seed of the draws: equal seeds draw equal clusters for every metric and system.
    pub seed: u64,
}

impl Default for BootstrapConfig {
    /// 1000 resamples, a level of 95 %, seed 0.
    fn default() -> Self {
        Self { resamples: 1000, level: 0.95, seed: 0 }
    }
}

impl BootstrapConfig {
    /// The settings, to stand beside an interval.
    pub fn signature(&self) -> Signature {
        let Self { resamples, level, seed } = self;
        Signature::of([
            ("ci", &"percentile"),
            ("by", &"cluster"),
            ("level", level),
            ("resamples", resamples),
            ("seed", seed),
            ("rng", &"splitmix64"),
        ])
    }

    fn check(&self) -> Result<()> {
        if self.resamples == 0 {
            let found = self.resamples.to_string();
            return Err(MetricError::Setting {
                setting: "resamples",
                expected: "at least 1",
                found,
            });
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            let found = self.level.to_string();
            return Err(MetricError::Setting {
                setting: "level",
                expected: "above 0 and below 1",
                found,
            });
        }
        Ok(())
    }
}

/// The interval of a score by resampling clusters, such as
/// `bootstrap(&clusters, MeanStats::score, &BootstrapConfig::default())`.
///
/// # Errors
/// If the settings cannot be.
pub fn bootstrap<S: Statistic>(
    clusters: &Clusters<S>,
    score: impl Fn(&S) -> Option<f64>,
    config: &BootstrapConfig,
) -> Result<Interval> {
    config.check()?;
    let stats = clusters.stats();
    let scores = resample(stats.len(), config, |drawn| score(&merged(&stats, drawn)));
    Ok(interval(score(&clusters.total()), &scores, clusters, config))
}

/// The interval of the difference of two systems, first minus second, on the same resamples.
///
/// # Errors
/// If the settings cannot be, or the systems were not scored on the same clusters with equally many
/// units.
pub fn paired_bootstrap<S: Statistic>(
    first: &Clusters<S>,
    second: &Clusters<S>,
    score: impl Fn(&S) -> Option<f64>,
    config: &BootstrapConfig,
) -> Result<PairedInterval> {
    config.check()?;
    first.check_same_units(second)?;
    let (first_stats, second_stats) = (first.stats(), second.stats());
    let scores = resample(first_stats.len(), config, |drawn| {
        Some(score(&merged(&first_stats, drawn))? - score(&merged(&second_stats, drawn))?)
    });
    let (first_score, second_score) = (score(&first.total()), score(&second.total()));
    let difference = first_score.zip(second_score).map(|(a, b)| a - b);
    let above = scores.iter().filter(|&&score| score > 0.0).count();
    Ok(PairedInterval {
        first: first_score,
        second: second_score,
        difference: interval(difference, &scores, first, config),
        share_above: (!scores.is_empty()).then(|| above as f64 / scores.len() as f64),
    })
}

/// Scores of all resamples that have one, in ascending order; none with fewer than two clusters.
fn resample(
    clusters: usize,
    config: &BootstrapConfig,
    score: impl Fn(&[usize]) -> Option<f64>,
) -> Vec<f64> {
    if clusters < 2 {
        return Vec::new();
    }
    let mut random = SplitMix64::new(config.seed);
    let mut drawn = vec![0; clusters];
    let mut scores: Vec<f64> = (0..config.resamples)
        .filter_map(|_| {
            drawn.fill_with(|| random.below(clusters as u64) as usize);
            score(&drawn).filter(|score| !score.is_nan())
        })
        .collect();
    scores.sort_by(f64::total_cmp);
    scores
}

fn merged<S: Statistic>(stats: &[&S], drawn: &[usize]) -> S {
    let mut sum = S::default();
    drawn.iter().for_each(|&at| sum.merge(stats[at]));
    sum
}

fn interval<S: Statistic>(
    estimate: Option<f64>,
    scores: &[f64],
    clusters: &Clusters<S>,
    config: &BootstrapConfig,
) -> Interval {
    let tail = (1.0 - config.level) / 2.0;
    Interval {
        estimate: estimate.filter(|estimate| !estimate.is_nan()),
        lower: quantile(scores, tail),
        upper: quantile(scores, 1.0 - tail),
        level: config.level,
        units: clusters.units(),
        clusters: clusters.len() as u64,
        resamples: config.resamples,
        undefined: match clusters.len() {
            0 | 1 => config.resamples,
            _ => config.resamples - scores.len() as u32,
        },
        seed: config.seed,
    }
}

/// The quantile of sorted values, linear between order statistics (type 7 of Hyndman and Fan 1996,
/// NumPy's default).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    // Without a distance there is nothing to interpolate; infinities would give NaN.
    if below == above {
        Some(below)
    } else {
        Some(below + (place - place.floor()) * (above - below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistic::MeanStats;

    fn clusters(values: &[(&str, f64)]) -> Clusters<MeanStats> {
        let mut clusters = Clusters::default();
        values.iter().for_each(|(key, value)| clusters.add(key, &MeanStats::of(Some(*value))));
        clusters
    }

    /// `n` stories of four equal units, alternately 0 and 1.
    fn stories(n: usize) -> Clusters<MeanStats> {
        let mut clusters = Clusters::default();
        for story in 0..n {
            for _ in 0..4 {
                clusters.add(&format!("story-{story}"), &MeanStats::of(Some((story % 2) as f64)));
            }
        }
        clusters
    }

    #[test]
    fn the_interval_is_that_of_clusters_not_of_units() {
        let interval =
            bootstrap(&stories(100), MeanStats::score, &BootstrapConfig::default()).expect("valid");
        assert_eq!((interval.estimate, interval.units, interval.clusters), (Some(0.5), 400, 100));
        // The standard error of 100 fair coins is 0.05, hence 0.5 -+ 0.098; of 400 it would be half.
        let (lower, upper) = (interval.lower.expect("defined"), interval.upper.expect("defined"));
        assert!((lower - 0.402).abs() < 0.02 && (upper - 0.598).abs() < 0.02, "{lower} {upper}");
    }

    #[test]
    fn the_same_seed_draws_the_same_and_order_does_not_matter() {
        let config = BootstrapConfig { resamples: 200, ..BootstrapConfig::default() };
        let forward = clusters(&[("a", 0.25), ("b", 1.0), ("c", 4.0)]);
        let backward = clusters(&[("c", 4.0), ("b", 1.0), ("a", 0.25)]);
        let one = bootstrap(&forward, MeanStats::score, &config).expect("valid");
        assert_eq!(one, bootstrap(&backward, MeanStats::score, &config).expect("valid"));
        let other_seed = BootstrapConfig { seed: 1, ..config };
        let many = stories(50);
        assert_ne!(
            bootstrap(&many, MeanStats::score, &config).expect("valid").lower,
            bootstrap(&many, |s| s.score().map(|x| x + 1e-9), &other_seed).expect("valid").lower
        );
    }

    #[test]
    fn pairing_sees_a_constant_difference_that_single_intervals_hide() {
        let worse = stories(30);
        let mut better = Clusters::default();
        for story in 0..30 {
            for _ in 0..4 {
                better.add(
                    &format!("story-{story}"),
                    &MeanStats::of(Some((story % 2) as f64 + 0.125)),
                );
            }
        }
        let config = BootstrapConfig::default();
        let alone = bootstrap(&better, MeanStats::score, &config).expect("valid");
        let other = bootstrap(&worse, MeanStats::score, &config).expect("valid");
        assert!(alone.lower < other.upper && other.lower < alone.upper, "{alone:?} {other:?}");
        let paired = paired_bootstrap(&better, &worse, MeanStats::score, &config).expect("valid");
        assert_eq!((paired.difference.lower, paired.difference.upper), (Some(0.125), Some(0.125)));
        assert_eq!((paired.share_above, paired.difference.estimate), (Some(1.0), Some(0.125)));
    }

    #[test]
    fn what_cannot_be_said_is_none() {
        let config = BootstrapConfig::default();
        let none = bootstrap(&Clusters::default(), MeanStats::score, &config).expect("valid");
        assert_eq!(
            (none.estimate, none.lower, none.upper, none.undefined),
            (None, None, None, 1000)
        );
        let one = bootstrap(&clusters(&[("a", 1.0), ("a", 2.0)]), MeanStats::score, &config)
            .expect("valid");
        assert_eq!((one.estimate, one.lower, one.upper, one.units), (Some(1.5), None, None, 2));
        // A cluster without a defined unit: resamples of it alone are undefined.
        let mut some = clusters(&[("a", 1.0)]);
        some.add("b", &MeanStats::of(None));
        let some = bootstrap(&some, MeanStats::score, &config).expect("valid");
        assert!(
            (150..350).contains(&some.undefined),
            "a quarter of 1000, found {}",
            some.undefined
        );
        assert_eq!((some.lower, some.upper), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn wrong_settings_and_unpaired_systems_are_refused() {
        let (one, other) =
            (clusters(&[("a", 1.0), ("b", 1.0)]), clusters(&[("a", 1.0), ("c", 1.0)]));
        let config = BootstrapConfig::default();
        for wrong in [
            BootstrapConfig { resamples: 0, ..config },
            BootstrapConfig { level: 1.0, ..config },
            BootstrapConfig { level: f64::NAN, ..config },
        ] {
            assert!(bootstrap(&one, MeanStats::score, &wrong).is_err());
        }
        let error =
            paired_bootstrap(&one, &other, MeanStats::score, &config).expect_err("b and c differ");
        assert_eq!(error, MetricError::Unpaired { cluster: "b".to_string(), first: 1, second: 0 });
        assert!(paired_bootstrap(&other, &one, MeanStats::score, &config).is_err());
    }
}

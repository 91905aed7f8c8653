//! Whether two systems differ by more than chance: approximate randomisation, paired and by cluster
//! (Noreen 1989, "Computer-Intensive Methods for Testing Hypotheses"; for text metrics Riezler and
//! Maxwell 2005, "On Some Pitfalls in Automatic Evaluation and Significance Testing for MT").
//!
//! If it makes no difference which system answered, the answers to a story may as well be swapped.
//! Each round swaps them for every story by a coin toss and scores again:
//! ```text
//! p = (c + 1) / (R + 1)      c = rounds of R whose |difference| is at least the observed one
//! ```
//! Range 1/(R+1)..=1; a small p says that a difference as large is rare where there is none, not
//! that it is large. Two-sided. Whole clusters are swapped, since the texts of one story are alike.
//! Over several comparisons correct with [`holm`](crate::holm()).

use crate::clusters::Clusters;
use crate::error::{MetricError, Result};
use crate::random::SplitMix64;
use crate::signature::Signature;
use crate::statistic::Statistic;
use serde::{Deserialize, Serialize};

/// How far a difference may stay below the observed one, relative to it, and still count as equal:
/// the same units summed in another order differ by rounding.
const ROUNDING: f64 = 1e-10;

/// Settings of a randomisation test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RandomisationConfig {
    /// Number of rounds R, at least 1; it bounds how small p can get.
    pub rounds: u32,
    /// Seed of the coin: one bit a cluster, in the order of the clusters' keys.
    pub seed: u64,
}

impl Default for RandomisationConfig {
    /// 10,000 rounds, seed 0.
    fn default() -> Self {
        Self { rounds: 10_000, seed: 0 }
    }
}

impl RandomisationConfig {
    /// The settings as `key:value` pairs, to stand beside a p.
    pub fn signature(&self) -> Signature {
        let Self { rounds, seed } = self;
        Signature::of([
            ("test", &"approximate-randomisation"),
            ("sides", &2),
            ("by", &"cluster"),
            ("rounds", rounds),
            ("seed", seed),
            ("rng", &"splitmix64"),
        ])
    }
}

/// What a randomisation test found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RandomisationTest {
    /// Score of the first system; `None` if undefined.
    pub first: Option<f64>,
    /// Score of the second system; `None` if undefined.
    pub second: Option<f64>,
    /// First minus second.
    pub difference: Option<f64>,
    /// Probability of a difference as large if the systems were alike, 1/(R+1)..=1. `None` with
    /// fewer than two clusters, or without a difference to compare with.
    pub p_value: Option<f64>,
    /// Rounds with a difference as large; a round whose score is undefined counts as one, which
    /// can make p larger only.
    pub as_large: u32,
    /// Rounds.
    pub rounds: u32,
    /// Clusters that were swapped.
    pub clusters: u64,
    /// Units.
    pub units: u64,
    /// Seed of the coin.
    pub seed: u64,
}

/// Tests the difference of two systems' scores on the same clusters, such as
/// `approximate_randomisation(&ours, &theirs, MeanStats::score, &RandomisationConfig::default())`.
///
/// # Errors
/// If there are no rounds, or the systems were not scored on the same clusters with equally many
/// units.
pub fn approximate_randomisation<S: Statistic>(
    first: &Clusters<S>,
    second: &Clusters<S>,
    score: impl Fn(&S) -> Option<f64>,
    config: &RandomisationConfig,
) -> Result<RandomisationTest> {
    if config.rounds == 0 {
        return Err(MetricError::Setting {
            setting: "rounds",
            expected: "at least 1",
            found: config.rounds.to_string(),
        });
    }
    first.check_same_units(second)?;
    let score = |stats: &S| score(stats).filter(|score| !score.is_nan());
    let (first_score, second_score) = (score(&first.total()), score(&second.total()));
    let mut test = RandomisationTest {
        first: first_score,
        second: second_score,
        difference: first_score
            .zip(second_score)
            .map(|(first, second)| first - second)
            .filter(|difference| difference.is_finite()),
        p_value: None,
        as_large: 0,
        rounds: config.rounds,
        clusters: first.len() as u64,
        units: first.units(),
        seed: config.seed,
    };
    let Some(observed) = test.difference.filter(|_| first.len() >= 2) else {
        return Ok(test);
    };
    let enough = observed.abs() * (1.0 - ROUNDING);
    let pairs: Vec<_> = first.stats().into_iter().zip(second.stats()).collect();
    let mut random = SplitMix64::new(config.seed);
    for _ in 0..config.rounds {
        let (mut one, mut other) = (S::default(), S::default());
        for &(a, b) in &pairs {
            let (a, b) = match random.below(2) {
                0 => (a, b),
                _ => (b, a),
            };
            one.merge(a);
            other.merge(b);
        }
        let scores = score(&one).zip(score(&other));
        let large = scores.is_none_or(|(one, other)| (one - other).abs() >= enough);
        test.as_large += u32::from(large);
    }
    test.p_value = Some((f64::from(test.as_large) + 1.0) / (f64::from(config.rounds) + 1.0));
    Ok(test)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::{BootstrapConfig, paired_bootstrap};
    use crate::statistic::MeanStats;

    fn clusters(values: impl IntoIterator<Item = f64>) -> Clusters<MeanStats> {
        let mut clusters = Clusters::default();
        for (at, value) in values.into_iter().enumerate() {
            clusters.add(&format!("{at:03}"), &MeanStats::of(Some(value)));
        }
        clusters
    }

    fn test(
        first: &Clusters<MeanStats>,
        second: &Clusters<MeanStats>,
        config: RandomisationConfig,
    ) -> RandomisationTest {
        approximate_randomisation(first, second, MeanStats::score, &config).expect("paired")
    }

    #[test]
    fn equal_systems_have_a_p_of_one_and_a_constant_gap_the_smallest() {
        let config = RandomisationConfig { rounds: 999, seed: 3 };
        let values = || (0..40).map(|at| f64::from(at % 7) * 0.1);
        let (low, high) = (clusters(values()), clusters(values().map(|value| value + 0.3)));
        let same = test(&low, &low, config);
        assert_eq!((same.difference, same.p_value), (Some(0.0), Some(1.0)));
        let apart = test(&high, &low, config);
        assert_eq!((apart.p_value, apart.clusters), (Some(0.001), 40));
        assert_eq!(test(&low, &high, config).p_value, apart.p_value);
    }

    #[test]
    fn few_clusters_are_enumerated_up_to_chance() {
        // Of the 8 ways to swap three differences of 1, two are as extreme: p is near a quarter.
        let test = test(
            &clusters([1.0, 1.0, 1.0]),
            &clusters([0.0, 0.0, 0.0]),
            RandomisationConfig::default(),
        );
        let p = test.p_value.expect("three clusters");
        // The standard error of 10,000 rounds is .0043.
        assert!((p - 0.25).abs() < 0.02, "{p}");
    }

    /// A system's scores on so many stories of one to five texts, which are alike within a story.
    fn drawn(stories: u64, random: &mut SplitMix64) -> Clusters<MeanStats> {
        let mut clusters = Clusters::default();
        let share = |random: &mut SplitMix64| random.below(1 << 20) as f64 / f64::from(1 << 20);
        for story in 0..stories {
            let of_story = share(random);
            // The same number of texts for every system.
            for _ in 0..1 + story * 7 % 5 {
                let value = of_story + share(random);
                clusters.add(&format!("{story:03}"), &MeanStats::of(Some(value)));
            }
        }
        clusters
    }

    /// Twice the smaller share of paired bootstrap draws on one side of 0.
    fn share_of_draws(first: &Clusters<MeanStats>, second: &Clusters<MeanStats>) -> f64 {
        let config = BootstrapConfig { resamples: 200, ..BootstrapConfig::default() };
        let paired = paired_bootstrap(first, second, MeanStats::score, &config).expect("paired");
        let above = paired.share_above.expect("several stories");
        2.0 * above.min(1.0 - above)
    }

    #[test]
    fn alike_systems_are_told_apart_no_more_often_than_the_level_says() {
        const TRIALS: u32 = 600;
        let config = RandomisationConfig { rounds: 200, seed: 0 };
        for (stories, most, shares_at_least) in [(6, 0.06, 0.11), (10, 0.065, 0.08)] {
            let mut random = SplitMix64::new(stories);
            let (mut by_swapping, mut by_draws) = (0, 0);
            for trial in 0..TRIALS {
                let (first, second) = (drawn(stories, &mut random), drawn(stories, &mut random));
                let seeded = RandomisationConfig { seed: u64::from(trial), ..config };
                let p = test(&first, &second, seeded).p_value.expect("several stories");
                by_swapping += u32::from(p < 0.05);
                by_draws += u32::from(share_of_draws(&first, &second) < 0.05);
            }
            let rate = |count: u32| f64::from(count) / f64::from(TRIALS);
            let (swapping, draws) = (rate(by_swapping), rate(by_draws));
            println!("{stories} stories: {swapping:.3} by swapping, {draws:.3} by shares of draws");
            assert!(swapping < most, "{stories}: {swapping}");
            assert!(draws > shares_at_least, "{stories}: {draws}");
        }
    }

    #[test]
    fn what_cannot_be_tested_is_none_or_refused() {
        let config = RandomisationConfig { rounds: 10, seed: 0 };
        let (one, other) = (clusters([1.0]), clusters([0.0]));
        assert_eq!(test(&one, &other, config).p_value, None);
        assert_eq!(test(&one, &other, config).difference, Some(1.0));
        let none = Clusters::<MeanStats>::default();
        assert_eq!(test(&none, &none, config).difference, None);
        let wrong = RandomisationConfig { rounds: 0, ..config };
        assert!(approximate_randomisation(&one, &other, MeanStats::score, &wrong).is_err());
        let more = clusters([1.0, 2.0]);
        assert!(approximate_randomisation(&one, &more, MeanStats::score, &config).is_err());
        // Where every score is undefined after a swap, nothing speaks for a difference.
        let mut gap = clusters([1.0]);
        gap.add("x", &MeanStats::of(None));
        let mut back = Clusters::default();
        back.add("000", &MeanStats::of(None));
        back.add("x", &MeanStats::of(Some(3.0)));
        assert_eq!(test(&gap, &back, config).p_value, Some(1.0));
    }
}

//! Randomisation tests and paired intervals against the same draws in NumPy, Holm's correction
//! against statsmodels, on the cases of `tools/golden/decisions.py`.

use crate::golden::{assert_close, assert_close_or_none, read};
use serde::Deserialize;
use story_metrics::{
    BootstrapConfig, Clusters, MeanStats, RandomisationConfig, Statistic,
    approximate_randomisation, holm, paired_bootstrap,
};

#[derive(Deserialize)]
struct Golden {
    paired: Vec<Paired>,
    holm: Vec<Holm>,
}

#[derive(Debug, Deserialize)]
struct Paired {
    /// Cluster, value of the first system, value of the second.
    units: Vec<(u32, f64, f64)>,
    rounds: u32,
    seed: u64,
    difference: f64,
    as_large: u32,
    p_value: f64,
    interval: [f64; 2],
}

#[derive(Debug, Deserialize)]
struct Holm {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[test]
fn paired_tests_equal_numpy_with_the_same_draws() {
    let golden: Golden = read("decisions.json");
    assert_eq!(golden.paired.len(), 20);
    for case in &golden.paired {
        let (mut first, mut second) = (Clusters::default(), Clusters::default());
        for &(cluster, a, b) in &case.units {
            let key = format!("{cluster:03}");
            first.add(&key, &MeanStats::of(Some(a)));
            second.add(&key, &MeanStats::of(Some(b)));
        }
        let (rounds, seed) = (case.rounds, case.seed);
        let config = RandomisationConfig { rounds, seed };
        let test = approximate_randomisation(&first, &second, MeanStats::score, &config)
            .expect("the same units");
        assert_close_or_none(test.difference, Some(case.difference), case);
        assert_eq!(test.as_large, case.as_large, "{case:?}");
        assert_close_or_none(test.p_value, Some(case.p_value), case);
        let config = BootstrapConfig { resamples: rounds, level: 0.95, seed };
        let paired = paired_bootstrap(&first, &second, MeanStats::score, &config)
            .expect("the same units")
            .difference;
        assert_close_or_none(paired.lower, Some(case.interval[0]), case);
        assert_close_or_none(paired.upper, Some(case.interval[1]), case);
    }
}

#[test]
fn holm_equals_statsmodels() {
    let golden: Golden = read("decisions.json");
    assert_eq!(golden.holm.len(), 50);
    for case in &golden.holm {
        let found = holm(&case.p).expect("probabilities");
        assert_eq!(found.len(), case.adjusted.len());
        for (&found, &expected) in found.iter().zip(&case.adjusted) {
            assert_close(found, expected, case);
        }
    }
}

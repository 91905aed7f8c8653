//! Several systems that answered the same: the difference of each two, with its interval, and whether
//! it is more than chance, corrected for all that was asked at once.

use crate::bootstrap::{BootstrapConfig, paired_bootstrap};
use crate::clusters::Clusters;
use crate::holm::holm;
use crate::interval::PairedInterval;
use crate::list::TextScore;
use crate::measure::{Measure, MeasureError};
use crate::randomisation::{RandomisationConfig, RandomisationTest, approximate_randomisation};
use crate::texts::{Reads, TextEntry, TextMetric, TextVisitor};
use rayon::prelude::*;
use serde::Serialize;

/// Two systems in one score.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Id of the score, such as `bleu-4`.
    pub score: &'static str,
    /// Place of the first system.
    pub first: usize,
    /// Place of the second.
    pub second: usize,
    /// First minus second, with its interval.
    pub difference: PairedInterval,
    /// Whether it is more than chance (approximate randomisation, two-sided).
    pub test: RandomisationTest,
    /// Its p corrected for all comparisons of the call (Holm 1979).
    pub p_holm: Option<f64>,
}

/// How systems are compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PairedConfig {
    /// The draws behind intervals.
    pub bootstrap: BootstrapConfig,
    /// The rounds behind p.
    pub randomisation: RandomisationConfig,
}

/// Compares each two of `systems`, which answered the same texts in the same order, in each score of
/// `metrics`; those of all texts together, which say nothing of a difference, are left out.
///
/// # Errors
/// Those of [`Measure::rows`], and systems of different texts.
pub fn compare(
    systems: &[Measure<'_>],
    metrics: &[TextScore],
    config: &PairedConfig,
) -> Result<Vec<Comparison>, MeasureError> {
    if let Some(first) = systems.first() {
        for system in systems {
            crate::error::same_length("systems", first.texts.len(), system.texts.len())?;
        }
    }
    let each = metrics.par_iter().map(|metric| metric.visit(Pairs { systems, config }));
    let mut all = each.collect::<Result<Vec<_>, _>>()?.concat();
    let tested: Vec<usize> = (0..all.len()).filter(|&at| all[at].test.p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|&at| all[at].test.p_value).collect();
    for (at, corrected) in tested.into_iter().zip(holm(&p_values)?) {
        all[at].p_holm = Some(corrected);
    }
    Ok(all)
}

struct Pairs<'a> {
    systems: &'a [Measure<'a>],
    config: &'a PairedConfig,
}

impl TextVisitor for Pairs<'_> {
    type Output = Result<Vec<Comparison>, MeasureError>;

    fn visit<M: TextMetric>(self, entry: &'static TextEntry<M>) -> Self::Output {
        if entry.reads == Reads::AllTogether {
            return Ok(Vec::new());
        }
        let clusters: Vec<Clusters<M::Stats>> = self
            .systems
            .iter()
            .map(|system| Ok(system.counts(entry)?.clusters(system.clusters)))
            .collect::<Result<_, MeasureError>>()?;
        let pairs = (0..clusters.len())
            .flat_map(|first| (first + 1..clusters.len()).map(move |second| (first, second)));
        let mut found = Vec::new();
        for (first, second) in pairs {
            for score in entry.scores {
                let (one, other) = (&clusters[first], &clusters[second]);
                let PairedConfig { bootstrap, randomisation } = self.config;
                found.push(Comparison {
                    score: score.info.id,
                    first,
                    second,
                    difference: paired_bootstrap(one, other, score.of, bootstrap)?,
                    test: approximate_randomisation(one, other, score.of, randomisation)?,
                    p_holm: None,
                });
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::{Segment, TextOptions};

    #[test]
    fn a_better_system_is_found_and_one_like_another_is_not() {
        let references = ["the fox ran home today".to_string()];
        let of = |text: &'static str, odd: &'static str| {
            let texts = (0..40).map(|at| if at % 10 == 0 { odd } else { text });
            Measure {
                texts: texts.map(|text| Segment::new(Some(text), &references)).collect(),
                options: TextOptions::default(),
                bootstrap: None,
                clusters: None,
                go_on: &|_| true,
            }
        };
        let systems = [
            of("the fox ran home", "a boat"),
            of("a fox", "a boat"),
            of("the fox ran home", "a ship"),
        ];
        let randomisation = RandomisationConfig { rounds: 200, seed: 1 };
        let config = PairedConfig { randomisation, ..PairedConfig::default() };
        let metrics = [TextScore::RougeL, TextScore::Distinct];
        let found = compare(&systems, &metrics, &config).expect("texts of one length");
        let [better, alike, worse] = found.as_slice() else { panic!("three pairs of one score") };
        assert_eq!((better.first, better.second), (0, 1));
        assert!(better.p_holm.expect("tested") < 0.05);
        assert!(better.difference.difference.lower.expect("drawn") > 0.0);
        assert_eq!(alike.test.difference, Some(0.0));
        assert_eq!(alike.p_holm, Some(1.0));
        assert!(worse.test.difference.expect("defined") < 0.0);
        let mut short = systems;
        short[1].texts.pop();
        assert!(compare(&short, &metrics, &config).is_err());
    }
}

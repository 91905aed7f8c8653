//! The cells of one metric: a statistic of each window and system, its score, its interval, and the
//! paired difference to the model.

use super::{MODEL, Sheet};
use crate::error::Result;
use crate::records::WindowRecord;
use crate::scores::{Cell, Column, Difference};
use story_metrics::{
    BootstrapConfig, Clusters, Interval, MetricInfo, RandomisationConfig, Signature, Statistic,
    approximate_randomisation, bootstrap, paired_bootstrap,
};

/// What one window adds to a system's statistic, and whether the value leaves it out.
pub(super) struct Unit<S> {
    pub stats: S,
    pub use_of: Use,
}

/// Whether a window enters a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Counted,
    LeftOut,
}

impl<S> Unit<S> {
    pub fn counted(stats: S) -> Self {
        Self { stats, use_of: Use::Counted }
    }
}

impl<S: Default> Unit<S> {
    /// A window that has no value: it adds nothing, yet stays a unit, so that systems stay paired.
    pub fn left_out() -> Self {
        Self { stats: S::default(), use_of: Use::LeftOut }
    }
}

impl Sheet<'_> {
    /// Appends a column: a cell a row, from what a window adds to a system's statistic.
    pub(super) fn add<S: Statistic>(
        &mut self,
        info: &MetricInfo,
        signature: Signature,
        unit: impl Fn(&WindowRecord, &str) -> Result<Unit<S>>,
        score: impl Fn(&S) -> Option<f64>,
    ) -> Result<()> {
        let mut systems = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let units = self.windows.iter().map(|window| unit(window, &row.system));
            systems.push(units.collect::<Result<Vec<Unit<S>>>>()?);
        }
        self.add_units(info, signature, &systems, score)
    }

    /// Appends a column: a cell a row, from each system's statistic of each window.
    pub(super) fn add_units<S: Statistic>(
        &mut self,
        info: &MetricInfo,
        signature: Signature,
        systems: &[Vec<Unit<S>>],
        score: impl Fn(&S) -> Option<f64>,
    ) -> Result<()> {
        let clusters = systems.iter().map(|units| {
            let mut clusters = Clusters::default();
            for (window, unit) in self.windows.iter().zip(units) {
                clusters.add(&window.story, &unit.stats);
            }
            clusters
        });
        let clusters: Vec<Clusters<S>> = clusters.collect();
        let model = self.rows.iter().position(|row| row.system == MODEL);
        for (at, row) in self.rows.iter_mut().enumerate() {
            let left_out = systems[at].iter().filter(|unit| unit.use_of == Use::LeftOut);
            let difference = match model.filter(|&model| model != at) {
                None => None,
                Some(model) => difference(&clusters[model], &clusters[at], &score, &self.config)?,
            };
            row.cells.push(Cell {
                left_out: left_out.count() as u64,
                difference,
                ..cell(&bootstrap(&clusters[at], &score, &self.config)?)
            });
        }
        self.columns.push(Column::of(info, signature.and(self.config.signature())));
        Ok(())
    }
}

pub(crate) fn cell(interval: &Interval) -> Cell {
    let Interval { estimate, lower, upper, .. } = *interval;
    Cell { value: finite(estimate), lower: finite(lower), upper: finite(upper), ..Cell::default() }
}

/// The model's score minus another system's; `None` where one has no score. The interval is drawn, the
/// p tested: shares of draws below 0 are too small with few stories (see [`Difference::p`]).
pub(crate) fn difference<S: Statistic>(
    model: &Clusters<S>,
    other: &Clusters<S>,
    score: impl Fn(&S) -> Option<f64>,
    config: &BootstrapConfig,
) -> Result<Option<Difference>> {
    let paired = paired_bootstrap(model, other, &score, config)?;
    let Some(value) = finite(paired.difference.estimate) else {
        return Ok(None);
    };
    let BootstrapConfig { resamples, seed, .. } = *config;
    let rounds = RandomisationConfig { rounds: resamples, seed };
    let tested = approximate_randomisation(model, other, &score, &rounds)?;
    Ok(Some(Difference {
        value,
        lower: finite(paired.difference.lower),
        upper: finite(paired.difference.upper),
        p: tested.p_value,
    }))
}

/// JSON has no infinity: a perplexity past all bounds is undefined in a table.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_metrics::MeanStats;

    /// Systems of which the first is better in every one of so many stories.
    fn apart(stories: usize) -> [Clusters<MeanStats>; 2] {
        let mut both = [Clusters::default(), Clusters::default()];
        for story in 0..stories {
            for (clusters, more) in both.iter_mut().zip([0.5, 0.0]) {
                let value = more + (story % 5) as f64 / 100.0;
                clusters.add(&format!("{story:02}"), &MeanStats::of(Some(value)));
            }
        }
        both
    }

    #[test]
    fn four_stories_that_agree_are_no_proof_and_ten_are() {
        let config = BootstrapConfig { resamples: 2000, ..BootstrapConfig::default() };
        let tested = |stories| {
            let [first, second] = apart(stories);
            let found = difference(&first, &second, MeanStats::score, &config);
            found.expect("paired").expect("both have a score")
        };
        // By chance 2 of 16 ways to swap four stories are as far apart; no draw lies below 0.
        let few = tested(4);
        assert!(few.lower.is_some_and(|lower| lower > 0.0));
        assert!(few.p.is_some_and(|p| (p - 0.125).abs() < 0.03), "{few:?}");
        assert!(tested(10).p.is_some_and(|p| p < 0.01));
        let [same, _] = apart(10);
        let found = difference(&same, &same, MeanStats::score, &config).expect("paired");
        assert_eq!(found.and_then(|difference| difference.p), Some(1.0));
        let [one, other] = apart(1);
        let found = difference(&one, &other, MeanStats::score, &config).expect("paired");
        assert_eq!(found.map(|difference| difference.p), Some(None));
    }
}

//! The cells of one metric: a statistic of each window and system, its score, its interval, and the
//! paired difference to the model.

use super::{MODEL, Sheet};
use crate::error::Result;
use crate::records::WindowRecord;
use crate::scores::{Cell, Column, Difference};
use story_metrics::{
    BootstrapConfig, Clusters, Interval, MetricInfo, Signature, Statistic, bootstrap,
    paired_bootstrap,
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

/// The model's score minus another system's; `None` where one has no score.
pub(crate) fn difference<S: Statistic>(
    model: &Clusters<S>,
    other: &Clusters<S>,
    score: impl Fn(&S) -> Option<f64>,
    config: &BootstrapConfig,
) -> Result<Option<Difference>> {
    let paired = paired_bootstrap(model, other, &score, config)?;
    // Where most resamples lie above 0, those below cannot be the larger share.
    let below = match paired.share_above {
        Some(above) if above < 0.5 => paired_bootstrap(other, model, &score, config)?.share_above,
        above => above.map(|above| 1.0 - above),
    };
    let Some(value) = finite(paired.difference.estimate) else {
        return Ok(None);
    };
    let drawn = paired.difference.resamples - paired.difference.undefined;
    Ok(Some(Difference {
        value,
        lower: finite(paired.difference.lower),
        upper: finite(paired.difference.upper),
        p: p_value(paired.share_above, below, drawn),
    }))
}

/// See [`Difference::p`].
fn p_value(above: Option<f64>, below: Option<f64>, drawn: u32) -> Option<f64> {
    // 0 lies on both sides: what is not above 0 speaks against a positive difference.
    let against = 1.0 - above?.max(below?);
    let n = f64::from(drawn);
    Some((2.0 * (against * n + 1.0) / (n + 1.0)).min(1.0))
}

/// JSON has no infinity: a perplexity past all bounds is undefined in a table.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::p_value;

    #[test]
    fn equal_systems_have_a_p_of_one_and_clear_ones_a_small_one() {
        assert_eq!(p_value(Some(0.0), Some(0.0), 999), Some(1.0));
        assert_eq!(p_value(Some(1.0), Some(0.0), 999), Some(0.002));
        assert_eq!(p_value(Some(0.0), Some(1.0), 999), Some(0.002));
        let p = p_value(Some(0.9), Some(0.1), 999).expect("both shares are known");
        assert!((p - 2.0 * 100.9 / 1000.0).abs() < 1e-12, "{p}");
        assert_eq!(p_value(None, None, 0), None);
    }
}

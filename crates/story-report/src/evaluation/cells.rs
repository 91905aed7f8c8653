//! The cells of one metric: a statistic of each window and system, its score, its interval, and the
//! paired difference to the model.

use super::MODEL;
use crate::error::Result;
use crate::records::WindowRecord;
use crate::scores::{Cell, Difference, Row};
use story_metrics::{
    BootstrapConfig, Clusters, Interval, PairedInterval, Statistic, bootstrap, paired_bootstrap,
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
        Self {
            stats,
            use_of: Use::Counted,
        }
    }
}

impl<S: Default> Unit<S> {
    /// A window that has no value: it adds nothing, yet stays a unit, so that systems stay paired.
    pub fn left_out() -> Self {
        Self {
            stats: S::default(),
            use_of: Use::LeftOut,
        }
    }
}

/// Appends one cell to each row.
pub(super) fn add_column<S: Statistic>(
    rows: &mut [Row],
    windows: &[&WindowRecord],
    config: &BootstrapConfig,
    unit: impl Fn(&WindowRecord, &str) -> Result<Unit<S>>,
    score: impl Fn(&S) -> Option<f64>,
) -> Result<()> {
    let mut systems = Vec::with_capacity(rows.len());
    for row in rows.iter() {
        let mut clusters = Clusters::default();
        let mut left_out = 0;
        for window in windows {
            let unit = unit(window, &row.system)?;
            clusters.add(&window.story, &unit.stats);
            left_out += u64::from(unit.use_of == Use::LeftOut);
        }
        systems.push((clusters, left_out));
    }
    let model = rows.iter().position(|row| row.system == MODEL);
    for (at, row) in rows.iter_mut().enumerate() {
        let (clusters, left_out) = &systems[at];
        let difference = match model.filter(|&model| model != at) {
            None => None,
            Some(model) => difference(&paired_bootstrap(
                &systems[model].0,
                clusters,
                &score,
                config,
            )?),
        };
        row.cells.push(Cell {
            left_out: *left_out,
            difference,
            ..cell(&bootstrap(clusters, &score, config)?)
        });
    }
    Ok(())
}

fn cell(interval: &Interval) -> Cell {
    let Interval {
        estimate,
        lower,
        upper,
        ..
    } = *interval;
    Cell {
        value: finite(estimate),
        lower: finite(lower),
        upper: finite(upper),
        ..Cell::default()
    }
}

fn difference(paired: &PairedInterval) -> Option<Difference> {
    Some(Difference {
        value: finite(paired.difference.estimate)?,
        lower: finite(paired.difference.lower),
        upper: finite(paired.difference.upper),
    })
}

/// JSON has no infinity: a perplexity past all bounds is undefined in a table.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

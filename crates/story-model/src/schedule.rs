//! How the learning rate moves over a run: a linear warm-up, then constant, cosine (Loshchilov and
//! Hutter 2017, "SGDR") or linear decay to a floor.

use serde::{Deserialize, Serialize};

/// The course of the learning rate after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// Stays at the peak.
    Constant,
    /// Half a cosine from the peak down to `floor` times the peak at the last step.
    Cosine {
        /// Share of the peak that is left at the end, 0..1.
        floor: f64,
    },
    /// A straight line from the peak down to `floor` times the peak at the last step.
    Linear {
        /// Share of the peak that is left at the end, 0..1.
        floor: f64,
    },
}

impl Schedule {
    /// The share of the peak learning rate, 0..1, in update `step`, counted from 0, of `total`.
    ///
    /// The first `warmup` updates climb in equal strides, so that update `warmup - 1` runs at the
    /// peak. Past `total` the rate stays at its last value.
    pub fn factor(&self, step: u64, warmup: u64, total: u64) -> f64 {
        if step < warmup {
            return (step + 1) as f64 / warmup as f64;
        }
        // The last update has number total - 1.
        let span = total.saturating_sub(warmup).saturating_sub(1);
        let done = match span {
            0 => 0.0,
            span => ((step - warmup) as f64 / span as f64).min(1.0),
        };
        match self {
            Self::Constant => 1.0,
            Self::Cosine { floor } => {
                floor + (1.0 - floor) * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
            }
            Self::Linear { floor } => floor + (1.0 - floor) * (1.0 - done),
        }
    }

    /// The floor of a decaying schedule.
    pub(crate) fn floor(&self) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine { floor } | Self::Linear { floor } => *floor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_climbs_to_the_peak_and_decay_ends_at_the_floor() {
        let (warmup, total) = (4, 15);
        for schedule in
            [Schedule::Constant, Schedule::Cosine { floor: 0.1 }, Schedule::Linear { floor: 0.1 }]
        {
            let factors: Vec<f64> =
                (0..total).map(|step| schedule.factor(step, warmup, total)).collect();
            assert_eq!(factors[..5], [0.25, 0.5, 0.75, 1.0, 1.0]);
            assert!(factors[4..].windows(2).all(|pair| pair[1] <= pair[0]));
            let last = if schedule == Schedule::Constant { 1.0 } else { 0.1 };
            assert!((factors[14] - last).abs() < 1e-12, "{factors:?}");
            assert_eq!(factors[14], schedule.factor(99, warmup, total));
        }
        // Half way, both decays stand at the middle.
        let half = |schedule: Schedule| schedule.factor(5, 0, 11);
        assert!((half(Schedule::Cosine { floor: 0.0 }) - 0.5).abs() < 1e-12);
        assert!((half(Schedule::Linear { floor: 0.0 }) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_run_of_no_or_one_step_has_a_rate() {
        for total in [0, 1] {
            assert_eq!(Schedule::Cosine { floor: 0.0 }.factor(0, 0, total), 1.0);
            assert_eq!(Schedule::Linear { floor: 0.0 }.factor(0, 0, total), 1.0);
        }
    }
}

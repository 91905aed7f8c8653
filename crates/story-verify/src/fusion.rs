//! Fusion: from signals to the probability that a picture and a text belong together.
//!
//! [`FusionNetwork`] is the original system's, [`LogisticRegression`] and each signal alone are what
//! it has to beat, [`RegionAttention`] looks at the regions themselves. [`Temperature`] and
//! [`Threshold`] are chosen on validation examples.

mod calibration;
mod coefficients;
#[cfg(test)]
mod golden;
mod imputation;
mod judge;
mod logistic;
mod network;
mod regions;
mod training;

pub use calibration::{Temperature, Threshold, sigmoid};
pub use coefficients::{Coefficients, EVIDENCE, Figure, Origin};
pub use imputation::Imputation;
pub use judge::{Judge, JudgeRecord};
pub use logistic::LogisticRegression;
pub use network::FusionNetwork;
pub use regions::{RegionAttention, RegionBatch, RegionRow};
pub use training::{History, Selected, TrainConfig, train};

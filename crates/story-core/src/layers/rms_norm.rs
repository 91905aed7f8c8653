//! Root-mean-square norm (Zhang and Sennrich 2019): y = x / sqrt(mean(x^2) + eps) * weight over
//! the last axis. candle's own has no backward.

use crate::Result;
use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};

/// The norm of a language model's blocks.
#[derive(Debug, Clone)]
pub struct RmsNorm {
    weight: Tensor,
    epsilon: f64,
}

impl RmsNorm {
    /// Scale 1 of `width`, under `weight`.
    ///
    /// # Errors
    /// Whatever the builder reports.
    pub fn new(width: usize, epsilon: f64, vb: VarBuilder) -> Result<Self> {
        Ok(Self { weight: vb.get_with_hints(width, "weight", Init::Const(1.0))?, epsilon })
    }

    /// `(..., D)` to `(..., D)`.
    ///
    /// # Errors
    /// Another last size.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(story_kernels::rms_norm(x, &self.weight, self.epsilon)?)
    }
}

//! A matrix on the last axis, y = x W^T (+ b), for networks that are mostly frozen: a matrix that
//! does not learn costs no gradient, where candle's product makes one.

use super::linear_init;
use crate::Result;
use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};

/// The matrix, `(output, input)`, and its bias, where it has one.
#[derive(Debug, Clone)]
pub struct Projection {
    weight: Tensor,
    bias: Option<Tensor>,
}

/// Whether a projection adds a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// It does not.
    None,
    /// It does.
    Own,
}

impl Projection {
    /// A projection under `weight` and, where it has one, `bias`; drawn as [`super::linear`] draws
    /// them.
    ///
    /// # Errors
    /// Whatever the builder reports.
    pub fn new(input: usize, output: usize, bias: Bias, vb: VarBuilder) -> Result<Self> {
        let init: Init = linear_init(input);
        let weight = vb.get_with_hints((output, input), "weight", init)?;
        let bias = match bias {
            Bias::None => None,
            Bias::Own => Some(vb.get_with_hints(output, "bias", init)?),
        };
        Ok(Self { weight, bias })
    }

    /// `(..., input)` to `(..., output)`.
    ///
    /// # Errors
    /// Another last size.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = story_kernels::linear(x, &self.weight)?;
        match &self.bias {
            Some(bias) => Ok(y.broadcast_add(bias)?),
            None => Ok(y),
        }
    }
}

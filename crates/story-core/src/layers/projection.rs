//! A matrix on the last axis, y = x W^T (+ b), for networks that are mostly frozen: a matrix that
//! does not learn costs no gradient, where candle's product makes one. A frozen one may have a
//! low-rank part that learns ([`LowRank`]).

use super::linear_init;
use super::low_rank::{LowRank, LowRankSizes};
use crate::{Pass, Result};
use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};

/// The matrix, `(output, input)`, its bias, and its low-rank part, where it has them.
#[derive(Debug, Clone)]
pub struct Projection {
    weight: Tensor,
    bias: Option<Tensor>,
    low_rank: Option<LowRank>,
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
        Ok(Self { weight, bias, low_rank: None })
    }

    /// The same with a low-rank part, whose parameters are under `vb`; in place of the one it has.
    ///
    /// # Errors
    /// As [`LowRank::new`].
    pub fn with_low_rank(self, sizes: &LowRankSizes, vb: &VarBuilder) -> Result<Self> {
        let (output, input) = self.weight.dims2()?;
        Ok(Self { low_rank: Some(LowRank::new(input, output, sizes, vb)?), ..self })
    }

    /// `(..., input)` to `(..., output)`.
    ///
    /// # Errors
    /// Another last size.
    pub fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        if let (None, Some(part)) = (&self.bias, &self.low_rank) {
            return part.beside(&self.weight, x, pass);
        }
        let mut y = story_kernels::linear(x, &self.weight)?;
        if let Some(bias) = &self.bias {
            y = y.broadcast_add(bias)?;
        }
        match &self.low_rank {
            Some(part) => part.add_to(&y, x, pass),
            None => Ok(y),
        }
    }
}

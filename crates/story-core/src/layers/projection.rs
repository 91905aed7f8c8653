//! A matrix on the last axis, y = x W^T (+ b), for networks that are mostly frozen: a matrix that
//! does not learn costs no gradient, where candle's product makes one. A frozen one may have a
//! low-rank part that learns ([`LowRank`]).

use super::linear_init;
use super::low_rank::{LowRank, LowRankSizes};
use super::matrix::{BlockMatrices, Matrix};
use crate::{Error, Pass, Result};
use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};

/// The matrix, `(output, input)`, its bias, and its low-rank part, where it has them.
#[derive(Debug, Clone)]
pub struct Projection {
    weight: Matrix,
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
        Self::stored(input, output, bias, vb, &BlockMatrices::new())
    }

    /// The same, with the matrix of that name in `blocks` where there is one.
    ///
    /// # Errors
    /// As [`new`](Self::new); a matrix of other sizes.
    pub fn stored(
        input: usize,
        output: usize,
        bias: Bias,
        vb: VarBuilder,
        blocks: &BlockMatrices,
    ) -> Result<Self> {
        let init: Init = linear_init(input);
        let weight = match Matrix::stored(blocks, &vb) {
            Some(matrix) => matrix,
            None => Matrix::Full(vb.get_with_hints((output, input), "weight", init)?),
        };
        if weight.dims()? != (output, input) {
            return Err(Error::Shape {
                what: vb.prefix(),
                expected: format!("({output}, {input})"),
                found: format!("{:?}", weight.dims()?),
            });
        }
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
        let (output, input) = self.weight.dims()?;
        Ok(Self { low_rank: Some(LowRank::new(input, output, sizes, vb)?), ..self })
    }

    /// `(..., input)` to `(..., output)`.
    ///
    /// # Errors
    /// Another last size.
    pub fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        if let (Matrix::Full(weight), None, Some(part)) = (&self.weight, &self.bias, &self.low_rank)
        {
            return part.beside(weight, x, pass);
        }
        let mut y = self.weight.apply(x)?;
        if let Some(bias) = &self.bias {
            y = y.broadcast_add(bias)?;
        }
        match &self.low_rank {
            Some(part) => part.add_to(&y, x, pass),
            None => Ok(y),
        }
    }
}

//! The weights of one recurrent layer, drawn and named as PyTorch does: `weight_ih (G D, I)`,
//! `weight_hh (G D, D)`, `bias_ih (G D)`, `bias_hh (G D)`, all uniform in +-1/sqrt(D), with G gates
//! in PyTorch's order (GRU: r, z, n; LSTM: i, f, g, o).

use candle_core::{Module, Tensor};
use candle_nn::{Init, Linear, VarBuilder};
use story_core::Result;

/// Gates of a GRU.
pub(crate) const GRU_GATES: usize = 3;
/// Gates of an LSTM.
pub(crate) const LSTM_GATES: usize = 4;

/// One recurrent layer's weights.
pub(crate) struct RecurrentWeights {
    input: Linear,
    /// `(G D, D)`
    pub(crate) weight_hh: Tensor,
    /// `(G D,)`
    pub(crate) bias_hh: Tensor,
    width: usize,
}

impl RecurrentWeights {
    /// Weights from inputs of `input` to states of `width`.
    pub(crate) fn new(gates: usize, input: usize, width: usize, vb: &VarBuilder) -> Result<Self> {
        let bound = 1.0 / (width.max(1) as f64).sqrt();
        let init = Init::Uniform { lo: -bound, up: bound };
        let weight_ih = vb.get_with_hints((gates * width, input), "weight_ih", init)?;
        let bias_ih = vb.get_with_hints(gates * width, "bias_ih", init)?;
        Ok(Self {
            input: Linear::new(weight_ih, Some(bias_ih)),
            weight_hh: vb.get_with_hints((gates * width, width), "weight_hh", init)?,
            bias_hh: vb.get_with_hints(gates * width, "bias_hh", init)?,
            width,
        })
    }

    /// The share of the gates' sums that comes from the inputs, all steps in one product:
    /// `x (B, T, I)` to `(B, T, G D)`.
    pub(crate) fn project(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.input.forward(&x.contiguous()?)?) // (B, T, G D)
    }

    /// A state of zeros for each row, `(B, D)`.
    pub(crate) fn zero_state(&self, rows: usize) -> Result<Tensor> {
        let weight = &self.weight_hh;
        Ok(Tensor::zeros((rows, self.width), weight.dtype(), weight.device())?)
    }
}

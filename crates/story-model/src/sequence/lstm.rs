//! An LSTM (Hochreiter and Schmidhuber 1997) over the frames; the summary is the hidden state after
//! the last real frame. A masked frame hands hidden state and cell on unchanged.
//!
//! Frames `(B, T, D')` to states `(B, T, D)` and summary `(B, D)`.

use super::SequenceDims;
use crate::check;
use crate::recurrent::{LSTM_GATES, RecurrentWeights};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use story_core::{Context, Pass, Result, SequenceModel, layers};
use story_kernels::{LstmInput, lstm};

/// Config of the LSTM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LstmSequenceConfig {
    /// Layers on top of each other; each reads the states of the one below.
    pub layers: usize,
    /// Dropout on each layer's input, 0 to below 1.
    pub dropout: f32,
}

impl Default for LstmSequenceConfig {
    fn default() -> Self {
        Self { layers: 1, dropout: 0.0 }
    }
}

/// LSTM layers on top of each other.
pub(super) struct LstmStack {
    layers: Vec<RecurrentWeights>,
    pub(super) width: usize,
    dropout: f32,
}

impl LstmStack {
    /// `layers` layers under `layers.0`, `layers.1` and so on.
    ///
    /// # Errors
    /// No layer, or a dropout rate outside 0..1.
    pub(super) fn new(
        layers: usize,
        dropout: f32,
        dims: &SequenceDims,
        vb: &VarBuilder,
    ) -> Result<Self> {
        check::layers("sequence.layers", layers)?;
        check::rate("sequence.dropout", dropout)?;
        Ok(Self {
            layers: RecurrentWeights::stack(LSTM_GATES, layers, dims.input, dims.width, vb)?,
            width: dims.width,
            dropout,
        })
    }

    /// The last layer's states: `fused (B, T, D')` with `mask (B, T)` to `(B, T, D)`.
    pub(super) fn states(&self, fused: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor> {
        let mut states = fused.clone(); // (B, T, D')
        for (i, layer) in self.layers.iter().enumerate() {
            let input = layers::dropout(&states, self.dropout, &format!("sequence/{i}"), pass)?;
            let zeros = layer.zero_state(fused.dim(0)?)?; // (B, D)
            states = lstm(LstmInput {
                x_proj: &layer.project(&input)?,
                h0: &zeros,
                c0: &zeros,
                w_hh: &layer.weight_hh,
                b_hh: &layer.bias_hh,
                mask: Some(mask),
            })?
            .states; // (B, T, D)
        }
        Ok(states)
    }
}

struct LstmSequence(LstmStack);

impl LstmSequenceConfig {
    /// Builds the LSTM under `layers.0`, `layers.1` and so on.
    ///
    /// # Errors
    /// No layer, or a dropout rate outside 0..1.
    pub fn build(
        &self,
        dims: &SequenceDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn SequenceModel>> {
        let stack = LstmStack::new(self.layers, self.dropout, dims, &vb)?;
        Ok(Box::new(LstmSequence(stack)))
    }
}

impl SequenceModel for LstmSequence {
    fn width(&self) -> usize {
        self.0.width
    }

    fn read(&self, fused: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Context> {
        let states = self.0.states(fused, mask, pass)?; // (B, T, D)
        let t = states.dim(1)?;
        let summary = states.narrow(1, t - 1, 1)?.squeeze(1)?; // (B, D)
        Context::new(states, summary, mask.clone())
    }
}

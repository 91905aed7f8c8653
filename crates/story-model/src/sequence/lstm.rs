//! An LSTM (Hochreiter and Schmidhuber 1997) over the frames; the summary is the hidden state after
//! the last real frame. A masked frame hands hidden state and cell on unchanged.
//!
//! Frames `(B, T, D')` to states `(B, T, D)` and summary `(B, D)`.

use super::SequenceDims;
use super::recurrent::{Cell, LastState, RecurrentStack};
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use story_core::{Result, SequenceModel};

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
        let stack = RecurrentStack::new(Cell::Lstm, self.layers, self.dropout, dims, &vb)?;
        Ok(Box::new(LastState(stack)))
    }
}

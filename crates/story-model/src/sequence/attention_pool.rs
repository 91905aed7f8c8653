//! An LSTM over the frames whose states are pooled by attention with a learned query
//! ([`super::pooling`]): the summary does not have to carry the first frame through all the others.
//!
//! Frames `(B, T, D')` to states `(B, T, D)` and summary `(B, D)`.

use super::SequenceDims;
use super::pooling::AttentionPool;
use super::recurrent::{Cell, RecurrentStack};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use story_core::{Context, Pass, Result, SequenceModel};

/// Config of the pooled LSTM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttentionPoolSequenceConfig {
    /// Layers of the LSTM on top of each other; each reads the states of the one below.
    pub layers: usize,
    /// Dropout on each layer's input, 0 to below 1.
    pub dropout: f32,
}

impl Default for AttentionPoolSequenceConfig {
    fn default() -> Self {
        Self { layers: 1, dropout: 0.0 }
    }
}

struct AttentionPoolSequence {
    lstm: RecurrentStack,
    pool: AttentionPool,
}

impl AttentionPoolSequenceConfig {
    /// Builds the LSTM under `layers.0`, `layers.1` and so on, and the pooling under `pool`.
    ///
    /// # Errors
    /// No layer, or a dropout rate outside 0..1.
    pub fn build(
        &self,
        dims: &SequenceDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn SequenceModel>> {
        Ok(Box::new(AttentionPoolSequence {
            lstm: RecurrentStack::new(Cell::Lstm, self.layers, self.dropout, dims, &vb)?,
            pool: AttentionPool::new(dims.width, &vb.pp("pool"))?,
        }))
    }
}

impl SequenceModel for AttentionPoolSequence {
    fn width(&self) -> usize {
        self.lstm.width
    }

    fn read(&self, fused: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Context> {
        let states = self.lstm.states(fused, mask, pass)?; // (B, T, D)
        let summary = self.pool.pool(&states, mask)?; // (B, D)
        Context::new(states, summary, mask.clone())
    }
}

//! A GRU (Cho et al. 2014) over the frames; the summary is the hidden state after the last real
//! frame. A masked frame hands the state on unchanged.
//!
//! Frames `(B, T, D')` to states `(B, T, D)` and summary `(B, D)`.

use super::SequenceDims;
use crate::check;
use crate::recurrent::{GRU_GATES, RecurrentWeights};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use story_core::{Context, Pass, Result, SequenceModel, layers};
use story_kernels::gru;

/// Config of the GRU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GruSequenceConfig {
    /// Layers on top of each other; each reads the states of the one below.
    pub layers: usize,
    /// Dropout on each layer's input, 0 to below 1.
    pub dropout: f32,
}

impl Default for GruSequenceConfig {
    fn default() -> Self {
        Self { layers: 1, dropout: 0.0 }
    }
}

struct GruSequence {
    layers: Vec<RecurrentWeights>,
    width: usize,
    dropout: f32,
}

impl GruSequenceConfig {
    /// Builds the GRU under `layers.0`, `layers.1` and so on.
    ///
    /// # Errors
    /// No layer, or a dropout rate outside 0..1.
    pub fn build(
        &self,
        dims: &SequenceDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn SequenceModel>> {
        check::layers("sequence.layers", self.layers)?;
        check::rate("sequence.dropout", self.dropout)?;
        Ok(Box::new(GruSequence {
            layers: RecurrentWeights::stack(GRU_GATES, self.layers, dims.input, dims.width, &vb)?,
            width: dims.width,
            dropout: self.dropout,
        }))
    }
}

impl SequenceModel for GruSequence {
    fn width(&self) -> usize {
        self.width
    }

    fn read(&self, fused: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Context> {
        let (b, t, _) = fused.dims3()?;
        let mut states = fused.clone(); // (B, T, D')
        for (i, layer) in self.layers.iter().enumerate() {
            let input = layers::dropout(&states, self.dropout, &format!("sequence/{i}"), pass)?;
            states = gru(
                &layer.project(&input)?,
                &layer.zero_state(b)?,
                &layer.weight_hh,
                &layer.bias_hh,
                Some(mask),
            )?; // (B, T, D)
        }
        let summary = states.narrow(1, t - 1, 1)?.squeeze(1)?; // (B, D)
        Context::new(states, summary, mask.clone())
    }
}

//! The mean of the real frames after a linear layer: the baseline that knows what happened but not
//! in which order. summary = mean over real t of tanh(W x_t + b).
//!
//! Frames `(B, T, D')` to states `(B, T, D)` and summary `(B, D)`.

use super::SequenceDims;
use candle_core::{Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::{Context, Pass, Result, SequenceModel, layers};

/// Config of the mean; it has no settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanSequenceConfig {}

struct MeanSequence {
    projection: Linear,
    width: usize,
}

impl MeanSequenceConfig {
    /// Builds the mean with its linear layer under `projection`.
    pub fn build(
        &self,
        dims: &SequenceDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn SequenceModel>> {
        Ok(Box::new(MeanSequence {
            projection: layers::linear(dims.input, dims.width, vb.pp("projection"))?,
            width: dims.width,
        }))
    }
}

impl SequenceModel for MeanSequence {
    fn width(&self) -> usize {
        self.width
    }

    fn read(&self, fused: &Tensor, mask: &Tensor, _: &Pass) -> Result<Context> {
        let states = self.projection.forward(&fused.contiguous()?)?.tanh()?; // (B, T, D)
        let summary = layers::masked_mean(&states, mask)?; // (B, D)
        Context::new(states, summary, mask.clone())
    }
}

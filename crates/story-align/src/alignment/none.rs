//! No alignment, as runs had it before `objective.contrastive_weight = 0` became the one way to
//! say so. They have no logit scale among their parameters, and still open.

use super::{Alignment, AlignmentLoss};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use story_core::{FrameEmbeddings, Result};

/// Config of no alignment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoAlignmentConfig {}

impl NoAlignmentConfig {
    /// Builds the part, which has no parameters.
    ///
    /// # Errors
    /// None.
    pub fn build(&self, _dims: &(), _vb: VarBuilder<'static>) -> Result<Box<dyn Alignment>> {
        Ok(Box::new(NoAlignment))
    }
}

struct NoAlignment;

impl Alignment for NoAlignment {
    fn loss(&self, frames: &FrameEmbeddings, _stories: &[u64]) -> Result<AlignmentLoss> {
        Ok(AlignmentLoss {
            loss: Tensor::zeros((), frames.image.dtype(), frames.image.device())?,
            diagnostics: None,
        })
    }

    fn trains(&self) -> bool {
        false
    }
}

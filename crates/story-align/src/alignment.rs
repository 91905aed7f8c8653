//! Alignment losses by `kind`: what draws a frame's picture and its text together.

mod info_nce;
mod none;

pub use info_nce::{InfoNceConfig, MAX_LOG_SCALE, clamp_logit_scale, info_nce};
pub use none::NoAlignmentConfig;

use candle_core::Tensor;
use story_core::{FrameEmbeddings, ParamStore, Result};

/// A loss on the embeddings of the context's frames.
pub trait Alignment: Send + Sync {
    /// The loss of a batch, unweighted: a differentiable scalar. `stories` holds the story of each of the `B` windows;
    /// equal numbers are the same story.
    ///
    /// # Errors
    /// As many stories as windows are expected; shapes that do not fit.
    fn loss(&self, frames: &FrameEmbeddings, stories: &[u64]) -> Result<Tensor>;

    /// Whether a run may be trained with it.
    fn trains(&self) -> bool {
        true
    }

    /// Brings the loss's own parameters in `store` back into their range; called after each step of
    /// the optimizer.
    ///
    /// # Errors
    /// A store that lacks them.
    fn clamp_after_step(&self, _store: &ParamStore) -> Result<()> {
        Ok(())
    }
}

story_core::parts! {
    /// Alignment losses on the context's pictures and texts.
    pub enum AlignmentConfig("alignment"): dyn Alignment, from () {
        "info-nce" => InfoNce(InfoNceConfig), "symmetric InfoNCE with a learnable temperature; pairs of the same story are no negatives";
        "none" => None(NoAlignmentConfig), "opens runs that were made with it, and does not train: a run without alignment sets objective.contrastive_weight = 0";
    }
}

//! What the alignment learns from: the frames of the context, or of the whole window.
//!
//! Axes: `B` windows, `T` context frames, `D` width.

use super::StoryModel;
use candle_core::{D, Tensor};
use story_align::AlignmentLoss;
use story_core::{Batch, FrameEmbeddings, Pass, Result};

impl StoryModel {
    /// The context's `frames` and, after them, the target's picture and text, `(B, T + 1, D)`: what
    /// the alignment learns from, and nothing else may see.
    pub fn embed_window(
        &self,
        batch: &Batch,
        frames: &FrameEmbeddings,
        pass: &Pass,
    ) -> Result<FrameEmbeddings> {
        let picture = match &batch.image_features {
            Some(features) => self.image_projection.project(&features.target)?, // (B, D)
            None => self.embed_images(&batch.target_encoder_image, pass)?,      // (B, D)
        };
        let text = match &batch.text_features {
            Some(features) => self.text_projection.project(&features.target)?, // (B, D)
            None => self.embed_texts(&batch.target_tokens, &batch.target_mask, pass)?, // (B, D)
        };
        let told = batch.target_mask.max(D::Minus1)?; // (B,)
        let after = |of: &Tensor, target: &Tensor| -> Result<Tensor> {
            Ok(Tensor::cat(&[of, &target.unsqueeze(1)?], 1)?) // (B, T + 1, ...)
        };
        FrameEmbeddings::new(
            after(&frames.image, &picture)?,
            after(&frames.text, &text)?,
            after(&frames.image_mask, &batch.target_image_mask)?,
            after(&frames.text_mask, &told)?,
        )
    }

    /// The alignment's loss over `frames`, unweighted, and what it compared.
    pub fn align(&self, frames: &FrameEmbeddings, stories: &[u64]) -> Result<AlignmentLoss> {
        self.alignment.loss(frames, stories)
    }
}

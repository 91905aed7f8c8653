//! Attention with a learned query over the states of the frames (Yang et al. 2016): the story in
//! one vector in which each frame weighs as much as it matters.
//!
//! a_t = softmax_t( q . tanh(W s_t + b) ) over the real frames, summary = sum_t a_t s_t; 0 where no
//! frame is real.
//!
//! States `(B, T, D)` to `(B, D)`.

use candle_core::{D, Module, Tensor};
use candle_nn::{Linear, VarBuilder, ops};
use story_core::text_states::NEVER;
use story_core::{Result, layers};

/// The pooling.
pub(super) struct AttentionPool {
    key: Linear,
    query: Linear,
}

impl AttentionPool {
    /// Pooling of states of `width`, under `key` and `query`.
    pub(super) fn new(width: usize, vb: &VarBuilder) -> Result<Self> {
        Ok(Self {
            key: layers::linear(width, width, vb.pp("key"))?,
            query: layers::linear_without_bias(width, 1, vb.pp("query"))?,
        })
    }

    /// `states (B, T, D)` with `mask (B, T)` to `(B, D)`.
    pub(super) fn pool(&self, states: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let keep = mask.ne(0f32)?.to_dtype(states.dtype())?; // (B, T)
        let keys = self.key.forward(&states.contiguous()?)?.tanh()?; // (B, T, D)
        let scores = self.query.forward(&keys)?.squeeze(2)?; // (B, T)
        let scores = (scores + keep.affine(-NEVER, NEVER)?)?;
        let weights = (ops::softmax(&scores, D::Minus1)? * keep)?; // (B, T)
        let mean = weights.unsqueeze(1)?.matmul(&states.contiguous()?)?; // (B, 1, D)
        Ok(mean.squeeze(1)?) // (B, D)
    }
}

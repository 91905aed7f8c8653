//! The gate between telling a word and copying one (See et al. 2017): g = sigmoid(w h + b), as
//! ln g and ln (1 - g), of which neither overflows.
//!
//! `h` is the state that the output layer projects; in a decoder with attention it holds what was
//! attended to. What g and the attention's weights make together is in
//! [`story_core::text_states`].
//!
//! States `(B, L, D)` to `(B, L)` twice.

use super::words::WordMemory;
use candle_core::{D, Module, Tensor};
use candle_nn::{Linear, VarBuilder, ops::log_softmax};
use story_core::text_states::NEVER;
use story_core::{CopyStates, Result, layers};

/// The gate.
pub(super) struct CopyGate {
    gate: Linear,
}

impl CopyGate {
    /// A gate for states of width `hidden`, under `gate`.
    pub(super) fn new(hidden: usize, vb: &VarBuilder) -> Result<Self> {
        Ok(Self { gate: layers::linear(hidden, 1, vb.pp("gate"))? })
    }

    /// The copying side at the states `(B, L, D)` with attention's `log_weights (B, L, W)`. Windows
    /// without a word generate.
    pub(super) fn states(
        &self,
        hidden: &Tensor,
        log_weights: Tensor,
        memory: &WordMemory,
    ) -> Result<CopyStates> {
        let odds = self.gate.forward(&hidden.contiguous()?)?; // (B, L, 1)
        let both = Tensor::cat(&[&odds, &odds.zeros_like()?], 2)?; // (B, L, 2)
        let both = log_softmax(&both, D::Minus1)?;
        let side = |i| -> Result<Tensor> { Ok(both.narrow(2, i, 1)?.squeeze(2)?) }; // (B, L)
        let generate = side(0)?;
        let given = memory.given.ne(0f32)?.broadcast_as(generate.shape())?; // (B, L)
        let zeros = generate.zeros_like()?;
        let never = (&zeros + NEVER)?;
        Ok(CopyStates {
            log_generate: given.where_cond(&generate, &zeros)?,
            log_copy: given.where_cond(&side(1)?, &never)?,
            log_weights,
            tokens: memory.tokens.clone(),
        })
    }
}

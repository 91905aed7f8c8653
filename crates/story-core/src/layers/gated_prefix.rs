//! What queries find among vectors that are no words, beside what they find among the words
//! (LLaMA-Adapter's zero-initialised attention, Zhang et al. 2023):
//!
//! y = attention(words) + tanh(g) attention(prefix)
//!
//! with one gate `g` a head. Each has a softmax of its own, so that a gate of 0 leaves the words'
//! attention as it is to the last bit, and training begins at the network that was pretrained.
//! A query that sees nothing of the prefix gets exactly 0 from it.
//!
//! Axes: `N` rows, `L` queries of a row, `W` windows, `M` vectors of a window, `h` heads of
//! queries, `c` of keys and values, `d` width of a head.

use crate::Result;
use candle_core::Tensor;
use story_kernels::{KeyLists, listed_attention};

/// One block's view of the prefix.
#[derive(Debug, Clone)]
pub struct GatedPrefix<'a> {
    /// `(W, M, c, d)`.
    pub keys: Tensor,
    /// `(W, M, c, d)`.
    pub values: Tensor,
    /// The gates before the tanh, `(h,)`.
    pub gate: Tensor,
    /// Which of them each query sees.
    pub seen: &'a KeyLists,
}

impl GatedPrefix<'_> {
    /// `found (N, L, h, d)` and what `queries (N, L, h, d)`, not turned by position, find here.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn add_to(&self, found: &Tensor, queries: &Tensor) -> Result<Tensor> {
        let seen = listed_attention(queries, &self.keys, &self.values, self.seen)?;
        let gate = self.gate.tanh()?.unsqueeze(1)?; // (h, 1)
        Ok((found + seen.broadcast_mul(&gate)?)?) // (N, L, h, d)
    }
}

//! The Transformer encoder layer (Vaswani et al. 2017) in its pre-norm form (Xiong et al. 2020):
//!
//! h = x + dropout(attention(norm(x))); y = h + dropout(W2 gelu(W1 norm(h))).
//! attention = W_o concat_heads softmax(q k^T / sqrt(d) + bias) v, with GELU in its exact form
//! (Hendrycks and Gimpel 2016). Equals PyTorch's `TransformerEncoderLayer(norm_first=True)`, but
//! the key has no bias: it adds the same number to all scores of a query, which softmax cancels,
//! and so could never learn.
//!
//! Axes: `N` texts, `L` tokens, `h` heads, `d` width of a head, `D = h d` width.

use crate::check;
use candle_core::{Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use story_core::layers::attention::{LargestScore, MultiHeadAttention};
use story_core::layers::{LayerNorm, dropout, linear};
use story_core::{Pass, Result};

/// PyTorch's default epsilon of layer norm.
pub const NORM_EPSILON: f64 = 1e-5;

/// Sizes of one layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EncoderLayerConfig {
    /// `D`; a multiple of `heads`.
    pub width: usize,
    /// `h`.
    pub heads: usize,
    /// Width of the hidden layer of the feed-forward part.
    pub feed_forward: usize,
    /// Probability of dropout on what each of the two parts adds.
    pub dropout: f32,
}

/// One pre-norm layer: self-attention, then a feed-forward part, each added to its input.
#[derive(Debug, Clone)]
pub struct EncoderLayer {
    attention_norm: LayerNorm,
    attention: MultiHeadAttention,
    feed_forward_norm: LayerNorm,
    expand: Linear,
    contract: Linear,
    dropout: f32,
    attention_dropout_name: String,
    feed_forward_dropout_name: String,
}

impl EncoderLayer {
    /// Builds the layer under `attention_norm`, `attention`, `feed_forward_norm`, `expand` and
    /// `contract`.
    ///
    /// # Errors
    /// [`story_core::Error::Config`] where a size is 0, the heads do not divide the width, or the dropout rate
    /// is no probability below 1.
    pub fn new(config: &EncoderLayerConfig, vb: VarBuilder) -> Result<Self> {
        let width = check::size("width", config.width)?;
        let hidden = check::size("feed_forward", config.feed_forward)?;
        Ok(Self {
            attention_norm: LayerNorm::new(width, NORM_EPSILON, vb.pp("attention_norm"))?,
            attention: {
                let (vb, largest) = (vb.pp("attention"), LargestScore::Constant);
                MultiHeadAttention::new("heads", width, config.heads, largest, &vb)?
            },
            feed_forward_norm: LayerNorm::new(width, NORM_EPSILON, vb.pp("feed_forward_norm"))?,
            expand: linear(width, hidden, vb.pp("expand"))?,
            contract: linear(hidden, width, vb.pp("contract"))?,
            dropout: check::dropout_rate("dropout", config.dropout)?,
            attention_dropout_name: format!("{}.attention.dropout", vb.prefix()),
            feed_forward_dropout_name: format!("{}.feed_forward.dropout", vb.prefix()),
        })
    }

    /// `x (N, L, D)` with `bias` of [`padding_bias`](story_core::layers::attention::padding_bias) to `(N, L, D)`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn forward(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let normal = self.attention_norm.forward(x)?; // (N, L, D)
        let added = self.attention.attend_to_itself(&normal, Some(bias))?; // (N, L, D)
        let added = dropout(&added, self.dropout, &self.attention_dropout_name, pass)?;
        let x = (x + added)?;
        let hidden = self.expand.forward(&self.feed_forward_norm.forward(&x)?)?; // (N, L, F)
        let added = self.contract.forward(&hidden.gelu_erf()?)?; // (N, L, D)
        let added = dropout(&added, self.dropout, &self.feed_forward_dropout_name, pass)?;
        Ok((x + added)?)
    }
}

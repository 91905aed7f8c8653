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
use candle_core::{D, Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use story_core::layers::{LayerNorm, dropout, linear, linear_without_bias};
use story_core::{Error, Pass, Result};

/// PyTorch's default epsilon of layer norm.
pub const NORM_EPSILON: f64 = 1e-5;
/// Added to the score of a masked position: its weight underflows to 0 exactly, and a row that is
/// masked throughout stays finite, which minus infinity would not.
const MASKED_SCORE: f64 = -1e9;

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
    attention: SelfAttention,
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
    /// [`Error::Config`] where a size is 0, the heads do not divide the width, or the dropout rate
    /// is no probability below 1.
    pub fn new(config: &EncoderLayerConfig, vb: VarBuilder) -> Result<Self> {
        let width = check::size("width", config.width)?;
        let hidden = check::size("feed_forward", config.feed_forward)?;
        Ok(Self {
            attention_norm: LayerNorm::new(width, NORM_EPSILON, vb.pp("attention_norm"))?,
            attention: SelfAttention::new(width, config.heads, vb.pp("attention"))?,
            feed_forward_norm: LayerNorm::new(width, NORM_EPSILON, vb.pp("feed_forward_norm"))?,
            expand: linear(width, hidden, vb.pp("expand"))?,
            contract: linear(hidden, width, vb.pp("contract"))?,
            dropout: check::dropout_rate("dropout", config.dropout)?,
            attention_dropout_name: format!("{}.attention.dropout", vb.prefix()),
            feed_forward_dropout_name: format!("{}.feed_forward.dropout", vb.prefix()),
        })
    }

    /// `x (N, L, D)` with `bias` of [`attention_bias`] to `(N, L, D)`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn forward(&self, x: &Tensor, bias: &Tensor, pass: &Pass) -> Result<Tensor> {
        let added = self.attention.forward(&self.attention_norm.forward(x)?, bias)?; // (N, L, D)
        let added = dropout(&added, self.dropout, &self.attention_dropout_name, pass)?;
        let x = (x + added)?;
        let hidden = self.expand.forward(&self.feed_forward_norm.forward(&x)?)?; // (N, L, F)
        let added = self.contract.forward(&hidden.gelu_erf()?)?; // (N, L, D)
        let added = dropout(&added, self.dropout, &self.feed_forward_dropout_name, pass)?;
        Ok((x + added)?)
    }
}

/// Multi-head self-attention.
#[derive(Debug, Clone)]
pub struct SelfAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
}

impl SelfAttention {
    /// Builds the attention under `query`, `key`, `value` and `output`.
    ///
    /// # Errors
    /// [`Error::Config`] where the heads do not divide the width.
    pub fn new(width: usize, heads: usize, vb: VarBuilder) -> Result<Self> {
        if heads == 0 || !width.is_multiple_of(heads) {
            return Err(Error::Config(format!(
                "heads: expected a divisor of the width {width}, found {heads}"
            )));
        }
        Ok(Self {
            query: linear(width, width, vb.pp("query"))?,
            key: linear_without_bias(width, width, vb.pp("key"))?,
            value: linear(width, width, vb.pp("value"))?,
            output: linear(width, width, vb.pp("output"))?,
            heads,
        })
    }

    /// `x (N, L, D)` with `bias` broadcastable to `(N, h, L, L)` to `(N, L, D)`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn forward(&self, x: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let (n, l, width) = x.dims3()?;
        let head_width = width / self.heads;
        let split = |projection: &Linear| -> Result<Tensor> {
            let y = projection.forward(x)?; // (N, L, D)
            let y = y.reshape((n, l, self.heads, head_width))?; // (N, L, h, d)
            Ok(y.transpose(1, 2)?.contiguous()?) // (N, h, L, d)
        };
        let query = (split(&self.query)? / (head_width as f64).sqrt())?;
        let scores = query.matmul(&split(&self.key)?.t()?)?; // (N, h, L, L)
        let weights = softmax(&scores.broadcast_add(bias)?)?;
        let mixed = weights.matmul(&split(&self.value)?)?; // (N, h, L, d)
        let joined = mixed.transpose(1, 2)?.reshape((n, l, width))?; // (N, L, D)
        Ok(self.output.forward(&joined)?)
    }
}

/// What attention adds to its scores so that padding gets no weight: `mask (N, L)` to
/// `(N, 1, 1, L)`.
///
/// # Errors
/// A mask that is not `(N, L)`.
pub fn attention_bias(mask: &Tensor) -> Result<Tensor> {
    let (n, l) = mask.dims2().map_err(|_| Error::shape("token mask", "(N, L)", mask))?;
    let bias = mask.affine(-MASKED_SCORE, MASKED_SCORE)?; // 1 to 0, 0 to the masked score
    Ok(bias.reshape((n, 1, 1, l))?)
}

/// Softmax over the last axis, differentiable; candle's fused one has no backward. The largest
/// score is a constant here: it cancels, and its gradient would cost time for nothing.
fn softmax(scores: &Tensor) -> Result<Tensor> {
    let highest = scores.max_keepdim(D::Minus1)?.detach();
    let weights = scores.broadcast_sub(&highest)?.exp()?;
    Ok(weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn softmax_equals_candle_s_in_value_and_gradient() -> Result<()> {
        let scores = Var::new(&[[1f32, -2.0, 30.0], [0.5, 0.5, 0.1]], &Device::Cpu)?;
        let weights = Tensor::new(&[[1f32, 2.0, -1.0], [0.3, -3.0, 2.0]], &Device::Cpu)?;
        let gradient = |y: &Tensor| -> Result<Vec<f32>> {
            let gradients = (y * &weights)?.sum_all()?.backward()?;
            let gradient = gradients.get(&scores).expect("the graph is whole");
            Ok(gradient.flatten_all()?.to_vec1()?)
        };
        let ours = softmax(&scores)?;
        let theirs = candle_nn::ops::softmax(&scores, D::Minus1)?;
        story_core::conformance::same_numbers("softmax", &theirs, &ours);
        for (ours, theirs) in gradient(&ours)?.iter().zip(gradient(&theirs)?) {
            assert!((ours - theirs).abs() < 1e-6, "{ours} {theirs}");
        }
        Ok(())
    }

    #[test]
    fn masked_positions_get_no_weight_and_a_masked_row_stays_finite() -> Result<()> {
        let mask = Tensor::new(&[[1f32, 0.0], [0.0, 0.0]], &Device::Cpu)?;
        let scores = Tensor::new(&[[3f32, 50.0], [1.0, 2.0]], &Device::Cpu)?;
        let bias = attention_bias(&mask)?.reshape((2, 2))?;
        let weights = softmax(&(scores + bias)?)?.to_vec2::<f32>()?;
        assert_eq!(weights, [[1.0, 0.0], [0.5, 0.5]]);
        Ok(())
    }
}

//! The Transformer layer of CLIP (Radford et al. 2021), the same in its picture and its text tower:
//! pre-norm, with the sigmoid approximation of GELU (Hendrycks and Gimpel 2016).
//!
//! h = x + attention(norm1(x)); y = h + W2 quick_gelu(W1 norm2(h) + b1) + b2,
//! quick_gelu(x) = x sigmoid(1.702 x).
//!
//! Parameters have the published names: `layer_norm1`, `self_attn.{q,k,v,out}_proj`,
//! `layer_norm2`, `mlp.fc1`, `mlp.fc2`.
//!
//! Axes: `N` sequences, `L` positions, `h` heads, `D` width.

use crate::check;
use candle_core::{Module, Tensor};
use candle_nn::{Linear, VarBuilder, ops};
use story_core::Result;
use story_core::layers::attention::{AttentionNames, MultiHeadAttention};
use story_core::layers::{LayerNorm, linear};

/// Epsilon of CLIP's layer norms.
pub(crate) const CLIP_NORM_EPSILON: f64 = 1e-5;
/// The factor by which a sigmoid comes closest to the normal distribution's integral.
const QUICK_GELU_FACTOR: f64 = 1.702;

const NAMES: AttentionNames =
    AttentionNames { query: "q_proj", key: "k_proj", value: "v_proj", output: "out_proj" };

/// Sizes of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClipBlockConfig {
    /// `D`; a multiple of `heads`.
    pub width: usize,
    /// `h`.
    pub heads: usize,
    /// Width of the hidden layer of the feed-forward part.
    pub feed_forward: usize,
}

/// One layer of a tower.
#[derive(Debug, Clone)]
pub(crate) struct ClipBlock {
    layer_norm1: LayerNorm,
    self_attn: MultiHeadAttention,
    layer_norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

impl ClipBlock {
    /// Builds the layer; `vb` is at the layer, such as `text_model.encoder.layers.0`.
    ///
    /// # Errors
    /// [`story_core::Error::Config`] where a size is 0 or the heads do not divide the width.
    pub fn new(config: &ClipBlockConfig, vb: VarBuilder) -> Result<Self> {
        let width = check::size("width", config.width)?;
        let hidden = check::size("feed_forward", config.feed_forward)?;
        let mlp = vb.pp("mlp");
        Ok(Self {
            layer_norm1: LayerNorm::new(width, CLIP_NORM_EPSILON, vb.pp("layer_norm1"))?,
            self_attn: {
                let vb = vb.pp("self_attn");
                MultiHeadAttention::named("heads", width, config.heads, &NAMES, &vb)?
            },
            layer_norm2: LayerNorm::new(width, CLIP_NORM_EPSILON, vb.pp("layer_norm2"))?,
            fc1: linear(width, hidden, mlp.pp("fc1"))?,
            fc2: linear(hidden, width, mlp.pp("fc2"))?,
        })
    }

    /// `x (N, L, D)` to `(N, L, D)`. `bias` is added to attention's scores `(N, h, L, L)`: none in
    /// the picture tower, a causal one in the text tower.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn forward(&self, x: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let added = self.self_attn.attend_to_itself(&self.layer_norm1.forward(x)?, bias)?;
        let x = (x + added)?; // (N, L, D)
        let hidden = quick_gelu(&self.fc1.forward(&self.layer_norm2.forward(&x)?)?)?; // (N, L, F)
        Ok((&x + self.fc2.forward(&hidden)?)?) // (N, L, D)
    }
}

/// x sigmoid(1.702 x), of any shape.
fn quick_gelu(x: &Tensor) -> Result<Tensor> {
    Ok((x * ops::sigmoid(&(x * QUICK_GELU_FACTOR)?)?)?)
}

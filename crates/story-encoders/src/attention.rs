//! Multi-head self-attention (Vaswani et al. 2017) as the published encoders have it: query, key,
//! value and output are linear layers with biases, each under the name that its network gives it.
//!
//! y = W_o concat_heads softmax(q k^T / sqrt(d) + bias) v + b_o.
//!
//! [`crate::transformer::SelfAttention`] is the one of networks that are trained from scratch: its
//! key has no bias, because softmax cancels it. Published files do have that bias.
//!
//! Axes: `N` sequences, `L` positions, `h` heads, `d` width of a head, `D = h d` width.

use crate::check;
use candle_core::{D, Device, Module, Tensor};
use candle_nn::{Linear, VarBuilder, ops};
use story_core::layers::linear;
use story_core::{Error, Result};

/// Added to the score of a forbidden pair: its weight underflows to 0 exactly, and a row that is
/// forbidden throughout stays finite, which minus infinity would not.
const FORBIDDEN_SCORE: f32 = -1e9;

/// The keys of a network's four linear layers, relative to its attention.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttentionNames {
    /// Key of the query's layer.
    pub query: &'static str,
    /// Key of the key's layer.
    pub key: &'static str,
    /// Key of the value's layer.
    pub value: &'static str,
    /// Key of the output's layer.
    pub output: &'static str,
}

/// Self-attention of a published network.
#[derive(Debug, Clone)]
pub(crate) struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
}

impl Attention {
    /// Builds the attention under the four `names`.
    ///
    /// # Errors
    /// [`Error::Config`] where a size is 0 or the heads do not divide the width.
    pub fn new(
        width: usize,
        heads: usize,
        names: &AttentionNames,
        vb: &VarBuilder,
    ) -> Result<Self> {
        check::size("width", width)?;
        if heads == 0 || !width.is_multiple_of(heads) {
            return Err(Error::Config(format!(
                "heads: expected a divisor of the width {width}, found {heads}"
            )));
        }
        let layer = |name: &str| linear(width, width, vb.pp(name));
        Ok(Self {
            query: layer(names.query)?,
            key: layer(names.key)?,
            value: layer(names.value)?,
            output: layer(names.output)?,
            heads,
        })
    }

    /// `x (N, L, D)` with `bias`, where there is one, broadcastable to `(N, h, L, L)`, to
    /// `(N, L, D)`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn forward(&self, x: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let (n, l, width) = x.dims3()?;
        let head_width = width / self.heads;
        let split = |projection: &Linear| -> Result<Tensor> {
            let y = projection.forward(x)?; // (N, L, D)
            let y = y.reshape((n, l, self.heads, head_width))?; // (N, L, h, d)
            Ok(y.transpose(1, 2)?.contiguous()?) // (N, h, L, d)
        };
        let query = (split(&self.query)? / (head_width as f64).sqrt())?;
        let mut scores = query.matmul(&split(&self.key)?.t()?)?; // (N, h, L, L)
        if let Some(bias) = bias {
            scores = scores.broadcast_add(bias)?;
        }
        let weights = ops::softmax(&scores, D::Minus1)?;
        let mixed = weights.matmul(&split(&self.value)?)?; // (N, h, L, d)
        let joined = mixed.transpose(1, 2)?.reshape((n, l, width))?; // (N, L, D)
        Ok(self.output.forward(&joined)?)
    }
}

/// What attention adds to its scores so that no position sees a later one, `(1, 1, L, L)`.
///
/// # Errors
/// Whatever candle reports.
pub(crate) fn causal_bias(length: usize, device: &Device) -> Result<Tensor> {
    let bias: Vec<f32> = (0..length)
        .flat_map(|seeing| {
            (0..length).map(move |seen| if seen > seeing { FORBIDDEN_SCORE } else { 0.0 })
        })
        .collect();
    Ok(Tensor::from_vec(bias, (1, 1, length, length), device)?)
}

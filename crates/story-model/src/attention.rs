//! Multi-head attention (Vaswani et al. 2017) from one sequence to another, or to its own earlier
//! positions, whose keys and values can be kept between two tokens of a generation:
//!
//! y = W_o concat_heads softmax(q k^T / sqrt(d) + bias) v + b_o.
//!
//! As in [`story_encoders::transformer`] the key has no bias: softmax cancels it, so that it could
//! never learn.
//!
//! Axes: `N` rows, `L` positions that look, `M` positions that are looked at, `h` heads, `d` width
//! of a head, `D = h d` width.

use candle_core::{D, Device, Module, Tensor};
use candle_nn::{Linear, VarBuilder, ops};
use story_core::text_states::NEVER;
use story_core::{Error, Result, layers};

/// Attention's four linear layers.
pub(crate) struct MultiHeadAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
}

/// What is looked at, split into heads, `(N, h, M, d)` each.
#[derive(Clone)]
pub(crate) struct KeysValues {
    pub(crate) keys: Tensor,
    pub(crate) values: Tensor,
}

impl KeysValues {
    /// These and then `more`, `(N, h, M + M', d)`.
    pub(crate) fn followed_by(&self, more: &Self) -> Result<Self> {
        Ok(Self {
            keys: Tensor::cat(&[&self.keys, &more.keys], 2)?,
            values: Tensor::cat(&[&self.values, &more.values], 2)?,
        })
    }
}

impl MultiHeadAttention {
    /// Attention of `width` under `query`, `key`, `value` and `output`.
    ///
    /// # Errors
    /// [`Error::Config`] naming `key` where the heads do not divide the width.
    pub(crate) fn new(key: &str, width: usize, heads: usize, vb: &VarBuilder) -> Result<Self> {
        if heads == 0 || !width.is_multiple_of(heads) {
            return Err(Error::Config(format!(
                "{key} is {heads}; expected a divisor of the width {width}"
            )));
        }
        Ok(Self {
            query: layers::linear(width, width, vb.pp("query"))?,
            key: layers::linear_without_bias(width, width, vb.pp("key"))?,
            value: layers::linear(width, width, vb.pp("value"))?,
            output: layers::linear(width, width, vb.pp("output"))?,
            heads,
        })
    }

    /// Keys and values of `x (N, M, D)`.
    pub(crate) fn keys_values(&self, x: &Tensor) -> Result<KeysValues> {
        let x = x.contiguous()?;
        Ok(KeysValues {
            keys: self.split(&self.key.forward(&x)?)?,
            values: self.split(&self.value.forward(&x)?)?,
        })
    }

    /// What each position of `x (N, L, D)` finds in `seen`, `(N, L, D)`. `bias` is added to the
    /// scores and can be broadcast to `(N, h, L, M)`.
    pub(crate) fn attend(
        &self,
        x: &Tensor,
        seen: &KeysValues,
        bias: Option<&Tensor>,
    ) -> Result<Tensor> {
        let query = self.split(&self.query.forward(&x.contiguous()?)?)?; // (N, h, L, d)
        let query = (&query / (query.dim(D::Minus1)? as f64).sqrt())?;
        let mut scores = query.matmul(&seen.keys.t()?)?; // (N, h, L, M)
        if let Some(bias) = bias {
            scores = scores.broadcast_add(bias)?;
        }
        let weights = ops::softmax(&scores, D::Minus1)?;
        let mixed = weights.matmul(&seen.values)?; // (N, h, L, d)
        let joined = mixed.transpose(1, 2)?.flatten_from(2)?; // (N, L, D)
        Ok(self.output.forward(&joined)?)
    }

    /// `(N, L, D)` to `(N, h, L, d)`.
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (n, l, width) = x.dims3()?;
        let x = x.reshape((n, l, self.heads, width / self.heads))?; // (N, L, h, d)
        Ok(x.transpose(1, 2)?.contiguous()?) // (N, h, L, d)
    }
}

/// What attention adds to its scores so that no position sees a later one, `(L, L)`.
pub(crate) fn causal_bias(length: usize, device: &Device) -> Result<Tensor> {
    let bias = (0..length * length).map(|at| match at % length > at / length {
        true => NEVER as f32,
        false => 0.0,
    });
    Ok(Tensor::from_vec(bias.collect(), (length, length), device)?)
}

//! Causal self-attention whose heads of queries share heads of keys and values in groups (Ainslie
//! et al. 2023), turned by position, under transformers' names: `q_proj`, `k_proj`, `v_proj`,
//! `o_proj`, and where queries and keys are normed a head at a time (Qwen3) `q_norm`, `k_norm`.
//!
//! Keys are never repeated for the heads that share them, and the scores never stand in memory as
//! a whole ([`story_kernels::causal_attention()`]).
//!
//! Axes: `B` rows, `L` positions, `h` heads of queries, `c` of keys and values, `d` width of a
//! head, `D` width of the network.

use super::gated_prefix::GatedPrefix;
use super::low_rank::LowRankSizes;
use super::matrix::BlockMatrices;
use super::projection::{Bias, Projection};
use super::rms_norm::RmsNorm;
use super::rotary::Rotation;
use crate::{Pass, Result};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use story_kernels::{Cached, attend_cached, causal_attention};

/// Sizes of the attention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupedSizes {
    /// Width of the network, `D`.
    pub width: usize,
    /// Heads of queries, `h`.
    pub heads: usize,
    /// Heads of keys and values, `c`; a divisor of `heads`.
    pub key_value_heads: usize,
    /// Width of a head, `d`.
    pub head_width: usize,
    /// Whether queries, keys and values have a bias.
    pub bias: Bias,
    /// The epsilon of the norm of each head's queries and keys; `None` where there is none.
    pub head_norm: Option<f64>,
}

/// The attention.
#[derive(Debug, Clone)]
pub struct GroupedAttention {
    query: Projection,
    key: Projection,
    value: Projection,
    output: Projection,
    norms: Option<[RmsNorm; 2]>,
    head_width: usize,
}

/// Queries, keys and values of some positions, queries and keys turned.
#[derive(Debug, Clone)]
pub struct Projected {
    /// `(B, L, h, d)`.
    pub queries: Tensor,
    /// `(B, L, c, d)`.
    pub keys: Tensor,
    /// `(B, L, c, d)`.
    pub values: Tensor,
    /// The queries before they were turned, for what has no position.
    pub unturned: Tensor,
}

impl GroupedAttention {
    /// The attention under the names above; matrices that are in `blocks` are taken from there.
    ///
    /// # Errors
    /// Whatever the builder reports.
    pub fn new(sizes: &GroupedSizes, vb: &VarBuilder, blocks: &BlockMatrices) -> Result<Self> {
        let GroupedSizes { width, heads, key_value_heads, head_width, bias, .. } = *sizes;
        let layer = |name: &str, heads: usize| {
            Projection::stored(width, heads * head_width, bias, vb.pp(name), blocks)
        };
        let norm = |name: &str, epsilon| RmsNorm::new(head_width, epsilon, vb.pp(name));
        let norms = |epsilon| -> Result<[RmsNorm; 2]> {
            Ok([norm("q_norm", epsilon)?, norm("k_norm", epsilon)?])
        };
        let found = heads * head_width;
        Ok(Self {
            query: layer("q_proj", heads)?,
            key: layer("k_proj", key_value_heads)?,
            value: layer("v_proj", key_value_heads)?,
            output: Projection::stored(found, width, Bias::None, vb.pp("o_proj"), blocks)?,
            norms: sizes.head_norm.map(norms).transpose()?,
            head_width,
        })
    }

    /// The same with low-rank parts at those of its matrices that `names` has, under their names.
    ///
    /// # Errors
    /// As [`Projection::with_low_rank`].
    pub fn with_low_rank(
        self,
        names: &[&str],
        sizes: &LowRankSizes,
        vb: &VarBuilder,
    ) -> Result<Self> {
        let layer = |name: &str, layer: Projection| {
            if names.contains(&name) { layer.with_low_rank(sizes, &vb.pp(name)) } else { Ok(layer) }
        };
        Ok(Self {
            query: layer("q_proj", self.query)?,
            key: layer("k_proj", self.key)?,
            value: layer("v_proj", self.value)?,
            output: layer("o_proj", self.output)?,
            ..self
        })
    }

    /// Queries, keys and values of `x (B, L, D)` at the positions of `rotation`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn project(&self, x: &Tensor, rotation: &Rotation, pass: &Pass) -> Result<Projected> {
        let (b, l, _) = x.dims3()?;
        let split = |layer: &Projection| -> Result<Tensor> {
            Ok(layer.forward(x, pass)?.reshape((b, l, (), self.head_width))?) // (B, L, heads, d)
        };
        let (mut queries, mut keys) = (split(&self.query)?, split(&self.key)?);
        if let Some([query_norm, key_norm]) = &self.norms {
            (queries, keys) = (query_norm.forward(&queries)?, key_norm.forward(&keys)?);
        }
        Ok(Projected {
            queries: rotation.turn(&queries)?,
            keys: rotation.turn(&keys)?,
            values: split(&self.value)?,
            unturned: queries,
        })
    }

    /// Keys and values, `(W, M, c, d)`, of vectors `x (W, M, D)` that have no position: keys are not
    /// turned.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn project_prefix(&self, x: &Tensor, pass: &Pass) -> Result<[Tensor; 2]> {
        let (w, m, _) = x.dims3()?;
        let split = |layer: &Projection| -> Result<Tensor> {
            Ok(layer.forward(x, pass)?.reshape((w, m, (), self.head_width))?) // (W, M, c, d)
        };
        let keys = split(&self.key)?;
        let keys = match &self.norms {
            Some([_, key_norm]) => key_norm.forward(&keys)?,
            None => keys,
        };
        Ok([keys, split(&self.value)?])
    }

    /// What each position finds at itself and before in its own sequence, and in a prefix where
    /// there is one, `(1, T, D)`: `of` one row of sequences, one behind the other, and their
    /// `lengths`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn attend(
        &self,
        of: &Projected,
        lengths: &[usize],
        prefix: Option<&GatedPrefix<'_>>,
        pass: &Pass,
    ) -> Result<Tensor> {
        let Projected { queries, keys, values, .. } = of;
        let (q, k, v) = (queries.squeeze(0)?, keys.squeeze(0)?, values.squeeze(0)?); // (T, ., d)
        let found = causal_attention(&q, &k, &v, lengths)?.unsqueeze(0)?; // (1, T, h, d)
        let found = with_prefix(found, &of.unturned, prefix)?;
        self.output.forward(&found.flatten_from(2)?, pass) // (1, T, D)
    }

    /// What the one position of `of` finds in `past`, among the row's own keys and values, all
    /// `(N, T, c, d)` of which `of` holds, and in a prefix where there is one, `(N, 1, D)`. No
    /// gradient.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn step(
        &self,
        of: &Projected,
        past: &Cached<'_>,
        prefix: Option<&GatedPrefix<'_>>,
    ) -> Result<Tensor> {
        let found = attend_cached(&of.queries, past, &of.keys, &of.values)?; // (N, 1, h, d)
        let found = with_prefix(found, &of.unturned, prefix)?;
        self.output.forward(&found.flatten_from(2)?, &Pass::Eval) // (N, 1, D)
    }
}

fn with_prefix(
    found: Tensor,
    queries: &Tensor,
    prefix: Option<&GatedPrefix<'_>>,
) -> Result<Tensor> {
    match prefix {
        Some(prefix) => prefix.add_to(&found, queries),
        None => Ok(found),
    }
}

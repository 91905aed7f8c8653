//! One block of a language model, pre-norm, under transformers' names:
//!
//! x += attention(norm(x)); x += W_down (silu(W_gate h) * W_up h) with h = norm(x)
//!
//! (Touvron et al. 2023). Axes: `B` rows, `L` positions, `T` of sequences that stand one behind the
//! other in one row, `D` width, `F` of the hidden layer.

use candle_core::Tensor;
use candle_nn::VarBuilder;
use story_core::layers::gated_prefix::GatedPrefix;
use story_core::layers::grouped_attention::{GroupedAttention, Projected};
use story_core::layers::low_rank::LowRankSizes;
use story_core::layers::matrix::BlockMatrices;
use story_core::layers::projection::{Bias, Projection};
use story_core::layers::rms_norm::RmsNorm;
use story_core::layers::rotary::Rotation;
use story_core::{Pass, Result};
use story_encoders::weights::LlamaConfig;
use story_kernels::{Cached, swiglu};

/// One block.
#[derive(Debug, Clone)]
pub(super) struct Block {
    attention_norm: RmsNorm,
    attention: GroupedAttention,
    feed_forward_norm: RmsNorm,
    gate: Projection,
    up: Projection,
    down: Projection,
}

impl Block {
    pub(super) fn new(
        config: &LlamaConfig,
        vb: &VarBuilder,
        blocks: &BlockMatrices,
    ) -> Result<Self> {
        let (width, hidden) = (config.width, config.feed_forward);
        let norm = |name: &str| RmsNorm::new(width, config.norm_epsilon, vb.pp(name));
        let feed_forward = vb.pp("mlp");
        let layer = |name: &str, input, output| {
            Projection::stored(input, output, Bias::None, feed_forward.pp(name), blocks)
        };
        Ok(Self {
            attention_norm: norm("input_layernorm")?,
            attention: GroupedAttention::new(&config.attention(), &vb.pp("self_attn"), blocks)?,
            feed_forward_norm: norm("post_attention_layernorm")?,
            gate: layer("gate_proj", width, hidden)?,
            up: layer("up_proj", width, hidden)?,
            down: layer("down_proj", hidden, width)?,
        })
    }

    /// The same with low-rank parts at the matrices called `names`.
    pub(super) fn with_low_rank(
        self,
        names: &[&str],
        sizes: &LowRankSizes,
        vb: &VarBuilder,
    ) -> Result<Self> {
        let feed_forward = vb.pp("mlp");
        let layer = |name: &str, layer: Projection| {
            if !names.contains(&name) {
                return Ok(layer);
            }
            layer.with_low_rank(sizes, &feed_forward.pp(name))
        };
        Ok(Self {
            attention: self.attention.with_low_rank(names, sizes, &vb.pp("self_attn"))?,
            gate: layer("gate_proj", self.gate)?,
            up: layer("up_proj", self.up)?,
            down: layer("down_proj", self.down)?,
            ..self
        })
    }

    /// Queries, keys and values of `x (B, L, D)`.
    pub(super) fn project(
        &self,
        x: &Tensor,
        rotation: &Rotation,
        pass: &Pass,
    ) -> Result<Projected> {
        self.attention.project(&self.attention_norm.forward(x)?, rotation, pass)
    }

    /// Keys and values of a prefix `x (W, M, D)` that has no positions, `(W, M, c, d)`.
    pub(super) fn project_prefix(&self, x: &Tensor, pass: &Pass) -> Result<[Tensor; 2]> {
        self.attention.project_prefix(&self.attention_norm.forward(x)?, pass)
    }

    /// `x (1, T, D)` with what its positions find at themselves and before in their sequences, of
    /// which `lengths` tells, and in a prefix, `(1, T, D)`.
    pub(super) fn attend(
        &self,
        x: &Tensor,
        of: &Projected,
        lengths: &[usize],
        prefix: Option<&GatedPrefix<'_>>,
        pass: &Pass,
    ) -> Result<Tensor> {
        Ok((x + self.attention.attend(of, lengths, prefix, pass)?)?)
    }

    /// `x (N, 1, D)` with what the one position finds in `past`, in the row's own, and in a prefix,
    /// `(N, 1, D)`; `own` holds its queries and all keys and values of the row.
    pub(super) fn step(
        &self,
        x: &Tensor,
        own: &Projected,
        past: &Cached<'_>,
        prefix: Option<&GatedPrefix<'_>>,
    ) -> Result<Tensor> {
        Ok((x + self.attention.step(own, past, prefix)?)?)
    }

    /// `x (B, L, D)` with what the feed-forward part makes of each position, `(B, L, D)`.
    pub(super) fn feed_forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let normal = self.feed_forward_norm.forward(x)?; // (B, L, D)
        let gate = self.gate.forward(&normal, pass)?; // (B, L, F)
        let hidden = swiglu(&gate, &self.up.forward(&normal, pass)?)?; // (B, L, F)
        Ok((x + self.down.forward(&hidden, pass)?)?)
    }
}

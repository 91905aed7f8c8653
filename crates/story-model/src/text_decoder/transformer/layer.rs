//! One layer of the Transformer decoder, pre-norm (Xiong et al. 2020):
//!
//! x += attention(norm(x)) over earlier positions; x += attention(norm(x)) over the memory;
//! x += W2 gelu(W1 norm(x)), each with dropout on what it adds.
//!
//! As PyTorch's `TransformerDecoderLayer(norm_first=True)` with the exact GELU, but that keys have
//! no bias. Axes: `N` rows, `L` positions, `M` places of the memory, `D` width.

use candle_core::{Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use story_core::layers::attention::{KeysValues, LargestScore, MultiHeadAttention};
use story_core::layers::{LayerNorm, dropout, linear};
use story_core::{Pass, Result};
use story_encoders::transformer::NORM_EPSILON;

/// Sizes of a layer.
#[derive(Clone, Copy)]
pub(super) struct LayerSizes {
    pub(super) width: usize,
    pub(super) heads: usize,
    pub(super) feed_forward: usize,
    pub(super) dropout: f32,
}

/// One layer.
pub(super) struct DecoderLayer {
    attention_norm: LayerNorm,
    attention: MultiHeadAttention,
    memory_norm: LayerNorm,
    memory_attention: MultiHeadAttention,
    feed_forward_norm: LayerNorm,
    expand: Linear,
    contract: Linear,
    dropout: f32,
    name: String,
}

/// What the positions of one pass may look at beside themselves.
pub(super) struct View<'a> {
    /// Keys and values of earlier positions, of an earlier pass.
    pub(super) earlier: Option<KeysValues>,
    /// Added to the scores of a position's own sequence; `None` where it may see all of it.
    pub(super) bias: Option<&'a Tensor>,
    /// The layer's keys and values of the memory.
    pub(super) memory: &'a KeysValues,
    /// Added to the memory's scores, `(N, 1, 1, M)`.
    pub(super) memory_bias: &'a Tensor,
}

impl DecoderLayer {
    /// A layer under `attention_norm`, `attention`, `memory_norm`, `memory_attention`,
    /// `feed_forward_norm`, `expand` and `contract`.
    ///
    /// # Errors
    /// Heads that do not divide the width.
    pub(super) fn new(sizes: LayerSizes, vb: &VarBuilder) -> Result<Self> {
        let (width, hidden) = (sizes.width, sizes.feed_forward);
        let norm = |name: &str| LayerNorm::new(width, NORM_EPSILON, vb.pp(name));
        let attention = |name: &str| {
            let (heads, largest) = (sizes.heads, LargestScore::Differentiated);
            MultiHeadAttention::new("text_decoder.heads", width, heads, largest, &vb.pp(name))
        };
        Ok(Self {
            attention_norm: norm("attention_norm")?,
            attention: attention("attention")?,
            memory_norm: norm("memory_norm")?,
            memory_attention: attention("memory_attention")?,
            feed_forward_norm: norm("feed_forward_norm")?,
            expand: linear(width, hidden, vb.pp("expand"))?,
            contract: linear(hidden, width, vb.pp("contract"))?,
            dropout: sizes.dropout,
            name: vb.prefix(),
        })
    }

    /// Keys and values of the memory `(N, M, D)`, the same at every position.
    pub(super) fn remember(&self, memory: &Tensor) -> Result<KeysValues> {
        self.memory_attention.keys_values(memory)
    }

    /// `x (N, L, D)` to `(N, L, D)`, and the keys and values of these positions and the earlier
    /// ones.
    pub(super) fn forward(
        &self,
        x: &Tensor,
        view: View<'_>,
        pass: &Pass,
    ) -> Result<(Tensor, KeysValues)> {
        let dropped = |added: Tensor, part: &str| {
            dropout(&added, self.dropout, &format!("{}/{part}", self.name), pass)
        };
        let normal = self.attention_norm.forward(x)?; // (N, L, D)
        let own = self.attention.keys_values(&normal)?;
        let own = match view.earlier {
            Some(earlier) => earlier.followed_by(&own)?,
            None => own,
        };
        let added = self.attention.attend(&normal, &own, view.bias)?;
        let x = (x + dropped(added, "attention")?)?;
        let normal = self.memory_norm.forward(&x)?;
        let bias = Some(view.memory_bias);
        let added = self.memory_attention.attend(&normal, view.memory, bias)?;
        let x = (x + dropped(added, "memory")?)?;
        let hidden = self.expand.forward(&self.feed_forward_norm.forward(&x)?)?; // (N, L, F)
        let added = self.contract.forward(&hidden.gelu_erf()?)?; // (N, L, D)
        Ok(((x + dropped(added, "feed_forward")?)?, own))
    }
}

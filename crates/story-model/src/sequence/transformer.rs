//! A Transformer encoder (Vaswani et al. 2017) over the frames, pre-norm
//! ([`story_encoders::transformer`]), with learned places in the story counted from the last real
//! frame. Every real frame sees every other; the summary is the last real frame's state, or all of
//! them pooled by attention with a learned query.
//!
//! Frames `(B, T, D')` to states `(B, T, D)` and summary `(B, D)`; both are 0 where no frame is
//! real.

use super::SequenceDims;
use super::pooling::AttentionPool;
use crate::check;
use candle_core::{Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::attention::padding_bias;
use story_core::layers::{LayerNorm, dropout, linear, small_embedding};
use story_core::tensors::{frames_after, last_real};
use story_core::{Context, Error, Pass, Result, SequenceModel};
use story_encoders::transformer::{EncoderLayer, EncoderLayerConfig, NORM_EPSILON};

/// Places in the story that are told apart; earlier frames share the first of them.
const PLACES: usize = 64;

/// Config of the Transformer over the frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformerSequenceConfig {
    /// Number of layers.
    pub layers: usize,
    /// Attention heads of each layer, a divisor of the model's width.
    pub heads: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// How the states become one vector.
    pub summary: Summary,
    /// Dropout on the frames and on what each part adds, 0 to below 1.
    pub dropout: f32,
}

/// How the states become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Summary {
    /// The last real frame's state.
    Last,
    /// All real frames' states, weighed by attention with a learned query.
    Pooled,
}

impl Default for TransformerSequenceConfig {
    fn default() -> Self {
        Self { layers: 2, heads: 2, feed_forward: 256, summary: Summary::Last, dropout: 0.0 }
    }
}

struct TransformerSequence {
    input: Linear,
    places: Embedding,
    layers: Vec<EncoderLayer>,
    norm: LayerNorm,
    pool: Option<AttentionPool>,
    width: usize,
    dropout: f32,
}

impl TransformerSequenceConfig {
    /// Builds the Transformer under `input`, `places`, `layers.0...`, `norm`, and `pool` where the
    /// states are pooled.
    ///
    /// # Errors
    /// [`Error::Config`] for a size of 0, heads that do not divide the width, or a dropout rate
    /// outside 0..1.
    pub fn build(
        &self,
        dims: &SequenceDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn SequenceModel>> {
        check::layers("sequence.layers", self.layers)?;
        check::size("sequence.feed_forward", self.feed_forward)?;
        check::rate("sequence.dropout", self.dropout)?;
        let width = dims.width;
        if self.heads == 0 || !width.is_multiple_of(self.heads) {
            return Err(Error::Config(format!(
                "sequence.heads is {}; expected a divisor of the model's width {width}",
                self.heads
            )));
        }
        let config = EncoderLayerConfig {
            width,
            heads: self.heads,
            feed_forward: self.feed_forward,
            dropout: self.dropout,
        };
        let pool = match self.summary {
            Summary::Last => None,
            Summary::Pooled => Some(AttentionPool::new(width, &vb.pp("pool"))?),
        };
        Ok(Box::new(TransformerSequence {
            input: linear(dims.input, width, vb.pp("input"))?,
            places: small_embedding(PLACES, width, vb.pp("places"))?,
            layers: (0..self.layers)
                .map(|i| EncoderLayer::new(&config, vb.pp("layers").pp(i)))
                .collect::<Result<_>>()?,
            norm: LayerNorm::new(width, NORM_EPSILON, vb.pp("norm"))?,
            pool,
            width,
            dropout: self.dropout,
        }))
    }
}

impl SequenceModel for TransformerSequence {
    fn width(&self) -> usize {
        self.width
    }

    fn read(&self, fused: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Context> {
        let after = frames_after(mask)?.minimum((PLACES - 1) as u32)?; // (B, T)
        let frames = self.input.forward(&fused.contiguous()?)?; // (B, T, D)
        let frames = (frames + self.places.forward(&after)?)?;
        let mut states = dropout(&frames, self.dropout, "sequence/frames", pass)?;
        let keep = mask.ne(0f32)?.to_dtype(states.dtype())?; // (B, T)
        let bias = padding_bias(&keep)?; // (B, 1, 1, T)
        for layer in &self.layers {
            states = layer.forward(&states, &bias, pass)?; // (B, T, D)
        }
        let states = self.norm.forward(&states)?;
        let states = states.broadcast_mul(&keep.unsqueeze(2)?)?; // (B, T, D)
        let summary = match &self.pool {
            Some(pool) => pool.pool(&states, mask)?, // (B, D)
            None => last_real(&states, mask)?,       // (B, D)
        };
        Context::new(states, summary, mask.clone())
    }
}

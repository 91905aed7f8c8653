//! CLIP's text tower (Radford et al. 2021): a causal pre-norm Transformer whose state at the end
//! token, normed and projected, is the text's place in the space that it shares with pictures.
//!
//! x_0 = E[token] + P[position]; layers of [`crate::clip_block`] under a causal mask;
//! y = W_p norm(x_top)[end].
//!
//! Parameters have the names of Hugging Face's `CLIPTextModelWithProjection`; the default config is
//! `openai/clip-vit-base-patch32`. Its vectors are not normalised here.
//!
//! **Which position is the end?** OpenAI's own code takes the position of the highest id
//! (`argmax`), because the end token 49407 is the last of the vocabulary and the first of equal
//! ones wins: the padding of OpenAI's tokenizer repeats the end token. Here it is the first kept
//! position that holds the tokenizer's end token, which is the same position for that vocabulary,
//! and stays right where tokens were added behind it (Hugging Face does so for every checkpoint
//! that names its end token). A text without one, which no tokenizer makes, ends where its mask
//! does.
//!
//! Axes: `N` texts, `L` tokens, `D` width of the tower, `P` width of the result.

use super::pooling::Rows;
use super::post_norm::{check_length, check_vocabulary};
use super::{TextEncoderDims, checked};
use crate::check;
use crate::clip_block::{CLIP_NORM_EPSILON, ClipBlock, ClipBlockConfig};
use crate::depth::{Depth, within};
use crate::pretrained::Pretrained;
use crate::weights::WeightsConfig;
use candle_core::{Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::attention::{causal_bias, padding_bias};
use story_core::layers::{LayerNorm, linear_without_bias, small_embedding};
use story_core::{Pass, Result, TextEncoder, Vocabulary};

const KIND: &str = "clip-text";
const EMBEDDINGS: &str = "text_model.embeddings";
const LAYERS: &str = "text_model.encoder.layers";
const FINAL_NORM: &str = "text_model.final_layer_norm";
const PROJECTION: &str = "text_projection";

/// Config of CLIP's text tower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipTextConfig {
    /// Tokens of the embedding; the tokenizer must have as many.
    pub vocabulary: usize,
    /// The most tokens a text may have.
    pub positions: usize,
    /// Width of the tower; a multiple of `heads`.
    pub width: usize,
    /// Layers of the published network.
    pub layers: usize,
    /// Attention heads of each layer.
    pub heads: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// Width of the space that texts and pictures share, the `D` of the result.
    pub projection: usize,
    /// How many layers train, the top ones, and the last norm and the projection with them; 0
    /// freezes the whole network, one more than there are layers trains all with the embeddings.
    pub train: usize,
    /// Where the weights come from.
    pub weights: WeightsConfig,
}

impl Default for ClipTextConfig {
    fn default() -> Self {
        Self {
            vocabulary: 49_408,
            positions: 77,
            width: 512,
            layers: 12,
            heads: 8,
            feed_forward: 2048,
            projection: 512,
            train: 0,
            weights: WeightsConfig::Random {},
        }
    }
}

impl ClipTextConfig {
    /// Builds the encoder under `text_model` and `text_projection`.
    ///
    /// # Errors
    /// As [`network`](Self::network).
    pub fn build(
        &self,
        dims: &TextEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn TextEncoder>> {
        Ok(Box::new(self.network(dims, vb)?))
    }

    /// Builds the encoder as itself, which shows its hidden states.
    ///
    /// # Errors
    /// [`story_core::Error::Config`] where the vocabulary is not the tokenizer's, a size is 0, the
    /// heads do not divide the width, or `train` is beyond the layers.
    pub fn network(&self, dims: &TextEncoderDims, vb: VarBuilder<'static>) -> Result<ClipText> {
        check_vocabulary(KIND, &dims.vocabulary, self.vocabulary)?;
        let width = check::size("width", self.width)?;
        let vocabulary = check::vocabulary(self.vocabulary)?;
        let positions = check::size("positions", self.positions)?;
        let projection = check::size("projection", self.projection)?;
        let config = ClipBlockConfig { width, heads: self.heads, feed_forward: self.feed_forward };
        let layers = (0..self.depth().used(KIND)?)
            .map(|index| ClipBlock::new(&config, vb.pp(LAYERS).pp(index)))
            .collect::<Result<_>>()?;
        let tables = vb.pp(EMBEDDINGS);
        Ok(ClipText {
            token_embedding: small_embedding(vocabulary, width, tables.pp("token_embedding"))?,
            position_embedding: small_embedding(positions, width, tables.pp("position_embedding"))?,
            layers,
            final_layer_norm: LayerNorm::new(width, CLIP_NORM_EPSILON, vb.pp(FINAL_NORM))?,
            text_projection: linear_without_bias(width, projection, vb.pp(PROJECTION))?,
            vocabulary: dims.vocabulary,
            width: projection,
        })
    }

    fn depth(&self) -> Depth {
        Depth { layers: self.layers, layer: 0, train: self.train }
    }
}

impl Pretrained for ClipTextConfig {
    #[expect(clippy::misnamed_getters, reason = "the tower's width is not that of its embedding")]
    fn width(&self) -> usize {
        self.projection
    }

    fn stages(&self) -> usize {
        self.layers.saturating_add(1)
    }

    fn most_tokens(&self) -> Option<usize> {
        Some(self.positions)
    }

    fn is_trainable(&self, name: &str) -> bool {
        let head = [FINAL_NORM, PROJECTION].iter().any(|part| within(part, name).is_some());
        (head && self.train > 0) || self.depth().is_trainable(EMBEDDINGS, LAYERS, name)
    }

    /// The picture tower and what both towers share.
    fn ignored_names(&self) -> Vec<String> {
        let names = [
            "vision_model.",
            "visual_projection.",
            "logit_scale",
            "text_model.embeddings.position_ids",
        ];
        names.into_iter().map(String::from).collect()
    }
}

/// CLIP's text tower, built.
#[derive(Debug, Clone)]
pub struct ClipText {
    token_embedding: Embedding,
    position_embedding: Embedding,
    layers: Vec<ClipBlock>,
    final_layer_norm: LayerNorm,
    text_projection: Linear,
    vocabulary: Vocabulary,
    width: usize,
}

impl ClipText {
    /// `tokens (N, L)` u32 with `mask (N, L)` to the normed states of the top layer `(N, L, D)`.
    /// States of masked positions are finite and mean nothing.
    ///
    /// # Errors
    /// Shapes that do not fit, ids of another vocabulary, more tokens than positions.
    pub fn hidden_states(&self, tokens: &Tensor, mask: &Tensor) -> Result<Tensor> {
        checked(tokens, mask, &self.vocabulary)?;
        self.states(tokens, mask)
    }

    fn states(&self, tokens: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let (_, l) = tokens.dims2()?;
        let positions = self.position_embedding.embeddings();
        check_length(KIND, l, positions.dim(0)?)?;
        let positions = positions.narrow(0, 0, l)?; // (L, D)
        let embedded = self.token_embedding.forward(tokens)?; // (N, L, D)
        let mut states = embedded.broadcast_add(&positions)?;
        let causal = causal_bias(l, tokens.device())?; // (L, L)
        let bias = causal.broadcast_add(&padding_bias(mask)?)?; // (N, 1, L, L)
        for layer in &self.layers {
            states = layer.forward(&states, Some(&bias))?; // (N, L, D)
        }
        self.final_layer_norm.forward(&states)
    }
}

impl TextEncoder for ClipText {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, tokens: &Tensor, mask: &Tensor, _pass: &Pass) -> Result<Tensor> {
        checked(tokens, mask, &self.vocabulary)?;
        let rows = Rows::of(mask)?;
        let (tokens, mask) = rows.trim(tokens, mask)?; // (N, L')
        let ends = rows.end(&tokens, self.vocabulary.end)?;
        let pooled = rows.pick(&self.states(&tokens, &mask)?, &ends)?; // (N, D)
        Ok(self.text_projection.forward(&pooled)?) // (N, P)
    }
}

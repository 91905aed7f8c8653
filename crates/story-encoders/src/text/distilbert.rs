//! DistilBERT (Sanh et al. 2019): BERT with half the layers, trained to say what BERT says.
//!
//! The network of [`super::post_norm`] without segments, under the names of Hugging Face's
//! `DistilBertModel`. The default config is `distilbert-base-uncased`.
//!
//! Axes: `N` texts, `L` tokens, `D` width.

use super::depth::Depth;
use super::pooling::{Pooling, Rows};
use super::post_norm::{Names, Network, Sizes, check_vocabulary};
use super::{TextEncoderDims, checked};
use crate::attention::AttentionNames;
use crate::weights::WeightsConfig;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use story_core::{Pass, Result, TextEncoder, Vocabulary};

const KIND: &str = "distilbert";

const NAMES: Names = Names {
    kind: KIND,
    layers: "transformer.layer",
    attention: AttentionNames {
        query: "attention.q_lin",
        key: "attention.k_lin",
        value: "attention.v_lin",
        output: "attention.out_lin",
    },
    attention_norm: "sa_layer_norm",
    expand: "ffn.lin1",
    contract: "ffn.lin2",
    output_norm: "output_layer_norm",
};

/// Config of DistilBERT.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistilBertConfig {
    /// Tokens of the embedding; the tokenizer must have as many.
    pub vocabulary: usize,
    /// The most tokens a text may have.
    pub positions: usize,
    /// `D`; a multiple of `heads`.
    pub width: usize,
    /// Layers of the published network.
    pub layers: usize,
    /// Attention heads of each layer.
    pub heads: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// How the tokens' states become the text's vector.
    pub pooling: Pooling,
    /// Which layer's states are pooled, counted from the top: 0 is the last layer, 1 the one below
    /// it, `layers` the embeddings. The layers above it are neither read nor run.
    pub layer: usize,
    /// How many layers train, the top ones of those that are used; 0 freezes the whole network, one
    /// more than there are trains all with the embeddings.
    pub train: usize,
    /// Where the weights come from.
    pub weights: WeightsConfig,
}

impl Default for DistilBertConfig {
    fn default() -> Self {
        Self {
            vocabulary: 30_522,
            positions: 512,
            width: 768,
            layers: 6,
            heads: 12,
            feed_forward: 3072,
            pooling: Pooling::Cls,
            layer: 0,
            train: 0,
            weights: WeightsConfig::Random {},
        }
    }
}

impl DistilBertConfig {
    /// Builds the encoder under `embeddings` and `transformer.layer.0...`.
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
    /// heads do not divide the width, or `layer` or `train` is beyond the layers.
    pub fn network(&self, dims: &TextEncoderDims, vb: VarBuilder<'static>) -> Result<DistilBert> {
        check_vocabulary(KIND, &dims.vocabulary, self.vocabulary)?;
        let sizes = Sizes {
            vocabulary: self.vocabulary,
            positions: self.positions,
            segments: 0,
            width: self.width,
            layers: self.depth().used(KIND)?,
            heads: self.heads,
            feed_forward: self.feed_forward,
        };
        Ok(DistilBert {
            network: Network::new(&sizes, &NAMES, &vb)?,
            pooling: self.pooling,
            vocabulary: dims.vocabulary,
            width: self.width,
        })
    }

    /// `D` of the encoder's result.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the tensor with the published name `name` trains.
    pub fn is_trainable(&self, name: &str) -> bool {
        self.depth().is_trainable("embeddings", NAMES.layers, name)
    }

    /// Beginnings of names that a published file may hold and this encoder does not read: the head
    /// of the language model, and layers that [`layer`](Self::layer) leaves out.
    pub fn ignored_names(&self) -> Vec<String> {
        let heads = [
            "vocab_transform.",
            "vocab_layer_norm.",
            "vocab_projector.",
            "pre_classifier.",
            "classifier.",
            "qa_outputs.",
            "embeddings.position_ids",
        ];
        let heads = heads.into_iter().map(String::from);
        heads.chain(self.depth().left_out(NAMES.layers)).collect()
    }

    /// The name under which a published tensor is asked for: files of a network with a head, as
    /// that of `distilbert-base-uncased` is one, put `distilbert.` before its names.
    pub fn rename(&self, name: &str) -> String {
        name.strip_prefix("distilbert.").unwrap_or(name).to_string()
    }

    fn depth(&self) -> Depth {
        Depth { layers: self.layers, layer: self.layer, train: self.train }
    }
}

/// DistilBERT, built.
#[derive(Debug, Clone)]
pub struct DistilBert {
    network: Network,
    pooling: Pooling,
    vocabulary: Vocabulary,
    width: usize,
}

impl DistilBert {
    /// `tokens (N, L)` u32 with `mask (N, L)` to the pooled layer's states `(N, L, D)`. States of
    /// masked positions are finite and mean nothing.
    ///
    /// # Errors
    /// Shapes that do not fit, ids of another vocabulary, more tokens than positions.
    pub fn hidden_states(&self, tokens: &Tensor, mask: &Tensor) -> Result<Tensor> {
        checked(tokens, mask, &self.vocabulary)?;
        self.network.states(tokens, mask)
    }
}

impl TextEncoder for DistilBert {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, tokens: &Tensor, mask: &Tensor, _pass: &Pass) -> Result<Tensor> {
        checked(tokens, mask, &self.vocabulary)?;
        let rows = Rows::of(mask)?;
        let (tokens, mask) = rows.trim(tokens, mask)?; // (N, L')
        let states = self.network.states(&tokens, &mask)?; // (N, L', D)
        rows.pool(&states, &mask, self.pooling) // (N, D)
    }
}

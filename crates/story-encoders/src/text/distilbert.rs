//! DistilBERT (Sanh et al. 2019): BERT with half the layers, trained to say what BERT says.
//!
//! The network of [`super::post_norm`] without segments, under the names of Hugging Face's
//! `DistilBertModel`. The default config is `distilbert-base-uncased`.
//!
//! Axes: `N` texts, `L` tokens, `D` width.

use super::TextEncoderDims;
use super::pooling::Pooling;
use super::post_norm::{Names, PostNormEncoder, Sizes};
use crate::depth::Depth;
use crate::pretrained::Pretrained;
use crate::weights::WeightsConfig;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use story_core::layers::attention::AttentionNames;
use story_core::{Result, TextEncoder};

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
    pub fn network(
        &self,
        dims: &TextEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<PostNormEncoder> {
        let sizes = Sizes {
            vocabulary: self.vocabulary,
            positions: self.positions,
            segments: 0,
            width: self.width,
            depth: self.depth(),
            heads: self.heads,
            feed_forward: self.feed_forward,
            pooling: self.pooling,
        };
        PostNormEncoder::new(&sizes, &NAMES, dims, &vb)
    }

    fn depth(&self) -> Depth {
        Depth { layers: self.layers, layer: self.layer, train: self.train }
    }
}

impl Pretrained for DistilBertConfig {
    fn width(&self) -> usize {
        self.width
    }

    fn stages(&self) -> usize {
        self.layers.saturating_sub(self.layer).saturating_add(1)
    }

    fn most_tokens(&self) -> Option<usize> {
        Some(self.positions)
    }

    fn is_trainable(&self, name: &str) -> bool {
        self.depth().is_trainable("embeddings", NAMES.layers, name)
    }

    /// The head of the language model, and layers that [`layer`](Self::layer) leaves out.
    fn ignored_names(&self) -> Vec<String> {
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

    /// Files of a network with a head, as that of `distilbert-base-uncased` is one, put
    /// `distilbert.` before their names.
    fn rename(&self, name: &str) -> String {
        name.strip_prefix("distilbert.").unwrap_or(name).to_string()
    }
}

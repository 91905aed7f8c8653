//! BERT (Devlin et al. 2019) and the networks of its form, such as MiniLM (Wang et al. 2020).
//!
//! The network of [`super::post_norm`] with the first segment's embedding, under the names of
//! Hugging Face's `BertModel`. The default config is `sentence-transformers/all-MiniLM-L6-v2`,
//! whose own vectors are the mean over the tokens scaled to length 1; the scaling is left to
//! whoever compares vectors. `bert-base-uncased` is 12 layers of width 768, 12 heads and 3072.
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

const KIND: &str = "bert";

const NAMES: Names = Names {
    kind: KIND,
    layers: "encoder.layer",
    attention: AttentionNames {
        query: "attention.self.query",
        key: "attention.self.key",
        value: "attention.self.value",
        output: "attention.output.dense",
    },
    attention_norm: "attention.output.LayerNorm",
    expand: "intermediate.dense",
    contract: "output.dense",
    output_norm: "output.LayerNorm",
};

/// Config of the BERT family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BertConfig {
    /// Tokens of the embedding; the tokenizer must have as many.
    pub vocabulary: usize,
    /// The most tokens a text may have.
    pub positions: usize,
    /// Kinds of segments, of which a text alone uses the first (`type_vocab_size`).
    pub segments: usize,
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

impl Default for BertConfig {
    fn default() -> Self {
        Self {
            vocabulary: 30_522,
            positions: 512,
            segments: 2,
            width: 384,
            layers: 6,
            heads: 12,
            feed_forward: 1536,
            pooling: Pooling::Mean,
            layer: 0,
            train: 0,
            weights: WeightsConfig::Random {},
        }
    }
}

impl BertConfig {
    /// Builds the encoder under `embeddings` and `encoder.layer.0...`.
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
            segments: crate::check::size("segments", self.segments)?,
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

impl Pretrained for BertConfig {
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

    /// The pooler, the language model's head, and layers that [`layer`](Self::layer) leaves out.
    fn ignored_names(&self) -> Vec<String> {
        let heads = ["pooler.", "cls.", "classifier.", "qa_outputs.", "embeddings.position_ids"];
        let heads = heads.into_iter().map(String::from);
        heads.chain(self.depth().left_out(NAMES.layers)).collect()
    }

    /// Files of a network with a head, as that of `bert-base-uncased` is one, put `bert.` before
    /// their names, and the oldest call a norm's scale and shift `gamma` and `beta`.
    fn rename(&self, name: &str) -> String {
        let name = name.strip_prefix("bert.").unwrap_or(name);
        for (old, new) in [("gamma", "weight"), ("beta", "bias")] {
            if let Some(norm) = name.strip_suffix(old).filter(|s| s.ends_with("LayerNorm.")) {
                return format!("{norm}{new}");
            }
        }
        name.to_string()
    }
}

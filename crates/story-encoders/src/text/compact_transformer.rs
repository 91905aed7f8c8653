//! A small Transformer encoder (Vaswani et al. 2017), trained from scratch.
//!
//! Token and learned position embeddings, dropout, pre-norm layers (see [`crate::transformer`]), a
//! last layer norm, the mean over the real tokens, and a linear layer to the output's width.
//!
//! Axes: `N` texts, `L` tokens, `V` vocabulary, `D` width.

use super::{TextEncoderDims, checked};
use crate::check;
use crate::transformer::{EncoderLayer, EncoderLayerConfig, NORM_EPSILON};
use candle_core::{Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::attention::padding_bias;
use story_core::layers::{LayerNorm, dropout, linear, masked_mean, small_embedding};
use story_core::{Error, Pass, Result, TextEncoder, Vocabulary};

/// Config of the compact Transformer encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompactTransformerConfig {
    /// Width of the embeddings and of each layer; a multiple of `heads`.
    pub width: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads of each layer.
    pub heads: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// Probability of dropout on the embeddings and on what each part adds to its input.
    pub dropout: f32,
    /// The most tokens a text may have.
    pub max_tokens: usize,
    /// `D` of the result.
    pub output: usize,
}

impl Default for CompactTransformerConfig {
    fn default() -> Self {
        Self {
            width: 128,
            layers: 2,
            heads: 4,
            feed_forward: 256,
            dropout: 0.1,
            max_tokens: 32,
            output: 256,
        }
    }
}

impl CompactTransformerConfig {
    /// Builds the encoder under `tokens`, `positions`, `layers.0...`, `norm` and `output`.
    ///
    /// # Errors
    /// [`Error::Config`] where a size is 0, the heads do not divide the width, or the dropout rate
    /// is no probability below 1.
    pub fn build(
        &self,
        dims: &TextEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn TextEncoder>> {
        let width = check::size("width", self.width)?;
        let output = check::size("output", self.output)?;
        let max_tokens = check::size("max_tokens", self.max_tokens)?;
        let size = check::vocabulary(dims.vocabulary.size)?;
        let config = EncoderLayerConfig {
            width,
            heads: self.heads,
            feed_forward: self.feed_forward,
            dropout: self.dropout,
        };
        let layers = (0..check::size("layers", self.layers)?)
            .map(|index| EncoderLayer::new(&config, vb.pp(format!("layers.{index}"))))
            .collect::<Result<_>>()?;
        Ok(Box::new(CompactTransformer {
            tokens: small_embedding(size, width, vb.pp("tokens"))?,
            positions: small_embedding(max_tokens, width, vb.pp("positions"))?,
            layers,
            norm: LayerNorm::new(width, NORM_EPSILON, vb.pp("norm"))?,
            output: linear(width, output, vb.pp("output"))?,
            vocabulary: dims.vocabulary,
            max_tokens,
            width: output,
            dropout: self.dropout,
            dropout_name: format!("{}.embedding.dropout", vb.prefix()),
        }))
    }
}

struct CompactTransformer {
    tokens: Embedding,
    positions: Embedding,
    layers: Vec<EncoderLayer>,
    norm: LayerNorm,
    output: Linear,
    vocabulary: Vocabulary,
    max_tokens: usize,
    width: usize,
    dropout: f32,
    dropout_name: String,
}

impl TextEncoder for CompactTransformer {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, tokens: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor> {
        let (_, l) = checked(tokens, mask, &self.vocabulary)?;
        if l > self.max_tokens {
            return Err(Error::Config(format!(
                "text encoder `compact-transformer`: texts of {l} tokens, but max_tokens is {}; cut the texts or raise max_tokens",
                self.max_tokens
            )));
        }
        let positions = self.positions.embeddings().narrow(0, 0, l)?; // (L, width)
        let embedded = self.tokens.forward(tokens)?.broadcast_add(&positions)?; // (N, L, width)
        let mut states = dropout(&embedded, self.dropout, &self.dropout_name, pass)?;
        let bias = padding_bias(mask)?; // (N, 1, 1, L)
        for layer in &self.layers {
            states = layer.forward(&states, &bias, pass)?; // (N, L, width)
        }
        let mean = masked_mean(&self.norm.forward(&states)?, mask)?; // (N, width)
        Ok(self.output.forward(&mean)?) // (N, D)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use story_core::ParamStore;

    const DIMS: TextEncoderDims = TextEncoderDims {
        vocabulary: Vocabulary { size: 10, pad: 0, unknown: 1, start: 2, end: 3 },
    };

    fn config() -> CompactTransformerConfig {
        CompactTransformerConfig {
            width: 8,
            layers: 1,
            heads: 2,
            feed_forward: 16,
            dropout: 0.5,
            max_tokens: 4,
            output: 6,
        }
    }

    fn build(config: &CompactTransformerConfig) -> Result<Box<dyn TextEncoder>> {
        config.build(&DIMS, ParamStore::new(1, &Device::Cpu).builder())
    }

    fn encode(encoder: &dyn TextEncoder, tokens: &[u32], pass: &Pass) -> Result<Vec<f32>> {
        let tokens = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?; // (1, L)
        let mask = tokens.ones_like()?.to_dtype(candle_core::DType::F32)?;
        let vector = encoder.encode(&tokens, &mask, pass)?;
        Ok(vector.squeeze(0)?.to_vec1()?)
    }

    #[test]
    fn the_order_of_words_matters() -> Result<()> {
        let encoder = build(&config())?;
        let forwards = encode(encoder.as_ref(), &[2, 5, 6, 3], &Pass::Eval)?;
        let backwards = encode(encoder.as_ref(), &[2, 6, 5, 3], &Pass::Eval)?;
        assert_ne!(forwards, backwards);
        Ok(())
    }

    #[test]
    fn dropout_follows_the_step_and_is_off_in_evaluation() -> Result<()> {
        let encoder = build(&config())?;
        let run = |pass| encode(encoder.as_ref(), &[2, 5, 6, 3], &pass);
        assert_eq!(run(Pass::Train { seed: 1 })?, run(Pass::Train { seed: 1 })?);
        assert_ne!(run(Pass::Train { seed: 1 })?, run(Pass::Train { seed: 2 })?);
        assert_ne!(run(Pass::Train { seed: 1 })?, run(Pass::Eval)?);
        assert_eq!(run(Pass::Eval)?, run(Pass::Eval)?);
        Ok(())
    }

    #[test]
    fn texts_that_do_not_fit_are_errors() -> Result<()> {
        let encoder = build(&config())?;
        let long = encode(encoder.as_ref(), &[2, 5, 5, 5, 3], &Pass::Eval);
        assert!(matches!(long, Err(Error::Config(m)) if m.contains("max_tokens")));
        let foreign = encode(encoder.as_ref(), &[2, 10, 3], &Pass::Eval);
        assert!(matches!(foreign, Err(Error::Config(m)) if m.contains("vocabulary")));
        let empty = encode(encoder.as_ref(), &[], &Pass::Eval);
        assert!(matches!(empty, Err(Error::Shape { .. })));
        Ok(())
    }

    #[test]
    fn configs_that_cannot_be_built_name_the_key() {
        let broken = [
            ("width", CompactTransformerConfig { width: 0, ..config() }),
            ("layers", CompactTransformerConfig { layers: 0, ..config() }),
            ("heads", CompactTransformerConfig { heads: 0, ..config() }),
            ("heads", CompactTransformerConfig { heads: 3, ..config() }),
            ("feed_forward", CompactTransformerConfig { feed_forward: 0, ..config() }),
            ("dropout", CompactTransformerConfig { dropout: 1.0, ..config() }),
            ("max_tokens", CompactTransformerConfig { max_tokens: 0, ..config() }),
            ("output", CompactTransformerConfig { output: usize::MAX, ..config() }),
        ];
        for (key, config) in broken {
            match build(&config) {
                Err(Error::Config(message)) => assert!(message.contains(key), "{key}: {message}"),
                other => panic!("{key}: {:?}", other.err()),
            }
        }
    }
}

//! The two ends of a text decoder: tokens to vectors, and hidden states to scores of tokens.
//!
//! Tied, both use one table E (Press and Wolf 2017): input sqrt(D) E[token], scores h E^T + b. It
//! is drawn with deviation 1/sqrt(D), so that inputs have deviation 1 as untied ones have, and
//! scores do not start large.
//!
//! Tokens `(N, L)` to `(N, L, E)`; states `(N, L, D)` to scores `(N, L, V)`.

use candle_core::{Module, Tensor};
use candle_nn::{Embedding, Init, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::{self, matrix::Output};
use story_core::{Error, Result};

/// Where the weight of a decoder's output layer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputWeights {
    /// It is a parameter of its own.
    Own,
    /// It is the table of the token embeddings, whose width must be that of the hidden states.
    Tied,
}

/// The embedding of the tokens and the projection to the vocabulary.
pub(super) struct TokenLayers {
    embedding: Embedding,
    /// Multiplies the embeddings; `None` for 1.
    scale: Option<f64>,
    pub(super) output: Output,
}

impl TokenLayers {
    /// Layers for `vocabulary` tokens, embeddings of width `embedding` and states of width
    /// `hidden`, under `embedding.weight`, `output.bias` and, where it is its own,
    /// `output.weight`.
    ///
    /// # Errors
    /// Tied layers of two widths.
    pub(super) fn new(
        weights: OutputWeights,
        vocabulary: usize,
        embedding: usize,
        hidden: usize,
        vb: &VarBuilder,
    ) -> Result<Self> {
        if weights == OutputWeights::Own {
            return Ok(Self {
                embedding: layers::embedding(vocabulary, embedding, vb.pp("embedding"))?,
                scale: None,
                output: layers::linear(hidden, vocabulary, vb.pp("output"))?.into(),
            });
        }
        if embedding != hidden {
            return Err(Error::Config(format!(
                "text_decoder.output_weights is `tied`, but embeddings are {embedding} wide and hidden states {hidden}; make the widths equal, or use `own`"
            )));
        }
        let width = (hidden as f64).sqrt();
        let (mean, stdev) = (0.0, 1.0 / width);
        let init = Init::Randn { mean, stdev };
        let table = vb.pp("embedding").get_with_hints((vocabulary, hidden), "weight", init)?;
        let bound = Init::Uniform { lo: -stdev, up: stdev };
        let bias = vb.pp("output").get_with_hints(vocabulary, "bias", bound)?;
        Ok(Self {
            embedding: Embedding::new(table.clone(), hidden),
            scale: Some(width),
            output: Linear::new(table, Some(bias)).into(),
        })
    }

    /// Vectors of `tokens (N, L)` u32, `(N, L, E)`.
    pub(super) fn embed(&self, tokens: &Tensor) -> Result<Tensor> {
        let embedded = self.embedding.forward(&tokens.contiguous()?)?; // (N, L, E)
        Ok(match self.scale {
            Some(scale) => (embedded * scale)?,
            None => embedded,
        })
    }

    /// Vectors of `tokens (N, L)` and of `words (N, W)`. One look-up for both: each would have a
    /// gradient as large as the table.
    pub(super) fn embed_both(&self, tokens: &Tensor, words: &Tensor) -> Result<[Tensor; 2]> {
        let (l, w) = (tokens.dim(1)?, words.dim(1)?);
        let both = self.embed(&Tensor::cat(&[tokens, words], 1)?)?; // (N, L + W, E)
        Ok([both.narrow(1, 0, l)?, both.narrow(1, l, w)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use story_core::ParamStore;

    #[test]
    fn tied_layers_share_one_table() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let layers = TokenLayers::new(OutputWeights::Tied, 7, 4, 4, &store.builder())?;
        let names: Vec<String> = store.named().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["embedding.weight", "output.bias"]);
        let tokens = Tensor::new(&[[3u32, 6]], &Device::Cpu)?;
        let rows = layers.output.weight()?.index_select(&tokens.squeeze(0)?, 0)?;
        let expected = (rows * 2.0)?.to_vec2::<f32>()?; // sqrt(4)
        assert_eq!(layers.embed(&tokens)?.squeeze(0)?.to_vec2::<f32>()?, expected);
        let [first, second] = layers.embed_both(&tokens, &tokens.narrow(1, 1, 1)?)?;
        assert_eq!(first.squeeze(0)?.to_vec2::<f32>()?, expected);
        assert_eq!(second.squeeze(0)?.to_vec2::<f32>()?, expected[1..]);
        Ok(())
    }

    #[test]
    fn tied_layers_of_two_widths_are_a_config_error_with_its_remedy() {
        let store = ParamStore::new(1, &Device::Cpu);
        let made = TokenLayers::new(OutputWeights::Tied, 7, 4, 5, &store.builder());
        let error = made.err().expect("4 is not 5").to_string();
        assert!(error.contains("output_weights") && error.contains("`own`"), "{error}");
    }
}

//! The baseline among text encoders: the mean of the tokens' embeddings, and a linear layer.
//!
//! y = W mean_{i: mask_i = 1} E[token_i] + b. It knows which words a text has, not their order.
//!
//! Axes: `N` texts, `L` tokens, `V` vocabulary, `D` width.

use super::{TextEncoderDims, checked};
use crate::check;
use candle_core::{Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::{embedding, linear, masked_mean};
use story_core::{Pass, Result, TextEncoder, Vocabulary};

/// Config of the bag of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BagConfig {
    /// Width of the token embeddings.
    pub width: usize,
    /// `D` of the result.
    pub output: usize,
}

impl Default for BagConfig {
    fn default() -> Self {
        Self { width: 128, output: 256 }
    }
}

impl BagConfig {
    /// Builds the encoder under `tokens` and `output`.
    ///
    /// # Errors
    /// [`story_core::Error::Config`] where a size is 0.
    pub fn build(
        &self,
        dims: &TextEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn TextEncoder>> {
        let width = check::size("width", self.width)?;
        let output = check::size("output", self.output)?;
        let size = check::vocabulary(dims.vocabulary.size)?;
        Ok(Box::new(Bag {
            tokens: embedding(size, width, vb.pp("tokens"))?,
            output: linear(width, output, vb.pp("output"))?,
            vocabulary: dims.vocabulary,
            width: output,
        }))
    }
}

struct Bag {
    tokens: Embedding,
    output: Linear,
    vocabulary: Vocabulary,
    width: usize,
}

impl TextEncoder for Bag {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, tokens: &Tensor, mask: &Tensor, _pass: &Pass) -> Result<Tensor> {
        checked(tokens, mask, &self.vocabulary)?;
        let embedded = self.tokens.forward(tokens)?; // (N, L, width)
        let mean = masked_mean(&embedded, mask)?; // (N, width)
        Ok(self.output.forward(&mean)?) // (N, D)
    }
}

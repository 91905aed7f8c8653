//! The gated multimodal unit (Arevalo et al. 2017): for each feature a gate says how much comes
//! from the picture and how much from the text.
//!
//! z = sigmoid(W_z [image; text] + b_z); y = z tanh(W_i image) + (1 - z) tanh(W_t text).
//! The two branches have no bias, as in the paper: what is missing is zero and adds nothing.
//!
//! Axes: `B` windows, `T` frames, `D` width of the embeddings, `D'` of the result.

use super::{FusionDims, checked_width, masked};
use candle_core::{D, Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::{linear, linear_without_bias};
use story_core::{FrameEmbeddings, Fusion, Pass, Result};

/// Config of the gated fusion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatedConfig {
    /// `D'` of the result.
    pub width: usize,
}

impl Default for GatedConfig {
    fn default() -> Self {
        Self { width: 256 }
    }
}

impl GatedConfig {
    /// Builds the fusion under `image`, `text` and `gate`.
    ///
    /// # Errors
    /// [`story_core::Error::Config`] where a width is 0 or too large.
    pub fn build(&self, dims: &FusionDims, vb: VarBuilder<'static>) -> Result<Box<dyn Fusion>> {
        let input = checked_width("input width", dims.width)?;
        let width = checked_width("width", self.width)?;
        Ok(Box::new(Gated {
            image: linear_without_bias(input, width, vb.pp("image"))?,
            text: linear_without_bias(input, width, vb.pp("text"))?,
            gate: linear(2 * input, width, vb.pp("gate"))?,
            input,
            width,
        }))
    }
}

struct Gated {
    image: Linear,
    text: Linear,
    gate: Linear,
    input: usize,
    width: usize,
}

impl Fusion for Gated {
    fn width(&self) -> usize {
        self.width
    }

    fn fuse(&self, frames: &FrameEmbeddings, _pass: &Pass) -> Result<Tensor> {
        let (image, text) = masked(frames, self.input)?;
        let both = Tensor::cat(&[&image, &text], D::Minus1)?; // (B, T, 2 D)
        let gate = candle_nn::ops::sigmoid(&self.gate.forward(&both)?)?; // (B, T, D')
        let image = self.image.forward(&image)?.tanh()?; // (B, T, D')
        let text = self.text.forward(&text)?.tanh()?; // (B, T, D')
        Ok(((&gate * (image - &text)?)? + text)?)
    }
}

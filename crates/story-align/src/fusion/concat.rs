//! Fusion by concatenation: y = sqrt(D) W [image; text] + b.
//!
//! The embeddings have length 1, so that a component is about 1 / sqrt(D); the factor brings it
//! back to about 1. Without it the sequence model starts on inputs of some hundredths, and learns
//! to use them only after the decoders have settled on ignoring them.
//!
//! Axes: `B` windows, `T` frames, `D` width of the embeddings, `D'` of the result.

use super::{FusionDims, checked_width, masked};
use candle_core::{D, Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::linear;
use story_core::{FrameEmbeddings, Fusion, Pass, Result};

/// Config of the fusion by concatenation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConcatConfig {
    /// `D'` of the result.
    pub width: usize,
}

impl Default for ConcatConfig {
    fn default() -> Self {
        Self { width: 256 }
    }
}

impl ConcatConfig {
    /// Builds the fusion under `linear`.
    ///
    /// # Errors
    /// [`story_core::Error::Config`] where a width is 0 or too large.
    pub fn build(&self, dims: &FusionDims, vb: VarBuilder<'static>) -> Result<Box<dyn Fusion>> {
        let input = checked_width("input width", dims.width)?;
        let width = checked_width("width", self.width)?;
        Ok(Box::new(Concat { linear: linear(2 * input, width, vb.pp("linear"))?, input, width }))
    }
}

struct Concat {
    linear: Linear,
    input: usize,
    width: usize,
}

impl Fusion for Concat {
    fn width(&self) -> usize {
        self.width
    }

    fn fuse(&self, frames: &FrameEmbeddings, _pass: &Pass) -> Result<Tensor> {
        let (image, text) = masked(frames, self.input)?;
        let both = Tensor::cat(&[image, text], D::Minus1)?; // (B, T, 2 D)
        let scaled = (both * (self.input as f64).sqrt())?;
        Ok(self.linear.forward(&scaled)?) // (B, T, D')
    }
}

//! A linear layer to a small picture of many channels, then transposed convolutions (kernel 4,
//! stride 2, padding 1: each doubles height and width, as in DCGAN, Radford et al. 2016), ReLU
//! between them and a sigmoid at the end.
//!
//! Summary `(B, D)` to `(B, C_0, 7, 7)` to `(B, 3, 7 * 2^n, 7 * 2^n)`; n = 5 gives 224.

use super::ImageDecoderDims;
use crate::check;
use candle_core::{Module, Tensor};
use candle_nn::{Init, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::{Context, Error, ImageDecoder, Pass, Result, layers};
use story_kernels::{Activation, ConvConfig, conv_transpose2d};

/// Height and width before the first doubling.
const START: usize = 7;
const KERNEL: usize = 4;
const STRIDE: usize = 2;
const PADDING: usize = 1;
/// Channels of a picture: red, green, blue.
const COLORS: usize = 3;
/// Doublings at most: 7 * 2^10 = 7168 pixels.
const MAX_DOUBLINGS: usize = 10;

/// Config of the transposed convolutions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvTransposeConfig {
    /// Channels before, between and after the layers; the last is 3. The picture is
    /// 7 * 2^(count - 1) pixels high and wide.
    pub channels: Vec<usize>,
}

impl Default for ConvTransposeConfig {
    fn default() -> Self {
        Self { channels: vec![256, 128, 64, 32, 16, COLORS] }
    }
}

/// What is painted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Canvas {
    /// A picture: three colors, 0..1.
    Colors,
    /// Latents of an autoencoder, so many channels of any number.
    Latents(usize),
}

impl Canvas {
    /// Channels of what is painted.
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Colors => COLORS,
            Self::Latents(channels) => channels,
        }
    }

    fn end(self) -> Activation {
        match self {
            Self::Colors => Activation::Sigmoid,
            Self::Latents(_) => Activation::None,
        }
    }
}

/// The transposed convolutions.
pub(super) struct ConvTranspose {
    input: Linear,
    layers: Vec<(Tensor, Tensor)>,
    end: Activation,
    size: usize,
}

impl ConvTransposeConfig {
    /// Builds the decoder under `input` and `layers.0`, `layers.1` and so on.
    ///
    /// # Errors
    /// Fewer than two channel counts, a count of 0, a last count other than 3, or more than 10
    /// doublings.
    pub fn build(
        &self,
        dims: &ImageDecoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn ImageDecoder>> {
        Ok(Box::new(self.network(dims, Canvas::Colors, vb)?))
    }

    /// What [`build`](Self::build) builds, for decoders that look into it and for other canvases.
    pub(super) fn network(
        &self,
        dims: &ImageDecoderDims,
        canvas: Canvas,
        vb: VarBuilder<'static>,
    ) -> Result<ConvTranspose> {
        let channels = &self.channels;
        let fits = (2..=MAX_DOUBLINGS + 1).contains(&channels.len())
            && channels.last() == Some(&canvas.channels())
            && !channels.contains(&0);
        if !fits {
            return Err(Error::Config(format!(
                "image_decoder.channels is {channels:?}; expected 2 to {} counts above 0, the last of them {}",
                MAX_DOUBLINGS + 1,
                canvas.channels()
            )));
        }
        for &count in channels {
            check::size("image_decoder.channels", count)?;
        }
        let layer = |i: usize| -> Result<(Tensor, Tensor)> {
            let (input, output) = (channels[i], channels[i + 1]);
            // He et al. 2015 with the fan that reaches an output pixel: each sees
            // (kernel / stride)^2 input pixels.
            let fan = input * (KERNEL / STRIDE) * (KERNEL / STRIDE);
            let init = Init::Randn { mean: 0.0, stdev: (2.0 / fan as f64).sqrt() };
            let vb = vb.pp("layers").pp(i);
            let weight = vb.get_with_hints((input, output, KERNEL, KERNEL), "weight", init)?;
            Ok((weight, vb.get_with_hints(output, "bias", Init::Const(0.0))?))
        };
        let count = channels.len() - 1;
        Ok(ConvTranspose {
            input: layers::linear(dims.context, channels[0] * START * START, vb.pp("input"))?,
            layers: (0..count).map(layer).collect::<Result<_>>()?,
            end: canvas.end(),
            size: START << count,
        })
    }
}

impl ConvTranspose {
    /// Height and width behind `doublings` layers.
    pub(super) fn size_behind(doublings: usize) -> usize {
        START << doublings
    }

    /// A context's summary `(B, D)` behind the first `doublings` layers, `(B, C, s, s)`.
    pub(super) fn begin(&self, summary: &Tensor, doublings: usize) -> Result<Tensor> {
        let x = self.input.forward(&summary.contiguous()?)?.relu()?; // (B, C * 49)
        let x = x.reshape(((), self.layers[0].0.dim(0)?, START, START))?; // (B, C, 7, 7)
        self.layer_by_layer(x, 0..doublings)
    }

    /// The picture of what [`begin`](Self::begin) left off with, `(B, 3, H, W)`, 0..1; on another canvas
    /// its own channels.
    pub(super) fn finish(&self, x: Tensor, doublings: usize) -> Result<Tensor> {
        self.layer_by_layer(x, doublings..self.layers.len())
    }

    fn layer_by_layer(&self, mut x: Tensor, layers: std::ops::Range<usize>) -> Result<Tensor> {
        for i in layers {
            let (weight, bias) = &self.layers[i];
            let config = ConvConfig {
                stride: STRIDE,
                padding: PADDING,
                activation: match i + 1 == self.layers.len() {
                    true => self.end,
                    false => Activation::Relu,
                },
            };
            x = conv_transpose2d(&x, weight, bias, config)?; // (B, C', 2 H, 2 W)
        }
        Ok(x)
    }
}

impl ImageDecoder for ConvTranspose {
    fn size(&self) -> (usize, usize) {
        (self.size, self.size)
    }

    fn decode(&self, context: &Context, _: &Pass) -> Result<Tensor> {
        let x = self.begin(&context.summary, 0)?; // (B, C, 7, 7)
        self.finish(x, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use story_core::ParamStore;

    #[test]
    fn each_layer_doubles_and_pixels_stay_between_0_and_1() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let config = ConvTransposeConfig { channels: vec![6, 4, 3] };
        let decoder = config.build(&ImageDecoderDims { context: 5 }, store.builder())?;
        assert_eq!(decoder.size(), (28, 28));
        let summary = Tensor::arange(-50f32, 50.0, &Device::Cpu)?;
        let summary = summary.reshape((20, 5))?.narrow(0, 9, 2)?;
        let mask = Tensor::ones((2, 1), DType::F32, &Device::Cpu)?;
        let context = Context::new(summary.unsqueeze(1)?, summary, mask)?;
        let picture = decoder.decode(&context, &Pass::Eval)?;
        assert_eq!(picture.dims(), [2, 3, 28, 28]);
        let pixels = picture.flatten_all()?.to_vec1::<f32>()?;
        assert!(pixels.iter().all(|p| (0.0..=1.0).contains(p)));
        Ok(())
    }

    #[test]
    fn channels_that_make_no_picture_are_config_errors() {
        let store = ParamStore::new(1, &Device::Cpu);
        for channels in [vec![], vec![3], vec![8, 4], vec![0, 3], vec![3; 12]] {
            let config = ConvTransposeConfig { channels };
            let built = config.build(&ImageDecoderDims { context: 5 }, store.builder());
            let message = built.err().expect("refused").to_string();
            assert!(message.contains("image_decoder.channels"), "{message}");
        }
    }
}

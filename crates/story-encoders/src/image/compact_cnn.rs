//! A small convolutional encoder, trained from scratch.
//!
//! Each stage is a convolution of stride 2 with ReLU: 5 x 5 pixels in the first stage, 3 x 3 after
//! it, so that the map's side halves a stage. The last map is averaged over the cells of a grid of
//! `grid` x `grid`, which keeps places apart, before the linear layer.
//!
//! No layer mixes pictures (there is no batch norm), so a picture's vector does not depend on its
//! batch.
//!
//! Axes: `N` pictures, `C` channels, `S` the last map's side, `G` the grid's side, `D` width.

use super::ImageEncoderDims;
use super::pooling::{Pool, Pooling};
use crate::check;
use candle_core::{Module, Tensor};
use candle_nn::{Init, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::linear;
use story_core::{Error, ImageEncoder, Pass, Result};
use story_kernels::{Activation, ConvConfig, conv2d};

const KIND: &str = "compact-cnn";
/// Red, green, blue.
const PICTURE_CHANNELS: usize = 3;
const STRIDE: usize = 2;
/// The first kernel sees raw pixels, which neighbours predict well: it may be larger.
const FIRST_KERNEL: usize = 5;
const KERNEL: usize = 3;

/// Config of the compact convolutional encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompactCnnConfig {
    /// Output channels of each stage; one stage a number.
    pub channels: Vec<usize>,
    /// `D` of the result.
    pub width: usize,
    /// Height and width of the pictures in pixels.
    pub input_size: usize,
    /// `G`: cells along each side of the last map; at most the map's own side.
    pub grid: usize,
}

impl Default for CompactCnnConfig {
    fn default() -> Self {
        Self { channels: vec![24, 48, 96, 128], width: 256, input_size: 96, grid: 3 }
    }
}

impl CompactCnnConfig {
    /// Builds the encoder under `stages.0...` and `output`.
    ///
    /// # Errors
    /// [`Error::Config`] where a size is 0, the grid is finer than the last map, or the pictures
    /// have another size than `input_size`.
    pub fn build(
        &self,
        dims: &ImageEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn ImageEncoder>> {
        dims.expect_size(KIND, check::size("input_size", self.input_size)?)?;
        let last = *self.channels.last().ok_or_else(|| {
            Error::Config("channels: expected at least one stage, found none".into())
        })?;
        let side = self.channels.iter().fold(self.input_size, |side, _| {
            side.div_ceil(STRIDE) // kernels are padded to `side / stride`, rounded up
        });
        let pooling = Pooling::Grid(self.grid);
        let pool = pooling.build("grid", side, vb.device())?;
        let mut stages = Vec::new();
        let mut input = PICTURE_CHANNELS;
        for (index, &channels) in self.channels.iter().enumerate() {
            let kernel = if index == 0 { FIRST_KERNEL } else { KERNEL };
            let output = check::size("channels", channels)?;
            let vb = vb.pp(format!("stages.{index}"));
            stages.push(Stage::new(input, output, kernel, vb)?);
            input = output;
        }
        let features = pooling.width(last);
        let features = check::size("channels of the last stage x grid x grid", features)?;
        let width = check::size("width", self.width)?;
        Ok(Box::new(CompactCnn {
            stages,
            pool,
            output: linear(features, width, vb.pp("output"))?,
            input_size: self.input_size,
            width,
        }))
    }
}

struct CompactCnn {
    stages: Vec<Stage>,
    pool: Pool,
    output: Linear,
    input_size: usize,
    width: usize,
}

impl ImageEncoder for CompactCnn {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, images: &Tensor, _pass: &Pass) -> Result<Tensor> {
        let size = self.input_size;
        match *images.dims() {
            [_, PICTURE_CHANNELS, h, w] if h == size && w == size => {}
            _ => {
                let expected = format!("(N, {PICTURE_CHANNELS}, {size}, {size})");
                return Err(Error::shape("pictures", expected, images));
            }
        }
        let mut maps = images.clone(); // (N, 3, H, W)
        for stage in &self.stages {
            maps = stage.forward(&maps)?; // (N, C, H / 2, W / 2)
        }
        let features = self.pool.forward(&maps)?; // (N, C * G * G)
        Ok(self.output.forward(&features)?) // (N, D)
    }
}

/// A convolution that halves the map's side, and ReLU.
struct Stage {
    weight: Tensor,
    bias: Tensor,
    config: ConvConfig,
}

impl Stage {
    fn new(input: usize, output: usize, kernel: usize, vb: VarBuilder) -> Result<Self> {
        // He et al. 2015: keeps the deviation of the values from stage to stage under ReLU.
        let init = candle_nn::init::DEFAULT_KAIMING_NORMAL;
        let weight = vb.get_with_hints((output, input, kernel, kernel), "weight", init)?;
        Ok(Self {
            weight,
            bias: vb.get_with_hints(output, "bias", Init::Const(0.0))?,
            config: ConvConfig {
                stride: STRIDE,
                padding: kernel / 2,
                activation: Activation::Relu,
            },
        })
    }

    fn forward(&self, maps: &Tensor) -> Result<Tensor> {
        Ok(conv2d(maps, &self.weight, &self.bias, self.config)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use story_core::ParamStore;

    const DIMS: ImageEncoderDims = ImageEncoderDims { input_size: 20 };

    fn config() -> CompactCnnConfig {
        CompactCnnConfig { channels: vec![4, 5], width: 6, input_size: 20, grid: 2 }
    }

    fn build(config: &CompactCnnConfig) -> Result<Box<dyn ImageEncoder>> {
        config.build(&DIMS, ParamStore::new(1, &Device::Cpu).builder())
    }

    #[test]
    fn where_a_thing_stands_changes_the_vector() -> Result<()> {
        let encoder = build(&config())?;
        let dot = |y: usize, x: usize| {
            let mut pixels = vec![0f32; 3 * 20 * 20];
            for channel in 0..3 {
                for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    pixels[channel * 400 + (y + dy) * 20 + x + dx] = 3.0;
                }
            }
            Tensor::from_vec(pixels, (1, 3, 20, 20), &Device::Cpu)
        };
        let (left, right) = (dot(4, 4)?, dot(4, 12)?);
        let far = (encoder.encode(&left, &Pass::Eval)? - encoder.encode(&right, &Pass::Eval)?)?;
        assert!(far.abs()?.max_all()?.to_scalar::<f32>()? > 1e-2);
        Ok(())
    }

    #[test]
    fn configs_that_cannot_be_built_name_the_key() {
        let broken = [
            ("channels", CompactCnnConfig { channels: vec![], ..config() }),
            ("channels", CompactCnnConfig { channels: vec![4, 0], ..config() }),
            ("width", CompactCnnConfig { width: 0, ..config() }),
            ("width", CompactCnnConfig { width: usize::MAX, ..config() }),
            ("grid", CompactCnnConfig { grid: 0, ..config() }),
            ("grid", CompactCnnConfig { grid: 6, ..config() }),
            ("input_size", CompactCnnConfig { input_size: 24, ..config() }),
        ];
        for (key, config) in broken {
            match build(&config) {
                Err(Error::Config(message)) => assert!(message.contains(key), "{key}: {message}"),
                other => panic!("{key}: {:?}", other.err()),
            }
        }
    }

    #[test]
    fn pictures_of_another_size_are_errors() -> Result<()> {
        let encoder = build(&config())?;
        for shape in [vec![1, 3, 20, 24], vec![1, 1, 20, 20], vec![3, 20, 20], vec![0, 3, 20, 20]] {
            let pictures = Tensor::zeros(shape.clone(), DType::F32, &Device::Cpu)?;
            assert!(encoder.encode(&pictures, &Pass::Eval).is_err(), "{shape:?}");
        }
        Ok(())
    }
}

//! MobileNetV2 (Sandler et al. 2018), without the classifier.
//!
//! A 3 x 3 convolution, seventeen inverted residual blocks and a 1 x 1 convolution. A block widens
//! its input (1 x 1), filters each channel on its own (3 x 3) and projects to few channels (1 x 1,
//! without activation), and adds its input where the shape is the same. Every convolution has a
//! batch norm, which is frozen: see [`crate::normed_conv`].
//!
//! Parameters have torchvision's names (`features.0.0.weight`, `features.2.conv.1.0.weight`);
//! [`rename`](MobilenetV2Config::rename) brings timm's and Hugging Face's to them.
//!
//! Axes: `N` pictures, `C` channels, `H`, `W` pixels, `S` the last map's side, `D` width.

mod names;

use super::pooling::{Pool, Pooling};
use super::{ImageClassifier, ImageEncoderDims, Square};
use crate::check;
use crate::normed_conv::{ConvShape, NormedConv, Place, Reach, Statistics};
use crate::preprocessing;
use crate::pretrained::Pretrained;
use crate::weights::WeightsConfig;
use candle_core::Tensor;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use story_core::layers::linear;
use story_core::{Error, ImageEncoder, Pass, Result};
use story_kernels::Activation;
use story_pictures::Preprocessing;

const KIND: &str = "mobilenet-v2";
/// Table 2 of the paper: expansion, channels, blocks, stride of the first.
const GROUPS: [(usize, usize, usize, usize); 7] = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
];
const STEM_CHANNELS: usize = 32;
const LAST_CHANNELS: usize = 1280;
/// `features.0` to `features.18`.
const STAGES: usize = 19;
/// How often the picture's side is halved.
const HALVINGS: usize = 5;
/// Channels are multiples of this.
const DIVISOR: usize = 8;
/// The widest published network has 1.4.
const LARGEST_MULTIPLIER: f32 = 8.0;
/// The classifier's key.
const CLASSIFIER: &str = "classifier.1";

/// Where the zeros stand around the map of a convolution with stride 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MobilenetPadding {
    /// One row above and one below, as PyTorch's networks have it.
    Torch,
    /// TensorFlow's "same": as few as are needed, of an odd number the larger part below. Maps of
    /// an even side get one row below and none above.
    TensorflowSame,
}

/// Config of MobileNetV2. The default is the network as torchvision publishes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MobilenetV2Config {
    /// Factor of all channels; published networks have 0.35, 0.5, 0.75, 1.0 and 1.4.
    pub width_multiplier: f32,
    /// Where the weights were trained: PyTorch and TensorFlow pad differently.
    pub padding: MobilenetPadding,
    /// Added to the norms' variance: 1e-5 in PyTorch's networks, 1e-3 in TensorFlow's.
    pub norm_epsilon: f32,
    /// How the last map becomes one vector.
    pub pooling: Pooling,
    /// How many stages train, from the top: 0 freezes all, 1 trains `features.18`, 19 all. The
    /// norms' statistics never do.
    pub train: usize,
    /// Where the weights come from.
    pub weights: WeightsConfig,
    /// What the network wants to see.
    #[serde(with = "story_pictures::published")]
    pub preprocessing: Preprocessing,
}

impl Default for MobilenetV2Config {
    fn default() -> Self {
        Self {
            width_multiplier: 1.0,
            padding: MobilenetPadding::Torch,
            norm_epsilon: 1e-5,
            pooling: Pooling::Average,
            train: 0,
            weights: WeightsConfig::Random {},
            preprocessing: Preprocessing::IMAGENET,
        }
    }
}

impl MobilenetV2Config {
    /// Builds the encoder under `features.0` to `features.18`.
    ///
    /// # Errors
    /// [`Error::Config`] where a number is out of its range, `train` is beyond the stages, or the
    /// pictures have another size than `preprocessing.crop`.
    pub fn build(
        &self,
        dims: &ImageEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn ImageEncoder>> {
        preprocessing::check(&self.preprocessing, KIND, dims.input_size)?;
        let square = Square::new(KIND, dims.input_size)?;
        super::check_train(KIND, self.train, STAGES)?;
        self.check_factors()?;
        let width = check::size("width of the last map x pooling.grid squared", self.width())?;
        let features = vb.pp("features");
        let mut builder = Builder {
            statistics: Statistics::of(&features.pp("0.1")),
            epsilon: f64::from(self.norm_epsilon),
            padding: self.padding,
            side: square.side,
        };
        let stem = builder.shape(
            super::PICTURE_CHANNELS,
            self.channels(STEM_CHANNELS),
            (3, 2),
            Activation::Relu6,
        );
        let stem = builder.conv(stem, features.pp("0.0"), features.pp("0.1"))?;
        let mut blocks = Vec::new();
        let mut input = self.channels(STEM_CHANNELS);
        for (expansion, channels, count, stride) in GROUPS {
            let output = self.channels(channels);
            for index in 0..count {
                let stride = if index == 0 { stride } else { 1 };
                let vb = features.pp(blocks.len() + 1).pp("conv");
                blocks.push(builder.block((input, output), expansion, stride, &vb)?);
                input = output;
            }
        }
        let vb = features.pp(STAGES - 1);
        let shape = builder.shape(input, self.last_channels(), (1, 1), Activation::Relu6);
        let last = builder.conv(shape, vb.pp("0"), vb.pp("1"))?;
        let side = square.halved(HALVINGS);
        Ok(Box::new(MobilenetV2 {
            stem,
            blocks,
            last,
            pool: self.pooling.build("pooling.grid", side, vb.device())?,
            square,
            width,
        }))
    }

    /// Builds the network with its classifier of `classes`, under `classifier.1`.
    ///
    /// # Errors
    /// As [`build`](Self::build); [`Error::Config`] where the pooling is not the average, which the
    /// classifier was trained on.
    pub fn classifier(
        &self,
        classes: usize,
        dims: &ImageEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<ImageClassifier> {
        let classes = super::classifier::check(KIND, self.pooling, classes)?;
        let encoder = self.build(dims, vb.clone())?;
        let head = linear(encoder.width(), classes, vb.pp(CLASSIFIER))?;
        Ok(ImageClassifier::new(encoder, head))
    }

    fn check_factors(&self) -> Result<()> {
        let (multiplier, epsilon) = (self.width_multiplier, self.norm_epsilon);
        if !(multiplier > 0.0 && multiplier <= LARGEST_MULTIPLIER) {
            return Err(Error::Config(format!(
                "image encoder `{KIND}`: width_multiplier: expected above 0 to {LARGEST_MULTIPLIER}, found {multiplier}"
            )));
        }
        if !(epsilon > 0.0 && epsilon < 1.0) {
            return Err(Error::Config(format!(
                "image encoder `{KIND}`: norm_epsilon: expected above 0 and below 1, found {epsilon}"
            )));
        }
        Ok(())
    }

    /// The multiple of eight next to the scaled number, but not below nine tenths of it.
    fn channels(&self, channels: usize) -> usize {
        divisible(channels as f64 * f64::from(self.width_multiplier))
    }

    /// The last convolution does not shrink with the others.
    fn last_channels(&self) -> usize {
        divisible(LAST_CHANNELS as f64 * f64::from(self.width_multiplier.max(1.0)))
    }
}

impl Pretrained for MobilenetV2Config {
    fn width(&self) -> usize {
        self.pooling.width(self.last_channels())
    }

    fn stages(&self) -> usize {
        STAGES
    }

    fn preprocessing(&self) -> Option<&Preprocessing> {
        Some(&self.preprocessing)
    }

    fn is_trainable(&self, name: &str) -> bool {
        let stage = name
            .strip_prefix("features.")
            .and_then(|rest| rest.split_once('.'))
            .and_then(|(stage, _)| stage.parse().ok());
        let trains = |stage| super::is_of_the_last(self.train, stage, STAGES);
        stage.is_some_and(trains) && !super::is_statistics(name)
    }

    /// The classifier, and how many batches a norm has seen.
    fn ignored_names(&self) -> Vec<String> {
        vec![format!("{CLASSIFIER}."), super::BATCHES_SEEN.into()]
    }

    /// Torchvision's for one of timm's `mobilenetv2_*` or of Hugging Face's `MobileNetV2Model`, any
    /// other name as it is.
    fn rename(&self, name: &str) -> String {
        names::rename(name).unwrap_or_else(|| name.to_string())
    }
}

fn divisible(channels: f64) -> usize {
    let rounded = (channels as usize + DIVISOR / 2) / DIVISOR * DIVISOR;
    let rounded = rounded.max(DIVISOR);
    if (rounded as f64) < 0.9 * channels { rounded + DIVISOR } else { rounded }
}

struct Builder {
    statistics: Statistics,
    epsilon: f64,
    padding: MobilenetPadding,
    /// Of the map that the next convolution sees.
    side: usize,
}

impl Builder {
    /// The shape of the next convolution, whose output the one after it sees.
    fn shape(
        &mut self,
        input: usize,
        output: usize,
        (kernel, stride): (usize, usize),
        activation: Activation,
    ) -> ConvShape {
        let side = self.side;
        self.side = side.div_ceil(stride);
        let padding = match self.padding {
            MobilenetPadding::Torch => (kernel / 2, kernel / 2),
            MobilenetPadding::TensorflowSame => {
                let needed = ((self.side - 1) * stride + kernel).saturating_sub(side);
                (needed / 2, needed - needed / 2)
            }
        };
        ConvShape { input, output, kernel, stride, padding, reach: Reach::All, activation }
    }

    fn conv(
        &self,
        shape: ConvShape,
        conv: VarBuilder<'static>,
        norm: VarBuilder<'static>,
    ) -> Result<NormedConv> {
        let place = Place { conv, norm, statistics: self.statistics, epsilon: self.epsilon };
        NormedConv::new(shape, &place)
    }

    fn block(
        &mut self,
        (input, output): (usize, usize),
        expansion: usize,
        stride: usize,
        vb: &VarBuilder<'static>,
    ) -> Result<Block> {
        let middle = input * expansion;
        let mut convs = Vec::new();
        if expansion != 1 {
            let shape = self.shape(input, middle, (1, 1), Activation::Relu6);
            convs.push(self.conv(shape, vb.pp("0.0"), vb.pp("0.1"))?);
        }
        let mut shape = self.shape(middle, middle, (3, stride), Activation::Relu6);
        shape.reach = Reach::Own;
        let at = vb.pp(convs.len());
        convs.push(self.conv(shape, at.pp("0"), at.pp("1"))?);
        let shape = self.shape(middle, output, (1, 1), Activation::None);
        let at = convs.len();
        convs.push(self.conv(shape, vb.pp(at), vb.pp(at + 1))?);
        Ok(Block { convs, adds_input: stride == 1 && input == output })
    }
}

struct MobilenetV2 {
    stem: NormedConv,
    blocks: Vec<Block>,
    last: NormedConv,
    pool: Pool,
    square: Square,
    width: usize,
}

impl ImageEncoder for MobilenetV2 {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, images: &Tensor, _pass: &Pass) -> Result<Tensor> {
        self.square.check(images)?;
        let mut maps = self.stem.forward(images)?; // (N, C, H / 2, W / 2)
        for block in &self.blocks {
            maps = block.forward(&maps)?;
        } // (N, C, S, S)
        let maps = self.last.forward(&maps)?; // (N, C', S, S)
        self.pool.forward(&maps) // (N, D)
    }
}

struct Block {
    convs: Vec<NormedConv>,
    adds_input: bool,
}

impl Block {
    /// `x (N, C, H, W)` to `(N, C', H / stride, W / stride)`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut y = x.clone();
        for conv in &self.convs {
            y = conv.forward(&y)?;
        }
        Ok(if self.adds_input { (y + x)? } else { y })
    }
}

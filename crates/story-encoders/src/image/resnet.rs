//! ResNet-18, -34 and -50 (He et al. 2015), without the classifier.
//!
//! A stem (7 x 7 convolution and max pooling, a quarter of the picture's side), then four stages of
//! residual blocks, `y = relu(f(x) + shortcut(x))`, which halve the side between stages. `f` is two
//! 3 x 3 convolutions (18, 34) or 1 x 1, 3 x 3, 1 x 1 with four times the channels at the end (50,
//! with the stride in its 3 x 3 as torchvision and `microsoft/resnet-50` have it). Every
//! convolution has a batch norm, which is frozen: see [`crate::normed_conv`].
//!
//! Parameters have torchvision's names (`conv1.weight`, `layer1.0.downsample.0.weight`), which are
//! timm's too; [`rename`](ResnetConfig::rename) brings Hugging Face's to them.
//!
//! Axes: `N` pictures, `C` channels, `H`, `W` pixels, `S` the last map's side, `D` width.

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
use story_kernels::{Activation, PoolConfig, add_relu, max_pool2d};
use story_pictures::Preprocessing;

const KIND: &str = "resnet";
const STAGES: usize = 4;
/// The stem's stage, then the four.
const TRAINABLE_STAGES: usize = 1 + STAGES;
const EPSILON: f64 = 1e-5;
/// How many times wider a bottleneck's end is than its middle.
const EXPANSION: usize = 4;
const STEM_KERNEL: usize = 7;
const POOL: PoolConfig = PoolConfig { kernel: 3, stride: 2, padding: 1 };
/// The classifier's key.
const CLASSIFIER: &str = "fc";

/// Config of ResNet. The default is ResNet-18 as torchvision publishes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResnetConfig {
    /// Layers with weights: 18, 34 or 50.
    pub depth: usize,
    /// Channels of the first stage; each later one has twice as many. Published networks have 64.
    pub channels: usize,
    /// How the last map becomes one vector.
    pub pooling: Pooling,
    /// How many stages train, from the top: 0 freezes all, 1 trains `layer4`, 5 all with the stem.
    /// The norms' statistics never do.
    pub train: usize,
    /// Where the weights come from.
    pub weights: WeightsConfig,
    /// What the network wants to see.
    #[serde(with = "story_pictures::published")]
    pub preprocessing: Preprocessing,
}

impl Default for ResnetConfig {
    fn default() -> Self {
        Self {
            depth: 18,
            channels: 64,
            pooling: Pooling::Average,
            train: 0,
            weights: WeightsConfig::Random {},
            preprocessing: Preprocessing::IMAGENET,
        }
    }
}

impl ResnetConfig {
    /// The published network of that depth: 18, 34 or 50.
    pub fn of_depth(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    /// Builds the encoder under `conv1`, `bn1`, `layer1` to `layer4`.
    ///
    /// # Errors
    /// [`Error::Config`] where the depth is none of the three, a size is 0, `train` is beyond the
    /// stages, or the pictures have another size than `preprocessing.crop`.
    pub fn build(
        &self,
        dims: &ImageEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn ImageEncoder>> {
        preprocessing::check(&self.preprocessing, KIND, dims.input_size)?;
        let square = Square::new(KIND, dims.input_size)?;
        super::check_train(KIND, self.train, TRAINABLE_STAGES)?;
        let width = check::size("width of the last map x pooling.grid squared", self.width())?;
        let backbone = self.backbone(EPSILON, &vb)?;
        let side = square.halved(STAGES + 1);
        Ok(Box::new(Resnet {
            backbone,
            pool: self.pooling.build("pooling.grid", side, vb.device())?,
            square,
            width,
        }))
    }

    /// Builds the network up to its last maps, for detectors; `epsilon` is added to the norms'
    /// variances. The pooling is not looked at.
    ///
    /// # Errors
    /// [`Error::Config`] where the depth is none of the three or the channels are 0.
    pub fn backbone(&self, epsilon: f64, vb: &VarBuilder<'static>) -> Result<ResnetBackbone> {
        let plan = self.plan()?;
        let builder = Builder { statistics: Statistics::of(&vb.pp("bn1")), epsilon, vb };
        let stem = ConvShape {
            input: super::PICTURE_CHANNELS,
            output: self.channels,
            kernel: STEM_KERNEL,
            stride: 2,
            padding: (STEM_KERNEL / 2, STEM_KERNEL / 2),
            reach: Reach::All,
            activation: Activation::Relu,
        };
        let stem = builder.conv(stem, "conv1", "bn1")?;
        let mut stages = Vec::new();
        let mut input = self.channels;
        for (stage, count) in plan.blocks.into_iter().enumerate() {
            let middle = self.channels << stage;
            let mut blocks = Vec::new();
            for index in 0..count {
                let stride = if stage > 0 && index == 0 { 2 } else { 1 };
                let place = format!("layer{}.{index}", stage + 1);
                blocks.push(builder.block(&place, plan.kind, input, middle, stride)?);
                input = middle * plan.kind.expansion();
            }
            stages.push(blocks);
        }
        Ok(ResnetBackbone { stem, stages })
    }

    /// Builds the network with its classifier of `classes`, under `fc`.
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

    fn plan(&self) -> Result<Plan> {
        check::size("channels", self.channels)?;
        let (kind, blocks) = match self.depth {
            18 => (BlockKind::Basic, [2, 2, 2, 2]),
            34 => (BlockKind::Basic, [3, 4, 6, 3]),
            50 => (BlockKind::Bottleneck, [3, 4, 6, 3]),
            other => {
                return Err(Error::Config(format!(
                    "image encoder `{KIND}`: depth: expected 18, 34 or 50, found {other}"
                )));
            }
        };
        Ok(Plan { kind, blocks })
    }
}

impl Pretrained for ResnetConfig {
    fn width(&self) -> usize {
        let expansion = self.plan().map_or(1, |plan| plan.kind.expansion());
        let last = self.channels.saturating_mul(expansion << (STAGES - 1));
        self.pooling.width(last)
    }

    fn stages(&self) -> usize {
        TRAINABLE_STAGES
    }

    fn preprocessing(&self) -> Option<&Preprocessing> {
        Some(&self.preprocessing)
    }

    fn is_trainable(&self, name: &str) -> bool {
        let stage = match name.split_once('.') {
            Some(("conv1" | "bn1", _)) => Some(0),
            Some((first, _)) => first.strip_prefix("layer").and_then(|n| n.parse().ok()),
            None => None,
        };
        let trains = |stage| super::is_of_the_last(self.train, stage, TRAINABLE_STAGES);
        stage.is_some_and(trains) && !super::is_statistics(name)
    }

    /// The classifier, and how many batches a norm has seen.
    fn ignored_names(&self) -> Vec<String> {
        vec![format!("{CLASSIFIER}."), super::BATCHES_SEEN.into()]
    }

    /// Torchvision's for one of Hugging Face's `ResNetModel` or `ResNetForImageClassification`, any
    /// other name as it is.
    fn rename(&self, name: &str) -> String {
        from_hugging_face(name).unwrap_or_else(|| name.to_string())
    }
}

/// Torchvision's name, or `None` for a name that is not Hugging Face's.
fn from_hugging_face(name: &str) -> Option<String> {
    let name = name.strip_prefix("resnet.").unwrap_or(name);
    if let Some(rest) = name.strip_prefix("classifier.1.") {
        return Some(format!("{CLASSIFIER}.{rest}"));
    }
    let pair = |conv: &str, norm: &str, rest: &str| match rest.split_once('.')? {
        ("convolution", rest) => Some(format!("{conv}.{rest}")),
        ("normalization", rest) => Some(format!("{norm}.{rest}")),
        _ => None,
    };
    if let Some(rest) = name.strip_prefix("embedder.embedder.") {
        return pair("conv1", "bn1", rest);
    }
    // encoder.stages.S.layers.L.{layer.I | shortcut}.{convolution | normalization}.rest
    let (stage, rest) = name.strip_prefix("encoder.stages.")?.split_once('.')?;
    let stage = stage.parse::<usize>().ok()?.checked_add(1)?;
    let (block, rest) = rest.strip_prefix("layers.")?.split_once('.')?;
    let place = match rest.strip_prefix("shortcut.") {
        Some(rest) => pair("downsample.0", "downsample.1", rest)?,
        None => {
            let (index, rest) = rest.strip_prefix("layer.")?.split_once('.')?;
            let index = index.parse::<usize>().ok()?.checked_add(1)?;
            pair(&format!("conv{index}"), &format!("bn{index}"), rest)?
        }
    };
    Some(format!("layer{stage}.{block}.{place}"))
}

/// What a depth means.
struct Plan {
    kind: BlockKind,
    blocks: [usize; STAGES],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockKind {
    Basic,
    Bottleneck,
}

impl BlockKind {
    fn expansion(self) -> usize {
        match self {
            Self::Basic => 1,
            Self::Bottleneck => EXPANSION,
        }
    }

    /// Kernel, output channels and stride of a block's convolutions.
    fn convolutions(self, middle: usize, stride: usize) -> Vec<(usize, usize, usize)> {
        match self {
            Self::Basic => vec![(3, middle, stride), (3, middle, 1)],
            Self::Bottleneck => {
                vec![(1, middle, 1), (3, middle, stride), (1, middle * EXPANSION, 1)]
            }
        }
    }
}

struct Builder<'a> {
    statistics: Statistics,
    epsilon: f64,
    vb: &'a VarBuilder<'static>,
}

impl Builder<'_> {
    fn conv(&self, shape: ConvShape, conv: &str, norm: &str) -> Result<NormedConv> {
        let place = Place {
            conv: self.vb.pp(conv),
            norm: self.vb.pp(norm),
            statistics: self.statistics,
            epsilon: self.epsilon,
        };
        NormedConv::new(shape, &place)
    }

    fn block(
        &self,
        place: &str,
        kind: BlockKind,
        input: usize,
        middle: usize,
        stride: usize,
    ) -> Result<Block> {
        let output = middle * kind.expansion();
        let shape = |kernel: usize, input: usize, output: usize, stride: usize| ConvShape {
            input,
            output,
            kernel,
            stride,
            padding: (kernel / 2, kernel / 2),
            reach: Reach::All,
            activation: Activation::None,
        };
        let mut convs = Vec::new();
        let mut before = input;
        let sizes = kind.convolutions(middle, stride);
        for (index, &(kernel, channels, stride)) in sizes.iter().enumerate() {
            let mut shape = shape(kernel, before, channels, stride);
            if index + 1 < sizes.len() {
                shape.activation = Activation::Relu; // the last one's follows the sum
            }
            let (conv, norm) =
                (format!("{place}.conv{}", index + 1), format!("{place}.bn{}", index + 1));
            convs.push(self.conv(shape, &conv, &norm)?);
            before = channels;
        }
        let shortcut = if stride != 1 || input != output {
            let shape = shape(1, input, output, stride);
            let (conv, norm) = (format!("{place}.downsample.0"), format!("{place}.downsample.1"));
            Some(self.conv(shape, &conv, &norm)?)
        } else {
            None
        };
        Ok(Block { convs, shortcut })
    }
}

/// The network without pooling and classifier.
pub struct ResnetBackbone {
    stem: NormedConv,
    stages: Vec<Vec<Block>>,
}

impl ResnetBackbone {
    /// `images (N, 3, H, W)` to the maps of the four stages, the first a quarter of the picture's
    /// side, each later one half of the one before.
    ///
    /// # Errors
    /// Those of the tensors.
    pub fn maps(&self, images: &Tensor) -> Result<Vec<Tensor>> {
        let stem = self.stem.forward(images)?; // (N, C, H / 2, W / 2)
        let mut maps = max_pool2d(&stem, POOL)?; // (N, C, H / 4, W / 4)
        let mut all = Vec::new();
        for stage in &self.stages {
            for block in stage {
                maps = block.forward(&maps)?;
            }
            all.push(maps.clone());
        }
        Ok(all)
    }
}

struct Resnet {
    backbone: ResnetBackbone,
    pool: Pool,
    square: Square,
    width: usize,
}

impl ImageEncoder for Resnet {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, images: &Tensor, _pass: &Pass) -> Result<Tensor> {
        self.square.check(images)?;
        let maps = self.backbone.maps(images)?;
        let last = maps.last().expect("invariant: there are four stages"); // (N, C, S, S)
        self.pool.forward(last) // (N, D)
    }
}

struct Block {
    convs: Vec<NormedConv>,
    shortcut: Option<NormedConv>,
}

impl Block {
    /// `x (N, C, H, W)` to `(N, C', H / stride, W / stride)`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut y = x.clone();
        for conv in &self.convs {
            y = conv.forward(&y)?;
        }
        Ok(match &self.shortcut {
            Some(shortcut) => add_relu(&y, &shortcut.forward(x)?)?,
            None => add_relu(&y, x)?,
        })
    }
}

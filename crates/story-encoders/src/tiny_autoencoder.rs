//! TAESD and its siblings (madebyollin/taesd, MIT): small autoencoders that make of a picture what the
//! autoencoders of published diffusion models make of it, and of that a picture again.
//!
//! ```text
//! pictures (N, 3, H, W), 0..1  --encoder-->  latents (N, C, H / 8, W / 8)  --decoder-->  (N, 3, H, W)
//! ```
//!
//! Both are a plain row of layers, whose places are the names of their tensors (`3.conv.0.weight`):
//! 3 x 3 convolutions of 64 channels, residual blocks of three of them, and steps that halve or double
//! height and width. In TAEF2 the innermost blocks first add what they make of all places at once, by
//! a norm over groups of channels. The decoder squashes its input to ±3.

use crate::weights::{LoadedWeights, WeightsBuilder};
use candle_core::{D, Tensor};
use candle_nn::{Init, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::{Error, ParamStore, Result};
use story_kernels::{Activation, ConvConfig, conv2d};

/// Red, green, blue.
const COLORS: usize = 3;
/// Channels between the first and the last convolution.
const WIDTH: usize = 64;
/// Factor between a picture's side and that of its latents.
pub const DOWNSCALE: usize = 8;
/// Groups of channels that are normed together, and what is added to their variance.
const GROUPS: usize = 4;
const EPSILON: f64 = 1e-5;
/// The decoder's input stays within this.
const MAGNITUDE: f64 = 3.0;

/// Which autoencoder, by the name of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TinyAutoencoderKind {
    /// Of Stable Diffusion 1 and 2, and by other weights of XL: 4 channels.
    Taesd,
    /// Of Stable Diffusion 3: 16 channels.
    Taesd3,
    /// Of FLUX.1: 16 channels.
    Taef1,
    /// Of FLUX.2: 32 channels, and norms in its innermost blocks.
    #[default]
    Taef2,
}

/// The encoder or the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Pictures to latents.
    Encoder,
    /// Latents to pictures.
    Decoder,
}

impl Half {
    /// Its name in files and configs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Squash,
    Relu,
    Double,
    /// Channels in and out, stride, with or without a bias.
    Conv([usize; 2], usize, Bias),
    Block(Norm),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bias {
    Yes,
    No,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Norm {
    Groups,
    None,
}

impl TinyAutoencoderKind {
    /// Channels of the latents, `C`.
    pub fn channels(self) -> usize {
        match self {
            Self::Taesd => 4,
            Self::Taesd3 | Self::Taef1 => 16,
            Self::Taef2 => 32,
        }
    }

    fn steps(self, half: Half) -> Vec<Step> {
        let inner = match self {
            Self::Taef2 => Step::Block(Norm::Groups),
            _ => Step::Block(Norm::None),
        };
        let block = Step::Block(Norm::None);
        let conv = |input, output| Step::Conv([input, output], 1, Bias::Yes);
        let halve = Step::Conv([WIDTH, WIDTH], 2, Bias::No);
        let after = Step::Conv([WIDTH, WIDTH], 1, Bias::No);
        let mut steps = Vec::new();
        match half {
            Half::Encoder => {
                steps.extend([conv(COLORS, WIDTH), block]);
                steps.extend([halve, block, block, block]);
                steps.extend([halve, block, block, block]);
                steps.extend([halve, inner, inner, inner]);
                steps.push(conv(WIDTH, self.channels()));
            }
            Half::Decoder => {
                steps.extend([Step::Squash, conv(self.channels(), WIDTH), Step::Relu]);
                steps.extend([inner, inner, inner, Step::Double, after]);
                steps.extend([block, block, block, Step::Double, after]);
                steps.extend([block, block, block, Step::Double, after]);
                steps.extend([block, conv(WIDTH, COLORS)]);
            }
        }
        steps
    }

    /// Sets the parameters that [`TinyAutoencoder::new`] took under `prefix` to published weights.
    ///
    /// # Errors
    /// [`Error::Config`] naming what is missing, misshaped or too many: another network's weights.
    pub fn load(
        self,
        half: Half,
        weights: LoadedWeights,
        store: &ParamStore,
        prefix: &str,
    ) -> Result<()> {
        let scratch = ParamStore::new(0, store.device());
        let names = WeightsBuilder::frozen(&scratch, "", weights.clone());
        names.build(&[], |vb| layers(self, half, &vb).map(drop))?;
        for (name, tensor) in weights.tensors() {
            let own = format!("{prefix}.{name}");
            let own = store.get(&own).ok_or_else(|| {
                Error::Config(format!("{own} is no parameter of the model that was built"))
            })?;
            own.set(&tensor.to_device(store.device())?)?;
        }
        Ok(())
    }
}

/// Both halves, frozen: nothing of them learns.
pub struct TinyAutoencoder {
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
}

enum Layer {
    Squash,
    Relu,
    Double,
    Conv(Conv),
    Block(Block),
}

struct Conv {
    weight: Tensor,
    bias: Tensor,
    stride: usize,
}

struct Block {
    convs: [Conv; 3],
    pool: Option<Pool>,
}

/// What a block makes of all places at once.
struct Pool {
    widen: Tensor,
    scale: Tensor,
    shift: Tensor,
    narrow: Tensor,
}

impl TinyAutoencoder {
    /// Builds both halves under `encoder` and `decoder`, of zeros until weights are
    /// [loaded](TinyAutoencoderKind::load).
    ///
    /// # Errors
    /// A tensor that `vb` has in another shape.
    pub fn new(kind: TinyAutoencoderKind, vb: &VarBuilder) -> Result<Self> {
        Ok(Self {
            encoder: layers(kind, Half::Encoder, &vb.pp(Half::Encoder.name()))?,
            decoder: layers(kind, Half::Decoder, &vb.pp(Half::Decoder.name()))?,
        })
    }

    /// Pictures `(N, 3, H, W)` of 0..1 to latents `(N, C, H / 8, W / 8)`.
    ///
    /// # Errors
    /// Height or width that 8 does not divide.
    pub fn encode(&self, pictures: &Tensor) -> Result<Tensor> {
        let (_, _, height, width) = pictures.dims4()?;
        if !height.is_multiple_of(DOWNSCALE) || !width.is_multiple_of(DOWNSCALE) {
            return Err(Error::Config(format!(
                "a picture of {height} x {width} has no latents; expected multiples of {DOWNSCALE}"
            )));
        }
        run(&self.encoder, pictures)
    }

    /// Latents `(N, C, h, w)` to pictures `(N, 3, 8 h, 8 w)`, cut to 0..1.
    ///
    /// # Errors
    /// Latents of another number of channels.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        Ok(run(&self.decoder, latents)?.clamp(0f32, 1f32)?)
    }
}

fn run(layers: &[Layer], x: &Tensor) -> Result<Tensor> {
    layers.iter().try_fold(x.detach(), |x, layer| layer.forward(&x))
}

fn layers(kind: TinyAutoencoderKind, half: Half, vb: &VarBuilder) -> Result<Vec<Layer>> {
    let steps = kind.steps(half).into_iter().enumerate();
    steps
        .map(|(place, step)| {
            let vb = vb.pp(place);
            Ok(match step {
                Step::Squash => Layer::Squash,
                Step::Relu => Layer::Relu,
                Step::Double => Layer::Double,
                Step::Conv(channels, stride, bias) => {
                    Layer::Conv(Conv::new(channels, stride, bias, &vb)?)
                }
                Step::Block(norm) => Layer::Block(Block::new(norm, &vb)?),
            })
        })
        .collect()
}

fn tensor<const N: usize>(vb: &VarBuilder, name: &str, shape: [usize; N]) -> Result<Tensor> {
    Ok(vb.get_with_hints(shape.to_vec(), name, Init::Const(0.0))?.detach())
}

impl Layer {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Squash => Ok(((x / MAGNITUDE)?.tanh()? * MAGNITUDE)?),
            Self::Relu => Ok(x.relu()?),
            Self::Double => {
                let (n, c, height, width) = x.dims4()?;
                let places = x.reshape((n, c, height, 1, width, 1))?;
                let doubled = places.broadcast_as((n, c, height, 2, width, 2))?;
                Ok(doubled.reshape((n, c, 2 * height, 2 * width))?)
            }
            Self::Conv(conv) => conv.forward(x, Activation::None),
            Self::Block(block) => block.forward(x),
        }
    }
}

impl Conv {
    fn new(
        [input, output]: [usize; 2],
        stride: usize,
        bias: Bias,
        vb: &VarBuilder,
    ) -> Result<Self> {
        let weight = tensor(vb, "weight", [output, input, 3, 3])?;
        let bias = match bias {
            Bias::Yes => tensor(vb, "bias", [output])?,
            Bias::No => Tensor::zeros(output, weight.dtype(), weight.device())?,
        };
        Ok(Self { weight, bias, stride })
    }

    fn forward(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        let config = ConvConfig { stride: self.stride, padding: 1, activation };
        Ok(conv2d(x, &self.weight, &self.bias, config)?)
    }
}

impl Block {
    fn new(norm: Norm, vb: &VarBuilder) -> Result<Self> {
        let conv =
            |place: usize| Conv::new([WIDTH, WIDTH], 1, Bias::Yes, &vb.pp("conv").pp(2 * place));
        let wide = GROUPS * WIDTH;
        let pool = match norm {
            Norm::None => None,
            Norm::Groups => Some(Pool {
                widen: tensor(vb, "pool.0.weight", [wide, WIDTH, 1, 1])?,
                scale: tensor(vb, "pool.1.weight", [wide])?,
                shift: tensor(vb, "pool.1.bias", [wide])?,
                narrow: tensor(vb, "pool.3.weight", [WIDTH, wide, 1, 1])?,
            }),
        };
        Ok(Self { convs: [conv(0)?, conv(1)?, conv(2)?], pool })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = match &self.pool {
            Some(pool) => (x + pool.forward(x)?)?,
            None => x.clone(),
        };
        let [first, second, third] = &self.convs;
        let inner = second.forward(&first.forward(&x, Activation::Relu)?, Activation::Relu)?;
        Ok((third.forward(&inner, Activation::None)? + x)?.relu()?)
    }
}

impl Pool {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (n, _, height, width) = x.dims4()?;
        // A 1 x 1 convolution is a product of matrices at every place.
        let product = |weight: &Tensor, x: &Tensor| -> Result<Tensor> {
            let weight = weight.flatten_from(1)?; // (Co, Ci)
            Ok(weight.broadcast_left(n)?.contiguous()?.matmul(x)?) // (N, Co, H W)
        };
        let places = x.flatten_from(2)?.contiguous()?; // (N, C, H W)
        let wide = product(&self.widen, &places)?; // (N, 4 C, H W)
        let channels = wide.dim(1)?;
        let groups = wide.reshape((n, GROUPS, ()))?; // (N, G, 4 C / G * H W)
        let centred = groups.broadcast_sub(&groups.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let normed = centred.broadcast_div(&(variance + EPSILON)?.sqrt()?)?;
        let normed = normed.reshape((n, channels, height * width))?;
        let scale = self.scale.reshape((1, channels, 1))?;
        let shift = self.shift.reshape((1, channels, 1))?;
        let wide = normed.broadcast_mul(&scale)?.broadcast_add(&shift)?.relu()?;
        Ok(product(&self.narrow, &wide)?.reshape(x.dims())?)
    }
}

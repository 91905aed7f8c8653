//! CLIP's picture tower (Radford et al. 2021): a Vision Transformer (Dosovitskiy et al. 2020) with
//! a norm before its first layer.
//!
//! x_0 = norm([class; conv(pixels)] + P); layers of [`crate::clip_block`]; y = norm(x_top)[class],
//! and W_p y in the space that pictures and texts share. The picture is cut into patches by a
//! convolution whose stride is its kernel.
//!
//! Parameters have the names of Hugging Face's `CLIPVisionModelWithProjection` (of which
//! `pre_layrnorm` is one); the default config is `openai/clip-vit-base-patch32`. Vectors are not
//! normalised here.
//!
//! Axes: `N` pictures, `L` patches and the class, `D` width of the tower, `P` width of the result.

use super::{ImageEncoderDims, PICTURE_CHANNELS, Square};
use crate::check;
use crate::clip_block::{CLIP_NORM_EPSILON, ClipBlock, ClipBlockConfig};
use crate::depth::{Depth, within};
use crate::preprocessing;
use crate::pretrained::Pretrained;
use crate::weights::WeightsConfig;
use candle_core::{Module, Tensor};
use candle_nn::{Init, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::{LayerNorm, linear_without_bias, small_embedding};
use story_core::{Error, ImageEncoder, Pass, Result};
use story_kernels::{ConvConfig, conv2d};
use story_pictures::Preprocessing;

const KIND: &str = "clip-vision";
const LAYERS: &str = "vision_model.encoder.layers";
const EMBEDDINGS: &str = "vision_model.embeddings";
const PRE_NORM: &str = "vision_model.pre_layrnorm";
const POST_NORM: &str = "vision_model.post_layernorm";
const PROJECTION: &str = "visual_projection";
/// Deviation of drawn embeddings, as the texts' tower has it.
const EMBEDDING_STDEV: f64 = 0.02;

/// Which of the tower's vectors is the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClipOutput {
    /// In the space that pictures and texts share: Hugging Face's `image_embeds` and
    /// `get_image_features`.
    Projected,
    /// The class token's normed state before the projection, Hugging Face's `pooler_output`: wider,
    /// and a better start for other tasks.
    Class,
}

/// Config of CLIP's picture tower. The default is ViT-B/32.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClipVisionConfig {
    /// Side of a patch, pixels; a divisor of `preprocessing.crop`.
    pub patch: usize,
    /// Width of the tower; a multiple of `heads`.
    pub width: usize,
    /// Layers of the tower.
    pub layers: usize,
    /// Attention heads of each layer.
    pub heads: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// Width of the space that pictures and texts share.
    pub projection: usize,
    /// Which vector is the result.
    pub output: ClipOutput,
    /// How many layers train, the top ones, and the last norm and the projection with them; 0
    /// freezes the whole network, one more than there are layers trains all with the embeddings.
    pub train: usize,
    /// Where the weights come from.
    pub weights: WeightsConfig,
    /// What the network wants to see; `crop` is its own size, which the positions are for.
    #[serde(with = "story_pictures::published")]
    pub preprocessing: Preprocessing,
}

impl Default for ClipVisionConfig {
    fn default() -> Self {
        Self {
            patch: 32,
            width: 768,
            layers: 12,
            heads: 12,
            feed_forward: 3072,
            projection: 512,
            output: ClipOutput::Projected,
            train: 0,
            weights: WeightsConfig::Random {},
            preprocessing: Preprocessing::CLIP,
        }
    }
}

impl ClipVisionConfig {
    /// Builds the encoder under `vision_model` and `visual_projection`.
    ///
    /// # Errors
    /// [`Error::Config`] where a size is 0, the heads do not divide the width or the patches the
    /// picture, `train` is beyond the layers, or the pictures have another size than
    /// `preprocessing.crop`.
    pub fn build(
        &self,
        dims: &ImageEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn ImageEncoder>> {
        preprocessing::check(&self.preprocessing, KIND, dims.input_size)?;
        let layers = check::size("layers", self.layers)?;
        super::check_train(KIND, self.train, self.stages())?;
        let (width, side) = (check::size("width", self.width)?, dims.input_size);
        let patch = check::size("patch", self.patch)?;
        if !side.is_multiple_of(patch) {
            return Err(Error::Config(format!(
                "image encoder `{KIND}`: patch: expected a divisor of preprocessing.crop, {side}, found {patch}"
            )));
        }
        let places = (side / patch).pow(2) + 1;
        let block = ClipBlockConfig { width, heads: self.heads, feed_forward: self.feed_forward };
        let blocks = (0..layers)
            .map(|index| ClipBlock::new(&block, vb.pp(LAYERS).pp(index)))
            .collect::<Result<_>>()?;
        let embeddings = vb.pp(EMBEDDINGS);
        let init = Init::Randn { mean: 0.0, stdev: EMBEDDING_STDEV };
        let kernel = (width, PICTURE_CHANNELS, patch, patch);
        let projection = check::size("projection", self.projection)?;
        let norm = |name: &str| LayerNorm::new(width, CLIP_NORM_EPSILON, vb.pp(name));
        let positions = small_embedding(places, width, embeddings.pp("position_embedding"))?;
        let patches = embeddings.pp("patch_embedding");
        Ok(Box::new(ClipVision {
            class_embedding: embeddings.get_with_hints(width, "class_embedding", init)?,
            patch_embedding: patches.get_with_hints(kernel, "weight", init)?,
            no_bias: Tensor::zeros(width, vb.dtype(), vb.device())?,
            position_embedding: positions.embeddings().clone(),
            pre_layrnorm: norm(PRE_NORM)?,
            layers: blocks,
            post_layernorm: norm(POST_NORM)?,
            visual_projection: match self.output {
                ClipOutput::Projected => {
                    Some(linear_without_bias(width, projection, vb.pp(PROJECTION))?)
                }
                ClipOutput::Class => None,
            },
            config: ConvConfig { stride: patch, ..ConvConfig::default() },
            square: Square { side },
            width: self.width(),
        }))
    }
}

impl Pretrained for ClipVisionConfig {
    fn width(&self) -> usize {
        match self.output {
            ClipOutput::Projected => self.projection,
            ClipOutput::Class => self.width,
        }
    }

    fn stages(&self) -> usize {
        self.layers.saturating_add(1)
    }

    fn preprocessing(&self) -> Option<&Preprocessing> {
        Some(&self.preprocessing)
    }

    fn is_trainable(&self, name: &str) -> bool {
        let depth = Depth { layers: self.layers, layer: 0, train: self.train };
        let head = within(POST_NORM, name).or(within(PROJECTION, name)).is_some();
        (head && self.train > 0)
            || (within(PRE_NORM, name).is_some() && self.train == self.stages())
            || depth.is_trainable(EMBEDDINGS, LAYERS, name)
    }

    /// The text tower, what both towers share, and the numbers of the positions.
    fn ignored_names(&self) -> Vec<String> {
        let mut names = vec!["text_model.", "text_projection.", "logit_scale", ".position_ids"];
        if self.output == ClipOutput::Class {
            names.push("visual_projection.");
        }
        names.into_iter().map(String::from).collect()
    }
}

struct ClipVision {
    /// `(D,)`
    class_embedding: Tensor,
    /// `(D, 3, patch, patch)`
    patch_embedding: Tensor,
    /// A constant.
    no_bias: Tensor,
    /// `(L, D)`
    position_embedding: Tensor,
    pre_layrnorm: LayerNorm,
    layers: Vec<ClipBlock>,
    post_layernorm: LayerNorm,
    visual_projection: Option<Linear>,
    config: ConvConfig,
    square: Square,
    width: usize,
}

impl ImageEncoder for ClipVision {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, images: &Tensor, _pass: &Pass) -> Result<Tensor> {
        self.square.check(images)?;
        let patches = conv2d(images, &self.patch_embedding, &self.no_bias, self.config)?;
        let patches = patches.flatten_from(2)?.transpose(1, 2)?; // (N, L - 1, D)
        let (n, _, width) = patches.dims3()?;
        let class = self.class_embedding.reshape((1, 1, width))?;
        let class = class.broadcast_as((n, 1, width))?; // (N, 1, D)
        let x = Tensor::cat(&[&class, &patches], 1)?; // (N, L, D)
        let x = x.broadcast_add(&self.position_embedding)?;
        let mut x = self.pre_layrnorm.forward(&x)?;
        for layer in &self.layers {
            x = layer.forward(&x, None)?;
        }
        let class = x.narrow(1, 0, 1)?.squeeze(1)?; // (N, D)
        let class = self.post_layernorm.forward(&class)?;
        Ok(match &self.visual_projection {
            Some(projection) => projection.forward(&class)?, // (N, P)
            None => class,
        })
    }
}

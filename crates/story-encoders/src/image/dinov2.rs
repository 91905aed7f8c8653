//! DINOv2 (Oquab et al. 2023): a Vision Transformer (Dosovitskiy et al. 2020) trained without
//! labels, whose layers scale what they add (Touvron et al. 2021).
//!
//! x_0 = [class; conv(pixels)] + P; h = x + s1 * attention(norm1(x)); y = h + s2 * W2 gelu(W1
//! norm2(h)), with GELU in its exact form; the result is the class's state after a last norm, or
//! the mean of the patches'.
//!
//! The positions `P` were trained for pictures of one size. For another they are interpolated as
//! `transformers` does: bicubic with a = -3/4, half-pixel centres, no antialiasing, edges repeated.
//!
//! Parameters have the names of Hugging Face's `Dinov2Model`; the default config is
//! `facebook/dinov2-small`, ViT-S/14. Vectors are not normalised here.
//!
//! Axes: `N` pictures, `L` patches and the class, `G` patches a side, `D` width.

use super::{ImageEncoderDims, PICTURE_CHANNELS, Square};
use crate::check;
use crate::depth::{Depth, within};
use crate::preprocessing;
use crate::pretrained::Pretrained;
use crate::weights::WeightsConfig;
use candle_core::{Module, Tensor};
use candle_nn::{Init, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::attention::{AttentionNames, MultiHeadAttention};
use story_core::layers::{LayerNorm, linear};
use story_core::{Error, ImageEncoder, Pass, Result};
use story_kernels::{ConvConfig, conv2d};
use story_pictures::Preprocessing;

const KIND: &str = "dinov2";
const EMBEDDINGS: &str = "embeddings";
const LAYERS: &str = "encoder.layer";
const LAST_NORM: &str = "layernorm";
const ATTENTION: AttentionNames = AttentionNames {
    query: "attention.query",
    key: "attention.key",
    value: "attention.value",
    output: "output.dense",
};
const NORM_EPSILON: f64 = 1e-6;
/// Deviation of drawn embeddings (Dosovitskiy et al. 2020).
const EMBEDDING_STDEV: f64 = 0.02;
/// PyTorch's a of the cubic filter.
const CUBIC: f64 = -0.75;

/// Which of the network's vectors is the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dinov2Output {
    /// The class token's normed state, Hugging Face's `pooler_output`: what the picture is of.
    Class,
    /// The mean of the patches' normed states: what it shows, place by place.
    Mean,
}

/// Config of DINOv2. The default is ViT-S/14.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dinov2Config {
    /// Side of a patch, pixels; a divisor of `preprocessing.crop` and `pretrained_size`.
    pub patch: usize,
    /// Side of the pictures that the published positions are for, pixels.
    pub pretrained_size: usize,
    /// `D`; a multiple of `heads`.
    pub width: usize,
    /// Layers.
    pub layers: usize,
    /// Attention heads of each layer.
    pub heads: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// Which vector is the result.
    pub output: Dinov2Output,
    /// How many layers train, the top ones, and the last norm with them; 0 freezes the whole
    /// network, one more than there are layers trains all with the embeddings.
    pub train: usize,
    /// Where the weights come from.
    pub weights: WeightsConfig,
    /// What the network wants to see.
    #[serde(with = "story_pictures::published")]
    pub preprocessing: Preprocessing,
}

impl Default for Dinov2Config {
    fn default() -> Self {
        Self {
            patch: 14,
            pretrained_size: 518,
            width: 384,
            layers: 12,
            heads: 6,
            feed_forward: 1536,
            output: Dinov2Output::Class,
            train: 0,
            weights: WeightsConfig::Random {},
            preprocessing: Preprocessing::IMAGENET_BICUBIC,
        }
    }
}

impl Dinov2Config {
    /// Builds the encoder under `embeddings`, `encoder.layer.0...` and `layernorm`.
    ///
    /// # Errors
    /// [`Error::Config`] where a size is 0, the heads do not divide the width or the patches the
    /// pictures, `train` is beyond the layers, or the pictures have another size than
    /// `preprocessing.crop`.
    pub fn build(
        &self,
        dims: &ImageEncoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn ImageEncoder>> {
        preprocessing::check(&self.preprocessing, KIND, dims.input_size)?;
        let layers = check::size("layers", self.layers)?;
        super::check_train(KIND, self.train, self.stages())?;
        let (width, patch) = (check::size("width", self.width)?, check::size("patch", self.patch)?);
        let grid = self.patches("preprocessing.crop", dims.input_size)?;
        let pretrained = self.patches("pretrained_size", self.pretrained_size)?;
        let embeddings = vb.pp(EMBEDDINGS);
        let init = Init::Randn { mean: 0.0, stdev: EMBEDDING_STDEV };
        let embedding =
            |name: &str, count: usize| embeddings.get_with_hints((1, count, width), name, init);
        let projection = embeddings.pp("patch_embeddings.projection");
        let kernel = (width, PICTURE_CHANNELS, patch, patch);
        let resize = match grid == pretrained {
            true => None,
            false => {
                let matrix = bicubic(pretrained, grid);
                Some(Tensor::from_vec(matrix, (grid, pretrained), vb.device())?)
            }
        };
        Ok(Box::new(Dinov2 {
            cls_token: embedding("cls_token", 1)?,
            position_embeddings: embedding("position_embeddings", pretrained.pow(2) + 1)?,
            resize,
            projection: projection.get_with_hints(kernel, "weight", init)?,
            projection_bias: projection.get_with_hints(width, "bias", Init::Const(0.0))?,
            layers: (0..layers)
                .map(|index| Layer::new(self, vb.pp(LAYERS).pp(index)))
                .collect::<Result<_>>()?,
            layernorm: LayerNorm::new(width, NORM_EPSILON, vb.pp(LAST_NORM))?,
            output: self.output,
            config: ConvConfig { stride: patch, ..ConvConfig::default() },
            square: Square { side: dims.input_size },
        }))
    }

    /// Patches a side of pictures of `side` pixels.
    fn patches(&self, key: &str, side: usize) -> Result<usize> {
        if !check::size(key, side)?.is_multiple_of(self.patch) {
            return Err(Error::Config(format!(
                "image encoder `{KIND}`: patch: expected a divisor of {key}, {side}, found {}",
                self.patch
            )));
        }
        Ok(side / self.patch)
    }
}

impl Pretrained for Dinov2Config {
    fn width(&self) -> usize {
        self.width
    }

    fn stages(&self) -> usize {
        self.layers.saturating_add(1)
    }

    fn preprocessing(&self) -> Option<&Preprocessing> {
        Some(&self.preprocessing)
    }

    fn is_trainable(&self, name: &str) -> bool {
        let depth = Depth { layers: self.layers, layer: 0, train: self.train };
        (within(LAST_NORM, name).is_some() && self.train > 0)
            || depth.is_trainable(EMBEDDINGS, LAYERS, name)
    }

    /// The token that stands for hidden patches in pre-training, and a classifier.
    fn ignored_names(&self) -> Vec<String> {
        ["embeddings.mask_token", "classifier."].map(String::from).into()
    }

    /// Files of a network with a head put `dinov2.` before its names.
    fn rename(&self, name: &str) -> String {
        name.strip_prefix("dinov2.").unwrap_or(name).to_string()
    }
}

struct Dinov2 {
    /// `(1, 1, D)`
    cls_token: Tensor,
    /// `(1, 1 + G' G', D)` for the pretrained grid of `G'` patches a side.
    position_embeddings: Tensor,
    /// `(G, G')`, a constant; `None` where the pictures have the pretrained size.
    resize: Option<Tensor>,
    /// `(D, 3, patch, patch)`
    projection: Tensor,
    projection_bias: Tensor,
    layers: Vec<Layer>,
    layernorm: LayerNorm,
    output: Dinov2Output,
    config: ConvConfig,
    square: Square,
}

impl ImageEncoder for Dinov2 {
    fn width(&self) -> usize {
        self.projection_bias.elem_count()
    }

    fn encode(&self, images: &Tensor, _pass: &Pass) -> Result<Tensor> {
        self.square.check(images)?;
        let patches = conv2d(images, &self.projection, &self.projection_bias, self.config)?;
        let patches = patches.flatten_from(2)?.transpose(1, 2)?; // (N, L - 1, D)
        let (n, count, width) = patches.dims3()?;
        let class = self.cls_token.broadcast_as((n, 1, width))?;
        let x = Tensor::cat(&[&class, &patches], 1)?; // (N, L, D)
        let mut x = x.broadcast_add(&self.positions()?)?;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        let states = self.layernorm.forward(&x)?; // (N, L, D)
        Ok(match self.output {
            Dinov2Output::Class => states.narrow(1, 0, 1)?.squeeze(1)?, // (N, D)
            Dinov2Output::Mean => states.narrow(1, 1, count)?.mean(1)?, // (N, D)
        })
    }
}

impl Dinov2 {
    /// The positions of the class and of the pictures' own patches, `(1, L, D)`.
    fn positions(&self) -> Result<Tensor> {
        let Some(resize) = &self.resize else {
            return Ok(self.position_embeddings.clone());
        };
        let (_, count, width) = self.position_embeddings.dims3()?;
        let (to, from) = resize.dims2()?;
        let class = self.position_embeddings.narrow(1, 0, 1)?;
        let patches = self.position_embeddings.narrow(1, 1, count - 1)?.contiguous()?;
        let rows = resize.matmul(&patches.reshape((from, from * width))?)?; // (G, G' D)
        let rows = rows.reshape((to, from, width))?;
        let each = resize.unsqueeze(0)?.broadcast_as((to, to, from))?.contiguous()?;
        let patches = each.matmul(&rows)?.reshape((1, to * to, width))?; // (1, G G, D)
        Ok(Tensor::cat(&[&class, &patches], 1)?)
    }
}

struct Layer {
    norm1: LayerNorm,
    attention: MultiHeadAttention,
    layer_scale1: Tensor,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    layer_scale2: Tensor,
}

impl Layer {
    fn new(config: &Dinov2Config, vb: VarBuilder<'static>) -> Result<Self> {
        let (width, heads) = (config.width, config.heads);
        let hidden = check::size("feed_forward", config.feed_forward)?;
        let scale = |name: &str| vb.pp(name).get_with_hints(width, "lambda1", Init::Const(1.0));
        let attention = vb.pp("attention");
        Ok(Self {
            norm1: LayerNorm::new(width, NORM_EPSILON, vb.pp("norm1"))?,
            attention: MultiHeadAttention::named("heads", width, heads, &ATTENTION, &attention)?,
            layer_scale1: scale("layer_scale1")?,
            norm2: LayerNorm::new(width, NORM_EPSILON, vb.pp("norm2"))?,
            fc1: linear(width, hidden, vb.pp("mlp.fc1"))?,
            fc2: linear(hidden, width, vb.pp("mlp.fc2"))?,
            layer_scale2: scale("layer_scale2")?,
        })
    }

    /// `x (N, L, D)` to `(N, L, D)`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let added = self.attention.attend_to_itself(&self.norm1.forward(x)?, None)?;
        let x = (x + added.broadcast_mul(&self.layer_scale1)?)?;
        let hidden = self.fc1.forward(&self.norm2.forward(&x)?)?.gelu_erf()?; // (N, L, F)
        let added = self.fc2.forward(&hidden)?;
        Ok((&x + added.broadcast_mul(&self.layer_scale2)?)?)
    }
}

/// The matrix `(to, from)` that interpolates one axis as PyTorch's `interpolate(mode="bicubic")`
/// does: centres of pixels fall on centres, four neighbours, those beyond an edge are the edge.
fn bicubic(from: usize, to: usize) -> Vec<f32> {
    // Keys 1981: the cubic for a distance of up to 1, and that of 1 to 2.
    let near = |x: f64| ((CUBIC + 2.0) * x - (CUBIC + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((CUBIC * x - 5.0 * CUBIC) * x + 8.0 * CUBIC) * x - 4.0 * CUBIC;
    let mut matrix = vec![0f64; to * from];
    for row in 0..to {
        let centre = (row as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let t = centre - centre.floor();
        let weights = [far(1.0 + t), near(t), near(1.0 - t), far(2.0 - t)];
        for (place, weight) in (-1..).zip(weights) {
            let column = (centre.floor() as i64 + place).clamp(0, from as i64 - 1);
            matrix[row * from + column as usize] += weight;
        }
    }
    matrix.into_iter().map(|weight| weight as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_interpolated_as_pytorch_does() {
        let line = [0.0, 1.0, 4.0, 9.0, 16.0];
        // "bicubic" of tests/golden/dinov2.json, which tools/golden/dinov2.py wrote.
        let three = [0.14814815, 4.0, 14.074074];
        let seven = [-0.078717201, 0.26530612, 1.6822157, 4.0, 7.0466472, 12.463557, 16.55102];
        for (to, expected) in [(3, three.as_slice()), (7, &seven)] {
            let matrix = bicubic(line.len(), to);
            for (row, expected) in matrix.chunks(line.len()).zip(expected) {
                let found: f64 = row.iter().zip(line).map(|(w, v)| f64::from(*w) * v).sum();
                assert!((found - expected).abs() < 1e-5, "{to}: {found} {expected}");
            }
        }
    }
}

//! Picture encoders by `kind`, and what they share.

mod classifier;
mod clip_vision;
mod compact_cnn;
mod dinov2;
mod mobilenet_v2;
mod pooling;
mod resnet;

pub use classifier::ImageClassifier;
pub use clip_vision::{ClipOutput, ClipVisionConfig};
pub use compact_cnn::CompactCnnConfig;
pub use dinov2::{Dinov2Config, Dinov2Output};
pub use mobilenet_v2::{MobilenetPadding, MobilenetV2Config};
pub use pooling::Pooling;
pub use resnet::{ResnetBackbone, ResnetConfig};

use crate::registry::encoders;
use candle_core::Tensor;
use story_core::{Error, ImageEncoder, Result};
use story_pictures::Preprocessing;

/// Red, green, blue.
const PICTURE_CHANNELS: usize = 3;
/// The smallest side of a picture for a network that halves it five times.
const SMALLEST_SIDE: usize = 32;
/// The last part of the name of a norm's count of batches, which nothing reads.
const BATCHES_SEEN: &str = "num_batches_tracked";

/// What a picture encoder must know of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageEncoderDims {
    /// Height and width of the square pictures that collation makes for the encoder, in pixels.
    pub input_size: usize,
}

impl ImageEncoderDims {
    /// Checks that the pictures have the size that an encoder's config was written for.
    ///
    /// # Errors
    /// [`Error::Config`] naming both sizes.
    pub(crate) fn expect_size(&self, kind: &str, input_size: usize) -> Result<()> {
        if self.input_size == input_size {
            return Ok(());
        }
        Err(Error::Config(format!(
            "image encoder `{kind}`: input_size is {input_size}, but the data are resized to {}; make both the same",
            self.input_size
        )))
    }
}

encoders! {
    /// Picture encoders: normalised pictures `(N, 3, H, W)` to vectors `(N, D)`.
    pub enum ImageEncoderConfig("image-encoder"): dyn ImageEncoder, from ImageEncoderDims {
        "compact-cnn" => CompactCnn(CompactCnnConfig), "strided convolutions, pooled to a small grid that keeps places apart; trained from scratch";
        "resnet" => Resnet(ResnetConfig), "ResNet-18, -34 or -50: published weights, frozen or with its last stages tuned", published {
            "resnet18": ResnetConfig::of_depth(18), "resnet34": ResnetConfig::of_depth(34), "resnet50": ResnetConfig::of_depth(50),
        };
        "mobilenet-v2" => MobilenetV2(MobilenetV2Config), "MobileNetV2, small and quick: published weights, frozen or with its last stages tuned", published { "mobilenet-v2": MobilenetV2Config::default() };
        "clip-vision" => ClipVision(ClipVisionConfig), "CLIP's picture tower, ViT-B/32's by default: published weights, frozen or with its last layers tuned", published { "clip": ClipVisionConfig::default() };
        "dinov2" => Dinov2(Dinov2Config), "DINOv2, ViT-S/14 by default: published weights, frozen or with its last layers tuned", published { "dinov2-small": Dinov2Config::default() };
    }
}

impl ImageEncoderConfig {
    /// What a published network wants to see; `None` where the config of the data says it.
    pub fn preprocessing(&self) -> Option<&Preprocessing> {
        self.pretrained()?.preprocessing()
    }
}

/// The size of the pictures of a network that halves their sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Square {
    side: usize,
}

impl Square {
    /// # Errors
    /// [`Error::Config`] where the side is too small to be halved five times.
    fn new(kind: &str, side: usize) -> Result<Self> {
        if side < SMALLEST_SIDE {
            return Err(Error::Config(format!(
                "image encoder `{kind}`: preprocessing.crop: expected at least {SMALLEST_SIDE} pixels, found {side}"
            )));
        }
        Ok(Self { side })
    }

    /// The side of the map after so many halvings, each rounded up.
    fn halved(self, times: usize) -> usize {
        (0..times).fold(self.side, |side, _| side.div_ceil(2))
    }

    /// # Errors
    /// [`Error::Shape`] where the pictures are not `(N, 3, side, side)`.
    fn check(self, images: &Tensor) -> Result<()> {
        let side = self.side;
        match *images.dims() {
            [n, PICTURE_CHANNELS, h, w] if n > 0 && h == side && w == side => Ok(()),
            _ => {
                let expected = format!("(N, {PICTURE_CHANNELS}, {side}, {side})");
                Err(Error::shape("pictures", expected, images))
            }
        }
    }
}

/// Checks a config's `train`.
///
/// # Errors
/// [`Error::Config`] where more stages are to train than there are.
fn check_train(kind: &str, train: usize, stages: usize) -> Result<()> {
    if train <= stages {
        return Ok(());
    }
    Err(Error::Config(format!(
        "image encoder `{kind}`: train: expected 0 to {stages} stages, found {train}"
    )))
}

/// Whether `stage` of `stages` is one of the last `count`.
fn is_of_the_last(count: usize, stage: usize, stages: usize) -> bool {
    stage < stages && stage.saturating_add(count) >= stages
}

/// Whether a name is of a norm's running statistics, which never train.
fn is_statistics(name: &str) -> bool {
    let leaf = name.rsplit('.').next().unwrap_or(name);
    ["running_mean", "running_var", BATCHES_SEEN].contains(&leaf)
}

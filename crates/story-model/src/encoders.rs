//! What stands where the encoders are: an encoder that learns with the model, or the vectors of a
//! frozen one, which are made before and come with the batch.

use crate::model::{ModelConfig, ModelDims};
use candle_core::Tensor;
use story_core::{Error, ImageEncoder, ParamStore, Pass, Result, TextEncoder};
use story_encoders::{ImageEncoderDims, TextEncoderDims};

/// The encoders' places among the parameters.
pub const IMAGE_ENCODER: &str = "image_encoder";
/// See [`IMAGE_ENCODER`].
pub const TEXT_ENCODER: &str = "text_encoder";

/// One side's encoder.
pub enum EncoderSlot<E: ?Sized> {
    /// It reads the batch's pictures or tokens.
    Reads(Box<E>),
    /// The batch brings its vectors of this width, `E`.
    Features(usize),
}

/// Both sides.
pub struct Encoders {
    /// Pictures to vectors.
    pub image: EncoderSlot<dyn ImageEncoder>,
    /// Texts to vectors.
    pub text: EncoderSlot<dyn TextEncoder>,
}

impl Encoders {
    /// Both encoders of the config, with parameters drawn from `store`.
    ///
    /// # Errors
    /// A config that cannot be built, naming the key.
    pub fn from_scratch(
        config: &ModelConfig,
        dims: &ModelDims,
        store: &ParamStore,
    ) -> Result<Self> {
        let vb = store.builder();
        let image = ImageEncoderDims { input_size: dims.encoder_size };
        let text = TextEncoderDims { vocabulary: dims.vocabulary };
        Ok(Self {
            image: EncoderSlot::Reads(config.image_encoder.build(&image, vb.pp(IMAGE_ENCODER))?),
            text: EncoderSlot::Reads(config.text_encoder.build(&text, vb.pp(TEXT_ENCODER))?),
        })
    }
}

impl EncoderSlot<dyn ImageEncoder> {
    /// Numbers a vector, `E`.
    pub fn width(&self) -> usize {
        match self {
            Self::Reads(encoder) => encoder.width(),
            Self::Features(width) => *width,
        }
    }

    /// `images (N, 3, H, W)` to `(N, E)`.
    ///
    /// # Errors
    /// [`Error::Config`] where the encoder is frozen and so not here.
    pub fn encode(&self, images: &Tensor, pass: &Pass) -> Result<Tensor> {
        match self {
            Self::Reads(encoder) => encoder.encode(images, pass),
            Self::Features(_) => Err(without_features("picture")),
        }
    }
}

impl EncoderSlot<dyn TextEncoder> {
    /// Numbers a vector, `E`.
    pub fn width(&self) -> usize {
        match self {
            Self::Reads(encoder) => encoder.width(),
            Self::Features(width) => *width,
        }
    }

    /// `tokens (N, L)` with `mask (N, L)` to `(N, E)`.
    ///
    /// # Errors
    /// [`Error::Config`] where the encoder is frozen and so not here.
    pub fn encode(&self, tokens: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor> {
        match self {
            Self::Reads(encoder) => encoder.encode(tokens, mask, pass),
            Self::Features(_) => Err(without_features("text")),
        }
    }
}

fn without_features(side: &str) -> Error {
    Error::Config(format!(
        "the {side} encoder is frozen and the batch has no {side} features; collate with the tables of the frozen encoders"
    ))
}

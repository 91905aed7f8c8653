//! What collation can be told.

use crate::tokenizer::check_max_tokens;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use story_pictures::{Keys, Limits, Preprocessing, check_size};

/// What to do with a picture that does not decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnBadPicture {
    /// Stop with an error that names story and frame.
    #[default]
    Fail,
    /// Treat it as missing and count it.
    Mask,
}

/// How windows become tensors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollateConfig {
    /// What the image encoder wants to see; its `fit` holds for the target too.
    pub context_pixels: Preprocessing,
    /// Side of the picture to draw, in pixels.
    pub target_size: usize,
    /// Tokens in a row, `L`.
    pub max_tokens: usize,
    /// What to do with a picture that does not decode.
    #[serde(default)]
    pub on_bad_picture: OnBadPicture,
    /// Pictures that declare more pixels do not decode, nor those with a side beyond
    /// [`Limits::side`].
    #[serde(default = "default_max_pixels")]
    pub max_pixels: u64,
    /// Whether the context's pictures come in the target's size too, for decoders that take from them.
    #[serde(default)]
    pub shown: bool,
    /// Room for decoded pictures, in bytes; 0 decodes anew each time. The result is the same.
    #[serde(default)]
    pub cache_bytes: usize,
}

fn default_max_pixels() -> u64 {
    Limits::default().pixels
}

impl Default for CollateConfig {
    /// The shared task of the five systems: 224 pixels, 32 tokens.
    fn default() -> Self {
        Self {
            context_pixels: Preprocessing::default(),
            target_size: 224,
            max_tokens: 32,
            on_bad_picture: OnBadPicture::Fail,
            max_pixels: Limits::default().pixels,
            shown: false,
            cache_bytes: 0,
        }
    }
}

impl CollateConfig {
    /// Refuses what cannot be computed.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key.
    pub fn check(&self) -> Result<()> {
        self.context_pixels
            .check(&Keys::DATA)
            .map_err(|error| Error::Config(format!("context_pixels.{error}")))?;
        check_size("target_size", self.target_size)
            .map_err(|error| Error::Config(error.to_string()))?;
        check_max_tokens(self.max_tokens)
    }
}

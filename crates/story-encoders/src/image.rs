//! Picture encoders by `kind`.

mod compact_cnn;

pub use compact_cnn::CompactCnnConfig;

use story_core::{Error, ImageEncoder, Result};

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
    pub fn expect_size(&self, kind: &str, input_size: usize) -> Result<()> {
        if self.input_size == input_size {
            return Ok(());
        }
        Err(Error::Config(format!(
            "image encoder `{kind}`: input_size is {input_size}, but the data are resized to {}; make both the same",
            self.input_size
        )))
    }
}

story_core::parts! {
    /// Picture encoders: normalised pictures `(N, 3, H, W)` to vectors `(N, D)`.
    pub enum ImageEncoderConfig("image-encoder"): dyn ImageEncoder, from ImageEncoderDims {
        "compact-cnn" => CompactCnn(CompactCnnConfig), "strided convolutions, pooled to a small grid that keeps places apart; trained from scratch";
    }
}

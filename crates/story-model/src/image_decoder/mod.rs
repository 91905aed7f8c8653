//! Picture decoders: from a context to the next picture.

mod conv_transpose;
mod latent;
mod look;
mod mixture;

pub use conv_transpose::ConvTransposeConfig;
pub(crate) use latent::AUTOENCODER;
pub use latent::LatentConfig;
pub use mixture::MixtureConfig;
pub(crate) use mixture::REMEMBERED;

use story_core::ImageDecoder;
use story_encoders::tiny_autoencoder::Half;
use story_encoders::weights::WeightsConfig;

/// What a picture decoder is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageDecoderDims {
    /// Width of the context's summary.
    pub context: usize,
}

story_core::parts! {
    /// Picture decoders by `kind`.
    pub enum ImageDecoderConfig("image-decoder"): dyn ImageDecoder, from ImageDecoderDims {
        "conv-transpose" => ConvTranspose(ConvTransposeConfig), "transposed convolutions from 7 x 7 up, sigmoid at the end";
        "mixture" => Mixture(MixtureConfig), "shares of the context's pictures, of remembered ones and of what it paints, place by place";
        "latent" => Latent(LatentConfig), "the same mixture of what a small published autoencoder makes of the pictures";
    }
}

impl ImageDecoderConfig {
    /// The halves of the published autoencoder in whose latents pictures are painted, and where their
    /// weights are; none where pictures are painted as they are.
    pub fn autoencoder(&self) -> Vec<(Half, &WeightsConfig)> {
        match self {
            Self::Latent(config) => {
                vec![
                    (Half::Encoder, &config.encoder_weights),
                    (Half::Decoder, &config.decoder_weights),
                ]
            }
            Self::ConvTranspose(_) | Self::Mixture(_) => Vec::new(),
        }
    }
}

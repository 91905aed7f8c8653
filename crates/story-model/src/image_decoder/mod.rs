//! Picture decoders: from a context to the next picture.

mod conv_transpose;
mod look;
mod mixture;

pub use conv_transpose::ConvTransposeConfig;
pub use mixture::MixtureConfig;
pub(crate) use mixture::REMEMBERED;

use story_core::ImageDecoder;

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
    }
}

//! Encoders: pictures to vectors and texts to vectors.
//!
//! Two closed sets of parts, [`ImageEncoderConfig`] and [`TextEncoderConfig`]. A new encoder is one
//! file in `image/` or `text/` (config, struct, `build`, the trait, tests) and one line in the
//! set's declaration, with its entry of [`story_hub::published`] where it has published weights; the
//! conformance suite in `tests/it` then runs over it.
//!
//! Encoders give vectors of their own width that are not normalised; bringing both sides into one
//! space is the business of `story-align`.

mod check;
mod clip_block;
mod depth;
pub mod features;
pub mod image;
pub mod normed_conv;
mod preprocessing;
pub mod pretrained;
mod registry;
pub mod text;
pub mod tiny_autoencoder;
pub mod transformer;
pub mod weights;

pub use image::{
    ClipVisionConfig, CompactCnnConfig, Dinov2Config, ImageClassifier, ImageEncoderConfig,
    ImageEncoderDims, MobilenetV2Config, ResnetConfig,
};
pub use pretrained::{Learning, Pretrained};
pub use story_pictures::Preprocessing;
pub use text::{BagConfig, CompactTransformerConfig, TextEncoderConfig, TextEncoderDims};

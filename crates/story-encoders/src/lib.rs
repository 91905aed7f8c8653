//! Encoders: pictures to vectors and texts to vectors.
//!
//! Two closed sets of parts, [`ImageEncoderConfig`] and [`TextEncoderConfig`]. A new encoder is one
//! file in `image/` or `text/` (config, struct, `build`, the trait, tests) and one line in the
//! set's declaration; the conformance suite in `tests/it` then runs over it.
//!
//! Encoders give vectors of their own width that are not normalised; bringing both sides into one
//! space is the business of `story-align`.

mod attention;
mod check;
mod clip_block;
pub mod features;
pub mod frozen_norm;
pub mod image;
mod preprocessing;
pub mod pretrained;
pub mod text;
pub mod transformer;
pub mod weights;

pub use image::{
    ClipVisionConfig, CompactCnnConfig, ImageClassifier, ImageEncoderConfig, ImageEncoderDims,
    MobilenetV2Config, ResnetConfig,
};
pub use pretrained::Learning;
pub use story_pictures::Preprocessing;
pub use text::{BagConfig, CompactTransformerConfig, TextEncoderConfig, TextEncoderDims};

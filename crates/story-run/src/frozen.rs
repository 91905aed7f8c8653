//! Encoders of a config, opened: those that learn go into the model, frozen ones run once over a
//! corpus and are replaced by tables of what they made of it.
//!
//! The library of encoders knows networks and weights, that of data knows pixels and tokens; only
//! here both are known.

mod encoders;
mod image;
mod kept;
mod keys;
mod shuffled;
mod text;
mod weights;

pub use encoders::{Frozen, mean_picture, model, open};
pub use image::{FrozenImage, preprocessing};
pub use text::{EncoderTokenizer, FrozenText, encoder_tokenizer};
pub use weights::published_weights;
pub(crate) use weights::require_files;

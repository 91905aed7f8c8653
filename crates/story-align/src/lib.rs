//! Bringing pictures and texts into one space, and joining them there.
//!
//! [`Projection`] maps an encoder's vectors to the common width and to length 1. An [`Alignment`]
//! ([`AlignmentConfig`]) is the loss that draws a frame's picture and text together. A fusion
//! ([`FusionConfig`]) makes one vector a frame of the two. A new part is one file and one line in
//! its set's declaration; the conformance suite in `tests/it` then runs over it.

pub mod alignment;
pub mod fusion;
pub mod projection;

pub use alignment::{
    Alignment, AlignmentConfig, AlignmentLoss, Diagnostics, InfoNceConfig, NoAlignmentConfig,
};
pub use fusion::{ConcatConfig, FusionConfig, FusionDims, GatedConfig};
pub use projection::Projection;

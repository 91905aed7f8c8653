//! Judges whether a picture and a story belong together.
//!
//! ```text
//! text ──── language ──▶ Reading: things, numbers, colours, relations, each with its bytes
//!                           │
//! picture ─ detector ──▶ Detections ─▶ signals ─▶ claims: supported, not found, contradicted, not judged
//!                           │             └─────▶ object match, space, attributes in 0..1
//! both ──── similarity ─────┘                          │
//!                                                fusion ─▶ probability that they belong together
//! ```
//! A judge learns from [`examples`]: each frame with its own text, and with [`negatives`] of known
//! kinds. Its features for the baseline that reads the text alone are [`text_features()`].

mod coco;
pub mod detector;
pub mod examples;
pub mod fasterrcnn;
pub mod fusion;
mod grounding;
pub mod language;
pub mod negatives;
mod onnx;
pub mod self_test;
pub mod signals;
pub mod similarity;
mod spatial;
mod text_features;
pub mod yolox;

pub use coco::COCO_CATEGORIES;
pub use detector::{Detection, Detector, annotations};
pub use fasterrcnn::FasterRcnn;
pub use grounding::{Grounding, grounding};
pub use spatial::{PIXELS_400, pixel_nearness};
pub use text_features::{TEXT_FEATURES, text_features};
pub use yolox::{Yolox, YoloxVariant};

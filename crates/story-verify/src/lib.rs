//! Judges whether a picture and a story belong together.
//!
//! ```text
//! text ── story-language ▶ Reading: things, numbers, colours, relations, each with its bytes
//!                           │
//! picture ─ detector ──▶ Detections ─▶ signals ─▶ claims: supported, not found, contradicted, not judged
//!                           │             └─────▶ object match, space, attributes in 0..1
//! both ──── similarity ─────┘                          │
//!                                                fusion ─▶ probability that they belong together
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`detector`] | what finds things in a picture: [`yolox`], [`fasterrcnn`], a corpus' own annotations |
//! | [`signals`] | what boxes say to a text: a finding for each of its claims, three numbers |
//! | [`similarity`] | what a space shared by pictures and texts says |
//! | [`examples`] | frames with their own texts and with [`negatives`] of known kinds, to learn from |
//! | [`fusion`] | from numbers to a probability: networks, calibration, thresholds |
//! | [`medium`] | whether a picture is a photograph or a drawing |
//! | [`grounding()`] | which of the things that a text tags have a box |
//! | [`text_features()`] | the baseline that reads the text alone |
//! | [`self_test`] | whether the detectors compute what their originals do |
//!
//! What a text claims is `story-language`'s to read: a [`Reading`](story_language::Reading) comes in.

pub mod detector;
pub mod examples;
pub mod fasterrcnn;
pub mod fusion;
mod grounding;
pub mod medium;
pub mod negatives;
mod onnx;
pub mod self_test;
pub mod signals;
pub mod similarity;
mod text_features;
pub mod yolox;

pub use detector::{Detection, Detector, Sight, annotations};
pub use fasterrcnn::FasterRcnn;
pub use grounding::{Grounding, grounding};
pub use medium::Medium;
pub use text_features::text_features;
pub use yolox::{Yolox, YoloxVariant};

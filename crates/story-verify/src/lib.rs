//! Judges whether a picture and a story belong together.
//!
//! What stands: detectors behind one trait, the boxes that a corpus itself gives and [`Yolox`]
//! among them, and two signals in 0..1 over detections: how many of the mentioned things are there,
//! and the original system's rule of nearness in pixels.

mod coco;
mod detector;
mod grounding;
pub mod language;
mod onnx;
mod picture;
pub mod signals;
mod spatial;
pub mod yolox;

pub use coco::COCO_CATEGORIES;
pub use detector::{Annotations, Detection, Detector};
pub use grounding::{Grounding, grounding};
pub use picture::Picture;
pub use spatial::{PIXELS_400, pixel_nearness};
pub use yolox::{Yolox, YoloxVariant};

//! Judges whether a picture and a story belong together.
//!
//! What stands: detectors behind one trait, with the boxes that a corpus itself gives as the first
//! of them, and two signals in 0..1 over detections: how many of the mentioned things are there,
//! and the original system's rule of nearness in pixels.

mod detector;
mod grounding;
mod spatial;

pub use detector::{Annotations, Detection, Detector};
pub use grounding::{Grounding, grounding};
pub use spatial::{PIXELS_400, pixel_nearness};

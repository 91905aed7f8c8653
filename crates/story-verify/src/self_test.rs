//! Whether a detector computes what its published original does, without any published weights:
//! built on the written-down
//! [`formula`](story_encoders::weights::formula), run over a formula's picture, compared with numbers that
//! the original gave for both (`tools/golden/fasterrcnn.py`, `tools/golden/yolox_formula.py`).
//!
//! This proves the network, not the weights of a file. Of a file, [`weights`] says what is known.

mod released;
mod summary;

pub use released::{Values, Weights, weights};
pub(crate) use summary::{Summary, largest};

use crate::yolox::YoloxVariant;
use crate::{detector, fasterrcnn, yolox};
use story_core::{Error, Result};
use story_pictures::Picture;

/// One stage of a network against the original's.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Which one.
    pub stage: String,
    /// The largest difference, relative to the numbers' size; infinite where shapes or labels
    /// differ or a number is not finite.
    pub difference: f64,
    /// The largest that passes: ours are single precision, the originals' double.
    pub tolerance: f64,
}

/// All stages of a detector.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfTest {
    /// The detector's name.
    pub detector: String,
    /// What the expected numbers are of.
    pub original: &'static str,
    /// In the order in which they run.
    pub stages: Vec<Comparison>,
}

impl SelfTest {
    /// Whether every stage passes, and there is one.
    pub fn passes(&self) -> bool {
        !self.stages.is_empty() && self.stages.iter().all(Comparison::passes)
    }
}

impl Comparison {
    /// Whether the difference is within the tolerance.
    pub fn passes(&self) -> bool {
        self.difference <= self.tolerance
    }
}

/// Compares the detector called `name` with its original.
///
/// # Errors
/// [`story_core::Error::Config`] for an unknown name; [`story_core::Error::Tensor`] where a network
/// cannot be run.
pub fn run(name: &str) -> Result<SelfTest> {
    let (original, stages) = if name == fasterrcnn::NAME {
        ("torchvision's fasterrcnn_resnet50_fpn", fasterrcnn::small_stages()?)
    } else {
        let variant = YoloxVariant::named(name).ok_or_else(|| detector::unknown(name))?;
        ("Megvii's package yolox", yolox::formula_stages(variant)?)
    };
    Ok(SelfTest { detector: name.to_string(), original, stages })
}

/// Slow and fast waves, different in each channel; the golden scripts' `picture`.
///
/// # Errors
/// [`Error::Data`] for a side of 0.
pub fn formula_picture(height: u32, width: u32) -> Result<Picture> {
    let mut rgb = Vec::with_capacity(3 * height as usize * width as usize);
    for y in 0..height {
        for x in 0..width {
            for c in 0..3 {
                let (x, y, c) = (f64::from(x), f64::from(y), f64::from(c));
                let wave = (0.21 * x * (1.0 + 0.3 * c) + 0.13 * y).sin()
                    + (0.17 * y - 0.05 * x * (c - 1.0)).cos();
                rgb.push((127.5 + 60.0 * wave).floor().clamp(0.0, 255.0) as u8);
            }
        }
    }
    Picture::new(width, height, rgb).map_err(|error| Error::Data(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_differs_fails_the_whole() {
        let stage = |difference| Comparison { stage: "one".into(), difference, tolerance: 1e-4 };
        let test = |stages| SelfTest { detector: "none".into(), original: "nothing", stages };
        assert!(test(vec![stage(0.0), stage(1e-4)]).passes());
        for bad in [2e-4, f64::INFINITY, f64::NAN] {
            assert!(!test(vec![stage(0.0), stage(bad)]).passes());
        }
        assert!(!test(Vec::new()).passes());
        assert!(run("yolo").is_err());
    }
}

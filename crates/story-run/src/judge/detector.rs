//! What a detector finds in frames.

use super::config::DetectorConfig;
use crate::error::{Context, Result};
use candle_core::Device;
use image::RgbImage;
use std::path::Path;
use story_core::Frame;
use story_data::pixels;
use story_verify::signals::KnownThings;
use story_verify::yolox::Keep;
use story_verify::{Annotations, Detection, Detector, Picture, detector};

/// A detector with what it needs to see a frame.
pub struct FrameDetector {
    detector: Box<dyn Detector>,
    /// What it is, in words.
    pub description: String,
    open_world: bool,
}

/// A frame's picture and what was found in it.
pub struct View {
    /// The upright pixels.
    pub picture: Picture,
    /// Things, best first.
    pub detections: Vec<Detection>,
}

impl FrameDetector {
    /// The config's detector.
    ///
    /// # Errors
    /// An unknown name, or weights that cannot be read or are of another network.
    pub fn open(config: &DetectorConfig, device: &Device) -> Result<Self> {
        match config {
            DetectorConfig::Annotations {} => Ok(Self {
                detector: Box::new(Annotations),
                description: "boxes of the corpus".into(),
                open_world: true,
            }),
            DetectorConfig::Published { name, weights, min_score, max_iou } => {
                let keep = Keep { min_score: *min_score, max_iou: *max_iou };
                let decode = |bytes: &[u8]| picture(decoded(bytes)?);
                let weights = Path::new(weights);
                Ok(Self {
                    detector: detector::open(name, weights, keep, device, Box::new(decode))
                        .context("detector")?,
                    description: format!("{name}, boxes from score {min_score} on"),
                    open_world: false,
                })
            }
        }
    }

    /// The labels of a frame that are known before anybody looks: those of the corpus' tables.
    ///
    /// # Errors
    /// Those of the detector.
    pub fn labels(&self, frame: &Frame) -> Result<Vec<String>> {
        match self.open_world {
            true => Ok(self.detector.detect(frame)?.into_iter().map(|it| it.label).collect()),
            false => Ok(Vec::new()),
        }
    }

    /// Which things the detector knows, where its labels mean `concepts`.
    pub fn known(
        &self,
        concepts: impl Iterator<Item = story_verify::language::Concept>,
    ) -> KnownThings {
        match self.open_world {
            true => KnownThings::Tables(concepts.collect()),
            false => KnownThings::Coco,
        }
    }

    /// What is in the frame's picture; `None` for a frame without one.
    ///
    /// # Errors
    /// A picture that does not decode.
    pub fn view(&self, frame: &Frame) -> Result<Option<View>> {
        let Some(bytes) = &frame.image else {
            return Ok(None);
        };
        Ok(Some(View {
            picture: picture(decoded(bytes)?)?,
            detections: self.detector.detect(frame)?,
        }))
    }
}

/// Upright pixels.
pub fn decoded(bytes: &[u8]) -> story_core::Result<RgbImage> {
    pixels::decode(bytes, pixels::MAX_PIXELS).map_err(|problem| story_core::Error::Data(problem.to_string()))
}

/// The same, as detectors see it.
pub fn picture(pixels: RgbImage) -> story_core::Result<Picture> {
    let (width, height) = pixels.dimensions();
    Picture::new(width, height, pixels.into_raw())
}

//! What a detector finds in frames.

use super::config::DetectorConfig;
use super::right::CORPUS_BOXES;
use crate::error::{Context, Result};
use candle_core::Device;
use std::path::Path;
use story_core::Frame;
use story_pictures::{Limits, Picture};
use story_verify::signals::KnownThings;
use story_verify::yolox::Keep;
use story_verify::{Detection, Detector, Sight, annotations, detector};

/// A detector with what it needs to see a frame.
pub struct FrameDetector {
    finder: Finder,
    /// What it is, in words.
    pub description: String,
    /// From this score on a box is shown.
    least: f32,
}

/// Fainter boxes than this are none to anybody.
const FAINTEST: f32 = 0.01;

/// Who finds things.
enum Finder {
    /// The corpus' own tables.
    Tables,
    /// A published network.
    Network(Box<dyn Detector>),
}

/// A frame's picture and what was found in it.
pub struct View {
    /// The upright pixels.
    pub picture: Picture,
    /// Things, best first, those too faint to be shown among them.
    pub detections: Vec<Detection>,
    /// By COCO's categories, how sure the detector is of its best box, however faint; empty of a
    /// corpus' own tables.
    pub best: Vec<f32>,
}

impl FrameDetector {
    /// The config's detector.
    ///
    /// # Errors
    /// An unknown name, or weights that cannot be read or are of another network.
    pub fn open(config: &DetectorConfig, device: &Device) -> Result<Self> {
        match config {
            DetectorConfig::Annotations {} => {
                Ok(Self { finder: Finder::Tables, description: CORPUS_BOXES.into(), least: 0.0 })
            }
            DetectorConfig::Published { name, weights, min_score, max_iou } => {
                let keep = Keep { min_score: min_score.min(FAINTEST), max_iou: *max_iou };
                let network = detector::open(name, Path::new(weights), keep, device);
                Ok(Self {
                    finder: Finder::Network(network.context("detector")?),
                    description: format!("{name}, boxes from score {min_score} on"),
                    least: *min_score,
                })
            }
        }
    }

    /// From this score on a box is shown; fainter ones are counted alone.
    pub fn least(&self) -> f32 {
        self.least
    }

    /// The labels of a frame that are known before anybody looks: those of the corpus' tables.
    pub fn labels(&self, frame: &Frame) -> Vec<String> {
        match self.finder {
            Finder::Tables => annotations(frame).into_iter().map(|it| it.label).collect(),
            Finder::Network(_) => Vec::new(),
        }
    }

    /// Which things the detector knows, where its labels mean `concepts`.
    pub fn known(&self, concepts: impl Iterator<Item = story_language::Concept>) -> KnownThings {
        match self.finder {
            Finder::Tables => KnownThings::Tables(concepts.collect()),
            Finder::Network(_) => KnownThings::Coco,
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
        let picture = Picture::decode(bytes, Limits::default())?;
        let Sight { detections, best } = match &self.finder {
            Finder::Tables => Sight { detections: annotations(frame), best: Vec::new() },
            Finder::Network(network) => network.look(&picture)?,
        };
        Ok(Some(View { picture, detections, best }))
    }
}

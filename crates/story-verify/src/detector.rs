//! Detectors: what is where in a picture.

use story_core::{BoundingBox, EntityId, Frame, Result};

/// A thing found in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// What it is: a category of the detector, or the corpus' own description.
    pub label: String,
    /// The corpus' id of the thing, where the detector knows it.
    pub id: Option<EntityId>,
    /// How sure the detector is, 0..1.
    pub score: f32,
    /// Where it is, in pixels of the original picture.
    pub bounding_box: BoundingBox,
}

/// Finds things in a frame's picture.
pub trait Detector: Send + Sync {
    /// Things in the picture, best first; empty where the frame has no picture.
    fn detect(&self, frame: &Frame) -> Result<Vec<Detection>>;
}

/// The boxes that the corpus itself gives in its tables, with score 1: the reference that trained
/// detectors are measured against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Annotations;

impl Detector for Annotations {
    fn detect(&self, frame: &Frame) -> Result<Vec<Detection>> {
        let detections = frame.entities.iter().filter_map(|entity| {
            let label = if entity.name.is_empty() {
                &entity.description
            } else {
                &entity.name
            };
            Some(Detection {
                label: label.clone(),
                id: Some(entity.id),
                score: 1.0,
                bounding_box: entity.bounding_box?,
            })
        });
        Ok(detections.collect())
    }
}

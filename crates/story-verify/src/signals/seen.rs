//! A picture as the signals see it: boxes with what their labels mean.

use super::KnownThings;
use crate::Detection;
use story_core::BoundingBox;
use story_language::Concept;
use story_pictures::Picture;

/// What was found in one picture.
pub struct Seen<'a> {
    detections: &'a [Detection],
    concepts: Vec<Vec<Concept>>,
    /// What the detector could have found.
    pub known: &'a KnownThings,
    /// The pixels, for colours.
    pub picture: Option<&'a Picture>,
    size: (u32, u32),
}

impl<'a> Seen<'a> {
    /// `concepts` are what the labels of `detections` mean, in their order; missing ones mean
    /// nothing. `size` is the picture's width and height in pixels.
    pub fn new(
        detections: &'a [Detection],
        mut concepts: Vec<Vec<Concept>>,
        known: &'a KnownThings,
        picture: Option<&'a Picture>,
        size: (u32, u32),
    ) -> Self {
        concepts.resize(detections.len(), Vec::new());
        Self { detections, concepts, known, picture, size }
    }

    /// Indices of the detections that such a thing may be, the surest first. Those without an area
    /// inside of the picture, or with a score that is no number, are none.
    pub fn fitting(&self, concept: &Concept) -> Vec<usize> {
        let mut found: Vec<usize> = (0..self.detections.len())
            .filter(|&index| concept.fits(&self.concepts[index]))
            .filter(|&index| !self.score(index).is_nan() && self.place(index).is_some())
            .collect();
        found.sort_by(|a, b| self.score(*b).total_cmp(&self.score(*a)).then(a.cmp(b)));
        found
    }

    /// What a detection was found to be, in the detector's words.
    pub fn label(&self, index: usize) -> &str {
        &self.detections[index].label
    }

    /// How sure a detection is, 0..1.
    pub fn score(&self, index: usize) -> f64 {
        f64::from(self.detections[index].score).clamp(0.0, 1.0)
    }

    /// The part of a detection's box inside of the picture; `None` where there is none.
    pub fn place(&self, index: usize) -> Option<BoundingBox> {
        let (width, height) = self.size;
        let place = self.detections[index].bounding_box.clamp(width, height);
        (place.area() > 0.0).then_some(place)
    }

    /// How many things were found.
    pub fn len(&self) -> usize {
        self.detections.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.detections.is_empty()
    }
}

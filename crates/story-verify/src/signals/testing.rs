//! Short ways to make what the signals' tests need.

use crate::Detection;
use std::ops::Range;
use story_core::BoundingBox;
use story_language::{Concept, Thing};

/// A detection with the corners `x1, y1, x2, y2`.
pub fn detection(label: &str, score: f32, [x1, y1, x2, y2]: [f32; 4]) -> Detection {
    Detection {
        label: label.into(),
        id: None,
        score,
        bounding_box: BoundingBox::new(x1, y1, x2, y2),
    }
}

/// A thing of which nothing more is said.
pub fn thing(range: Range<usize>, concept: Concept) -> Thing {
    Thing { head: range.clone(), range, concept, number: None, color: None, antecedent: None }
}

//! What a region shows and where exactly: two layers of 1,024, scores of 91 classes and a shift for
//! each.
//!
//! Class 0 is "nothing"; the others are COCO's original numbers, of which ten were never used.
//! Every class of every region is a box of its own: those with enough score stay, moved and cut to
//! the picture, and of each class those that overlap no better one; the best 100 in all.

use super::boxes::{is_large, shifted, suppressed};
use super::pyramid::WIDTH;
use super::regions::SIDE;
use crate::yolox::Keep;
use candle_core::{D, Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use story_core::layers::linear;
use story_core::{BoundingBox, Result};
use story_language::COCO_CATEGORIES;

/// Classes with "nothing" and the unused ones.
pub(super) const CLASSES: usize = 91;
const HIDDEN: usize = 1024;
/// What shifts are divided by.
const WEIGHTS: [f32; 4] = [10.0, 10.0, 5.0, 5.0];
/// Narrower boxes are none, pixels.
const LEAST_SIDE: f32 = 1e-2;
const MOST: usize = 100;
/// COCO's numbers that no category has.
const UNUSED: [usize; 10] = [12, 26, 29, 30, 45, 66, 68, 69, 71, 83];

pub(super) struct Head {
    hidden: [Linear; 2],
    scores: Linear,
    shifts: Linear,
}

/// What the network says of some regions.
pub(super) struct Raw {
    /// Probabilities of the classes, `CLASSES` a region.
    pub scores: Vec<f32>,
    /// Four numbers a class and region.
    pub shifts: Vec<f32>,
}

/// Category, score and box of a thing.
pub(super) type Found = (usize, f32, BoundingBox);

impl Head {
    /// Under `box_head` and `box_predictor`.
    pub(super) fn new(vb: &VarBuilder) -> Result<Self> {
        let row = WIDTH * SIDE * SIDE;
        let (head, predictor) = (vb.pp("box_head"), vb.pp("box_predictor"));
        Ok(Self {
            hidden: [linear(row, HIDDEN, head.pp("fc6"))?, linear(HIDDEN, HIDDEN, head.pp("fc7"))?],
            scores: linear(HIDDEN, CLASSES, predictor.pp("cls_score"))?,
            shifts: linear(HIDDEN, 4 * CLASSES, predictor.pp("bbox_pred"))?,
        })
    }

    /// `rows (count, 256 x 7 x 7)` to probabilities and shifts.
    pub(super) fn raw(&self, rows: &Tensor) -> Result<Raw> {
        let mut x = rows.clone();
        for layer in &self.hidden {
            x = layer.forward(&x)?.relu()?; // (count, 1024)
        }
        let scores = candle_nn::ops::softmax(&self.scores.forward(&x)?, D::Minus1)?;
        Ok(Raw {
            scores: scores.flatten_all()?.to_vec1()?,
            shifts: self.shifts.forward(&x)?.flatten_all()?.to_vec1()?,
        })
    }

    /// Category, score and box of what `regions` at `proposals` show, best first; and each category's
    /// best score of any region, kept or not.
    pub(super) fn find(
        &self,
        regions: &Tensor,
        proposals: &[BoundingBox],
        (height, width): (usize, usize),
        keep: Keep,
    ) -> Result<(Vec<Found>, Vec<f32>)> {
        let mut best = vec![0f32; COCO_CATEGORIES.len()];
        if proposals.is_empty() {
            return Ok((Vec::new(), best));
        }
        let raw = self.raw(regions)?;
        let (mut places, mut of) = (Vec::new(), Vec::new());
        let rows = raw.scores.chunks_exact(CLASSES).zip(raw.shifts.chunks_exact(4 * CLASSES));
        for (proposal, (scores, shifts)) in proposals.iter().zip(rows) {
            for class in 1..CLASSES {
                let score = scores[class];
                if let Some(category) = category(class) {
                    // The larger of a number and of none is the number.
                    best[category] = best[category].max(score);
                }
                // Not a number is never enough.
                if score > keep.min_score {
                    let place = shifted(proposal, &shifts[4 * class..][..4], WEIGHTS);
                    let place = place.clamp(width as u32, height as u32);
                    if is_large(&place, LEAST_SIDE) {
                        places.push(place);
                        of.push((class, score));
                    }
                }
            }
        }
        let kept = suppressed(&places, |i| of[i].1, |i| of[i].0, keep.max_iou);
        let found = kept.into_iter().take(MOST).filter_map(|index| {
            let (class, score) = of[index];
            Some((category(class)?, score, places[index]))
        });
        Ok((found.collect(), best))
    }
}

/// The place of COCO's number `class` among its 80 categories.
pub(super) fn category(class: usize) -> Option<usize> {
    let before = UNUSED.iter().filter(|unused| **unused < class).count();
    let used = class > 0 && !UNUSED.contains(&class);
    let place = class.checked_sub(1 + before)?;
    (used && place < COCO_CATEGORIES.len()).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cocos() {
        let name = |class| category(class).map(|place| COCO_CATEGORIES[place]);
        let known = [
            (1, "person"),
            (13, "stop sign"),
            (17, "cat"),
            (44, "bottle"),
            (67, "dining table"),
            (70, "toilet"),
            (82, "refrigerator"),
            (90, "toothbrush"),
        ];
        for (class, label) in known {
            assert_eq!(name(class), Some(label));
        }
        assert_eq!(name(0), None);
        assert_eq!(name(66), None);
        assert_eq!((0..CLASSES).filter_map(category).count(), 80);
    }
}

//! Where something may be: the region proposal network (Ren et al. 2015, "Faster R-CNN", arXiv
//! 1506.01497).
//!
//! At each place of each map three anchors get a score and a shift. Of each map the 1,000 best are
//! kept, moved and cut to the picture; those that overlap a better one of their map by more than .7
//! go, and of all maps the 1,000 best stay.

use super::boxes::{anchors, is_large, shifted, suppressed};
use super::pyramid::{WIDTH, conv};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use story_core::{BoundingBox, Result};
use story_kernels::{Activation, FrozenConv2d};

/// Side of the anchors of each map, pixels.
pub(super) const SIZES: [f32; 5] = [32.0, 64.0, 128.0, 256.0, 512.0];
/// Anchors a place.
const ANCHORS: usize = 3;
/// Proposals of a map before overlapping ones go, and of all maps after.
const MOST: usize = 1000;
const MAX_IOU: f32 = 0.7;
/// Narrower boxes are none, pixels.
const LEAST_SIDE: f32 = 1e-3;

pub(super) struct Proposer {
    conv: FrozenConv2d,
    scores: FrozenConv2d,
    shifts: FrozenConv2d,
}

/// What the network says of one map, places row by row, anchors of a place together.
pub(super) struct Raw {
    /// How much speaks for something, a logit an anchor.
    pub scores: Vec<f32>,
    /// Four numbers an anchor.
    pub shifts: Vec<f32>,
}

impl Proposer {
    /// Under `conv.0.0`, `cls_logits` and `bbox_pred`.
    pub(super) fn new(vb: &VarBuilder) -> Result<Self> {
        let plain =
            |output: usize, name: &str| conv([WIDTH, output, 1], Activation::None, &vb.pp(name));
        Ok(Self {
            conv: conv([WIDTH, WIDTH, 3], Activation::Relu, &vb.pp("conv.0.0"))?,
            scores: plain(ANCHORS, "cls_logits")?,
            shifts: plain(4 * ANCHORS, "bbox_pred")?,
        })
    }

    /// Scores and shifts of a map `(1, 256, h, w)`.
    pub(super) fn raw(&self, map: &Tensor) -> Result<Raw> {
        let hidden = self.conv.forward(map)?; // (1, 256, h, w)
        let flat = |x: Tensor| -> Result<Vec<f32>> {
            let x = x.squeeze(0)?.permute((1, 2, 0))?; // (h, w, values)
            Ok(x.flatten_all()?.to_vec1()?)
        };
        Ok(Raw {
            scores: flat(self.scores.forward(&hidden)?)?,
            shifts: flat(self.shifts.forward(&hidden)?)?,
        })
    }

    /// Where something may be in the picture of `height` x `width` pixels that `maps` are of, with
    /// padding `padded` high and wide; the likeliest first.
    pub(super) fn propose(
        &self,
        maps: &[Tensor],
        padded: (usize, usize),
        (height, width): (usize, usize),
    ) -> Result<Vec<BoundingBox>> {
        let (mut boxes, mut scores, mut levels) = (Vec::new(), Vec::new(), Vec::new());
        for (level, (map, size)) in maps.iter().zip(SIZES).enumerate() {
            let (_, _, rows, columns) = map.dims4()?;
            let raw = self.raw(map)?;
            let strides = (padded.0 / rows, padded.1 / columns);
            let anchors = anchors(size, (rows, columns), strides);
            let mut order: Vec<usize> = (0..anchors.len()).collect();
            order.sort_by(|a, b| raw.scores[*b].total_cmp(&raw.scores[*a]).then(a.cmp(b)));
            for &index in order.iter().take(MOST) {
                let shift = &raw.shifts[4 * index..][..4];
                let place = shifted(&anchors[index], shift, [1.0; 4]);
                let place = place.clamp(width as u32, height as u32);
                if is_large(&place, LEAST_SIDE) {
                    boxes.push(place);
                    scores.push(1.0 / (1.0 + (-raw.scores[index]).exp()));
                    levels.push(level);
                }
            }
        }
        let kept = suppressed(&boxes, |i| scores[i], |i| levels[i], MAX_IOU);
        Ok(kept.into_iter().take(MOST).map(|index| boxes[index]).collect())
    }
}

//! Boxes as parts of their frame.

use super::Compat;
use crate::error::{MetricError, Result};
use serde::{Deserialize, Serialize};

/// A box. For grounding in fractions of its frame: 0,0 is the upper left corner, 1,1 the lower
/// right; for [`detection`](crate::detection) in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Region {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Region {
    /// A box of finite numbers; width and height are at least 0.
    ///
    /// # Errors
    /// If one is NaN or infinite, or a side is negative.
    pub fn new(left: f64, top: f64, width: f64, height: f64) -> Result<Self> {
        let all = [left, top, width, height];
        if all.iter().all(|value| value.is_finite()) && width >= 0.0 && height >= 0.0 {
            return Ok(Self { left, top, width, height });
        }
        Err(MetricError::Value {
            what: "box (left, top, width, height)",
            expected: "finite numbers, and sides of at least 0",
            found: format!("{all:?}"),
        })
    }

    /// A box from its corners `[x1, y1, x2, y2]` in pixels of a frame of `[width, height]` pixels.
    ///
    /// [`Compat::None`] keeps the part that lies inside of the frame; nothing is left of a box that
    /// is turned inside out. [`Compat::StoryReasoning`] limits left, top, width and height to 0..=1
    /// each on its own, which moves a box that begins outside instead of cutting it.
    ///
    /// # Errors
    /// If a corner is NaN or infinite, or the frame has no pixels.
    pub fn from_pixels(corners: [f64; 4], frame: [f64; 2], compat: Compat) -> Result<Self> {
        if !frame.iter().all(|&side| side > 0.0 && side.is_finite()) {
            return Err(MetricError::Value {
                what: "frame",
                expected: "a width and a height above 0",
                found: format!("{frame:?}"),
            });
        }
        if !corners.iter().all(|corner| corner.is_finite()) {
            return Err(MetricError::Value {
                what: "box",
                expected: "finite corners",
                found: format!("{corners:?}"),
            });
        }
        let [x1, y1, x2, y2] = corners;
        let [width, height] = frame;
        let part = |value: f64| value.clamp(0.0, 1.0);
        match compat {
            Compat::None => {
                let (left, top) = (part(x1 / width), part(y1 / height));
                let (right, bottom) = (part(x2 / width), part(y2 / height));
                Self::new(left, top, (right - left).max(0.0), (bottom - top).max(0.0))
            }
            Compat::StoryReasoning => Self::new(
                part(x1 / width),
                part(y1 / height),
                part((x2 - x1) / width),
                part((y2 - y1) / height),
            ),
        }
    }

    /// Left, top, width and height.
    pub fn parts(&self) -> [f64; 4] {
        [self.left, self.top, self.width, self.height]
    }

    /// Width times height.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Intersection over union, 0..=1; 0 where the union is empty.
    pub fn iou(&self, other: &Self) -> f64 {
        let (overlap, union) = self.overlap_and_union(other);
        if union > 0.0 { overlap / union } else { 0.0 }
    }

    /// As [`Region::iou`], but two boxes without area overlap fully if they begin at one point.
    pub(super) fn published_iou(&self, other: &Self) -> f64 {
        let (overlap, union) = self.overlap_and_union(other);
        let one_point = self.left == other.left && self.top == other.top;
        if union > 0.0 { overlap / union } else { f64::from(u8::from(one_point)) }
    }

    pub(crate) fn overlap_and_union(&self, other: &Self) -> (f64, f64) {
        let side = |start: f64, length: f64, other_start: f64, other_length: f64| {
            let end = (start + length).min(other_start + other_length);
            (end - start.max(other_start)).max(0.0)
        };
        let overlap = side(self.left, self.width, other.left, other.width)
            * side(self.top, self.height, other.top, other.height);
        let areas = self.width * self.height + other.width * other.height;
        (overlap, areas - overlap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_of_known_boxes() {
        let region = |left, width| Region::new(left, 0.0, width, 0.5).expect("finite");
        assert_eq!(region(0.0, 0.5).iou(&region(0.25, 0.5)), 1.0 / 3.0);
        assert_eq!(region(0.0, 0.5).iou(&region(0.5, 0.5)), 0.0);
        let (empty, same) = (region(0.5, 0.0), region(0.5, 0.0));
        assert_eq!((empty.iou(&same), empty.published_iou(&same)), (0.0, 1.0));
        assert_eq!(empty.published_iou(&region(0.25, 0.0)), 0.0);
    }

    #[test]
    fn a_box_outside_is_cut_here_and_moved_there() {
        let corners = [-50.0, 0.0, 50.0, 100.0];
        let cut = Region::from_pixels(corners, [100.0, 100.0], Compat::None).expect("finite");
        assert_eq!(cut, Region::new(0.0, 0.0, 0.5, 1.0).expect("finite"));
        let moved = Region::from_pixels(corners, [100.0, 100.0], Compat::StoryReasoning);
        assert_eq!(moved, Region::new(0.0, 0.0, 1.0, 1.0));
        let inside_out = [50.0, 50.0, 10.0, 80.0];
        let none = Region::from_pixels(inside_out, [100.0, 100.0], Compat::None).expect("finite");
        assert_eq!(none.iou(&none), 0.0);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Region::new(0.0, 0.0, -0.1, 1.0).is_err());
        assert!(Region::new(f64::NAN, 0.0, 1.0, 1.0).is_err());
        let corners = [0.0, 0.0, 1.0, 1.0];
        assert!(Region::from_pixels(corners, [0.0, 9.0], Compat::None).is_err());
        let infinite = [0.0, 0.0, f64::INFINITY, 1.0];
        assert!(Region::from_pixels(infinite, [9.0, 9.0], Compat::StoryReasoning).is_err());
    }
}

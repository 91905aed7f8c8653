//! Axis-aligned boxes in pixels.

use serde::{Deserialize, Serialize};

/// A box in pixels of the original picture, `x1,y1` the upper left and `x2,y2` the lower right
/// corner. Boxes of the dataset may lie slightly outside their frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Left edge.
    pub x1: f32,
    /// Upper edge.
    pub y1: f32,
    /// Right edge.
    pub x2: f32,
    /// Lower edge.
    pub y2: f32,
}

impl BoundingBox {
    /// A box from its corners in `x1,y1,x2,y2` order.
    pub fn new(x1: f32, y1: f32, x2: f32, y2: f32) -> Self {
        Self { x1, y1, x2, y2 }
    }

    /// Width times height in square pixels; 0 for a box that is turned inside out.
    pub fn area(&self) -> f32 {
        (self.x2 - self.x1).max(0.0) * (self.y2 - self.y1).max(0.0)
    }

    /// The middle, `(x, y)`.
    pub fn center(&self) -> (f32, f32) {
        ((self.x1 + self.x2) / 2.0, (self.y1 + self.y2) / 2.0)
    }

    /// Intersection over union, 0 to 1; 0 where the union is empty.
    pub fn iou(&self, other: &Self) -> f32 {
        let overlap = Self::new(
            self.x1.max(other.x1),
            self.y1.max(other.y1),
            self.x2.min(other.x2),
            self.y2.min(other.y2),
        )
        .area();
        let union = self.area() + other.area() - overlap;
        if union > 0.0 { overlap / union } else { 0.0 }
    }

    /// The part of the box inside a picture of `width` x `height` pixels.
    pub fn clamp(&self, width: u32, height: u32) -> Self {
        let (w, h) = (width as f32, height as f32);
        Self::new(
            self.x1.clamp(0.0, w),
            self.y1.clamp(0.0, h),
            self.x2.clamp(0.0, w),
            self.y2.clamp(0.0, h),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iou_of_half_overlap_is_a_third() {
        let left = BoundingBox::new(0.0, 0.0, 2.0, 1.0);
        let right = BoundingBox::new(1.0, 0.0, 3.0, 1.0);
        assert!((left.iou(&right) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(left.iou(&BoundingBox::new(5.0, 5.0, 4.0, 4.0)), 0.0);
    }
}

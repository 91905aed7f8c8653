//! What a proposal shows: 7 x 7 places of the map that suits its size, each the mean of four points
//! between the map's places (He et al. 2017, "Mask R-CNN", arXiv 1703.06870: RoIAlign), as
//! torchvision's `roi_align` with two samples a side and without the shift by half a pixel.
//!
//! A box of 224 pixels a side reads the third map, one of half the side the one before:
//! level = floor(4 + log2(sqrt(area) / 224) + 1e-6) - 2, kept to the four maps of the backbone.

use candle_core::Tensor;
use rayon::prelude::*;
use story_core::{BoundingBox, Result};

/// Places a side.
pub(super) const SIDE: usize = 7;
/// Points a side of each place.
const POINTS: usize = 2;
/// Maps of the backbone that are read.
const LEVELS: usize = 4;

/// The rows `(count, C x 7 x 7)` of `boxes` in `maps (1, C, h, w)`, whose places are 4, 8, 16 and 32
/// pixels apart.
pub(super) fn rows(maps: &[Tensor], boxes: &[BoundingBox]) -> Result<Tensor> {
    let mut levels = Vec::new();
    let mut channels = 0;
    for map in maps.iter().take(LEVELS) {
        let (_, c, h, w) = map.dims4()?;
        channels = c;
        levels.push(Level { values: map.flatten_all()?.to_vec1()?, height: h, width: w });
    }
    let width = channels * SIDE * SIDE;
    let mut values = vec![0f32; boxes.len() * width];
    if width > 0 {
        values.par_chunks_mut(width).zip(boxes).for_each(|(out, place)| {
            let level = level(place);
            levels[level].read(place, 0.25 / (1 << level) as f32, out);
        });
    }
    let device = maps.first().map_or(&candle_core::Device::Cpu, Tensor::device);
    Ok(Tensor::from_vec(values, (boxes.len(), width), device)?)
}

/// Which map a box reads.
fn level(place: &BoundingBox) -> usize {
    const CANONICAL: f32 = 224.0;
    let side = ((place.x2 - place.x1) * (place.y2 - place.y1)).sqrt();
    let level = (4.0 + (side / CANONICAL).log2() + 1e-6).floor();
    // A box without area has minus infinity; what is not a number reads the first map.
    (level.clamp(2.0, 5.0) as usize).saturating_sub(2)
}

struct Level {
    /// (C, h, w)
    values: Vec<f32>,
    height: usize,
    width: usize,
}

/// Four places of a map with their shares.
type Point = [(usize, f32); 4];

impl Level {
    fn read(&self, place: &BoundingBox, scale: f32, out: &mut [f32]) {
        let (left, top) = (place.x1 * scale, place.y1 * scale);
        // Narrow boxes are read as wide as a place.
        let across = (place.x2 * scale - left).max(1.0) / SIDE as f32;
        let down = (place.y2 * scale - top).max(1.0) / SIDE as f32;
        let mut points: Vec<Point> = Vec::with_capacity((SIDE * POINTS).pow(2));
        for row in 0..SIDE {
            for column in 0..SIDE {
                for point_y in 0..POINTS {
                    for point_x in 0..POINTS {
                        let inside = |at: usize| (at as f32 + 0.5) / POINTS as f32;
                        let y = top + row as f32 * down + inside(point_y) * down;
                        let x = left + column as f32 * across + inside(point_x) * across;
                        points.push(self.point(x, y));
                    }
                }
            }
        }
        const OF_A_PLACE: usize = POINTS * POINTS;
        let size = self.height * self.width;
        for (map, out) in self.values.chunks_exact(size).zip(out.chunks_exact_mut(SIDE * SIDE)) {
            for (points, out) in points.chunks_exact(OF_A_PLACE).zip(out) {
                let sum: f32 = points.iter().flatten().map(|(at, share)| map[*at] * share).sum();
                *out = sum / OF_A_PLACE as f32;
            }
        }
    }

    fn point(&self, x: f32, y: f32) -> Point {
        let (width, height) = (self.width as f32, self.height as f32);
        if !(-1.0..=height).contains(&y) || !(-1.0..=width).contains(&x) {
            return [(0, 0.0); 4];
        }
        let split = |value: f32, count: usize| {
            let value = value.max(0.0);
            let low = value as usize;
            if low >= count - 1 {
                (count - 1, count - 1, 0.0)
            } else {
                (low, low + 1, value - low as f32)
            }
        };
        let (y1, y2, below) = split(y, self.height);
        let (x1, x2, right) = split(x, self.width);
        let (above, left) = (1.0 - below, 1.0 - right);
        let at = |y: usize, x: usize| y * self.width + x;
        [
            (at(y1, x1), above * left),
            (at(y1, x2), above * right),
            (at(y2, x1), below * left),
            (at(y2, x2), below * right),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_choose_their_map() {
        let of = |side: f32| level(&BoundingBox::new(0.0, 0.0, side, side));
        assert_eq!(
            [of(0.0), of(111.0), of(112.0), of(224.0), of(448.0), of(9999.0), of(f32::NAN)],
            [0, 0, 1, 2, 3, 3, 0]
        );
    }

    #[test]
    fn a_slope_is_read_at_the_places_middles() -> Result<()> {
        // The value of each place is its column.
        let (h, w) = (20, 30);
        let values: Vec<f32> = (0..h * w).map(|at| (at % w) as f32).collect();
        let map = Tensor::from_vec(values, (1, 1, h, w), &candle_core::Device::Cpu)?;
        let place = BoundingBox::new(8.0, 8.0, 64.0, 64.0); // 2 to 16 in places
        let row = rows(&[map], &[place])?.to_vec2::<f32>()?.remove(0);
        for (column, value) in row.iter().take(SIDE).enumerate() {
            assert!((value - (2.0 + 2.0 * column as f32 + 1.0)).abs() < 1e-4, "{row:?}");
        }
        Ok(())
    }
}

//! A picture as YOLOX wants it: scaled to fit the upper left of a square, the rest grey, blue first.
//!
//! The published network was trained on pixels of OpenCV's `INTER_LINEAR`, which does not smooth
//! where it shrinks and reckons in fixed point; so does this. With `s = source / target` along an
//! axis, target pixel `i` lies between source pixels `floor(p)` and `floor(p) + 1`,
//! `p = (i + 1/2) s - 1/2`; weights are rounded to 1/2048, rows are mixed first, sums are shifted
//! as there.

use candle_core::{Device, Tensor};
use story_core::Result;
use story_pictures::Picture;

/// What fills the square beside the picture, in all three channels.
const GREY: u8 = 114;
/// Weights of two neighbours add up to this.
const ONE: f32 = 2048.0;

/// A picture in its square.
pub(super) struct Letterbox {
    /// `(side, side, 3)` bytes, red first.
    pub rgb: Vec<u8>,
    side: usize,
    /// Target pixels a source pixel, along both axes.
    pub scale: f64,
}

impl Letterbox {
    /// The picture in a square of `side` pixels.
    pub fn new(picture: &Picture, side: usize) -> Self {
        let (width, height) = picture.dimensions();
        let scale = (side as f64 / f64::from(height)).min(side as f64 / f64::from(width));
        // Rounded down, as published; of a sliver a pixel remains.
        let target = |source: u32| ((f64::from(source) * scale) as usize).clamp(1, side);
        let (columns, rows) = (target(width), target(height));
        let across = neighbours(width as usize, columns);
        let down = neighbours(height as usize, rows);
        let mut rgb = vec![GREY; side * side * 3];
        for (y, (upper, lower, weights)) in down.into_iter().enumerate() {
            let (upper, lower) = (row(picture, upper), row(picture, lower));
            let out = &mut rgb[y * side * 3..][..columns * 3];
            for (pixel, &(left, right, [a, b])) in out.chunks_exact_mut(3).zip(&across) {
                for (channel, value) in pixel.iter_mut().enumerate() {
                    let mix = |row: &[u8]| {
                        let at = |x: usize| i32::from(row[3 * x + channel]);
                        at(left) * a + at(right) * b
                    };
                    *value = between(mix(upper), mix(lower), weights);
                }
            }
        }
        Self { rgb, side, scale }
    }

    /// `(1, 3, side, side)`, blue first, in 0..255.
    pub fn tensor(&self, device: &Device) -> Result<Tensor> {
        let plane = self.side * self.side;
        let mut planes = vec![0f32; 3 * plane];
        for (at, pixel) in self.rgb.chunks_exact(3).enumerate() {
            for (channel, &value) in pixel.iter().rev().enumerate() {
                planes[channel * plane + at] = f32::from(value);
            }
        }
        let shape = (1, 3, self.side, self.side);
        Ok(Tensor::from_vec(planes, shape, device)?)
    }
}

fn row(picture: &Picture, y: usize) -> &[u8] {
    let width = picture.dimensions().0 as usize * 3;
    &picture.rgb()[y * width..][..width]
}

/// For each target pixel the two source pixels around it and their weights, of [`ONE`] together.
fn neighbours(source: usize, target: usize) -> Vec<(usize, usize, [i32; 2])> {
    let scale = source as f64 / target as f64;
    let last = source - 1;
    (0..target)
        .map(|at| {
            let place = ((at as f64 + 0.5) * scale - 0.5) as f32;
            let first = place.floor();
            let part = place - first;
            let weight = |part: f32| (part * ONE).round_ties_even() as i32;
            let first = first as i64;
            let inside = |at: i64| at.clamp(0, last as i64) as usize;
            let weights = [weight(1.0 - part), weight(part)];
            (inside(first), inside(first + 1), weights)
        })
        .collect()
}

/// Two values of rows, 2048 times too large, mixed with weights of 2048 together.
fn between(upper: i32, lower: i32, [a, b]: [i32; 2]) -> u8 {
    let part = |value: i32, weight: i32| (weight * (value >> 4)) >> 16;
    ((part(upper, a) + part(lower, b) + 2) >> 2).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letterbox(width: u32, height: u32, side: usize) -> Letterbox {
        let rgb = (0..width * height * 3).map(|i| (i * 7 % 251) as u8);
        let picture = Picture::new(width, height, rgb.collect()).expect("a picture");
        Letterbox::new(&picture, side)
    }

    #[test]
    fn a_picture_of_the_square_s_size_stays_as_it_is() {
        let found = letterbox(8, 8, 8);
        assert!(found.rgb.iter().enumerate().all(|(i, v)| usize::from(*v) == i * 7 % 251));
    }

    #[test]
    fn the_rest_is_grey_and_slivers_keep_a_pixel() {
        let wide = letterbox(64, 32, 16);
        assert_eq!(wide.scale, 0.25);
        assert!(wide.rgb[8 * 16 * 3..].iter().all(|&v| v == GREY));
        assert_ne!(wide.rgb[7 * 16 * 3..][..3], [GREY; 3]);
        for (width, height) in [(1, 1), (1, 9000), (9000, 1)] {
            let found = letterbox(width, height, 16);
            assert!(found.rgb.iter().any(|&v| v != GREY), "{width} x {height}");
        }
    }

    #[test]
    fn channels_are_planes_and_blue_comes_first() -> Result<()> {
        let picture = Picture::new(1, 1, vec![10, 20, 30]).expect("a picture");
        let planes = Letterbox::new(&picture, 2).tensor(&Device::Cpu)?;
        let planes: Vec<f32> = planes.flatten_all()?.to_vec1()?;
        assert_eq!(planes, [[30.0; 4], [20.0; 4], [10.0; 4]].concat());
        Ok(())
    }
}

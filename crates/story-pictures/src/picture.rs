//! A decoded picture.

use crate::fit::Fit;
use crate::preprocessing::{check_size, write_planar};
use crate::resize::{Interpolation, resize_region};
use crate::{Error, Result, shown_region};

/// Pixels of a picture, upright: red, green and blue of the upper left pixel, then row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    /// A picture of `width` x `height` pixels with three bytes each.
    ///
    /// # Errors
    /// [`Error::Sides`] without area, or where the bytes are not three times the pixels.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self> {
        let expected = u128::from(width) * u128::from(height) * 3;
        if expected == 0 || rgb.len() as u128 != expected {
            return Err(Error::Sides { width, height, expected, found: rgb.len() });
        }
        Ok(Self { width, height, rgb })
    }

    /// A square picture of `size` pixels a side from `(3, size, size)` numbers, 0 black and 1 full;
    /// what lies outside of 0..1 is cut off.
    ///
    /// # Errors
    /// [`Error::Config`] for a size of 0 or above [`MAX_SIZE`](crate::MAX_SIZE), [`Error::Sides`]
    /// where there are other than `3 size size` numbers.
    pub fn from_planes(planes: &[f32], size: usize) -> Result<Self> {
        check_size("size", size)?;
        let (side, plane) = (size as u32, size * size);
        if planes.len() != 3 * plane {
            let expected = 3 * plane as u128;
            return Err(Error::Sides { width: side, height: side, expected, found: planes.len() });
        }
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        let pixel = |at: usize| [0, 1, 2].map(|channel| byte(planes[channel * plane + at]));
        Self::new(side, side, (0..plane).flat_map(pixel).collect())
    }

    /// Width and height, pixels; at least 1 each.
    pub fn dimensions(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Red, green and blue of all pixels, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The same without the picture around it.
    pub fn into_rgb(self) -> Vec<u8> {
        self.rgb
    }

    /// Red, green and blue of a pixel, to be drawn over; `None` outside of the picture.
    pub fn pixel_mut(&mut self, x: u32, y: u32) -> Option<&mut [u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let pixel = y as usize * self.width as usize + x as usize;
        self.rgb.as_chunks_mut().0.get_mut(pixel)
    }

    /// All numbers as `(3, H, W)` in 0..1.
    pub fn planes(&self) -> Vec<f32> {
        let mut planes = vec![0.0; self.rgb.len()];
        write_planar(&self.rgb, [0.0; 3], [1.0; 3], &mut planes);
        planes
    }

    /// The part inside a box of corners `[left, top, right, bottom]` in pixels: every pixel that
    /// the box touches, one at least.
    #[must_use]
    pub fn crop(&self, [left, top, right, bottom]: [f32; 4]) -> Self {
        // NaN counts as 0; `as` saturates.
        let edge = |place: f32, last: u32| place.clamp(0.0, last as f32) as u32;
        let left = edge(left, self.width).min(self.width - 1);
        let top = edge(top, self.height).min(self.height - 1);
        let right = edge(right.ceil(), self.width).clamp(left + 1, self.width);
        let bottom = edge(bottom.ceil(), self.height).clamp(top + 1, self.height);
        let columns = 3 * left as usize..3 * right as usize;
        let rows = self.rgb.chunks_exact(3 * self.width as usize);
        let rows = rows.take(bottom as usize).skip(top as usize);
        let rgb = rows.flat_map(|row| &row[columns.clone()]).copied().collect();
        Self { width: right - left, height: bottom - top, rgb }
    }

    /// The picture in `width` x `height` pixels, equal to Pillow's `Image.resize((width, height),
    /// ...)` up to rounding.
    ///
    /// # Errors
    /// [`Error::Config`] if a side is 0 or above [`MAX_SIZE`](crate::MAX_SIZE).
    pub fn resized(
        &self,
        width: usize,
        height: usize,
        interpolation: Interpolation,
    ) -> Result<Self> {
        check_size("width", width)?;
        check_size("height", height)?;
        let whole = [0.0, 0.0, f64::from(self.width), f64::from(self.height)];
        self.sampled(whole, (width as u32, height as u32), interpolation)
    }

    /// The picture as a square of `size` pixels a side.
    ///
    /// # Errors
    /// [`Error::Config`] if `size` is 0 or above [`MAX_SIZE`](crate::MAX_SIZE), or the fit cannot
    /// be.
    pub fn square(&self, size: usize, fit: Fit) -> Result<Self> {
        check_size("size", size)?;
        fit.check(&crate::Keys::DATA)?;
        let region = shown_region(self.dimensions(), size, fit);
        self.sampled(region, (size as u32, size as u32), fit.interpolation())
    }

    /// Left, top, width and height `region` in `target` pixels.
    fn sampled(
        &self,
        region: [f64; 4],
        target: (u32, u32),
        interpolation: Interpolation,
    ) -> Result<Self> {
        let source = (self.width, self.height, self.rgb.as_slice());
        let rgb = resize_region(source, region, target, interpolation).map_err(|problem| {
            let to = format!("to {} x {}", target.0, target.1);
            Error::Refused { width: self.width, height: self.height, to, problem }
        })?;
        Self::new(target.0, target.1, rgb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red counts columns, green rows.
    fn counted(width: u32, height: u32) -> Picture {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| [x as u8, y as u8, 9]));
        Picture::new(width, height, places.flatten().collect()).expect("a picture")
    }

    #[test]
    fn bytes_and_sides_must_agree() {
        assert!(Picture::new(2, 1, vec![0; 6]).is_ok());
        assert!(Picture::new(2, 1, vec![0; 5]).is_err());
        assert!(Picture::new(0, 9, Vec::new()).is_err());
        assert!(Picture::new(u32::MAX, u32::MAX, vec![0; 3]).is_err());
    }

    #[test]
    fn crops_stay_inside_and_have_a_pixel() {
        let picture = counted(20, 10);
        let cut = |x1, y1, x2, y2| picture.crop([x1, y1, x2, y2]);
        let inner = cut(2.0, 3.0, 7.5, 8.0);
        assert_eq!(inner.dimensions(), (6, 5));
        assert_eq!((&inner.rgb()[..3], &inner.rgb()[87..]), (&[2, 3, 9][..], &[7, 7, 9][..]));
        assert_eq!(cut(-5.0, -5.0, 50.0, 50.0), picture);
        assert_eq!(cut(30.0, 30.0, 40.0, 40.0).rgb(), [19, 9, 9]);
        assert_eq!(cut(9.0, 9.0, 3.0, 3.0).rgb(), [9, 9, 9]);
        assert_eq!(cut(f32::NAN, f32::NAN, f32::NAN, f32::NAN).rgb(), [0, 0, 9]);
    }

    #[test]
    fn a_pixel_is_where_it_is_drawn() {
        let mut picture = counted(4, 3);
        *picture.pixel_mut(3, 1).expect("inside") = [200; 3];
        assert_eq!(picture.crop([3.0, 1.0, 4.0, 2.0]).rgb(), [200; 3]);
        assert_eq!(picture.rgb().iter().filter(|value| **value == 200).count(), 3);
        assert!(picture.pixel_mut(4, 0).is_none() && picture.pixel_mut(0, 3).is_none());
    }

    #[test]
    fn planes_and_back_are_the_same_picture() -> Result<()> {
        let picture = counted(6, 6);
        assert_eq!(Picture::from_planes(&picture.planes(), 6)?, picture);
        let wild = [-1.0, 2.0, f32::NAN];
        assert_eq!(Picture::from_planes(&wild, 1)?.rgb(), [0, 255, 0]);
        assert!(Picture::from_planes(&wild, 2).is_err() && Picture::from_planes(&[], 0).is_err());
        Ok(())
    }
}

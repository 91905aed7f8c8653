//! Pixels: encoded picture to RGB, antialiased resize, planar floats.
//!
//! Resizing is a separable triangle filter, widened by the scale when shrinking
//! (`Image.resize(..., BILINEAR)` of Pillow).
//! Axes: `(H, W, 3)` bytes while a picture is a picture, `(3, H, W)` f32 for the model.

mod decode;

use crate::{Error, Result};
use fast_image_resize::images::{Image as ResizeTarget, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

pub use decode::{MAX_PIXELS, PictureError, decode};

/// The largest side that a config may ask for; above it a batch would not fit any memory.
pub const MAX_SIZE: usize = 4096;

/// Mean and standard deviation of ImageNet's training pixels in 0..1, by channel, as published
/// with torchvision's weights.
pub const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// See [`IMAGENET_MEAN`].
pub const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// How a picture is brought to a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Both sides are scaled on their own; nothing is lost, proportions change.
    #[default]
    Stretch,
    /// The shorter side is scaled to the square's and the middle is kept, as torchvision's
    /// `Resize(size)` and `CenterCrop(size)` do.
    Crop,
}

/// What the image encoder wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PixelConfig {
    /// Height and width in pixels, 1 to [`MAX_SIZE`].
    pub size: usize,
    /// Subtracted from 0..1, by channel.
    pub mean: [f32; 3],
    /// Divided by afterwards, by channel; above 0.
    pub std: [f32; 3],
    /// How other proportions become a square.
    pub fit: Fit,
}

impl Default for PixelConfig {
    /// 224 x 224 with ImageNet's statistics, as all five systems use.
    fn default() -> Self {
        Self {
            size: 224,
            mean: IMAGENET_MEAN,
            std: IMAGENET_STD,
            fit: Fit::Stretch,
        }
    }
}

impl PixelConfig {
    /// Refuses what cannot be computed.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key under `place`.
    pub fn check(&self, place: &str) -> Result<()> {
        check_size(&format!("{place}.size"), self.size)?;
        for channel in 0..3 {
            let (mean, std) = (self.mean[channel], self.std[channel]);
            if !mean.is_finite() || !std.is_finite() || std <= 0.0 {
                return Err(Error::Config(format!(
                    "{place}: mean {mean} and std {std} of channel {channel}; expected finite \
                     numbers and a std above 0"
                )));
            }
        }
        Ok(())
    }
}

/// Refuses a side of 0 or above [`MAX_SIZE`]; `key` names it.
pub(crate) fn check_size(key: &str, size: usize) -> Result<()> {
    if (1..=MAX_SIZE).contains(&size) {
        return Ok(());
    }
    Err(Error::Config(format!(
        "{key} is {size}; expected 1 to {MAX_SIZE} pixels"
    )))
}

/// Resizes to `width` x `height` with an antialiased triangle filter, equal to Pillow's
/// `Image.resize((width, height), BILINEAR)` up to rounding.
///
/// # Errors
/// [`Error::Config`] if a side is 0 or above [`MAX_SIZE`].
pub fn resize_bilinear(picture: &RgbImage, width: usize, height: usize) -> Result<RgbImage> {
    check_size("width", width)?;
    check_size("height", height)?;
    let whole = [
        0.0,
        0.0,
        f64::from(picture.width()),
        f64::from(picture.height()),
    ];
    resize_region(picture, whole, width as u32, height as u32)
}

/// The picture as a square of `size` pixels, `(H, W, 3)` bytes.
///
/// # Errors
/// [`Error::Config`] if `size` is 0 or above [`MAX_SIZE`].
pub fn square(picture: &RgbImage, size: usize, fit: Fit) -> Result<RgbImage> {
    match fit {
        Fit::Stretch => resize_bilinear(picture, size, size),
        Fit::Crop => {
            check_size("size", size)?;
            let region = centre_region(picture.width(), picture.height(), size as u32);
            resize_region(picture, region, size as u32, size as u32)
        }
    }
}

/// Writes `(H, W, 3)` bytes as `(3, H, W)` floats `(value / 255 - mean) / std`; a mean of 0 and
/// a std of 1 leave 0..1. Both slices hold `3 * H * W` values.
pub fn write_planar(bytes: &[u8], mean: [f32; 3], std: [f32; 3], out: &mut [f32]) {
    let plane = out.len() / 3;
    for (channel, values) in out.chunks_exact_mut(plane.max(1)).take(3).enumerate() {
        // A byte has 256 values: dividing once for each is dividing for all.
        let table: [f32; 256] =
            std::array::from_fn(|byte| (byte as f32 / 255.0 - mean[channel]) / std[channel]);
        for (value, pixel) in values.iter_mut().zip(bytes.chunks_exact(3)) {
            *value = table[usize::from(pixel[channel])];
        }
    }
}

/// Left, top, width and height, in source pixels, of what torchvision's `Resize(size)` and
/// `CenterCrop(size)` would keep. Sampling only that region gives the same pixels as scaling
/// everything and cutting, without holding a strip of millions of pixels for a 1 x 100000
/// picture.
fn centre_region(width: u32, height: u32, size: u32) -> [f64; 4] {
    let along = |side: u32, shorter: u32| {
        let scaled = u64::from(side) * u64::from(size) / u64::from(shorter); // truncates as there
        let offset = round_half_even(scaled - u64::from(size));
        let scale = f64::from(side) / scaled as f64;
        (offset as f64 * scale, f64::from(size) * scale)
    };
    let shorter = width.min(height);
    let (left, kept_width) = along(width, shorter);
    let (top, kept_height) = along(height, shorter);
    // Rounding in the last place must not reach over the border.
    [
        left,
        top,
        kept_width.min(f64::from(width) - left),
        kept_height.min(f64::from(height) - top),
    ]
}

/// `excess / 2`, ties to even, as Python's `round` does in torchvision.
fn round_half_even(excess: u64) -> u64 {
    let half = excess / 2;
    half + (excess % 2) * (half % 2)
}

thread_local! {
    /// A resizer keeps its buffers from picture to picture; one a thread needs no lock.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

fn resize_region(
    picture: &RgbImage,
    region: [f64; 4],
    width: u32,
    height: u32,
) -> Result<RgbImage> {
    let fault = |problem: String| {
        Error::Config(format!(
            "resizing {} x {} pixels to {width} x {height}: {problem}",
            picture.width(),
            picture.height()
        ))
    };
    let source = ImageRef::new(
        picture.width(),
        picture.height(),
        picture.as_raw(),
        PixelType::U8x3,
    )
    .map_err(|error| fault(error.to_string()))?;
    let mut target = ResizeTarget::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .crop(region[0], region[1], region[2], region[3]);
    RESIZER
        .with_borrow_mut(|resizer| resizer.resize(&source, &mut target, &options))
        .map_err(|error| fault(error.to_string()))?;
    RgbImage::from_raw(width, height, target.into_vec())
        .ok_or_else(|| fault("the result has another size".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_excess_rounds_as_python_does() {
        let expected = [0, 0, 1, 2, 2, 2, 3, 4];
        let found: Vec<u64> = (0..8).map(round_half_even).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn planes_are_channels_and_normalised() {
        let mut out = [0.0; 6];
        write_planar(&[0, 51, 255, 255, 102, 0], [0.0; 3], [1.0; 3], &mut out);
        assert_eq!(out, [0.0, 1.0, 0.2, 0.4, 1.0, 0.0]);
        write_planar(&[255, 255, 255, 0, 0, 0], [0.5; 3], [0.25; 3], &mut out);
        assert_eq!(out, [2.0, -2.0, 2.0, -2.0, 2.0, -2.0]);
    }

    #[test]
    fn a_sliver_is_cropped_without_being_blown_up() {
        let sliver = RgbImage::from_pixel(1, 50_000, image::Rgb([9, 8, 7]));
        let out = square(&sliver, 224, Fit::Crop).expect("a picture");
        assert_eq!(out.dimensions(), (224, 224));
        assert!(out.pixels().all(|pixel| pixel.0 == [9, 8, 7]));
    }

    #[test]
    fn configs_that_cannot_be_are_refused() {
        let good = PixelConfig::default();
        assert!(good.check("pixels").is_ok());
        for bad in [
            PixelConfig { size: 0, ..good },
            PixelConfig {
                size: usize::MAX,
                ..good
            },
            PixelConfig {
                std: [1.0, 0.0, 1.0],
                ..good
            },
            PixelConfig {
                mean: [f32::NAN, 0.0, 0.0],
                ..good
            },
        ] {
            assert!(bad.check("pixels").is_err(), "{bad:?}");
        }
    }
}

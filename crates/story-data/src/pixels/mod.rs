//! Pixels: encoded picture to RGB, antialiased resize, planar floats.
//!
//! Axes: `(H, W, 3)` bytes while a picture is a picture, `(3, H, W)` f32 for the model.

mod decode;
mod resize;

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

pub use decode::{MAX_PIXELS, PictureError, decode};
pub use resize::{Fit, Interpolation, ShorterSide, resize, resize_bilinear, shown_region, square};

/// The largest side that a config may ask for; above it a batch would not fit any memory.
pub const MAX_SIZE: usize = 4096;

/// Mean and standard deviation of ImageNet's training pixels in 0..1, by channel, as published
/// with torchvision's weights.
pub const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// See [`IMAGENET_MEAN`].
pub const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

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
        Self { size: 224, mean: IMAGENET_MEAN, std: IMAGENET_STD, fit: Fit::Stretch }
    }
}

impl PixelConfig {
    /// Refuses what cannot be computed.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key under `place`.
    pub fn check(&self, place: &str) -> Result<()> {
        check_size(&format!("{place}.size"), self.size)?;
        self.fit.check(place)?;
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
    Err(Error::Config(format!("{key} is {size}; expected 1 to {MAX_SIZE} pixels")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_channels_and_normalised() {
        let mut out = [0.0; 6];
        write_planar(&[0, 51, 255, 255, 102, 0], [0.0; 3], [1.0; 3], &mut out);
        assert_eq!(out, [0.0, 1.0, 0.2, 0.4, 1.0, 0.0]);
        write_planar(&[255, 255, 255, 0, 0, 0], [0.5; 3], [0.25; 3], &mut out);
        assert_eq!(out, [2.0, -2.0, 2.0, -2.0, 2.0, -2.0]);
    }

    #[test]
    fn configs_that_cannot_be_are_refused() {
        let good = PixelConfig::default();
        assert!(good.check("pixels").is_ok());
        for bad in [
            PixelConfig { size: 0, ..good },
            PixelConfig { size: usize::MAX, ..good },
            PixelConfig { std: [1.0, 0.0, 1.0], ..good },
            PixelConfig { mean: [f32::NAN, 0.0, 0.0], ..good },
            PixelConfig {
                fit: Fit::Shorter(ShorterSide {
                    side: 200,
                    crop: 224,
                    interpolation: Interpolation::Bicubic,
                }),
                ..good
            },
        ] {
            assert!(bad.check("pixels").is_err(), "{bad:?}");
        }
    }
}

//! How a picture of any proportions becomes a square.

use crate::preprocessing::{Keys, check_size};
use crate::{Error, Interpolation, Result};
use serde::{Deserialize, Serialize};

/// How a picture is brought to a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Both sides are scaled on their own, bilinear; nothing is lost, proportions change.
    #[default]
    Stretch,
    /// The same, bicubic.
    StretchBicubic,
    /// The shorter side is scaled to the square's, bilinear, and the middle is kept, as
    /// torchvision's `Resize(size)` and `CenterCrop(size)` do.
    Crop,
    /// The shorter side is scaled to more than the square's before the middle is kept, as
    /// published networks want it: `{ shorter = { side = 256, crop = 224, interpolation =
    /// "bilinear" } }`.
    Shorter(ShorterSide),
}

/// Torchvision's `Resize(side)` and `CenterCrop(crop)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShorterSide {
    /// The shorter side after scaling, pixels; at least `crop`.
    pub side: usize,
    /// The side of the square that is kept, pixels. Where a square of another size is asked for
    /// (the picture to draw beside the one to encode), both numbers are scaled to it, so that it
    /// shows the same part.
    pub crop: usize,
    /// The filter.
    pub interpolation: Interpolation,
}

impl Fit {
    /// Refuses what cannot be computed; `keys` name it.
    pub(crate) fn check(self, keys: &Keys) -> Result<()> {
        let Self::Shorter(ShorterSide { side, crop, .. }) = self else {
            return Ok(());
        };
        check_size(keys.side, side)?;
        check_size(keys.crop, crop)?;
        if side < crop {
            return Err(Error::Config {
                key: keys.side,
                found: side.to_string(),
                expected: format!("at least the crop, {crop}"),
            });
        }
        Ok(())
    }

    /// The filter that it scales with.
    pub fn interpolation(self) -> Interpolation {
        match self {
            Self::Stretch | Self::Crop => Interpolation::Bilinear,
            Self::StretchBicubic => Interpolation::Bicubic,
            Self::Shorter(shorter) => shorter.interpolation,
        }
    }

    /// The shorter side after scaling, in pixels of a square of `size`; `None` where proportions
    /// change.
    pub(crate) fn shorter_side(self, size: usize) -> Option<usize> {
        match self {
            Self::Stretch | Self::StretchBicubic => None,
            Self::Crop => Some(size),
            Self::Shorter(ShorterSide { side, crop, .. }) if crop == size => Some(side),
            Self::Shorter(ShorterSide { side, crop, .. }) => {
                let scaled = side.saturating_mul(size).saturating_add(crop / 2); // to nearest
                Some(scaled.checked_div(crop).unwrap_or(side))
            }
        }
    }
}

/// What [`Picture::square`](crate::Picture::square) shows of a picture of `(width, height)` pixels: left, top, width and height of
/// the region, in pixels of the picture.
pub fn shown_region((width, height): (u32, u32), size: usize, fit: Fit) -> [f64; 4] {
    match fit.shorter_side(size) {
        None => [0.0, 0.0, f64::from(width), f64::from(height)],
        Some(shorter) => centre_region(width, height, shorter, size),
    }
}

/// Left, top, width and height, in source pixels, of what torchvision's `Resize(shorter)` and
/// `CenterCrop(size)` would keep. Sampling only that region gives the same pixels as scaling
/// everything and cutting, without holding a strip of millions of pixels for a 1 x 100000
/// picture.
fn centre_region(width: u32, height: u32, shorter: usize, size: usize) -> [f64; 4] {
    let (target, size) = (shorter as u64, size as u64);
    let along = |side: u32, shorter: u32| {
        let scaled = u64::from(side) * target / u64::from(shorter); // truncates as there
        let offset = round_half_even(scaled - size);
        let scale = f64::from(side) / scaled as f64;
        (offset as f64 * scale, size as f64 * scale)
    };
    let shorter = width.min(height);
    let (left, kept_width) = along(width, shorter);
    let (top, kept_height) = along(height, shorter);
    // Rounding in the last place must not reach over the border.
    [left, top, kept_width.min(f64::from(width) - left), kept_height.min(f64::from(height) - top)]
}

/// `excess / 2`, ties to even, as Python's `round` does in torchvision.
fn round_half_even(excess: u64) -> u64 {
    let half = excess / 2;
    half + (excess % 2) * (half % 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Picture;

    #[test]
    fn half_of_the_excess_rounds_as_python_does() {
        let expected = [0, 0, 1, 2, 2, 2, 3, 4];
        let found: Vec<u64> = (0..8).map(round_half_even).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sliver_is_cropped_without_being_blown_up() {
        let sliver = Picture::new(1, 50_000, [9, 8, 7].repeat(50_000)).expect("a picture");
        let shorter = Fit::Shorter(ShorterSide {
            side: 256,
            crop: 224,
            interpolation: Interpolation::Bicubic,
        });
        for fit in [Fit::Crop, shorter] {
            let out = sliver.square(224, fit).expect("a picture");
            assert_eq!(out.dimensions(), (224, 224));
            assert!(out.rgb().chunks(3).all(|pixel| pixel == [9, 8, 7]));
        }
    }

    #[test]
    fn a_square_of_another_size_shows_the_same_part() {
        // A white square in the middle: 3/4 of the shorter side is kept, and the white is 1/2.
        let pixel = |at: usize| {
            let inside = (48..112).contains(&(at % 160)) && (32..96).contains(&(at / 160));
            [if inside { 255 } else { 0 }; 3]
        };
        let rgb = (0..160 * 128).flat_map(pixel).collect();
        let picture = Picture::new(160, 128, rgb).expect("a picture");
        let fit = Fit::Shorter(ShorterSide {
            side: 128,
            crop: 96,
            interpolation: Interpolation::Bilinear,
        });
        for size in [96, 48, 24] {
            let out = picture.square(size, fit).expect("a picture");
            let white = out.rgb().chunks(3).filter(|pixel| pixel[0] > 127).count();
            assert_eq!(white, (size * 2 / 3).pow(2), "{size}");
        }
    }

    #[test]
    fn it_reads_as_a_config_is_written() {
        let text = r#"{"shorter":{"side":256,"crop":224,"interpolation":"bicubic"}}"#;
        let fit: Fit = serde_json::from_str(text).expect("a fit");
        assert!(matches!(fit, Fit::Shorter(ShorterSide { side: 256, .. })));
        assert_eq!(serde_json::to_string(&fit).expect("written"), text);
        let fit: Fit = serde_json::from_str("\"stretch-bicubic\"").expect("a fit");
        assert_eq!(fit, Fit::StretchBicubic);
    }
}

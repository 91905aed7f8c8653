//! Resizing and cutting, as Pillow and torchvision do.
//!
//! A separable filter, widened by the scale when shrinking, so that nothing aliases: a triangle
//! (Pillow's `BILINEAR`) or a cubic with a = -1/2 (Keys 1981; Pillow's `BICUBIC`).

use super::check_size;
use crate::{Error, Result};
use fast_image_resize::images::{Image as ResizeTarget, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// The filter of a resizing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// Triangle.
    #[default]
    Bilinear,
    /// Cubic.
    Bicubic,
}

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
    /// Refuses what cannot be computed.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key under `place`.
    pub(super) fn check(self, place: &str) -> Result<()> {
        let Self::Shorter(ShorterSide { side, crop, .. }) = self else {
            return Ok(());
        };
        check_size(&format!("{place}.fit.shorter.side"), side)?;
        check_size(&format!("{place}.fit.shorter.crop"), crop)?;
        if side < crop {
            return Err(Error::Config(format!(
                "{place}.fit.shorter.side is {side}; expected at least the crop, {crop}"
            )));
        }
        Ok(())
    }
}

/// Resizes to `width` x `height` with an antialiased triangle filter, equal to Pillow's
/// `Image.resize((width, height), BILINEAR)` up to rounding.
///
/// # Errors
/// [`Error::Config`] if a side is 0 or above [`MAX_SIZE`](super::MAX_SIZE).
pub fn resize_bilinear(picture: &RgbImage, width: usize, height: usize) -> Result<RgbImage> {
    resize(picture, width, height, Interpolation::Bilinear)
}

/// Resizes to `width` x `height`, equal to Pillow's `Image.resize((width, height), ...)` up to
/// rounding.
///
/// # Errors
/// [`Error::Config`] if a side is 0 or above [`MAX_SIZE`](super::MAX_SIZE).
pub fn resize(
    picture: &RgbImage,
    width: usize,
    height: usize,
    interpolation: Interpolation,
) -> Result<RgbImage> {
    check_size("width", width)?;
    check_size("height", height)?;
    let whole = [0.0, 0.0, f64::from(picture.width()), f64::from(picture.height())];
    let target = (width as u32, height as u32);
    resize_region(picture, whole, target, interpolation)
}

/// The picture as a square of `size` pixels, `(H, W, 3)` bytes.
///
/// # Errors
/// [`Error::Config`] if `size` is 0 or above [`MAX_SIZE`](super::MAX_SIZE), or the fit cannot be.
pub fn square(picture: &RgbImage, size: usize, fit: Fit) -> Result<RgbImage> {
    check_size("size", size)?;
    fit.check("picture")?;
    let interpolation = match fit {
        Fit::Stretch => return resize(picture, size, size, Interpolation::Bilinear),
        Fit::StretchBicubic => return resize(picture, size, size, Interpolation::Bicubic),
        Fit::Crop => Interpolation::Bilinear,
        Fit::Shorter(shorter) => shorter.interpolation,
    };
    let region = shown_region(picture.dimensions(), size, fit);
    resize_region(picture, region, (size as u32, size as u32), interpolation)
}

/// What [`square`] shows of a picture of `(width, height)` pixels: left, top, width and height of
/// the region, in pixels of the picture.
pub fn shown_region((width, height): (u32, u32), size: usize, fit: Fit) -> [f64; 4] {
    let shorter = match fit {
        Fit::Stretch | Fit::StretchBicubic => {
            return [0.0, 0.0, f64::from(width), f64::from(height)];
        }
        Fit::Crop => size,
        Fit::Shorter(ShorterSide { side, crop, .. }) => {
            (side * size + crop / 2) / crop // to nearest; exact where size is crop
        }
    };
    centre_region(width, height, shorter, size)
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

thread_local! {
    /// A resizer keeps its buffers from picture to picture; one a thread needs no lock.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// Left, top, width and height `region` of the picture, scaled to `width` x `height`.
fn resize_region(
    picture: &RgbImage,
    region: [f64; 4],
    (width, height): (u32, u32),
    interpolation: Interpolation,
) -> Result<RgbImage> {
    let fault = |problem: String| {
        Error::Config(format!(
            "resizing {} x {} pixels to {width} x {height}: {problem}",
            picture.width(),
            picture.height()
        ))
    };
    let bytes = match interpolation {
        Interpolation::Bilinear => {
            let source = (picture.width(), picture.height(), picture.as_raw().as_slice());
            convolve(source, region, (width, height), FilterType::Bilinear).map_err(fault)?
        }
        Interpolation::Bicubic => bicubic(picture, region, width, height).map_err(fault)?,
    };
    RgbImage::from_raw(width, height, bytes)
        .ok_or_else(|| fault("the result has another size".into()))
}

/// Along the rows first, then along the columns, as Pillow does; the resizer on its own would
/// begin with the columns. The order shows because the cubic overshoots next to edges and what
/// leaves 0..255 is cut off after the first pass.
fn bicubic(
    picture: &RgbImage,
    [left, top, kept_width, kept_height]: [f64; 4],
    width: u32,
    height: u32,
) -> std::result::Result<Vec<u8>, String> {
    /// The cubic reaches so many target pixels far, plus what rounding may add.
    const REACH: f64 = 3.0;
    let filter = FilterType::CatmullRom; // the cubic with a = -1/2
    let reach = REACH * (kept_height / f64::from(height)).max(1.0);
    let first = (top - reach).max(0.0) as u32;
    let end = ((top + kept_height + reach).ceil() as u32).min(picture.height());
    let row = picture.width() as usize * 3;
    let strip = &picture.as_raw()[first as usize * row..end as usize * row];
    let rows = end - first;
    let strip = (picture.width(), rows, strip);
    let region = [left, 0.0, kept_width, f64::from(rows)];
    let narrow = convolve(strip, region, (width, rows), filter)?;
    let narrow = (width, rows, narrow.as_slice());
    let region = [0.0, top - f64::from(first), f64::from(width), kept_height];
    convolve(narrow, region, (width, height), filter)
}

/// Scales `region` of a picture of a width, a height and bytes.
fn convolve(
    (source_width, source_height, bytes): (u32, u32, &[u8]),
    [left, top, kept_width, kept_height]: [f64; 4],
    (width, height): (u32, u32),
    filter: FilterType,
) -> std::result::Result<Vec<u8>, String> {
    let source = ImageRef::new(source_width, source_height, bytes, PixelType::U8x3);
    let source = source.map_err(|error| error.to_string())?;
    let mut target = ResizeTarget::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
        left,
        top,
        kept_width,
        kept_height,
    );
    RESIZER
        .with_borrow_mut(|resizer| resizer.resize(&source, &mut target, &options))
        .map_err(|error| error.to_string())?;
    Ok(target.into_vec())
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
    fn a_sliver_is_cropped_without_being_blown_up() {
        let sliver = RgbImage::from_pixel(1, 50_000, image::Rgb([9, 8, 7]));
        let shorter = Fit::Shorter(ShorterSide {
            side: 256,
            crop: 224,
            interpolation: Interpolation::Bicubic,
        });
        for fit in [Fit::Crop, shorter] {
            let out = square(&sliver, 224, fit).expect("a picture");
            assert_eq!(out.dimensions(), (224, 224));
            assert!(out.pixels().all(|pixel| pixel.0 == [9, 8, 7]));
        }
    }

    #[test]
    fn a_square_of_another_size_shows_the_same_part() {
        // A white square in the middle: 3/4 of the shorter side is kept, and the white is 1/2.
        let picture = RgbImage::from_fn(160, 128, |x, y| {
            let inside = (48..112).contains(&x) && (32..96).contains(&y);
            image::Rgb([if inside { 255 } else { 0 }; 3])
        });
        let fit = Fit::Shorter(ShorterSide {
            side: 128,
            crop: 96,
            interpolation: Interpolation::Bilinear,
        });
        for size in [96, 48, 24] {
            let out = square(&picture, size, fit).expect("a picture");
            let white = out.pixels().filter(|pixel| pixel.0[0] > 127).count();
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

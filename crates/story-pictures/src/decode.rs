//! Encoded picture to `(H, W, 3)` bytes.
//!
//! Decoding is zune-jpeg's (through `image`), PNG's and WebP's. Everything becomes 8-bit RGB:
//! grey is repeated, 16 bits are rounded to 8, CMYK is converted without a colour profile, alpha
//! is laid over white, and the EXIF orientation is applied. Of an animation the first picture
//! counts. A JPEG whose data are damaged in the middle decodes with the damage visible, as the
//! decoder has no strict mode to ask for; one that was cut off is an error.

use crate::{Error, Picture, Result};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};
use std::io::Cursor;
use story_files::guard::guarded;

/// What a picture may declare; checked before anything is allocated for its pixels.
///
/// Decoding holds some 16 bytes for each pixel at most, and resizing 3 and some for each pixel of a
/// side, so that what is thin and endless costs no more than what is square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pixels in all, at most.
    pub pixels: u64,
    /// Pixels a side, at most.
    pub side: u32,
}

impl Default for Limits {
    /// 100 megapixels, which is more than any camera of the dataset and less than what would
    /// exhaust a laptop (300 MB of RGB), and no side above a million, which nobody draws.
    fn default() -> Self {
        Self { pixels: 100_000_000, side: 1 << 20 }
    }
}

impl Picture {
    /// Decodes a JPEG, PNG or WebP to 8-bit RGB, upright.
    ///
    /// # Errors
    /// Those of data: [`Error::Empty`], [`Error::Format`], [`Error::NoArea`], [`Error::TooLarge`],
    /// [`Error::TooLong`], [`Error::Truncated`] (a JPEG that was cut off, even where its head could
    /// be shown) and [`Error::Broken`], also where a decoder panics.
    pub fn decode(bytes: &[u8], limits: Limits) -> Result<Self> {
        let (format, name) = format_of(bytes)?;
        guarded(|| decoded(bytes, format, name, limits)).unwrap_or_else(|gave_up| {
            Err(Error::Broken { format: name, problem: gave_up.to_string() })
        })
    }
}

fn decoded(
    bytes: &[u8],
    format: ImageFormat,
    name: &'static str,
    limits: Limits,
) -> Result<Picture> {
    let broken =
        |error: image::ImageError| Error::Broken { format: name, problem: error.to_string() };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = image::Limits::default();
    // Eight bytes a pixel is the widest form (16-bit RGBA); decoders may hold as much again.
    memory.max_alloc = Some(limits.pixels.saturating_mul(16).max(MIN_DECODER_MEMORY));
    reader.limits(memory.clone());
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Error::NoArea { width, height });
    }
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(Error::TooLarge { width, height, limit: limits.pixels });
    }
    if width.max(height) > limits.side {
        return Err(Error::TooLong { width, height, limit: limits.side });
    }
    if format == ImageFormat::Jpeg && !jpeg_is_whole(bytes) {
        return Err(Error::Truncated(name));
    }
    decoder.set_limits(memory).map_err(broken)?;
    // A damaged EXIF block does not spoil the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // Turned when it is small already: a copy of eight bytes a pixel would be the largest of all.
    let mut picture =
        DynamicImage::from(to_rgb(DynamicImage::from_decoder(decoder).map_err(broken)?));
    picture.apply_orientation(orientation);
    let picture = picture.into_rgb8();
    let (width, height) = picture.dimensions();
    Picture::new(width, height, picture.into_raw())
}

/// Width and height that a picture's header declares, before its orientation; nothing is decoded.
/// `None` for bytes that are no picture.
pub fn size_of(bytes: &[u8]) -> Option<(u32, u32)> {
    let (format, _) = format_of(bytes).ok()?;
    let reader = ImageReader::with_format(Cursor::new(bytes), format);
    guarded(|| reader.into_dimensions().ok()).ok()?
}

/// The usual ending of the names of such files, by their first bytes; `None` for bytes that are no
/// picture. Formats that do not decode here have theirs too.
pub fn extension_of(bytes: &[u8]) -> Option<&'static str> {
    image::guess_format(bytes).ok()?.extensions_str().first().copied()
}

/// Decoders may ask for this much in any case; a tiny limit on pixels must not starve them.
const MIN_DECODER_MEMORY: u64 = 64 << 20;

fn format_of(bytes: &[u8]) -> Result<(ImageFormat, &'static str)> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => Ok((ImageFormat::Jpeg, "JPEG")),
        Ok(ImageFormat::Png) => Ok((ImageFormat::Png, "PNG")),
        Ok(ImageFormat::WebP) => Ok((ImageFormat::WebP, "WebP")),
        Ok(other) => Err(Error::Format(format!("a picture of type {}", other.to_mime_type()))),
        Err(_) => Err(Error::Format("no picture".into())),
    }
}

/// Whether an end-of-image marker follows the first scan. The decoder fills what is missing with
/// grey and says nothing, and grey must not become training data. Only what follows the first
/// start-of-scan is searched, since a thumbnail in the header has an end marker of its own.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
    let mut at = 2; // behind the start-of-image marker
    while let Some(&[lead, marker, high, low]) = bytes.get(at..at + 4) {
        if lead != 0xff {
            at += 1; // stray bytes between segments, which decoders skip too
        } else if marker == 0xff {
            at += 1; // fill byte
        } else if marker == START_OF_SCAN {
            return bytes[at..].windows(2).rev().any(|pair| pair == END_OF_IMAGE);
        } else if matches!(marker, 0x01 | 0xd0..=0xd8) {
            at += 2; // markers without a length
        } else {
            at += 2 + usize::from(u16::from_be_bytes([high, low]));
        }
    }
    false
}

fn to_rgb(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let source = picture.into_rgba8();
    let (width, height) = source.dimensions();
    RgbImage::from_fn(width, height, |x, y| {
        let [r, g, b, alpha] = source.get_pixel(x, y).0;
        image::Rgb([r, g, b].map(|value| over_white(value, alpha)))
    })
}

/// `value * alpha + 255 * (1 - alpha)`, rounded to nearest.
fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    let sum = value * alpha + 255 * (255 - alpha);
    ((sum + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_laid_over_white() {
        assert_eq!(over_white(0, 0), 255);
        assert_eq!(over_white(10, 255), 10);
        assert_eq!(over_white(0, 128), 127);
    }
}

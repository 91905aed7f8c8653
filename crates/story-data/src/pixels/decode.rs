//! Encoded picture to `(H, W, 3)` bytes.
//!
//! Decoding is zune-jpeg's (through `image`), PNG's and WebP's. Everything becomes 8-bit RGB:
//! grey is repeated, 16 bits are rounded to 8, CMYK is converted without a colour profile, alpha
//! is laid over white, and the EXIF orientation is applied. Of an animation the first picture
//! counts. A JPEG whose data are damaged in the middle decodes with the damage visible, as the
//! decoder has no strict mode to ask for; one that was cut off is an error.

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use std::io::Cursor;

/// The default limit on a picture's pixels: more than any camera of the dataset, less than what
/// would exhaust a laptop (100 megapixels are 300 MB of RGB).
pub const MAX_PIXELS: u64 = 100_000_000;

/// Why a picture could not be read. It does not know whose picture it is; the caller adds that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// There are no bytes.
    #[error("the picture has no bytes")]
    Empty,
    /// The bytes are of another format, or of none.
    #[error("the bytes are {0}, not JPEG, PNG or WebP")]
    Format(String),
    /// The declared size is above the limit.
    #[error("the picture declares {width} x {height} pixels, above the limit of {limit} in all")]
    TooLarge {
        /// Declared width, pixels.
        width: u32,
        /// Declared height, pixels.
        height: u32,
        /// The limit, pixels.
        limit: u64,
    },
    /// The picture has no area.
    #[error("the picture declares {width} x {height} pixels")]
    NoArea {
        /// Declared width, pixels.
        width: u32,
        /// Declared height, pixels.
        height: u32,
    },
    /// The file ends before its picture does.
    #[error("the {0} file ends before its picture does")]
    Truncated(&'static str),
    /// The decoder refused the bytes.
    #[error("the {format} does not decode: {problem}")]
    Broken {
        /// The format that the first bytes announce.
        format: &'static str,
        /// What the decoder said.
        problem: String,
    },
}

/// Decodes a JPEG, PNG or WebP of at most `max_pixels` to 8-bit RGB, upright.
///
/// The size is checked before anything is allocated for the pixels.
///
/// # Errors
/// [`PictureError`]; a JPEG that was cut off is an error even where its head could be shown.
pub fn decode(bytes: &[u8], max_pixels: u64) -> Result<RgbImage, PictureError> {
    let (format, name) = format_of(bytes)?;
    let broken = |error: image::ImageError| PictureError::Broken {
        format: name,
        problem: error.to_string(),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    // Eight bytes a pixel is the widest form (16-bit RGBA); decoders may hold as much again.
    limits.max_alloc = Some(max_pixels.saturating_mul(16).max(MIN_DECODER_MEMORY));
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(PictureError::NoArea { width, height });
    }
    if u64::from(width) * u64::from(height) > max_pixels {
        return Err(PictureError::TooLarge { width, height, limit: max_pixels });
    }
    if format == ImageFormat::Jpeg && !jpeg_is_whole(bytes) {
        return Err(PictureError::Truncated(name));
    }
    decoder.set_limits(limits).map_err(broken)?;
    // A damaged EXIF block does not spoil the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(to_rgb(picture))
}

/// Decoders may ask for this much in any case; a tiny limit on pixels must not starve them.
const MIN_DECODER_MEMORY: u64 = 64 << 20;

fn format_of(bytes: &[u8]) -> Result<(ImageFormat, &'static str), PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => Ok((ImageFormat::Jpeg, "JPEG")),
        Ok(ImageFormat::Png) => Ok((ImageFormat::Png, "PNG")),
        Ok(ImageFormat::WebP) => Ok((ImageFormat::WebP, "WebP")),
        Ok(other) => {
            Err(PictureError::Format(format!("a picture of type {}", other.to_mime_type())))
        }
        Err(_) => Err(PictureError::Format("no picture".into())),
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

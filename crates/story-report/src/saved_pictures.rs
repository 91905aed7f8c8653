//! Pictures that window records name: files under the run folder, decoded with bounds. A picture
//! that cannot be shown is a note in the report, never an error: the scores do not hang on it.

use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbImage, imageops::FilterType};
use std::io::Cursor;
use std::path::{Component, Path};

/// Longest side of a picture in a report, in pixels.
pub(crate) const MAX_SIDE: u32 = 192;
/// Longest side of a file that is opened at all, in pixels.
const MAX_SOURCE_SIDE: u32 = 16_384;
/// Most memory that decoding one picture may take, in bytes.
const MAX_DECODE_BYTES: u64 = 512 << 20;
/// JPEG quality of embedded pictures, 1..=100.
const QUALITY: u8 = 85;

/// A picture for a report.
pub(crate) struct Loaded {
    /// Made smaller to the longest side that was asked for.
    pub picture: RgbImage,
    /// Width and height of the file's picture, which boxes are measured in.
    pub source: (u32, u32),
}

/// Reads a picture of the run folder; the reason if it cannot be read.
pub(crate) fn load(folder: &Path, name: &str) -> Result<Loaded, String> {
    load_within(folder, name, MAX_SIDE)
}

/// As [`load`], made smaller to another longest side, in pixels.
pub(crate) fn load_within(folder: &Path, name: &str, side: u32) -> Result<Loaded, String> {
    let relative = Path::new(name);
    let inside =
        relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if name.is_empty() || !inside {
        return Err(format!("picture {name:?}: not a path under the run folder"));
    }
    let reason = |error: &dyn std::fmt::Display| format!("picture {name:?}: {error}");
    let path = folder.join(relative);
    let reader = ImageReader::open(&path).map_err(|error| reason(&error))?;
    let mut reader = reader.with_guessed_format().map_err(|error| reason(&error))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SOURCE_SIDE);
    limits.max_image_height = Some(MAX_SOURCE_SIDE);
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| reason(&error))?;
    Ok(Loaded {
        source: (picture.width(), picture.height()),
        picture: smaller(picture, side).into_rgb8(),
    })
}

fn smaller(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width() <= side && picture.height() <= side {
        return picture;
    }
    picture.resize(side, side, FilterType::Triangle)
}

/// The picture as JPEG bytes.
pub(crate) fn jpeg(picture: &RgbImage) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    picture.write_with_encoder(encoder).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The picture as PNG bytes.
pub(crate) fn png(picture: &RgbImage) -> Result<Vec<u8>, String> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

//! Pictures as plain numbers: distances from the target, and the mean picture of a corpus; and pictures
//! as pages show them.

use crate::error::Result;
use candle_core::Tensor;
use story_metrics::{PictureShape, mse, psnr, sharpness, ssim};
use story_pictures::{Interpolation, Limits, Picture};
use story_report::records::PictureRecord;

/// Peak of pictures in 0..1.
const UNIT_RANGE: f64 = 1.0;

/// Longest side of a picture on a page, in pixels.
const SHOWN: u32 = 480;
/// JPEG quality of a picture on a page.
const QUALITY: u8 = 85;

/// A picture as pages show it: upright, at most 480 pixels a side, JPEG; `None` for one that does not
/// decode.
///
/// # Errors
/// A picture that cannot be made smaller.
pub fn shown(bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    let Ok(picture) = Picture::decode(bytes, Limits::default()) else {
        return Ok(None);
    };
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    let small = if longer <= SHOWN {
        picture
    } else {
        let scaled = |side: u32| {
            let side = u64::from(side) * u64::from(SHOWN) / u64::from(longer);
            (side as usize).max(1)
        };
        picture.resized(scaled(width), scaled(height), Interpolation::Bilinear)?
    };
    Ok(Some(small.to_jpeg(QUALITY)?))
}

/// Pictures of a batch, `(B, 3, H, W)` in 0..1, as one list of numbers a picture.
pub fn to_lists(pictures: &Tensor) -> Result<Vec<Vec<f32>>> {
    Ok(pictures.flatten_from(1)?.to_vec2()?)
}

/// Distance of `picture` from `target`, both `(3, size, size)` in 0..1.
pub fn compare(picture: &[f32], target: &[f32], size: usize) -> Result<PictureRecord> {
    let shape = PictureShape { channels: 3, height: size, width: size };
    Ok(PictureRecord {
        mse: mse(picture, target)?,
        psnr: Some(psnr(picture, target, UNIT_RANGE)?).filter(|value| value.is_finite()),
        ssim: Some(ssim(picture, target, shape, UNIT_RANGE)?),
        sharpness: sharpness(picture, target, shape)?,
        ..PictureRecord::default()
    })
}

/// The mean of many pictures, summed in f64 in the order they come.
#[derive(Default)]
pub struct MeanPicture {
    sum: Vec<f64>,
    count: u64,
}

impl MeanPicture {
    /// Adds one picture.
    pub fn add(&mut self, picture: &[f32]) {
        self.sum.resize(picture.len(), 0.0);
        for (sum, value) in self.sum.iter_mut().zip(picture) {
            *sum += f64::from(*value);
        }
        self.count += 1;
    }

    /// The mean; `None` where no picture was added.
    pub fn mean(&self) -> Option<Vec<f32>> {
        let count = self.count as f64;
        (self.count > 0).then(|| self.sum.iter().map(|sum| (sum / count) as f32).collect())
    }
}

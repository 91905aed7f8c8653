//! What a network wants to see of a picture: one vocabulary for configs of data and for published
//! networks ([`published`](crate::published) spells it as theirs do).
//!
//! A published network that gets other pixels than in training still runs, and understands less.

use crate::fit::{Fit, ShorterSide};
use crate::{Error, Interpolation, Picture, Result};
use serde::{Deserialize, Serialize};

/// The largest side that a config may ask for; above it a batch would not fit any memory.
pub const MAX_SIZE: usize = 4096;

/// Mean of ImageNet's training pixels in 0..1, by channel, as published with torchvision's weights.
const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// Their standard deviation.
const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// From a picture to what a network sees: `(value - mean) / std` of the square's values in 0..1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessing {
    /// Height and width of what the network sees, in pixels, 1 to [`MAX_SIZE`].
    pub size: usize,
    /// Subtracted from 0..1, by channel.
    pub mean: [f32; 3],
    /// Divided by afterwards, by channel; above 0.
    pub std: [f32; 3],
    /// How other proportions become a square.
    pub fit: Fit,
}

impl Default for Preprocessing {
    /// 224 x 224 with ImageNet's statistics, stretched, as all five systems use.
    fn default() -> Self {
        Self { fit: Fit::Stretch, ..Self::IMAGENET }
    }
}

impl Preprocessing {
    /// Torchvision's for its ImageNet weights: shorter side 256, middle 224, bilinear, mean and
    /// deviation of ImageNet's training pixels.
    pub const IMAGENET: Self = Self {
        size: 224,
        mean: IMAGENET_MEAN,
        std: IMAGENET_STD,
        fit: shorter(256, 224, Interpolation::Bilinear),
    };

    /// That of `microsoft/resnet-50` and `facebook/dinov2-small` on the Hub: as
    /// [`IMAGENET`](Self::IMAGENET), but bicubic.
    pub const IMAGENET_BICUBIC: Self =
        Self { fit: shorter(256, 224, Interpolation::Bicubic), ..Self::IMAGENET };

    /// That of MobileNets made with TensorFlow: `pixel / 127.5 - 1` for pixels of 0..255.
    pub const TENSORFLOW: Self = Self { mean: [0.5; 3], std: [0.5; 3], ..Self::IMAGENET };

    /// OpenAI's for CLIP: shorter side 224, middle 224, bicubic, with the mean and deviation of its
    /// own training pixels.
    pub const CLIP: Self = Self {
        size: 224,
        mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
        std: [0.268_629_54, 0.261_302_6, 0.275_777_1],
        fit: shorter(224, 224, Interpolation::Bicubic),
    };

    /// Refuses what cannot be computed; `keys` are the words of the config that says it.
    ///
    /// # Errors
    /// [`Error::Config`] with one of `keys`.
    pub fn check(&self, keys: &Keys) -> Result<()> {
        check_size(keys.size, self.size)?;
        self.fit.check(keys)?;
        let refused = |key, found: f32, expected: &str| {
            Err(Error::Config { key, found: found.to_string(), expected: expected.into() })
        };
        for (mean, std) in self.mean.into_iter().zip(self.std) {
            if !mean.is_finite() {
                return refused("mean", mean, "finite numbers");
            }
            if !std.is_finite() || std <= 0.0 {
                return refused("std", std, "finite numbers above 0");
            }
        }
        Ok(())
    }

    /// The picture as the network wants it, `(3, size, size)`.
    ///
    /// # Errors
    /// As [`Picture::square`].
    pub fn planes(&self, picture: &Picture) -> Result<Vec<f32>> {
        let square = picture.square(self.size, self.fit)?; // (size, size, 3)
        let mut planes = vec![0.0; square.rgb().len()]; // (3, size, size)
        write_planar(square.rgb(), self.mean, self.std, &mut planes);
        Ok(planes)
    }
}

const fn shorter(side: usize, crop: usize, interpolation: Interpolation) -> Fit {
    Fit::Shorter(ShorterSide { side, crop, interpolation })
}

/// What a config calls the sizes, below the key that holds a [`Preprocessing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// [`Preprocessing::size`].
    pub size: &'static str,
    /// [`ShorterSide::side`].
    pub side: &'static str,
    /// [`ShorterSide::crop`].
    pub crop: &'static str,
}

impl Keys {
    /// Of configs of data.
    pub const DATA: Self =
        Self { size: "size", side: "fit.shorter.side", crop: "fit.shorter.crop" };
}

/// Refuses a side of 0 or above [`MAX_SIZE`]; `key` names it.
///
/// # Errors
/// [`Error::Config`].
pub fn check_size(key: &'static str, size: usize) -> Result<()> {
    if (1..=MAX_SIZE).contains(&size) {
        return Ok(());
    }
    let expected = format!("1 to {MAX_SIZE} pixels");
    Err(Error::Config { key, found: size.to_string(), expected })
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
    use crate::published;

    #[test]
    fn planes_are_channels_and_normalised() {
        let mut out = [0.0; 6];
        write_planar(&[0, 51, 255, 255, 102, 0], [0.0; 3], [1.0; 3], &mut out);
        assert_eq!(out, [0.0, 1.0, 0.2, 0.4, 1.0, 0.0]);
        write_planar(&[255, 255, 255, 0, 0, 0], [0.5; 3], [0.25; 3], &mut out);
        assert_eq!(out, [2.0, -2.0, 2.0, -2.0, 2.0, -2.0]);
    }

    #[test]
    fn a_picture_of_the_right_size_is_only_normalised() -> Result<()> {
        let picture = Picture::new(2, 2, (0..12).map(|i| i * 20).collect())?;
        let wanted = Preprocessing { size: 2, mean: [0.5; 3], ..Preprocessing::default() };
        let mut expected = [0.0; 12];
        write_planar(picture.rgb(), wanted.mean, wanted.std, &mut expected);
        assert_eq!(wanted.planes(&picture)?, expected);
        Ok(())
    }

    #[test]
    fn what_cannot_be_computed_is_refused_in_the_config_s_words() {
        let good = Preprocessing::IMAGENET;
        for keys in [Keys::DATA, published::KEYS] {
            assert!(good.check(&keys).is_ok() && Preprocessing::default().check(&keys).is_ok());
        }
        let narrow = Fit::Shorter(ShorterSide {
            side: 200,
            crop: 224,
            interpolation: Interpolation::Bicubic,
        });
        for (bad, in_data, in_published) in [
            (Preprocessing { size: 0, ..good }, "size is 0", "crop is 0"),
            (Preprocessing { size: usize::MAX, ..good }, "1 to 4096", "1 to 4096"),
            (Preprocessing { std: [1.0, 0.0, 1.0], ..good }, "std is 0", "std is 0"),
            (Preprocessing { mean: [f32::NAN, 0.0, 0.0], ..good }, "mean is NaN", "mean is NaN"),
            (
                Preprocessing { fit: narrow, ..good },
                "fit.shorter.side is 200; expected at least the crop, 224",
                "resize.shorter is 200",
            ),
        ] {
            for (keys, expected) in [(Keys::DATA, in_data), (published::KEYS, in_published)] {
                let message = bad.check(&keys).expect_err(expected).to_string();
                assert!(message.contains(expected), "{message}");
            }
        }
    }

    #[test]
    fn it_reads_as_a_config_of_data_is_written() {
        let text = r#"{"size":96,"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5],"fit":"crop"}"#;
        let read: Preprocessing = serde_json::from_str(text).expect("a config");
        assert_eq!((read.size, read.fit), (96, Fit::Crop));
        assert_eq!(serde_json::to_string(&read).expect("written"), text);
        let unknown = text.replace("fit", "resize");
        assert!(serde_json::from_str::<Preprocessing>(&unknown).is_err());
    }
}

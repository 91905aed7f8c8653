//! What a published network saw in training: how its pictures were resized, cut and normalised.
//!
//! The pixels are made where pictures are read; this only says how. With other values a published
//! network still runs, and understands less.

use crate::check;
use serde::{Deserialize, Serialize};
use story_core::{Error, Result};

/// How a picture gets its size before the middle is cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resize {
    /// Both sides become `crop` pixels: nothing is lost, proportions change.
    Stretch,
    /// The shorter side becomes this many pixels, at least `crop`; proportions stay, and what lies
    /// outside the middle is lost.
    Shorter(usize),
}

/// The filter of the resizing, antialiased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// Triangle filter; Pillow's `BILINEAR`.
    Bilinear,
    /// Cubic filter with a = -1/2; Pillow's `BICUBIC`.
    Bicubic,
}

/// From a picture to what a network sees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessing {
    /// `"stretch"`, or `{ shorter = 256 }`.
    pub resize: Resize,
    /// Height and width of what the network sees, in pixels: the middle of the resized picture.
    pub crop: usize,
    /// Subtracted from pixels in 0..1, by channel.
    pub mean: [f32; 3],
    /// Divided by afterwards, by channel; above 0.
    pub std: [f32; 3],
    /// The filter of the resizing.
    pub interpolation: Interpolation,
}

impl Preprocessing {
    /// Torchvision's for its ImageNet weights: shorter side 256, middle 224, bilinear, mean and
    /// deviation of ImageNet's training pixels.
    pub const IMAGENET: Self = Self {
        resize: Resize::Shorter(256),
        crop: 224,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        interpolation: Interpolation::Bilinear,
    };

    /// That of `microsoft/resnet-50` and `facebook/dinov2-small` on the Hub: as [`IMAGENET`](Self::IMAGENET), but bicubic.
    pub const IMAGENET_BICUBIC: Self =
        Self { interpolation: Interpolation::Bicubic, ..Self::IMAGENET };

    /// That of MobileNets made with TensorFlow: `pixel / 127.5 - 1` for pixels of 0..255.
    pub const TENSORFLOW: Self = Self { mean: [0.5; 3], std: [0.5; 3], ..Self::IMAGENET };

    /// OpenAI's for CLIP: shorter side 224, middle 224, bicubic, with the mean and deviation of its
    /// own training pixels.
    pub const CLIP: Self = Self {
        resize: Resize::Shorter(224),
        crop: 224,
        mean: [0.481_454_66, 0.457_827_5, 0.408_210_73],
        std: [0.268_629_54, 0.261_302_6, 0.275_777_1],
        interpolation: Interpolation::Bicubic,
    };

    /// Refuses what cannot be computed, and pictures of another size than the data are made in.
    ///
    /// # Errors
    /// [`Error::Config`] naming the encoder and the key.
    pub fn check(&self, kind: &str, input_size: usize) -> Result<()> {
        let fault =
            |problem: String| Err(Error::Config(format!("image encoder `{kind}`: {problem}")));
        let crop = check::size("preprocessing.crop", self.crop)?;
        if crop != input_size {
            return fault(format!(
                "preprocessing.crop is {crop}, but the data are resized to {input_size}; make both the same"
            ));
        }
        if let Resize::Shorter(shorter) = self.resize
            && check::size("preprocessing.resize.shorter", shorter)? < crop
        {
            return fault(format!(
                "preprocessing.resize.shorter: expected at least {crop}, the crop, found {shorter}"
            ));
        }
        for (mean, std) in self.mean.into_iter().zip(self.std) {
            if !mean.is_finite() || !std.is_finite() || std <= 0.0 {
                return fault(format!(
                    "preprocessing.mean and preprocessing.std: expected finite numbers and std above 0, found {mean} and {std}"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_computed_names_the_key() {
        let good = Preprocessing::IMAGENET;
        assert!(good.check("resnet", 224).is_ok());
        let stretch = Preprocessing { resize: Resize::Stretch, ..good };
        assert!(stretch.check("resnet", 224).is_ok());
        let bad = [
            ("crop is 224", 96, good),
            ("crop", 0, Preprocessing { crop: 0, ..good }),
            ("shorter", 224, Preprocessing { resize: Resize::Shorter(200), ..good }),
            ("std", 224, Preprocessing { std: [1.0, 0.0, 1.0], ..good }),
            ("mean", 224, Preprocessing { mean: [f32::NAN, 0.0, 0.0], ..good }),
        ];
        for (key, size, bad) in bad {
            let message = bad.check("resnet", size).expect_err(key).to_string();
            assert!(message.contains(key), "{message}");
        }
    }

    #[test]
    fn it_reads_as_a_config_is_written() {
        let text = r#"{"resize":{"shorter":256},"crop":224,"mean":[0.5,0.5,0.5],
            "std":[0.5,0.5,0.5],"interpolation":"bilinear"}"#;
        let read: Preprocessing = serde_json::from_str(text).expect("a config");
        assert_eq!(read, Preprocessing::TENSORFLOW);
        let text = text.replace(r#"{"shorter":256}"#, r#""stretch""#);
        let read: Preprocessing = serde_json::from_str(&text).expect("a config");
        assert_eq!(read.resize, Resize::Stretch);
    }
}

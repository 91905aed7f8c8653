//! [`Preprocessing`] in the words of published networks, as configs of encoders have them:
//!
//! ```toml
//! preprocessing = { resize = { shorter = 256 }, crop = 224, mean = [0.485, 0.456, 0.406], std = [0.229, 0.224, 0.225], interpolation = "bicubic" }
//! ```
//! `resize` is `"stretch"` or the length of the shorter side, of which the middle `crop` is kept.
//! To be used as `#[serde(with = "story_pictures::published")]`.

use crate::fit::{Fit, ShorterSide};
use crate::{Interpolation, Keys, Preprocessing};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What these configs call the sizes.
pub const KEYS: Keys = Keys { size: "crop", side: "resize.shorter", crop: "crop" };

/// How a picture gets its size before the middle is cut out.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Resize {
    /// Both sides become `crop` pixels.
    Stretch,
    /// The shorter side becomes this many pixels.
    Shorter(usize),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename = "Preprocessing", deny_unknown_fields)]
struct PublishedPreprocessing {
    /// How a picture gets its size before the middle is cut out.
    resize: Resize,
    /// Side of the square that the network sees, pixels.
    crop: usize,
    /// Subtracted from 0..1, by channel.
    mean: [f32; 3],
    /// Divided by afterwards, by channel; above 0.
    std: [f32; 3],
    /// The filter.
    interpolation: Interpolation,
}

impl From<PublishedPreprocessing> for Preprocessing {
    fn from(from: PublishedPreprocessing) -> Self {
        let PublishedPreprocessing { resize, crop, mean, std, interpolation } = from;
        let fit = match (resize, interpolation) {
            (Resize::Stretch, Interpolation::Bilinear) => Fit::Stretch,
            (Resize::Stretch, Interpolation::Bicubic) => Fit::StretchBicubic,
            (Resize::Shorter(side), interpolation) => {
                Fit::Shorter(ShorterSide { side, crop, interpolation })
            }
        };
        Self { size: crop, mean, std, fit }
    }
}

impl From<&Preprocessing> for PublishedPreprocessing {
    fn from(&Preprocessing { size, mean, std, fit }: &Preprocessing) -> Self {
        let resize = fit.shorter_side(size).map_or(Resize::Stretch, Resize::Shorter);
        Self { resize, crop: size, mean, std, interpolation: fit.interpolation() }
    }
}

/// Writes it in these words.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(from: &Preprocessing, to: S) -> Result<S::Ok, S::Error> {
    PublishedPreprocessing::from(from).serialize(to)
}

/// Reads it in these words.
///
/// # Errors
/// The deserializer's: a missing or unknown key, or a value of another type.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Preprocessing, D::Error> {
    PublishedPreprocessing::deserialize(from).map(Preprocessing::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Encoder {
        #[serde(with = "crate::published")]
        preprocessing: Preprocessing,
    }

    fn text(resize: &str, interpolation: &str) -> String {
        format!(
            r#"{{"preprocessing":{{"resize":{resize},"crop":224,"mean":[0.5,0.5,0.5],"std":[0.5,0.5,0.5],"interpolation":"{interpolation}"}}}}"#
        )
    }

    #[test]
    fn it_reads_as_a_config_is_written_and_is_written_so_again() {
        let shorter = r#"{"shorter":256}"#;
        let side =
            |interpolation| Fit::Shorter(ShorterSide { side: 256, crop: 224, interpolation });
        for (resize, interpolation, fit) in [
            (shorter, "bilinear", side(Interpolation::Bilinear)),
            (shorter, "bicubic", side(Interpolation::Bicubic)),
            (r#""stretch""#, "bilinear", Fit::Stretch),
            // The filter holds for stretching too.
            (r#""stretch""#, "bicubic", Fit::StretchBicubic),
        ] {
            let text = text(resize, interpolation);
            let read: Encoder = serde_json::from_str(&text).expect("a config");
            let expected = Preprocessing { fit, ..Preprocessing::TENSORFLOW };
            assert_eq!(read.preprocessing, expected);
            assert_eq!(serde_json::to_string(&read).expect("written"), text);
        }
        let unknown = text(shorter, "bilinear").replace("crop", "size");
        assert!(serde_json::from_str::<Encoder>(&unknown).is_err());
    }

    #[test]
    fn another_size_is_written_as_what_it_shows() {
        let half = Preprocessing { size: 112, ..Preprocessing::IMAGENET };
        let written = serde_json::to_value(PublishedPreprocessing::from(&half)).expect("written");
        assert_eq!(
            (written["crop"].as_u64(), written["resize"]["shorter"].as_u64()),
            (Some(112), Some(128))
        );
        let crop = Preprocessing { size: 96, fit: Fit::Crop, ..Preprocessing::IMAGENET };
        let written = serde_json::to_value(PublishedPreprocessing::from(&crop)).expect("written");
        assert_eq!(written["resize"]["shorter"].as_u64(), Some(96));
    }
}

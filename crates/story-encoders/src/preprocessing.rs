//! What a published network saw in training, and that the data are made so.

use story_core::{Error, Result};
use story_pictures::{Preprocessing, published};

/// Refuses what cannot be computed, and pictures of another size than the data are made in.
///
/// # Errors
/// [`Error::Config`] naming the encoder and the key.
pub(crate) fn check(preprocessing: &Preprocessing, kind: &str, input_size: usize) -> Result<()> {
    let fault = |problem: String| Error::Config(format!("image encoder `{kind}`: {problem}"));
    preprocessing
        .check(&published::KEYS)
        .map_err(|error| fault(format!("preprocessing.{error}")))?;
    let crop = preprocessing.size;
    if crop != input_size {
        return Err(fault(format!(
            "preprocessing.crop is {crop}, but the data are resized to {input_size}; make both the same"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_pictures::{Fit, Interpolation, ShorterSide};

    #[test]
    fn what_cannot_be_computed_names_the_key() {
        let good = Preprocessing::IMAGENET;
        assert!(check(&good, "resnet", 224).is_ok());
        let stretch = Preprocessing { fit: Fit::Stretch, ..good };
        assert!(check(&stretch, "resnet", 224).is_ok());
        let narrow = Fit::Shorter(ShorterSide {
            side: 200,
            crop: 224,
            interpolation: Interpolation::Bilinear,
        });
        let bad = [
            ("crop is 224", 96, good),
            ("crop", 0, Preprocessing { size: 0, ..good }),
            ("resize.shorter", 224, Preprocessing { fit: narrow, ..good }),
            ("std", 224, Preprocessing { std: [1.0, 0.0, 1.0], ..good }),
            ("mean", 224, Preprocessing { mean: [f32::NAN, 0.0, 0.0], ..good }),
        ];
        for (key, size, bad) in bad {
            let message = check(&bad, "resnet", size).expect_err(key).to_string();
            let named = format!("image encoder `resnet`: preprocessing.{key}");
            assert!(message.contains(&named), "{message}");
        }
    }
}

//! How a language model sees the pictures of a story: learned prefix tokens that every block looks at
//! beside the words ([`story_core::layers::gated_prefix`]).

use crate::check;
use crate::text_decoder::PicturesGiven;
use serde::{Deserialize, Serialize};
use story_core::{Error, Result};

/// The most tokens of a picture, or of the whole: beyond, they would be the story's larger part.
const MOST_TOKENS: usize = 64;

/// How a language model sees the pictures of a story.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PicturesConfig {
    /// Prefix tokens of each picture, 1 to 64.
    pub tokens: usize,
    /// Prefix tokens of the mean of the pictures that are seen, 0 (none) to 64.
    pub whole: usize,
    /// Width of the hidden layer between a picture's vector and its tokens.
    pub hidden_width: usize,
    /// The rate at which a picture is withheld in training, 0 (off) to below 1.
    pub dropout: f32,
    /// A text sees the newest pictures before it, so many at most. A window's context length, so
    /// that a text that is learned within its story sees no more than one that is told.
    pub reach: usize,
    /// What a gate's parameter is multiplied by, above 0. Adam moves a parameter by no more than the
    /// learning rate a step: at 3e-4 a gate that is its own parameter would be at .02 after sixty
    /// steps, as good as shut.
    pub gate_scale: f64,
}

impl Default for PicturesConfig {
    fn default() -> Self {
        Self { tokens: 2, whole: 2, hidden_width: 256, dropout: 0.1, reach: 4, gate_scale: 32.0 }
    }
}

impl PicturesConfig {
    /// Checks what does not depend on the encoder.
    ///
    /// # Errors
    /// [`Error::Config`] that names the key.
    pub fn check(&self) -> Result<()> {
        let key = |name: &str| format!("text_decoder.pictures.{name}");
        check::size(&key("tokens"), self.tokens)?;
        for (name, value) in [("tokens", self.tokens), ("whole", self.whole)] {
            if value > MOST_TOKENS {
                return Err(Error::Config(format!(
                    "{} is {value}; expected at most {MOST_TOKENS}",
                    key(name)
                )));
            }
        }
        check::size(&key("hidden_width"), self.hidden_width)?;
        check::rate(&key("dropout"), self.dropout)?;
        if !(self.gate_scale.is_finite() && self.gate_scale > 0.0) {
            return Err(Error::Config(format!(
                "{} is {}; expected a number above 0",
                key("gate_scale"),
                self.gate_scale
            )));
        }
        check::size(&key("reach"), self.reach)
    }

    /// The width of the pictures' vectors, where the model is given them.
    ///
    /// # Errors
    /// [`Error::Config`] naming both keys where it is not.
    pub fn width(given: PicturesGiven) -> Result<usize> {
        let problem = match given {
            PicturesGiven::Frozen(width) => return Ok(width),
            PicturesGiven::Learning => {
                "model.image_encoder learns: the language model reads the vectors of a frozen encoder; take one with published weights and train = 0, as configs/african-storybook-pretrained.toml does"
            }
            PicturesGiven::No => {
                "model.inputs is \"text\": pictures may not be seen; set inputs to \"both\", or leave text_decoder.pictures out"
            }
        };
        Err(Error::Config(format!("text_decoder.pictures is set and {problem}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_and_unknown_keys_are_named() {
        type Change = fn(&mut PicturesConfig);
        let refused: [(&str, Change); 9] = [
            ("pictures.tokens", |p| p.tokens = 0),
            ("pictures.tokens", |p| p.tokens = 65),
            ("pictures.whole", |p| p.whole = 65),
            ("pictures.hidden_width", |p| p.hidden_width = 0),
            ("pictures.dropout", |p| p.dropout = 1.0),
            ("pictures.dropout", |p| p.dropout = f32::NAN),
            ("pictures.reach", |p| p.reach = 0),
            ("pictures.gate_scale", |p| p.gate_scale = 0.0),
            ("pictures.gate_scale", |p| p.gate_scale = f64::NAN),
        ];
        for (key, change) in refused {
            let mut pictures = PicturesConfig::default();
            change(&mut pictures);
            let message = pictures.check().expect_err("refused").to_string();
            assert!(message.contains(key), "{message}");
        }
        assert!(PicturesConfig { whole: 0, ..PicturesConfig::default() }.check().is_ok());
        let read = |text: &str| toml::from_str::<PicturesConfig>(text);
        let written = "tokens = 2\nwhole = 2\nhidden_width = 256\ndropout = 0.1\nreach = 4\ngate_scale = 32.0";
        assert_eq!(read(written).expect("written out"), PicturesConfig::default());
        assert_eq!(read("").expect("all by default"), PicturesConfig::default());
        assert!(read("depth = 1").expect_err("an unknown key").to_string().contains("depth"));
    }

    #[test]
    fn pictures_that_are_not_given_name_both_keys() {
        assert_eq!(PicturesConfig::width(PicturesGiven::Frozen(7)).ok(), Some(7));
        for (given, key) in
            [(PicturesGiven::Learning, "model.image_encoder"), (PicturesGiven::No, "model.inputs")]
        {
            let message = PicturesConfig::width(given).expect_err("refused").to_string();
            assert!(message.contains("text_decoder.pictures") && message.contains(key));
        }
    }
}

//! Whose vectors pictures have, and who may want a frozen encoder's.

use super::Config;
use crate::error::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use story_encoders::pretrained::Learning;
use story_model::{LanguageModelConfig, PicturesConfig, PicturesGiven, TextDecoderConfig};

/// Whose vector of a frozen picture encoder a picture has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShownPictures {
    /// Its own.
    #[default]
    Own,
    /// That of another picture of those that are read together, drawn once from the run's seed: the
    /// control of what pictures are worth, with as many parameters and as much to see.
    Shuffled,
}

impl ShownPictures {
    pub(super) fn are_own(&self) -> bool {
        *self == Self::Own
    }
}

/// Checks that whoever wants a frozen encoder's vectors has one.
///
/// # Errors
/// [`Error::Config`] naming both keys.
pub(super) fn check(config: &Config) -> Result<()> {
    if config.model.image_encoder.learning() == Learning::Frozen {
        return Ok(());
    }
    if config.data.pictures == ShownPictures::Shuffled {
        return Err(Error::Config(
            "data.pictures is \"shuffled\" and model.image_encoder learns: vectors of a frozen encoder are shuffled; take one with published weights and train = 0, as configs/african-storybook-pretrained.toml does".into(),
        ));
    }
    match &config.model.text_decoder {
        TextDecoderConfig::LanguageModel(LanguageModelConfig { pictures: Some(_), .. }) => {
            PicturesConfig::width(PicturesGiven::Learning).map(|_| ()).context("model")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::QUICKSTART;
    use super::*;

    fn read(patches: &[&str]) -> Result<Config> {
        let patches: Vec<String> = patches.iter().map(ToString::to_string).collect();
        Config::parse(QUICKSTART, &patches)
    }

    #[test]
    fn vectors_of_a_frozen_encoder_need_one() {
        let frozen = "model.image_encoder={kind='mobilenet-v2',width_multiplier=0.35,padding='torch',norm_epsilon=1e-5,pooling='average',train=0,weights={kind='formula'},preprocessing={resize='stretch',crop=32,mean=[0.5,0.5,0.5],std=[0.5,0.5,0.5],interpolation='bilinear'}}";
        let decoder = "model.text_decoder={kind='language-model',weights='a.gguf',begin='b',separator='s',max_tokens=9,max_prompt=9,trains={kind='prefix'},pictures={}}";
        for wanted in ["data.pictures=shuffled", decoder] {
            let message = read(&[wanted]).expect_err("refused").to_string();
            assert!(message.contains("model.image_encoder"), "{message}");
            assert!(message.contains("pictures"), "{message}");
            read(&[frozen, wanted]).expect("a config");
        }
        let own = read(&[]).expect("a config").to_toml().expect("TOML");
        assert!(!own.contains("\npictures = "), "checkpoints of before keep their bytes");
        let shuffled = read(&[frozen, "data.pictures=shuffled"]).expect("a config");
        let again = Config::parse(&shuffled.to_toml().expect("TOML"), &[]).expect("its own text");
        assert_eq!(again.data.pictures, ShownPictures::Shuffled);
    }
}

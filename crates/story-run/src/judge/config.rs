//! The config of a judge of pictures and texts, `task = "verify"`: every value in one TOML file,
//! checked before anything starts.

use crate::config::{self, OnFault, VERIFY};
use crate::error::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use story_data::source::SourceConfig;
use story_data::split::SplitConfig;
use story_encoders::weights::WeightsConfig;
use story_hub::configs::ConfigText;
use story_verify::examples::ExamplesConfig;
use story_verify::fusion::TrainConfig;

/// The name of the built-in config that `story verify` takes where none is named.
const PRESET: &str = "verify";

/// Everything that a judge depends on, besides the data themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyConfig {
    /// `verify`.
    pub task: String,
    /// Name of the run's folder and heading of its report.
    pub name: String,
    /// What the config is for, in a sentence.
    pub description: String,
    /// What must be said beside every result on these data; empty where nothing.
    pub notice: String,
    /// The seed of every random number.
    pub seed: u64,
    /// cpu, cuda, cuda:N or metal: where the detector runs.
    pub device: String,
    /// Stories and who is held out.
    pub data: VerifyDataConfig,
    /// What finds things in pictures.
    pub detector: DetectorConfig,
    /// How texts are read.
    pub language: LanguageConfig,
    /// What brings pictures and texts into one space.
    pub similarity: SimilarityConfig,
    /// How places are compared: `normalized`, or `pixels-400` as the original did.
    pub space: SpaceConfig,
    /// The typed negatives.
    pub examples: ExamplesConfig,
    /// What is fused and how.
    pub fusion: FusionConfig,
    /// What is scored and how.
    pub evaluate: VerifyEvaluateConfig,
}

/// Stories and who is held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyDataConfig {
    /// Where stories come from.
    pub source: SourceConfig,
    /// Who is held out; of the stories that the similarity's alignment has not learned from.
    pub split: SplitConfig,
    /// Instead of the split: so many folds, each held out once; 0 for the split.
    pub folds: usize,
    /// Read at most so many stories of each split of the source; 0 reads all.
    pub max_stories: usize,
    /// `fail` or `skip`: what a record that cannot be read does. Skips are counted.
    pub bad_records: OnFault,
    /// `fail` or `skip`: what a picture that does not decode does; skipped ones are counted.
    pub bad_pictures: OnFault,
}

/// What finds things in pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DetectorConfig {
    /// The boxes that the corpus itself gives.
    Annotations {},
    /// A published detector.
    Published {
        /// As `story detect --detector` names it.
        name: String,
        /// Its weights.
        weights: String,
        /// Least score of a box, 0 to 1.
        min_score: f32,
        /// Overlap, 0 to 1, above which the lesser of two boxes of one category is dropped.
        max_iou: f32,
    },
}

/// How texts are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageConfig {
    /// A folder with WordNet's files, by which nouns that the own table lacks find their category;
    /// empty for the own table alone.
    pub wordnet: String,
}

/// What brings pictures and texts into one space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SimilarityConfig {
    /// Nothing: there is no such signal.
    None {},
    /// CLIP ViT-B/32.
    Clip {
        /// Where its weights come from.
        weights: WeightsConfig,
        /// Its tokenizer, a file or folder; empty takes the one beside the weights.
        tokenizer: String,
    },
    /// The alignment that a run of this project has learned. Stories it has learned from are left
    /// out.
    Alignment {
        /// The run's folder; empty takes the newest, and where there is none goes without.
        run: String,
    },
}

/// How places are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SpaceConfig {
    /// By what the text says, over the boxes' sizes.
    Normalized {},
    /// The original's: related things within 400 pixels, whatever the text says.
    #[serde(rename = "pixels-400")]
    Pixels400 {},
}

/// What is fused and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FusionConfig {
    /// The signals that are fused: `object-match`, `weakest`, `scene`, `similarity`, `space`, `numbers`, `colors`, `details`.
    pub signals: Vec<String>,
    /// Whether a second model looks at regions through the similarity's space.
    pub regions: bool,
    /// At most so many regions a picture, the surest.
    pub max_regions: usize,
    /// Steps and rates.
    pub train: TrainConfig,
}

/// What is scored and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyEvaluateConfig {
    /// Bootstrap resamples of stories.
    pub resamples: u32,
    /// Examples with pictures in the report.
    pub samples: usize,
}

impl VerifyConfig {
    /// Reads `path`, or the preset, and applies `patches` of the form `key.path=value`.
    ///
    /// # Errors
    /// Names the file, the key and the nearest known name.
    pub fn read(path: Option<&Path>, patches: &[String]) -> Result<Self> {
        let config = config::open(path.unwrap_or(Path::new(PRESET)))?;
        let read = || config::parsed::<Self>(&config, patches)?.checked();
        read().with_context(|| format!("config {}", config.name))
    }

    /// Reads a config from its text.
    ///
    /// # Errors
    /// Names the key and the nearest known name.
    pub fn parse(text: &str, patches: &[String]) -> Result<Self> {
        config::parsed::<Self>(&ConfigText::of(text), patches)?.checked()
    }

    /// The config as TOML, every value explicit.
    pub fn to_toml(&self) -> Result<String> {
        Ok(toml::to_string(self)?)
    }

    fn checked(self) -> Result<Self> {
        if self.task != VERIFY {
            return Err(Error::Config(format!(
                "task: expected \"{VERIFY}\", found \"{}\"",
                self.task
            )));
        }
        config::check_name(&self.name)?;
        let resamples = self.evaluate.resamples;
        if !(1..=config::MOST_RESAMPLES).contains(&(resamples as usize)) {
            let most = config::MOST_RESAMPLES;
            return Err(Error::Config(format!(
                "evaluate.resamples: expected 1 to {most}, found {resamples}"
            )));
        }
        if [1, 2].contains(&self.data.folds) {
            // One fold is tested, one chooses thresholds, the others train.
            let folds = self.data.folds;
            return Err(Error::Config(format!(
                "data.folds: expected 0 (the split) or at least 3, found {folds}"
            )));
        }
        self.fusion.train.checked()?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_judges_config_reads_round_trips_and_says_what_it_is() -> Result<()> {
        let mut count = 0;
        for built_in in story_hub::configs::BUILT_IN {
            let path = Path::new(built_in.path);
            if config::task(path)? != VERIFY {
                continue;
            }
            count += 1;
            let config = VerifyConfig::read(Some(path), &[])?;
            assert_eq!(built_in.path, config.name);
            assert!(!config.description.is_empty(), "{}", built_in.path);
            assert_eq!(VerifyConfig::parse(&config.to_toml()?, &[])?, config);
        }
        assert_eq!(count, 3);
        Ok(())
    }

    #[test]
    fn the_preset_is_the_original_systems() -> Result<()> {
        let config = VerifyConfig::read(None, &[])?;
        assert_eq!(config.seed, 42);
        assert_eq!(config.fusion.train, TrainConfig::default());
        assert_eq!(config.fusion.signals, ["object-match", "similarity", "space"]);
        let split = SplitConfig::Story { validation: 0.15, test: 0.15 };
        assert_eq!(config.data.split, split);
        Ok(())
    }
}

//! The config: every value of a run in one TOML file, checked before anything starts.

mod patch;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;
use story_data::source::SourceConfig;
use story_data::split::SplitConfig;
use story_data::window::WindowConfig;
use story_model::{GenerateConfig, ModelConfig, ObjectiveConfig, TrainConfig};

/// The config that runs when none is named.
pub const QUICKSTART: &str = include_str!("../../../configs/quickstart.toml");

/// Everything a run depends on, besides the data themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the run's folder and heading of its report.
    pub name: String,
    /// What the config is for, in a sentence.
    pub description: String,
    /// What must be said beside every result on these data; empty where nothing.
    pub notice: String,
    /// The seed of every random number.
    pub seed: u64,
    /// cpu, cuda, cuda:N or metal.
    pub device: String,
    /// Stories, splits, windows, pixels, tokens.
    pub data: DataConfig,
    /// The parts and how they are wired.
    pub model: ModelConfig,
    /// Weights of the loss.
    pub objective: ObjectiveConfig,
    /// Steps, rates, checkpoints.
    pub train: TrainConfig,
    /// What is scored and how.
    pub evaluate: EvaluateConfig,
}

/// From a corpus to batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Where stories come from.
    pub source: SourceConfig,
    /// Who is held out.
    pub split: SplitConfig,
    /// How stories become windows.
    pub window: WindowConfig,
    /// Read at most so many stories of each split; 0 reads all.
    pub max_stories: usize,
    /// `fail` or `skip`: what a record that cannot be read does. Skips are counted.
    pub bad_records: OnFault,
    /// `fail` or `skip`: what a picture that does not decode does; skipped ones are masked and counted.
    pub bad_pictures: OnFault,
    /// The encoder's pictures.
    pub picture: story_data::pixels::PixelConfig,
    /// Height and width of the picture to predict.
    pub target_size: usize,
    /// Tokens a text, specials included.
    pub max_tokens: usize,
    /// Decoded pictures kept in memory, in MB; 0 keeps none.
    pub decoded_cache_mb: usize,
    /// Batches prepared ahead.
    pub prefetch: usize,
    /// The vocabulary.
    pub tokenizer: TokenizerConfig,
}

/// What a faulty record or picture does to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFault {
    /// End with an error that names it.
    Fail,
    /// Leave it out and count it.
    Skip,
}

/// Where the vocabulary comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TokenizerConfig {
    /// WordPiece trained on the training split's texts.
    Train {
        /// Most ids, specials included.
        vocabulary: usize,
        /// Word pieces seen less often are not made.
        min_frequency: u64,
    },
    /// A `tokenizer.json` or `vocab.txt`.
    File {
        /// The file.
        path: String,
    },
}

/// What is scored and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluateConfig {
    /// Windows a batch.
    pub batch_size: usize,
    /// Score at most so many test windows, the first of the shuffled list; 0 scores all.
    pub max_windows: usize,
    /// How texts are generated.
    pub generation: GenerateConfig,
    /// Bootstrap resamples of stories.
    pub resamples: u32,
    /// Windows shown in the report.
    pub samples: usize,
}

impl Config {
    /// Reads `path` (or the quickstart) and applies `patches` of the form `key.path=value`.
    ///
    /// # Errors
    /// Names the file, the key and the nearest known name.
    pub fn read(path: Option<&Path>, patches: &[String]) -> Result<Self> {
        let (name, text) = match path {
            None => (
                "configs/quickstart.toml (built in)".to_string(),
                QUICKSTART.to_string(),
            ),
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| {
                    format!(
                        "config {}: cannot be read; `story list configs` shows those at hand",
                        path.display()
                    )
                })?;
                (path.display().to_string(), text)
            }
        };
        Self::parse(&text, patches).with_context(|| format!("config {name}"))
    }

    /// Reads a config from its text.
    pub fn parse(text: &str, patches: &[String]) -> Result<Self> {
        // The plain text is read first, since its errors can point at a line.
        if patches.is_empty() {
            let config: Self = toml::from_str(text).map_err(|e| explained(&e.to_string()))?;
            return config.checked();
        }
        let mut table: toml::Table = text
            .parse()
            .map_err(|e: toml::de::Error| explained(&e.to_string()))?;
        for text in patches {
            patch::apply(&mut table, text)?;
        }
        let config: Self = table
            .try_into()
            .map_err(|e: toml::de::Error| explained(&e.to_string()))?;
        config.checked()
    }

    /// The config as TOML, every value explicit.
    pub fn to_toml(&self) -> Result<String> {
        Ok(toml::to_string(self)?)
    }

    /// What the types cannot say.
    fn checked(self) -> Result<Self> {
        let name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.name.is_empty() || !self.name.chars().all(name) {
            bail!(
                "name: `{}` must be letters, digits, `-`, `_` or `.`: it names a folder",
                self.name
            );
        }
        let positive = [
            ("data.window.context", self.data.window.context),
            ("data.target_size", self.data.target_size),
            ("evaluate.batch_size", self.evaluate.batch_size),
            ("evaluate.resamples", self.evaluate.resamples as usize),
        ];
        for (key, value) in positive {
            if value == 0 {
                bail!("{key}: expected at least 1, found 0");
            }
        }
        // Used after training only: found wrong then, it would cost the whole training.
        let generation = self.evaluate.generation.clone().checked();
        generation.context("evaluate.generation")?;
        const SHORTEST: usize = 3;
        if self.data.max_tokens < SHORTEST {
            bail!(
                "data.max_tokens: expected at least {SHORTEST} (start, a word, end), found {}",
                self.data.max_tokens
            );
        }
        Ok(self)
    }
}

/// Adds the nearest known name to serde's message about an unknown one.
fn explained(message: &str) -> anyhow::Error {
    let message = message.trim_end();
    match patch::nearest_in_message(message) {
        Some(nearest) => anyhow!("{message}\ndid you mean `{nearest}`?"),
        None => anyhow!("{message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quickstart_reads_and_round_trips() {
        let config = Config::parse(QUICKSTART, &[]).expect("the quickstart is a config");
        let again = Config::parse(&config.to_toml().expect("TOML"), &[]).expect("its own text");
        assert_eq!(config, again);
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let text = QUICKSTART.replace("learning_rate", "learnig_rate");
        let message = Config::parse(&text, &[])
            .expect_err("a typing error")
            .to_string();
        assert!(
            message.contains("did you mean `learning_rate`?"),
            "{message}"
        );
    }

    #[test]
    fn patches_change_one_value() {
        let patches = [
            "train.learning_rate=0.5".to_string(),
            "name=other".to_string(),
        ];
        let config = Config::parse(QUICKSTART, &patches).expect("a patched config");
        assert_eq!(config.train.learning_rate, 0.5);
        assert_eq!(config.name, "other");
        let message = Config::parse(QUICKSTART, &["train.learnig_rate=1".to_string()])
            .expect_err("an unknown key")
            .to_string();
        assert!(message.contains("learning_rate"), "{message}");
    }
}

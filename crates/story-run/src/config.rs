//! The config: every value of a run in one TOML file, checked before anything starts.

mod bounds;
mod evaluate;
pub mod patch;
mod pictures;
mod plain;

pub use evaluate::{EvaluateConfig, TextPool, Variant};
pub use pictures::ShownPictures;
pub use plain::plain_words;

use crate::error::{Context, Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::Path;
use story_data::source::SourceConfig;
use story_data::split::SplitConfig;
use story_data::window::WindowConfig;
use story_hub::base;
use story_hub::configs::{self, BUILT_IN, BuiltIn, ConfigText};
use story_model::{ModelConfig, ObjectiveConfig, TrainConfig};
use story_pictures::{Keys, Preprocessing};

/// The name of the config that runs when none is named.
const QUICKSTART_NAME: &str = "quickstart";

/// The config that runs when none is named.
pub const QUICKSTART: &str = include_str!("../../../configs/quickstart.toml");

/// The value of `task` that tells a judge's config from a story model's.
pub const VERIFY: &str = "verify";

/// What a config can do about a picture that does not decode.
pub const SKIP_PICTURES: &str =
    "repair or remove it, or set data.bad_pictures = \"skip\" to mask such pictures and count them";

/// The most synthetic stories of a split: with about 80 KB of pictures each, they fill 8 GB.
const MOST_STORIES: usize = 100_000;

/// The most bootstrap resamples: a hundred times what is usual.
pub const MOST_RESAMPLES: usize = 100_000;

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
    /// Frozen encoders' outputs: made once, kept.
    pub features: FeaturesConfig,
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
    /// `own` or `shuffled`: whose vector of a frozen picture encoder a picture has.
    #[serde(default, skip_serializing_if = "ShownPictures::are_own")]
    pub pictures: ShownPictures,
    /// The encoder's pictures.
    pub picture: Preprocessing,
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

/// How frozen encoders run, and where their outputs are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeaturesConfig {
    /// The folder of the cache, shared by runs and processes; empty keeps nothing on disk.
    pub folder: String,
    /// Most megabytes in that folder; the shards used longest ago go first.
    pub limit_mb: u64,
    /// Pictures or texts encoded at once.
    pub batch_size: usize,
    /// The frozen text encoder's tokenizer, a file or folder; empty takes the one beside its weights.
    pub tokenizer: String,
    /// Tokens of a text that the frozen text encoder reads, specials included.
    pub text_tokens: usize,
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
    /// The one that the text encoder was published with.
    Encoder {},
    /// The same, pruned to the pieces that the training split's texts are made of.
    Pruned {
        /// Pieces seen less often go, and words made of them are spelled.
        min_frequency: u64,
    },
}

impl Config {
    /// Reads `path`, a file or the name of a built-in config (or the quickstart), and applies
    /// `patches` of the form `key.path=value`.
    ///
    /// # Errors
    /// Names the file, the key and the nearest known name.
    pub fn read(path: Option<&Path>, patches: &[String]) -> Result<Self> {
        let config = open(path.unwrap_or(Path::new(QUICKSTART_NAME)))?;
        let read = || parsed::<Self>(&config, patches)?.checked();
        read().with_context(|| format!("config {}", config.name))
    }

    /// Reads a config from its text; a base that it names is built in, or looked for in the working
    /// directory.
    pub fn parse(text: &str, patches: &[String]) -> Result<Self> {
        parsed::<Self>(&ConfigText::of(text), patches)?.checked()
    }

    /// The same config with another seed.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self.train.seed = seed;
        self
    }

    /// The config as TOML, every value explicit.
    pub fn to_toml(&self) -> Result<String> {
        Ok(toml::to_string(self)?)
    }

    /// What the types cannot say; and the trainer's seed, which is the run's.
    fn checked(mut self) -> Result<Self> {
        self.train.seed = self.seed;
        check_name(&self.name)?;
        bounds::check(&self)?;
        if let SourceConfig::Synthetic { train_stories, test_stories, .. } = self.data.source {
            for (key, stories) in [("train", train_stories), ("test", test_stories)] {
                if stories > MOST_STORIES {
                    return Err(Error::Config(format!(
                        "data.source.{key}_stories: expected at most {MOST_STORIES} (a story's \
                         pictures take about 80 KB, and all are held in memory), found {stories}"
                    )));
                }
            }
        }
        // Found wrong later, these would cost the reading, or the whole training.
        pictures::check(&self)?;
        let checked = self.data.picture.check(&Keys::DATA);
        checked.map_err(|error| story_data::Error::Config(format!("data.picture.{error}")))?;
        self.train.clone().checked()?;
        self.objective.checked()?;
        let generation = self.evaluate.generation.clone().checked();
        generation.context("evaluate.generation")?;
        Ok(self)
    }
}

/// The config at `path`: the name of one that is built in, or a file.
///
/// # Errors
/// A file that cannot be read, with the built-in name nearest to it.
pub fn open(path: &Path) -> Result<ConfigText> {
    ConfigText::open(path).map_err(|error| {
        let story_hub::Error::Config(problem) = error else { return error.into() };
        let names: Vec<String> = BUILT_IN.iter().map(BuiltIn::name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let name = path.extension().is_none().then(|| path.to_string_lossy());
        let nearest = name.and_then(|name| patch::nearest(&name, &names));
        let hint = nearest.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        Error::Config(format!("config {problem}{hint}"))
    })
}

/// A config with its bases, patched.
///
/// # Errors
/// Names the key and the nearest known name.
pub fn parsed<T: DeserializeOwned>(config: &ConfigText, patches: &[String]) -> Result<T> {
    // The plain text is read where it can be, since its errors point at a line.
    if patches.is_empty() && !base::is_named(&table_of(&config.text)?) {
        return toml::from_str(&config.text).map_err(|e| explained(&e.to_string()));
    }
    let mut table = config.table()?;
    for text in patches {
        patch::apply(&mut table, text)?;
    }
    table.try_into().map_err(|e: toml::de::Error| {
        let error = explained(&e.to_string());
        Error::Config(format!("{error}{}", patch::kind_hint(&error.to_string(), patches)))
    })
}

/// What the config at `path` is for: its key `task` or its base's, `story` where nobody says.
///
/// # Errors
/// A file that cannot be read or is no TOML.
pub fn task(path: &Path) -> Result<String> {
    let config = open(path)?;
    let table = config.table().with_context(|| format!("config {}", config.name))?;
    Ok(configs::task(&table).to_string())
}

fn table_of(text: &str) -> Result<toml::Table> {
    text.parse().map_err(|e: toml::de::Error| explained(&e.to_string()))
}

/// Whether `name` can name a folder.
///
/// # Errors
/// Where it cannot.
pub fn check_name(name: &str) -> Result<()> {
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(letter) {
        return Err(Error::Config(format!(
            "name: `{name}` must be letters, digits, `-`, `_` or `.`: it names a folder"
        )));
    }
    Ok(())
}

/// Serde's message in plain words, with the nearest known name where it is about an unknown one.
fn explained(message: &str) -> Error {
    let message = plain_words(message.trim_end());
    match patch::nearest_in_message(&message) {
        Some(nearest) => Error::Config(format!("{message}\ndid you mean `{nearest}`?")),
        None => Error::Config(message),
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
    fn every_config_of_the_repository_reads_and_says_what_it_is() {
        let mut names = std::collections::BTreeSet::new();
        for built_in in BUILT_IN {
            // Called by its place under `configs/`, and as the file.
            let (name, root) = (Path::new(built_in.path), env!("CARGO_MANIFEST_DIR"));
            if task(name).expect("a config") == VERIFY {
                continue;
            }
            let config = Config::read(Some(name), &[])
                .unwrap_or_else(|error| panic!("{}: {error:#}", built_in.path));
            let file = format!("{root}/../../configs/{}.toml", built_in.path);
            let of_file = Config::read(Some(Path::new(&file)), &[]).expect("the same config");
            assert_eq!(config, of_file);
            if !built_in.path.starts_with("systems-on-books") {
                assert_eq!(name.file_name(), Some(config.name.as_ref()));
            }
            assert!(!config.description.is_empty(), "{}", built_in.path);
            assert!(names.insert(config.name.clone()), "{} twice", config.name);
        }
        let presets = ["quickstart", "resnet18-distilbert", "mobilenet-minilm", "picture-blind"];
        for preset in presets {
            assert!(names.contains(preset), "{preset} is missing: {names:?}");
        }
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let text = QUICKSTART.replace("learning_rate", "learnig_rate");
        let message = Config::parse(&text, &[]).expect_err("a typing error").to_string();
        assert!(message.contains("did you mean `learning_rate`?"), "{message}");
    }

    #[test]
    fn patches_change_one_value() {
        let patches = ["train.learning_rate=0.5".to_string(), "name=other".to_string()];
        let config = Config::parse(QUICKSTART, &patches).expect("a patched config");
        assert_eq!(config.train.learning_rate, 0.5);
        assert_eq!(config.name, "other");
        let message = Config::parse(QUICKSTART, &["train.learnig_rate=1".to_string()])
            .expect_err("an unknown key")
            .to_string();
        assert!(message.contains("learning_rate"), "{message}");
    }
}

//! From a config to stories, splits and windows.

use crate::config::{Config, DataConfig, TokenizerConfig};
use crate::error::{Context, Error, Result};
use crate::frozen::{EncoderTokenizer, encoder_tokenizer};
use crate::host::Host;
use crate::reading::{Reading, Wanted};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use story_core::{Story, rng};
use story_data::Columns;
use story_data::split::{SplitIndices, split, split_hash};
use story_data::tokenizer::{StoryTokenizer, TrainConfig as TokenizerTraining};
use story_data::window::{StoryWindow, windows};
use story_report::counted;
use story_report::records::SplitRecord;

/// Stories of all splits in memory (pictures encoded as the source holds them), and their windows.
pub struct Corpus {
    /// Every story that was read.
    pub stories: Arc<[Story]>,
    /// Indices into the stories.
    pub splits: SplitIndices,
    /// Hash of the splits' ids.
    pub hash: String,
    /// Windows of the training stories.
    pub train: Vec<StoryWindow>,
    /// Windows of the validation stories.
    pub validation: Vec<StoryWindow>,
    /// Windows of the test stories.
    pub test: Vec<StoryWindow>,
    /// Where the stories come from, as the sources describe themselves.
    pub source: String,
    /// What could not be used, by reason, counted.
    pub skipped: BTreeMap<String, u64>,
}

impl Corpus {
    /// Reads, splits and windows the config's stories.
    ///
    /// # Errors
    /// A source that cannot be read, a faulty record where the config says `fail`, or a part
    /// of the split without windows.
    pub fn load(data: &DataConfig, seed: u64, host: &Host) -> Result<Self> {
        let wanted = Wanted {
            source: &data.source,
            max_stories: data.max_stories,
            bad_records: data.bad_records,
            columns: Columns::All,
        };
        let reading = Reading::of(wanted, host)?;
        let mut skipped = reading.counted();
        let members = reading.members();
        let splits = split(data.split, &members, seed)?;
        let hash = split_hash(&members, &splits);
        let stories: Arc<[Story]> = reading.stories.into_iter().map(|(story, _)| story).collect();
        let mut part = |name: &str, selection: &[usize]| -> Result<Vec<StoryWindow>> {
            let (windows, report) = windows(data.window, &stories, selection)?;
            if !report.too_short.is_empty() {
                *skipped.entry(format!("{name}: story with fewer than two frames")).or_default() +=
                    report.too_short.len() as u64;
            }
            Ok(windows)
        };
        let (train, validation, test) = (
            part("train", &splits.train)?,
            part("validation", &splits.validation)?,
            part("test", &splits.test)?,
        );
        for (name, windows) in [("train", &train), ("test", &test)] {
            if windows.is_empty() {
                return Err(Error::Config(format!(
                    "the {name} split has no window in {}; give more stories, or change data.split and data.window",
                    counted(stories.len() as u64, "story", "stories")
                )));
            }
        }
        Ok(Self { stories, splits, hash, train, validation, test, source: reading.source, skipped })
    }

    /// The texts of the training stories: all that a vocabulary may be learned from.
    pub fn training_texts(&self) -> impl Iterator<Item = &str> {
        self.splits
            .train
            .iter()
            .flat_map(|&story| &self.stories[story].frames)
            .map(|frame| frame.text.as_str())
    }

    /// The config's tokenizer: learned from the training stories, or read from its file.
    pub fn tokenizer(&self, config: &Config, host: &Host) -> Result<StoryTokenizer> {
        Ok(match &config.data.tokenizer {
            TokenizerConfig::Train { vocabulary, min_frequency } => StoryTokenizer::train(
                self.training_texts(),
                TokenizerTraining { vocabulary_size: *vocabulary, min_frequency: *min_frequency },
            )?,
            TokenizerConfig::File { path } => {
                StoryTokenizer::from_file(Path::new(path)).context("data.tokenizer.path")?
            }
            TokenizerConfig::Encoder {} => published_tokenizer(config, host)?,
            TokenizerConfig::Pruned { min_frequency } => {
                published_tokenizer(config, host)?.pruned(self.training_texts(), *min_frequency)?
            }
        })
    }

    /// All windows, those of training first.
    pub fn windows(&self) -> impl Iterator<Item = &StoryWindow> {
        let held_out = self.validation.iter().chain(&self.test);
        self.train.iter().chain(held_out)
    }

    /// A short text of window `index`'s story, its target's text.
    pub fn target_text(&self, window: &StoryWindow) -> &str {
        &self.stories[window.story].frames[window.target].text
    }

    /// The ids of each part of the split, by which others can evaluate on the same stories, and
    /// their hash.
    pub fn split_ids(&self) -> serde_json::Value {
        let ids = |stories: &[usize]| -> Vec<&str> {
            stories.iter().map(|s| self.stories[*s].id.as_str()).collect()
        };
        serde_json::json!({
            "hash": self.hash,
            "train": ids(&self.splits.train),
            "validation": ids(&self.splits.validation),
            "test": ids(&self.splits.test),
        })
    }

    /// A hash of a part's ids, whatever their order: the same hash is the same part.
    fn ids_hash(&self, stories: &[usize]) -> String {
        let mut ids: Vec<&str> = stories.iter().map(|s| self.stories[*s].id.as_str()).collect();
        ids.sort_unstable();
        let each = ids.into_iter().map(|id| format!("{}:{id} ", id.len()));
        format!("{:016x}", rng::hash(&each.collect::<String>()))
    }

    /// Counts for the run's summary.
    pub fn split_records(&self) -> BTreeMap<String, SplitRecord> {
        let record = |stories: &[usize], windows: &[StoryWindow]| SplitRecord {
            stories: stories.len() as u64,
            windows: windows.len() as u64,
            ids_hash: self.ids_hash(stories),
        };
        BTreeMap::from([
            ("train".to_string(), record(&self.splits.train, &self.train)),
            ("validation".to_string(), record(&self.splits.validation, &self.validation)),
            ("test".to_string(), record(&self.splits.test, &self.test)),
        ])
    }
}

/// The tokenizer that the text encoder was published with.
fn published_tokenizer(config: &Config, host: &Host) -> Result<StoryTokenizer> {
    match encoder_tokenizer(&config.model.text_encoder, &config.features.tokenizer, host)? {
        EncoderTokenizer::WordPiece(tokenizer) => Ok(tokenizer),
        EncoderTokenizer::Clip(_) => Err(Error::Config(
            "data.tokenizer: CLIP's byte pairs are for its encoder only; use kind = \"train\""
                .into(),
        )),
    }
}

//! From a config to stories, splits and windows.

use crate::config::{Config, DataConfig, OnFault, TokenizerConfig};
use crate::console::Console;
use crate::frozen::{EncoderTokenizer, encoder_tokenizer};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use story_core::Story;
use story_data::diagnostic::DiagnosticKind;
use story_data::source::SourceConfig;
use story_data::split::{Member, SplitIndices, split, split_hash};
use story_data::tokenizer::{StoryTokenizer, TrainConfig as TokenizerTraining};
use story_data::window::{StoryWindow, windows};
use story_data::{Columns, Diagnostic, Split, StorySource};
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

/// What a source gave: stories with the split they came in.
pub struct Reading {
    /// The stories, in order.
    pub stories: Vec<(Story, Split)>,
    /// How the sources describe themselves.
    pub source: String,
    /// Records that were skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Faults that were read over.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the source has a train and a test split of its own.
    pub official: bool,
}

/// Opens one split of a source with the process's environment.
pub fn open(source: &SourceConfig, split: Split, columns: Columns) -> Result<Box<dyn StorySource>> {
    let hub = crate::hub::open(Console::Quiet)?;
    match source.open(split, columns, &hub) {
        Err(error @ story_data::Error::Io { .. }) => Err(error)
            .context("the stories cannot be read; correct data.source, --parquet or --folder"),
        opened => Ok(opened?),
    }
}

/// What is read of which source.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Where stories come from.
    pub source: &'a SourceConfig,
    /// At most so many stories of each split; 0 reads all.
    pub max_stories: usize,
    /// What a record that cannot be read does.
    pub bad_records: OnFault,
    /// With or without pictures.
    pub columns: Columns,
}

/// Reads both splits of a source.
pub fn read(wanted: Wanted, console: Console) -> Result<Reading> {
    let Wanted { source: from, max_stories, bad_records, columns } = wanted;
    let mut reading = Reading {
        stories: Vec::new(),
        source: String::new(),
        skipped: BTreeMap::new(),
        diagnostics: Vec::new(),
        official: from.has_official_split()?,
    };
    let splits: &[Split] =
        if reading.official { &[Split::Train, Split::Test] } else { &[Split::Train] };
    for &split in splits {
        let mut source = open(from, split, columns)?;
        if !reading.source.is_empty() {
            reading.source.push_str("; ");
        }
        reading.source.push_str(&source.describe());
        let limit = if max_stories == 0 { usize::MAX } else { max_stories };
        let length = source.len().unwrap_or(0).min(limit);
        let bar = console.bar(&format!("read {}", split.name()), length as u64);
        let mut taken = 0;
        while taken < limit {
            let Some(record) = source.next_record() else {
                break;
            };
            match record {
                Ok(record) => {
                    let (story, diagnostics) = record.parse();
                    reading.diagnostics.extend(diagnostics);
                    reading.stories.push((story, split));
                    taken += 1;
                }
                Err(error) if error.is_record() && bad_records == OnFault::Skip => {
                    console.warn(&format!("skipped: {error}"));
                    *reading.skipped.entry("record that cannot be read".into()).or_default() += 1;
                }
                Err(error) => {
                    return Err(error).context(
                        "reading stories (set data.bad_records = \"skip\" to leave faulty records out and count them)",
                    );
                }
            }
            bar.inc(1);
        }
        reading.diagnostics.extend(source.take_diagnostics());
        bar.finish_and_clear();
    }
    Ok(reading)
}

impl Corpus {
    /// Reads, splits and windows the config's stories.
    ///
    /// # Errors
    /// A source that cannot be read, a faulty record where the config says `fail`, or a part
    /// of the split without windows.
    pub fn load(data: &DataConfig, seed: u64, console: Console) -> Result<Self> {
        let wanted = Wanted {
            source: &data.source,
            max_stories: data.max_stories,
            bad_records: data.bad_records,
            columns: Columns::All,
        };
        let reading = read(wanted, console)?;
        let mut skipped = reading.skipped;
        for diagnostic in &reading.diagnostics {
            *skipped.entry(format!("note: {}", kind_name(diagnostic.kind))).or_default() += 1;
        }
        let official = reading.official;
        let members: Vec<Member> = reading
            .stories
            .iter()
            .map(|(story, split)| Member { id: &story.id, official: official.then_some(*split) })
            .collect();
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
                bail!(
                    "the {name} split has no window in {} stories; give more stories, or change data.split and data.window",
                    stories.len()
                );
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
    pub fn tokenizer(&self, config: &Config) -> Result<StoryTokenizer> {
        Ok(match &config.data.tokenizer {
            TokenizerConfig::Train { vocabulary, min_frequency } => StoryTokenizer::train(
                self.training_texts(),
                TokenizerTraining { vocabulary_size: *vocabulary, min_frequency: *min_frequency },
            )?,
            TokenizerConfig::File { path } => {
                StoryTokenizer::from_file(Path::new(path)).context("data.tokenizer.path")?
            }
            TokenizerConfig::Encoder {} => published_tokenizer(config)?,
            TokenizerConfig::Pruned { min_frequency } => {
                published_tokenizer(config)?.pruned(self.training_texts(), *min_frequency)?
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

    /// Counts for the run's summary.
    pub fn split_records(&self) -> BTreeMap<String, SplitRecord> {
        let record = |stories: &[usize], windows: &[StoryWindow]| SplitRecord {
            stories: stories.len() as u64,
            windows: windows.len() as u64,
            ids_hash: self.hash.clone(),
        };
        BTreeMap::from([
            ("train".to_string(), record(&self.splits.train, &self.train)),
            ("validation".to_string(), record(&self.splits.validation, &self.validation)),
            ("test".to_string(), record(&self.splits.test, &self.test)),
        ])
    }
}

/// The tokenizer that the text encoder was published with.
fn published_tokenizer(config: &Config) -> Result<StoryTokenizer> {
    match encoder_tokenizer(&config.model.text_encoder, &config.features.tokenizer)? {
        EncoderTokenizer::WordPiece(tokenizer) => Ok(tokenizer),
        EncoderTokenizer::Clip(_) => bail!(
            "data.tokenizer: CLIP's byte pairs are for its encoder only; use kind = \"train\""
        ),
    }
}

/// A diagnostic's kind in words, such as `empty text`.
pub fn kind_name(kind: DiagnosticKind) -> String {
    let name = serde_json::to_value(kind).ok();
    name.and_then(|name| Some(name.as_str()?.replace('-', " "))).unwrap_or_default()
}

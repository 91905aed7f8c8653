//! From windows to batches: the collator of a config, training batches in each epoch's order, and
//! evaluation batches, prepared in the background.

use crate::config::{Config, OnFault, SKIP_PICTURES};
use crate::corpus::Corpus;
use crate::error::Result;
use crate::frozen::preprocessing;
use crate::language::Language;
use std::collections::HashSet;
use std::sync::Arc;
use story_core::{Batch, Story};
use story_data::collate::{CollateConfig, Collator, FeatureTables, OnBadPicture};
use story_data::prefetch::{LastBatch, Prefetch, batches, epoch_order};
use story_data::tokenizer::StoryTokenizer;
use story_data::window::StoryWindow;
use story_model::trainer::{BatchSource, Batches};
use story_pictures::Limits;

/// How the context's pictures come to who paints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As the encoder sees them, which is all that most painters know.
    Encoded,
    /// In the size of the target too.
    AsPixels,
}

/// The collator of a config, with the vectors of its frozen encoders.
pub fn collator(
    config: &Config,
    tokenizer: StoryTokenizer,
    language: Option<&Language>,
    features: FeatureTables,
    shown: Shown,
) -> Result<Collator> {
    const BYTES_PER_MB: usize = 1 << 20;
    let data = &config.data;
    let config = CollateConfig {
        context_pixels: preprocessing(config),
        target_size: data.target_size,
        max_tokens: data.max_tokens,
        on_bad_picture: match data.bad_pictures {
            OnFault::Fail => OnBadPicture::Fail,
            OnFault::Skip => OnBadPicture::Mask,
        },
        max_pixels: Limits::default().pixels,
        shown: shown == Shown::AsPixels,
        cache_bytes: data.decoded_cache_mb.saturating_mul(BYTES_PER_MB),
    };
    let collator = Collator::new(config, tokenizer)?;
    let collator = match language {
        Some(language) => collator
            .with_language(language.tokenizer.clone(), language.rows)?
            .showing(language.pictures()),
        None => collator,
    };
    Ok(collator.with_features(features))
}

/// What a model learns from, and is chosen by.
pub struct Lessons {
    /// Every story.
    pub stories: Arc<[Story]>,
    /// The windows of an epoch.
    pub train: Vec<StoryWindow>,
    /// The windows that choose the epoch.
    pub validation: Vec<StoryWindow>,
    /// Makes the batches.
    pub collator: Arc<Collator>,
}

impl Lessons {
    /// All windows of a corpus.
    pub fn windows(corpus: &Corpus, collator: Arc<Collator>) -> Self {
        let (train, validation) = (corpus.train.clone(), corpus.validation.clone());
        Self { stories: corpus.stories.clone(), train, validation, collator }
    }

    /// One window a story, whose row tells all of it.
    pub fn stories(corpus: &Corpus, collator: Arc<Collator>) -> Self {
        let first = |windows: &[StoryWindow]| {
            let mut known = HashSet::new();
            let new = windows.iter().filter(|window| known.insert(window.story));
            new.cloned().collect()
        };
        let (train, validation) = (first(&corpus.train), first(&corpus.validation));
        Self { stories: corpus.stories.clone(), train, validation, collator }
    }
}

/// The trainer's batches: shuffled by epoch, prepared in the background.
pub struct TrainingBatches<'a> {
    /// Windows, and what makes batches of them.
    pub lessons: &'a Lessons,
    /// Windows a batch.
    pub batch_size: usize,
    /// Batches prepared ahead.
    pub depth: usize,
    /// The run's seed.
    pub seed: u64,
}

impl TrainingBatches<'_> {
    /// A single leftover window has no negative to be told apart from; it waits for the next
    /// epoch's shuffle, unless it is all there is.
    fn last(&self) -> LastBatch {
        if self.lessons.train.len() < self.batch_size { LastBatch::Keep } else { LastBatch::Drop }
    }

    fn prefetch(&self, plan: Vec<Vec<StoryWindow>>) -> story_core::Result<Batches<'static>> {
        let stories = self.lessons.stories.clone();
        let batches = Prefetch::new(self.lessons.collator.clone(), stories, plan, self.depth)
            .map_err(core_error)?;
        Ok(Box::new(batches.map(|batch| batch.map_err(core_error))))
    }
}

impl BatchSource for TrainingBatches<'_> {
    fn batches_per_epoch(&self) -> usize {
        match self.last() {
            LastBatch::Keep => self.lessons.train.len().div_ceil(self.batch_size),
            LastBatch::Drop => self.lessons.train.len() / self.batch_size,
        }
    }

    fn epoch(&mut self, epoch: u64, from_batch: usize) -> story_core::Result<Batches<'_>> {
        let order = epoch_order(self.lessons.train.len(), self.seed, epoch);
        let plan = batches(&self.lessons.train, &order, self.batch_size, self.last(), from_batch)
            .map_err(core_error)?;
        self.prefetch(plan)
    }

    fn validation(&mut self) -> story_core::Result<Batches<'_>> {
        self.prefetch(in_order(&self.lessons.validation, self.batch_size))
    }
}

/// Windows in their own order, in batches.
pub fn in_order(windows: &[StoryWindow], size: usize) -> Vec<Vec<StoryWindow>> {
    windows.chunks(size.max(1)).map(<[StoryWindow]>::to_vec).collect()
}

/// Batches of `windows` in order, prepared in the background.
///
/// # Errors
/// A depth or size that cannot be.
pub fn evaluation_batches(
    stories: &Arc<[Story]>,
    collator: &Arc<Collator>,
    windows: &[StoryWindow],
    size: usize,
) -> Result<impl Iterator<Item = Result<Batch>> + use<>> {
    /// One batch in the making while one is evaluated.
    const DEPTH: usize = 2;
    let plan = in_order(windows, size);
    let batches = Prefetch::new(collator.clone(), stories.clone(), plan, DEPTH)?;
    Ok(batches.map(|batch| Ok(batch.map_err(|e| with_remedy(e, SKIP_PICTURES))?)))
}

/// The error of a batch with `remedy`: data are at fault there only by a picture that does not decode,
/// and what to do about it the caller knows better than the library.
pub(crate) fn with_remedy(mut error: story_data::Error, remedy: &str) -> story_data::Error {
    if let story_data::Error::Data { remedy: own, .. } = &mut error {
        *own = remedy.into();
    }
    error
}

/// The core's form of a data error, keeping its words.
fn core_error(error: story_data::Error) -> story_core::Error {
    match with_remedy(error, SKIP_PICTURES) {
        story_data::Error::Core(error) => error,
        story_data::Error::Config(message) => story_core::Error::Config(message),
        error @ (story_data::Error::Hub(_) | story_data::Error::Io { .. }) => {
            story_core::Error::Environment(error.to_string())
        }
        error @ story_data::Error::Data { .. } => story_core::Error::Data(error.to_string()),
    }
}

//! Encoders of a config, opened: those that learn go into the model, frozen ones run once over a
//! corpus and are replaced by tables of what they made of it.
//!
//! The library of encoders knows networks and weights, that of data knows pixels and tokens; only
//! here both are known.

mod image;
mod keys;
mod text;

pub use image::{FrozenImage, pixel_config};
pub use text::{EncoderTokenizer, FrozenText, encoder_tokenizer};

use crate::config::{Config, DataConfig};
use crate::console::Console;
use crate::environment;
use anyhow::{Context, Result};
use candle_core::{Device, Tensor};
use keys::Content;
use std::path::Path;
use std::sync::Arc;
use story_core::hub::HubEnvironment;
use story_core::{ParamStore, Story, Vocabulary};
use story_data::collate::FeatureTables;
use story_data::window::StoryWindow;
use story_encoders::features::{FeatureCache, FeatureKey};
use story_encoders::pretrained::Learning;
use story_encoders::weights::{Weights, WeightsConfig};
use story_encoders::{ImageEncoderDims, TextEncoderDims};
use story_model::encoders::{IMAGE_ENCODER, TEXT_ENCODER};
use story_model::{EncoderSlot, Encoders, ModelDims, StoryModel};

/// The frozen encoders of a config; either side may have none.
pub struct Frozen {
    image: Option<FrozenImage>,
    text: Option<FrozenText>,
    /// Where vectors are kept, and how many bytes they may take; `None` keeps them in memory.
    cache: Option<(std::path::PathBuf, u64)>,
    batch_size: usize,
    console: Console,
}

/// The model of `config` with its encoders, and the frozen ones beside it.
///
/// # Errors
/// Weights that cannot be had or are of another network, or a config that cannot be built.
pub fn model(
    config: &Config,
    vocabulary: Vocabulary,
    store: &ParamStore,
    console: Console,
) -> Result<(StoryModel, Frozen)> {
    let dims = ModelDims {
        vocabulary,
        encoder_size: pixel_config(config).size,
        target_size: config.data.target_size,
    };
    let mut frozen = Frozen::none(config, console);
    let encoders = Encoders {
        image: match config.model.image_encoder.learning() {
            Learning::Frozen => {
                let image = FrozenImage::open(&config.model.image_encoder, config.seed)?;
                console.say(&image.describe());
                let width = image.width();
                frozen.image = Some(image);
                EncoderSlot::Features(width)
            }
            learning => {
                let dims = ImageEncoderDims { input_size: dims.encoder_size };
                let encoder = &config.model.image_encoder;
                not_kept(learning, "picture", console);
                let weights = weights(encoder.weights(), "model.image_encoder.weights")?;
                EncoderSlot::Reads(encoder.open(&dims, weights, store, IMAGE_ENCODER)?)
            }
        },
        text: match config.model.text_encoder.learning() {
            Learning::Frozen => {
                let text = FrozenText::open_in(config)?;
                console.say(&text.describe());
                let width = text.width();
                frozen.text = Some(text);
                EncoderSlot::Features(width)
            }
            learning => {
                let dims = TextEncoderDims { vocabulary };
                let encoder = &config.model.text_encoder;
                not_kept(learning, "text", console);
                let weights = weights(encoder.weights(), "model.text_encoder.weights")?;
                EncoderSlot::Reads(encoder.open(&dims, weights, store, TEXT_ENCODER)?)
            }
        },
    };
    let model = StoryModel::with_encoders(&config.model, &dims, store, encoders)?;
    Ok((model, frozen))
}

/// The mean of a frozen picture encoder's vectors over the frames of `windows`, `(E,)`; `None` where
/// the encoder trains or no frame has a picture.
///
/// # Errors
/// Those of making a tensor.
pub fn mean_picture<'a>(
    features: &FeatureTables,
    stories: &[Story],
    windows: impl IntoIterator<Item = &'a StoryWindow>,
) -> Result<Option<Tensor>> {
    let Some(table) = &features.image else {
        return Ok(None);
    };
    let frames = keys::frames(windows);
    let (mut sum, mut count) = (vec![0f64; table.width()], 0u64);
    for (story, frame) in frames {
        let bytes = stories[story].frames[frame].image.as_ref();
        let Some(row) = bytes.and_then(|bytes| table.get(bytes)) else {
            continue;
        };
        count += 1;
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
    if count == 0 {
        return Ok(None);
    }
    let mean: Vec<f32> = sum.iter().map(|sum| (sum / count as f64) as f32).collect();
    Ok(Some(Tensor::from_vec(mean, sum.len(), &Device::Cpu)?))
}

/// Says that nothing is kept of an encoder whose top learns.
fn not_kept(learning: Learning, side: &str, console: Console) {
    if learning == Learning::Tuned {
        console.say(&format!(
            "{side} encoder: its top layers train, so its outputs change and none are kept"
        ));
    }
}

/// What the weights' config names; drawn numbers for encoders that have none.
fn weights(config: Option<WeightsConfig>, key: &str) -> Result<Weights> {
    match config {
        Some(config) => published_weights(&config).with_context(|| key.to_string()),
        None => Ok(Weights::Random),
    }
}

/// The weights that `config` names, from disk or the Hub.
pub fn published_weights(config: &WeightsConfig) -> Result<Weights> {
    Ok(Weights::open(config, &hub()?)?)
}

fn hub() -> Result<HubEnvironment> {
    Ok(HubEnvironment::from_lookup(environment::lookup)?)
}

impl Frozen {
    fn none(config: &Config, console: Console) -> Self {
        const BYTES_PER_MB: u64 = 1 << 20;
        let features = &config.features;
        let limit = features.limit_mb.saturating_mul(BYTES_PER_MB);
        Self {
            image: None,
            text: None,
            cache: (!features.folder.is_empty()).then(|| (features.folder.clone().into(), limit)),
            batch_size: features.batch_size,
            console,
        }
    }

    /// The vectors of all frames that `windows` name.
    ///
    /// # Errors
    /// A picture that does not decode, naming story and frame, unless the config skips those.
    pub fn tables<'a>(
        &self,
        data: &DataConfig,
        stories: &[Story],
        windows: impl IntoIterator<Item = &'a StoryWindow>,
    ) -> Result<FeatureTables> {
        if self.image.is_none() && self.text.is_none() {
            return Ok(FeatureTables::default());
        }
        let frames = keys::frames(windows);
        let image = match &self.image {
            Some(image) => {
                let contents = Content::pictures(stories, &frames);
                let mut cache = self.open_cache(image.key(), image.width())?;
                let found = image.fill(&contents, &mut cache, data, self)?;
                Some(Arc::new(found))
            }
            None => None,
        };
        let text = match &self.text {
            Some(text) => {
                let contents = Content::texts(stories, &frames);
                let mut cache = self.open_cache(text.key(), text.width())?;
                Some(Arc::new(text.fill(&contents, &mut cache, self)?))
            }
            None => None,
        };
        Ok(FeatureTables { image, text })
    }

    /// The cache of an encoder; in memory where the folder cannot be used.
    fn open_cache(&self, key: &FeatureKey, width: usize) -> Result<FeatureCache> {
        let Some((folder, limit)) = &self.cache else {
            return Ok(FeatureCache::in_memory(width)?);
        };
        let folder: &Path = folder;
        match FeatureCache::open(folder, key, width, *limit) {
            Ok(mut cache) => {
                self.warn_of(&mut cache);
                Ok(cache)
            }
            Err(error) => {
                self.console.warn(&format!("features are kept in memory only: {error}"));
                Ok(FeatureCache::in_memory(width)?)
            }
        }
    }

    /// Stores what is new and shows what went wrong.
    fn store(&self, cache: &mut FeatureCache) {
        if let Err(error) = cache.flush() {
            self.console.warn(&error.to_string());
        }
        self.warn_of(cache);
    }

    fn warn_of(&self, cache: &mut FeatureCache) {
        for warning in cache.take_warnings() {
            self.console.warn(&warning);
        }
    }
}

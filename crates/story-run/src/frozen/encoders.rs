//! The frozen encoders of a config, and the tables of what they made of a corpus.

use super::image::{FrozenImage, preprocessing};
use super::kept::Kept;
use super::keys::{self, Content};
use super::shuffled::shuffled;
use super::text::FrozenText;
use super::weights::weights;
use crate::config::{Config, ShownPictures};
use crate::error::Result;
use crate::host::Host;
use crate::language::Language;
use candle_core::{Device, Tensor};
use std::sync::Arc;
use story_core::{ParamStore, Story, Vocabulary};
use story_data::collate::FeatureTables;
use story_data::tokenizer::TextTokenizer;
use story_data::window::StoryWindow;
use story_encoders::pretrained::Learning;
use story_encoders::{ImageEncoderDims, TextEncoderDims};
use story_model::encoders::{IMAGE_ENCODER, TEXT_ENCODER};
use story_model::{EncoderSlot, Encoders, ModelDims, Opened, StoryModel};

/// The frozen encoders of a config; either side may have none.
pub struct Frozen {
    image: Option<FrozenImage>,
    text: Option<FrozenText>,
    kept: Kept,
}

/// The encoders of `config`, and the frozen ones beside them. `vocabulary` is what the text encoder
/// reads.
///
/// # Errors
/// Weights that cannot be had or are of another network, or a config that cannot be built.
pub fn open(
    config: &Config,
    vocabulary: Vocabulary,
    store: &ParamStore,
    host: &Host,
) -> Result<(Encoders, Frozen)> {
    let mut frozen = Frozen { image: None, text: None, kept: Kept::of(config, host) };
    let encoders = Encoders {
        image: match config.model.image_encoder.learning() {
            Learning::Frozen => {
                let image = FrozenImage::open(&config.model.image_encoder, config.seed, host)?;
                host.say(&image.describe());
                let width = image.width();
                frozen.image = Some(image);
                EncoderSlot::Features(width)
            }
            learning => {
                let dims = ImageEncoderDims { input_size: preprocessing(config).size };
                let encoder = &config.model.image_encoder;
                not_kept(learning, "picture", host);
                let weights = weights(encoder.weights(), "model.image_encoder.weights", host)?;
                EncoderSlot::Reads(encoder.open(&dims, weights, store, IMAGE_ENCODER)?)
            }
        },
        text: match config.model.text_encoder.learning() {
            Learning::Frozen => {
                let text = FrozenText::open_in(config, host)?;
                host.say(&text.describe());
                let width = text.width();
                frozen.text = Some(text);
                EncoderSlot::Features(width)
            }
            learning => {
                let dims = TextEncoderDims { vocabulary };
                let encoder = &config.model.text_encoder;
                not_kept(learning, "text", host);
                let weights = weights(encoder.weights(), "model.text_encoder.weights", host)?;
                EncoderSlot::Reads(encoder.open(&dims, weights, store, TEXT_ENCODER)?)
            }
        },
    };
    Ok((encoders, frozen))
}

/// The model of `config` with its encoders. `vocabulary` is what its text encoder reads, and what
/// its decoder tells unless that is `language`.
///
/// # Errors
/// A config that cannot be built.
pub fn model(
    config: &Config,
    vocabulary: Vocabulary,
    language: Option<&Language>,
    encoders: Encoders,
    store: &ParamStore,
) -> Result<StoryModel> {
    let told = |language: &Language| {
        let told = language.tokenizer.vocabulary();
        // A table of embeddings may have more rows than there are tokens.
        Vocabulary { size: language.words(), ..told }
    };
    let dims = ModelDims {
        vocabulary: language.map_or(vocabulary, told),
        encoder_size: preprocessing(config).size,
        target_size: config.data.target_size,
    };
    let opened = Opened { encoders, text_decoder: language.map(Language::decoder) };
    Ok(StoryModel::with_opened(&config.model, &dims, store, opened)?)
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
fn not_kept(learning: Learning, side: &str, host: &Host) {
    if learning == Learning::Tuned {
        host.say(&format!(
            "{side} encoder: its top layers train, so its outputs change and none are kept"
        ));
    }
}

impl Frozen {
    /// The frozen picture encoder; `None` where the model reads pictures itself.
    pub fn image(&self) -> Option<&FrozenImage> {
        self.image.as_ref()
    }

    /// The frozen text encoder; `None` where the model reads texts itself.
    pub fn text(&self) -> Option<&FrozenText> {
        self.text.as_ref()
    }

    /// The vectors of all frames that `windows` name, as `config.data` wants them.
    ///
    /// # Errors
    /// A picture that does not decode, naming story and frame, unless the config skips those.
    pub fn tables<'a>(
        &self,
        config: &Config,
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
                let table = image.table(&contents, config.data.bad_pictures, &self.kept)?;
                Some(Arc::new(match config.data.pictures {
                    ShownPictures::Own => table,
                    ShownPictures::Shuffled => shuffled(&table, &contents, config.seed)?,
                }))
            }
            None => None,
        };
        let text = match &self.text {
            Some(text) => {
                let contents = Content::texts(stories, &frames);
                Some(Arc::new(text.table(&contents, &self.kept)?))
            }
            None => None,
        };
        Ok(FeatureTables { image, text })
    }
}

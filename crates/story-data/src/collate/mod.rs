//! Collation: windows of stories to the tensors of a [`Batch`].
//!
//! Pictures are decoded and resized in parallel, each distinct frame once; texts are tokenised;
//! what is missing is masked. Axes: `B` windows, `T` context frames, `L` tokens, `H`, `W` pixels.
//! Everything is computed from the frames that a window names and from nothing else: the
//! context tensors come from the context's frames, so the target cannot enter them.

mod cache;
mod config;
mod features;
mod language;
mod pictures;
mod slots;
mod steps;
mod texts;

use crate::Result;
use crate::tokenizer::{LanguageTokenizer, TextTokenizer};
use crate::window::StoryWindow;
use candle_core::{Device, Tensor};
use language::{Language, TextsTold};
use pictures::{FrameKey, FramePicture, Views};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use story_core::batch::{FrameFeatures, Origin};
use story_core::{Batch, Story, rng};
use story_pictures::{Preprocessing, write_planar};

pub use cache::{CacheReport, DecodedCache};
pub use config::{CollateConfig, OnBadPicture};
pub use features::{FeatureTable, FeatureTables};
pub use language::{CutPrompt, LanguageRows};
pub use steps::StepPictures;

/// A picture that did not decode and was masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadPicture {
    /// The story's id.
    pub story: String,
    /// The frame's place in the story, counted from 0.
    pub frame: usize,
    /// What was wrong with it.
    pub reason: String,
}

/// Makes batches; can be shared by threads.
#[derive(Debug)]
pub struct Collator {
    config: CollateConfig,
    tokenizer: Box<dyn TextTokenizer>,
    /// Where the decoder reads and tells in tokens of its own.
    language: Option<Language>,
    cache: DecodedCache,
    features: FeatureTables,
    /// Story id and frame to reason; ordered, so that reports are.
    bad: Mutex<BTreeMap<(String, usize), String>>,
    /// Story id and target to tokens left out.
    cut: Mutex<BTreeMap<(String, usize), usize>>,
}

impl Collator {
    /// A collator with an empty cache.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) naming the key that cannot be.
    pub fn new(config: CollateConfig, tokenizer: impl TextTokenizer + 'static) -> Result<Self> {
        config.check()?;
        Ok(Self {
            config,
            tokenizer: Box::new(tokenizer),
            language: None,
            cache: DecodedCache::new(config.cache_bytes),
            features: FeatureTables::default(),
            bad: Mutex::default(),
            cut: Mutex::default(),
        })
    }

    /// The same collator with vectors of frozen encoders in the place of what these would read:
    /// pictures of the context are not decoded then.
    pub fn with_features(self, features: FeatureTables) -> Self {
        Self { features, ..self }
    }

    /// Vectors of the frozen encoders; empty tables where encoders read for themselves.
    pub fn features(&self) -> &FeatureTables {
        &self.features
    }

    /// The same collator for a decoder that is a language model: batches hold the story so far as
    /// a prompt, and targets, in the language model's tokens; the encoder's stay as they are.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for rows without room.
    pub fn with_language(self, tokenizer: LanguageTokenizer, rows: LanguageRows) -> Result<Self> {
        Ok(Self { language: Some(Language::new(tokenizer, rows)?), ..self })
    }

    /// The same collator for learning whole stories: a window's row tells all texts of its story, each
    /// learned from those before it, and not the target's alone. Nothing else changes, and nothing
    /// where there is no language model.
    pub fn telling_stories(self) -> Self {
        let language = self.language.map(|language| language.telling(TextsTold::Story));
        Self { language, ..self }
    }

    /// The same collator for a language model that sees pictures, or one that does not: its prompts
    /// come with the vectors of their steps' pictures. Nothing else changes, and nothing where there
    /// is no language model.
    pub fn showing(self, pictures: StepPictures) -> Self {
        let language = self.language.map(|language| language.showing(pictures));
        Self { language, ..self }
    }

    /// Gives back the memory of the pictures that were decoded; those that come again are decoded again.
    pub fn forget_pictures(&self) {
        self.cache.clear();
    }

    /// What turns texts into the ids that the text encoder reads.
    pub fn tokenizer(&self) -> &dyn TextTokenizer {
        self.tokenizer.as_ref()
    }

    /// What turns texts into the ids that the text decoder tells; the encoder's, but for a
    /// language model.
    pub fn decoder_tokenizer(&self) -> &dyn TextTokenizer {
        match &self.language {
            Some(language) => &language.tokenizer,
            None => self.tokenizer(),
        }
    }

    /// The language model's tokenizer, where the decoder is one.
    pub fn language_tokenizer(&self) -> Option<&LanguageTokenizer> {
        self.language.as_ref().map(|language| &language.tokenizer)
    }

    /// The windows whose story so far was too long for a prompt, each once, ordered by story id
    /// and target.
    pub fn cut_prompts(&self) -> Vec<CutPrompt> {
        let cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        let told = cut.iter().map(|((story, target), left_out)| CutPrompt {
            story: story.clone(),
            target: *target,
            left_out: *left_out,
        });
        told.collect()
    }

    /// The config it was made with.
    pub fn config(&self) -> &CollateConfig {
        &self.config
    }

    /// What the cache of decoded pictures holds.
    pub fn cache(&self) -> CacheReport {
        self.cache.report()
    }

    /// The pictures masked so far, each once, ordered by story id and frame.
    pub fn bad_pictures(&self) -> Vec<BadPicture> {
        let bad = self.bad.lock().unwrap_or_else(PoisonError::into_inner);
        bad.iter()
            .map(|((story, frame), reason)| BadPicture {
                story: story.clone(),
                frame: *frame,
                reason: reason.clone(),
            })
            .collect()
    }

    /// The batch of `windows`, on the CPU, with shapes checked.
    ///
    /// A missing picture is the mean colour (0 after normalisation; 0 in the target) under a
    /// mask of 0; a missing text is `[CLS] [SEP]` under a text mask of 0. Padding slots repeat
    /// their frame's picture and text under masks of 0; their token mask tells which of the
    /// repeated tokens are padding, so that no row is masked as a whole. A language model's prompt
    /// has neither padding slots nor missing texts.
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for windows that do not fit `stories` or each other;
    /// [`Error::Data`](crate::Error::Data) naming story and frame for a picture that does not decode.
    pub fn collate(&self, stories: &[Story], windows: &[StoryWindow]) -> Result<Batch> {
        let slots = slots::shared(stories, windows)?;
        let pictures = self.pictures(stories, windows)?;
        self.note_bad(stories, &pictures);
        let images = self.images(stories, windows, slots, &pictures)?;
        let texts = self.texts(stories, windows, slots)?;
        let mut telling = None;
        if let Some(language) = &self.language {
            let table = self.features.image.as_deref();
            let (told, cut) = language.tensors(stories, windows, table)?;
            self.note_cut(cut);
            telling = Some(told);
        }
        let batch = Batch {
            images: images.context,
            image_mask: images.context_mask,
            tokens: texts.context,
            token_mask: texts.token_mask,
            text_mask: texts.text_mask,
            target_image: images.target,
            target_encoder_image: images.target_encoder,
            target_image_mask: images.target_mask,
            target_tokens: texts.target,
            target_mask: texts.target_mask,
            stories: windows.iter().map(|window| rng::hash(&stories[window.story].id)).collect(),
            origins: windows
                .iter()
                .map(|window| Origin {
                    story: stories[window.story].id.clone(),
                    target: window.target,
                })
                .collect(),
            image_features: images.features,
            text_features: texts.features,
            shown_images: images.shown,
            telling,
        };
        Ok(batch.checked()?)
    }

    fn note_bad(&self, stories: &[Story], pictures: &BTreeMap<FrameKey, FramePicture>) {
        let mut bad = self.bad.lock().unwrap_or_else(PoisonError::into_inner);
        for (&(story, frame), picture) in pictures {
            if let FramePicture::Masked(reason) = picture {
                bad.insert((stories[story].id.clone(), frame), reason.clone());
            }
        }
    }

    fn note_cut(&self, prompts: Vec<CutPrompt>) {
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        cut.extend(prompts.into_iter().map(|cut| ((cut.story, cut.target), cut.left_out)));
    }

    fn pictures(
        &self,
        stories: &[Story],
        windows: &[StoryWindow],
    ) -> Result<BTreeMap<FrameKey, FramePicture>> {
        let features = self.features.image.as_deref();
        pictures::decode_all(&self.config, &self.cache, features, stories, windows)
    }

    fn images(
        &self,
        stories: &[Story],
        windows: &[StoryWindow],
        slots: usize,
        pictures: &BTreeMap<FrameKey, FramePicture>,
    ) -> Result<ImageTensors> {
        let Preprocessing { size, mean, std, .. } = self.config.context_pixels;
        let views = |story: usize, frame: usize| match &pictures[&(story, frame)] {
            FramePicture::Decoded(views) => Some(views),
            FramePicture::Missing | FramePicture::Masked(_) => None,
        };
        let context: Vec<Option<&Views>> = windows
            .iter()
            .flat_map(|window| {
                window.context.iter().map(move |slot| views(window.story, slot.frame))
            })
            .collect();
        let targets: Vec<Option<&Views>> =
            windows.iter().map(|window| views(window.story, window.target)).collect();
        let real = windows.iter().flat_map(|window| &window.context).map(|slot| !slot.padding);
        let context_mask: Vec<f32> =
            context.iter().zip(real).map(|(views, real)| mask(views.is_some() && real)).collect();
        let target_mask: Vec<f32> = targets.iter().map(|views| mask(views.is_some())).collect();

        let features = match &self.features.image {
            Some(table) => {
                let row = |(story, frame): (usize, usize), views: &Option<&Views>| {
                    views.and_then(|_| table.get(stories[story].frames[frame].image.as_deref()?))
                };
                let slots_of = |window: &StoryWindow| {
                    let story = window.story;
                    let frames = window.context.iter().map(move |slot| (story, slot.frame));
                    frames.collect::<Vec<_>>()
                };
                let places = windows.iter().flat_map(slots_of);
                let context: Vec<_> = places.zip(&context).map(|(p, v)| row(p, v)).collect();
                let places = windows.iter().map(|window| (window.story, window.target));
                let targets: Vec<_> = places.zip(&targets).map(|(p, v)| row(p, v)).collect();
                Some(features::tensors(table.width(), slots, &context, &targets)?)
            }
            None => None,
        };
        // Features stand for what the encoder would see.
        let size = if features.is_some() { 0 } else { size };
        let encoder = |views: &Views| views.encoder.clone();
        let (b, side) = (windows.len(), self.config.target_size);
        let drawn = |views: &Views| views.target.clone();
        let shown = match self.config.shown {
            true => {
                let shown = planes(&context, side, [0.0; 3], [1.0; 3], drawn);
                Some(cpu(shown, &[b, slots, 3, side, side])?) // (B, T, 3, H', W')
            }
            false => None,
        };
        let context = planes(&context, size, mean, std, encoder);
        let target_encoder = planes(&targets, size, mean, std, encoder);
        let target = planes(&targets, side, [0.0; 3], [1.0; 3], drawn);
        Ok(ImageTensors {
            context: cpu(context, &[b, slots, 3, size, size])?, // (B, T, 3, H, W)
            context_mask: cpu(context_mask, &[b, slots])?,      // (B, T)
            target: cpu(target, &[b, 3, side, side])?,          // (B, 3, H', W')
            target_encoder: cpu(target_encoder, &[b, 3, size, size])?, // (B, 3, H, W)
            target_mask: cpu(target_mask, &[b])?,               // (B,)
            features,
            shown,
        })
    }
}

struct ImageTensors {
    context: Tensor,
    context_mask: Tensor,
    target: Tensor,
    target_encoder: Tensor,
    target_mask: Tensor,
    features: Option<FrameFeatures>,
    shown: Option<Tensor>,
}

fn mask(keep: bool) -> f32 {
    f32::from(u8::from(keep))
}

fn has_words(text: &str) -> bool {
    !text.trim().is_empty()
}

fn cpu<T: candle_core::WithDType>(values: Vec<T>, shape: &[usize]) -> Result<Tensor> {
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// One `(3, size, size)` picture behind the other; 0 where there is none.
fn planes(
    views: &[Option<&Views>],
    size: usize,
    mean: [f32; 3],
    std: [f32; 3],
    pixels: impl Fn(&Views) -> Option<Arc<[u8]>> + Sync,
) -> Vec<f32> {
    let each = 3 * size * size;
    let mut out = vec![0.0; views.len() * each];
    if each == 0 {
        return out;
    }
    out.par_chunks_mut(each).zip(views).for_each(|(out, views)| {
        if let Some(bytes) = views.and_then(&pixels) {
            write_planar(&bytes, mean, std, out);
        }
    });
    out
}

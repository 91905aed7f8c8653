//! What an evaluation looks at, and what its parts ask of windows.

use crate::batches::evaluation_batches;
use crate::config::Config;
use crate::corpus::Corpus;
use crate::decoding::{Continuation, told};
use crate::error::Result;
use crate::host::Host;
use crate::network::Network;
use crate::pool::TrainingTargets;
use rand::seq::SliceRandom;
use std::collections::BTreeMap;
use std::sync::Arc;
use story_core::{Batch, Context, FrameEmbeddings, Pass, rng};
use story_data::collate::Collator;
use story_data::window::StoryWindow;
use story_model::StoryModel;
use story_pictures::{Limits, Picture};
use story_report::System;
use story_report::records::{StepRecord, WindowRecord};

/// The trained model's name in every table.
pub const MODEL: &str = System::Model.name();
/// The all-knowing predictor's name in every table.
pub const BOUND: &str = System::BestReachable.name();

/// What an evaluation looks at.
pub struct Evaluator<'a> {
    /// The trained network.
    pub network: &'a Network,
    /// Stories and windows.
    pub corpus: &'a Corpus,
    /// Makes batches, with the model's own tokenizer.
    pub collator: Arc<Collator>,
    /// Progress, and whether somebody asked to stop.
    pub host: &'a Host,
}

impl Evaluator<'_> {
    /// The model.
    pub fn model(&self) -> &StoryModel {
        &self.network.model
    }

    /// The run's config.
    pub fn config(&self) -> &Config {
        &self.network.config
    }

    /// Goes on, unless somebody asked to stop.
    ///
    /// # Errors
    /// Says how to do later what is left.
    pub fn go_on(&self) -> Result<()> {
        self.host.stop().go_on()
    }

    /// The test windows: all, or a seeded choice of `max_windows` in their own order.
    pub fn windows(&self) -> Vec<StoryWindow> {
        let all = &self.corpus.test;
        let limit = self.config().evaluate.max_windows;
        let mut chosen: Vec<usize> = (0..all.len()).collect();
        if limit > 0 && limit < all.len() {
            chosen.shuffle(&mut rng::rng(self.config().seed, "evaluate/windows"));
            chosen.truncate(limit);
            chosen.sort_unstable();
        }
        chosen.into_iter().map(|index| all[index].clone()).collect()
    }

    /// The first training windows' targets in the embedding head's space.
    ///
    /// # Errors
    /// Those of the model and the data; and soon after somebody asked to stop.
    pub fn training_targets(&self) -> Result<TrainingTargets> {
        let Self { network, corpus, collator, host } = self;
        TrainingTargets::encode(network, &corpus.stories, collator, &corpus.train, host)
    }

    /// Reads `windows` batch by batch, under a bar of that name, and asks something of each batch: what
    /// the model embeds of its frames, what it makes of them, and how it tells on.
    ///
    /// # Errors
    /// Those of the model, the data and of who asks; and soon after somebody asked to stop.
    pub fn read(
        &self,
        bar: &str,
        windows: &[StoryWindow],
        mut ask: impl FnMut(&Batch, &FrameEmbeddings, &Context, &mut Continuation<'_>) -> Result<()>,
    ) -> Result<()> {
        let bar = self.host.bar(bar, windows.len() as u64);
        let (stories, size) = (&self.corpus.stories, self.config().evaluate.batch_size);
        for batch in evaluation_batches(stories, &self.collator, windows, size)? {
            self.go_on()?;
            let batch = batch?.to_device(&self.network.device)?;
            let frames = self.model().embed(&batch, &Pass::Eval)?;
            let context = self.model().context(&batch, &frames, &Pass::Eval)?;
            let names = names(&batch);
            ask(&batch, &frames, &context, &mut self.network.teller().read(&context, &names)?)?;
            bar.step(batch.len() as u64);
        }
        Ok(())
    }

    /// What is known of a window before it is scored, with the text that the model told.
    pub fn record(&self, window: &StoryWindow, generated: &str) -> WindowRecord {
        let story = &self.corpus.stories[window.story];
        let reference = story.frames[window.target].text.trim();
        WindowRecord {
            story: story.id.clone(),
            target: window.target,
            context: window
                .context
                .iter()
                .map(|slot| StepRecord {
                    text: story.frames[slot.frame].text.clone(),
                    image: None,
                    padding: slot.padding,
                    ..StepRecord::default()
                })
                .collect(),
            reference: (!reference.is_empty()).then(|| reference.to_string()),
            texts: BTreeMap::from([(MODEL.to_string(), generated.to_string())]),
            ..WindowRecord::default()
        }
    }

    /// Whether the picture decoder was trained.
    pub fn paints(&self) -> bool {
        self.config().objective.image_weight > 0.0
    }

    /// Whether there is a space that pictures and texts share.
    pub fn aligns(&self) -> bool {
        self.config().objective.contrastive_weight > 0.0 && self.model().alignment().trains()
    }

    /// A frame's picture; `None` where there is none or it does not decode.
    pub fn decoded(&self, story: usize, frame: usize) -> Option<Picture> {
        let bytes = self.corpus.stories[story].frames[frame].image.as_ref()?;
        Picture::decode(bytes, Limits::default()).ok()
    }

    /// What the decoder would draw of a picture, a square of the config's `data.target_size`.
    pub fn square(&self, picture: &Picture) -> Option<Picture> {
        picture.square(self.config().data.target_size, self.config().data.picture.fit).ok()
    }

    /// A frame's picture at the decoder's size, `(3, size, size)` in 0..1.
    pub fn picture(&self, story: usize, frame: usize) -> Option<Vec<f32>> {
        let picture = self.decoded(story, frame)?;
        Some(self.square(&picture)?.planes())
    }

    /// The texts of a window's real context frames.
    pub fn context_text(&self, window: &StoryWindow) -> String {
        let frames = &self.corpus.stories[window.story].frames;
        let real = window.context.iter().filter(|slot| !slot.padding);
        real.map(|slot| frames[slot.frame].text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The same one by one, without those that are empty.
    pub fn context_texts(&self, window: &StoryWindow) -> Vec<String> {
        let frames = &self.corpus.stories[window.story].frames;
        let real = window.context.iter().filter(|slot| !slot.padding);
        told(real.map(|slot| frames[slot.frame].text.as_str()))
    }

    /// The ids that a model has to predict for a window's target: all but the start, the end
    /// among them, padding not.
    pub fn predicted_tokens(&self, window: &StoryWindow) -> Result<Vec<u32>> {
        let text = self.corpus.target_text(window);
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        self.tokens_to_predict(text)
    }

    /// The same ids of any text.
    pub fn tokens_to_predict(&self, text: &str) -> Result<Vec<u32>> {
        let (tokenizer, most) = self.network.told();
        let encoded = tokenizer.encode(text, most)?;
        let real = encoded.ids.iter().zip(&encoded.mask).skip(1).filter(|(_, mask)| **mask > 0.0);
        Ok(real.map(|(id, _)| *id).collect())
    }
}

/// What keys the random streams of a batch's windows, so that a text depends on its window alone.
pub fn names(batch: &Batch) -> Vec<String> {
    batch.origins.iter().map(|origin| format!("{}#{}", origin.story, origin.target)).collect()
}

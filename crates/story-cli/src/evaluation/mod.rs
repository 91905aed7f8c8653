//! The first honest evaluation: held-out windows, teacher-forced and free-running apart, every
//! number beside its baselines. Writes records; `story-report` makes scores and figures of them.

mod analysis;
mod baselines;
mod bound;
mod material;
mod minimum_risk;
mod outputs;
mod pictures;
mod pools;
mod ranks;
mod retrieval;
mod samples;
mod text_baselines;
mod trigram;
mod variants;

pub use bound::story as synthetic_story;
pub use outputs::Outputs;
pub use pictures::{to_image, to_lists, to_png};
pub use ranks::best;
pub use variants::Variant;

use crate::config::Config;
use crate::console::Console;
use crate::corpus::Corpus;
use crate::run_folder::RunFolder;
use crate::stop::StopSignal;
use anyhow::Result;
use candle_core::Device;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use story_core::rng;
use story_data::collate::Collator;
use story_data::pixels;
use story_data::window::StoryWindow;
use story_model::{StoryModel, TokenScore};
use story_report::System;
use story_report::records::{Analysis, StepRecord, TokenRecord, WindowRecord};

/// The trained model's name in every table.
pub const MODEL: &str = System::Model.name();
/// The all-knowing predictor's name in every table.
pub const BOUND: &str = System::BestReachable.name();
/// The mean picture is taken over at most so many training targets.
const MEAN_PICTURES: usize = 1000;

/// What an evaluation looks at.
pub struct Evaluator<'a> {
    /// The trained model.
    pub model: &'a StoryModel,
    /// Stories and windows.
    pub corpus: &'a Corpus,
    /// Makes batches, with the model's own tokenizer.
    pub collator: Arc<Collator>,
    /// The run's config.
    pub config: &'a Config,
    /// Where the model lies.
    pub device: Device,
    /// Progress.
    pub console: Console,
    /// Ctrl-C.
    pub stop: StopSignal,
}

/// What an evaluation found.
pub struct Evaluation {
    /// One record a test window.
    pub records: Vec<WindowRecord>,
    /// Material of the figures.
    pub analysis: Analysis,
    /// What an all-knowing predictor could reach, where that is known.
    pub bounds: BTreeMap<String, f64>,
}

impl Evaluator<'_> {
    /// Evaluates the test windows and saves sample pictures into the run's folder.
    ///
    /// # Errors
    /// Those of the model and the data; and soon after somebody asked to stop.
    pub fn run(&self, folder: &RunFolder) -> Result<Evaluation> {
        let windows = self.windows();
        let outputs = Outputs::collect(self, &windows)?;
        let mut records: Vec<WindowRecord> =
            windows.iter().zip(&outputs.texts).map(|(w, text)| self.record(w, text)).collect();
        baselines::add_texts(self, &windows, &mut records)?;
        variants::add(&outputs.variants, &mut records);
        self.stop.go_on()?;
        self.add_tokens(&windows, &outputs, &mut records)?;
        self.add_pictures(&windows, &outputs, &mut records)?;
        retrieval::add(self, &windows, &outputs, &mut records)?;
        self.stop.go_on()?;
        let bounds = bound::add(self, &windows, &mut records)?;
        samples::save(self, folder, &windows, &outputs, &mut records)?;
        let analysis = analysis::analyse(self, &windows, &outputs)?;
        Ok(Evaluation { records, analysis, bounds })
    }

    /// The test windows: all, or a seeded choice of `max_windows` in their own order.
    fn windows(&self) -> Vec<StoryWindow> {
        let all = &self.corpus.test;
        let limit = self.config.evaluate.max_windows;
        let mut chosen: Vec<usize> = (0..all.len()).collect();
        if limit > 0 && limit < all.len() {
            chosen.shuffle(&mut rng::rng(self.config.seed, "evaluate/windows"));
            chosen.truncate(limit);
            chosen.sort_unstable();
        }
        chosen.into_iter().map(|index| all[index].clone()).collect()
    }

    fn record(&self, window: &StoryWindow, generated: &str) -> WindowRecord {
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

    /// Teacher-forced counts of the model and of the unigram baseline.
    fn add_tokens(
        &self,
        windows: &[StoryWindow],
        outputs: &Outputs,
        records: &mut [WindowRecord],
    ) -> Result<()> {
        let train: Vec<Vec<u32>> =
            self.corpus.train.iter().map(|w| self.predicted_tokens(w)).collect::<Result<_>>()?;
        let size = self.collator.tokenizer().vocabulary().size;
        let unigram = text_baselines::Unigram::new(train.into_iter().flatten(), size);
        let places = windows.iter().zip(&outputs.scores).zip(records).enumerate();
        for (place, ((window, score), record)) in places {
            if record.reference.is_none() {
                continue;
            }
            for variant in &outputs.variants {
                if let Some(score) = variant.scores.get(place) {
                    let name = variant.name.clone();
                    record.tokens.insert(name, token_record(score));
                }
            }
            let mut baseline = TokenRecord::default();
            for token in self.predicted_tokens(window)? {
                let (nll, rank) = unigram.score(token);
                baseline.count += 1;
                baseline.nll += nll;
                baseline.top1 += f64::from(u8::from(rank == 0));
                baseline.top5 += f64::from(u8::from(rank < 5));
            }
            record.tokens.insert(MODEL.into(), token_record(score));
            record.tokens.insert(System::Unigram.name().into(), baseline);
        }
        Ok(())
    }

    /// Distances from the target picture: the model's, the mean picture's, the last frame's.
    fn add_pictures(
        &self,
        windows: &[StoryWindow],
        outputs: &Outputs,
        records: &mut [WindowRecord],
    ) -> Result<()> {
        let size = self.config.data.target_size;
        let mut mean = pictures::MeanPicture::default();
        for window in self.corpus.train.iter().take(MEAN_PICTURES) {
            if let Some(picture) = self.picture(window.story, window.target) {
                mean.add(&picture);
            }
        }
        let mean = mean.mean();
        let bar = self.console.bar("pictures", windows.len() as u64);
        records.par_iter_mut().zip(windows).enumerate().try_for_each(
            |(index, (record, window))| {
                bar.inc(1);
                self.stop.go_on()?;
                let Some(target) = self.picture(window.story, window.target) else {
                    return Ok(());
                };
                let last = window.context.iter().rev().find(|slot| !slot.padding);
                let last = last.and_then(|slot| self.picture(window.story, slot.frame));
                let systems = [
                    (MODEL, outputs.pictures.get(index)),
                    (System::MeanPicture.name(), mean.as_ref()),
                    (System::LastFrame.name(), last.as_ref()),
                ];
                for (system, picture) in systems {
                    if let Some(picture) = picture {
                        record
                            .pictures
                            .insert(system.into(), pictures::compare(picture, &target, size)?);
                    }
                }
                anyhow::Ok(())
            },
        )?;
        bar.finish_and_clear();
        Ok(())
    }

    /// Whether the picture decoder was trained.
    fn paints(&self) -> bool {
        self.config.objective.image_weight > 0.0
    }

    /// A frame's picture at the decoder's size, `(3, size, size)` in 0..1.
    fn picture(&self, story: usize, frame: usize) -> Option<Vec<f32>> {
        let bytes = self.corpus.stories[story].frames[frame].image.as_ref()?;
        let size = self.config.data.target_size;
        let picture = pixels::decode(bytes, pixels::MAX_PIXELS).ok()?;
        let square = pixels::square(&picture, size, self.config.data.picture.fit).ok()?;
        let mut out = vec![0.0; 3 * size * size];
        pixels::write_planar(square.as_raw(), [0.0; 3], [1.0; 3], &mut out);
        Some(out)
    }

    /// The texts of a window's real context frames.
    fn context_text(&self, window: &StoryWindow) -> String {
        let frames = &self.corpus.stories[window.story].frames;
        let real = window.context.iter().filter(|slot| !slot.padding);
        real.map(|slot| frames[slot.frame].text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The ids that a model has to predict for a window's target: all but the start, the end
    /// among them, padding not.
    fn predicted_tokens(&self, window: &StoryWindow) -> Result<Vec<u32>> {
        let text = self.corpus.target_text(window);
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let encoded = self.collator.tokenizer().encode(text, self.config.data.max_tokens)?;
        let real = encoded.ids.iter().zip(&encoded.mask).skip(1).filter(|(_, mask)| **mask > 0.0);
        Ok(real.map(|(id, _)| *id).collect())
    }
}

/// Teacher-forced counts as a record.
fn token_record(score: &TokenScore) -> TokenRecord {
    TokenRecord {
        count: score.tokens as u64,
        nll: score.nll,
        top1: score.top1 as f64,
        top5: score.top5 as f64,
    }
}

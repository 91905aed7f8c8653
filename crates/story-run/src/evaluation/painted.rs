//! How far painted pictures are from their targets, beside the mean picture and the last frame.

use super::evaluator::{Evaluator, MODEL};
use super::outputs::Outputs;
use crate::error::{Error, Result};
use crate::pictures::{MeanPicture, compare};
use rayon::prelude::*;
use story_data::window::StoryWindow;
use story_report::System;
use story_report::records::WindowRecord;

/// The mean picture is taken over at most so many training targets.
const MEAN_PICTURES: usize = 1000;

/// Pictures beside the painted ones.
pub struct Others<'a> {
    /// The mean of the training targets.
    pub mean: Option<Vec<f32>>,
    /// For each window the training window whose target stands in the place of its picture; none where
    /// that is not asked.
    pub retrieved: Vec<&'a StoryWindow>,
}

impl Others<'_> {
    /// The training picture in the place of a window's.
    pub fn retrieved(&self, evaluator: &Evaluator, window: usize) -> Option<Vec<f32>> {
        let found = self.retrieved.get(window)?;
        evaluator.picture(found.story, found.target)
    }
}

/// The mean of the training targets.
pub fn mean(evaluator: &Evaluator) -> Option<Vec<f32>> {
    let mut mean = MeanPicture::default();
    for window in evaluator.corpus.train.iter().take(MEAN_PICTURES) {
        if let Some(picture) = evaluator.picture(window.story, window.target) {
            mean.add(&picture);
        }
    }
    mean.mean()
}

/// Distances from the target picture: the model's, the mean picture's, the last frame's.
pub fn add(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    outputs: &Outputs,
    others: &Others<'_>,
    records: &mut [WindowRecord],
) -> Result<()> {
    let size = evaluator.config().data.target_size;
    let bar = evaluator.host.bar("pictures", windows.len() as u64);
    records.par_iter_mut().zip(windows).enumerate().try_for_each(|(index, (record, window))| {
        bar.step(1);
        evaluator.go_on()?;
        let Some(target) = evaluator.picture(window.story, window.target) else {
            return Ok(());
        };
        let last = window.context.iter().rev().find(|slot| !slot.padding);
        let last = last.and_then(|slot| evaluator.picture(window.story, slot.frame));
        let retrieved = others.retrieved(evaluator, index);
        let systems = [
            (MODEL, outputs.pictures.get(index)),
            (System::MeanPicture.name(), others.mean.as_ref()),
            (System::LastFrame.name(), last.as_ref()),
            (System::ModelRetrievedFrame.name(), retrieved.as_ref()),
        ];
        for (system, picture) in systems {
            if let Some(picture) = picture {
                record.pictures.insert(system.into(), compare(picture, &target, size)?);
            }
        }
        Ok::<(), Error>(())
    })?;
    drop(bar);
    Ok(())
}

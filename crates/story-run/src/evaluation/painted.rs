//! How far painted pictures are from their targets, beside the mean picture and the last frame, and
//! beside the best that the decoder could paint.

use super::evaluator::{Evaluator, MODEL};
use super::outputs::Outputs;
use super::scene_mean::SceneMeans;
use crate::error::{Error, Result};
use crate::pictures::{MeanPicture, compare, to_lists};
use candle_core::Tensor;
use rayon::prelude::*;
use story_data::window::StoryWindow;
use story_metrics::vectors::cosine;
use story_pictures::Picture;
use story_report::System;
use story_report::records::{PictureRecord, WindowRecord};

/// The mean picture is taken over at most so many training targets.
const MEAN_PICTURES: usize = 1000;

/// Pictures beside the painted ones.
pub struct Others<'a> {
    /// The mean of the training targets.
    pub mean: Option<Vec<f32>>,
    /// For each window the training window whose target stands in the place of its picture; none where
    /// that is not asked.
    pub retrieved: Vec<&'a StoryWindow>,
    /// What can be foreseen, by who foresees it; empty where that is not asked or not known.
    pub scene_means: Vec<SceneMeans>,
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
    let ceiling = ceiling(evaluator, windows)?;
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
            (System::ModelTellThenShow.name(), outputs.pictures_after_telling.get(index)),
            (System::MeanPicture.name(), others.mean.as_ref()),
            (System::LastFrame.name(), last.as_ref()),
            (System::ModelRetrievedFrame.name(), retrieved.as_ref()),
            (System::Autoencoder.name(), ceiling.get(index)),
        ];
        let bounds = others.scene_means.get(index).into_iter().flatten();
        let bounds = bounds.map(|(system, picture)| (system.name(), Some(picture)));
        let known = systems.into_iter().chain(bounds);
        let known = known.filter_map(|(system, picture)| Some((system, picture?)));
        let known: Vec<(&str, &Vec<f32>)> = known.collect();
        let cosines = cosines(evaluator, &target, known.iter().map(|(_, picture)| *picture))?;
        for (place, (system, picture)) in known.into_iter().enumerate() {
            let encoder_cosine = cosines.get(place).copied().flatten();
            let distance = PictureRecord { encoder_cosine, ..compare(picture, &target, size)? };
            record.pictures.insert(system.into(), distance);
        }
        Ok::<(), Error>(())
    })?;
    drop(bar);
    Ok(())
}

/// Cosines of what a frozen encoder makes of `pictures` and of `target`; none at all where the encoder
/// learns, for then every run has a space of its own.
fn cosines<'a>(
    evaluator: &Evaluator,
    target: &'a Vec<f32>,
    pictures: impl Iterator<Item = &'a Vec<f32>>,
) -> Result<Vec<Option<f64>>> {
    let Some(encoder) = evaluator.network.frozen.image() else { return Ok(Vec::new()) };
    let size = evaluator.config().data.target_size;
    let planes = |picture: &Vec<f32>| -> Result<Vec<f32>> {
        Ok(encoder.planes(&Picture::from_planes(picture, size)?)?)
    };
    let planes = [target].into_iter().chain(pictures).map(planes).collect::<Result<_>>()?;
    let vectors = to_lists(&encoder.encode_planes(planes)?)?; // (1 + pictures, E)
    let [target, pictures @ ..] = vectors.as_slice() else { return Ok(Vec::new()) };
    Ok(pictures
        .iter()
        .map(|picture| cosine(picture, target))
        .collect::<story_metrics::Result<_>>()?)
}

/// The best that the decoder could paint of each window's target, of missing ones anything; none at all
/// where it can paint any picture, or does not paint.
fn ceiling(evaluator: &Evaluator, windows: &[StoryWindow]) -> Result<Vec<Vec<f32>>> {
    let decoder = evaluator.model().image_decoder();
    let side = evaluator.config().data.target_size;
    let mut nearest = Vec::new();
    if !evaluator.paints() {
        return Ok(nearest);
    }
    for windows in windows.chunks(evaluator.config().evaluate.batch_size.max(1)) {
        evaluator.go_on()?;
        let targets = windows.iter().flat_map(|window| {
            let target = evaluator.picture(window.story, window.target);
            target.unwrap_or_else(|| vec![0.0; 3 * side * side])
        });
        let targets: Vec<f32> = targets.collect();
        let device = &evaluator.network.device;
        let targets = Tensor::from_vec(targets, (windows.len(), 3, side, side), device)?;
        let Some(found) = decoder.ceiling(&targets)? else { return Ok(Vec::new()) };
        nearest.extend(to_lists(&found)?);
    }
    Ok(nearest)
}

//! What one side of the answer is worth by the other: where the true next picture stands by the text
//! that a system told, and the true next text by the picture that it painted. Both are asked of the
//! space that the model's own alignment has made.
//!
//! Axes: `N` windows, `D` the common width.

use super::evaluator::Evaluator;
use super::outputs::Outputs;
use super::painted::Others;
use super::ranks;
use super::retrieval::cosines;
use crate::error::Result;
use candle_core::{Device, Tensor};
use std::collections::BTreeSet;
use story_data::window::StoryWindow;
use story_pictures::Picture;
use story_report::System;
use story_report::records::WindowRecord;

/// Texts or pictures embedded at once.
const BATCH: usize = 32;

/// Adds both to the records, whose texts are there already. Without an alignment nothing is asked:
/// there is no space that pictures and texts share.
///
/// # Errors
/// Those of the encoders.
pub fn add(
    evaluator: &Evaluator,
    outputs: &Outputs,
    painted: &[(System, Tensor)],
    records: &mut [WindowRecord],
) -> Result<()> {
    if !evaluator.aligns() {
        return Ok(());
    }
    let asked: Vec<bool> = records
        .iter()
        .zip(&outputs.has_picture)
        .map(|(record, picture)| *picture && record.reference.is_some())
        .collect();
    let systems: BTreeSet<String> =
        records.iter().flat_map(|record| record.texts.keys().cloned()).collect();
    for system in systems {
        evaluator.go_on()?;
        let texts: Vec<&str> =
            records.iter().map(|it| it.texts.get(&system).map_or("", String::as_str)).collect();
        let answered: Vec<bool> = texts.iter().map(|text| !text.trim().is_empty()).collect();
        let vectors = text_vectors(evaluator, &texts)?; // (N, D)
        let ranks = ranks::ranks(&cosines(&vectors, &outputs.target_pictures)?, &asked)?;
        for ((record, rank), answered) in records.iter_mut().zip(ranks).zip(answered) {
            let rank = rank.filter(|_| answered);
            record.told_to_image.extend(rank.map(|rank| (system.clone(), rank)));
        }
    }
    for (system, vectors) in painted {
        let ranks = ranks::ranks(&cosines(vectors, &outputs.target_texts)?, &asked)?;
        for (record, rank) in records.iter_mut().zip(ranks) {
            record.painted_to_text.extend(rank.map(|rank| (system.name().to_string(), rank)));
        }
    }
    Ok(())
}

/// What each system paints or shows in a picture's place, in the space that the alignment has made, `(N,
/// D)` each on the CPU; none where nothing is painted or aligned.
///
/// # Errors
/// Those of the encoder.
pub(super) fn painted(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    outputs: &Outputs,
    others: &Others<'_>,
) -> Result<Vec<(System, Tensor)>> {
    if !evaluator.aligns() || !evaluator.paints() {
        return Ok(Vec::new());
    }
    let n = windows.len();
    let of = |window: usize| outputs.pictures.get(window).cloned();
    let mut painted = vec![
        (System::LastFrame, outputs.last_frames.to_device(&Device::Cpu)?),
        (System::Model, picture_vectors(evaluator, n, of)?),
    ];
    if !outputs.pictures_after_telling.is_empty() {
        let of = |window: usize| outputs.pictures_after_telling.get(window).cloned();
        painted.push((System::ModelTellThenShow, picture_vectors(evaluator, n, of)?));
    }
    if let Some(mean) = &others.mean {
        let vector = picture_vectors(evaluator, 1, |_| Some(mean.clone()))?; // (1, D)
        painted.push((System::MeanPicture, vector.repeat((n, 1))?));
    }
    if !others.retrieved.is_empty() {
        let of = |window| others.retrieved(evaluator, window);
        painted.push((System::ModelRetrievedFrame, picture_vectors(evaluator, n, of)?));
    }
    Ok(painted)
}

/// `texts` in the common space, `(N, D)`, on the CPU.
pub(super) fn text_vectors(evaluator: &Evaluator, texts: &[&str]) -> Result<Tensor> {
    let of = |chunk: &[&str]| evaluator.network.text_vectors(chunk);
    stacked(texts.chunks(BATCH).map(of))
}

/// The pictures `of` so many windows in the common space, `(N, D)`, on the CPU. A black one stands for
/// one that is missing.
pub(super) fn picture_vectors(
    evaluator: &Evaluator,
    windows: usize,
    of: impl Fn(usize) -> Option<Vec<f32>>,
) -> Result<Tensor> {
    let size = evaluator.config().data.target_size;
    let planes = |window: usize| {
        let picture = of(window).unwrap_or_else(|| vec![0.0; 3 * size * size]);
        evaluator.network.planes(&Picture::from_planes(&picture, size)?)
    };
    let starts = (0..windows).step_by(BATCH);
    stacked(starts.map(|start| {
        let rows = start..windows.min(start + BATCH);
        evaluator.network.picture_vectors(rows.map(planes).collect::<Result<_>>()?)
    }))
}

fn stacked(rows: impl Iterator<Item = Result<Tensor>>) -> Result<Tensor> {
    let rows: Vec<Tensor> = rows.collect::<Result<_>>()?;
    Ok(Tensor::cat(&rows, 0)?.to_device(&Device::Cpu)?)
}
